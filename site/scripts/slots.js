/**
 * Slots: the starts that can be booked, as the page was published with them, and later as the endpoint says.
 */

import { DAY } from './zones.js';

export class Slots {
    /** The longest duration that fits, in minutes, by start. @type {Map<number, number>} */
    #longest = new Map();
    /** The plain form's radio buttons, by start. @type {Map<number, HTMLInputElement>} */
    sent = new Map();
    /** Seconds by which the endpoint's clock is ahead of the browser's. */
    #ahead = 0;

    /** @param {HTMLFormElement} form the plain form, whose radio buttons are the times
     * @param {HostZone} host */
    constructor(form, host) {
        const { every, notice, days, later } = form.dataset;
        // Without a last day: so many days that the last one is still a date.
        this.host = host;
        this.every = every * 60;
        this.notice = notice * 60;
        this.days = days ?? 1e6;
        this.durations = Array.from(form.querySelectorAll('[name=duration_minutes]'), (input) => +input.value);
        /** The duration for a visitor who chooses none. */
        this.usual = +form.querySelector('[name=duration_minutes]:is([checked], [type=hidden])').value;
        for (const input of form.querySelectorAll('[name=start]')) {
            // The day, counted from 1970 in base 36, and the minute of the day in UTC.
            const start = parseInt(input.value, 36) * DAY + input.value.split('.')[1] * 60;
            this.#longest.set(start, +(input.dataset.m ?? Math.max(...this.durations)));
            this.sent.set(start, input);
        }
        // An empty list is read as one number, which adds nothing.
        const numbers = later.split(',').map((minutes) => minutes * 60);
        for (let at = 0, first = 0; at < numbers.length; at += 3) {
            first += numbers[at];
            this.#add(this.#longest, first, first + numbers[at + 1], first + numbers[at + 2]);
        }
    }

    /** Now, in seconds, by the endpoint's clock as far as it is known. */
    get now() {
        return Date.now() / 1000 + this.#ahead;
    }

    /** Adopts the free times of the endpoint.
     * @param {{ as_of: string, windows: [number, number, number, number][] }} answer */
    refresh({ as_of: asOf, windows }) {
        const ahead = (Date.parse(asOf) - Date.now()) / 1000;
        if (Number.isNaN(ahead)) throw new TypeError(asOf);
        // What cannot be read changes nothing.
        const longest = new Map();
        for (const window of windows) this.#add(longest, ...window);
        this.#ahead = ahead;
        this.#longest = longest;
    }

    /** No longer offers a start. */
    remove(start) {
        this.#longest.delete(start);
    }

    /** True if a meeting of that length can start then. */
    offers(start, minutes) {
        const { now } = this;
        const last = now + this.days * DAY;
        return this.#longest.get(start) >= minutes
            && start >= now + this.notice
            // Only near the last day need dates be looked at.
            && (start < last - DAY || this.host.date(start) <= this.host.date(last));
    }

    /** The starts of each date of a zone, in order. @returns {Map<string, number[]>} */
    byDate(minutes, zone) {
        const dates = new Map();
        for (const start of this.#longest.keys()) {
            if (!this.offers(start, minutes)) continue;
            const date = zone.date(start);
            dates.set(date, [...(dates.get(date) ?? []), start]);
        }
        return dates;
    }

    #add(longest, first, before, until) {
        for (let start = first; start < before; start += this.every) {
            const fitting = this.durations.filter((minutes) => start + minutes * 60 <= until);
            longest.set(start, Math.max(...fitting));
        }
    }
}
