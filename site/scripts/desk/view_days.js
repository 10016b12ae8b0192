/**
 * Days: the views of bookings by time: today, the coming ones, the past ones, and one booking by itself.
 */

import { html, inDigits, raw, say, sayCount } from '../words.js';
import { endOf, isLive, isRequest, isRunning, isWish, wantsOutcome } from './bookings.js';
import { Card } from './card.js';
import { disputeOf, inquiryOf, isPayable, moneyInWords, otherOf } from './payment.js';
import { button, dateInWords, now } from './pieces.js';
import { View } from './view.js';
import { isTroubled } from './view_calendars.js';

export class TodayView extends View {
    title = say('view.today');

    load() {
        const { store } = this.desk;
        const asides = [store.loadPast(), store.loadParked(), store.loadCalendars()];
        return Promise.all([store.loadAhead(), ...asides.map((aside) => aside.catch(pass))]);
    }

    get ready() {
        return this.desk.store.loaded.ahead;
    }

    html() {
        const { desk } = this;
        const { zone } = desk;
        const { today } = desk.store;
        const all = desk.store.sorted();
        const requests = all.filter(isRequest);
        const takesPlace = ({ status }) => !['requested', 'expired', 'declined'].includes(status);
        const isOfToday = (booking) => desk.store.dateOf(booking) === today || isRunning(booking);
        const meetings = all.filter((booking) => takesPlace(booking) && isOfToday(booking));
        const ahead = all.filter((booking) => desk.store.dateOf(booking) > today
            && isLive(booking) && !isRequest(booking));
        const next = ahead.filter((booking) => desk.store.dateOf(booking) === desk.store.dateOf(ahead[0]));
        return html`
            <p class="lead date">
                <time datetime="${today}">${dateInWords(today)}</time>
                <small>${say('zone', { zone: zone.city, time: zone.time(now()) })}</small>
            </p>
            ${raw(this.#requests(requests, all.filter(isWish)))}
            <section aria-labelledby="meetings">
                <h2 id="meetings">${say('today.meetings')}</h2>
                ${raw(meetings.length
                    ? this.cards(meetings, { answered: true })
                    : html`<p class="empty">${say('today.empty')}</p>`)}
            </section>
            ${raw(this.#notices(all))}
            ${raw(next.length ? html`
                <section aria-labelledby="next">
                    <h2 id="next">${say('today.next', { date: dateInWords(desk.store.dateOf(next[0])) })}</h2>
                    ${raw(this.cards(next, { answered: true }))}
                    <p><a class="go" href="#upcoming">${say('today.all')}</a></p>
                </section>
            ` : '')}
        `;
    }

