/**
 * Booking: turns the plain form into a calendar: day and time, then details. The plain form's own fields stay in use.
 */

import { WORDS } from './locale.js';
import { Month, dateOr, dayOf } from './month.js';
import { STATE, bodyOf } from './request.js';
import { Slots } from './slots.js';
import { visit } from './visit.js';
import { html, raw, say, write } from './words.js';
import { HostZone, findZone } from './zones.js';

/** The most times of a day that are shown without parts of the day as headings. */
const FEW = 8;

/** The headings of a day's parts, each of six hours; and of the whole day, if it has few times. */
const PARTS = [say('part.night'), say('part.morning'), say('part.afternoon'), say('part.evening'), say('part.times')];
const WHOLE = 4;

export class Booking {
    /** @param {HTMLFormElement} form */
    constructor(form) {
        const { hostZone, offsets } = form.dataset;
        this.form = form;
        this.page = form.elements.page.value;
        this.title = document.title;
        this.host = new HostZone(hostZone, offsets.split(',').map(Number));
        this.slots = new Slots(form, this.host);
        this.ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
        [this.times, this.details] = ['.times', '.details'].map((name) => form.querySelector(name));
        this.button = this.details.querySelector('button');
        this.#read();
        this.#build();
        this.#restore();
        this.#listen();
        this.#render();
        form.dataset.ready = '';
        this.#freshen();
    }

    /** Adds the script's elements around the plain fields, and takes the plain list of times away. */
    #build() {
        const { form, times, details } = this;
        form.noValidate = true;
        times.innerHTML = html`
            <h2 tabindex="-1"></h2>
            <p class="hint"></p>
            <div class="slots"></div>
            <p class="choice">
                <span></span>
                <button type="button">${say('continue')}</button>
            </p>
        `;
        times.insertAdjacentHTML('beforebegin', html`<section class="month"></section>`);
        details.insertAdjacentHTML('afterbegin', html`<div class="offer slots"></div><div class="chosen"></div>`);
        details.querySelector('h2').tabIndex = -1;
        const month = form.querySelector('.month');
        this.month = new Month(month, (date) => this.#chooseDate(date), (to) => this.#set({ shown: to }));
        times.after(this.#zoneChoice());
        this.status = form.querySelector('[role=status]');
        [this.heading, this.hint, this.list, this.choice] = ['h2', '.hint', '.slots', '.choice']
            .map((name) => times.querySelector(name));
    }

    /** The choice of zones: the browser's, and any other that the page or the visitor uses. */
    #zoneChoice() {
        const names = new Set([
            ...Intl.supportedValuesOf?.('timeZone') ?? [],
            this.host.name,
            this.ownZone,
            this.zone.name,
            'UTC',
        ]);
        const option = (name) =>
            html`<option value="${name}">${name.replace(/(.*?)\/(.*)/, '$2, $1').replaceAll('_', ' ')}`;
        const element = document.createElement('p');
        element.className = 'zone';
        element.innerHTML = html`
            <label for="zone">${say('zone.label')}</label>
            <select id="zone">${raw([...names].map(option).sort())}</select>
            <span class="hint"></span>
        `;
        return element;
    }

