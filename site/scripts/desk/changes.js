/**
 * Changes: a host's acts on one booking, from the buttons and forms of its card.
 */

import { say } from '../words.js';
import { isLive } from './bookings.js';
import { Card, OUTCOMES } from './card.js';
import { Problem, endpoint } from './endpoint.js';
import { amountIn, isByHand, moneyIfEnded, moneyInWords, otherOf, typedOf } from './payment.js';
import { toldHow } from './pieces.js';

export class Changes {
    /** @param {Desk} desk */
    constructor(desk) {
        this.desk = desk;
    }

    /** Answers to a button or form. @param {HTMLElement} target */
    act(target) {
        const { act, id, value } = target.dataset;
        const booking = this.desk.store.bookings.get(id);
        if (act === 'accept') this.#accept(booking);
        else if (act === 'decline') this.#askDecline(booking);
        else if (act === 'cancel') this.#askCancel(booking);
        else if (act === 'paid') this.#askPaid(booking);
        else if (act === 'refund') this.#askRefund(booking);
        else if (act === 'refunded') this.#askRefunded(booking);
        else if (act === 'other-sent') this.#askOtherSent(booking);
        else if (act === 'follow') this.#follow(booking, value);
        else if (act === 'put-back') this.#putBack(booking);
        else if (act === 'leave-copy') this.#leaveCopy(booking, value.split(' '));
        else if (act === 'outcome') this.#outcome(booking, value);
        else if (act === 'belongs') this.#belongs(booking, target);
        else if (act === 'unlink') this.#associate(booking, booking.associations.filter((one, at) => at !== +value));
    }

