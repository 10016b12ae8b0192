/**
 * Request: the form as the endpoint takes it.
 */

import { STATE } from '../visit.js';

/** The form's fields as one object: names are paths into it.
 * @param {HTMLFormElement} form @param {Object<string, unknown>} choice what was chosen outside the plain fields */
export const bodyOf = (form, choice) => {
    const body = { contact: {}, answers: {}, tracking: {}, ...choice };
    for (const [path, value] of new FormData(form)) {
        const [name, id] = path.split('.');
        const box = form.querySelector(`[type=checkbox][name="${path}"]`);
        if (!id) body[name] ??= value;
        else if (!box) body[name][id] = value;
        else if (box.closest('fieldset')) (body[name][id] ??= []).push(value);
        else body[name][id] = true;
    }
    for (const [name, value] of new URLSearchParams(location.search)) {
        if (![...STATE, 'invite'].includes(name)) body.tracking[name] = value;
    }
    return body;
};
