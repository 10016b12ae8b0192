/**
 * Move: another time for a booking, from those that its page offers, or any other that the host names.
 */

import { html, raw, say, sayCount, write } from '../words.js';
import { DAY } from '../zones.js';
import { isLive, startOf, titleOf } from './bookings.js';
import { Card } from './card.js';
import { endpoint } from './endpoint.js';
import { button, dateInWords, now, problemBox, toldHow } from './pieces.js';
import { View, groupBy } from './view.js';

/** Days that are shown at first, and with each further step. */
const DAYS_SHOWN = 8;

export class MoveView extends View {
    title = say('view.move');
    home = '#upcoming';
    days = DAYS_SHOWN;
    near = [];

    get booking() {
        return this.desk.store.bookings.get(this.argument);
    }

    async load() {
        await this.desk.store.loadAhead();
        if (!this.booking) return;
        const { page, id } = this.booking;
        // If the page is gone, any time can still be named.
        const answer = await endpoint.get(`availability/${page}?booking=${encodeURIComponent(id)}`).catch((problem) => {
            if (problem.code === 'offline' || problem.code === 'key_refused') throw problem;
            return { slots: [] };
        });
        const others = answer.slots.filter((slot) => slot !== startOf(this.booking));
        this.dates = groupBy(others, (slot) => this.desk.zone.date(slot));
        if (!this.dates.has(this.date)) [this.date] = this.dates.keys();
        const isOffered = this.dates.get(this.date)?.includes(this.start) || this.near.includes(this.start);
        if (!this.named && !isOffered) this.start = undefined;
    }

    get ready() {
        return this.dates || this.desk.store.loaded.ahead && !this.booking;
    }

    html() {
        const { argument: id, booking, desk } = this;
        if (!booking || !isLive(booking) || startOf(booking) <= now()) return html`
            <p class="lead">${say('move.gone')}</p>
            <p><a class="go" href="#today">${say('view.today')}</a></p>
        `;
        const card = new Card(desk, booking);
        return html`
            <p class="lead">${card.name}</p>
            <p class="facts">
                <span>${titleOf(desk, booking)}</span>
                <span>${sayCount('minutes', booking.duration_minutes)}</span>
                <span>${say('move.now', { at: card.at })}</span>
            </p>
            <form class="sheet move" data-act="move">
                ${raw(
                    problemBox(desk.problems.get(id), `p-${id}`),
                    this.#alternatives(),
                    this.#choices(),
                    this.#other(),
                )}
                <p class="hint">${toldHow(desk, booking)}</p>
                <div class="stay">${raw(this.#confirm())}</div>
                <p><a class="link" href="#booking/${id}">${say('move.back')}</a></p>
            </form>
        `;
    }

    /** The button that carries out the choice: within reach, however many times there are. */
    #confirm() {
        const { argument: id, desk, start } = this;
        const busy = desk.busy.has(`move ${id}`) && say('move.busy');
        const words = start ? say('move.confirm', { at: this.#at(start) }) : say('move.choose');
        const attributes = start && !busy ? '' : ' aria-disabled="true"';
        return html`<button${raw(attributes, busy ? ' aria-busy="true"' : '')}>${busy || words}</button>`;
    }

    #at(start) {
        const { zone } = this.desk;
        return say('at', { date: write('date', zone.wall(start)), time: zone.time(start) });
    }

