/**
 * Deliveries: notices to other programs and people, those that did not arrive, and ways to send them again.
 */

import { html, raw, say, sayCount, write } from '../words.js';
import { Card } from './card.js';
import { endpoint } from './endpoint.js';
import { button, listEnd, own, problemBox, seconds } from './pieces.js';
import { View } from './view.js';

const STATES = {
    parked: say('deliveries.parked'),
    pending: say('deliveries.pending'),
    done: say('deliveries.done'),
    ended: say('deliveries.ended'),
};
const NONE = {
    parked: say('deliveries.empty_parked'),
    pending: say('deliveries.empty_pending'),
    done: say('deliveries.empty_done'),
    ended: say('deliveries.empty_ended'),
};

const EVENTS = {
    'booking.requested': say('event.requested'),
    'booking.confirmed': say('event.confirmed'),
    'booking.declined': say('event.declined'),
    'booking.rescheduled': say('event.rescheduled'),
    'booking.cancelled': say('event.cancelled'),
    'booking.awaiting_payment': say('event.awaiting_payment'),
    'booking.paid': say('event.paid'),
    'booking.refunded': say('event.refunded'),
    'booking.refund_owed': say('event.refund_owed'),
    'booking.refund_failed': say('event.refund_failed'),
    'booking.payment_mismatched': say('event.payment_mismatched'),
    'booking.payment_failed': say('event.payment_failed'),
    'booking.payment_disputed': say('event.payment_disputed'),
    'booking.dispute_closed': say('event.dispute_closed'),
    'booking.expired': say('event.expired'),
    'booking.reschedule_requested': say('event.reschedule_requested'),
    'booking.reschedule_declined': say('event.reschedule_declined'),
    'booking.reschedule_expired': say('event.reschedule_expired'),
    'booking.reschedule_withdrawn': say('event.reschedule_withdrawn'),
    'booking.room_ready': say('event.room_ready'),
    'booking.room_missing': say('event.room_missing'),
    'booking.reminder_due': say('event.reminder_due'),
    'booking.outcome_recorded': say('event.outcome_recorded'),
    'booking.alert': say('event.alert'),
    'contact.erased': say('event.erased'),
    'calendar.failing': say('event.calendar_failing'),
    'calendar.recovered': say('event.calendar_recovered'),
    'booking.calendar_missing': say('event.calendar_missing'),
    'booking.calendar_moved': say('event.calendar_moved'),
};

/** The receivers of mail; all others are named by their address. */
const RECEIVERS = {
    'mail to the visitor': say('deliveries.to_visitor'),
    'mail to a guest': say('deliveries.to_guest'),
    'mail to the host': say('deliveries.to_host'),
    'payment link': say('payment.link'),
};

/** Begins the names of calendars. */
const CALENDAR = 'calendar ';

/** Reasons that are not a receiver's; all others are shown as they came. */
const REASONS = {
    'too many emails to this address today': say('deliveries.held'),
    'the booking was undone before this email was sent': say('deliveries.undone'),
    'the booking was changed before this email was sent': say('deliveries.overtaken'),
    "the calendar's state changed before this email was sent": say('deliveries.calendar_changed'),
};

/** A receiver by its name. @param {string} name */
function receiver(name) {
    if (name.startsWith(CALENDAR)) return say('deliveries.to_calendar', { name: name.slice(CALENDAR.length) });
    return own(RECEIVERS, name) ?? name;
}

export class DeliveriesView extends View {
    title = say('view.deliveries');

    /** The state whose deliveries are shown. */
    get state() {
        return own(STATES, this.argument) ? this.argument : 'parked';
    }

    async load() {
        const { deliveries, after } = await endpoint.get(`host/deliveries?state=${this.state}`);
        Object.assign(this, { list: deliveries, after });
        if (this.state === 'parked') this.desk.store.parked = this.list;
    }

    async #more() {
        const { desk, list } = this;
        await desk.do('more', async () => {
            const query = new URLSearchParams({ state: this.state, after: this.after });
            const { deliveries, after } = await endpoint.get(`host/deliveries?${query}`);
            Object.assign(this, { list: [...list, ...deliveries], after });
        });
        desk.screen.focusItem(list.length);
    }

    get ready() {
        return this.list;
    }

    html() {
        const current = (state) => (state === this.state ? ' aria-current="true"' : '');
        const tab = ([state, words]) => html`<a href="#deliveries/${state}"${raw(current(state))}>${words}</a>`;
        return html`
            <p class="lead">${say('deliveries.lead')}</p>
            <p class="tabs">${raw(Object.entries(STATES).map(tab))}</p>
            ${raw(
                this.list.length
                    ? html`<ul class="people deliveries">${raw(this.list.map((one) => this.#item(one)))}</ul>`
                    : html`<p class="empty">${NONE[this.state]}</p>`,
                this.after ? listEnd({
                    shown: this.list.length, busy: this.desk.busy.has('more') && say('loading'),
                }) : '',
            )}
            <p class="narrow-only">
                <a class="go back" href="#settings">${say('view.settings')}</a>
            </p>
        `;
    }

    #item({ id, booking, event, destination, attempts, next_attempt_at: next, last_error: reason }) {
        const { desk, state } = this;
        const at = next && say('at', {
            date: write('date', desk.zone.wall(seconds(next))),
            time: desk.zone.time(seconds(next)),
        });
        const known = desk.store.bookings.get(booking);
        return html`
            <li id="l-${id}" tabindex="-1">
                <b>${own(EVENTS, event) ?? event}</b>
                ${raw(known ? html`
                    <span class="facts">
                        <span>${known.contact.name}</span>
                        <span>${new Card(desk, known).at}</span>
                    </span>
                ` : '')}
                <span class="quiet">${receiver(destination)}</span>
                ${raw(problemBox(desk.problems.get(id), `p-${id}`))}
                <span class="facts">
                    ${raw(attempts ? html`<span>${sayCount('deliveries.tries', attempts)}</span>` : '')}
                    ${raw(at ? html`<span>${say('deliveries.next', { at })}</span>` : '')}
                </span>
                ${raw(reason && state !== 'done' ? this.#why(reason) : '')}
                <p class="changes">
                    ${raw(state === 'pending' ? '' : this.#replay(id))}
                    ${raw(booking ? html`<a href="#booking/${booking}">${say('deliveries.booking')}</a>` : '')}
                    ${raw(event.startsWith('calendar.') ? html`<a href="#calendars">${say('deliveries.calendars')}</a>` : '')}
                </p>
            </li>
        `;
    }

    #why(reason) {
        if (reason in REASONS) return html`<span class="why">${REASONS[reason]}</span>`;
        return html`<span class="why">${say('deliveries.why')}${reason}</span>`;
    }

    #replay(id) {
        const busy = this.desk.busy.has(`replay ${id}`) && say('deliveries.busy');
        return button({ act: 'replay', id, words: say('deliveries.replay'), kind: 'quiet-button', busy });
    }

    async #send(id) {
        const { desk } = this;
        await desk.do(`replay ${id}`, async () => {
            await endpoint.post(`host/deliveries/${encodeURIComponent(id)}/replay`);
            this.list = this.list.filter((one) => one.id !== id);
            if (this.state === 'parked') desk.store.parked = this.list;
            desk.say(say('deliveries.sent'), true);
        }, id);
    }

    act({ dataset: { act, id } }) {
        if (act === 'more') this.#more();
        else if (act === 'replay') this.#send(id);
        else return false;
        return true;
    }
}
