/**
 * Card: a booking, with everything that its host can do about it.
 */

import { html, raw, say, sayCount, write } from '../words.js';
import { findZone } from '../zones.js';
import { endOf, isLive, isRequest, isWish, startOf, titleOf } from './bookings.js';
import {
    disputeOf, inquiryOf, isByHand, isPayable, moneyInWords, otherOf, owedOf, paymentButtons, paymentFacts,
    paymentInWords, refundableOf, secondOf,
} from './payment.js';
import { busyAttributes, button, link, mailLink, now, own, problemBox, row, seconds, toldHow } from './pieces.js';

/** Seconds before the start from which the way in is offered, and from which minutes are counted. */
const NEAR = 15 * 60;
const SOON = 60 * 60;

export const STATUS = {
    requested: say('status.requested'),
    awaiting_payment: say('status.awaiting_payment'),
    declined: say('status.declined'),
    cancelled: say('status.cancelled'),
    expired: say('status.expired'),
};

/** The outcomes of a meeting, in the order in which they are asked. */
export const OUTCOMES = {
    completed: say('outcome.completed'),
    no_show: say('outcome.no_show'),
    rescheduled: say('outcome.rescheduled'),
    cancelled: say('outcome.cancelled'),
};

/** What a host may make of a meeting in their own calendar, and what can be done about it besides putting it back. */
const ASTRAY = {
    missing: { words: say('astray.missing'), act: 'cancel' },
    past: { words: say('astray.past'), act: 'cancel' },
    moved: { words: say('astray.moved'), act: 'follow' },
    moved_length: { words: say('astray.moved_length'), act: 'follow' },
    taken: { words: say('astray.taken'), act: 'leave-copy' },
    length: { words: say('astray.length'), act: 'leave-copy' },
    whole_days: { words: say('astray.whole_days'), act: 'leave-copy' },
};

/** The words for a CRM's objects; an object of any other type keeps its own name. */
const BELONGS = { company: say('belongs.company'), deal: say('belongs.deal'), ticket: say('belongs.ticket') };

const associationInWords = ({ type, id }) => `${own(BELONGS, type) ?? type} ${id}`;

export class Card {
    /** @param {Desk} desk @param {Object} booking */
    constructor(desk, booking) {
        this.desk = desk;
        this.booking = booking;
        this.id = booking.id;
        this.name = booking.contact.name;
        this.zone = desk.zone;
        this.start = startOf(booking);
        this.end = endOf(booking);
        this.begun = this.start <= now();
        this.over = this.end <= now();
    }

    /** The time in words: `Wednesday 25 November, 10:00`. */
    get at() {
        return this.#moment(this.booking.start);
    }

    get span() {
        return this.#span(this.booking);
    }

