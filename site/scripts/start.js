/**
 * Start: turns the plain form of a meeting page into a calendar, in a browser that can send what is chosen, and unless
 * the script comes so late that somebody is already filling the form in.
 */

import './framed.js';
import { Booking } from './booking.js';
import { attempt } from './guard.js';
import './languages.js';

const form = document.querySelector('[data-component=booking]:not(:focus-within)');
// A form that is hidden is for those who are invited.
if (form && globalThis.fetch && (!form.hidden || /invite=/.test(location.search))) attempt(() => new Booking(form).begin());