    /** @param {(card: Card) => string} done what was done, in words */
    async #change(id, act, body, done) {
        const { booking } = await endpoint.post(`host/bookings/${id}/${act}`, body);
        this.desk.store.keep(booking);
        this.desk.say(done(new Card(this.desk, booking)), true);
    }

    #accept(booking) {
        const { id, contact: { name } } = booking;
        const done = ({ at, booking: { payment, status } }) => (booking.proposed ? say('move.done', { name, at })
            : status === 'awaiting_payment' ? say('accept.done_unpaid', { name, at, price: moneyInWords(payment.price) })
            : say('accept.done', { name, at }));
        this.desk.do(`accept ${id}`, () => this.#change(id, 'accept', answered(booking), done), id);
    }

    #askDecline(booking) {
        const { desk } = this;
        const { id, proposed, contact: { name } } = booking;
        const { at } = new Card(desk, booking);
        const done = () => (proposed ? say('wish.declined', { name, at }) : say('decline.done', { name, at }));
        desk.ask.open({
            key: `decline ${id}`,
            about: id,
            title: proposed ? say('wish.decline', { name }) : say('decline.title', { name }),
            text: proposed ? say('wish.stays', { at }) : say('decline.text'),
            money: proposed ? '' : moneyIfEnded(booking),
            told: toldHow(desk, booking),
            confirm: say('decline.button'),
            keep: say('decline.keep'),
            busy: say('decline.busy'),
            act: desk.guarded(() => this.#change(id, 'decline', answered(booking), done)),
        });
    }

    #askCancel(booking) {
        const { desk } = this;
        const { id, contact: { name } } = booking;
        const done = ({ at }) => say('cancel.done', { name, at });
        desk.ask.open({
            key: `cancel ${id}`,
            about: id,
            title: say('cancel.title', { name }),
            text: say('cancel.text'),
            money: moneyIfEnded(booking),
            told: toldHow(desk, booking),
            reason: say('cancel.reason_hint', { name }),
            confirm: say('cancel.confirm'),
            keep: say('cancel.keep'),
            busy: say('cancel.busy'),
            act: desk.guarded((reason) => this.#change(id, 'cancel', reason.trim() ? { reason } : {}, done)),
        });
    }

    /** What counts goes along: another amount may have been paid by now. */
    #askPaid(booking) {
        const { desk } = this;
        const { id, contact: { name }, payment: { price } } = booking;
        const other = otherOf(booking);
        const money = { price: moneyInWords(price), other: other && moneyInWords(other) };
        // Of another currency, nobody knows how much of the price it is.
        const isEither = other?.currency === price.currency;
        const done = ({ at }) => say('paid.done', { name, at });
        desk.ask.open({
            key: `paid ${id}`,
            about: id,
            title: say('paid.title', { name }),
            text: say(isEither ? say('paid.text_either') : other ? say('paid.text_beside') : say('paid.text'), money),
            choice: isEither && {
                legend: say('paid.counts'),
                options: [[other.amount, say('paid.other', money)], [price.amount, say('paid.price', money)]],
            },
            told: toldHow(desk, booking),
            confirm: say('paid.button'),
            keep: say('paid.keep'),
            busy: say('paid.busy'),
            isHarmless: true,
            act: desk.guarded((reason, typed, chosen) => this.#change(id, 'paid', { amount: Number(chosen) || price.amount }, done)),
        });
    }

    /** What was left when this was asked goes along: so nothing goes back twice where an answer is lost. */
    #askRefund(booking) {
        const { desk } = this;
        const { id, contact: { name }, payment: { price, reference, refund_step: step, refundable } } = booking;
        const most = moneyInWords(refundable);
        const check = (typed) => {
            const { money, either = [], isPart } = amountIn(typed, price);
            const [first, second] = either.filter(Boolean).map(moneyInWords);
            return second ? say('refund.either', { first, second }) : first ? say('refund.unclear', { first, most: typedOf(refundable) })
                : isPart ? say('refund.whole', { currency: price.currency, most: typedOf(refundable) })
                : !money ? say('refund.wrong', { most: typedOf(refundable) })
                : money.amount > refundable.amount ? say('refund.too_much', { most })
                    : money.amount % step.amount ? say('refund.step', { step: moneyInWords(step) }) : '';
        };
        desk.ask.open({
            key: `refund ${id}`,
            about: id,
            title: say('refund.title', { name }),
            text: !isByHand(booking) ? isLive(booking) ? say('refund.text') : say('refund.text_off')
                : isLive(booking) ? reference ? say('refund.text_link') : say('refund.text_marked')
                : reference ? say('refund.text_link_off') : say('refund.text_marked_off'),
            // Of what goes back by hand, the visitor hears once it has.
            told: isByHand(booking) ? '' : toldHow(desk, booking),
            amount: {
                label: say('refund.amount', { currency: price.currency }),
                value: typedOf(refundable),
                hint: say('refund.hint', { most }),
                check,
                confirm: (typed) => (check(typed) ? say('refund.button') : say('refund.confirm', { money: moneyInWords(amountIn(typed, price).money) })),
            },
            reason: say('refund.reason_hint'),
            confirm: say('refund.button'),
            keep: say('paid.keep'),
            busy: say('refund.busy'),
            act: desk.guarded((reason, typed) => {
                const { money } = amountIn(typed, price);
                const body = { amount: money.amount, refundable: refundable.amount, reason: reason.trim() || null };
                const done = () => say(isByHand(booking) ? say('refund.done_by_hand') : say('refund.done'), { name, money: moneyInWords(money) });
                return this.#change(id, 'refund', body, done);
            }),
        });
    }

    /** What was owed when this was asked goes along: more may be by the time it is said. */
    #askRefunded(booking) {
        const { desk } = this;
        const { id, contact: { name }, payment: { owed } } = booking;
        const money = moneyInWords(owed);
        desk.ask.open({
            key: `refunded ${id}`,
            about: id,
            title: say('refunded.title', { name, money }),
            text: say('refunded.text'),
            told: toldHow(desk, booking),
            confirm: say('refunded.button'),
            keep: say('paid.keep'),
            busy: say('paid.busy'),
            isHarmless: true,
            act: desk.guarded(() => this.#change(id, 'refunded', { amount: owed.amount }, () => say('refunded.done', { name, money }))),
        });
    }

    /** What was paid and does not count has gone back; of that, the visitor is not told by email. */
    #askOtherSent(booking) {
        const { desk } = this;
        const { id, contact: { name }, payment: { price }, status } = booking;
        const other = otherOf(booking);
        const money = moneyInWords(other);
        const waits = status === 'awaiting_payment';
        desk.ask.open({
            key: `other-sent ${id}`,
            about: id,
            title: say('refunded.title', { name, money }),
            text: waits ? say('refunded.text_waits', { name, price: moneyInWords(price) }) : say('refunded.text'),
            confirm: say('refunded.button'),
            keep: say('paid.keep'),
            busy: say('paid.busy'),
            isHarmless: true,
            act: desk.guarded(() => this.#change(id, 'refunded', { amount: other.amount }, () => say('refunded.done', { name, money }))),
        });
    }

    /** Moves the meeting to where its host has moved its copy. */
    #follow({ id, start: from, contact: { name } }, start) {
        const done = ({ at }) => say('move.done', { name, at });
        this.desk.do(`follow ${id}`, async () => {
            await this.#change(id, 'reschedule', { start, from, follows_calendar: true }, done);
            this.desk.store.astray.delete(id);
        }, id);
    }

    #putBack({ id, start }) {
        this.desk.do(`put-back ${id}`, async () => {
            const { store } = this.desk;
            const { calendar } = store.astray.get(id) ?? {};
            store.keepCalendars(await endpoint.post(`host/bookings/${id}/put-back`, { start }));
            const { failing_since: fails } = store.calendars.find(({ name }) => name === calendar) ?? {};
            this.desk.say(fails ? say('astray.done_later', { calendar }) : say('astray.done'), true);
        }, id);
    }

    /** Leaves its copy where its host has put it. */
    #leaveCopy({ id }, [start, end]) {
        this.desk.do(`leave-copy ${id}`, async () => {
            this.desk.store.keepCalendars(await endpoint.post(`host/bookings/${id}/leave-copy`, { start, end }));
            this.desk.say(say('astray.left'), true);
        }, id);
    }

    /** The same outcome again takes it back. */
    #outcome({ id, outcome, contact: { name } }, value) {
        const said = outcome === value ? null : value;
        const done = () => (said
            ? say('outcome.noted', { name, outcome: OUTCOMES[said] })
            : say('outcome.taken_back', { name }));
        this.desk.do(`outcome ${id} ${value}`, () => this.#change(id, 'outcome', { outcome: said }, done), id);
    }

    #belongs(booking, form) {
        const [type, id] = ['type', 'id'].map((name) => form.elements[name].value.trim());
        if (!type || !id) {
            const missing = { code: 'missing', title: say('belongs.legend'), detail: say('belongs.missing') };
            this.desk.problems.set(booking.id, new Problem(missing));
            this.desk.render();
            return;
        }
        form.reset();
        this.#associate(booking, [...booking.associations ?? [], { type, id }]);
    }

    #associate({ id, outcome, contact: { name } }, associations) {
        this.desk.do(`belongs ${id}`, () => this.#change(id, 'outcome', { outcome, associations }, () => name), id);
    }
}

/** The start that is answered: the time that was shown, and not another that was asked for in the meantime. */
const answered = ({ proposed, start }) => ({ start: (proposed ?? { start }).start });
