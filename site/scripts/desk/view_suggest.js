/**
 * Suggest: a few free times of a page to paste into an email, each a link that opens the page with it chosen.
 */

import { html, inDigits, raw, say, sayCount } from '../words.js';
import { cityOf } from '../zones.js';
import { endpoint } from './endpoint.js';
import { languageName, localesOf, pageNamed } from './pages.js';
import { button, dateInWords, problemBox, waiting } from './pieces.js';
import { SharingView } from './sharing.js';
import { groupBy } from './view.js';

/** The most times that a mail suggests: more is a calendar. */
const MOST_TIMES = 12;
/** Days that are shown at first, and with each further step. */
const DAYS_LISTED = 6;

export class SuggestView extends SharingView {
    title = say('suggest.title');
    days = DAYS_LISTED;
    /** What the reader is known by. */
    reader = { zone: '', locale: '', name: '', email: '' };
    duration = '';
    /** The times that were chosen; nothing while those stand that the endpoint has chosen. @type {Set<number> | undefined} */
    chosen;
    /** What the endpoint has written. @type {{ starts: number[], text: string, html: string } | undefined} */
    written;
    #asked = 0;
    #later;

    get page() {
        return pageNamed(this.desk, this.argument);
    }

    get minutes() {
        return +this.duration || this.page.durations[0];
    }

    /** The times that the text has, or will have. */
    get starts() {
        return this.chosen ?? new Set(this.written?.starts);
    }

    get ready() {
        return this.page ? this.dates : this.desk.store.listed;
    }

    async load() {
        await super.load();
        if (!this.page) return;
        const { slots } = await endpoint.get(`availability/${this.argument}?duration=${this.minutes}`);
        this.dates = groupBy(slots, (slot) => this.desk.zone.date(slot));
        // A time that is not free any more is not chosen either.
        if (this.chosen) this.chosen = new Set(slots.filter((slot) => this.chosen.has(slot)));
        await this.#write();
    }

    /** Has the times written. What was asked for later counts. */
    async #write() {
        this.#asked += 1;
        const asked = this.#asked;
        if (this.chosen?.size === 0) {
            this.written = { starts: [], text: '', html: '' };
            return;
        }
        const { zone, locale, ...reader } = this.reader;
        const written = await endpoint.post('host/suggestions', {
            page: this.argument,
            duration_minutes: this.minutes,
            starts: this.chosen && [...this.chosen],
            time_zone: zone || undefined,
            locale: locale || localesOf(this.page)[0],
            ...reader,
        });
        if (asked === this.#asked) this.written = written;
    }

    html() {
        const { desk, page } = this;
        if (!page) return this.missing();
        const locales = localesOf(page);
        return html`
            <p class="lead">${page.title}</p>
            <form class="sheet suggest" data-act="none">
                <div class="pair">
                    ${raw(
                        this.select({
                            id: 'duration', label: say('link.duration'), value: `${this.minutes}`,
                            options: page.durations.map((minutes) => [`${minutes}`, sayCount('minutes', minutes)]),
                        }),
                        this.select({
                            id: 'locale', label: say('suggest.locale'), value: this.reader.locale || locales[0],
                            options: locales.map((locale) => [locale, languageName(locale)]),
                        }),
                        this.select({
                            id: 'zone', label: say('suggest.zone'), value: this.reader.zone, options: this.#zones(),
                        }),
                    )}
                </div>
                ${raw(this.#choices())}
                <details id="reader">
                    <summary>${say('suggest.reader')}</summary>
                    <p class="hint">${say('suggest.reader_hint')}</p>
                    <div class="pair">
                        ${raw(
                            this.input({ id: 'name', label: say('suggest.name') }),
                            this.input({ id: 'email', label: say('suggest.email'), type: 'email' }),
                        )}
                    </div>
                </details>
            </form>
            <section class="sheet" aria-labelledby="written">
                <h2 id="written">${say('suggest.written')}</h2>
                ${raw(problemBox(desk.problems.get('suggest')), this.#preview())}
            </section>
            <p><a class="go back" href="#share/${page.page}">${say('suggest.back')}</a></p>
        `;
    }

