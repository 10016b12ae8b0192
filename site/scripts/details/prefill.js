/**
 * Prefill: what the link says of its visitor, as plain text into the fields.
 */

import { OWN } from './request.js';

/** Languages in which the family's name comes first. */
const FAMILY_FIRST = /^(ja|zh|ko|hu|vi)\b/;

/** The parameters of the address by their names in small letters, the first of each; but the page's own.
 * @returns {Map<string, string>} */
const parameters = () => {
    const known = new Map();
    for (const [name, value] of new URLSearchParams(location.search)) {
        const small = name.toLowerCase();
        if (value.trim() && !known.has(small) && !OWN.includes(name)) known.set(small, value.trim());
    }
    return known;
};

/** What the link says, as one text. */
export const linkSays = () => JSON.stringify([...parameters()]);

/** A whole name from its parts, as the page's language orders them. */
const joined = (first = '', last = '') => {
    const parts = FAMILY_FIRST.test(document.documentElement.lang) ? [last, first] : [first, last];
    return parts.filter(Boolean).join(' ');
};

/** Puts a text into a field, cut to what it takes. */
const put = (field, text) => {
    field.value = Array.from(text).slice(0, field.dataset.most ?? Infinity).join('');
};

/** Chooses the answers that a text names, by their ids or as they are read; several are parted by commas. */
const choose = (boxes, text) => {
    const wanted = [text, ...text.split(',')].map((one) => one.trim().toLowerCase());
    for (const box of boxes) {
        const names = [box.value, box.labels[0].textContent].map((name) => name.trim().toLowerCase());
        if (names.some((name) => name && wanted.includes(name))) box.checked = true;
    }
};

/** Fills in what the link says: `name` or its parts, `email`, `location`, and answers by their questions' ids, by their
 * numbers (`a1`), or a telephone number where one is asked for. A consent is nobody's but the visitor's.
 * @param {HTMLFormElement} form */
export const prefill = (form) => {
    const known = parameters();
    if (!known.size) return;
    const { elements } = form;
    const name = known.get('name') ?? joined(known.get('first_name'), known.get('last_name'));
    if (name) put(elements['contact.name'], name);
    if (known.has('email')) put(elements['contact.email'], known.get('email'));
    if (elements.location && known.has('location')) put(elements.location, known.get('location'));
    const questions = new Set(Array.from(form.querySelectorAll('[name^="answers."]'), (field) => field.name));
    const phones = form.querySelectorAll('[name^="answers."][type=tel]');
    [...questions].forEach((path, index) => {
        const fields = form.querySelectorAll(`[name="${path}"]`);
        const [field] = fields;
        const phone = phones.length === 1 && field === phones[0] ? known.get('phone') : undefined;
        const text = known.get(path.slice('answers.'.length).toLowerCase()) ?? known.get(`a${index + 1}`) ?? phone;
        if (!text || field.closest('.consent')) return;
        if (/radio|checkbox/.test(field.type)) choose(fields, text);
        else put(field, text);
    });
};
