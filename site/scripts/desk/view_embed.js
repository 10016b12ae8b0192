/**
 * Embed: the lines that show a page on another site, and how that looks.
 */

import { released } from '../press.js';
import { html, raw, say } from '../words.js';
import { endpoint } from './endpoint.js';
import { EVERYONE, languageName, localesOf, pageNamed, pagesOf } from './pages.js';
import { SharingView } from './sharing.js';

/** The ways in which a page is shown. */
const WAYS = {
    inline: { title: say('embed.inline'), text: say('embed.inline_text') },
    popup: { title: say('embed.popup'), text: say('embed.popup_text') },
    button: { title: say('embed.button'), text: say('embed.button_text') },
};

/** Text in HTML, with the names of characters that people know. */
const escaped = (text) => text
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The usual words of a link, in the language of a desk. @param {Document} desk */
const wordsOf = (desk) => desk.querySelector('[data-book]').dataset.book;

export class EmbedView extends SharingView {
    title = say('embed.title');
    /** The way and the language that were chosen, and the words of the link as they were typed.
     * @type {{ way: string, locale: string, words?: string }} */
    draft = this.desk.store.draft('embed', { way: 'inline', locale: '' });
    /** The usual words by language. */
    usual = new Map();

    get page() {
        return this.argument ? pageNamed(this.desk, this.argument) : pagesOf(this.desk)[0];
    }

    get ready() {
        return this.page ?? this.desk.store.listed;
    }

    get #language() {
        const { page, draft: { locale } } = this;
        return page.links[locale] ? locale : localesOf(page)[0];
    }

    get #link() {
        return this.page.links[this.#language];
    }

    /** An address of the site, in the language of the page. */
    #address(path) {
        return new URL(`${this.page.page.split('/').fill('..').join('/')}/${path}`, this.#link);
    }

    /** The script that shows it. */
    get #script() {
        return this.#address('embed.js').href;
    }

    /** The words of the link where none are typed, in the language of the page: those of the desk, until others came. */
    get #usual() {
        return this.usual.get(this.#language) ?? wordsOf(document);
    }

    get #words() {
        return this.draft.words?.trim() || this.#usual;
    }

    /** Reads the usual words of another language from the desk in it. */
    async #readUsual() {
        const locale = this.#language;
        if (locale === document.documentElement.lang || this.usual.has(locale)) return;
        try {
            const answer = await endpoint.fetch(this.#address('host/').pathname);
            this.usual.set(locale, wordsOf(new DOMParser().parseFromString(await answer.text(), 'text/html')));
        } catch {
            // Then those of the desk serve.
            return;
        }
        await released();
        if (this.desk.view === this) this.#render();
    }

    /** Renders it, with other usual words, too: what is in the field is taken for typed. */
    #render() {
        const field = document.getElementById('words');
        if (field && this.draft.words === undefined) field.value = this.#usual;
        this.desk.render();
    }

    /** As people write it. */
    get #snippet() {
        return `<script src="${escaped(this.#script)}" async></script>\n`
            + `<a href="${escaped(this.#link)}" data-daymark="${this.draft.way}">${escaped(this.#words)}</a>`;
    }

    html() {
        const { desk, page } = this;
        if (!page) return this.missing();
        const locales = localesOf(page);
        const pages = pagesOf(desk, EVERYONE);
        const isOwn = ({ host }) => host.folder === desk.session.host.folder;
        const name = (one) => (isOwn(one) ? one.title : say('embed.of', { title: one.title, name: one.host.name }));
        return html`
            <p class="lead">${say('embed.lead')}</p>
            <form class="sheet" data-act="copy">
                <div class="pair">
                    ${raw(
                        this.select({
                            id: 'page', label: say('embed.page'), value: page.page,
                            options: pages.map((one) => [one.page, name(one)]),
                        }),
                        this.select({
                            id: 'locale', label: say('link.locale'), value: this.draft.locale || locales[0],
                            options: locales.map((locale) => [locale, languageName(locale)]),
                        }),
                    )}
                </div>
                <fieldset class="ways">
                    <legend>${say('embed.way')}</legend>
                    ${raw(Object.entries(WAYS).map(([way, words]) => this.#way(way, words)))}
                </fieldset>
                ${raw(this.input({ id: 'words', label: say('embed.words'), value: this.draft.words ?? this.#usual }))}
                <p class="field">
                    <label for="snippet">${say('embed.snippet')}</label>
                    <textarea id="snippet" readonly rows="4" spellcheck="false" aria-describedby="allowed">${this.#snippet}</textarea>
                </p>
                <p class="actions"><button>${say('embed.copy')}</button></p>
                <p class="hint" id="allowed">${this.#allowed()}</p>
            </form>
            <section aria-labelledby="live">
                <h2 id="live">${say('embed.live')}</h2>
                <p class="hint">${say('embed.live_hint')}</p>
                <div class="live">
                    <a href="${new URL(this.#link).pathname}" data-daymark="${this.draft.way}">${this.#words}</a>
                </div>
            </section>
            <p><a class="go back" href="#share/${page.page}">${say('suggest.back')}</a></p>
        `;
    }

    #way(way, { title, text }) {
        return html`
            <label>
                <input type="radio" name="way" value="${way}" id="way-${way}"${raw(way === this.draft.way ? ' checked' : '')}>
                <span>${title} <small>${text}</small></span>
            </label>
        `;
    }

    /** The sites that may show it. */
    #allowed() {
        const { embed_parents: parents } = this.desk.session;
        return parents.length
            ? say('embed.allowed', { sites: parents.map((parent) => parent.replace('https://', '')).join(say('comma')) })
            : say('embed.none_allowed');
    }

    /** Shows it as another site does. */
    shown(place) {
        const live = place.querySelector('.live');
        if (!live) return;
        this.#readUsual();
        if (globalThis.Daymark) {
            globalThis.Daymark.mount(live);
            return;
        }
        if (document.querySelector('script[data-embed]')) return;
        const script = document.createElement('script');
        script.src = '../embed.js';
        script.dataset.embed = '';
        document.head.append(script);
    }

    /** Takes it away again. */
    left(place) {
        globalThis.Daymark?.unmount(place);
    }

    changed({ id, name, value }) {
        if (id === 'page') return this.goTo(`#embed/${value}`, value);
        if (name === 'way') this.draft.way = value;
        else if (id === 'locale') this.draft.locale = value;
        else if (id === 'words') return this.#reword(value);
        else return;
        this.#render();
    }

    /** Puts other words where they are shown: the page is not loaded again for each letter. */
    #reword(words) {
        const { screen } = this.desk;
        this.draft.words = words;
        screen.place.querySelector('#snippet').value = this.#snippet;
        screen.place.querySelector('.live a').textContent = this.#words;
        screen.shown = this.html();
    }

    act({ dataset: { act } }) {
        if (act !== 'copy') return false;
        this.copy({ 'text/plain': this.#snippet }, say('embed.copied'), 'snippet');
        return true;
    }
}