    /** The zones of the browser, by what their places are called; first the host's own. */
    #zones() {
        this.zones ??= this.#readZones();
        return this.zones;
    }

    #readZones() {
        let names = [];
        try {
            names = Intl.supportedValuesOf('timeZone');
        } catch {
            // Older browsers do not tell which zones they know.
        }
        const { lang } = document.documentElement;
        const places = new Map(names.map((name) => [cityOf(name), name]));
        const sorted = [...places].sort(([one], [other]) => one.localeCompare(other, lang));
        return [['', say('suggest.own_zone', { zone: this.desk.zone.city })], ...sorted.map(([city, name]) => [name, city])];
    }

    #choices() {
        const { zone } = this.desk;
        if (!this.dates.size) return html`<p>${say('suggest.none')}</p>`;
        const dates = [...this.dates.keys()].sort();
        const isSuggested = (date) => this.dates.get(date).some((start) => this.starts.has(start));
        // Until a day is chosen, the first with a time that is suggested.
        const open = this.dates.has(this.date) ? this.date : dates.find(isSuggested) ?? dates[0];
        const shown = dates.slice(0, Math.max(this.days, dates.indexOf(open) + 1));
        const more = dates.length > shown.length ? button({ act: 'days', words: say('more'), kind: 'link' }) : '';
        const again = this.chosen ? button({ act: 'soon', words: say('suggest.soon'), kind: 'link' }) : '';
        const count = (date) => this.dates.get(date).filter((start) => this.starts.has(start)).length;
        const day = (date) => {
            const chosen = count(date);
            return html`
                <label>
                    <input type="radio" name="day" value="${date}" id="day-${date}"${raw(date === open ? ' checked' : '')}>
                    ${dateInWords(date)}
                    ${raw(chosen ? html`
                        <b aria-hidden="true">${inDigits(chosen)}</b>
                        <span class="unseen">${sayCount('suggest.of_day', chosen)}</span>
                    ` : '')}
                </label>
            `;
        };
        const isFull = this.starts.size >= MOST_TIMES;
        const time = (start) => {
            const chosen = this.starts.has(start);
            return html`
                <label>
                    <input type="checkbox" name="start" value="${start}" id="start-${start}"${raw(
                        chosen ? ' checked' : '',
                        isFull && !chosen ? ' disabled' : '',
                    )}>
                    ${zone.time(start)}
                </label>
            `;
        };
        return html`
            <fieldset>
                <legend>${say('move.day')}</legend>
                <div class="times-grid wide">${raw(shown.map(day))}</div>
                ${raw(more)}
            </fieldset>
            <fieldset>
                <legend>${say('suggest.times', { date: dateInWords(open) })}</legend>
                <div class="times-grid">${raw(this.dates.get(open).map(time))}</div>
                <p class="hint">
                    ${say('suggest.hint', { zone: zone.city, most: MOST_TIMES })} ${raw(again)}
                </p>
            </fieldset>
        `;
    }

    #preview() {
        const { written } = this;
        if (!written) return this.desk.problems.has('suggest') ? '' : waiting();
        if (!written.starts.length) return html`<p class="empty">${say('suggest.nothing')}</p>`;
        // What the endpoint writes is escaped; its styles are for mails, and the desk has its own.
        const shown = written.html.replace(/ style="[^"]*"/g, '').replaceAll('<a ', '<a target="_blank" rel="noopener" ');
        return html`
            <div class="letter" id="letter">${raw(shown)}</div>
            <p class="actions">
                ${raw(
                    button({ act: 'copy', words: say('suggest.copy') }),
                    button({ act: 'copy-text', words: say('suggest.copy_text'), kind: 'quiet-button' }),
                )}
            </p>
            <p class="hint">${say('suggest.copy_hint')}</p>
            ${raw(this.refused ? html`
                <p class="field">
                    <label for="text">${say('suggest.by_hand')}</label>
                    <textarea id="text" readonly rows="8">${written.text}</textarea>
                </p>
            ` : '')}
        `;
    }

    changed({ id, name, value, checked }) {
        if (name === 'day') this.date = value;
        else if (name === 'start') this.#choose(+value, checked);
        else if (id === 'duration') Object.assign(this, { duration: value, chosen: undefined });
        else if (id in this.reader) this.reader[id] = value;
        else return;
        this.desk.render();
        if (name === 'day') return;
        // Whoever types, or chooses several, is not asked for each.
        clearTimeout(this.#later);
        this.#later = setTimeout(() => this.#again(id === 'duration'), 300);
    }

    #choose(start, isChosen) {
        this.chosen = new Set(this.starts);
        if (isChosen) this.chosen.add(start);
        else this.chosen.delete(start);
    }

    #again(isOther) {
        this.desk.do(`suggest ${this.#asked}`, () => (isOther ? this.load() : this.#write()), 'suggest');
    }

    act({ dataset: { act } }) {
        const { written } = this;
        if (act === 'days') this.days += DAYS_LISTED;
        else if (act === 'soon') {
            this.chosen = undefined;
            this.#again(false);
        } else if (act === 'copy') {
            this.copy({ 'text/html': written.html, 'text/plain': written.text }, say('suggest.copied'), 'text');
        } else if (act === 'copy-text') this.copy({ 'text/plain': written.text }, say('suggest.copied'), 'text');
        else if (act !== 'none') return false;
        this.desk.render();
        return true;
    }
}
