/**
 * List: filters the index by owner, and says on it and a host's page from which day each meeting is free, as the endpoint
 * knows it now. As sent, they name no day: it may be full by the time that somebody reads it.
 */

import './framed.js';
import './languages.js';
import { filterByOwner } from './owners.js';
import './paid.js';
import { passOn } from './pass_on.js';
import { say, write } from './words.js';
import { findZone, ownZone } from './zones.js';

/** Asks for one meeting, and says what is free of it. */
const tell = async (element) => {
    const zone = findZone(ownZone()) ?? findZone(element.dataset.zone);
    const response = await fetch(`/api/availability/${element.dataset.first}`, { cache: 'no-store' });
    if (!zone || !response.ok) return;
    const { slots: [first], when_unknown: unknown } = await response.json();
    const none = unknown ? say('times.unknown') : say('/page.list.no_times');
    element.textContent = first ? say('/page.list.first_day', { date: write('date', zone.wall(first)) }) : none;
};

// Whoever has a hundred hosts before them asks for those that are looked at.
const observer = globalThis.IntersectionObserver && new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        tell(target).catch(() => {
            target.textContent = '';
        });
    }
});

/** Asks anew for what is looked at: a page that was open overnight names no day that is over. */
const look = () => {
    if (document.hidden || !observer) return;
    observer.disconnect();
    for (const element of document.querySelectorAll('[data-first]')) observer.observe(element);
};

addEventListener('pageshow', look);
document.addEventListener('visibilitychange', look);
passOn();
filterByOwner();
