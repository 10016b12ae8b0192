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
            addEventListener(type, () => this.stop(), true);
        }
        this.stopping.addEventListener('click', (event) => {
            event.stopPropagation();
            this.stop();
            button.focus();
        });
    }

    /** Sends after a while, if nobody stops it. @param {() => void} send */
    begin(send) {
        this.end();
        [this.#left, this.send] = [SECONDS, send];
        this.line.hidden = false;
        this.stopping.style.visibility = '';
        this.announce(say('auto.soon', { seconds: SECONDS }));
        this.timer = setInterval(() => this.#tick(), 1000);
        this.#show();
    }

    /** Stopped by the visitor. The line keeps its place: what is being pressed below it must not move away. */
    stop() {
        if (!this.#left) return;
        clearInterval(this.timer);
        this.#left = 0;
        this.words.textContent = say('auto.stopped');
        this.stopping.style.visibility = 'hidden';
        this.announce(say('auto.stopped'));
    }

    /** Ended by something else, which says so itself, or sent. */
    end() {
        clearInterval(this.timer);
        if (this.#left) this.announce('');
        this.#left = 0;
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
