/**
 * Bookings: the present state of a booking, for its host.
 */

import { now, own, seconds } from './pieces.js';

/** The title of a booking's page in the host's language; as its visitor read it, if the page is gone. */
export const titleOf = (desk, { page, title }) => own(desk.session.pages, page)?.title ?? title;
export const isLive = ({ status }) => ['requested', 'awaiting_payment', 'confirmed'].includes(status);
export const startOf = ({ start }) => seconds(start);
export const endOf = ({ end }) => seconds(end);
export const isRunning = (booking) => isLive(booking) && startOf(booking) <= now() && endOf(booking) > now();
export const isRequest = (booking) => booking.status === 'requested' && startOf(booking) > now();
/** True if its visitor has asked for another time, and waits for the answer. */
export const isWish = ({ proposed }) => Boolean(proposed) && seconds(proposed.expires_at) > now();
export const wantsOutcome = (booking) => booking.status === 'confirmed' && !booking.outcome && endOf(booking) <= now();
