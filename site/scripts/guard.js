/**
 * Guard: whatever fails in a script, the plain form is shown again. It was never taken away: styles show it, with all
 * that was typed and chosen, where the page is at no step of the script's.
 */

const root = document.documentElement;

// Taken before anything is shown: what can show a step can also show the plain form, whatever becomes of the page.
const setStep = root.setAttribute.bind(root, 'data-step');

/** Properties of elements whose loss throws nothing: what is set has no effect, and what is read is nothing. */
const SILENT = ['checked', 'hidden', 'id', 'innerHTML', 'name', 'tabIndex', 'textContent', 'type', 'value'];
const input = document.createElement('input');

/** True once something has failed: from then on, the script does nothing. */
let over = false;

/** Shows a step of the booking.
 * @param {'times' | 'details' | 'plain'} step */
export const show = (step) => over || setStep(step);

/** Does something; if it fails, now or later, the plain form is back.
 * @param {() => unknown} act */
export const attempt = async (act) => {
    try {
        if (over) return;
        if (!SILENT.every((name) => name in input)) throw new TypeError('A property is missing');
        await act();
    } catch (error) {
        show('plain');
        over = true;
        document.querySelector('form').noValidate = false;
        console.error(error);
    }
};

/** Answers events, within an attempt.
 * @param {EventTarget} target @param {string} type @param {(event: Event) => unknown} act */
export const on = (target, type, act) => target.addEventListener(type, (event) => attempt(() => act(event)));
