/**
 * Zones: wall times from instants, which are seconds since 1970 everywhere.
 */

import { write } from './words.js';

export const DAY = 86400;

/** The hours and minutes of a length in seconds, as `09:30`. */
const clock = (seconds) => new Date(Math.abs(seconds) * 1000).toISOString().slice(11, 16);

/** An offset as people write it: `UTC+9`, `UTC−3:30`, `UTC±0`. */
const utc = (offset) => `UTC${offset < 0 ? '−' : offset ? '+' : '±'}${clock(offset).replace(/^0|:00/g, '')}`;

/** What the places of zones are called where it is not the last part of their names, as far as that is known.
 * @type {Object<string, string>} */
export const cities = {};

/** The city of a zone, by its name. */
export const cityOf = (name) => cities[name] ?? name.replace(/.*\//, '').replace(/_/g, ' ');

/** The wall times of a place, by its offsets. */
class Clock {
    /** @param {string} name of the IANA database */
    constructor(name) {
        this.name = name;
    }

    get city() {
        return cityOf(this.name);
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
        return this.isDoubled(instant) ? `${time} ${utc(this.offset(instant))}` : time;
    }

    /** True if people sleep then. */
    isNight(instant) {
        const hour = this.wall(instant).getUTCHours();
        return hour < 6 || hour > 21;
    }
}

/** A zone as the browser knows it. */
export class Zone extends Clock {
    #format;

    constructor(name) {
        super(name);
        // Zones without a place: `+05:30`, as some browsers name their own, and `Etc/GMT-3`, which is UTC+3.
        if (/^(Etc\/GMT)?[-+]/.test(name)) cities[name] ??= utc(this.offset(0));
    }

    /** Local time minus UTC at an instant, in seconds. Throws where the browser knows no zone of that name. */
    offset(instant) {
        const n = 'numeric';
        // What every browser with zones can do: offsets themselves are told by newer ones only.
        this.#format ??= new Intl.DateTimeFormat('en-US', {
            timeZone: this.name, hourCycle: 'h23', year: n, month: n, day: n, hour: n, minute: n, second: n,
        });
        const [month, day, year, hour, ...rest] = this.#format.format(instant * 1000).match(/\d+/g);
        return Date.UTC(year, month - 1, day, hour % 24, ...rest) / 1000 - Math.floor(instant);
    }
}

/** A zone, or nothing if the browser knows none of that name. @returns {Zone | undefined} */
export const findZone = (name) => {
    try {
        // An empty name would be the browser's own zone.
        if (!name) return undefined;
        const zone = new Zone(name);
        // Of its own zone, the browser tells them at once: a slow phone takes a while to find out about others.
        if (name === ownZone()) zone.offset = (instant) => -60 * new Date(instant * 1000).getTimezoneOffset();
        return Number.isFinite(zone.offset(0)) ? zone : undefined;
    } catch {
        return undefined;
    }
};

/** The name of the browser's own zone, or nothing if it tells none. @returns {string | undefined} */
export const ownZone = () => {
    try {
        // On a phone, the first format takes a fifth of a second.
        return globalThis.Temporal?.Now.timeZoneId() ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    } catch {
        return undefined;
    }
};

/** The host's zone: by the offsets that the page was published with, whatever the browser knows. */
export class HostZone extends Clock {
    #own;

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
        return (this.#own ??= findZone(this.name) ?? this).offset(instant) !== this.offset(instant);
    }
}
