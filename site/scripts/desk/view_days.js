/**
 * Days: the views of bookings by time. Today, what comes next, what has been, and one booking by itself.
 */

/** How far back bookings are read at once, in days. */
const PAST_DAYS = 60;

class TodayView extends View {
    title = say('view.today');

    load() {
        return Promise.all([this.desk.loadAhead(), this.desk.loadPast().catch(pass), this.desk.loadParked().catch(pass)]);
    }

    get ready() {
        return this.desk.loaded.ahead;
    }

    html() {
        const { desk } = this;
        const { today, zone } = desk;
        const all = desk.sorted();
        const requests = all.filter(isRequest);
        const meetings = all.filter((booking) => !['requested', 'expired', 'declined'].includes(booking.status) && (desk.dateOf(booking) === today || isRunning(booking)));
        const ahead = all.filter((booking) => desk.dateOf(booking) > today && isLive(booking) && !isRequest(booking));
        const next = ahead.filter((booking) => desk.dateOf(booking) === desk.dateOf(ahead[0]));
        return html`<p class="lead date"><time datetime="${today}">${dateInWords(today)}</time><small>${say('zone', { zone: zone.city, time: zone.time(now()) })}</small></p>
            ${[this.#requests(requests, all.filter(isWish))]}
            <section aria-labelledby="meetings"><h2 id="meetings">${say('today.meetings')}</h2>${[meetings.length ? this.cards(meetings, { answered: true }) : html`<p class="empty">${say('today.empty')}</p>`]}</section>
            ${[this.#notices(all)]}
            ${[next.length ? html`<section aria-labelledby="next"><h2 id="next">${say('today.next', { date: dateInWords(desk.dateOf(next[0])) })}</h2>${[this.cards(next, { answered: true })]}<p><a class="go" href="#upcoming">${say('today.all')}</a></p></section>` : '']}`;
    }

    #requests(requests, wishes) {
        if (!requests.length && !wishes.length) return '';
        const asked = wishes.map((booking) => new Card(this.desk, booking).wishHtml()).join('');
        return html`<section class="requests" aria-labelledby="requests"><h2 id="requests">${say('today.requests')}</h2>${[this.cards(requests, { dated: true }), asked]}</section>`;
    }

    /** What is left to do elsewhere. */
    #notices(all) {
        const open = all.filter((booking) => wantsOutcome(booking) && this.desk.dateOf(booking) < this.desk.today).length;
        const parked = this.desk.parked?.length ?? 0;
        const notices = [
            open && html`<li><a class="go" href="#past">${sayCount('today.open', open)}</a></li>`,
            parked && html`<li><a class="go" href="#deliveries">${sayCount('today.parked', parked)}</a></li>`,
        ].filter(Boolean);
        return notices.length ? html`<ul class="notices">${[notices.join('')]}</ul>` : '';
    }
}

const pass = () => {};
const isRunning = (booking) => isLive(booking) && startOf(booking) <= now() && endOf(booking) > now();

class UpcomingView extends View {
    title = say('view.upcoming');

    load() {
        return this.desk.loadAhead();
    }

    get ready() {
        return this.desk.loaded.ahead;
    }

    html() {
        const ahead = this.desk.sorted().filter((booking) => endOf(booking) > now() && isLive(booking));
        if (!ahead.length) return html`<div class="empty"><p class="lead">${say('upcoming.empty')}</p><p>${say('upcoming.empty_detail')}</p></div>`;
        return html`${[this.byDay(ahead)]}<p class="hint"><a href="#settings">${say('upcoming.feed')}</a></p>`;
    }
}

class PastView extends View {
    title = say('view.past');

    load() {
        return this.desk.loadPast();
    }

    get ready() {
        return this.desk.loaded.past;
    }

    html() {
        const { desk } = this;
        const past = desk.sorted().filter((booking) => endOf(booking) <= now() && ['confirmed', 'cancelled'].includes(booking.status)).reverse();
        const open = past.filter(wantsOutcome);
        const since = dateInWords(desk.pastFrom);
        const earlier = button({ act: 'earlier', words: say('past.earlier'), kind: 'quiet-button', busy: desk.busy.has('earlier') && say('loading') });
        const done = past.filter((booking) => !wantsOutcome(booking));
        return html`${[
            open.length ? html`<section class="requests" aria-labelledby="open"><h2 id="open">${say('past.open')}</h2>${[this.cards(open, { dated: true })]}</section>` : '',
            this.byDay(done, { settled: true }),
            past.length ? '' : html`<p class="empty">${say('past.empty', { date: since })}</p>`,
        ]}<p class="foot">${[past.length ? html`<span class="hint">${say('past.since', { date: since })}</span>` : '', earlier]}</p>`;
    }

    act({ dataset }) {
        if (dataset.act !== 'earlier') return false;
        this.desk.do('earlier', () => this.desk.loadEarlier());
        return true;
    }
}

/** The views that a booking is listed in. */
const HOMES = { '#today': say('view.today'), '#upcoming': say('view.upcoming'), '#past': say('view.past') };

class BookingView extends View {
    title = say('view.booking');

    get home() {
        const { booking, desk } = this;
        if (!booking) return '#upcoming';
        if (desk.dateOf(booking) === desk.today) return '#today';
        return endOf(booking) > now() ? '#upcoming' : '#past';
    }

    get booking() {
        return this.desk.bookings.get(this.argument);
    }

    async load() {
        await this.desk.loadAhead();
        // It may be older, or further ahead, than what the other views read.
        if (!this.booking) await this.desk.loadAll();
        this.looked = true;
    }

    get ready() {
        return this.booking || this.looked;
    }

    html() {
        const { booking, desk } = this;
        if (!booking) return html`<p class="lead">${say('booking.missing')}</p><p>${say('booking.missing_detail')}</p>`;
        return html`${[this.cards([booking], { dated: true, open: true })]}<p><a class="go back" href="${this.home}">${HOMES[this.home]}</a></p>`;
    }
}
