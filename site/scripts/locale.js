/**
 * Locale: how the page's language writes dates and numbers. The build puts each locale's own values here.
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

/** The digits that numbers are written with, where they are others than ours; else nothing. */
export const DIGITS = '';

/** How the first of a month is written, where that is special. */
export const DAY_FIRST = '';

/** Whether the language has several forms for counts. */
export const COUNTS = false;
