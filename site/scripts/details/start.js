/**
 * Start of the second step: hands it to the booking that has asked for it, with the zones and what their places are
 * called.
 */

import { CITIES } from '../locale.js';
import { Details } from './details.js';
import { zoneOptions } from './zone_options.js';

// Where the first step has failed meanwhile, the plain form is there, and needs nothing; nor does it a second time.
const { booking } = document.querySelector('html:not([data-step=plain]) [data-component=booking]') ?? {};
if (booking && !booking.second) {
    Object.assign(booking.cities, CITIES);
    const zones = booking.form.querySelector('#zone');
    zones.innerHTML = zoneOptions(booking);
    zones.value = booking.zone.name;
    booking.second = new Details(booking);
    booking.render();
}
