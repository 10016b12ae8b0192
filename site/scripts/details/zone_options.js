/**
 * Zone options: the zones that a visitor can choose from, by what their places are called.
 */

import { html } from '../words.js';

/** The browser's zones, and any other that the page or the visitor uses. Of several names of one place, the one in use.
 * @param {import('../booking.js').Booking} booking */
export const zoneOptions = ({ host, ownZone, zone, cityOf }) => {
    let names = [];
    try {
        names = Intl.supportedValuesOf('timeZone');
    } catch {
        // Older browsers do not tell which zones they know.
    }
    const places = new Map([...names, 'UTC', host.name, ownZone || 'UTC', zone.name].map((name) => [cityOf(name), name]));
    return [...places]
        .sort(([one], [other]) => one.localeCompare(other, document.documentElement.lang))
        .map(([city, name]) => html`<option value="${name}">${city}`)
        .join('');
};
