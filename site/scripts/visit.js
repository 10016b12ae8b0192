/**
 * Visit: data that is kept while this tab is open, in its storage if the browser lets us keep anything there, and the
 * parameters of the address.
 */

/** The parameters of the address that are the page's own; all others say where the visitor came from. */
export const STATE = ['month', 'date', 'slot', 'duration', 'tz'];

/** What is kept where storage is refused, as in private windows: it lasts as long as the page. */
const kept = new Map();

export const visit = {
    /** @param {string} key */
    get(key) {
        try {
            return JSON.parse(sessionStorage.getItem(`daymark:${key}`)) ?? kept.get(key);
        } catch {
            return kept.get(key);
        }
    },
    /** @param {string} key @param {unknown} value @returns {boolean | undefined} whether it outlasts the page */
    set(key, value) {
        kept.set(key, value);
        try {
            sessionStorage.setItem(`daymark:${key}`, JSON.stringify(value));
            return true;
        } catch {
            // It is in `kept`.
        }
    },
};
