/**
 * Start of the second step: hands it to the booking that has asked for it.
 */

import { Details } from './details.js';

const { booking } = document.querySelector('[data-component=booking]');
booking.second = new Details(booking);
