/**
 * Link: what can be made of one page's link: with a campaign, in a language, as a QR code.
 */

import { html, raw, say, sayCount } from '../words.js';
import { TRACKED, forgetUsed, keepUsed, usedBefore } from './campaigns.js';
import { addressWith, durationsOf, languageName, localesOf, pageNamed } from './pages.js';
import { button } from './pieces.js';
import { SharingView } from './sharing.js';

/** The longest link that is safe to share, in bytes, as `generator link` has it. */
const MOST_BYTES = 2000;
const LABELS = {
    campaign: { label: say('link.campaign'), hint: say('link.campaign_hint') },
    source: { label: say('link.source'), hint: say('link.source_hint') },
    medium: { label: say('link.medium'), hint: say('link.medium_hint') },
};

export class LinkView extends SharingView {
    /** The campaign, source and medium, as they were typed; and what was chosen. */
    typed = this.desk.store.draft(`share/${this.argument}`, { campaign: '', source: '', medium: '', locale: '', duration: '' });

    get page() {
        return pageNamed(this.desk, this.argument);
    }

    get title() {
        return this.page?.title ?? say('view.share');
    }

    get ready() {
        return this.page ?? this.desk.store.listed;
    }

    /** The parameters of the link, as it carries them. */
    get tracking() {
        return Object.fromEntries(TRACKED.map((field) => [field, this.typed[field].trim()]));
    }

    get link() {
        const { page, tracking, typed: { duration, locale } } = this;
        return addressWith(page.links[locale] ?? page.links[localesOf(page)[0]], {
            duration,
            ...Object.fromEntries(TRACKED.map((field) => [`utm_${field}`, tracking[field]])),
        });
    }

    get isTooLong() {
        return this.link.length > MOST_BYTES;
    }

    html() {
        const { page } = this;
        if (!page) return this.missing();
        const locales = localesOf(page);
        const isOwn = page.host.folder === this.desk.session.host.folder;
        const minutes = [...page.durations].sort((one, other) => one - other);
        return html`
            <p class="facts">
                ${raw(isOwn ? '' : html`<span>${page.host.name}</span>`)}
                <span>${durationsOf(page)}</span>
                ${raw(page.price ? html`<span>${page.price}</span>` : '')}
                ${raw(page.isListed ? '' : html`<span>${say('share.unlisted')}</span>`, this.inviteMark(page))}
            </p>
            ${raw(page.invite_only ? html`<p class="hint">${say('share.invite_only_hint')}</p>` : '')}
            <form class="sheet link-made" data-act="copy">
                <div class="made">${raw(this.#made())}</div>
                <h2>${say('link.tracking')}</h2>
                <p class="hint">${say('link.tracking_lead')}</p>
                ${raw(TRACKED.map((field) => this.#field(field)), this.#forget())}
                <div class="pair">
                    ${raw(
                        this.select({
                            id: 'locale', label: say('link.locale'), value: this.typed.locale || locales[0],
                            options: locales.map((locale) => [locale, languageName(locale)]),
                        }),
                        this.select({
                            id: 'duration', label: say('link.duration'), value: this.typed.duration,
                            options: minutes.length > 1
                                ? [['', say('link.any_duration')], ...minutes.map((one) => [`${one}`, sayCount('minutes', one)])]
                                : [],
                        }),
                    )}
                </div>
            </form>
            <section class="sheet code" aria-labelledby="qr">${raw(this.#code())}</section>
            <section class="sheet onward">
                ${raw(
                    isOwn ? html`<p><a class="go" href="#invite/${page.page}">${say('invite.go')}</a></p>` : '',
                    page.invite_only ? '' : html`<p><a class="go" href="#suggest/${page.page}">${say('suggest.go')}</a></p>`,
                )}
                <p><a class="go" href="#embed/${page.page}">${say('embed.go')}</a></p>
            </section>
            ${raw(this.back())}
        `;
    }

    #made() {
        const disabled = this.isTooLong ? ' aria-disabled="true"' : '';
        return html`
            <p class="field">
                <label for="result">${say('link.result')}</label>
                <input id="result" readonly value="${this.link}">
                ${raw(this.isTooLong ? html`
                    <span class="error" role="alert">${say('link.long', { bytes: this.link.length, most: MOST_BYTES })}</span>
                ` : '')}
            </p>
            <p class="actions">
                <button${raw(disabled)}>${say('share.copy')}</button>
                ${raw(this.shareButton(''))}
                <a class="button quiet-button" href="${this.link}" target="_blank" rel="noopener">${say('share.open')}</a>
            </p>
        `;
    }

    #field(field) {
        const known = [...new Set(this.#used.map((used) => used[field]).filter(Boolean))];
        return html`
            ${raw(this.input({ ...LABELS[field], id: field, value: this.typed[field], list: `used-${field}` }))}
            <datalist id="used-${field}">${raw(known.map((value) => html`<option value="${value}">`))}</datalist>
        `;
    }

    #forget() {
        return this.#used.length ? html`
            <p class="hint">
                ${say('link.kept')} ${raw(button({ act: 'forget', words: say('link.forget'), kind: 'link' }))}
            </p>
        ` : '';
    }

    get #used() {
        return usedBefore(this.desk.session.host.folder);
    }

    #code() {
        return html`
            <h2 id="qr">${say('qr.title')}</h2>
            ${raw(this.isTooLong ? html`<p>${say('qr.long')}</p>` : this.code(this.link))}
        `;
    }

    changed({ id, value }) {
        if (TRACKED.includes(id)) {
            this.typed[id] = value;
            return this.#patch();
        }
        if (id === 'locale' || id === 'duration') this.typed[id] = value;
        else return;
        this.desk.render();
    }

    /** Shows the link with what is typed, without writing the fields again. */
    #patch() {
        const { screen } = this.desk;
        screen.place.querySelector('.made').innerHTML = this.#made();
        screen.place.querySelector('.code').innerHTML = this.#code();
        screen.shown = this.html();
    }

    act({ dataset: { act } }) {
        const { folder } = this.desk.session.host;
        if (act === 'forget') {
            forgetUsed(folder);
            this.desk.render();
            this.desk.say(say('link.forgotten'), true);
            return true;
        }
        if (!['copy', 'share', 'save'].includes(act)) return false;
        if (this.isTooLong) return true;
        if (act === 'copy') this.copy({ 'text/plain': this.link }, say('share.copied'), 'result');
        else if (act === 'share') this.share(this.page.title, this.link);
        else this.saveCode(this.link, this.tracking.campaign);
        keepUsed(folder, this.tracking);
        this.desk.render();
        return true;
    }
}
