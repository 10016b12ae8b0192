/**
 * Device: the name and address of one person, kept in this browser if they want that.
 */

const KEY = 'daymark:known';
/** Characters of a name or address that is believed. */
const MOST = 254;

/** A person whose name and address can be ones; otherwise nobody.
 * @param {{ name: unknown, email: unknown } | null} person */
export const sound = (person) => {
    const { name, email } = person ?? {};
    const isSound = [name, email].every((text) => typeof text === 'string' && text && text.length <= MOST);
    return isSound && /.@.+\../.test(email) ? { name, email } : undefined;
};

/** Who is kept; nobody where storage is refused, or holds anything else.
 * @returns {{ name: string, email: string } | undefined} */
export const remembered = () => {
    try {
        return sound(JSON.parse(localStorage.getItem(KEY)));
    } catch {
        return undefined;
    }
};

/** Keeps somebody, or nobody any more.
 * @param {{ name: string, email: string }} [person] @returns {boolean} whether that is so now */
export const remember = (person) => {
    try {
        // Where there is no room, nothing can be kept either.
        localStorage.setItem(KEY, JSON.stringify(person ?? null));
        if (!person) localStorage.removeItem(KEY);
        return true;
    } catch {
        return false;
    }
};

/** Whether that is what an event of the storage is about, which comes from another tab.
 * @param {StorageEvent} event */
export const isAboutIt = ({ key }) => !key || key === KEY;
