/**
 * Zones: wall times from instants, which are seconds since 1970 everywhere.
 */

import { write } from './words.js';

export const DAY = 86400;

/** A zone as the browser knows it. */
export class Zone {
    #format;
    #offsets = new Map();

    /** @param {string} name of the IANA database; throws where the browser has none of that name */
    constructor(name) {
        this.name = name;
        this.city = name.split('/').pop().replaceAll('_', ' ');
        this.#format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });
    }

    /** Local time minus UTC at an instant, in seconds. */
    offset(instant) {
        const day = Math.floor(instant / DAY) * DAY;
        const offset = this.#at(day);
        return offset === this.#at(day + DAY) ? offset : this.#at(instant);
    }

    #at(instant) {
        if (!this.#offsets.has(instant)) {
            const [, sign, hours, minutes] = /(.)(\d\d):(\d\d)$/.exec(this.#text(instant)) ?? [];
            this.#offsets.set(instant, sign ? `${sign}1` * (hours * 3600 + minutes * 60) : 0);
        }
        return this.#offsets.get(instant);
    }

    /** A date that ends in `GMT+09:00`, or in `GMT`. */
    #text(instant) {
        return this.#format.format(instant * 1000);
    }

    /** The wall time, in the UTC fields of a Date. */
    wall(instant) {
        return new Date((instant + this.offset(instant)) * 1000);
    }

    /** The date as `2026-12-01`. */
    date(instant) {
        return this.wall(instant).toISOString().slice(0, 10);
    }

    /** True if a change of offset repeats the wall time. */
    isDoubled(instant) {
        const [before, after] = [this.offset(instant - DAY), this.offset(instant + DAY)];
        const wall = instant + this.offset(instant);
        return before > after && this.offset(wall - before) === before && this.offset(wall - after) === after;
    }

    /** The time of day, with its offset if it comes twice. */
    time(instant) {
        const time = write('time', this.wall(instant));
        return this.isDoubled(instant) ? `${time} ${this.#text(instant).replace(/.*GMT/, 'UTC')}` : time;
    }

    /** True if people sleep then. */
    isNight(instant) {
        const hour = this.wall(instant).getUTCHours();
        return hour < 6 || hour > 21;
    }
}

/** The host's zone: by the offsets that the page was published with, whatever the browser knows. */
export class HostZone extends Zone {
    /** @param {string} name
     * @param {number[]} offsets an offset, then each change's instant and the offset from then on */
    constructor(name, offsets) {
        super(name);
        this.offsets = offsets;
    }

    offset(instant) {
        let [offset] = this.offsets;
        for (let at = 1; this.offsets[at] <= instant; at += 2) offset = this.offsets[at + 1];
        return offset;
    }

    /** True if the browser has other rules for this zone: its data is older or newer than the page's. */
    differsFromBrowser(instant) {
        return super.offset(instant) !== this.offset(instant);
    }
}

/** A zone, or nothing if there is none of that name. @returns {Zone | undefined} */
export const findZone = (name) => {
    try {
        return name ? new Zone(name) : undefined;
    } catch {
        return undefined;
    }
};
