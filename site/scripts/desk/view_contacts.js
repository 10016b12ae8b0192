/**
 * Contacts: everybody who booked this host, with their owner and where they came from.
 */

/** From so many on, there is a field to find one. */
const MANY = 8;

const sourceOf = ({ campaign, source, medium } = {}) => [source, medium, campaign].filter(Boolean).join(' / ');

class ContactsView extends View {
    title = say('view.contacts');
    find = '';

    async load() {
        await this.desk.loadContacts();
    }

    get ready() {
        return this.desk.contacts;
    }

    html() {
        const { contactsAfter, erased } = this.desk;
        const contacts = this.desk.contacts.filter(({ key }) => !erased.has(key));
        if (!contacts.length) return html`<p class="empty">${say('contacts.empty')}</p>`;
        const wanted = this.find.toLowerCase();
        const found = contacts.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
        const field = html`<p class="field find"><label for="find">${say('contacts.find')}</label><input id="find" type="search" name="find" autocomplete="off"></p>`;
        const more = contactsAfter ? button({ act: 'more', words: say('more'), kind: 'quiet-button', busy: this.desk.busy.has('more') && say('loading') }) : '';
        return html`<p class="lead">${say('contacts.lead')}</p>${[contacts.length > MANY ? field : '']}
            ${[found.length ? html`<ul class="people">${[found.map((contact) => this.#item(contact)).join('')]}</ul>` : html`<p class="empty">${say('contacts.none')}</p>`]}
            <p class="foot">${[button({ act: 'export', words: say('contacts.export'), kind: 'quiet-button', busy: this.desk.busy.has('export') && say('loading') }), more]}</p>`;
    }

    #item({ key, name, email, last_booking: last }) {
        const { zone } = this.desk;
        const source = sourceOf(last);
        return html`<li><a href="#contacts/${key}">${name}</a><span class="quiet">${email}</span>
            <span class="facts">${[last?.at ? html`<span>${say('contacts.last', { date: write('date', zone.wall(seconds(last.at))) })}</span>` : '', source ? html`<span>${say('contacts.source', { source })}</span>` : '']}</span></li>`;
    }

    changed({ name, value }) {
        if (name !== 'find') return;
        this.find = value;
        this.desk.render();
        // Whoever is looked for may be among those that were not read yet.
        if (this.desk.contactsAfter) this.desk.do('more', () => this.desk.loadAllContacts());
    }

    act({ dataset }) {
        if (dataset.act === 'more') this.desk.do('more', () => this.desk.loadMoreContacts());
        else if (dataset.act === 'export') this.desk.do('export', () => this.#export());
        else return false;
        return true;
    }

    /** All contacts as one table: the endpoint tells them in parts. */
    async #export() {
        const parts = [];
        for (let path = '/api/host/contacts?format=csv'; path;) {
            const response = await endpoint.fetch(path);
            const lines = await response.text();
            parts.push(parts.length ? lines.slice(lines.indexOf('\n') + 1) : lines);
            path = /<(.*?)>; rel="next"/.exec(response.headers.get('Link'))?.[1];
        }
        const file = document.createElement('a');
        file.href = URL.createObjectURL(new Blob(parts, { type: 'text/csv' }));
        file.download = `contacts-${this.desk.today}.csv`;
        file.click();
        URL.revokeObjectURL(file.href);
    }
}

class ContactView extends View {
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
        if (!contact) return html`<p class="lead">${say('contacts.missing')}</p><p>${say('contacts.missing_detail')}</p>${[back]}`;
        const { name, email, owner, last_booking: last, bookings, key } = contact;
        const own = owner?.folder === desk.session.host.folder;
        const item = (booking) => {
            const mark = booking.outcome ? OUTCOMES[booking.outcome] : STATUS[booking.status];
            const start = startOf(booking);
            return html`<li><a href="#booking/${booking.id}">${say('at', { date: write('date_full', desk.zone.wall(start)), time: desk.zone.time(start) })}</a><span class="facts"><span>${titleOf(desk, booking)}</span>${[mark ? html`<span>${mark}</span>` : '']}</span></li>`;
        };
        return html`<div class="sheet"><dl>${[
            row(say('details.email'), [html`<a href="mailto:${email}">${email}</a>`]),
            row(say('contacts.owner'), own ? say('contacts.own') : owner?.name ?? say('contacts.nobody')),
            row(say('details.source'), sourceOf(last)),
        ]}</dl></div>
        <section aria-labelledby="of-contact"><h2 id="of-contact">${say('contacts.meetings')}</h2><ul class="people">${[(bookings ?? []).map(item).join('')]}</ul></section>
        <p class="foot"><a class="go back" href="#contacts">${say('contacts.back')}</a>${[button({ act: 'erase', id: key, words: say('erase.button'), kind: 'danger-outline' })]}</p>`;
    }

    act({ dataset }) {
        if (dataset.act !== 'erase') return false;
        const { contact, desk } = this;
        const { name, key } = contact;
        desk.ask.open({
            key: `erase ${key}`,
            title: say('erase.title', { name }),
            text: say('erase.text'),
            confirm: say('erase.confirm'),
            keep: say('erase.keep'),
            busy: say('erase.busy'),
            act: desk.guarded(async () => {
                await endpoint.post(`host/contacts/${encodeURIComponent(key)}/erase`);
                // It takes the endpoint a moment: until then it is not shown again.
                desk.erased.add(key);
                desk.contacts = undefined;
                desk.bookings.clear();
                desk.loaded = {};
                desk.say(say('erase.done', { name }), true);
                location.hash = '#contacts';
            }),
        });
        return true;
    }
}
