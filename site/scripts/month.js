/**
 * Month: the grid of days, after the ARIA Authoring Practices: one tab stop, arrows by day and week.
 */

import { on } from './guard.js';
import { WORDS } from './locale.js';
import { html, inDigits, raw, refill, say, sayCount, write } from './words.js';
import { DAY } from './zones.js';

export const dayOf = (date) => new Date(`${date}T00:00Z`);
const plusDays = (date, days) => new Date(+dayOf(date) + days * DAY * 1000).toISOString().slice(0, 10);
/** Days after the week's first. */
const inWeek = (date) => (dayOf(date).getUTCDay() - WORDS.week_start + 7) % 7;

/** The last date of a month. */
const lastOf = (month) => new Date(Date.UTC(month.slice(0, 4), month.slice(5), 0)).toISOString().slice(0, 10);
/** A month such as `2026-12` in words. */
const monthOf = (month) => write('month', dayOf(`${month}-01`));

/** A date as `2026-12-01`, or the other value if the text is not a date. */
export const dateOr = (text, otherwise) => (/^\d{4}-\d\d-\d\d$/.test(text) && +dayOf(text) ? text : otherwise);

export class Month {
    /** The date that is the tab stop. @type {string} */
    #focus;

    /** @param {HTMLElement} element
     * @param {(date: string) => void} choose
     * @param {(month: string) => void} turn */
    constructor(element, choose, turn) {
        this.element = element;
        this.choose = choose;
        this.turn = turn;
        element.innerHTML = html`
            <div class="head">
                <h2 id="month" aria-live="polite"></h2>
                <button type="button" data-turn="-1" aria-label="${say('month.previous')}"></button>
                <button type="button" data-turn="1" aria-label="${say('month.next')}"></button>
            </div>
            <table role="grid" aria-labelledby="month">
                <thead>
                    <tr>${raw(this.#headings())}
                </thead>
                <tbody>
            </table>
            <p class="hint"></p>
        `;
        [this.title, this.body, this.note] = ['h2', 'tbody', 'p'].map((name) => element.querySelector(name));
        on(element, 'click', ({ target }) => this.#click(target));
        on(this.body, 'keydown', (event) => this.#key(event));
    }

    /** @param {string | undefined} month such as `2026-12`; without one, that of the chosen day
     * @param {Map<string, number[]>} dates @param {string | undefined} chosen @param {string} today */
    render(month, dates, chosen, today) {
        const all = [...dates.keys()].sort();
        const hadFocus = this.body.contains(document.activeElement);
        Object.assign(this, { dates, chosen, today });
        this.first = today.slice(0, 7);
        this.last = (all[all.length - 1] ?? today).slice(0, 7);
        this.#span(month, chosen);
        const shown = all.filter((date) => this.shows(date));
        if (!this.shows(this.#focus)) {
            this.#focus = this.shows(chosen) ? chosen : shown[0] ?? [this.from, today].sort()[1];
        }
        this.most = Math.max(...Array.from(dates.values(), (starts) => starts.length));
        refill(this.title, html`${monthOf(this.month)}`);
        if (refill(this.body, this.#weeks()) && hadFocus) this.#button()?.focus();
        this.#note(all, shown);
        for (const button of this.element.querySelectorAll('[data-turn]')) {
            button.setAttribute('aria-disabled', this.#turned(button.dataset.turn) === this.month);
        }
    }

    /** True if the date is one of those that are shown. */
    shows(date) {
        return date >= this.from && date <= this.to;
    }

    /** Decides which dates are shown: a month without the weeks that are over. The first one runs on until four weeks
     * are there, so that its last days do not stand alone. */
    #span(month, chosen = '') {
        const inFourWeeks = plusDays(this.today, 27);
        const last = lastOf(this.first);
        const end = inFourWeeks > last ? plusDays(inFourWeeks, 6 - inWeek(inFourWeeks)) : last;
        this.month = [month ?? (chosen > end ? chosen : this.today).slice(0, 7), this.first].sort()[1];
        this.from = [`${this.month}-01`, plusDays(this.today, -inWeek(this.today))].sort()[1];
        this.to = this.month === this.first ? end : lastOf(this.month);
    }

    #headings() {
        const { weekdays, weekdays_short, week_start } = WORDS;
        const order = weekdays.map((_, at) => (at + week_start - 1) % 7);
        return order.map((day) => html`<th scope="col" abbr="${weekdays[day]}">${weekdays_short[day]}`).join('');
    }

    /** The weeks that are shown; a month that follows begins below its name. */
    #weeks() {
        let cells = '';
        for (let date = this.from; date <= this.to; date = plusDays(date, 1)) {
            const begins = date.endsWith('-01');
            if (begins && date > this.from) cells += html`<tr><th colspan="7">${monthOf(date.slice(0, 7))}`;
            if (!inWeek(date) || date === this.from || begins) cells += `<tr>${'<td></td>'.repeat(inWeek(date))}`;
            cells += this.#day(date);
        }
        return cells;
    }

    #day(date) {
        const count = this.dates.get(date)?.length ?? 0;
        const name = say('month.day', { date: write('date_full', dayOf(date)), times: sayCount('times.count', count) });
        return html`
            <td aria-selected="${date === this.chosen}">
                <button type="button" data-date="${date}" aria-label="${name}"
                    tabindex="${date === this.#focus ? 0 : -1}"
                    aria-disabled="${!count}"${raw(date === this.today ? ' aria-current="date"' : '')}
                    data-fill="${Math.ceil(count / this.most * 3) || 0}">${inDigits(+date.slice(8))}</button>
            </td>
        `;
    }

    /** Where nothing is free, that is said, with the next free day; and where the last free day is, that it is the
     * last. */
    #note(all, shown) {
        const last = all[all.length - 1];
        const next = all.find((date) => date > this.to) ?? last;
        // What is said above the times says it.
        if (!next) this.note.textContent = '';
        else if (!shown.length) {
            this.note.innerHTML = html`
                ${say('month.empty')} <button type="button" class="link" data-date="${next}">
                    ${say('month.go', { date: write('date', dayOf(next)) })}
                </button>
            `;
        } else {
            const date = write('date', dayOf(last));
            this.note.textContent = this.shows(last) ? say('month.last', { date }) : '';
        }
    }

    #click(target) {
        const { turn, date } = target.closest('button')?.dataset ?? {};
        if (turn) this.turn(this.#turned(turn));
        if (date) {
            this.#focus = date;
            this.choose(date);
        }
    }

    /** The month that many months after another, within the months that have times. */
    #turned(months, from = this.month) {
        const day = dayOf(`${from}-01`);
        day.setUTCMonth(day.getUTCMonth() + +months);
        const month = day.toISOString().slice(0, 7);
        return month < this.first ? this.first : month > this.last ? this.last : month;
    }

