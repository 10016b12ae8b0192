/**
 * Month: the grid of days, after the ARIA Authoring Practices: one tab stop, arrows by day and week.
 */

import { WORDS } from './locale.js';
import { html, inDigits, raw, say, sayCount, write } from './words.js';
import { DAY } from './zones.js';

export const dayOf = (date) => new Date(`${date}T00:00Z`);
const plusDays = (date, days) => new Date(+dayOf(date) + days * DAY * 1000).toISOString().slice(0, 10);
/** Days after the week's first. */
const inWeek = (date) => (dayOf(date).getUTCDay() - WORDS.week_start + 7) % 7;

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
        element.onclick = ({ target }) => this.#click(target);
        this.body.onkeydown = (event) => this.#key(event);
    }

    /** @param {string} month such as `2026-12` @param {Map<string, number[]>} dates
     * @param {string | undefined} chosen @param {string} today */
    render(month, dates, chosen, today) {
        const all = [...dates.keys()].sort();
        const hadFocus = this.body.contains(document.activeElement);
        this.month = month;
        this.dates = dates;
        this.chosen = chosen;
        this.today = today;
        this.first = today.slice(0, 7);
        this.last = (all.at(-1) ?? today).slice(0, 7);
        const inMonth = all.filter((date) => date.startsWith(month));
        if (!this.#focus?.startsWith(month)) {
            this.#focus = chosen?.startsWith(month) ? chosen : inMonth[0] ?? `${month}-01`;
        }
        this.most = Math.max(...Array.from(dates.values(), (starts) => starts.length));
        this.title.textContent = write('month', dayOf(`${month}-01`));
        this.body.innerHTML = this.#weeks();
        this.#note(all, inMonth);
        for (const button of this.element.querySelectorAll('[data-turn]')) {
            button.setAttribute('aria-disabled', this.#turned(button.dataset.turn) === month);
        }
        if (hadFocus) this.#button()?.focus();
    }

    #headings() {
        const { weekdays, weekdays_short, week_start } = WORDS;
        const order = weekdays.map((_, at) => (at + week_start - 1) % 7);
        return order.map((day) => html`<th scope="col" abbr="${weekdays[day]}">${weekdays_short[day]}`).join('');
    }

    /** The weeks of the month, except those that are over. */
    #weeks() {
        let date = `${this.month}-01`;
        if (date < this.today) date = [plusDays(this.today, -inWeek(this.today)), date].sort()[1];
        let cells = '<tr>' + '<td></td>'.repeat(inWeek(date));
        for (; date.startsWith(this.month); date = plusDays(date, 1)) {
            cells += (inWeek(date) ? '' : '<tr>') + this.#day(date);
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

    /** An empty month says so, and names the next free day; the last one says that it is the last. */
    #note(all, inMonth) {
        const next = all.find((date) => date > this.month) ?? all.at(-1);
        if (!next) this.note.textContent = say('times.none');
        else if (!inMonth.length) {
            this.note.innerHTML = html`
                ${say('month.empty')} <button type="button" class="link" data-date="${next}">
                    ${say('month.go', { date: write('date', dayOf(next)) })}
                </button>
            `;
        } else this.note.textContent = this.month === this.last
            ? say('month.last', { date: write('date', dayOf(all.at(-1))) })
            : '';
    }

    #click(target) {
        const { turn, date } = target.closest('button')?.dataset ?? {};
        if (turn) this.turn(this.#turned(turn));
        if (date) {
            this.#focus = date;
            this.choose(date);
        }
    }

    /** The month that many months away, within the months that have times. */
    #turned(months) {
        const day = dayOf(`${this.month}-01`);
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
        if (to < this.today || month > this.last) return;
        this.#focus = to;
        if (month === this.month) {
            this.body.querySelector('[tabindex="0"]').tabIndex = -1;
            this.#button().tabIndex = 0;
            this.#button().focus();
        } else this.turn(month);
    }

    /** The same day some months away, or that month's last. */
    #inMonth(months) {
        const month = this.#turned(months);
        const last = new Date(Date.UTC(month.slice(0, 4), month.slice(5), 0)).getUTCDate();
        return `${month}-${String(Math.min(this.#focus.slice(8), last)).padStart(2, '0')}`;
    }

    #button() {
        return this.body.querySelector(`[data-date="${this.#focus}"]`);
    }
}
