/**
 * Start: runs in the head, so that what the script replaces is never painted.
 */

import { CITIES } from '../locale.js';
import { cities } from '../zones.js';
import { Desk } from './desk.js';

Object.assign(cities, CITIES);
document.documentElement.dataset.js = '';
addEventListener('DOMContentLoaded', () => {
    for (const element of document.querySelectorAll('[data-component=desk]')) new Desk(element);
});
