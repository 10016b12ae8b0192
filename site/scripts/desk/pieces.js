/**
 * Pieces: the parts from which the views are put together.
 */

import { html, inDigits, raw, say, write } from '../words.js';
import { DAY } from '../zones.js';

/** Now, in seconds. */
export const now = () => Date.now() / 1000;

export const seconds = (instant) => Date.parse(instant) / 1000;

/** What an object has under a name that somebody else chose: never what every object has, such as `constructor`.
 * @template T @param {Object<string, T>} object @param {string} name @returns {T | undefined} */
export const own = (object, name) => ({}.hasOwnProperty.call(object, name) ? object[name] : undefined);

/** A wall time's date in words. @param {string} date such as `2026-12-01` */
export const dateInWords = (date) => write('date', new Date(`${date}T00:00Z`));

/** The date so many days on. @param {string} date */
export const daysOn = (date, days) =>
    new Date(Date.parse(`${date}T00:00Z`) + days * DAY * 1000).toISOString().slice(0, 10);

/** A button that does something, and says so while it does. An act that is under way is not begun twice.
 * @param {{ act: string, words: string, id?: string, value?: string, busy?: string | false, kind?: string,
 * pressed?: boolean, about?: string, disabled?: boolean }} button about: the id of what names its thing, where others
 * have the same words */
export const button = ({ act, words, id = '', value = '', busy, kind = '', pressed, about, disabled }) => html`
    <button type="button" class="${kind}" data-act="${act}" data-id="${id}" data-value="${value}"${raw(
        busyAttributes(busy),
        pressed === undefined ? '' : ` aria-pressed="${pressed}"`,
        disabled && !busy ? ' aria-disabled="true"' : '',
        about ? html` aria-describedby="${about}"` : '',
    )}>${busy || words}</button>
`;

/** The attributes of a button while its act is under way. */
export const busyAttributes = (busy) => (busy ? ' aria-disabled="true" aria-busy="true"' : '');

/** The reason why something was not done. @param {Problem} [problem] @param {string} [id] so that it can be focused */
export const problemBox = (problem, id = 'problem') => (problem ? html`
    <div class="errors" role="alert" id="${id}" tabindex="-1">
        <h2>${problem.title}</h2>
        <p>${problem.detail}</p>
        ${raw(problem.errors.map(({ message }) => html`<p>${message}</p>`))}
    </div>
` : '');

/** A row of a list of facts; nothing if there is nothing to say. */
export const row = (name, value) => (value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : '');

/**
 * A link that writes to an address (RFC 6068), whatever signs that has. Dots where the standard has none, as in old
 * addresses of Japanese carriers, need quotation marks.
 */
export const mailLink = (address) => {
    const at = address.lastIndexOf('@');
    const local = address.slice(0, at);
    const written = local.split('.').includes('') ? `"${local}"` : local;
    const href = `mailto:${encodeURIComponent(written)}@${encodeURIComponent(address.slice(at + 1))}`;
    return html`<a href="${href}">${address}</a>`;
};

export const link = (address, words) => html`<a href="${address}" rel="noopener noreferrer">${words}</a>`;

/** The end of a list that goes on: how much of it is shown, and a button for more.
 * @param {{ shown: number, all?: number, busy?: string | false }} list */
export const listEnd = ({ shown, all, busy }) => html`
    <p class="foot">
        <span class="hint">${inDigits(all ? say('shown', { shown, all }) : say('shown_first', { shown }))}</span>
        ${raw(button({ act: 'more', words: say('more'), kind: 'quiet-button', busy }))}
    </p>
`;

/** Placeholders while nothing is known yet. */
export const waiting = () => html`
    <div class="waiting" aria-busy="true">
        <p class="unseen">${say('loading')}</p>
        <div class="card"></div>
        <div class="card"></div>
    </div>
`;

/** The way in which the visitor of a booking hears of it, if at all: of those who were erased, nobody has an address. */
export const toldHow = (desk, { contact: { name, email } }) => (
    !email ? '' : desk.session.mail ? say('told', { name }) : say('not_told', { name })
);
