/**
 * Payment: what a booking costs and how that stands, in words; amounts as people write them; and what its host can do.
 */

import { DIGITS, MONEY } from '../locale.js';
import { html, inDigits, raw, say } from '../words.js';
import { button, own } from './pieces.js';

/** How a payment stands. */
const STANDS = {
    due: say('payment.due'),
    promised: say('payment.promised'),
    unpaid: say('payment.unpaid'),
    paid: say('payment.paid'),
    refund_pending: say('payment.refund_pending'),
    refund_owed: say('payment.refund_owed'),
    partly_refunded: say('payment.partly_refunded'),
    refunded: say('payment.refunded'),
    refund_failed: say('payment.refund_failed'),
};

/** How a refund stands. */
const REFUNDS = {
    pending: say('refund.pending'),
    owed: say('refund.owed'),
    succeeded: say('refund.succeeded'),
    failed: say('refund.failed'),
};

const PROVIDERS = { stripe: 'Stripe', link: say('payment.link') };

/** How a dispute stands. */
const DISPUTES = {
    inquiry: say('dispute.inquiry'),
    open: say('dispute.open'),
    won: say('dispute.won'),
    lost: say('dispute.lost'),
};

/** An amount as people write it: `¥5,000`. @param {{ currency: string, decimal: string }} money */
export const moneyInWords = ({ currency, decimal }) => {
    const [units, part = ''] = decimal.split('.');
    const whole = units.replace(/\B(?=(\d{3})+$)/g, MONEY.group);
    const amount = part ? `${whole}${MONEY.decimal}${part}` : whole;
    const pattern = own(MONEY.patterns, currency) ?? `${currency}\u00a0{amount}`;
    return inDigits(say(pattern, { amount, whole: /[1-9]/.test(part) ? amount : whole }));
};

/** The digits behind the point in the currency of an amount. */
const digitsOf = ({ decimal }) => decimal.split('.')[1]?.length ?? 0;

/** So many of the smallest unit of the currency of an amount, as money. */
const sumOf = (amount, like) => {
    const digits = digitsOf(like);
    const units = String(amount).padStart(digits + 1, '0');
    const at = units.length - digits;
    return { ...like, amount, decimal: digits ? `${units.slice(0, at)}.${units.slice(at)}` : units };
};

/** What is typed for an amount. */
export const typedOf = ({ decimal }) => inDigits(decimal.replace('.', MONEY.decimal));

/** What somebody has typed, as an amount in the currency of another: signs, codes and groups of digits are as people
 * write them, with either mark before the decimals. Three digits behind a single mark may be a group or decimals: that is
 * for whoever types to say. @param {string} text @param {{ decimal: string }} like
 * @returns {{ money?: Object, either?: Object[], isPart?: boolean }} the amount; or both that it may be; or that it is a
 *   part of what the currency does not divide; or nothing where it is not an amount */
