/**
 * Known: the visitor's name and address, kept in this browser if they want that, so that their next booking needs neither.
 */

import { isAboutIt, remember, remembered } from '../device.js';
import { html, say } from '../words.js';

export class Known {
    /** @param {HTMLFormElement} form @param {(text: string) => void} announce
     * @param {() => void} changed called once somebody else, or nobody, is known in another tab */
    constructor(form, announce, changed) {
        this.announce = announce;
        this.fields = ['contact.name', 'contact.email'].map((name) => form.elements[name]);
        this.places = this.fields.map((field) => field.closest('.field'));
        const person = remembered();
        // Where nothing can be kept, nobody is asked.
        if (!remember(person)) return;
        this.places[0].insertAdjacentHTML('beforebegin', html`
            <p class="known js" hidden><span></span> <button type="button" class="link">${say('known.other')}</button></p>
        `);
        this.places[1].insertAdjacentHTML('afterend', html`
            <p class="remember js">
                <label><input type="checkbox">${say('known.keep')}</label>
                <button type="button" class="link" hidden>${say('known.forget')}</button>
            </p>
        `);
        this.line = this.places[0].previousElementSibling;
        const place = this.places[1].nextElementSibling;
        this.box = place.querySelector('input');
        this.forgetting = place.querySelector('button');
        this.forgetting.hidden = !person;
        this.box.addEventListener('change', () => this.box.checked || this.#forget());
        this.#press(this.forgetting, () => {
            this.#forget();
            this.#empty();
        });
        this.#press(this.line.querySelector('button'), () => this.#empty());
        if (person) this.#show(person);
        addEventListener('storage', (event) => {
            if (this.line.hidden || !isAboutIt(event) || this.isAll) return;
            changed();
            this.forgetting.hidden = !remembered();
            this.#ask();
        });
    }

    /** Whether all of the contact is what this device knows, and not what the link says. */
    get isAll() {
        const { name, email } = remembered() ?? {};
        const [named, addressed] = this.fields.map(({ value }) => value);
        return Boolean(this.line && !this.line.hidden && named === name && addressed === email);
    }

    /** Who is known, in one line. */
    get words() {
        return this.fields.map(({ value }) => value.trim()).join(say('/desk.script.comma'));
    }

    /** Shows the fields, as something in them is to be looked at. */
    open() {
        for (const place of this.places) place.hidden = false;
        if (this.line) this.line.hidden = true;
    }

    /** Keeps whom a booking was made for, if they want that. */
    settle() {
        const [name, email] = this.fields.map(({ value }) => value.trim());
        if (this.box?.checked) remember({ name, email });
    }

    /** Puts who is known in place of the fields, unless these say somebody else. */
    #show(person) {
        const known = [person.name, person.email];
        if (this.fields.every(({ value }) => !value)) this.fields.forEach((field, at) => { field.value = known[at]; });
        if (this.fields.some(({ value }, at) => value !== known[at])) return;
        this.box.checked = true;
        this.line.firstChild.textContent = this.words;
        this.line.hidden = false;
        for (const place of this.places) place.hidden = true;
    }

    #forget() {
        remember();
        this.box.checked = false;
        this.forgetting.hidden = true;
        this.announce(say('known.forgotten'));
    }

    /** Somebody else books: they are asked anew, also whether they want to be kept. */
    #empty() {
        this.#ask();
        this.fields[0].focus();
    }

    #ask() {
        this.open();
        this.box.checked = false;
        for (const field of this.fields) field.value = '';
        this.fields[0].dispatchEvent(new Event('input', { bubbles: true }));
    }

    /** A button of its own, which is not the way back to the times. */
    #press(button, act) {
        button.addEventListener('click', (event) => {
            event.stopPropagation();
            act();
        });
    }
}
