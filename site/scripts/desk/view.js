/**
 * View: the content of an address of the desk. It reads its data, writes it as HTML, and answers its own buttons and
 * forms.
 */

import { html, raw } from '../words.js';
import { Card } from './card.js';
import { dateInWords, listEnd } from './pieces.js';

/** The number of cards that are written at first, and with each press of the button for more. */
const PART = 100;

export class View {
    /** The number of cards of a long list that are written. */
    written = PART;

    /** @param {Desk} desk @param {string} argument the rest of the address */
    constructor(desk, argument) {
        this.desk = desk;
        this.argument = argument;
    }

    /** The address in the navigation that the view belongs to; nothing if that is the view's own. */
    get home() {
        return undefined;
    }

    /** Reads the view's data. */
    async load() {}

    /** True if there is something to show already. */
    get ready() {
        return true;
    }

    /** Answers to a button or form of its own; here, to the button for more cards.
     * @param {HTMLElement} target @returns {boolean | void} */
    act({ dataset }) {
        if (dataset.act !== 'more') return false;
        this.writeMore();
        return true;
    }

    /** How much of a list of cards is written, with a button for more; nothing where that is all.
     * @param {number} all its length */
    listEnd(all) {
        return all > this.written ? listEnd({ shown: this.written, all }) : '';
    }

    /** Writes more cards, and goes to the first of them. */
    writeMore() {
        const { written } = this;
        this.written += PART;
        this.desk.render();
        this.desk.screen.focusItem(written);
    }

    cards(bookings, shown) {
        return bookings.map((booking) => new Card(this.desk, booking).html(shown)).join('');
    }

    /** By date, in the host's zone, each with a heading. */
    byDay(bookings, shown) {
        const days = groupBy(bookings, (booking) => this.desk.store.dateOf(booking));
        return [...days].map(([date, list]) => html`
            <section class="day" aria-labelledby="day-${date}">
                <h2 id="day-${date}">${dateInWords(date)}</h2>
                ${raw(this.cards(list, shown))}
            </section>
        `).join('');
    }
}

export const groupBy = (list, keyOf) => {
    const groups = new Map();
    for (const item of list) groups.set(keyOf(item), [...groups.get(keyOf(item)) ?? [], item]);
    return groups;
};
