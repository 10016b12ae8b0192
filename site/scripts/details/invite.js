/**
 * Invite: what an invitation in the address says, in the form. It is signed, and the endpoint alone decides what it is
 * worth; here it only fills in.
 */

import { show } from '../guard.js';
import { html } from '../words.js';

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
    /** @param {import('../booking.js').Booking} booking */
    constructor(booking) {
        this.booking = booking;
        const token = new URLSearchParams(location.search).get('invite');
        const { form, slots } = booking;
        form.insertAdjacentHTML('afterbegin', html`<input type="hidden" name="invite" value="${token}">`);
        this.field = form.firstElementChild;
        // In another language, too.
        for (const link of document.querySelectorAll('header a[hreflang]')) {
            link.search = new URLSearchParams({ invite: token });
        }
        /** Whether the page can be booked by invitation only: its form is for those who have one. */
        this.isOnly = form.hidden;
        form.hidden = false;
        // Until the endpoint has said what it allows, it is not known that nothing is free.
        if (this.isOnly) booking.free ??= { when_unknown: true };
        const { name, email, duration } = read(token);
        for (const [field, text] of Object.entries({ 'contact.name': name, 'contact.email': email })) {
            form.elements[field].value ||= text ?? '';
        }
        if (!slots.durations.includes(duration)) return;
        slots.durations = [duration];
        slots.usual = booking.minutes = duration;
        for (const input of form.querySelectorAll('[name=duration_minutes][type=radio]')) {
            input.closest('label').hidden = input.disabled = +input.value !== duration;
        }
    }

    /** Whether an answer refuses the invitation. Then it goes on without, where the page can be booked so; else, with
     * the field for another. */
    isRefused({ code }) {
        if (!CODES.includes(code)) return false;
        const { booking, field } = this;
        field.remove();
        booking.invite = '';
        if (this.isOnly) {
            booking.form.hidden = true;
            booking.render = () => {};
            show('plain');
        }
        return true;
    }
}
