/**
 * Card: a booking, with what its host can do about it.
 */

/** How long before the start the way in is offered, and how near a start is counted in minutes, in seconds. */
const NEAR = 15 * 60;
const SOON = 60 * 60;

const STATUS = {
    requested: say('status.requested'),
    awaiting_payment: say('status.awaiting_payment'),
    declined: say('status.declined'),
    cancelled: say('status.cancelled'),
    expired: say('status.expired'),
};

/** How a meeting went, in the order in which it is asked. */
const OUTCOMES = {
    completed: say('outcome.completed'),
    no_show: say('outcome.no_show'),
    rescheduled: say('outcome.rescheduled'),
    cancelled: say('outcome.cancelled'),
};

/** What a CRM has, as it is called here; what is named otherwise keeps its name. */
const BELONGS = { company: say('belongs.company'), deal: say('belongs.deal'), ticket: say('belongs.ticket') };

const associationInWords = ({ type, id }) => `${BELONGS[type] ?? type} ${id}`;
/** What a booking's page is called in the host's language; as its visitor read it, where the page is gone. */
const titleOf = (desk, { page, title }) => desk.session.pages[page]?.title ?? title;
const isLive = ({ status }) => ['requested', 'awaiting_payment', 'confirmed'].includes(status);
const startOf = ({ start }) => seconds(start);
const endOf = ({ end }) => seconds(end);
const isRequest = (booking) => booking.status === 'requested' && startOf(booking) > now();
/** Whether its visitor has asked for another time, and waits for the answer. */
const isWish = ({ proposed }) => Boolean(proposed) && seconds(proposed.expires_at) > now();
const wantsOutcome = (booking) => booking.status === 'confirmed' && !booking.outcome && endOf(booking) <= now();

class Card {
    /** @param {Desk} desk @param {Object} booking */
    constructor(desk, booking) {
        Object.assign(this, { desk, booking, id: booking.id, name: booking.contact.name, zone: desk.zone });
        this.start = startOf(booking);
        this.end = endOf(booking);
        this.begun = this.start <= now();
        this.over = this.end <= now();
    }

    /** When it is, in words: `Wednesday 25 November, 10:00`. */
    get at() {
        return this.#moment(this.booking.start);
    }

    get span() {
        return this.#span(this.booking);
    }

