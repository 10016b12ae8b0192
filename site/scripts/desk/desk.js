/**
 * Desk: the host's own pages. It shows the view that the address names, and does what its buttons and forms ask for.
 */

import { released } from '../press.js';
import { say } from '../words.js';
import { Zone, findZone } from '../zones.js';
import { Ask } from './ask.js';
import { Changes } from './changes.js';
import { Problem } from './endpoint.js';
import { own } from './pieces.js';
import { HEAD, Screen, placeOf } from './screen.js';
import { Session } from './session.js';
import { Store } from './store.js';
import { SignIn, Unreachable } from './view_sign_in.js';
import { VIEWS, viewOf } from './views.js';

/** The age from which the view's data is read again when somebody looks at the page, and the pause between updates of
 * times. */
const STALE_MS = 15_000;
const TICK_MS = 20_000;

export class Desk {
    store = new Store();
    /** The acts that are under way. @type {Set<string>} */
    busy = new Set();
    /** The reasons why acts failed, by what the acts were about. @type {Map<string, Problem>} */
    problems = new Map();
    /** The view that is shown, and its name in the address. */
    view;
    name;
    /** The time at which the view's data was read, in milliseconds; and the reason why it could not be read again. */
    readAt;
    /** @type {Problem | undefined} */
    failure;
    /** The place from which the last act was asked for. */
    #asked;

    /** @param {HTMLElement} element */
    constructor(element) {
        this.element = element;
        this.screen = new Screen(element);
        this.ask = new Ask(
            element, () => this.screen.focusAgain(...this.#asked ?? []),
            (question, problem) => this.#failedUnseen(question, problem),
        );
        this.changes = new Changes(this);
        this.signing = new Session((session) => this.#opened(session), (title, detail) => this.#closed(title, detail));
        this.#listen();
        this.#begin();
    }

    /** The facts about the host who is signed in. @returns {Object | undefined} */
    get session() {
        return this.signing.current;
    }

    get zone() {
        return this.store.zone;
    }

    #listen() {
        const { element } = this;
        element.onclick = (event) => {
            const target = event.target.closest('[data-act]:not(form)');
            if (target && target.ariaDisabled !== 'true') this.#act(target);
        };
        element.onsubmit = (event) => {
            if (event.target.method === 'dialog') return;
            event.preventDefault();
            this.#act(event.target);
        };
        // What was heard while it was typed is not new once the field is left, perhaps for the button that is pressed.
        let heard;
        element.oninput = element.onchange = ({ target, type }) => {
            const said = [target.id, target.name, target.value, target.checked].join('\n');
            if (type === 'change' && said === heard) return;
            heard = said;
            this.view?.changed?.(target);
        };
        onhashchange = () => this.#route(true);
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'visible' && Date.now() - this.readAt > STALE_MS) this.refresh();
        });
        addEventListener('online', () => this.refresh());
        setInterval(() => this.session && document.visibilityState === 'visible' && this.#renderLater(), TICK_MS);
        for (const other of document.querySelectorAll('.site nav a')) {
            other.addEventListener('click', () => { other.hash = location.hash; });
        }
    }

    async #begin() {
        try {
            await this.signing.begin();
        } catch (problem) {
            this.#show(new Unreachable(problem, () => this.#begin()));
        }
    }

    #opened({ host }) {
        this.store.belongTo(host.folder);
        this.store.zone = findZone(host.time_zone) ?? new Zone('UTC');
        this.#route(Boolean(this.view));
    }

    #closed(title, detail) {
        this.ask.close();
        this.store.forget();
        const again = this.view;
        this.#show(new SignIn(this, title && { title, detail }));
        if (again) this.screen.focusHeading();
    }

    #show(view) {
        this.view = view;
        this.render();
        this.element.dataset.ready = '';
    }

    /** Shows the view that the address names. */
    #route(moved) {
        if (!this.session) return;
        const [name, ...rest] = location.hash.slice(1).split('/');
        const argument = rest.join('/');
        this.name = own(VIEWS, name) ? name : 'today';
        this.problems.clear();
        this.#show(new (viewOf(this.name, argument))(this, argument));
        if (moved) {
            scrollTo(0, 0);
            this.screen.focusHeading();
        }
        this.refresh();
    }

    /** Reads the view's data again. If that fails, the earlier data stays, and says how old it is. */
    async refresh() {
        const { view } = this;
        if (!this.session) return;
        try {
            await Promise.all([view.load(), this.signing.renew()]);
            this.readAt = Date.now();
            this.failure = undefined;
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            if (this.signing.isOver(problem)) return;
            this.failure = problem;
        }
        await this.#renderLater(view);
    }

    /** Renders what came by itself, once nothing is pressed, if that view is still the one.
     * @param {View} [view] */
    async #renderLater(view = this.view) {
        await released();
        if (view === this.view) this.render();
    }

    /** Does something once, however often it is asked for, and keeps the reason for a failure beside what it was
     * about.
     * @param {string} key @param {() => Promise<void>} act @param {string} [about] */
    async do(key, act, about = key) {
        if (this.busy.has(key)) return;
        this.busy.add(key);
        this.problems.delete(about);
        this.render();
        let failed;
        try {
            await act();
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            if (!this.signing.isOver(problem)) failed = problem;
        } finally {
            this.busy.delete(key);
        }
        if (failed) this.problems.set(about, failed);
        await this.#renderLater();
        // Somebody else may have changed it: the data is read again.
        if (failed && failed.code !== 'offline') this.refresh();
    }

    /** For a dialog: if the session has ended in the meantime, one signs in again, and what was typed is still
     * there. */
    guarded(act) {
        return async (...typed) => {
            try {
                await act(...typed);
                this.render();
            } catch (problem) {
                // Somebody else may have changed it: what is behind the dialog is read again.
                if (!this.signing.isOver(problem) && problem.code !== 'offline') this.refresh();
                throw problem;
            }
        };
    }

    /** An act failed whose dialog was closed meanwhile: its booking's card says so, or, where that is not shown, the head
     * of the view. */
    async #failedUnseen({ about, title }, problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (this.signing.isOver(problem)) return;
        await released();
        if (this.screen.hasCard(about)) this.problems.set(about, problem);
        else this.problems.set(HEAD, { title, detail: problem.title, errors: [{ message: problem.detail }, ...problem.errors] });
        this.render();
    }

    #act(target) {
        this.#asked = placeOf(target);
        if (this.view.act(target)) return;
        if (target.dataset.act === 'refresh') this.refresh();
        else this.changes.act(target);
    }

    /** Says what was done, once it is shown. */
    async say(text, aloud) {
        await released();
        setTimeout(() => this.screen.say(text, aloud));
    }

    render() {
        if (this.view) this.screen.render(this);
    }
}
