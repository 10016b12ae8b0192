/**
 * Start: runs in the head, so that what the script replaces is never painted.
 */

import { Desk } from './desk.js';

document.documentElement.dataset.js = '';
addEventListener('DOMContentLoaded', () => {
    for (const element of document.querySelectorAll('[data-component=desk]')) new Desk(element);
});