    #listen() {
        const { form } = this;
        form.onchange = ({ target }) => this.#changed(target);
        form.oninput = () => visit.set(
            this.page,
            [...new FormData(form)].filter(([name]) => /^(contact|answers|location)/.test(name)),
        );
        form.onsubmit = (event) => {
            event.preventDefault();
            if (this.step === 'details') this.#send();
            else if (this.slot) this.#go('details');
        };
        this.choice.querySelector('button').onclick = () => this.#go('details');
        this.details.onclick = ({ target }) => {
            if (target.type === 'button') this.#go('times');
        };
        onpopstate = () => {
            this.#read();
            this.#render();
            this.#focusStep();
        };
        const description = document.querySelector('.description');
        description.insertAdjacentHTML(
            'beforeend',
            html`<button type="button" class="link more">${say('more')}</button>`,
        );
        description.onclick = description.onfocusin = () => description.classList.add('open');
        // Measured again when the window changes: whoever turns a phone or zooms must reach all of it.
        (onresize = () => {
            description.lastChild.hidden = description.scrollHeight <= description.clientHeight + 2;
        })();
    }

    /** Fills in everything that was typed before in this tab. */
    #restore() {
        for (const [name, value] of visit.get(this.page) ?? []) {
            for (const field of this.form.querySelectorAll(`[name="${name}"]`)) {
                if (/radio|checkbox/.test(field.type)) field.checked ||= field.value === value;
                else field.value = value;
            }
        }
    }

    /** Takes the choice from the address. */
    #read() {
        const parameters = new URLSearchParams(location.search);
        const { durations, usual } = this.slots;
        const wanted = +parameters.get('duration');
        this.minutes = durations.includes(wanted) ? wanted : usual;
        this.zone = findZone(parameters.get('tz')) ?? findZone(visit.get('tz')) ?? findZone(this.ownZone) ?? this.host;
        const slot = Date.parse(parameters.get('slot')) / 1000;
        this.slot = this.slots.offers(slot, this.minutes) ? slot : undefined;
        if (slot && !this.slot) this.lost = slot;
        this.date = this.slot ? this.zone.date(this.slot) : dateOr(parameters.get('date'));
        this.shown = dateOr(`${parameters.get('month')}-01`, this.date)?.slice(0, 7);
        this.step = this.slot ? history.state?.step ?? 'details' : 'times';
    }

    /** Changes the choice, and the address with it.
     * @param {Object} choice @param {'replaceState' | 'pushState'} [how] */
    #set(choice, how = 'replaceState') {
        Object.assign(this, choice);
        const address = new URL(location);
        const state = {
            month: this.shown,
            date: this.date,
            slot: this.slot && new Date(this.slot * 1000).toISOString().replace(/:00\.000/, ''),
            duration: this.minutes === this.slots.usual ? null : this.minutes,
            tz: this.zone.name === this.ownZone ? null : this.zone.name,
        };
        for (const name of STATE) {
            if (state[name]) address.searchParams.set(name, state[name]);
            else address.searchParams.delete(name);
        }
        history[how]({ step: this.step }, '', address);
        this.#render();
    }

    #changed({ name, id, value }) {
        if (name === 'start') this.#set({ slot: +value });
        if (name === 'offer') this.#set({ slot: +value, date: this.zone.date(+value) });
        if (name === 'duration_minutes') {
            const fits = this.slots.offers(this.slot, +value);
            if (this.slot && !fits) this.#say(say('slot.too_long'));
            this.#set({ minutes: +value, slot: fits ? this.slot : undefined });
        }
        if (id === 'zone') {
            visit.set('tz', value);
            const zone = findZone(value) ?? this.zone;
            const date = this.slot && zone.date(this.slot);
            this.#set({ zone, date: date ?? this.date, shown: date?.slice(0, 7) ?? this.shown });
        }
    }

    #chooseDate(date) {
        if (!this.dates.has(date)) return this.#say(say('times.none_on', { date: write('date', dayOf(date)) }));
        this.#set({
            date,
            shown: date.slice(0, 7),
            slot: this.dates.get(date).includes(this.slot) ? this.slot : undefined,
        });
        this.heading.focus();
    }

    /** Goes to a step; to the times, only with a time that can still be had.
     * @param {'times' | 'details'} step */
    #go(step) {
        this.#clearErrors();
        const slot = step === 'details' || this.slots.offers(this.slot, this.minutes) ? this.slot : undefined;
        this.#set({ step, slot }, 'pushState');
        this.#focusStep();
    }

    #focusStep() {
        scrollTo(0, 0);
        (this.step === 'details' ? this.details.querySelector('h2') : this.heading).focus({ preventScroll: true });
    }

    #say(text) {
        this.status.textContent = text;
    }

    #render() {
        this.dates = this.slots.byDate(this.minutes, this.zone);
        const days = [...this.dates.keys()].sort();
        if (!this.dates.has(this.date)) this.date = days.find((date) => date > (this.date ?? '')) ?? days[0];
        this.shown ??= (this.date ?? this.zone.date(this.slots.now)).slice(0, 7);
        this.form.dataset.step = document.documentElement.dataset.step = this.step;
        this.month.render(this.shown, this.dates, this.date, this.zone.date(this.slots.now));
        this.#renderZone();
        this.#renderTimes();
        this.#renderChosen();
        this.form.elements.duration_minutes.value = this.minutes;
    }

    #renderZone() {
        const select = this.form.querySelector('#zone');
        const { now } = this.slots;
        select.value = this.zone.name;
        select.nextSibling.textContent = say('zone.now', { time: this.zone.time(now) });
        this.form.elements.time_zone.value = this.zone.name;
    }

    #renderTimes() {
        const starts = this.dates.get(this.date) ?? [];
        const focused = this.list.contains(document.activeElement) && document.activeElement.value;
        this.heading.textContent = this.date ? write('date', dayOf(this.date)) : say('times.none');
        this.hint.textContent = starts.length ? say('times.zone', { zone: this.zone.city }) : '';
        const parts = new Map();
        for (const start of starts) {
            const part = starts.length > FEW ? Math.floor(this.zone.wall(start).getUTCHours() / 6) : WHOLE;
            parts.set(part, [...(parts.get(part) ?? []), start]);
        }
        const group = ([part, starts]) => html`
            <fieldset data-part="${part}">
                <legend>${PARTS[part]}</legend>
                ${raw(starts.map((start) => this.#time(start, 'start')))}
            </fieldset>
        `;
        this.list.innerHTML = [...parts].map(group).join('');
        if (focused) this.list.querySelector(`[value="${focused}"]`)?.focus();
        this.choice.hidden = !this.slot;
        if (this.slot) this.choice.firstChild.innerHTML = html`${this.#at(this.slot)}${raw(this.#night(this.slot))}`;
    }

    /** A start's date and time. @param {string} [message] the key of the words */
    #at(start, message = say('at')) {
        return say(message, { date: write('date', this.zone.wall(start)), time: this.zone.time(start) });
    }

    /** A time as a radio button; the host's own beside it. */
    #time(start, name) {
        const label = name === 'offer' ? this.#at(start) : this.zone.time(start);
        return html`
            <label>
                <input type="radio" name="${name}" value="${start}"${raw(start === this.slot ? ' checked' : '')}>
                ${label}${raw(this.#night(start), this.#hostTime(start))}
            </label>
        `;
    }

    /** Marks a time at which people sleep. */
    #night(start, zone = this.zone, before = ' ') {
        return zone.isNight(start) ? html`${before}<i>${say('night')}</i>` : '';
    }

    /** The host's time if that differs or may differ, with its weekday if that differs. */
    #hostTime(start) {
        const { host, zone } = this;
        if (zone.offset(start) === host.offset(start) && !host.differsFromBrowser(start)) return '';
        const weekday = host.date(start) === zone.date(start)
            ? ''
            : `${WORDS.weekdays_short[(host.wall(start).getUTCDay() + 6) % 7]} `;
        const time = say('times.host', { time: weekday + host.time(start), zone: host.city });
        return html` <small>${time}${raw(this.#night(start, host, ' · '))}</small>`;
    }

    /** The whole choice in words, above the details and on the button. */
    #renderChosen() {
        const { slot, zone } = this;
        if (!slot) return;
        const wall = zone.wall(slot);
        const [length, place] = document.querySelectorAll('.letter .facts span');
        const chosen = this.form.querySelector(`[name=duration_minutes][value="${this.minutes}"]`)
            .closest('label') ?? length;
        const span = say('slot.span', { start: zone.time(slot), end: zone.time(slot + this.minutes * 60) });
        this.details.querySelector('.chosen').innerHTML = html`
            <p>
                <b>${write('date_full', wall)}</b>
                <b>${span}${raw(this.#night(slot))}</b>
                <span>${say('times.zone', { zone: zone.city })}</span>
                ${raw(this.#hostTime(slot))}
                <span class="facts">
                    <span>${chosen.textContent}</span>
                    <span>${place.textContent}</span>
                </span>
            </p>
            <button type="button" class="link">${say('change')}</button>
        `;
        this.button.textContent = this.#at(slot, this.form.dataset.book ?? say('book'));
    }

    /** Asks the endpoint which times are free now. Without an answer, those that the page was published with stay. */
    async #freshen() {
        try {
            const response = await fetch(`/api/availability/${this.page}`);
            if (!response.ok) return;
            this.slots.refresh(await response.json());
        } catch {
            return;
        }
        const slot = this.slot ?? this.lost;
        this.lost = undefined;
        if (slot && !this.slots.offers(slot, this.minutes)) {
            this.#say(say('slot.gone'));
            Object.assign(this, { slot: undefined, step: 'times' });
        }
        this.#render();
    }

    async #send() {
        if (this.button.ariaBusy) return;
        this.#clearErrors();
        this.button.ariaBusy = 'true';
        this.button.textContent = say('sending');
        const start = new Date(this.slot * 1000).toISOString();
        const answer = await this.#post(JSON.stringify(bodyOf(this.form, { start, duration_minutes: this.minutes })));
        if (answer.manage_url) return location.assign(answer.manage_url);
        this.button.ariaBusy = null;
        this.#renderChosen();
        this.#fail(answer);
        if (answer.alternatives) this.#offer(answer.alternatives);
    }

    /** Sends a booking; the same one again under the same key, so that a repeat books nothing twice. A failure on
     * the way says so itself. */
    async #post(body) {
        if (body !== this.sent) this.key = crypto.getRandomValues(new Uint32Array(4)).join('-');
        this.sent = body;
        let problem = say('offline');
        try {
            const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': this.key };
            const response = await fetch(this.form.action, { method: 'POST', headers, body });
            problem = say('failed');
            return await response.json();
        } catch {
            return { title: say('not_booked'), detail: problem };
        }
    }

    /** Offers other times in place of one that was taken, and the way to all of them. Everything that was typed
     * stays. */
    #offer(starts) {
        this.slots.remove(this.slot);
        const times = starts.map((start) => this.#time(start, 'offer')).join('');
        this.details.querySelector('.offer').innerHTML = html`
            ${raw(times && html`
                <fieldset>
                    <legend>${say('offer')} · <i>${say('times.zone', { zone: this.zone.city })}</i></legend>
                    ${raw(times)}
                </fieldset>
            `)}
            <button type="button" class="link">${say('all')}</button>
        `;
    }

    /** Shows the errors: above everything, and beside each field. */
    #fail({ title, detail, errors = [] }) {
        const main = document.querySelector('main');
        const address = ({ field }) => `#${field.replaceAll('.', '-')}`;
        const elementOf = (error) => document.querySelector(address(error));
        const line = (error) =>
            html`<li><a${raw(elementOf(error) && html` href="${address(error)}"`)}>${error.message}</a>`;
        main.insertAdjacentHTML('afterbegin', html`
            <div class="errors" tabindex="-1">
                <h2>${title}</h2>
                <p>${detail}</p>
                <ul>${raw(errors.map(line))}</ul>
            </div>
        `);
        for (const error of errors.filter(elementOf)) {
            const element = elementOf(error);
            const id = `${element.id}-error`;
            const label = element.closest('label') ?? element;
            // What nobody sees was filled by a program, perhaps by the visitor's own: now it is seen, and empty.
            if (label.ariaHidden) label.className = label.ariaHidden = element.value = '';
            label.insertAdjacentHTML('beforebegin', html`<span class="error" id="${id}">${error.message}</span>`);
            (element.closest('fieldset') ?? element).setAttribute('aria-describedby', id);
            element.setAttribute('aria-invalid', 'true');
        }
        document.title = say('error_title', { title: this.title });
        main.firstElementChild.focus();
        scrollTo(0, 0);
    }

    #clearErrors() {
        document.title = this.title;
        this.details.querySelector('.offer').textContent = '';
        for (const element of document.querySelectorAll('.errors, .error')) element.remove();
        for (const name of ['aria-invalid', 'aria-describedby']) {
            for (const element of this.form.querySelectorAll(`[${name}]`)) element.removeAttribute(name);
        }
    }
}
