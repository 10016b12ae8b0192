/**
 * Start: runs in the head, so that what the script replaces is never painted.
 */

import { Booking } from './booking.js';

document.documentElement.dataset.js = '';
addEventListener('DOMContentLoaded', () => {
    for (const form of document.querySelectorAll('[data-component=booking]')) new Booking(form);
});