    #key(event) {
        const date = this.#focus;
        const forward = document.dir === 'rtl' ? -1 : 1;
        const months = event.shiftKey ? 12 : 1;
        const to = {
            ArrowLeft: () => plusDays(date, -forward),
            ArrowRight: () => plusDays(date, forward),
            ArrowUp: () => plusDays(date, -7),
            ArrowDown: () => plusDays(date, 7),
            Home: () => plusDays(date, -inWeek(date)),
            End: () => plusDays(date, 6 - inWeek(date)),
            PageUp: () => this.#inMonth(-months),
            PageDown: () => this.#inMonth(months),
        }[event.key]?.();
        if (!to) return;
        event.preventDefault();
        const month = to.slice(0, 7);
        if (to < this.today || (month > this.last && !this.shows(to))) return;
        this.#focus = to;
        if (this.shows(to)) {
            this.body.querySelector('[tabindex="0"]').tabIndex = -1;
            this.#button().tabIndex = 0;
            this.#button().focus();
        } else this.turn(month);
    }

    /** The same day some months away, or that month's last; not before today. */
    #inMonth(months) {
        const month = this.#turned(months, this.#focus.slice(0, 7));
        return [[`${month}${this.#focus.slice(7)}`, lastOf(month)].sort()[0], this.today].sort()[1];
    }

    #button() {
        return this.body.querySelector(`[data-date="${this.#focus}"]`);
    }
}
