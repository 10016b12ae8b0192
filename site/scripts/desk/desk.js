/**
 * Desk: the host's own pages. It knows who is signed in, keeps what was read, and shows the view that the address names.
 */

/** How old what is shown may be when the page is looked at again, in milliseconds; and how often times are shown anew. */
const STALE_MS = 15_000;
const TICK_MS = 20_000;

/** A session that lasts less long is renewed, in seconds. */
const RENEW = 13 * DAY;

class Desk {
    /** By id. @type {Map<string, Object>} */
    bookings = new Map();
    /** When each was last changed here. @type {Map<string, number>} */
    #kept = new Map();
    /** The keys of contacts that were erased here. @type {Set<string>} */
    erased = new Set();
    /** What has been read. */
    loaded = {};
    /** What is under way. @type {Set<string>} */
    busy = new Set();
    /** Why something was not done, by what it was about. @type {Map<string, Problem>} */
    problems = new Map();
    /** Where this browser's tabs say who is signed in: a session is one for all of them. */
    #tabs = new BroadcastChannel('daymark-host');

    /** @param {HTMLElement} element */
    constructor(element) {
        this.element = element;
        [this.main, this.nav, this.status] = ['main', '.views', '[role=status]'].map((name) => element.querySelector(name));
        this.main.innerHTML = html`<h1 tabindex="-1"></h1><p class="stale" role="status"></p><div class="toast" aria-hidden="true"></div><div class="view"></div>`;
        [this.heading, this.stale, this.toast, this.place] = ['h1', '.stale', '.toast', '.view'].map((name) => this.main.querySelector(name));
        element.insertAdjacentHTML('beforeend', html`<datalist id="belongs-types"><option value="company"><option value="deal"><option value="ticket"></datalist>`);
        this.ask = new Ask(element, () => this.#focusAgain(...this.asked ?? []));
        this.changes = new Changes(this);
        this.#listen();
        this.#begin();
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
        element.oninput = element.onchange = ({ target }) => this.view?.changed?.(target);
        onhashchange = () => this.#route(true);
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'visible' && Date.now() - this.readAt > STALE_MS) this.refresh();
        });
        addEventListener('online', () => this.refresh());
        this.#tabs.onmessage = ({ data: folder }) => this.#heard(folder);
        setInterval(() => this.session && document.visibilityState === 'visible' && this.render(), TICK_MS);
        for (const other of document.querySelectorAll('.site nav a')) {
            other.addEventListener('click', () => { other.hash = location.hash; });
        }
    }

    /** Who is signed in on this device. Nobody is no mistake: then the host signs in. */
    async #begin() {
        const path = `host/session?locale=${document.documentElement.lang}`;
        try {
            const session = await endpoint.get(path);
            this.signedIn(session);
            if (seconds(session.expires_at) - now() < RENEW) Object.assign(this.session, await endpoint.post(path));
        } catch (problem) {
            if (this.session) return;
            if (problem.code === 'key_refused') this.signedOut();
            else this.#show({ title: say('view.today'), html: () => html`${[problemBox(problem)]}<p>${[button({ act: 'begin', words: say('again') })]}</p>`, act: () => this.#begin() });
        }
    }

    signedIn(session) {
        this.session = session;
        this.zone = findZone(session.host.time_zone) ?? new Zone('UTC');
        this.#tabs.postMessage(session.host.folder);
        this.#route(Boolean(this.view));
    }

    /** Another tab has signed somebody in, or out: nothing of the former host's is shown, or changed, as if it were the new one's.
     * @param {string | null} folder whose session it is now */
    #heard(folder) {
        if (folder === (this.session?.host.folder ?? null)) return;
        if (folder) location.reload();
        else this.signedOut(say('sign_in.ended'));
    }

    /** The session was ended here, and so in every tab. */
    ended() {
        this.#tabs.postMessage(null);
        this.signedOut(say('sign_in.ended'));
    }

    /** @param {string} [title] @param {string} [detail] why */
    signedOut(title, detail) {
        this.ask.close();
        this.bookings.clear();
        Object.assign(this, { session: undefined, loaded: {}, contacts: undefined, parked: undefined });
        const again = this.view;
        this.#show(new SignIn(this, title && { title, detail }));
        if (again) this.heading.focus({ preventScroll: true });
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
        this.name = name in VIEWS ? name : 'today';
        this.problems.clear();
        this.#show(new (name === 'contacts' && argument ? ContactView : VIEWS[this.name])(this, argument));
        if (moved) {
            scrollTo(0, 0);
            this.heading.focus({ preventScroll: true });
        }
        this.refresh();
    }

    /** Reads again what the view shows. Where that fails, what was read before stays, and says how old it is. */
    async refresh() {
        const { view } = this;
        if (!this.session) return;
        try {
            await view.load();
            this.readAt = Date.now();
            this.failure = undefined;
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            if (this.#ended(problem)) return;
            this.failure = problem;
        }
        if (view === this.view) this.render();
    }

    /** Does something once, however often it is asked for, and keeps why it failed beside what it was about.
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
            if (!this.#ended(problem)) failed = problem;
        } finally {
            this.busy.delete(key);
        }
        if (failed) this.problems.set(about, failed);
        this.render();
        // Whoever else changed it: what is shown is read again.
        if (failed && failed.code !== 'offline') this.refresh();
    }

    /** For a dialog: where the session has ended meanwhile, one signs in again, and what was typed is there still. */
    guarded(act) {
        return async (typed) => {
            try {
                await act(typed);
                this.render();
            } catch (problem) {
                this.#ended(problem);
                throw problem;
            }
        };
    }

    #ended(problem) {
        if (problem.code !== 'key_refused') return false;
        if (this.session) this.signedOut(say('sign_in.over'), say('sign_in.over_detail'));
        return true;
    }

    /** Says what was done, to those who listen and to those who look. */
    say(text, aloud) {
        this.status.textContent = text;
        if (!aloud) return;
        this.toast.textContent = text;
        clearTimeout(this.toastEnds);
        this.toastEnds = setTimeout(() => { this.toast.textContent = ''; }, 6000);
    }

    get today() {
        return this.zone.date(now());
    }

    dateOf(booking) {
        return this.zone.date(startOf(booking));
    }

    sorted() {
        return [...this.bookings.values()].sort((one, other) => startOf(one) - startOf(other) || (one.id < other.id ? -1 : 1));
    }

    /** @param {Object} booking as it is after a change that was made here */
    keep(booking) {
        this.bookings.set(booking.id, booking);
        this.#kept.set(booking.id, performance.now());
    }

    async #read(query) {
        const asked = performance.now();
        const { bookings } = await endpoint.get(`host/bookings${query}`);
        for (const booking of bookings) {
            // What was changed here meanwhile is not taken back by an answer from before.
            if (!(this.#kept.get(booking.id) > asked)) this.bookings.set(booking.id, booking);
        }
    }

    /** From yesterday on: what began then may go on past midnight. */
    async loadAhead() {
        await this.#read(`?from=${daysOn(this.today, -1)}`);
        this.loaded.ahead = true;
    }

    async loadPast() {
        this.pastFrom ??= daysOn(this.today, -PAST_DAYS);
        await this.#read(`?from=${this.pastFrom}&to=${this.today}`);
        this.loaded.past = true;
    }

    async loadEarlier() {
        const from = daysOn(this.pastFrom, -PAST_DAYS);
        await this.#read(`?from=${from}&to=${daysOn(this.pastFrom, -1)}`);
        this.pastFrom = from;
    }

    loadAll() {
        return this.#read('');
    }

    async loadParked() {
        this.parked = (await endpoint.get('host/deliveries?state=parked')).deliveries;
    }

    async loadContacts() {
        const { contacts, more, after } = await endpoint.get('host/contacts');
        Object.assign(this, { contacts, contactsAfter: more ? after : undefined });
    }

    async loadMoreContacts() {
        const { contacts, more, after } = await endpoint.get(`host/contacts?after=${encodeURIComponent(this.contactsAfter)}`);
        Object.assign(this, { contacts: [...this.contacts, ...contacts], contactsAfter: more ? after : undefined });
    }

    async loadAllContacts() {
        while (this.contactsAfter) await this.loadMoreContacts();
    }

    #act(target) {
        this.asked = placeOf(target);
        if (this.view.act(target)) return;
        if (target.dataset.act === 'refresh') this.refresh();
        else this.changes.act(target);
    }

    /** Shows all anew where anything has changed: what is typed, opened and focused stays so. */
    render() {
        const { view, session } = this;
        if (!view) return;
        this.heading.textContent = view.title;
        document.title = session ? say('page_title', { view: view.title, host: session.host.name }) : view.title;
        this.nav.hidden = !session;
        for (const link of this.nav.querySelectorAll('a')) {
            if (session && link.hash === (view.home ?? `#${this.name}`)) link.ariaCurrent = 'page';
            else link.ariaCurrent = null;
        }
        const ready = !session || Boolean(view.ready);
        this.#renderStale(ready);
        const shown = ready ? view.html() : this.failure ? html`${[problemBox(this.failure)]}<p>${[button({ act: 'refresh', words: say('again') })]}</p>` : waiting();
        if (shown === this.shown && view === this.shownView) return;
        this.#replace(shown, view !== this.shownView);
        Object.assign(this, { shown, shownView: view });
    }

    /** Without a connection, how old what is shown is. */
    #renderStale(ready) {
        const stale = this.session && ready && this.failure && this.readAt;
        const text = stale ? html`${this.failure.code === 'offline' ? say('offline.stale', { time: this.zone.time(this.readAt / 1000) }) : this.failure.title} ${[button({ act: 'refresh', words: say('again'), kind: 'link' })]}` : '';
        if (text !== this.staleShown) this.stale.innerHTML = this.staleShown = text;
    }

    #replace(shown, isNew) {
        const { place } = this;
        const focused = place.contains(document.activeElement) ? document.activeElement : null;
        const selection = focused && 'selectionStart' in focused ? [focused.selectionStart, focused.selectionEnd] : null;
        const typed = isNew ? [] : [...place.querySelectorAll('input[id]:not([type=radio], [readonly]), textarea[id]')].map(({ id, value }) => [id, value]);
        const open = isNew ? [] : [...place.querySelectorAll('details[open]')].map(({ id }) => id);
        const asked = focused && placeOf(focused);
        place.innerHTML = shown;
        for (const [id, value] of typed) {
            const field = document.getElementById(id);
            if (field) field.value = value;
        }
        for (const id of open) document.getElementById(id)?.setAttribute('open', '');
        if (!focused || isNew) return;
        this.#focusAgain(...asked);
        if (selection) {
            try {
                document.activeElement.setSelectionRange(...selection);
            } catch {
                // Fields for dates and times have none.
            }
        }
    }

    /** Focuses what has that key now; where it is gone, the card that it was in, or the heading. */
    #focusAgain(key, card) {
        const all = this.main.querySelectorAll(':is(a, button, input, summary, [tabindex])');
        const found = [...all].find((element) => keyOf(element) === key);
        (found ?? document.getElementById(card) ?? this.heading).focus({ preventScroll: true });
    }
}

/** What an element is, through all that it is written anew. */
const keyOf = (element) => element.id || [element.tagName, element.dataset.act, element.dataset.id, element.dataset.value, element.getAttribute('href'), element.closest('details, article')?.id].join(' ');

/** Where an element is: what it is, and the card that it is in. */
const placeOf = (element) => [keyOf(element), element.closest('article, li[id]')?.id];
