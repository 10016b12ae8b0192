/**
 * Booking: turns the plain form into a calendar: day and time, then details. The plain form's own fields stay in use.
 */

import { attempt, on, show } from './guard.js';
import { WORDS } from './locale.js';
import { Month, dateOr, dayOf } from './month.js';
import { released } from './press.js';
import { Slots } from './slots.js';
import { STATE, visit } from './visit.js';
import { html, raw, refill, say, write } from './words.js';
import { DAY, HostZone, cities, cityOf, findZone, ownZone } from './zones.js';

/** The most times of a day that are shown without parts of the day as headings. */
const FEW = 8;

/** The headings of a day's parts, each of six hours; and of the whole day, if it has few times. */
const PARTS = [say('part.night'), say('part.morning'), say('part.afternoon'), say('part.evening'), say('part.times')];
const WHOLE = 4;

/** How long the second step's script is waited for, in milliseconds. */
const PATIENCE = 8000;

export class Booking {
    /** The second step, once its script is here. @type {import('./details/details.js').Details | undefined} */
    second;

    /** What the second step's script shares with this one. */
    visit = visit;
    cities = cities;
    cityOf = cityOf;

    /** @param {HTMLFormElement} form */
    constructor(form) {
        const { zone, offsets, city } = form.dataset;
        if (city) cities[zone] = city;
        this.form = form;
        this.page = form.elements.page.value;
        this.host = new HostZone(zone, offsets.split(',').map(Number));
        this.slots = new Slots(form, this.host);
        this.ownZone = ownZone();
        this.details = form.querySelector('.details');
        /** The invitation, as the address has it. */
        this.invite = location.search.match(/\binvite=[^&]*/) ?? '';
        this.#read();
        this.#build();
        this.#listen();
    }

    /** Shows what the address asks for, once all that it needs is here. */
    async begin() {
        if (this.step === 'details' || this.invite) await this.#load();
        // What it allows, the endpoint says.
        if (this.invite) {
            await this.freshen();
            this.#read();
        }
        this.render();
        // Without that script, places are called as in the database.
        if (this.zone.name !== this.host.name) this.#preload();
        return this.freshen();
    }

    /** Adds the script's elements beside the plain ones, which styles hide meanwhile. */
    #build() {
        const { form, details } = this;
        form.noValidate = true;
        form.querySelector('.times').insertAdjacentHTML('beforebegin', html`
            <div class="calendar js">
                <section class="month"></section>
                <section class="times">
                    <h2 tabindex="-1"></h2>
                    <p class="hint"></p>
                    <div class="slots"></div>
                    <p class="choice">
                        <span></span>
                        <button type="button">${say('continue')}</button>
                    </p>
                </section>
                <p class="zone">
                    <label for="zone">${say('zone.label')}</label>
                    <select id="zone"></select>
                    <span class="hint"></span>
                </p>
            </div>
        `);
        details.querySelector('h2').tabIndex = -1;
        let month;
        [month, this.heading, this.hint, this.list, this.choice, this.status] = [
            '.month', '.times h2', '.times .hint', '.slots', '.choice', '[role=status]',
        ].map((name) => form.querySelector(name));
        this.month = new Month(month, (date) => this.#chooseDate(date), (to) => this.#set({ shown: to }));
    }