    #span({ start, end }, zone = this.zone) {
        return say('span', { start: zone.time(seconds(start)), end: zone.time(seconds(end)) });
    }

    /** The place, in a word or two. */
    get place() {
        const { kind, value } = this.booking.location;
        return own({ video: say('place.video'), phone: say('place.phone') }, kind) ?? value;
    }

    /** The price and how it stands, in words; nothing where it costs nothing. */
    get payment() {
        return paymentInWords(this.booking, (instant) => this.#moment(instant));
    }

    /** @param {{ dated?: boolean, open?: boolean, settled?: boolean, answered?: boolean }} [shown] with its date;
     * with everything about it; with its outcome among the details; without its question, which is answered
     * elsewhere */
    html({ dated, open, settled, answered } = {}) {
        const { booking, id, start, begun, over } = this;
        const asks = !answered && (isRequest(booking) || isWish(booking));
        const state = asks ? 'request' : !isLive(booking) ? 'off' : over ? 'over' : begun ? 'running' : '';
        const minutes = sayCount('minutes', booking.duration_minutes);
        return html`
            <article class="card ${state}" id="b-${id}" tabindex="-1" aria-labelledby="n-${id} w-${id}">
                <p class="when" id="w-${id}">
                    <time datetime="${booking.start}">
                        ${raw(dated ? html`<span>${write('date', this.zone.wall(start))}</span>` : '')}
                        <b>${this.span}</b>
                    </time>
                    ${raw(this.#marks())}
                </p>
                ${raw(open
                    ? html`<h2 class="name" id="n-${id}">${this.name}</h2>`
                    : html`<h3 class="name" id="n-${id}">${this.name}</h3>`)}
                <p class="facts">
                    <span>${titleOf(this.desk, booking)}</span>
                    <span>${minutes}</span>
                    ${raw([this.place, this.payment].filter(Boolean).map((fact) => html`<span>${fact}</span>`))}
                </p>
                ${raw(
                    problemBox(this.desk.problems.get(id), `p-${id}`),
                    this.#join(),
                    this.#wish(),
                    this.#astray(),
                    this.#otherPaid(),
                    this.#refundOwed(),
                    this.#disputed(),
                    asks && booking.unknown_calendar ? html`<p class="hint">${say('calendar_unknown')}</p>` : '',
                    answered ? '' : this.#answer(),
                    settled ? '' : this.#outcome(),
                    this.#details(open, settled),
                )}
            </article>
        `;
    }

    /** The other time that its visitor asks for, as a card of its own. */
    wishHtml() {
        const { at, booking, id, name } = this;
        const { proposed } = booking;
        return html`
            <article class="card request" id="r-${id}" tabindex="-1" aria-labelledby="rn-${id} rw-${id}">
                <p class="when" id="rw-${id}">
                    <time datetime="${proposed.start}">
                        <span>${write('date', this.zone.wall(seconds(proposed.start)))}</span>
                        <b>${this.#span(proposed)}</b>
                    </time>
                    <span class="mark soon">${say('wish.mark')}</span>
                </p>
                <h3 class="name" id="rn-${id}">${name}</h3>
                <p class="facts">
                    <span>${titleOf(this.desk, booking)}</span>
                    <span>${say('wish.instead', { at })}</span>
                    <span>${say('wish.until', { at: this.#moment(proposed.expires_at) })}</span>
                </p>
                ${raw(
                    problemBox(this.desk.problems.get(id), `rp-${id}`),
                    booking.unknown_calendar ? html`<p class="hint">${say('calendar_unknown')}</p>` : '',
                    this.#answer(),
                )}
            </article>
        `;
    }

    #wish() {
        const { booking } = this;
        if (!isWish(booking)) return '';
        const { proposed } = booking;
        const at = say('at', {
            date: write('date', this.zone.wall(seconds(proposed.start))),
            time: this.#span(proposed),
        });
        return html`<p>${say('wish.asks', { at })}</p>`;
    }

    /** Its copy in the host's calendar, where the host has moved it or taken it out. */
    #astray() {
        const { booking, desk, id } = this;
        const { calendar, moved_to: moved, whole_days: wholeDays, taken } = desk.store.astray.get(id) ?? {};
        if (!calendar || booking.status !== 'confirmed' || this.begun) return '';
        const [start, end] = (moved ?? []).map(seconds);
        const made = !moved ? 'missing' : wholeDays ? 'whole_days' : start === this.start ? 'length'
            : start <= now() ? 'past' : taken ? 'taken' : end - start !== this.end - this.start ? 'moved_length' : 'moved';
        const [at, until] = (moved ?? []).map((instant) => this.#moment(instant));
        const { words, act } = ASTRAY[made];
        const busy = (doing) => desk.busy.has(`${doing} ${id}`) && say('astray.busy');
        return html`
            <div class="notice">
                <p>${say(words, { calendar, at, end: until })}</p>
                <p class="changes">
                    ${raw(
                        act === 'follow' ? button({
                            act: 'follow', id, value: moved[0], words: say('astray.follow'), busy: busy('follow'),
                        }) : act === 'cancel' ? button({
                            act: 'cancel', id, words: say('cancel.button'), kind: 'danger-outline',
                        }) : '',
                        button({
                            act: 'put-back', id, words: say('astray.put_back'), kind: 'quiet-button', busy: busy('put-back'),
                        }),
                        act === 'leave-copy' ? button({
                            act, id, value: moved.join(' '), words: say('astray.leave'), kind: 'quiet-button', busy: busy(act),
                        }) : '',
                    )}
                </p>
                ${raw(act === 'follow' ? html`<p class="hint">${toldHow(desk, booking)}</p>` : '')}
            </div>
        `;
    }

    /** Another amount that was paid: it counts for nothing until its host has said what becomes of it. */
    #otherPaid() {
        const { booking, id, name } = this;
        const other = otherOf(booking);
        if (!other) return '';
        const words = booking.payment.paid ? say('other.beside') : isPayable(booking) ? say('other.instead') : say('cancel.mismatched');
        return html`
            <div class="notice">
                <p>${say(words, { name, other: moneyInWords(other), price: moneyInWords(booking.payment.price) })}</p>
                <p class="changes">${raw(button({ act: 'other-sent', id, words: say('refunded.button'), kind: 'quiet-button' }))}</p>
            </div>
        `;
    }

    /** Money that was to go back and did not, or that only its host can send: they have to see to it. */
    #refundOwed() {
        const { booking, id, name } = this;
        const { payment } = booking;
        const owed = owedOf(booking);
        if (!owed) return '';
        const { failure, payment: reference } = payment.refunds.findLast(({ state }) => ['failed', 'owed'].includes(state));
        const second = secondOf(payment).map(({ payment: name }) => name).join(', ');
        const words = payment.status === 'refund_owed' && second ? say('refund.owed_twice')
            : payment.status === 'refund_owed' ? reference ? say('refund.owed_link') : say('refund.owed_marked')
            : refundableOf(booking) && !isByHand(booking) ? say('refund.failed_again') : say('refund.failed_by_hand');
        return html`
            <div class="notice">
                <p>${say(words, { name, money: moneyInWords(owed), reference: second })}</p>
                ${raw(failure ? html`<p class="hint written">${failure}</p>` : '')}
                <p class="changes">${raw(button({ act: 'refunded', id, words: say('refunded.button'), kind: 'quiet-button' }))}</p>
            </div>
        `;
    }

    /** A payment that its payer has their bank take back, or ask about: its host can respond, at the provider's. */
    #disputed() {
        const { booking } = this;
        const dispute = disputeOf(booking) ?? inquiryOf(booking);
        if (!dispute) return '';
        const { answer_by: by, money, reason } = dispute;
        const words = disputeOf(booking)
            ? by ? say('dispute.until') : say('dispute.respond')
            : by ? say('dispute.asks_until') : say('dispute.asks');
        return html`
            <div class="notice">
                <p>${say(words, { name: this.name, money: moneyInWords(money), at: by && this.#moment(by) })}</p>
                ${raw(reason ? html`<p class="hint written">${reason}</p>` : '')}
            </div>
        `;
    }

    /** Marks for anything special about it now: of the meeting, and of the money. */
    #marks() {
        const mark = ([kind, words]) => html`<span class="mark ${kind}">${words}</span>`;
        const marks = [this.#stands(), this.#moneyStands()].filter(Boolean);
        return marks.length ? html`<span class="marks">${raw(marks.map(mark).join(' '))}</span>` : '';
    }

    #stands() {
        const { booking: { outcome, payment, status }, start, begun, over } = this;
        const until = start - now();
        // Beside a payment that is on its way, "not paid yet" would only confuse.
        if (status === 'awaiting_payment' && payment?.status === 'promised') return undefined;
        if (status !== 'confirmed') return [status, own(STATUS, status)];
        if (begun && !over) return ['now', say('now.label')];
        if (!begun && until < SOON) return ['soon', sayCount('begins', Math.max(1, Math.round(until / 60)))];
        return outcome ? [outcome, own(OUTCOMES, outcome)] : undefined;
    }

    #moneyStands() {
        const { booking } = this;
        const status = booking.payment?.status;
        if (status === 'refund_failed') return ['wrong', say('refund.mark')];
        if (status === 'refund_owed') return ['wrong', say('refund.mark_owed')];
        if (disputeOf(booking)) return ['wrong', say('dispute.mark')];
        if (inquiryOf(booking)) return ['wrong', say('dispute.mark_asks')];
        if (otherOf(booking)) return ['wrong', say('other.mark')];
        return status === 'promised' ? ['soon', say('payment.mark_promised')] : undefined;
    }

    /** The way into the call, from shortly before it until its end. */
    #join() {
        const { booking, over, start } = this;
        const { kind, value } = booking.location;
        const near = booking.status === 'confirmed' && !over && start - now() < NEAR;
        return near && kind === 'video' && value ? html`
            <p class="join">
                <a class="button" href="${value}" rel="noopener noreferrer">${say('place.join')}</a>
            </p>
        ` : '';
    }

    /** The two answers to a request, or to a wish. */
    #answer() {
        const { booking, desk, id } = this;
        if (!isRequest(booking) && !isWish(booking)) return '';
        const accepting = desk.busy.has(`accept ${id}`) && say('accept.busy');
        return html`
            <div class="answers">
                ${raw(
                    button({ act: 'accept', id, words: say('accept.button'), busy: accepting }),
                    button({ act: 'decline', id, words: say('decline.button'), kind: 'quiet-button' }),
                )}
            </div>
            <p class="hint">${toldHow(desk, booking)}</p>
        `;
    }

    /** The outcome, once the meeting has begun. */
    #outcome() {
        const { booking, desk, id } = this;
        if (!this.#isDone()) return '';
        const choice = ([value, words]) => {
            const busy = desk.busy.has(`outcome ${id} ${value}`) && words;
            const pressed = booking.outcome === value;
            return button({ act: 'outcome', id, value, words, busy, pressed, kind: 'choice-button' });
        };
        return html`
            <fieldset class="outcome">
                <legend>${say('outcome.legend')}</legend>
                <div>${raw(Object.entries(OUTCOMES).map(choice))}</div>
                ${raw(booking.outcome ? html`<p class="hint">${say('outcome.hint')}</p>` : '')}
            </fieldset>
        `;
    }

    /** Everything else. */
    #details(open, settled) {
        const { id } = this;
        const inside = html`
            ${raw(settled ? this.#outcome() : '')}
            <dl>${raw(this.#facts())}</dl>
            ${raw(this.#belongs(), paymentButtons(this.booking), this.#changes())}
        `;
        return open ? inside : html`
            <details id="d-${id}">
                <summary>${say('details.open')}</summary>
                ${raw(inside)}
            </details>
        `;
    }

    /** The way into the call, or the place. A room may not be made yet. */
    #where() {
        const { booking } = this;
        const { kind, value } = booking.location;
        if (kind !== 'video') return value;
        if (value) return raw(link(value, value));
        return booking.status === 'confirmed' && !this.over ? say('place.awaited') : say('place.video');
    }

    #facts() {
        const { booking, name, zone } = this;
        const { contact, guests, tracking } = booking;
        const theirZone = findZone(booking.time_zone);
        const elsewhere = theirZone && theirZone.offset(this.start) !== zone.offset(this.start);
        const theirs = () => html`
            ${say('at', { date: write('date', theirZone.wall(this.start)), time: this.#span(booking, theirZone) })}<br>
            <span class="quiet">${theirZone.city}${theirZone.isNight(this.start) ? `${say('comma')}${say('night')}` : ''}</span>
        `;
        const parameter = ([key, value]) => html`<span class="quiet">${key}</span> ${value}`;
        const source = Object.entries(tracking ?? {}).map(parameter).join('<br>');
        const belongs = this.#isDone() ? [] : (booking.associations ?? []).map(associationInWords);
        return [
            row(say('details.email'), raw(contact.email && mailLink(contact.email))),
            row(say('details.guests'), raw(guests.map(mailLink).join('<br>'))),
            ...this.#answers(),
            row(say('details.where'), this.#where()),
            row(say('details.time', { name }), raw(elsewhere ? theirs() : '')),
            row(say('details.payment'), raw(paymentFacts(booking, (instant) => this.#moment(instant)))),
            row(say('details.reason'), booking.cancel_reason),
            row(say('details.source'), raw(source)),
            row(say('details.booked'), this.#moment(booking.created_at)),
            row(say('details.belongs'), belongs.join(say('comma'))),
        ].join('');
    }

    #moment(instant) {
        const at = seconds(instant);
        return say('at', { date: write('date', this.zone.wall(at)), time: this.zone.time(at) });
    }

    /** The visitor's answers, each under its question; under the question's id if its page no longer asks it. */
    #answers() {
        const { answers, page } = this.booking;
        const questions = own(this.desk.session.pages, page)?.questions ?? [];
        const order = [...questions.map(({ id }) => id), ...Object.keys(answers)];
        return [...new Set(order)].filter((id) => own(answers, id) !== undefined).map((id) => {
            const { label = id, options = {}, phone } = questions.find((question) => question.id === id) ?? {};
            const words = (value) => (value === true ? say('details.yes')
                : value === false ? say('details.no')
                : own(options, value) ?? value);
            const value = [answers[id]].flat().map(words).join(say('comma'));
            return row(label, raw(phone
                ? html`<a href="tel:${value.replace(/[^+\d]/g, '')}">${value}</a>`
                : html`<span class="written">${value}</span>`));
        });
    }

    /** True if it takes place, or did, and so can have an outcome. */
    #isDone() {
        return this.booking.status === 'confirmed' && this.begun;
    }

    /** The objects elsewhere that the meeting belongs to, once they can be changed: when it has begun. */
    #belongs() {
        const { booking, desk, id } = this;
        if (!this.#isDone()) return '';
        const list = booking.associations ?? [];
        const item = (what, at) => html`
            <li>
                ${what} <button type="button" class="link" data-act="unlink" data-id="${id}" data-value="${at}"
                    aria-label="${say('belongs.remove', { what })}">×</button>
            </li>
        `;
        const busy = desk.busy.has(`belongs ${id}`);
        return html`
            <form class="belongs" data-act="belongs" data-id="${id}">
                <fieldset>
                    <legend>${say('belongs.legend')}</legend>
                    ${raw(list.length ? html`<ul>${raw(list.map(associationInWords).map(item))}</ul>` : '')}
                    <p class="hint">${say('belongs.hint')}</p>
                    <p class="pair">
                        <span>
                            <label for="t-${id}">${say('belongs.type')}</label>
                            <input id="t-${id}" name="type" list="belongs-types" maxlength="200" autocomplete="off">
                        </span>
                        <span>
                            <label for="i-${id}">${say('belongs.id')}</label>
                            <input id="i-${id}" name="id" maxlength="200" autocomplete="off">
                        </span>
                        <button class="quiet-button"${raw(busyAttributes(busy))}>${say('belongs.add')}</button>
                    </p>
                </fieldset>
            </form>
        `;
    }

    #changes() {
        const { begun, booking, id } = this;
        if (!isLive(booking) || begun) return '';
        return html`
            <p class="changes">
                ${raw(
                    booking.status === 'confirmed'
                        ? html`<a class="button quiet-button" href="#move/${id}">${say('move.button')}</a>`
                        : '',
                    isRequest(booking)
                        ? ''
                        : button({ act: 'cancel', id, words: say('cancel.button'), kind: 'danger-outline' }),
                )}
                <a class="link" href="#alike/${id}">${say('alike.link')}</a>
            </p>
        `;
    }
}