export const amountIn = (text, like) => {
    const digit = (letter) => (DIGITS && DIGITS.includes(letter) ? DIGITS.indexOf(letter) : letter);
    const typed = [...text.normalize('NFKC')].map(digit).join('').replace(/[\p{L}\p{Sc}\s'’]/gu, '');
    const digits = digitsOf(like);
    const sum = (units, part = '') => {
        const amount = Number(units.replace(/[.,]/g, '') + part.padEnd(digits, '0'));
        return amount > 0 && Number.isSafeInteger(amount) ? sumOf(amount, like) : undefined;
    };
    const isGrouped = (units) => /^\d{1,3}(,\d{3})*$/.test(units) || /^\d{1,3}(\.\d{3})*$/.test(units) || /^\d+$/.test(units);
    if (!/^\d[\d.,]*$/.test(typed)) return {};
    const at = Math.max(typed.lastIndexOf('.'), typed.lastIndexOf(','));
    if (at < 0) return { money: sum(typed) };
    const [units, mark, part] = [typed.slice(0, at), typed[at], typed.slice(at + 1)];
    // A mark that comes again stands between groups.
    if (units.includes(mark)) return isGrouped(typed) ? { money: sum(typed) } : {};
    const isDecimal = /^\d+$/.test(part) && isGrouped(units) && !units.includes(mark);
    const mayBeGroup = /^[1-9]\d{0,2}$/.test(units) && part.length === 3;
    if (mayBeGroup && !digits && mark === MONEY.group.trim()) return { money: sum(typed) };
    if (mayBeGroup && digits && !(digits === 3 && mark === MONEY.decimal)) {
        const either = [sum(units, part.slice(0, digits)), sum(typed)];
        return digits === 3 || /0$/.test(part) ? { either } : { either: [either[1]] };
    }
    if (isDecimal && !digits) return { isPart: true };
    return isDecimal && part.length <= digits ? { money: sum(units, part) } : {};
};

/** What its host has yet to send back of payments beside the one that counts. */
export const secondOf = ({ reference, refunds }) => (
    refunds.filter(({ payment, state }) => state === 'owed' && payment && payment !== reference)
);

/** How the payment of a booking stands, in words; nothing where it costs nothing.
 * @param {Object} booking @param {(instant: string) => string} moment writes an instant */
export const paymentInWords = ({ payment, status }, moment) => {
    if (!payment) return '';
    const { due_by: due, mismatched, paid, price } = payment;
    const words = mismatched && !paid ? say('payment.mismatched')
        : payment.status === 'refund_owed' && secondOf(payment).length ? say('payment.refund_owed_twice')
        : payment.status !== 'due' || due ? own(STANDS, payment.status)
        : status === 'requested' ? say('payment.due_if_accepted') : say('payment.due_later');
    return say(words ?? '{price}', {
        // What counts as paid may be another amount.
        price: moneyInWords(paid ?? price),
        due_by: due && moment(due),
        other: mismatched && moneyInWords(mismatched),
        // As the endpoint counts them: an attempt may be one of several, and a refund one of a second payment.
        pending: moneyInWords(payment.pending),
        owed: moneyInWords(payment.owed),
        returned: payment.returned && moneyInWords(payment.returned),
    });
};

/** The payment of a booking, with all that went back. @param {Object} payment @param {(instant: string) => string} moment */
export const paymentFacts = (booking, moment) => {
    const { payment } = booking;
    if (!payment) return '';
    const { disputes = [], paid, paid_at: paidAt, price, provider, reference, refunds } = payment;
    const whenPaid = paidAt && say(reference ? say('payment.paid_at') : say('payment.marked_at'), { at: moment(paidAt) });
    const refund = ({ asked_at: at, failure, money, payment: of, reason, state }) => html`
        <span class="of-payment">
            ${say(own(REFUNDS, state) ?? '{money}', { money: moneyInWords(money), at: moment(at) })}
            ${raw([of !== reference && of, reason, failure].filter(Boolean).map((why) => html`<br><span class="quiet written">${why}</span>`))}
        </span>
    `;
    const dispute = ({ money, reason, state }) => html`
        <span class="of-payment">
            ${say(own(DISPUTES, state) ?? '{money}', { money: moneyInWords(money) })}
            ${raw(reason ? html`<br><span class="quiet written">${reason}</span>` : '')}
        </span>
    `;
    return [
        html`${paymentInWords(booking, moment)}`,
        paid && paid.amount !== price.amount && html`<span class="quiet">${say('payment.of_price', { price: moneyInWords(price) })}</span>`,
        whenPaid && html`<span class="quiet">${whenPaid}</span>`,
        reference && html`<span class="quiet">${own(PROVIDERS, provider) ?? provider} <span class="written">${reference}</span></span>`,
    ].filter(Boolean).join('<br>') + [...refunds.map(refund), ...disputes.map(dispute)].join('');
};

/** A dispute that its host can respond to; nothing where there is none. */
export const disputeOf = ({ payment }) => payment?.disputes?.find(({ state }) => state === 'open');

/** A payment that a bank asks about, while it is not sent back; nothing where there is none. */
export const inquiryOf = (booking) => (
    refundableOf(booking) && booking.payment.disputes?.find(({ state }) => state === 'inquiry')
);

/** What can go back; nothing where nothing can. @returns {{ amount: number } | undefined} */
export const refundableOf = ({ payment }) => (payment?.refundable.amount > 0 ? payment.refundable : undefined);

/** True where only the host can send back what was paid. */
export const isByHand = ({ payment: { provider, reference } }) => provider === 'link' || !reference;

/** What the host has yet to send back by hand; nothing where there is nothing. */
export const owedOf = ({ payment }) => (payment?.owed?.amount > 0 ? payment.owed : undefined);

/** What was paid and does not count, as it is not the price: its host has to see to it; nothing where there is nothing. */
export const otherOf = ({ payment }) => payment?.mismatched;

/** True while a booking waits for its payment, also where that has lapsed and its time may still be free. A request that
 * nobody accepted has never waited for one. */
export const isPayable = ({ payment, start, status }) => status === 'awaiting_payment' || (
    status === 'expired' && payment?.status === 'unpaid' && Boolean(payment.due_by) && Date.parse(start) > Date.now()
);

/** The buttons about its payment. */
export const paymentButtons = (booking) => {
    const { id } = booking;
    const buttons = [
        isPayable(booking) && button({ act: 'paid', id, words: say('paid.button'), kind: 'quiet-button' }),
        refundableOf(booking) && button({ act: 'refund', id, words: say('refund.button'), kind: 'quiet-button' }),
    ].filter(Boolean);
    return buttons.length ? html`<p class="changes">${raw(buttons)}</p>` : '';
};

/** What becomes of the money of a booking that is cancelled or declined: the name of the case; nothing where there is none. */
export const endingOf = (booking) => {
    const { payment, status } = booking;
    if (disputeOf(booking)) return 'disputed';
    if (refundableOf(booking)) return isByHand(booking) ? 'by_hand' : 'goes_back';
    if (!payment?.paid && otherOf(booking)) return 'mismatched';
    return status !== 'awaiting_payment' ? '' : payment.provider === 'link' ? 'unpaid_by_link' : 'unpaid';
};

/** Such cases, in words. */
const ENDINGS = {
    disputed: say('cancel.disputed'),
    by_hand: say('cancel.by_hand'),
    goes_back: say('cancel.goes_back'),
    mismatched: say('cancel.mismatched'),
    unpaid_by_link: say('cancel.unpaid_by_link'),
    unpaid: say('cancel.unpaid'),
};

/** The same, in words. */
export const moneyIfEnded = (booking) => {
    const { contact: { name }, payment } = booking;
    const money = disputeOf(booking)?.money ?? refundableOf(booking);
    const other = otherOf(booking);
    return say(own(ENDINGS, endingOf(booking)) ?? '', {
        name,
        money: money && moneyInWords(money),
        other: other && moneyInWords(other),
        price: payment && moneyInWords(payment.price),
    });
};