    #listen() {
        const { form } = this;
        // Whoever touches the form is about to need the rest of the script; who does need it is told if it fails.
        for (const type of ['pointerover', 'focusin']) on(form, type, () => this.#preload());
        on(form, 'change', ({ target }) => this.#changed(target));
        on(form, 'input', () => this.second?.keep());
        on(form, 'submit', (event) => {
            // The plain form, while that script is waited for.
            if (this.step === 'details' && !this.second) return undefined;
            event.preventDefault();
            return this.step === 'details' ? this.second.send() : this.slot && this.#go('details');
        });
        on(this.choice.querySelector('button'), 'click', () => this.#go('details'));
        on(this.details, 'click', ({ target }) => target.type === 'button' && this.#go('times'));
        on(window, 'popstate', async () => {
            this.#read();
            if (this.step === 'details') await this.#load();
            this.render();
            this.#focusStep();
            return this.step === 'details' && this.freshen();
        });
        // Back from another page, with all as it was left; or a tab that is looked at again, perhaps days later.
        on(window, 'pageshow', ({ persisted }) => persisted && this.#wake());
        on(document, 'visibilitychange', () => this.#wake());
        const description = document.querySelector('.description');
        description.insertAdjacentHTML(
            'beforeend',
            html`<button type="button" class="link more js">${say('more')}</button>`,
        );
        for (const type of ['click', 'focusin']) on(description, type, () => description.classList.add('open'));
        // Measured once it is laid out, and whenever that changes: whoever turns a phone or zooms must reach all of it.
        new ResizeObserver(() => {
            description.lastChild.hidden = description.scrollHeight <= description.clientHeight + 2;
        }).observe(description);
    }

    /** Loads the script of the second step, which also knows all zones and what their places are called. The page as it
     * is first shown does not need it, but to a visitor elsewhere than the host. */
    #load() {
        return this.loading ??= new Promise((done, fail) => {
            const script = document.createElement('script');
            // It hands itself over: see details/start.js.
            this.form.booking = this;
            script.src = this.form.dataset.details;
            // Where nothing came, nothing is loading any more: whoever needs it tries again.
            const end = () => {
                if (this.second) done();
                else this.loading = fail(new Error(script.src));
            };
            script.onload = script.onerror = end;
            setTimeout(end, PATIENCE);
            document.head.append(script);
        });
    }

    /** Loads it for whoever may need it soon. */
    #preload() {
        this.#load().catch(() => {});
    }

    /** Makes all right that time may have changed: what is today, what is free; and after a booking was made, another
     * time can be chosen. */
    async #wake() {
        await released();
        if (document.hidden) return undefined;
        if (this.second?.wake()) this.#set({ slot: undefined, step: 'times' });
        else this.render();
        return this.freshen();
    }

    /** Wakes when a day begins, or when the first time is too near to be booked. */
    #setAlarm(first = Infinity) {
        const { slots, zone } = this;
        const { now } = slots;
        const seconds = Math.min(DAY - (now + zone.offset(now)) % DAY, first - slots.notice - now);
        clearTimeout(this.alarm);
        this.alarm = setTimeout(() => attempt(() => this.#wake()), Math.max(seconds, 0) * 1000 + 1000);
    }

    /** Takes the choice from the address. */
    #read() {
        const parameters = new URLSearchParams(location.search);
        const { durations, usual } = this.slots;
        const wanted = +parameters.get('duration');
        this.minutes = durations.includes(wanted) ? wanted : usual;
        this.zone = this.#zoneNamed(parameters.get('tz')) ?? this.#zoneNamed(visit.get('tz'))
            ?? findZone(this.ownZone) ?? this.host;
        const slot = Date.parse(parameters.get('slot')) / 1000;
        // Whether it can be had is asked on the way to the details, and said there.
        this.slot = slot || undefined;
        this.date = this.slot ? this.zone.date(this.slot) : dateOr(parameters.get('date'));
        this.shown = dateOr(`${parameters.get('month')}-01`)?.slice(0, 7);
        this.step = this.slot ? history.state?.step ?? 'details' : 'times';
    }

    /** The zone of a name, as the browser knows it; the host's also where it does not. */
    #zoneNamed(name) {
        return findZone(name) ?? (name === this.host.name ? this.host : undefined);
    }

    /** The start that was asked for last, if no answer came: it may be the visitor's own by now. */
    get pending() {
        return visit.get(`${this.page} sent`)?.start;
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
        try {
            history[how]({ step: this.step }, '', address);
        } catch {
            // Browsers refuse after many changes in a short time: the address stays behind, the page does not.
        }
        this.render();
    }

    #changed({ name, id, value }) {
        if (name === 'time' || name === 'offer') {
            const loading = this.#load();
            this.#set({ slot: +value, date: this.zone.date(+value) });
            return loading;
        }
        if (name === 'duration_minutes') {
            const fits = this.slots.offers(this.slot, +value);
            if (this.slot && !fits) this.say(say('slot.too_long'));
            this.#set({ minutes: +value, slot: fits ? this.slot : undefined });
        }
        if (id === 'zone') {
            visit.set('tz', value);
            const zone = this.#zoneNamed(value) ?? this.zone;
            this.#set({ zone, date: this.slot ? zone.date(this.slot) : this.date, shown: undefined });
        }
    }

