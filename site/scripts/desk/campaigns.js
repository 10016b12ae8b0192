/**
 * Campaigns: what links with tracking have said before, kept on this device for the host who is signed in.
 */

/** The most that is kept: the newest. */
const MOST_KEPT = 20;

export const TRACKED = ['campaign', 'source', 'medium'];

/** @param {string} folder the host's */
const storageKey = (folder) => `daymark-campaigns:${folder}`;

/** What was used before, the newest first. @param {string} folder @returns {Object<string, string>[]} */
export const usedBefore = (folder) => {
    try {
        const kept = JSON.parse(localStorage.getItem(storageKey(folder)));
        return Array.isArray(kept) ? kept.filter((one) => one && TRACKED.some((field) => typeof one[field] === 'string')) : [];
    } catch {
        return [];
    }
};

/** Keeps what was used. Where nothing can be kept, nothing is. @param {string} folder @param {Object<string, string>} used */
export const keepUsed = (folder, used) => {
    if (!TRACKED.some((field) => used[field])) return;
    const isSame = (one) => TRACKED.every((field) => (one[field] ?? '') === (used[field] ?? ''));
    try {
        const others = usedBefore(folder).filter((one) => !isSame(one));
        localStorage.setItem(storageKey(folder), JSON.stringify([used, ...others].slice(0, MOST_KEPT)));
    } catch {
        // A private window, or a full store.
    }
};

export const forgetUsed = (folder) => {
    try {
        localStorage.removeItem(storageKey(folder));
    } catch {
        // Then nothing was kept either.
    }
};
