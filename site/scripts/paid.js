/**
 * Paid: the page that whoever takes payments leads back to only shows the booking, as its address is known there. In a
 * tab that was at the booking's own page, or has booked, that page comes in its place: there it can be moved and cancelled.
 */

import { visit } from './visit.js';

const [, id] = /^\/booking\/([^/]+)/.exec(location.pathname) ?? [];
const known = visit.get('paying');
const find = (selector) => document.querySelector(selector);
if (find('.seen-only')) {
    // Whether it was paid may not be known yet: the other page says so, too.
    if (known?.[id]) location.replace(known[id] + (find('.unheard') ? '?returned' : ''));
} else if (id && find('.booking form[action$="/pay"], .booking a[target=_top]')) {
    visit.set('paying', { [id]: location.origin + location.pathname, ...known });
}
