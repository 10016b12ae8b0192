/**
 * Start: turns the plain form of a meeting page into a calendar, in a browser that can send what is chosen.
 */

import { Booking } from './booking.js';
import { begin } from './guard.js';

if (globalThis.fetch) {
    begin(() => {
        const form = document.querySelector('[data-component=booking]');
        return form && new Booking(form).begin();
    });
}
