/**
 * Start: runs in the head, so that what the script replaces is never painted.
 */
document.documentElement.dataset.js = '';
addEventListener('DOMContentLoaded', () => {
    for (const form of document.querySelectorAll('[data-component=booking]')) new Booking(form);
});
