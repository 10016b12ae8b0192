/**
 * Suggest: a few free times of a page to paste into an email, each a link that opens the page with it chosen.
 */

import { released } from '../press.js';
import { html, inDigits, raw, say, sayCount } from '../words.js';
import { cityOf } from '../zones.js';
import { Problem, endpoint } from './endpoint.js';
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
    /** What is wanted: what the reader is known by; the duration; the times that were chosen, none while those stand
     * that the endpoint has chosen; and the day that is open.
     * @type {{ reader: Object<string, string>, duration: string, chosen?: Set<number>, date?: string }} */
    draft = this.desk.store.draft(`suggest/${this.argument}`, {
        reader: { zone: '', locale: '', name: '', email: '' }, duration: '',
    });
    /** What the fields of the reader's begin with: they are not written again while somebody types. */
    first = { ...this.draft.reader };
    /** What the endpoint has written. @type {{ starts: number[], text: string, html: string } | undefined} */
    written;
    /** Why that could not be written. @type {Problem | undefined} */
    problem;
    /** How often something else was wanted, and what of it is written. */
    #wanted = 0;
    #isWritten = -1;
    #later;
    /** The duration of the times that were read. */
    #minutesRead;
    /** What is under way, until the text is written. @type {Promise<void> | undefined} */
    #writing;

    get page() {
        return pageNamed(this.desk, this.argument);
    }

    get minutes() {
        return +this.draft.duration || this.page.durations[0];
    }

    /** The times that the text has, or will have. */
    get starts() {
        return this.draft.chosen ?? new Set(this.written?.starts);
    }

    get ready() {
        return this.page?.invite_only === false ? this.dates : this.page ?? this.desk.store.listed;
    }

    async load() {
        await super.load();
        if (this.page?.invite_only !== false) return;
        const { minutes } = this;
        const { slots } = await endpoint.get(`availability/${this.argument}?duration=${minutes}`);
        if (minutes !== this.minutes) return;
        this.desk.problems.delete('suggest');
        this.#minutesRead = minutes;
        this.dates = groupBy(slots, (slot) => this.desk.zone.date(slot));
        // A time that is not free any more is not chosen either.
        if (this.draft.chosen) this.draft.chosen = new Set(slots.filter((slot) => this.draft.chosen.has(slot)));
        await this.#write();
    }

    /** Has the times written. Where something else is wanted meanwhile, that counts. What was not written says why. */
    async #write() {
        const wanted = this.#wanted;
        let [written, problem] = [{ starts: [], text: '', html: '' }];
        const { zone, locale, ...reader } = this.draft.reader;
        try {
            if (this.draft.chosen?.size !== 0) {
                written = await endpoint.post('host/suggestions', {
                    page: this.argument,
                    duration_minutes: this.minutes,
                    starts: this.draft.chosen && [...this.draft.chosen],
                    time_zone: zone || undefined,
                    locale: locale || localesOf(this.page)[0],
                    ...reader,
                });
            }
        } catch (refused) {
            if (!(refused instanceof Problem) || refused.code === 'key_refused') throw refused;
            problem = refused;
        }
        if (wanted !== this.#wanted) return;
        this.problem = problem;
        if (problem) return;
        this.written = written;
        this.#isWritten = wanted;
    }

    /** What is wrong with a field of the reader's. */
    #error(id) {
        return this.problem?.errors.find(({ field }) => field === id)?.message;
    }

    /** What is said above the text: all but what is said at a field. */
    #problem() {
        const { desk, problem } = this;
        const isAtField = problem?.errors.some(({ field }) => field in this.draft.reader);
        const other = desk.problems.get('suggest') ?? (isAtField ? undefined : problem);
        return other ? html`
            ${raw(problemBox(other))}
            <p>${raw(button({ act: 'refresh', words: say('again'), kind: 'quiet-button' }))}</p>
        ` : '';
    }

    html() {
        const { page } = this;
        if (!page) return this.missing();
        if (page.invite_only) return this.#byInvitation();
        const locales = localesOf(page);
        const { name, email } = this.first;
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
                            id: 'locale', label: say('suggest.locale'), value: this.draft.reader.locale || locales[0],
                            options: locales.map((locale) => [locale, languageName(locale)]),
                        }),
                        this.select({
                            id: 'zone', label: say('suggest.zone'), value: this.draft.reader.zone, options: this.#zones(),
                        }),
                    )}
                </div>
                ${raw(this.#choices())}
                <details id="reader"${raw(name || email ? ' open' : '')}>
                    <summary>${say('suggest.reader')}</summary>
                    <p class="hint">${say('suggest.reader_hint')}</p>
                    <div class="pair">
                        ${raw(
                            this.input({ id: 'name', label: say('suggest.name'), value: this.first.name, error: this.#error('name') }),
                            this.input({
                                id: 'email', label: say('suggest.email'), type: 'email', value: this.first.email,
                                error: this.#error('email'),
                            }),
                        )}
                    </div>
                </details>
            </form>
            <section class="sheet" aria-labelledby="written">
                <h2 id="written">${say('suggest.written')}</h2>
                ${raw(this.#problem(), this.#preview())}
            </section>
            <p><a class="go back" href="#share/${page.page}">${say('suggest.back')}</a></p>
        `;
    }

    /** Where nobody could book what is suggested. */
    #byInvitation() {
        const { page } = this;
        const isOwn = page.host.folder === this.desk.session.host.folder;
        return html`
            <p class="lead">${page.title}</p>
            <p>${say('suggest.invite_only')}</p>
            ${raw(isOwn ? html`<p><a class="button" href="#invite/${page.page}">${say('invite.go')}</a></p>` : '')}
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
        const open = this.dates.has(this.draft.date) ? this.draft.date : dates.find(isSuggested) ?? dates[0];
        const shown = dates.slice(0, Math.max(this.days, dates.indexOf(open) + 1));
        const more = dates.length > shown.length ? button({ act: 'days', words: say('more'), kind: 'link' }) : '';
        const again = this.draft.chosen ? button({ act: 'soon', words: say('suggest.soon'), kind: 'link' }) : '';
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
        if (!written) return this.problem ? '' : waiting();
        if (!written.starts.length) return html`<p class="empty">${say('suggest.nothing')}</p>`;
        // What the endpoint writes is escaped; its styles are for mails, and the desk has its own.
        // What is wanted, and cannot be written, is not in the text that is here still.
        const disabled = Boolean(this.problem);
        const shown = written.html.replace(/ style="[^"]*"/g, '').replaceAll('<a ', '<a target="_blank" rel="noopener" ');
        return html`
            <div class="letter" id="letter">${raw(shown)}</div>
            <p class="actions">
                ${raw(
                    button({ act: 'copy', words: say('suggest.copy'), disabled }),
                    button({ act: 'copy-text', words: say('suggest.copy_text'), kind: 'quiet-button', disabled }),
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
        if (name === 'day') this.draft.date = value;
        else if (name === 'start') this.#choose(+value, checked);
        else if (id === 'duration') Object.assign(this.draft, { duration: value, chosen: undefined });
        else if (id in this.draft.reader) this.draft.reader[id] = value;
        else return;
        this.desk.render();
        if (name === 'day') return;
        this.#wanted += 1;
        // Whoever types, or chooses several, is not asked for each.
        clearTimeout(this.#later);
        const later = setTimeout(async () => {
            await released();
            if (later === this.#later) this.#again();
        }, 300);
        this.#later = later;
    }

    #choose(start, isChosen) {
        this.draft.chosen = new Set(this.starts);
        if (isChosen) this.draft.chosen.add(start);
        else this.draft.chosen.delete(start);
    }

    /** Has written what is wanted now; where the duration is another one, its times are read first. */
    #again() {
        clearTimeout(this.#later);
        this.#later = undefined;
        const isOther = this.#minutesRead !== this.minutes;
        this.#writing = this.desk.do(`suggest ${this.#wanted}`, () => (isOther ? this.load() : this.#write()), 'suggest');
        return this.#writing;
    }

    /** Copies the text, once it says what was typed last. */
    async #copy(isPlain) {
        while (this.#isWritten !== this.#wanted) {
            const wanted = this.#wanted;
            await (this.#later ? this.#again() : this.#writing);
            if (wanted === this.#wanted && this.#isWritten !== wanted) return;
        }
        const { html, text, starts } = this.written;
        if (!starts.length) return;
        const types = isPlain ? { 'text/plain': text } : { 'text/html': html, 'text/plain': text };
        await this.copy(types, say('suggest.copied'), 'text');
    }

    act({ dataset: { act } }) {
        if (act === 'days') this.days += DAYS_LISTED;
        else if (act === 'soon') {
            this.draft.chosen = undefined;
            this.#wanted += 1;
            this.#again();
        } else if (act === 'copy' || act === 'copy-text') this.#copy(act === 'copy-text');
        else if (act !== 'none') return false;
        this.desk.render();
        return true;
    }
}
