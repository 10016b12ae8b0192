/**
 * Guard: whatever fails in a script, the form as it was sent is there again, with all that was typed and chosen.
 */

import { fill } from './fill.js';
import { DAY } from './zones.js';

const root = document.documentElement;

/** The page's main part and its title as they were sent, once they are here. @type {[HTMLElement, string] | []} */
let sent = [];

/** A field as the plain form has it: its times are days, counted from 1970 in base 36, and minutes of the day. */
const asSent = ([name, value]) => (
    /^(start|offer)$/.test(name) && value > DAY
        ? ['start', `${Math.floor(value / DAY).toString(36)}.${value % DAY / 60}`]
        : [name, value]
);

/** Takes away all that the script has made. */
const giveUp = (error) => {
    console.error(error);
    for (const name of ['js', 'step']) delete root.dataset[name];
    const main = document.querySelector('main');
    const [plain, title] = sent;
    if (!plain || main === plain) return;
    main.replaceWith(plain);
    document.title = title;
    fill(plain, [...new FormData(main.querySelector('form'))]
        .filter(([name]) => /^(contact|answers|location|duration|start|offer)/.test(name))
        .map(asSent));
};

/** Does something; if it fails, now or later, the plain form is back.
 * @param {() => unknown} act */
export const attempt = async (act) => {
    try {
        await act();
    } catch (error) {
        giveUp(error);
    }
};

/** Answers events, within an attempt.
 * @param {EventTarget} target @param {string} type @param {(event: Event) => unknown} act */
export const on = (target, type, act) => target.addEventListener(type, (event) => attempt(() => act(event)));

/** Begins in the head, so that what the script replaces is never painted.
 * @param {() => unknown} act what is done with the page once it is here */
export const begin = (act) => {
    root.dataset.js = '';
    on(document, 'DOMContentLoaded', () => {
        sent = [document.querySelector('main').cloneNode(true), document.title];
        return act();
    });
};
