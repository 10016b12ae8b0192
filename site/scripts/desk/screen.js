/**
 * Screen: the visible part of the desk. It is written again after every change, but what is typed, opened and focused
 * stays so.
 */

import { html, raw, say } from '../words.js';
import { button, problemBox, waiting } from './pieces.js';

/** The time for which the result of an act is shown, in milliseconds. */
const TOAST_MS = 6000;

/** What a problem is about that belongs to no part of the view: it is said above all of it. */
export const HEAD = 'head';

/** The fields whose content is kept: what was typed there. */
const TYPED = ':is(input[id]:not([type=radio], [type=checkbox]), textarea[id]):not([readonly])';

export class Screen {
    /** The content in the view's place, as HTML; and its view. */
    shown;
    #view;
    #staleShown;
    /** True while letters are being composed into a word, as in Japanese: what is written anew would end that. */
    #isComposing = false;
    /** The desk that is to be rendered after that. @type {Desk | undefined} */
    #waiting;
    #toastEnds;

    /** @param {HTMLElement} element */
    constructor(element) {
        const find = (selector) => element.querySelector(selector);
        this.main = find('main');
        this.nav = find('.views');
        this.status = find('[role=status]');
        this.main.innerHTML = html`
            <h1 tabindex="-1"></h1>
            <p class="stale" role="status"></p>
            <div class="toast" aria-hidden="true"></div>
            <div class="view"></div>
        `;
        this.heading = find('h1');
        this.stale = find('.stale');
        this.toast = find('.toast');
        this.place = find('.view');
        this.place.addEventListener('compositionstart', () => { this.#isComposing = true; });
        this.place.addEventListener('compositionend', () => {
            this.#isComposing = false;
            if (this.#waiting) this.render(this.#waiting);
        });
        element.insertAdjacentHTML('beforeend', html`
            <datalist id="belongs-types">
                <option value="company">
                <option value="deal">
                <option value="ticket">
            </datalist>
        `);
    }

    /** @param {Desk} desk */
    render(desk) {
        const { view, name, session, failure, readAt, zone } = desk;
        this.heading.textContent = view.title;
        document.title = session ? say('page_title', { view: view.title, host: session.host.name }) : view.title;
        this.nav.hidden = !session;
        for (const link of this.nav.querySelectorAll('a')) {
            if (session && link.hash === (view.home ?? `#${name}`)) link.ariaCurrent = 'page';
            else link.ariaCurrent = null;
        }
        const ready = !session || Boolean(view.ready);
        this.#renderStale(session && ready && failure, readAt, zone);
        const head = problemBox(desk.problems.get(HEAD), 'p-head');
        const shown = head + (ready ? view.html() : failure ? unread(failure) : waiting());
        if (shown === this.shown && view === this.#view) return;
        this.#waiting = this.#isComposing && view === this.#view ? desk : undefined;
        if (this.#waiting) return;
        this.#isComposing = false;
        this.#view?.left?.(this.place);
        this.#replace(shown, view !== this.#view);
        this.shown = shown;
        this.#view = view;
        view.shown?.(this.place);
    }

    /** Without a connection, the age of the data that is shown, if any was read. @param {Problem} [failure] */
    #renderStale(failure, readAt, zone) {
        let text = '';
        if (failure) {
            const why = failure.code === 'offline' && readAt
                ? say('offline.stale', { time: zone.time(readAt / 1000) })
                : failure.title;
            text = html`${why} ${raw(button({ act: 'refresh', words: say('again'), kind: 'link' }))}`;
        }
        if (text !== this.#staleShown) this.stale.innerHTML = this.#staleShown = text;
    }

    #replace(shown, isNew) {
        const { place } = this;
        const focused = place.contains(document.activeElement) ? document.activeElement : null;
        const hasSelection = focused && 'selectionStart' in focused;
        const selection = hasSelection ? [focused.selectionStart, focused.selectionEnd] : null;
        const find = (selector) => (isNew ? [] : [...place.querySelectorAll(selector)]);
        const typed = find(TYPED).map(({ id, value }) => [id, value]);
        const open = find('details[open]').map(({ id }) => id);
        const asked = focused && placeOf(focused);
        place.innerHTML = shown;
        for (const [id, value] of typed) {
            const field = document.getElementById(id);
            if (field) field.value = value;
        }
        for (const id of open) document.getElementById(id)?.setAttribute('open', '');
        if (!focused || isNew) return;
        this.focusAgain(...asked);
        if (selection) {
            try {
                document.activeElement.setSelectionRange(...selection);
            } catch {
                // Fields for dates and times have none.
            }
        }
    }

    /** Focuses the element with that key now; if it is gone, the card that it was in, or the heading. */
    focusAgain(key, card) {
        const all = this.main.querySelectorAll(':is(a, button, input, select, textarea, summary, [tabindex])');
        const found = [...all].find((element) => keyOf(element) === key);
        (found ?? document.getElementById(card) ?? this.heading).focus({ preventScroll: true });
    }

    /** Focuses an item of the view's list. @param {number} number from 0 */
    focusItem(number) {
        const item = this.place.querySelectorAll('article, .people > li')[number];
        (item?.matches('[tabindex]') ? item : item?.querySelector('a'))?.focus();
    }

    /** True where a booking, or what its visitor asks for, has a card in the view. @param {string} [id] */
    hasCard(id) {
        return [`b-${id}`, `r-${id}`].some((card) => this.place.contains(document.getElementById(card)));
    }

    focusHeading() {
        this.heading.focus({ preventScroll: true });
    }

    /** Announces the result of an act, to those who listen and to those who look. */
    say(text, aloud) {
        this.status.textContent = text;
        if (!aloud) return;
        this.toast.textContent = text;
        clearTimeout(this.#toastEnds);
        this.#toastEnds = setTimeout(() => { this.toast.textContent = ''; }, TOAST_MS);
    }
}

/** A failure to read, and a button to try again. @param {Problem} failure */
const unread = (failure) => html`
    ${raw(problemBox(failure))}
    <p>${raw(button({ act: 'refresh', words: say('again') }))}</p>
`;

/** The identity of an element, which is the same whenever it is written again. */
const keyOf = (element) => {
    const { id, tagName, dataset } = element;
    const { act, id: about, value } = dataset;
    const within = element.closest('details, article')?.id;
    return id || [tagName, act, about, value, element.getAttribute('href'), within].join(' ');
};

/** The place of an element: its identity, and the card that it is in. */
export const placeOf = (element) => [keyOf(element), element.closest('article, li[id]')?.id];
