/**
 * Known: forms on other pages of this origin, whose visitors can have their name and address kept in this browser, so
 * that meeting pages know them. Nothing is read but the fields that the form's author has named.
 */

import { remember, remembered, sound } from './device.js';
import { say } from './words.js';

const FORM = 'form[data-daymark-known]';
const BOX = '[type=checkbox][data-daymark=remember]';

/** What stands in the fields of those kinds: of a name, its parts as the form orders them. */
const textOf = (form, kinds) => [...form.elements].map(({ dataset, value }) => (kinds.test(dataset.daymark) ? value : ''))
    .join(' ').replace(/\s+/g, ' ').trim();

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** Asks whether they want to be remembered: by the author's own box, or by one before the button that sends. */
const ask = (form) => {
    let box = form.querySelector(BOX);
    if (box?.isAsked) return undefined;
    if (!box) {
        box = make('input', { type: 'checkbox' });
        box.dataset.daymark = 'remember';
        const label = make('label');
        label.append(box, say('known.here'));
        form.querySelector('[type=submit], button:not([type])')?.before(label);
    }
    // A consent is the visitor's: no author ticks it.
    if (box.defaultChecked) box.checked = box.defaultChecked = false;
    box.isAsked = true;
    const place = box.labels[0] ?? box;
    // Where nothing can be kept, nobody is asked.
    if (!remember(remembered())) return place.remove();
    const told = make('div', { role: 'status' });
    const forget = () => {
        remember();
        box.checked = false;
        box.focus();
        told.textContent = say('known.forgotten');
    };
    if (remembered()) told.append(make('button', { type: 'button', textContent: say('known.forget'), onclick: forget }));
    box.addEventListener('change', () => box.checked || forget());
    return place.after(told);
};

/** Asks whoever comes to a form, which may have come late. Keeps who has sent it, if they want that: also where a script
 * sends it, or reads it to do so. */
const attend = ({ type, target }) => {
    const form = target.closest(FORM);
    if (!form) return;
    ask(form);
    const person = sound({ name: textOf(form, /name$/), email: textOf(form, /^email$/) });
    if (type !== 'focusin' && person && form.querySelector(BOX)?.checked) remember(person);
};

if (new URL(document.currentScript?.src ?? location).origin === location.origin) {
    for (const type of ['submit', 'formdata', 'focusin']) addEventListener(type, attend, true);
    for (const form of document.querySelectorAll(FORM)) ask(form);
} else {
    console.warn('known.js is of another origin');
}
