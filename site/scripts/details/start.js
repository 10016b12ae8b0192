/**
 * Start of the second step: hands it to the booking that has asked for it, with the zones and what their places are
 * called.
 */

import { CITIES } from '../locale.js';
import { STYLES } from '../styles.js';
import { Details } from './details.js';
import { zoneOptions } from './zone_options.js';

/** Adds the second step's styles. A browser that cannot take them shows it plainly. */
const bringStyles = () => {
    try {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLES);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    } catch {
        // It works without.
    }
};

// Where the first step has failed meanwhile, the plain form is there, and needs nothing; nor does it a second time.
const { booking } = document.querySelector('html:not([data-step=plain]) [data-component=booking]') ?? {};
if (booking && !booking.second) {
    const { city } = booking.zone;
    bringStyles();
    Object.assign(booking.cities, CITIES);
    const zones = booking.form.querySelector('#zone');
    // A slow phone takes a while to name and sort all zones: only whoever comes near the list waits for that.
    let isListed = false;
    const list = () => {
        if (isListed) return;
        isListed = true;
        zones.innerHTML = zoneOptions(booking);
        zones.value = booking.zone.name;
    };
    for (const type of ['pointerover', 'pointerdown', 'focus']) zones.addEventListener(type, list);
    if (zones.matches(':focus, :hover')) list();
    booking.second = new Details(booking);
    // Who waits for it shows the second step; the first names a place.
    if (booking.zone.city !== city) {
        if (!isListed) zones.length = 0;
        booking.render();
    }
}
