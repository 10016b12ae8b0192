/**
 * Calendars: the host's own in other programs, when each was read, and what is wrong with it.
 */

import { html, inDigits, raw, say, sayCount, write } from '../words.js';
import { button, own, problemBox, seconds } from './pieces.js';
import { View } from './view.js';

const CALENDAR_STATES = {
    ok: say('calendars.ok'),
    partial: say('calendars.partial'),
    failing: say('calendars.failing'),
    unknown: say('calendars.unknown'),
    unread: say('calendars.unread'),
    written: say('calendars.written'),
};
/** What the states mean for those who want to book, where it is not plain. */
const MEANINGS = {
    partial: say('calendars.partial_means'),
    failing: say('calendars.failing_means'),
    unknown: say('calendars.unknown_means'),
    unread: say('calendars.unknown_means'),
};
const NOT_COUNTED = {
    free: say('calendars.free'),
    cancelled: say('calendars.cancelled'),
    declined: say('calendars.declined'),
    tentative: say('calendars.tentative'),
    whole_days: say('calendars.whole_days'),
    without_length: say('calendars.without_length'),
    left_out: say('calendars.left_out'),
    unreadable: say('calendars.unreadable'),
};

/** Why an event makes its calendar unknown. */
const CAUSES = {
    unreadable: say('calendars.event_unreadable'),
    rule: say('calendars.event_rule'),
    steps: say('calendars.event_steps'),
};

/** What a host can say of such an event, and what is said once it is done. */
const SAID = {
    'leave-out': say('calendars.was_left_out'),
    'count-again': say('calendars.counts_again'),
};

/** Whether somebody should look at a calendar. */
export const isTroubled = ({ state }) => !['ok', 'written'].includes(state);

export class CalendarsView extends View {
    title = say('view.calendars');

    get home() {
        return '#settings';
    }

    load() {
        return this.desk.store.loadCalendars();
    }

    get ready() {
        return this.desk.store.calendars;
    }

