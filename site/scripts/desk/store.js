/**
 * Store: bookings, contacts and deliveries as they were read, and the ways to read them.
 */

import { say } from '../words.js';
import { startOf } from './bookings.js';
import { endpoint } from './endpoint.js';
import { daysOn, now } from './pieces.js';

/** Days of the past whose bookings are read at once. */
const PAST_DAYS = 60;

/** A booking with something to call its contact by, who may have been erased. */
const named = (booking) => (
    booking.contact.name ? booking : { ...booking, contact: { ...booking.contact, name: say('erased_contact') } }
);

export class Store {
    /** The host's zone. @type {Zone} */
    zone;
    /** Bookings by id. @type {Map<string, Object>} */
    bookings = new Map();
    /** The time of each booking's last change here. @type {Map<string, number>} */
    #kept = new Map();
    /** The parts that have been read. */
    loaded = {};
    /** The first day of the past that was read. @type {string | undefined} */
    pastFrom;
    /** Deliveries that were given up, the newest, and whether there are more. @type {Object[] | undefined} */
    parked;
    /** The host's calendars in other programs. @type {Object[] | undefined} */
    calendars;
    /** The bookings whose copies are not where they were put, by their ids. @type {Map<string, Object>} */
    astray = new Map();
    hasMoreParked = false;
    /** @type {Object[] | undefined} */
    contacts;
    /** The point from which more contacts are read. @type {string | undefined} */
    contactsAfter;
    /** The pages that the site lists, by host. @type {{ folder: string, name: string, pages: Object[] }[] | undefined} */
    listed;
    /** The bookings that each campaign has led to. @type {Object[] | undefined} */
    campaigns;
    /** What was typed, chosen and made in views that share pages, by their addresses. @type {Map<string, Object>} */
    #drafts = new Map();
    /** The host whose drafts these are. @type {string | undefined} */
    #owner;
    /** The keys of contacts that were erased here. @type {Set<string>} */
    erased = new Set();

    /** What a view has so far. It stays for the visit, also where its session ends and the same host signs in again.
     * @template T @param {string} address @param {T} usual what it begins with @returns {T} */
    draft(address, usual) {
        if (!this.#drafts.has(address)) this.#drafts.set(address, usual);
        return this.#drafts.get(address);
    }

    /** @param {string} folder the host who is signed in */
    belongTo(folder) {
        if (folder !== this.#owner) this.forgetDrafts();
        this.#owner = folder;
    }

    forgetDrafts() {
        this.#drafts.clear();
    }

    /** Forgets what was read of a host: somebody else may sit here next. */
    forget() {
        this.bookings.clear();
        this.loaded = {};
        this.contacts = undefined;
        this.parked = undefined;
        this.calendars = undefined;
        this.campaigns = undefined;
        this.astray = new Map();
    }

    get today() {
        return this.zone.date(now());
    }

    dateOf(booking) {
        return this.zone.date(startOf(booking));
    }

    sorted() {
        const order = (one, other) => startOf(one) - startOf(other) || (one.id < other.id ? -1 : 1);
        return [...this.bookings.values()].sort(order);
    }

    /** @param {Object} booking as it is after a change that was made here */
    keep(booking) {
        this.bookings.set(booking.id, named(booking));
        this.#kept.set(booking.id, performance.now());
    }

    /** Reads bookings, part after part. @param {Object<string, string>} query @param {string} [id] of the one that is
     * looked for: then no part after it is read @returns {Promise<boolean>} whether that one was read */
    async #read(query, id) {
        let next;
        let isRead = false;
        do {
            const asked = performance.now();
            const parameters = new URLSearchParams(next ? { ...query, after: next } : query);
            const { bookings, after } = await endpoint.get(`host/bookings?${parameters}`);
            for (const booking of bookings) {
                // An answer from before a change that was made here does not undo it.
                if (!(this.#kept.get(booking.id) > asked)) this.bookings.set(booking.id, named(booking));
                isRead ||= booking.id === id;
            }
            next = after;
        } while (next && !isRead);
        return isRead;
    }

    /** From yesterday on: a meeting that began then may go on past midnight. */
    async loadAhead() {
        await this.#read({ from: this.#yesterday });
        this.loaded.ahead = true;
    }

    get #yesterday() {
        return daysOn(this.today, -1);
    }

    async loadPast() {
        this.pastFrom ??= daysOn(this.today, -PAST_DAYS);
        await this.#read({ from: this.pastFrom, to: this.today });
        this.loaded.past = true;
    }

    async loadEarlier() {
        const from = daysOn(this.pastFrom, -PAST_DAYS);
        await this.#read({ from, to: daysOn(this.pastFrom, -1) });
        this.pastFrom = from;
    }

    /** Reads a booking that may be older, or unknown yet, than what was read ahead: on its date as far as that is known,
     * or else among all of them. @param {string} id */
    async find(id) {
        const known = this.bookings.get(id);
        const date = known && this.dateOf(known);
        if (date >= this.#yesterday) return;
        if (!known || !await this.#read({ from: date, to: date }, id)) await this.#read({}, id);
    }

    async loadParked() {
        const { deliveries, more } = await endpoint.get('host/deliveries?state=parked');
        this.parked = deliveries;
        this.hasMoreParked = more;
    }

    async loadCalendars() {
        this.keepCalendars(await endpoint.get('host/calendars'));
    }

    /** @param {{ calendars: Object[], astray: Object[] }} answer */
    keepCalendars({ calendars, astray }) {
        this.calendars = calendars;
        this.astray = new Map(astray.map((one) => [one.booking, one]));
    }

    /** Has a calendar read now. @param {string} name */
    async readCalendar(name) {
        this.keepCalendars(await endpoint.post(`host/calendars/${encodeURIComponent(name)}/read`));
    }

    /** Leaves an event of a calendar out, or has it count again. @param {string} name @param {string} act @param {string} event */
    async sayOfEvent(name, act, event) {
        this.keepCalendars(await endpoint.post(`host/calendars/${encodeURIComponent(name)}/${act}`, { event }));
    }

    /** Reads the pages that the site lists. One's own are known without. */
    async loadListed() {
        const response = await endpoint.fetch('pages.json');
        this.listed = (await response.json()).hosts;
    }

    async loadCampaigns() {
        this.campaigns = (await endpoint.get('host/campaigns')).campaigns;
    }

    async loadContacts() {
        const { contacts, more, after } = await endpoint.get('host/contacts');
        this.contacts = contacts;
        this.contactsAfter = more ? after : undefined;
    }

    async loadMoreContacts() {
        const path = `host/contacts?after=${encodeURIComponent(this.contactsAfter)}`;
        const { contacts, more, after } = await endpoint.get(path);
        this.contacts = [...this.contacts, ...contacts];
        this.contactsAfter = more ? after : undefined;
    }

    async loadAllContacts() {
        while (this.contactsAfter) await this.loadMoreContacts();
    }
}
