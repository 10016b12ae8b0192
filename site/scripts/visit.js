/**
 * Visit: data that is kept while this tab is open, if the browser lets us keep anything.
 */

export const visit = {
    /** @param {string} key */
    get(key) {
        try {
            return JSON.parse(sessionStorage.getItem(`daymark:${key}`));
        } catch {
            return null;
        }
    },
    /** @param {string} key @param {unknown} value */
    set(key, value) {
        try {
            sessionStorage.setItem(`daymark:${key}`, JSON.stringify(value));
        } catch {
            // Private windows may refuse; then nothing is kept.
        }
    },
};