    #radio(name, value, words, checked) {
        return html`
            <label>
                <input type="radio" name="${name}" value="${value}" id="${name}-${value}"${raw(
                    checked ? ' checked' : '',
                )}>
                ${words}
            </label>
        `;
    }

    #alternatives() {
        if (!this.near.length) return '';
        return html`
            <fieldset class="near">
                <legend>${say('move.near')}</legend>
                <div class="times-grid wide">
                    ${raw(this.near.map((start) => this.#radio('near', start, this.#at(start), start === this.start)))}
                </div>
            </fieldset>
        `;
    }

    #choices() {
        const { zone } = this.desk;
        if (!this.dates.size) return html`<p>${say('move.none')}</p>`;
        const dates = [...this.dates.keys()].sort();
        const shown = dates.slice(0, Math.max(this.days, dates.indexOf(this.date) + 1));
        const more = dates.length > shown.length ? button({ act: 'days', words: say('more'), kind: 'link' }) : '';
        const times = this.dates.get(this.date) ?? [];
        return html`
            <fieldset>
                <legend>${say('move.day')}</legend>
                <div class="times-grid wide">
                    ${raw(shown.map((date) => this.#radio('day', date, dateInWords(date), date === this.date)))}
                </div>
                ${raw(more)}
            </fieldset>
            <fieldset>
                <legend>${say('move.time')}</legend>
                <div class="times-grid">
                    ${raw(times.map((start) => this.#radio('start', start, zone.time(start), start === this.start)))}
                </div>
            </fieldset>
        `;
    }

    #other() {
        const { zone } = this.desk;
        return html`
            <details id="other"${raw(this.dates.size ? '' : ' open')}>
                <summary>${say('move.named')}</summary>
                <p class="hint" id="other-hint">${say('move.named_hint', { zone: zone.city })}</p>
                <p class="pair">
                    <span>
                        <label for="other-date">${say('move.date')}</label>
                        <input id="other-date" type="date" name="other-date" min="${this.desk.store.today}"
                            aria-describedby="other-hint">
                    </span>
                    <span>
                        <label for="other-time">${say('move.clock')}</label>
                        <input id="other-time" type="time" name="other-time" aria-describedby="other-hint">
                    </span>
                </p>
                <p class="error"${raw(this.skipped ? '' : ' hidden')}>${say('move.skipped')}</p>
            </details>
        `;
    }

    /** A choice was changed. @param {HTMLInputElement} input */
    changed({ name, value }) {
        if (name === 'day') Object.assign(this, { date: value, start: undefined, named: false });
        if (name === 'start' || name === 'near') Object.assign(this, { start: +value, named: false, skipped: false });
        if (name.startsWith('other-')) {
            const [date, time] = ['other-date', 'other-time'].map((id) => document.getElementById(id).value);
            if (!date || !time) return;
            const start = instantOf(this.desk.zone, date, time);
            Object.assign(this, { start, named: true, skipped: !start });
            return this.#patch();
        }
        this.desk.render();
    }

    /** Shows a named time without writing its fields again: a browser would lose the part of them that is being
     * typed. */
    #patch() {
        const { desk } = this;
        desk.screen.place.querySelector('.stay').innerHTML = this.#confirm();
        desk.screen.place.querySelector('.error').hidden = !this.skipped;
        for (const radio of desk.screen.place.querySelectorAll(':is([name=start], [name=near]):checked')) {
            radio.checked = false;
        }
        desk.screen.shown = this.html();
    }

    act({ dataset }) {
        if (dataset.act === 'days') {
            this.days += DAYS_SHOWN;
            this.desk.render();
            return true;
        }
        if (dataset.act !== 'move') return false;
        if (this.start) this.desk.do(`move ${this.argument}`, () => this.#move(), this.argument);
        return true;
    }

    async #move() {
        const { argument: id, desk } = this;
        try {
            const start = new Date(this.start * 1000).toISOString();
            const { booking } = await endpoint.post(`host/bookings/${id}/reschedule`, { start });
            desk.store.keep(booking);
            const card = new Card(desk, booking);
            desk.say(say('move.done', { name: card.name, at: card.at }), true);
            location.hash = `#booking/${id}`;
        } catch (problem) {
            // The host's own meeting, known for long: nobody was quicker.
            if (problem.code === 'slot_taken') {
                problem.title = say('move.taken');
                problem.detail = say('move.taken_detail');
            }
            this.near = problem.alternatives ?? [];
            // A time that cannot be had is not offered again.
            if (this.near.length) this.start = undefined;
            throw problem;
        }
    }
}

/** The instant of a wall time, in seconds; nothing if a change of offset skips it. Of two, the first.
 * @param {Zone} zone @param {string} date @param {string} time */
const instantOf = (zone, date, time) => {
    const wall = Date.parse(`${date}T${time}Z`) / 1000;
    const offsets = [zone.offset(wall - DAY), zone.offset(wall + DAY)];
    return offsets.map((offset) => wall - offset).find((instant) => instant + zone.offset(instant) === wall);
};
