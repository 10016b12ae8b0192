/**
 * Words: these sources name messages by their keys, as in `say('more')`; the build puts the locale's words there
 * instead.
 */

import { COUNTS, DAY_FIRST, DIGITS, WORDS } from './locale.js';

/** Fills the `{placeholders}` of a message in.
 * @param {string} message @param {Object<string, string | number>} values */
export const say = (message, values) => message.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);

/** A text with the locale's digits in it, if they are not 0 to 9.
 * @param {string | number} text */
export const inDigits = (text) => (DIGITS ? String(text).replace(/\d/g, (digit) => DIGITS[digit]) : text);

/** The plural rule of the page's language, once it is needed. */
let rule;

/** A message in its form for a count, by CLDR's names; `other` if a locale or browser lacks that form. Without
 * forms to choose from (COUNTS), it is a text.
 * @param {Object<string, string> | string} forms @param {number} count */
export const sayCount = (forms, count) => {
    if (COUNTS && globalThis.Intl?.PluralRules) rule ??= new Intl.PluralRules(document.documentElement.lang);
    const form = COUNTS ? forms[rule?.select(count)] ?? forms.other : forms;
    return inDigits(say(form, { count }));
};

/** Writes a wall time by a pattern of the locale.
 * @param {string} pattern such as `date_full`
 * @param {Date} wall its UTC fields are the wall's */
export const write = (pattern, wall) => {
    const { weekdays, weekdays_short, months, months_short, day_periods } = WORDS;
    const [month, hour, weekday] = [wall.getUTCMonth(), wall.getUTCHours(), (wall.getUTCDay() + 6) % 7];
    const twoDigits = (number) => String(number).padStart(2, '0');
    return inDigits(say(WORDS[pattern], {
        weekday: weekdays[weekday],
        weekday_short: weekdays_short[weekday],
        day: DAY_FIRST && wall.getUTCDate() === 1 ? DAY_FIRST : wall.getUTCDate(),
        month: months[month],
        month_short: months_short[month],
        month_number: month + 1,
        year: wall.getUTCFullYear(),
        hour: twoDigits(hour),
        hour12: (hour + 11) % 12 + 1,
        minute: twoDigits(wall.getUTCMinutes()),
        day_period: day_periods[+(hour > 11)],
    }));
};

/** HTML with values in it as text; values that are HTML already come as `raw(…)`. The build leaves out line breaks
 * between elements. */
export const html = (parts, ...values) => String.raw({ raw: parts }, ...values.map((value) => (
    typeof value === 'function'
        ? value()
        : String(value).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt()};`)
)));

const filled = new WeakMap();

/** Fills an element with HTML anew, unless it shows that already: nothing is read aloud again, or replaced while it is
 * pressed.
 * @param {Element} element @param {string} shown @returns whether it was filled */
export const refill = (element, shown) => {
    if (filled.get(element) === shown) return false;
    element.innerHTML = shown;
    return filled.set(element, shown);
};

/** HTML as a value of `html`, one piece after the other; nothing if there is none. A function, so that no answer of
 * the endpoint can be one.
 * @param {...(string | string[])} parts */
export const raw = (...parts) => {
    const text = parts.flat().join('');
    return text && (() => text);
};
