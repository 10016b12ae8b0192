/**
 * Locale: the dates and numbers of the page's language. The build puts each locale's own values here.
 */

/** Names of weekdays and months, and the patterns of dates. */
export const WORDS = {
    weekdays: [],
    weekdays_short: [],
    months: [],
    months_short: [],
    day_periods: [],
    week_start: 1,
    date_full: '',
    date: '',
    month: '',
    time: '',
};

/** The digits of the locale's numbers, if they are not 0 to 9; else nothing. */
export const DIGITS = '';

/** The first of a month, if dates do not write it as a number. */
export const DAY_FIRST = '';

/** What the places of zones are called, by all names of the zones, where it is not the last part of the name. */
export const CITIES = {};

/** How money is written: a pattern for each currency, by its code, and what stands between digits. */
export const MONEY = { group: '', decimal: '.', patterns: {} };

/** True if the language has several forms for counts. */
export const COUNTS = false;
