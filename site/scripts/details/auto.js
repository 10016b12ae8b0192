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
        for (const type of ['keydown', 'pointerdown', 'visibilitychange', 'popstate']) {
            addEventListener(type, () => this.stop(), true);
        }
        this.line.querySelector('button').addEventListener('click', (event) => {
            event.stopPropagation();
            this.stop();
            button.focus();
        });
    }

    /** Sends after a while, if nobody stops it. @param {() => void} send */
    begin(send) {
        this.stop();
        [this.#left, this.send] = [SECONDS, send];
        this.line.hidden = false;
        this.announce(say('auto.soon', { seconds: SECONDS }));
        this.timer = setInterval(() => this.#tick(), 1000);
        this.#show();
    }

    stop() {
        clearInterval(this.timer);
        this.line.hidden = true;
        if (this.#left) this.announce(say('auto.stopped'));
        this.#left = 0;
    }

    #show() {
        this.line.firstChild.textContent = say('auto.left', { seconds: this.#left });
    }

    #tick() {
        this.#left -= 1;
        if (this.#left) return this.#show();
        this.stop();
        this.send();
    }
}
