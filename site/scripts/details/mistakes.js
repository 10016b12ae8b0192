/**
 * Mistakes: what is missing, too long or no address, by the endpoint's own rules and in its words. All else, it says.
 */

import { say } from '../words.js';

/** Text with an address in it: the endpoint knows more of addresses. Keyboards for Japanese write these signs too. */
const ADDRESS = /.[@＠﹫](?<domain>.*[^\s@＠﹫].*)$/s;
const DOMAIN = /.[.。．｡﹒]./;

/** The words of a label, without the mark of what is optional. */
const wordsOf = (label) => [...label.childNodes].map(({ data }) => data?.trim()).find(Boolean);

/** What is wrong with a line or a text, if anything is.
 * @param {HTMLInputElement | HTMLTextAreaElement} field */
const wrongText = (field) => {
    const { name, required } = field;
    const { most } = field.dataset;
    const text = field.value.trim();
    const label = wordsOf(field.labels[0]);
    const isLong = [...text].length > most;
    if (name === 'contact.name') {
        if (!text) return say('/endpoint.field.name_missing');
        return isLong && say('/endpoint.field.name_long', { most });
    }
    if (name === 'contact.email') {
        if (!text) return say('/endpoint.field.email_missing');
        const { domain } = text.match(ADDRESS)?.groups ?? {};
        if (!domain) return say('/endpoint.field.email_malformed');
        if (isLong) return say('/endpoint.field.email_long');
        return !DOMAIN.test(domain) && say('/endpoint.field.email_domain');
    }
    if (!text) return required && say('/endpoint.field.answer_missing', { label });
    return isLong && say('/endpoint.field.answer_long', { label, most });
};

/** What is wrong with boxes or buttons to choose from: that nothing is chosen. A question with several answers is
 * required where it is not marked as optional.
 * @param {HTMLInputElement} field the first of them */
const wrongChoice = (field, form) => {
    if (form.querySelector(`[name="${field.name}"]:checked`)) return;
    const group = field.closest('fieldset');
    if (!group) {
        const label = wordsOf(field.labels[0]);
        return field.required && say('/endpoint.field.consent_missing', { label });
    }
    const legend = group.querySelector('legend');
    return !legend.querySelector('small') && say('/endpoint.field.choice_missing', { label: wordsOf(legend) });
};

/** The errors of the form's fields, in their order.
 * @param {HTMLFormElement} form @returns {{ field: string, message: string }[]} */
export const mistakes = (form) => {
    const fields = [...form.querySelectorAll('.field [id]')];
    return fields
        .map((field) => ({
            field: field.name,
            message: /radio|checkbox/.test(field.type) ? wrongChoice(field, form) : wrongText(field),
        }))
        .filter(({ message }) => message);
};
