/**
 * Ask: a dialog before an act that cannot be taken back. It keeps what was typed until the act is done.
 */

import { html, raw, say } from '../words.js';
import { problemBox } from './pieces.js';

export class Ask {
    /** Texts that were typed and not sent, by the question they belong to. @type {Map<string, string>} */
    #drafts = new Map();
    /** The questions whose acts are under way, by their keys: closing the dialog does not stop one. @type {Set<string>} */
    #busy = new Set();
    #failed;
    /** Whether the step that a dialog has in the browser's history is being taken back. */
    #isLeaving = false;

    /** @param {HTMLElement} place @param {() => void} closed
     * @param {(question: Object, problem: Error) => void} failed the dialog was closed before that was known */
    constructor(place, closed, failed) {
        this.#failed = failed;
        this.element = document.createElement('dialog');
        this.element.setAttribute('aria-labelledby', 'ask-title');
        // The focus begins in a field below all this.
        this.element.setAttribute('aria-describedby', 'ask-text ask-money');
        place.append(this.element);
        this.element.addEventListener('close', () => {
            // What the act has led to is not left again.
            this.#isLeaving = Boolean(history.state?.asks);
            if (this.#isLeaving) history.back();
            closed();
        });
        // Back closes the dialog, and nothing else.
        addEventListener('popstate', () => {
            if (!this.#isLeaving) this.close();
            else if (this.element.open) this.#step();
            this.#isLeaving = false;
        });
    }

    /**
     * @param {{ key: string, about?: string, title: string, text: string, money?: string, told?: string, reason?: string,
     *   amount?: { label: string, value: string, hint: string, check: (typed: string) => string, confirm: (typed: string) =>
     *   string }, choice?: { legend: string, options: [string | number, string][] }, confirm: string, keep: string,
     *   busy: string, isHarmless?: boolean, act: (reason: string, amount: string, chosen: string) => Promise<void> }}
     *   question about: the id of its booking; money: what becomes of what was paid; amount: a field for one, what is wrong with what is typed, and what
     *   the button does with it
     */
    open(question) {
        const { element } = this;
        this.question = question;
        const { amount } = question;
        const amountField = amount && html`
            <p class="field">
                <label for="ask-amount">${amount.label}</label>
                <span class="error" id="ask-amount-error" role="alert"></span>
                <input id="ask-amount" inputmode="decimal" autocomplete="off" maxlength="40"
                    value="${this.#drafts.get(`${question.key} amount`) ?? amount.value}"
                    aria-describedby="ask-amount-error ask-amount-hint">
                <small id="ask-amount-hint">${amount.hint}</small>
            </p>
        `;
        const { choice } = question;
        // What was chosen may be no option any more.
        const values = choice && choice.options.map(([value]) => String(value));
        const chosen = choice && (values.find((value) => value === this.#drafts.get(`${question.key} choice`)) ?? values[0]);
        const choices = choice && html`
            <fieldset class="field">
                <legend>${choice.legend}</legend>
                ${raw(choice.options.map(([value, words]) => html`
                    <label>
                        <input type="radio" name="choice" value="${value}"${raw(String(value) === chosen ? ' checked' : '')}>
                        <span>${words}</span>
                    </label>
                `))}
            </fieldset>
        `;
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
                <p id="ask-text">${question.text}</p>
                ${raw(
                    question.money ? html`<p id="ask-money" class="written"><strong>${question.money}</strong></p>` : '',
                    question.told ? html`<p class="told">${question.told}</p>` : '', amountField || '', choices || '', field || '',
                )}
                <div class="answer"></div>
                <div class="actions">
                    <button${raw(question.isHarmless ? '' : ' class="danger"')}>${question.confirm}</button>
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
        for (const radio of element.querySelectorAll('[type=radio]')) {
            radio.onchange = () => this.#drafts.set(`${question.key} choice`, radio.value);
        }
        const sum = element.querySelector('#ask-amount');
        if (sum) sum.oninput = () => {
            this.#drafts.set(`${question.key} amount`, sum.value);
            this.#refuse('');
            this.#nameConfirm();
        };
        this.#setBusy(this.#busy.has(question.key));
        element.showModal();
        if (!this.#isLeaving) this.#step();
        (sum ?? element.querySelector(':checked') ?? typed ?? element.querySelector('h2')).focus();
    }

    /** Makes the dialog a step in the browser's history. */
    #step() {
        try {
            if (!history.state?.asks) history.pushState({ asks: true }, '');
        } catch {
            // Refused after many changes in a short time: then back leads to where the host was before.
        }
    }

    /** Forgets what was typed and asked for: somebody else may sit here next. */
    forget() {
        this.#drafts.clear();
        this.#busy.clear();
    }

    close() {
        if (this.element.open) this.element.close();
    }

    /** Says what is wrong with the amount, beside it. @param {string} error nothing, where it may be right */
    #refuse(error) {
        const { element } = this;
        const field = element.querySelector('#ask-amount');
        element.querySelector('#ask-amount-error').textContent = error;
        if (error) field.setAttribute('aria-invalid', 'true');
        else field.removeAttribute('aria-invalid');
        if (error) field.focus();
    }

    get #button() {
        return this.element.querySelector('form button:not([type])');
    }

    /** The button says what is sent, as it is typed. */
    #nameConfirm() {
        const { element, question } = this;
        const typed = element.querySelector('#ask-amount')?.value;
        if (!this.#button.ariaBusy) this.#button.textContent = question.amount?.confirm(typed) ?? question.confirm;
    }

    #setBusy(isBusy) {
        const button = this.#button;
        button.ariaBusy = button.ariaDisabled = isBusy ? 'true' : null;
        if (isBusy) button.textContent = this.question.busy;
        else this.#nameConfirm();
    }

    async #confirm() {
        const { element, question } = this;
        const { key } = question;
        if (this.#busy.has(key)) return;
        const amount = element.querySelector('#ask-amount')?.value ?? '';
        const chosen = element.querySelector(':checked')?.value ?? '';
        const error = question.amount?.check(amount);
        if (error) {
            this.#refuse(error);
            return;
        }
        this.#busy.add(key);
        this.#setBusy(true);
        // By then, the dialog may be closed, or ask about something else.
        const isAsked = () => element.open && this.question.key === key;
        try {
            await question.act(element.querySelector('textarea')?.value ?? '', amount, chosen);
            for (const draft of [key, `${key} amount`, `${key} choice`]) this.#drafts.delete(draft);
            this.#busy.delete(key);
            if (isAsked()) this.close();
        } catch (problem) {
            if (!this.#busy.delete(key)) return;
            if (!isAsked()) {
                this.#failed(question, problem);
                return;
            }
            this.#setBusy(false);
            element.querySelector('.answer').innerHTML = problemBox(problem, 'ask-problem');
        }
    }
}
