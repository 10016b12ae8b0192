/**
 * Share: the meeting pages, each with its link to copy; and where bookings came from.
 */

import { html, raw, say, sayCount } from '../words.js';
import { EVERYONE, durationsOf, localesOf, pagesOf, shortened } from './pages.js';
import { button } from './pieces.js';
import { SharingView } from './sharing.js';

export class ShareView extends SharingView {
    title = say('view.share');

    async load() {
        const { store } = this.desk;
        try {
            await Promise.all([store.loadListed(), store.loadCampaigns()]);
        } finally {
            this.isRead = true;
        }
    }

    /** One's own pages are shown, whatever else cannot be read. */
    get ready() {
        return this.isRead || this.desk.store.listed;
    }

    /** The owner whose pages are shown. */
    get owner() {
        return this.argument || this.desk.session.host.folder;
    }

    html() {
        const pages = pagesOf(this.desk, this.owner);
        return html`
            <p class="lead">${say('share.lead')}</p>
            ${raw(
                this.#owners(),
                pages.length
                    ? pages.map((page) => this.#card(page))
                    : html`<p class="empty">${say('share.empty')}</p>`,
                this.#campaigns(),
            )}
        `;
    }

    /** The filter by owner, where there are several. */
    #owners() {
        const { session, store } = this.desk;
        const own = session.host.folder;
        const others = (store.listed ?? []).filter(({ folder }) => folder !== own);
        return this.select({
            id: 'owner',
            label: say('share.owner'),
            value: this.owner,
            options: others.length ? [
                [own, say('share.me', { name: session.host.name })],
                ...others.map(({ folder, name }) => [folder, name]),
                [EVERYONE, say('share.everyone')],
            ] : [],
        });
    }

    #card(page) {
        const { page: name, title, host, isListed } = page;
        const link = this.#link(page);
        const isOwn = host.folder === this.desk.session.host.folder;
        const invites = isOwn && page.invite_only;
        const refused = this.refused === `link-${name}`;
        return html`
            <article class="card shared" id="p-${name}" aria-labelledby="t-${name}">
                <h2 class="name" id="t-${name}"><a href="#share/${name}">${title}</a></h2>
                <p class="facts">
                    ${raw(isOwn ? '' : html`<span>${host.name}</span>`)}
                    <span>${durationsOf(page)}</span>
                    ${raw(page.price ? html`<span>${page.price}</span>` : '')}
                    ${raw(isListed ? '' : html`<span>${say('share.unlisted')}</span>`, this.inviteMark(page))}
                </p>
                ${raw(refused
                    ? html`<input id="link-${name}" readonly value="${link}" aria-label="${say('link.result')}">`
                    : html`<p class="address"><a href="${link}" target="_blank" rel="noopener">${shortened(link)}</a></p>`)}
                <p class="actions">
                    ${raw(
                        invites ? html`
                            <a class="button" href="#invite/${name}" aria-describedby="t-${name}">${say('invite.go')}</a>
                        ` : '',
                        button({
                            act: 'copy', id: name, words: say('share.copy'), about: `t-${name}`,
                            kind: invites ? 'quiet-button' : '',
                        }),
                        this.shareButton(name, `t-${name}`),
                    )}
                    <a class="button quiet-button" href="#share/${name}" aria-describedby="t-${name}">${say('share.more')}</a>
                </p>
            </article>
        `;
    }

    /** The link in the desk's own language, if the page is in it. */
    #link(page) {
        return page.links[localesOf(page)[0]];
    }

    #campaigns() {
        const { campaigns } = this.desk.store;
        if (!campaigns) return '';
        const item = ({ campaign, source, medium, bookings, cancelled }) => html`
            <li>
                <b>${campaign ?? say('campaigns.none')}</b>
                <span>${sayCount('campaigns.bookings', bookings)}</span>
                <span class="facts">
                    ${raw([source, medium].filter(Boolean).map((name) => html`<span>${name}</span>`))}
                    ${raw(cancelled ? html`<span>${sayCount('campaigns.cancelled', cancelled)}</span>` : '')}
                </span>
            </li>
        `;
        return html`
            <section aria-labelledby="campaigns">
                <h2 id="campaigns">${say('campaigns.title')}</h2>
                ${raw(campaigns.length
                    ? html`<ul class="people counts">${raw(campaigns.map(item))}</ul>`
                    : html`<p class="empty">${say('campaigns.empty')}</p>`)}
            </section>
        `;
    }

    changed({ name, value }) {
        if (name !== 'owner') return;
        this.goTo(value === this.desk.session.host.folder ? '#share' : `#share/${value}`, value);
    }

    act({ dataset: { act, id } }) {
        const page = pagesOf(this.desk, EVERYONE).find((page) => page.page === id);
        if (!page) return false;
        const link = this.#link(page);
        if (act === 'copy') this.copy({ 'text/plain': link }, say('share.copied'), `link-${id}`);
        else if (act === 'share') this.share(page.title, link);
        else return false;
        return true;
    }
}
