/**
 * Request: the form as the endpoint takes it, and where its answer leads.
 */

import { STATE, visit } from '../visit.js';
import { html } from '../words.js';

/** The parameters that say nothing of the visitor or of where they come from. */
export const OWN = [...STATE, 'slots', 'invite'];

/** How long the page around has to hear what happened, before it is left, in milliseconds. */
const TELLING_MS = 100;
/** How long a frame waits for the page around it to be left, in milliseconds. */
const LEAVING_MS = 3000;

/** Whether the booking at an address was to be paid for, when it was made in this tab. */
export const isPaying = (href) => Object.values(visit.get('paying') ?? {}).includes(href);

/** Notes for this visit that a booking is to be paid for. @returns {boolean | undefined} whether that outlasts the page */
export const notePaying = ({ booking: { id }, manage_url: own }) => visit.set('paying', { ...visit.get('paying'), [id]: own });

/** Leaves for the page where a booking is paid for. That page lets no other frame it, so a frame leaves together with the
 * page around it; where it may not, it shows the booking's own page, which has a link there. */
export const toCheckout = (answer) => {
    const { booking: { id, start }, checkout_url: checkout, manage_url: own } = answer;
    // The provider must not know the booking's own page: the one that it leads back to takes the link from here.
    const lasts = notePaying(answer);
    // Where nothing is kept, nobody would find back: they see that page first, which has the way there.
    if (!lasts) return location.assign(own);
    if (parent === self) return location.assign(checkout);
    dispatchEvent(new CustomEvent('daymark:paying', { detail: { id, start } }));
    const stay = () => location.assign(own);
    setTimeout(() => {
        try {
            top.location = checkout;
            setTimeout(stay, LEAVING_MS);
        } catch {
            stay();
        }
    }, TELLING_MS);
};

/** Has the form send another price for a duration, which its page has shown by now. @param {{ amount: number, currency: string }} price */
export const setPrice = (form, minutes, { amount, currency }) => {
    const name = `price.${minutes}`;
    if (!form.elements[name]) form.insertAdjacentHTML('beforeend', html`<input type="hidden" name="${name}">`);
    form.elements[name].value = `${amount} ${currency}`;
};

/** The form's fields as one object: names are paths into it, but that the price is the chosen duration's.
 * @param {HTMLFormElement} form @param {Object<string, unknown>} choice what was chosen outside the plain fields */
export const bodyOf = (form, choice) => {
    const body = { contact: {}, answers: {}, tracking: {}, ...choice };
    for (const [path, value] of new FormData(form)) {
        const [name, id] = path.split('.');
        if (name === 'price') {
            const [amount, currency] = value.split(' ');
            if (+id === choice.duration_minutes) body.price = { amount: +amount, currency };
            continue;
        }
        const box = form.querySelector(`[type=checkbox][name="${path}"]`);
        if (!id) body[name] ??= value;
        else if (!box) body[name][id] = value;
        else if (box.closest('fieldset')) (body[name][id] ??= []).push(value);
        else body[name][id] = true;
    }
    for (const [name, value] of new URLSearchParams(location.search)) {
        if (!OWN.includes(name)) body.tracking[name] = value;
    }
    return body;
};