    #chooseDate(date) {
        if (!this.dates.has(date)) return this.say(say('times.none_on', { date: write('date', dayOf(date)) }));
        this.#set({
            date,
            shown: this.month.shows(date) ? this.month.month : date.slice(0, 7),
            slot: this.dates.get(date).includes(this.slot) ? this.slot : undefined,
        });
        this.heading.focus();
    }

    /** Goes to a step; to the times, only with a time that can still be had. On the way to the details the ledger is
     * asked whether that time is still free.
     * @param {'times' | 'details'} step */
    async #go(step) {
        if (step === 'details') await this.#load();
        if (step === this.step) return;
        this.second.clear();
        const slot = step === 'details' || this.slots.offers(this.slot, this.minutes) ? this.slot : undefined;
        this.#set({ step, slot }, 'pushState');
        this.#focusStep();
        if (step === 'details') await this.freshen();
    }

    #focusStep() {
        scrollTo(0, 0);
        (this.step === 'details' ? this.details.querySelector('h2') : this.heading).focus({ preventScroll: true });
    }

    /** Says something to those who do not see it. */
    say(text) {
        this.status.textContent = text;
    }

    /** Shows the choice; in the plain form too, should that be needed. */
    render() {
        const { slots, zone, form } = this;
        this.dates = slots.byDate(this.minutes, zone);
        const days = [...this.dates.keys()].sort();
        this.day = this.dates.has(this.date) ? this.date : days.find((date) => date > (this.date ?? '')) ?? days[0];
        for (const [start, input] of slots.sent) {
            input.checked = start === this.slot;
            input.parentNode.hidden = start < slots.now + slots.notice;
        }
        show(this.step);
        this.month.render(this.shown, this.dates, this.day, zone.date(slots.now));
        this.#renderZone();
        this.#renderTimes();
        if (this.slot) this.second?.render();
        form.elements.duration_minutes.value = this.minutes;
        this.#setAlarm(this.dates.get(days[0])?.[0]);
    }

    #renderZone() {
        const { slots, zone } = this;
        const select = this.form.querySelector('#zone');
        select.value = zone.name;
        // Until all of them are listed.
        if (!select.value) select.add(new Option(zone.city, zone.name, true, true));
        select.nextSibling.textContent = say('zone.now', { time: zone.time(slots.now) });
        this.form.elements.time_zone.value = zone.name;
    }

    #renderTimes() {
        const starts = this.dates.get(this.day) ?? [];
        const focused = this.list.contains(document.activeElement) && document.activeElement.value;
        this.heading.textContent = this.day ? write('date', dayOf(this.day))
            : this.free?.when_unknown ? say('times.unknown') : say('times.none');
        this.hint.textContent = starts.length ? say('times.zone', { zone: this.zone.city }) : '';
        const parts = new Map();
        for (const start of starts) {
            const part = starts.length > FEW ? Math.floor(this.zone.wall(start).getUTCHours() / 6) : WHOLE;
            parts.set(part, [...(parts.get(part) ?? []), start]);
        }
        const group = ([part, starts]) => html`
            <fieldset data-part="${part}">
                <legend>${PARTS[part]}</legend>
                ${raw(starts.map((start) => this.time(start, 'time')))}
            </fieldset>
        `;
        refill(this.list, [...parts].map(group).join(''));
        if (focused) (this.list.querySelector(`[value="${focused}"]`) ?? this.heading).focus();
        this.choice.hidden = !this.slot;
        if (this.slot) this.choice.firstChild.innerHTML = html`${this.at(this.slot)}${raw(this.night(this.slot))}`;
    }

    /** A start's date and time. @param {string} [message] the key of the words */
    at(start, message = say('at')) {
        return say(message, { date: write('date', this.zone.wall(start)), time: this.zone.time(start) });
    }

    /** A time as a radio button; the host's own beside it. */
    time(start, name) {
        const label = name === 'offer' ? this.at(start) : this.zone.time(start);
        return html`
            <label>
                <input type="radio" name="${name}" value="${start}"${raw(start === this.slot ? ' checked' : '')}>
                ${label}${raw(this.night(start), this.hostTime(start))}
            </label>
        `;
    }

    /** Marks a time at which people sleep. */
    night(start, zone = this.zone, before = ' ') {
        return zone.isNight(start) ? html`${before}<i>${say('night')}</i>` : '';
    }

    /** The host's time if that differs or may differ, with its weekday if that differs. */
    hostTime(start) {
        const { host, zone } = this;
        if (zone.offset(start) === host.offset(start) && !host.differsFromBrowser(start)) return '';
        const weekday = host.date(start) === zone.date(start)
            ? ''
            : `${WORDS.weekdays_short[(host.wall(start).getUTCDay() + 6) % 7]} `;
        const time = say('times.host', { time: weekday + host.time(start), zone: host.city });
        return html` <small>${time}${raw(this.night(start, host, ' · '))}</small>`;
    }

    /** Asks the endpoint which times are free now; about a time that is being booked, the ledger itself. Without an
     * answer, what is known stays. */
    async freshen() {
        const asked = this.step === 'details' ? `start=${this.slot}&duration=${this.minutes}&` : '';
        try {
            // What the browser kept says when it was asked for, not now.
            const response = await fetch(`/api/availability/${this.page}?${asked}${this.invite}`, { cache: 'no-store' });
            if (!response.ok) return this.invite && this.second.uninvite(await response.json());
            this.free = await response.json();
            await released();
            this.slots.refresh(this.free);
        } catch {
            return;
        }
        const { slot } = this;
        if (slot && slot !== this.pending && !this.slots.offers(slot, this.minutes)) {
            if (this.step === 'details') return this.second.gone() && this.#set({ slot: undefined, step: 'times' });
            this.say(say('slot.gone'));
            this.slot = undefined;
        }
        this.render();
    }
}