    #requests(requests, wishes) {
        if (!requests.length && !wishes.length) return '';
        const { written } = this;
        const asked = wishes.slice(0, Math.max(0, written - requests.length));
        return html`
            <section class="requests" aria-labelledby="requests">
                <h2 id="requests">${say('today.requests')}</h2>
                ${raw(
                    this.cards(requests.slice(0, written), { dated: true }),
                    asked.map((booking) => new Card(this.desk, booking).wishHtml()),
                    this.listEnd(requests.length + wishes.length),
                )}
            </section>
        `;
    }

    /** Notices of tasks elsewhere. */
    #notices(all) {
        const { store } = this.desk;
        const open = all.filter((booking) => wantsOutcome(booking) && store.dateOf(booking) < store.today).length;
        const parked = store.parked?.length ?? 0;
        const notices = [
            open && html`<li><a class="go" href="#past">${sayCount('today.open', open)}</a></li>`,
            parked && html`<li><a class="go" href="#deliveries">${store.hasMoreParked
                ? inDigits(say('today.parked_more', { count: parked }))
                : sayCount('today.parked', parked)}</a></li>`,
            ...(store.calendars ?? []).filter(isTroubled).map(({ name }) => html`
                <li><a class="go" href="#calendars">${say('today.calendar', { name })}</a></li>
            `),
            ...[...store.astray.keys()].map((id) => store.bookings.get(id)).filter(Boolean).map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say('today.astray', {
                    name: booking.contact.name, at: new Card(this.desk, booking).at,
                })}</a></li>
            `),
            ...all.filter(({ payment }) => payment?.status === 'refund_failed').map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say('today.refund_failed', {
                    name: booking.contact.name, at: new Card(this.desk, booking).at,
                })}</a></li>
            `),
            ...all.filter(({ payment }) => payment?.status === 'refund_owed').map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say('today.refund_owed', {
                    name: booking.contact.name, at: new Card(this.desk, booking).at, money: moneyInWords(booking.payment.owed),
                })}</a></li>
            `),
            ...all.filter(otherOf).map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say(isPayable(booking) ? say('today.mismatched') : say('today.refund_owed'), {
                    name: booking.contact.name, at: new Card(this.desk, booking).at,
                    money: moneyInWords(otherOf(booking)), price: moneyInWords(booking.payment.price),
                })}</a></li>
            `),
            ...all.filter(disputeOf).map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say('today.disputed', {
                    name: booking.contact.name, at: new Card(this.desk, booking).at,
                })}</a></li>
            `),
            ...all.filter(inquiryOf).map((booking) => html`
                <li><a class="go" href="#booking/${booking.id}">${say('today.questioned', {
                    name: booking.contact.name, at: new Card(this.desk, booking).at,
                })}</a></li>
            `),
        ].filter(Boolean);
        return notices.length ? html`<ul class="notices">${raw(notices)}</ul>` : '';
    }
}

const pass = () => {};

export class UpcomingView extends View {
    title = say('view.upcoming');

    load() {
        return this.desk.store.loadAhead();
    }

    get ready() {
        return this.desk.store.loaded.ahead;
    }

    html() {
        const ahead = this.desk.store.sorted().filter((booking) => endOf(booking) > now() && isLive(booking));
        if (!ahead.length) return html`
            <div class="empty">
                <p class="lead">${say('upcoming.empty')}</p>
                <p>${say('upcoming.empty_detail')}</p>
            </div>
        `;
        return html`
            ${raw(this.byDay(ahead.slice(0, this.written)), this.listEnd(ahead.length))}
            <p class="hint"><a href="#settings">${say('upcoming.feed')}</a></p>
        `;
    }
}

export class PastView extends View {
    title = say('view.past');

    load() {
        return this.desk.store.loadPast();
    }

    get ready() {
        return this.desk.store.loaded.past;
    }

    html() {
        const { desk } = this;
        const isPast = (booking) => endOf(booking) <= now() && ['confirmed', 'cancelled'].includes(booking.status);
        const past = desk.store.sorted().filter(isPast).reverse();
        const open = past.filter(wantsOutcome).slice(0, this.written);
        const since = dateInWords(desk.store.pastFrom);
        const busy = desk.busy.has('earlier') && say('loading');
        const earlier = button({ act: 'earlier', words: say('past.earlier'), kind: 'quiet-button', busy });
        const done = past.filter((booking) => !wantsOutcome(booking)).slice(0, this.written - open.length);
        const end = this.listEnd(past.length);
        return html`
            ${raw(
                open.length ? html`
                    <section class="requests" aria-labelledby="open">
                        <h2 id="open">${say('past.open')}</h2>
                        ${raw(this.cards(open, { dated: true }))}
                    </section>
                ` : '',
                this.byDay(done, { settled: true }),
                end,
                past.length ? '' : html`<p class="empty">${say('past.empty', { date: since })}</p>`,
            )}
            <p class="foot">
                ${raw(
                    past.length ? html`<span class="hint">${say('past.since', { date: since })}</span>` : '',
                    // What is older comes after all that was read.
                    end ? '' : earlier,
                )}
            </p>
        `;
    }

    act({ dataset }) {
        if (dataset.act === 'more') this.writeMore();
        else if (dataset.act === 'earlier') this.desk.do('earlier', () => this.desk.store.loadEarlier());
        else return false;
        return true;
    }
}

/** The views that a booking is listed in. */
const HOMES = { '#today': say('view.today'), '#upcoming': say('view.upcoming'), '#past': say('view.past') };

export class BookingView extends View {
    title = say('view.booking');

    get home() {
        const { booking, desk } = this;
        if (!booking) return '#upcoming';
        if (desk.store.dateOf(booking) === desk.store.today) return '#today';
        return endOf(booking) > now() ? '#upcoming' : '#past';
    }

    get booking() {
        return this.desk.store.bookings.get(this.argument);
    }

    async load() {
        const { store } = this.desk;
        await Promise.all([store.loadAhead(), store.loadCalendars().catch(pass)]);
        // It may be older than what was read ahead: it is read again all the same.
        await store.find(this.argument);
        this.looked = true;
    }

    get ready() {
        return this.booking || this.looked;
    }

    html() {
        const { booking, desk } = this;
        if (!booking) return html`<p class="lead">${say('booking.missing')}</p><p>${say('booking.missing_detail')}</p>`;
        return html`
            ${raw(this.cards([booking], { dated: true, open: true }))}
            <p><a class="go back" href="${this.home}">${HOMES[this.home]}</a></p>
        `;
    }
}