    #span({ start, end }) {
        return say('span', { start: this.zone.time(seconds(start)), end: this.zone.time(seconds(end)) });
    }

    /** Where it is, in a word or two. */
    get place() {
        const { kind, value } = this.booking.location;
        return { video: say('place.video'), phone: say('place.phone') }[kind] ?? value;
    }

    /** @param {{ dated?: boolean, open?: boolean, settled?: boolean, answered?: boolean }} [shown] with its date; with
     * everything about it; with what was said of it among the details; without what is asked, which is answered elsewhere */
    html({ dated, open, settled, answered } = {}) {
        const { booking, id, start, begun, over } = this;
        const state = !answered && (isRequest(booking) || isWish(booking)) ? 'request' : !isLive(booking) ? 'off' : over ? 'over' : begun ? 'running' : '';
        const minutes = sayCount('minutes', booking.duration_minutes);
        return html`<article class="card ${state}" id="b-${id}" tabindex="-1" aria-labelledby="n-${id} w-${id}">
            <p class="when" id="w-${id}"><time datetime="${booking.start}">${[dated ? html`<span>${write('date', this.zone.wall(start))}</span>` : '']}<b>${this.span}</b></time>${[this.#mark()]}</p>
            ${[open ? html`<h2 class="name" id="n-${id}">${this.name}</h2>` : html`<h3 class="name" id="n-${id}">${this.name}</h3>`]}
            <p class="facts"><span>${titleOf(this.desk, booking)}</span><span>${minutes}</span>${[this.place ? html`<span>${this.place}</span>` : '']}</p>
            ${[problemBox(this.desk.problems.get(id), `p-${id}`), this.#join(), this.#wish(), answered ? '' : this.#answer(), settled ? '' : this.#outcome(), this.#details(open, settled)]}
        </article>`;
    }

    /** The other time that its visitor asks for, as a card of its own. */
    wishHtml() {
        const { at, booking, id, name } = this;
        const { proposed } = booking;
        return html`<article class="card request" id="r-${id}" tabindex="-1" aria-labelledby="rn-${id} rw-${id}">
            <p class="when" id="rw-${id}"><time datetime="${proposed.start}"><span>${write('date', this.zone.wall(seconds(proposed.start)))}</span><b>${this.#span(proposed)}</b></time><span class="mark soon">${say('wish.mark')}</span></p>
            <h3 class="name" id="rn-${id}">${name}</h3>
            <p class="facts"><span>${titleOf(this.desk, booking)}</span><span>${say('wish.instead', { at })}</span><span>${say('wish.until', { at: this.#moment(proposed.expires_at) })}</span></p>
            ${[problemBox(this.desk.problems.get(id), `rp-${id}`), this.#answer()]}</article>`;
    }

    #wish() {
        const { booking } = this;
        if (!isWish(booking)) return '';
        const at = say('at', { date: write('date', this.zone.wall(seconds(booking.proposed.start))), time: this.#span(booking.proposed) });
        return html`<p>${say('wish.asks', { at })}</p>`;
    }

    /** What is special about it now. */
    #mark() {
        const { booking, start, begun, over } = this;
        const until = start - now();
        if (booking.status !== 'confirmed') return html`<span class="mark ${booking.status}">${STATUS[booking.status]}</span>`;
        if (begun && !over) return html`<span class="mark now">${say('now.label')}</span>`;
        if (!begun && until < SOON) return html`<span class="mark soon">${sayCount('begins', Math.max(1, Math.round(until / 60)))}</span>`;
        return booking.outcome ? html`<span class="mark ${booking.outcome}">${OUTCOMES[booking.outcome]}</span>` : '';
    }

    /** The way into the call, where it is near. */
    #join() {
        const { booking, over, start } = this;
        const { kind, value } = booking.location;
        const near = booking.status === 'confirmed' && !over && start - now() < NEAR;
        return near && kind === 'video' ? html`<p class="join"><a class="button" href="${value}" rel="noopener noreferrer">${say('place.join')}</a></p>` : '';
    }

    /** The two answers to a request, or to a wish. */
    #answer() {
        const { booking, desk, id, name } = this;
        if (!isRequest(booking) && !isWish(booking)) return '';
        const accepting = desk.busy.has(`accept ${id}`) && say('accept.busy');
        return html`<div class="answers">${[
            button({ act: 'accept', id, words: say('accept.button'), busy: accepting }),
            button({ act: 'decline', id, words: say('decline.button'), kind: 'quiet-button' }),
        ]}</div><p class="hint">${toldHow(desk, name)}</p>`;
    }

    /** How it went, once it has begun. */
    #outcome() {
        const { booking, desk, id } = this;
        if (!this.#isDone()) return '';
        const choice = ([value, words]) => {
            const busy = desk.busy.has(`outcome ${id} ${value}`) && words;
            return button({ act: 'outcome', id, value, words, busy, pressed: booking.outcome === value, kind: 'choice-button' });
        };
        return html`<fieldset class="outcome"><legend>${say('outcome.legend')}</legend><div>${[Object.entries(OUTCOMES).map(choice).join('')]}</div>${[
            booking.outcome ? html`<p class="hint">${say('outcome.hint')}</p>` : '',
        ]}</fieldset>`;
    }

    /** Everything else. */
    #details(open, settled) {
        const { id } = this;
        const inside = html`${[settled ? this.#outcome() : '']}<dl>${[this.#facts()]}</dl>${[this.#belongs(), this.#changes()]}`;
        return open ? inside : html`<details id="d-${id}"><summary>${say('details.open')}</summary>${[inside]}</details>`;
    }

    #facts() {
        const { booking, name, zone } = this;
        const { contact, guests, location, tracking } = booking;
        const own = findZone(booking.time_zone);
        const where = location.kind === 'video' ? [link(location.value, location.value)] : location.value;
        const mail = (address) => html`<a href="mailto:${address}">${address}</a>`;
        const elsewhere = own && own.offset(this.start) !== zone.offset(this.start);
        const theirs = () => html`${say('at', { date: write('date', own.wall(this.start)), time: say('span', { start: own.time(this.start), end: own.time(this.end) }) })}<br><span class="quiet">${own.city}${own.isNight(this.start) ? `${say('comma')}${say('night')}` : ''}</span>`;
        const source = Object.entries(tracking ?? {}).map(([key, value]) => html`<span class="quiet">${key}</span> ${value}`).join('<br>');
        return [
            row(say('details.email'), [mail(contact.email)]),
            row(say('details.guests'), [guests.map(mail).join('<br>')]),
            ...this.#answers(),
            row(say('details.where'), where),
            row(say('details.time', { name }), [elsewhere ? theirs() : '']),
            row(say('details.reason'), booking.cancel_reason),
            row(say('details.source'), [source]),
            row(say('details.booked'), this.#moment(booking.created_at)),
            row(say('details.belongs'), this.#isDone() ? '' : (booking.associations ?? []).map(associationInWords).join(say('comma'))),
        ].join('');
    }

    #moment(instant) {
        const at = seconds(instant);
        return say('at', { date: write('date', this.zone.wall(at)), time: this.zone.time(at) });
    }

    /** What was answered, by what was asked; by the question's id where its page no longer asks it. */
    #answers() {
        const { answers, page } = this.booking;
        const questions = this.desk.session.pages[page]?.questions ?? [];
        const order = [...questions.map(({ id }) => id), ...Object.keys(answers)];
        return [...new Set(order)].filter((id) => id in answers).map((id) => {
            const { label = id, options = {}, phone } = questions.find((question) => question.id === id) ?? {};
            const words = (value) => (value === true ? say('details.yes') : value === false ? say('details.no') : options[value] ?? value);
            const value = [answers[id]].flat().map(words).join(say('comma'));
            return row(label, phone ? [html`<a href="tel:${value.replace(/[^+\d]/g, '')}">${value}</a>`] : [html`<span class="written">${value}</span>`]);
        });
    }

    /** Whether it takes place, or did, and so can have gone somehow. */
    #isDone() {
        return this.booking.status === 'confirmed' && this.begun;
    }

    /** What the meeting belongs to elsewhere, once that can be changed: when it has begun. */
    #belongs() {
        const { booking, desk, id } = this;
        if (!this.#isDone()) return '';
        const list = booking.associations ?? [];
        const item = (one, at) => html`<li>${associationInWords(one)} <button type="button" class="link" data-act="unlink" data-id="${id}" data-value="${at}" aria-label="${say('belongs.remove', { what: associationInWords(one) })}">×</button></li>`;
        const busy = desk.busy.has(`belongs ${id}`);
        return html`<form class="belongs" data-act="belongs" data-id="${id}"><fieldset><legend>${say('belongs.legend')}</legend>
            ${[list.length ? html`<ul>${[list.map(item).join('')]}</ul>` : '']}
            <p class="hint">${say('belongs.hint')}</p>
            <p class="pair"><span><label for="t-${id}">${say('belongs.type')}</label><input id="t-${id}" name="type" list="belongs-types" maxlength="200" autocomplete="off"></span>
            <span><label for="i-${id}">${say('belongs.id')}</label><input id="i-${id}" name="id" maxlength="200" autocomplete="off"></span>
            <button class="quiet-button"${[busy ? ' aria-disabled="true" aria-busy="true"' : '']}>${say('belongs.add')}</button></p></fieldset></form>`;
    }

    #changes() {
        const { begun, booking, id } = this;
        if (booking.status !== 'confirmed' || begun) return '';
        return html`<p class="changes"><a class="button quiet-button" href="#move/${id}">${say('move.button')}</a>${[
            button({ act: 'cancel', id, words: say('cancel.button'), kind: 'danger-outline' }),
        ]}</p>`;
    }
}
