/**
 * Auto: a form of which this device knows every field sends itself a few seconds after a time was chosen, unless the
 * visitor stops it: by its button, or by anything else that they do.
 */

import { html, say } from '../words.js';

const SECONDS = 5;

export class Auto {
    #left = 0;

    /** @param {HTMLElement} button the one that sends @param {(text: string) => void} announce */
    constructor(button, announce) {
        this.announce = announce;
        button.parentNode.insertAdjacentHTML('beforebegin', html`
            <p class="auto js" hidden><span aria-hidden="true"></span> <button type="button" class="link">${say('auto.stop')}</button></p>
        `);
        this.line = button.parentNode.previousElementSibling;
        [this.words, this.stopping] = this.line.children;
        for (const type of ['keydown', 'pointerdown', 'visibilitychange']) {
            addEventListener(type, ({ target }) => this.stop(target === this.stopping), true);
        }
        this.stopping.addEventListener('click', (event) => {
            event.stopPropagation();
            this.stop();
            this.#sayStopped();
            button.focus({ preventScroll: true });
            // Not to where the finger is, which may press again.
            if (button.getBoundingClientRect().bottom > innerHeight) button.scrollIntoView({ block: 'center' });
        });
        // In a frame, what is seen of it is known to the observer alone.
        this.observer = new IntersectionObserver(
            (seen) => this.#see(seen.at(-1).intersectionRatio > .9),
            { threshold: [0, .95] },
        );
    }

    /** Sends after a while in which its line is seen, if nobody stops it. @param {() => void} send */
    begin(send) {
        this.end();
        [this.#left, this.send] = [SECONDS, send];
        this.line.hidden = false;
        this.stopping.style.visibility = '';
        this.#show();
        this.observer.observe(this.line);
    }

    /** Counts while the line is in view, and waits while it is not. */
    #see(isSeen) {
        clearInterval(this.timer);
        if (!this.#left || !isSeen) return;
        this.announce(say('auto.soon', { seconds: this.#left }));
        this.timer = setInterval(() => this.#tick(), 1000);
    }

    #halt() {
        clearInterval(this.timer);
        this.observer.disconnect();
        this.#left = 0;
    }

    /** Stopped by the visitor. The line keeps its place: what is being pressed below it must not move away; nor is the
     * button taken away under the finger. @param {boolean} [isPressing] whether it is by the button */
    stop(isPressing) {
        if (!this.#left) return;
        this.#halt();
        this.announce(say('auto.stopped'));
        if (!isPressing) return this.#sayStopped();
        const released = () => setTimeout(() => this.#left || this.#sayStopped(), 50);
        for (const type of ['pointerup', 'pointercancel', 'keyup']) addEventListener(type, released, { once: true });
    }

    #sayStopped() {
        this.words.textContent = say('auto.stopped');
        this.stopping.style.visibility = 'hidden';
    }

    /** Ended by something else, which says so itself, or sent. */
    end() {
        if (this.#left) this.announce('');
        this.#halt();
        this.line.hidden = true;
    }

    #show() {
        this.words.textContent = say('auto.left', { seconds: this.#left });
    }

    #tick() {
        this.#left -= 1;
        if (this.#left) return this.#show();
        this.announce('');
        this.end();
        this.send();
    }
}