    html() {
        const { calendars } = this.desk.store;
        return html`
            <p class="lead">${say('calendars.lead')}</p>
            ${raw(
                calendars.length
                    ? html`<ul class="people calendars">${raw(calendars.map((one) => this.#item(one)))}</ul>`
                    : html`<p class="empty">${say('calendars.empty')}</p>`,
            )}
            <p><a class="go back" href="#settings">${say('view.settings')}</a></p>
        `;
    }

    #item(calendar) {
        const { desk } = this;
        const { name, state, read_at: readAt, busy_count: count, reason, skipped } = calendar;
        const { unknown_events: unknown = [], left_out: leftOut = [] } = calendar;
        const busy = desk.busy.has(`read ${name}`) && say('calendars.reading');
        return html`
            <li id="c-${name}" tabindex="-1">
                <span class="name">
                    <b>${name}</b>
                    <span class="mark ${isTroubled(calendar) ? 'no_show' : 'completed'}">${CALENDAR_STATES[state]}</span>
                </span>
                ${raw(problemBox(desk.problems.get(name), `p-${name}`))}
                <span class="facts">
                    ${raw(
                        readAt ? html`<span>${say('calendars.read_at', { at: this.#at(readAt) })}</span>` : '',
                        readAt ? html`<span>${sayCount('calendars.busy', count)}</span>` : '',
                    )}
                </span>
                ${raw(
                    own(MEANINGS, state) ? html`<p class="hint">${this.#meaning(calendar)}</p>` : '',
                    reason ? html`<span class="why">${say('calendars.why')}${reason}</span>` : '',
                    unknown.length ? html`
                        <ul>${raw(unknown.map((one) => this.#unknown(name, one)))}</ul>
                    ` : '',
                    unknown.some(({ event }) => event) ? html`<p class="hint">${say('calendars.leave_out_means')}</p>` : '',
                    leftOut.length ? html`
                        <p class="why">${say('calendars.are_left_out')}</p>
                        <ul>${raw(leftOut.map((one) => this.#leftOut(name, one)))}</ul>
                    ` : '',
                    this.#next(calendar),
                    this.#counts(skipped ?? ''),
                    state === 'written' ? '' : html`<p class="changes">${raw(button({
                        act: 'read', id: name, words: say('calendars.read'), kind: 'quiet-button', busy,
                    }))}</p>`,
                )}
            </li>
        `;
    }

    #meaning({ state, failing_since: since, known_until: until }) {
        return say(MEANINGS[state], {
            since: since && this.#at(since),
            until: until && this.#at(until),
        });
    }

    /** An event by which a calendar is unknown. One that has no name cannot be left out. */
    #unknown(calendar, { event, cause, at }) {
        return html`
            <li>
                <span>${this.#event(at)}</span>
                ${raw(
                    at ? html`<span class="why">${own(CAUSES, cause) ?? ''}</span>` : '',
                    event ? this.#choice(calendar, event, 'leave-out', say('calendars.leave_out')) : '',
                )}
            </li>
        `;
    }

    #leftOut(calendar, { event, at }) {
        return html`
            <li>
                <span>${this.#event(at)}</span>
                ${raw(this.#choice(calendar, event, 'count-again', say('calendars.count_again')))}
            </li>
        `;
    }

    #event(at) {
        return at ? say('calendars.event_at', { at: this.#at(at, 'date_full') }) : say('calendars.event_timeless');
    }

    #choice(calendar, event, act, words) {
        const busy = this.desk.busy.has(`${act} ${calendar} ${event}`) && say('calendars.reading');
        return html`<p class="changes">${raw(button({
            act, id: calendar, value: event, words, kind: 'quiet-button', busy,
        }))}</p>`;
    }

    /** The next times that are busy. */
    #next({ busy }) {
        if (!busy?.length) return '';
        const { zone } = this.desk;
        const one = ([start, end]) => {
            const [from, until] = [seconds(start), seconds(end)];
            const ends = zone.date(from) === zone.date(until) ? zone.time(until) : this.#at(end);
            return html`<li>${say('span', { start: this.#at(start), end: ends })}</li>`;
        };
        return html`
            <details>
                <summary>${say('calendars.next')}</summary>
                <ul>${raw(busy.map(one))}</ul>
            </details>
        `;
    }

    /** What was passed over, and what is busy in two zones. @param {string} counts such as `free 4 declined 2` */
    #counts(counts) {
        const words = counts.split(' ');
        const count = (name) => words[words.indexOf(name) + 1];
        const left = Object.keys(NOT_COUNTED).filter((name) => words.includes(name));
        const what = left.map((name) => say(NOT_COUNTED[name], { count: count(name) })).join(say('comma'));
        const two = words.includes('unknown_zones') && { count: count('unknown_zones') };
        return html`
            ${raw(what ? html`<span class="why">${inDigits(say('calendars.skipped', { what }))}</span>` : '')}
            ${raw(two ? html`<span class="why">${inDigits(say('calendars.unknown_zones', two))}</span>` : '')}
        `;
    }

    #at(instant, pattern = 'date') {
        const { zone } = this.desk;
        const at = seconds(instant);
        return say('at', { date: write(pattern, zone.wall(at)), time: zone.time(at) });
    }

    act({ dataset: { act, id, value } }) {
        const { desk } = this;
        if (own(SAID, act)) {
            desk.do(`${act} ${id} ${value}`, async () => {
                await desk.store.sayOfEvent(id, act, value);
                desk.say(say(SAID[act], { name: id }), true);
            }, id);
            return true;
        }
        if (act !== 'read') return false;
        desk.do(`read ${id}`, async () => {
            await desk.store.readCalendar(id);
            desk.say(say('calendars.was_read', { name: id }), true);
        }, id);
        return true;
    }
}
