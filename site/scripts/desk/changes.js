/**
 * Changes: a host's acts on one booking, from the buttons and forms of its card.
 */

import { say } from '../words.js';
import { Card, OUTCOMES } from './card.js';
import { Problem, endpoint } from './endpoint.js';
import { toldHow } from './pieces.js';

export class Changes {
    /** @param {Desk} desk */
    constructor(desk) {
        this.desk = desk;
    }

    /** Answers to a button or form. @param {HTMLElement} target */
    act(target) {
        const { act, id, value } = target.dataset;
        const booking = this.desk.store.bookings.get(id);
        if (act === 'accept') this.#accept(booking);
        else if (act === 'decline') this.#askDecline(booking);
        else if (act === 'cancel') this.#askCancel(booking);
        else if (act === 'follow') this.#follow(booking, value);
        else if (act === 'put-back') this.#putBack(booking);
        else if (act === 'leave-copy') this.#leaveCopy(booking, value.split(' '));
        else if (act === 'outcome') this.#outcome(booking, value);
        else if (act === 'belongs') this.#belongs(booking, target);
        else if (act === 'unlink') this.#associate(booking, booking.associations.filter((one, at) => at !== +value));
    }

    /** @param {(card: Card) => string} done what was done, in words */
    async #change(id, act, body, done) {
        const { booking } = await endpoint.post(`host/bookings/${id}/${act}`, body);
        this.desk.store.keep(booking);
        this.desk.say(done(new Card(this.desk, booking)), true);
    }

    #accept(booking) {
        const { id, contact: { name } } = booking;
        const done = ({ at }) => (booking.proposed ? say('move.done', { name, at }) : say('accept.done', { name, at }));
        this.desk.do(`accept ${id}`, () => this.#change(id, 'accept', answered(booking), done), id);
    }

    #askDecline(booking) {
        const { desk } = this;
        const { id, proposed, contact: { name } } = booking;
        const { at } = new Card(desk, booking);
        const done = () => (proposed ? say('wish.declined', { name, at }) : say('decline.done', { name, at }));
        desk.ask.open({
            key: `decline ${id}`,
            title: proposed ? say('wish.decline', { name }) : say('decline.title', { name }),
            text: proposed ? say('wish.stays', { at }) : say('decline.text'),
            told: toldHow(desk, name),
            confirm: say('decline.button'),
            keep: say('decline.keep'),
            busy: say('decline.busy'),
            act: desk.guarded(() => this.#change(id, 'decline', answered(booking), done)),
        });
    }

    #askCancel({ id, contact: { name } }) {
        const { desk } = this;
        const done = ({ at }) => say('cancel.done', { name, at });
        desk.ask.open({
            key: `cancel ${id}`,
            title: say('cancel.title', { name }),
            text: say('cancel.text'),
            told: toldHow(desk, name),
            reason: say('cancel.reason_hint', { name }),
            confirm: say('cancel.confirm'),
            keep: say('cancel.keep'),
            busy: say('cancel.busy'),
            act: desk.guarded((reason) => this.#change(id, 'cancel', reason.trim() ? { reason } : {}, done)),
        });
    }

    /** Moves the meeting to where its host has moved its copy. */
    #follow({ id, start: from, contact: { name } }, start) {
        const done = ({ at }) => say('move.done', { name, at });
        this.desk.do(`follow ${id}`, async () => {
            await this.#change(id, 'reschedule', { start, from, follows_calendar: true }, done);
            this.desk.store.astray.delete(id);
        }, id);
    }

    #putBack({ id, start }) {
        this.desk.do(`put-back ${id}`, async () => {
            const { store } = this.desk;
            const { calendar } = store.astray.get(id) ?? {};
            store.keepCalendars(await endpoint.post(`host/bookings/${id}/put-back`, { start }));
            const { failing_since: fails } = store.calendars.find(({ name }) => name === calendar) ?? {};
            this.desk.say(fails ? say('astray.done_later', { calendar }) : say('astray.done'), true);
        }, id);
    }

    /** Leaves its copy where its host has put it. */
    #leaveCopy({ id }, [start, end]) {
        this.desk.do(`leave-copy ${id}`, async () => {
            this.desk.store.keepCalendars(await endpoint.post(`host/bookings/${id}/leave-copy`, { start, end }));
            this.desk.say(say('astray.left'), true);
        }, id);
    }

    /** The same outcome again takes it back. */
    #outcome({ id, outcome, contact: { name } }, value) {
        const said = outcome === value ? null : value;
        const done = () => (said
            ? say('outcome.noted', { name, outcome: OUTCOMES[said] })
            : say('outcome.taken_back', { name }));
        this.desk.do(`outcome ${id} ${value}`, () => this.#change(id, 'outcome', { outcome: said }, done), id);
    }

    #belongs(booking, form) {
        const [type, id] = ['type', 'id'].map((name) => form.elements[name].value.trim());
        if (!type || !id) {
            const missing = { code: 'missing', title: say('belongs.legend'), detail: say('belongs.missing') };
            this.desk.problems.set(booking.id, new Problem(missing));
            this.desk.render();
            return;
        }
        form.reset();
        this.#associate(booking, [...booking.associations ?? [], { type, id }]);
    }

    #associate({ id, outcome, contact: { name } }, associations) {
        this.desk.do(`belongs ${id}`, () => this.#change(id, 'outcome', { outcome, associations }, () => name), id);
    }
}

/** The start that is answered: the time that was shown, and not another that was asked for in the meantime. */
const answered = ({ proposed, start }) => ({ start: (proposed ?? { start }).start });
