/**
 * Invite: what an invitation in the address says, in the form. It is signed, and the endpoint alone decides what it is
 * worth; here it only fills in.
 */

import { attempt, show } from '../guard.js';
import { html, say } from '../words.js';

/** Refusals of an invitation itself. */
const CODES = ['invite_needed', 'invite_refused', 'link_used', 'link_expired'];

/** What the first part of a token says: JSON in base64url. */
const read = (token) => {
    try {
        const bytes = atob(token.split('.')[0].replace(/-/g, '+').replace(/_/g, '/'));
        return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))) ?? {};
    } catch {
        return {};
    }
};

export class Invite {
    /** Whether it waives a price that the page has. */
    isFree = false;
    /** Puts back what the invitation has changed. @type {(() => void)[]} */
    #undone = [];

    /** @param {import('../booking.js').Booking} booking */
    constructor(booking) {
        this.booking = booking;
        const token = new URLSearchParams(location.search).get('invite');
        const { form, slots } = booking;
        form.insertAdjacentHTML('afterbegin', html`<input type="hidden" name="invite" value="${token}">`);
        this.field = form.firstElementChild;
        /** Whether the page can be booked by invitation only: its form is for those who have one. */
        this.isOnly = form.hidden;
        // Its form has no times of its own: it is seen with those that the invitation allows.
        if (this.isOnly) {
            booking.render = () => {
                delete booking.render;
                form.hidden = false;
                booking.render();
            };
        }
        // Until the endpoint has said what it allows, it is not known that nothing is free.
        if (this.isOnly) booking.free ??= { when_unknown: true };
        const { name, email, duration, free } = read(token);
        if (free) this.#waivePrice();
        for (const [field, text] of Object.entries({ 'contact.name': name, 'contact.email': email })) {
            form.elements[field].value ||= text ?? '';
        }
        if (slots.durations.includes(duration)) this.#narrow(duration);
    }

    /** Leaves one duration. */
    #narrow(duration) {
        const { booking } = this;
        const { form, slots } = booking;
        const { durations, usual } = slots;
        slots.durations = [duration];
        slots.usual = booking.minutes = duration;
        this.#undone.push(() => Object.assign(slots, { durations, usual }));
        for (const input of form.querySelectorAll('[name=duration_minutes][type=radio]')) {
            const leave = (out) => { input.closest('label').hidden = input.disabled = out; };
            leave(+input.value !== duration);
            this.#undone.push(() => leave(false));
        }
    }

    /** Says that nothing is to be paid, in place of the price. */
    #waivePrice() {
        const free = say('/page.price.free');
        // A length has its price behind a dot.
        const change = (node) => {
            const { textContent } = node;
            node.textContent = textContent.replace(/(.* · )?.*/, `$1${free}`);
            this.#undone.push(() => { node.textContent = textContent; });
        };
        const [, , price] = document.querySelectorAll('.letter .facts span');
        if (!price) return;
        this.isFree = true;
        change(price);
        const rule = document.querySelector('.letter .hint');
        rule.hidden = true;
        this.#undone.push(() => { rule.hidden = false; });
        const { form } = this.booking;
        for (const cost of form.querySelectorAll('[name^="price."]')) {
            // What nobody has seen, nobody agrees to.
            cost.disabled = true;
            const [, minutes] = cost.name.split('.');
            const { dataset, nextSibling } = form.querySelector(`[name=duration_minutes][value="${minutes}"]`);
            const { pay, fee } = dataset;
            delete dataset.pay;
            if (fee) dataset.fee = free;
            else change(nextSibling);
            this.#undone.push(() => {
                cost.disabled = false;
                Object.assign(dataset, pay && { pay }, fee && { fee });
            });
        }
    }

    /** Takes the invitation out of the address, too. The duration that it has chosen stays. */
    #leaveAddress() {
        const { minutes, slots } = this.booking;
        const address = new URL(location);
        address.searchParams.delete('invite');
        if (minutes !== slots.usual) address.searchParams.set('duration', minutes);
        try {
            history.replaceState(history.state, '', address);
        } catch {
            // Refused after many changes in a short time: at worst, it is refused once more.
        }
    }

    /** Whether an answer refuses the invitation. Then it goes on without, where the page can be booked so, and with
     * everybody's times; else, with the field for another. */
    isRefused({ code }) {
        if (!CODES.includes(code)) return false;
        const { booking, field } = this;
        field.remove();
        for (const undo of this.#undone.splice(0)) undo();
        booking.invite = '';
        if (this.isOnly) {
            booking.form.hidden = true;
            booking.render = () => {};
            show('plain');
        } else {
            this.#leaveAddress();
            booking.render();
            attempt(() => booking.freshen());
        }
        return true;
    }
}
