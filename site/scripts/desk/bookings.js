/**
 * Bookings: what a booking is to its host at the moment.
 */

import { now, seconds } from './pieces.js';

/** What a booking's page is called in the host's language; as its visitor read it, where the page is gone. */
export const titleOf = (desk, { page, title }) => desk.session.pages[page]?.title ?? title;
export const isLive = ({ status }) => ['requested', 'awaiting_payment', 'confirmed'].includes(status);
export const startOf = ({ start }) => seconds(start);
export const endOf = ({ end }) => seconds(end);
export const isRunning = (booking) => isLive(booking) && startOf(booking) <= now() && endOf(booking) > now();
export const isRequest = (booking) => booking.status === 'requested' && startOf(booking) > now();
/** Whether its visitor has asked for another time, and waits for the answer. */
export const isWish = ({ proposed }) => Boolean(proposed) && seconds(proposed.expires_at) > now();
export const wantsOutcome = (booking) => booking.status === 'confirmed' && !booking.outcome && endOf(booking) <= now();
