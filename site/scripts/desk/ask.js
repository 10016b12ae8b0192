/**
 * Ask: a dialog before an act that cannot be taken back. It keeps what was typed until the act is done.
 */

import { html, raw, say } from '../words.js';
import { problemBox } from './pieces.js';

export class Ask {
    /** Texts that were typed and not sent, by the question they belong to. @type {Map<string, string>} */
    #drafts = new Map();

    /** @param {HTMLElement} place @param {() => void} closed */
    constructor(place, closed) {
        this.element = document.createElement('dialog');
        this.element.setAttribute('aria-labelledby', 'ask-title');
        place.append(this.element);
        this.element.addEventListener('close', closed);
    }

    /**
     * @param {{ key: string, title: string, text: string, told?: string, reason?: string, confirm: string,
     *   keep: string, busy: string, act: (typed: string) => Promise<void> }} question
     */
    open(question) {
        const { element } = this;
        this.question = question;
        const field = question.reason && html`
            <p class="field">
                <label for="ask-reason">${say('cancel.reason')} <small>${say('optional')}</small></label>
                <textarea id="ask-reason" rows="3" maxlength="1000"
                    aria-describedby="ask-hint">${this.#drafts.get(question.key) ?? ''}</textarea>
                <small id="ask-hint">${question.reason}</small>
            </p>
        `;
        element.innerHTML = html`
            <form method="dialog">
                <h2 id="ask-title" tabindex="-1">${question.title}</h2>
                <p>${question.text}</p>
                ${raw(
                    question.told ? html`<p class="told">${question.told}</p>` : '', field || '',
                )}
                <div class="answer"></div>
                <div class="actions">
                    <button class="danger">${question.confirm}</button>
                    <button type="button" class="quiet-button">${question.keep}</button>
                </div>
            </form>
        `;
        element.querySelector('form').onsubmit = (event) => {
            event.preventDefault();
            this.#confirm();
        };
        element.querySelector('[type=button]').onclick = () => element.close();
        const typed = element.querySelector('textarea');
        if (typed) typed.oninput = () => this.#drafts.set(question.key, typed.value);
        element.showModal();
        (typed ?? element.querySelector('h2')).focus();
    }

    /** Forgets what was typed: somebody else may sit here next. */
    forget() {
        this.#drafts.clear();
    }

    close() {
        if (this.element.open) this.element.close();
    }

    async #confirm() {
        const { element, question } = this;
        const confirm = element.querySelector('.danger');
        if (confirm.ariaBusy) return;
        confirm.ariaBusy = confirm.ariaDisabled = 'true';
        confirm.textContent = question.busy;
        try {
            await question.act(element.querySelector('textarea')?.value ?? '');
            this.#drafts.delete(question.key);
            this.close();
        } catch (problem) {
            confirm.ariaBusy = confirm.ariaDisabled = null;
            confirm.textContent = question.confirm;
            element.querySelector('.answer').innerHTML = problemBox(problem, 'ask-problem');
        }
    }
}
