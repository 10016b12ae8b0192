/**
 * Turnstile: Cloudflare's check that a person books, on sites that have a key for it. Its script comes late, and puts
 * what the endpoint verifies into the form by itself.
 */

import { html, say } from '../words.js';

const TURNSTILE_SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';

/** How long the check is waited for once somebody wants to book, in milliseconds. */
const CHECK_PATIENCE_MS = 15_000;

/** What keeps a visitor from booking, by the state of the check. */
const PROBLEMS = {
    asks: {
        title: say('/endpoint.refusal.captcha_missing.title'),
        detail: say('/endpoint.refusal.captcha_missing.detail'),
    },
    failed: { title: say('/endpoint.refusal.captcha_failed.title'), detail: say('captcha_blocked') },
};

const loadTurnstile = () => globalThis.turnstile ?? new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = TURNSTILE_SCRIPT;
    script.onload = done;
    script.onerror = fail;
    document.head.append(script);
});

export class Turnstile {
    /** Nothing before it is shown. @type {'runs' | 'asks' | 'done' | 'failed' | undefined} */
    #state;
    #tell = () => {};

    /** @param {HTMLElement} place where it is shown, with its settings */
    constructor(place) {
        this.place = place;
        // As high as what comes, so that nothing moves.
        place.style.minHeight = '65px';
    }

    /** Begins the check, unless it has begun. */
    show() {
        if (!this.#state) this.renew();
    }

    /** Begins the check anew, as what comes of it counts once. A failure never leads to the plain form, which would not
     * be taken without it. */
    async renew() {
        this.#be('runs');
        try {
            await loadTurnstile();
            if (this.id) globalThis.turnstile.reset(this.id);
            else this.#render();
        } catch {
            this.place.innerHTML = html`<p class="hint">${say('captcha_blocked')}</p>`;
            this.#be('failed');
        }
    }

    /** Waits for the check. @returns {Promise<{ title: string, detail: string } | undefined>} what stands in the way */
    async problem() {
        if (this.#state === 'failed') this.renew();
        const late = setTimeout(() => this.#be('failed'), CHECK_PATIENCE_MS);
        await new Promise((done) => {
            this.#tell = done;
            this.#be(this.#state);
        });
        clearTimeout(late);
        return PROBLEMS[this.#state];
    }

    #be(state) {
        this.#state = state;
        if (state !== 'runs') this.#tell();
    }

    #render() {
        this.place.textContent = '';
        this.id = globalThis.turnstile.render(this.place, {
            ...this.place.dataset,
            callback: () => this.#be('done'),
            'expired-callback': () => this.#be('runs'),
            'before-interactive-callback': () => this.#be('asks'),
            'unsupported-callback': () => this.#be('failed'),
            // It tries again by itself. True: nothing has to be said on the console.
            'error-callback': () => {
                this.#be('failed');
                return true;
            },
        });
    }
}
