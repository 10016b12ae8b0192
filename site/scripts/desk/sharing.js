/**
 * Sharing: what the views that share a page have in common: copying, with a way that works where the browser refuses
 * it, the device's own way to share, and codes.
 */

import { html, raw, say } from '../words.js';
import { copy } from './clipboard.js';
import { button } from './pieces.js';
import { qrCode } from './qr.js';
import { View } from './view.js';

export class SharingView extends View {
    get home() {
        return '#share';
    }

    /** Reads the pages of the site's other hosts. Without them, one's own can be shared still. */
    async load() {
        const { store } = this.desk;
        if (!store.listed) await store.loadListed();
    }

    /** Copies, and says so. Where the browser refuses, the field is selected, to be copied by hand.
     * @param {Object<string, string>} types by media type @param {string} said @param {string} field its id */
    async copy(types, said, field) {
        if (await copy(types)) {
            this.desk.say(said, true);
            return true;
        }
        this.refused = field;
        this.desk.render();
        const shown = document.getElementById(field);
        shown?.focus();
        shown?.select?.();
        this.desk.say(say('share.refused'), true);
        return false;
    }

    /** A button for the device's own way to share, where it has one. @param {string} [about] the id of the page's title */
    shareButton(id, about) {
        const words = say('share.share');
        return navigator.share ? button({ act: 'share', id, words, kind: 'quiet-button', about }) : '';
    }

    /** Shares as the device does. Whoever changes their mind has not failed. */
    async share(title, url) {
        try {
            await navigator.share({ title, url });
        } catch (error) {
            if (error.name !== 'AbortError') this.desk.say(say('share.not_shared'), true);
        }
    }

    /** The QR code of a link, and a button that saves it.
     * @param {string} [id] what the link is of, where there are several */
    code(link, id = '') {
        const code = qrCode(link, say('qr.label'));
        return code ? html`
            <div class="qr">${raw(code)}</div>
            <p>${raw(button({ act: 'save', id, words: say('qr.save'), kind: 'quiet-button' }))}</p>
            <p class="hint">${say('qr.hint')}</p>
        ` : html`<p>${say('qr.long')}</p>`;
    }

    /** Saves the code of a link to this page as a file, for print.
     * @param {string} name what else the file is called by */
    saveCode(link, name) {
        const file = document.createElement('a');
        file.href = URL.createObjectURL(new Blob([qrCode(link)], { type: 'image/svg+xml' }));
        const parts = [this.argument.replace('/', '-'), name.replace(/[^\p{L}\p{N}]+/gu, '-')];
        file.download = `${parts.filter(Boolean).join('-')}.svg`;
        file.click();
        URL.revokeObjectURL(file.href);
    }

    /** The mark of a page that can be booked by invitation only. */
    inviteMark(page) {
        return page.invite_only ? html`<span class="mark">${say('share.invite_only')}</span>` : '';
    }

    /** Said where there is no such page, or it is not listed any more. */
    missing() {
        return html`
            <p class="lead">${say('share.missing')}</p>
            <p>${say('share.missing_detail')}</p>
            ${raw(this.back())}
        `;
    }

    back() {
        return html`<p><a class="go back" href="#share">${say('share.back')}</a></p>`;
    }

    /** Goes to another address of this view, as somebody has chosen in a list: who is still in it stays there.
     * @param {string} address @param {string} argument */
    goTo(address, argument) {
        history.pushState(null, '', address);
        this.argument = argument;
        this.desk.render();
    }

    /** A choice among a few: nothing, where there is but one.
     * @param {{ id: string, label: string, value: string, options: [string, string][], error?: string }} choice error:
     * what is wrong with it */
    select({ id, label, value, options, error }) {
        if (options.length < 2) return '';
        const option = ([name, words]) => html`
            <option value="${name}"${raw(name === value ? ' selected' : '')}>${words}</option>
        `;
        return html`
            <p class="field">
                <label for="${id}">${label}</label>
                ${raw(errorOf(id, error))}
                <select id="${id}" name="${id}"${raw(wrong(id, error))}>${raw(options.map(option))}</select>
            </p>
        `;
    }

    /** A box to tick.
     * @param {{ id: string, label: string, checked: boolean, error?: string }} box error: what is wrong with it */
    box({ id, label, checked, error }) {
        return html`
            <p class="field">
                ${raw(errorOf(id, error))}
                <label>
                    <input type="checkbox" id="${id}" name="${id}"${raw(checked ? ' checked' : '', wrong(id, error))}>
                    ${label}
                </label>
            </p>
        `;
    }

    /** A field of one line.
     * @param {{ id: string, label: string, value?: string, hint?: string, list?: string, type?: string, mode?: string,
     * about?: string, optional?: boolean, error?: string }} field mode: the keyboard that it is typed with; about: the id
     * of what else describes it; error: what is wrong with it */
    input({ id, label, value = '', hint = '', list = '', type = 'text', mode = '', about = '', optional, error = '' }) {
        const described = [error && `${id}-error`, hint && `${id}-hint`, about].filter(Boolean).join(' ');
        return html`
            <p class="field">
                <label for="${id}">${label}${raw(optional ? html` <small>${say('optional')}</small>` : '')}</label>
                ${raw(errorOf(id, error))}
                <input id="${id}" name="${id}" type="${type}" value="${value}" maxlength="500" autocomplete="off"
                    autocapitalize="none"${raw(
                        list && html` list="${list}"`,
                        mode && html` inputmode="${mode}"`,
                        described && html` aria-describedby="${described}"`,
                        error && ' aria-invalid="true"',
                    )}>
                ${raw(hint && html`<small id="${id}-hint">${hint}</small>`)}
            </p>
        `;
    }
}

/** What is wrong with a field, beside it; nothing, where nothing is. */
const errorOf = (id, error) => (error ? html`<span class="error" id="${id}-error">${error}</span>` : '');

/** The attributes of a field that nothing else describes, while something is wrong with it. */
const wrong = (id, error) => (error ? html` aria-describedby="${id}-error" aria-invalid="true"` : '');
