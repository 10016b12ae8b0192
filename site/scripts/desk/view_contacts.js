/**
 * Contacts: everybody who booked this host, with their owner and where they came from.
 */

import { html, raw, say, write } from '../words.js';
import { endOf, isLive, startOf, titleOf } from './bookings.js';
import { OUTCOMES, STATUS } from './card.js';
import { endpoint } from './endpoint.js';
import { button, listEnd, mailLink, now, row, seconds } from './pieces.js';
import { moneyIfEnded, paymentInWords } from './payment.js';
import { View } from './view.js';

/** The number of contacts from which there is a field to find one. */
const MANY = 8;
/** The number of a contact's bookings that the endpoint tells, the newest. */
const MOST_TOLD = 100;

const sourceOf = ({ campaign, source, medium } = {}) => [source, medium, campaign].filter(Boolean).join(' / ');

export class ContactsView extends View {
    title = say('view.contacts');
    find = '';

    async load() {
        await this.desk.store.loadContacts();
    }

    get ready() {
        return this.desk.store.contacts;
    }

    html() {
        const { contactsAfter, erased } = this.desk.store;
        const contacts = this.desk.store.contacts.filter(({ key }) => !erased.has(key));
        if (!contacts.length) return html`<p class="empty">${say('contacts.empty')}</p>`;
        const wanted = this.find.toLowerCase();
        const found = contacts.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
        const field = html`
            <p class="field find">
                <label for="find">${say('contacts.find')}</label>
                <input id="find" type="search" name="find" autocomplete="off">
            </p>
        `;
        return html`
            <p class="lead">${say('contacts.lead')}</p>
            ${raw(contacts.length > MANY ? field : '')}
            ${raw(found.length
                ? html`<ul class="people">${raw(found.map((contact) => this.#item(contact)))}</ul>`
                : html`<p class="empty">${say('contacts.none')}</p>`)}
            ${raw(contactsAfter && !wanted ? listEnd({ shown: contacts.length, busy: this.#busy('more') }) : '')}
            <p class="foot">
                ${raw(button({
                    act: 'export', words: say('contacts.export'), kind: 'quiet-button', busy: this.#busy('export'),
                }))}
            </p>
        `;
    }

    #busy(act) {
        return this.desk.busy.has(act) && say('loading');
    }

    async #more() {
        const { desk } = this;
        const { length } = desk.store.contacts.filter(({ key }) => !desk.store.erased.has(key));
        await desk.do('more', () => desk.store.loadMoreContacts());
        desk.screen.focusItem(length);
    }

    #item({ key, name, email, last_booking: last }) {
        const { zone } = this.desk;
        const source = sourceOf(last);
        const date = last?.at ? write('date', zone.wall(seconds(last.at))) : '';
        return html`
            <li>
                <a href="#contacts/${key}">${name}</a>
                <span class="quiet">${email}</span>
                <span class="facts">
                    ${raw(date && html`<span>${say('contacts.last', { date })}</span>`)}
                    ${raw(source && html`<span>${say('contacts.source', { source })}</span>`)}
                </span>
            </li>
        `;
    }

    changed({ name, value }) {
        if (name !== 'find') return;
        this.find = value;
        this.desk.render();
        // The contact may be among those that were not read yet.
        if (this.desk.store.contactsAfter) this.desk.do('more', () => this.desk.store.loadAllContacts());
    }

    act({ dataset }) {
        if (dataset.act === 'more') this.#more();
        else if (dataset.act === 'export') this.desk.do('export', () => this.#export());
        else return false;
        return true;
    }

    /** All contacts as one table: the endpoint sends them in parts. */
    async #export() {
        const parts = [];
        for (let path = '/api/host/contacts?format=csv'; path;) {
            const response = await endpoint.fetch(path);
            const lines = await response.text();
            parts.push(parts.length ? lines.slice(lines.indexOf('\n') + 1) : lines);
            path = /<(.*?)>; rel="next"/.exec(response.headers.get('Link'))?.[1];
        }
        const file = document.createElement('a');
        // For people: without the mark, Excel on Japanese Windows takes the text for Shift_JIS.
        file.href = URL.createObjectURL(new Blob(['\ufeff', ...parts], { type: 'text/csv' }));
        file.download = `contacts-${this.desk.store.today}.csv`;
        file.click();
        URL.revokeObjectURL(file.href);
    }
}

export class ContactView extends View {
    get title() {
        return this.contact?.name ?? say('view.contacts');
    }

    async load() {
        try {
            this.contact = (await endpoint.get(`host/contacts/${encodeURIComponent(this.argument)}`)).contact;
        } catch (problem) {
            if (problem.code !== 'not_found') throw problem;
            this.contact = undefined;
        }
        this.looked = true;
    }

    get ready() {
        return this.looked;
    }

    html() {
        const { contact, desk } = this;
        const back = html`<p><a class="go back" href="#contacts">${say('contacts.back')}</a></p>`;
        if (!contact) return html`
            <p class="lead">${say('contacts.missing')}</p>
            <p>${say('contacts.missing_detail')}</p>
            ${raw(back)}
        `;
        const { name, email, owner, last_booking: last, bookings, key } = contact;
        const own = owner?.folder === desk.session.host.folder;
        const item = (booking) => {
            const mark = booking.outcome ? OUTCOMES[booking.outcome] : STATUS[booking.status];
            const start = startOf(booking);
            const at = say('at', { date: write('date_full', desk.zone.wall(start)), time: desk.zone.time(start) });
            const payment = paymentInWords(booking, (instant) => {
                const moment = seconds(instant);
                return say('at', { date: write('date_full', desk.zone.wall(moment)), time: desk.zone.time(moment) });
            });
            return html`
                <li>
                    <a href="#booking/${booking.id}">${at}</a>
                    <span class="facts">
                        <span>${titleOf(desk, booking)}</span>
                        ${raw([mark, payment].filter(Boolean).map((fact) => html`<span>${fact}</span>`))}
                    </span>
                </li>
            `;
        };
        return html`
            <div class="sheet">
                <dl>
                    ${raw(
                        row(say('details.email'), raw(mailLink(email))),
                        own ? row(say('contacts.owner'), say('contacts.own')) : '',
                        row(say('details.source'), sourceOf(last)),
                    )}
                </dl>
            </div>
            <section aria-labelledby="of-contact">
                <h2 id="of-contact">${say('contacts.meetings')}</h2>
                <ul class="people">${raw((bookings ?? []).map(item))}</ul>
                ${raw(bookings?.length >= MOST_TOLD
                    ? html`<p class="hint">${say('shown_first', { shown: MOST_TOLD })}</p>`
                    : '')}
            </section>
            <p class="foot">
                <a class="go back" href="#contacts">${say('contacts.back')}</a>
                ${raw(button({ act: 'erase', id: key, words: say('erase.button'), kind: 'danger-outline' }))}
            </p>
        `;
    }

    act({ dataset }) {
        if (dataset.act !== 'erase') return false;
        const { contact, desk } = this;
        const { bookings, name, key } = contact;
        const isCancelled = (booking) => isLive(booking) && endOf(booking) > now();
        desk.ask.open({
            key: `erase ${key}`,
            title: say('erase.title', { name }),
            text: say('erase.text'),
            money: (bookings ?? []).filter(isCancelled).map(moneyIfEnded).filter(Boolean).join('\n'),
            confirm: say('erase.confirm'),
            keep: say('erase.keep'),
            busy: say('erase.busy'),
            act: desk.guarded(async () => {
                await endpoint.post(`host/contacts/${encodeURIComponent(key)}/erase`);
                // It takes the endpoint a moment: until then it is not shown again.
                desk.store.erased.add(key);
                desk.store.contacts = undefined;
                desk.store.bookings.clear();
                desk.store.loaded = {};
                desk.say(say('erase.done', { name }), true);
                // In the place of the dialog's step: Back leads to nobody who was erased twice.
                if (desk.view === this) location.replace('#contacts');
                else desk.refresh();
            }),
        });
        return true;
    }
}
