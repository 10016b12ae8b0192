/**
 * Alike: bookings that have something in common with one of them, to be cancelled together.
 */

import { html, inDigits, raw, say, sayCount, write } from '../words.js';
import { isLive, startOf, titleOf } from './bookings.js';
import { Card, STATUS } from './card.js';
import { endpoint } from './endpoint.js';
import { endingOf } from './payment.js';
import { button, now } from './pieces.js';
import { View } from './view.js';

/** What bookings can have in common, the narrowest first. */
const LIKENESSES = ['email', 'domain', 'network'];

/** What becomes of the money of those that end in the same way, in words. */
const ENDINGS_OF_MANY = {
    goes_back: say('alike.goes_back'),
    by_hand: say('alike.by_hand'),
    mismatched: say('alike.mismatched'),
    disputed: say('alike.disputed'),
    unpaid: say('alike.unpaid'),
    unpaid_by_link: say('alike.unpaid_by_link'),
};

/** What becomes of the money of several bookings, a line for each way in which it ends. */
const moneyOf = (bookings) => {
    const endings = new Set(bookings.map(endingOf));
    return Object.keys(ENDINGS_OF_MANY).filter((ending) => endings.has(ending)).map((ending) => ENDINGS_OF_MANY[ending]).join('\n');
};

export class AlikeView extends View {
    title = say('view.alike');
    home = '#upcoming';
    /** What is chosen of them. */
    by;
    /** How many were cancelled here, step by step. */
    cancelled = 0;

    get booking() {
        return this.desk.store.bookings.get(this.argument);
    }

    async load() {
        const { desk: { store }, argument: id } = this;
        await store.loadAhead();
        if (!this.booking) await store.find(id);
        if (this.booking) {
            const found = await Promise.all(LIKENESSES.map((by) => endpoint.get(`host/bookings/${id}/alike?by=${by}`)));
            this.found = Object.fromEntries(found.map((one) => [one.by, one]));
            if (!countOf(this.chosen)) this.by = LIKENESSES.find((by) => countOf(this.found[by]));
        }
        this.looked = true;
    }

    get ready() {
        return this.looked;
    }

    /** The bookings that would be cancelled. */
    get chosen() {
        return this.found?.[this.by];
    }

    html() {
        const { argument: id, booking, desk } = this;
        if (!booking) return html`<p class="lead">${say('booking.missing')}</p><p>${say('booking.missing_detail')}</p>`;
        const card = new Card(desk, booking);
        return html`
            <p class="lead">${card.name}</p>
            <p class="facts"><span>${titleOf(desk, booking)}</span><span>${card.at}</span></p>
            <div class="sheet alike">
                <fieldset>
                    <legend>${say('alike.legend')}</legend>
                    ${raw(LIKENESSES.map((by) => this.#choice(by)))}
                </fieldset>
                ${raw(this.#list())}
                <p><a class="link" href="#booking/${id}">${say('alike.back')}</a></p>
            </div>
        `;
    }

    #what(by) {
        const { email } = this.booking.contact;
        const domain = email.slice(email.lastIndexOf('@') + 1);
        return {
            email: say('alike.email', { email }),
            domain: say('alike.domain', { domain }),
            network: say('alike.network'),
        }[by];
    }

    #choice(by) {
        const found = this.found[by];
        const state = countOf(found) ? (by === this.by ? ' checked' : '') : ' disabled';
        return html`
            <label>
                <input type="radio" name="by" value="${by}" id="by-${by}"${raw(state)}>
                <span>
                    ${this.#what(by)}
                    <small>${countOf(found) ? countInWords(found) : this.#whyNone(by)}</small>
                    ${raw(by === 'network' && countOf(found) ? html`<small>${say('alike.shared')}</small>` : '')}
                </span>
            </label>
        `;
    }

    /** A booking that is still to come is like itself, in all that is known of it. */
    #whyNone(by) {
        const { booking } = this;
        const isMissing = by === 'network' && isLive(booking) && startOf(booking) > now();
        return isMissing ? say('alike.unknown') : say('alike.none');
    }

    #list() {
        const { chosen } = this;
        if (!countOf(chosen)) return '';
        const { bookings, more, unconfirmed } = chosen;
        const words = more ? say('alike.button_all') : sayCount('alike.button', countOf(chosen));
        return html`
            <section aria-labelledby="alike">
                <h2 id="alike">${say('alike.list')}</h2>
                <ul class="people">
                    ${raw(bookings.slice(0, this.written).map((booking) => this.#item(booking)))}
                </ul>
                ${raw(
                    this.listEnd(bookings.length),
                    unconfirmed ? html`<p class="hint">${sayCount('alike.unconfirmed', unconfirmed)}</p>` : '',
                )}
            </section>
            <div class="stay">${raw(button({ act: 'alike', words, kind: 'danger' }))}</div>
        `;
    }

    #item(booking) {
        const { desk } = this;
        const { zone } = desk;
        const { contact: { email, name }, status } = booking;
        const start = startOf(booking);
        const facts = [email, titleOf(desk, booking), STATUS[status]].filter(Boolean);
        return html`
            <li tabindex="-1">
                <b>${say('at', { date: write('date', zone.wall(start)), time: zone.time(start) })}</b>
                ${name}
                <span class="facts">${raw(facts.map((fact) => html`<span>${fact}</span>`))}</span>
            </li>
        `;
    }

    /** A choice was changed. @param {HTMLInputElement} input */
    changed({ name, value }) {
        if (name !== 'by' || this.by === value) return;
        this.by = value;
        this.desk.render();
    }

    act(target) {
        if (target.dataset.act !== 'alike') return super.act(target);
        if (countOf(this.chosen)) this.#ask();
        return true;
    }

    #ask() {
        const { argument: id, by, chosen, desk } = this;
        desk.ask.open({
            key: `alike ${id}`,
            about: id,
            title: chosen.more ? say('alike.title_all') : sayCount('alike.title', countOf(chosen)),
            text: say('alike.text', { what: this.#what(by) }),
            money: moneyOf(chosen.bookings),
            told: desk.session.mail ? say('alike.told') : say('alike.not_told'),
            reason: say('alike.reason_hint'),
            confirm: say('alike.confirm'),
            keep: say('alike.keep'),
            busy: say('cancel.busy'),
            act: desk.guarded((reason) => this.#cancel({ by, as_of: chosen.as_of, reason })),
        });
    }

    async #cancel(body) {
        const { argument: id, desk } = this;
        try {
            let more;
            do {
                const done = await endpoint.post(`host/bookings/${id}/alike/cancel`, body);
                this.cancelled += done.cancelled + done.unconfirmed;
                more = done.more;
            } while (more);
        } catch (problem) {
            // An answer may be lost: nobody here knows what was cancelled.
            if (this.cancelled || ['offline', 'unsure', 'failed'].includes(problem.code)) problem.detail = say('alike.unsure');
            if (problem.code !== 'offline') desk.refresh();
            throw problem;
        }
        // Whatever was read of them is no longer so.
        desk.store.bookings.clear();
        desk.store.loaded = {};
        desk.say(this.cancelled ? sayCount('alike.done', this.cancelled) : say('alike.none_left'), true);
        // In the place of the dialog's step: Back leads to where it was asked.
        if (desk.view === this) location.replace('#upcoming');
        else desk.refresh();
    }
}

/** How many bookings would be cancelled. */
const countOf = (found) => (found ? found.bookings.length + found.unconfirmed : 0);

const countInWords = (found) => (found.more
    ? inDigits(say('alike.many', { count: countOf(found) }))
    : sayCount('alike.count', countOf(found)));
