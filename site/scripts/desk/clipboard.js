/**
 * Clipboard: copies as browsers of every age allow it.
 */

/** Copies what is written in each of these media types. HTML is copied the older way first, which takes it as it is:
 * the newer one drops styles that this page's own policy does not allow, though they are for an email.
 * @param {Object<string, string>} types with `text/plain` @returns {Promise<boolean>} whether it was copied */
export const copy = async (types) => {
    const ways = [copyByClipboard, copyByCommand];
    if (types['text/html']) ways.reverse();
    return await ways[0](types) || ways[1](types);
};

const copyByClipboard = async (types) => {
    try {
        const blobs = Object.entries(types).map(([type, text]) => [type, new Blob([text], { type })]);
        if (blobs.length === 1) await navigator.clipboard.writeText(types['text/plain']);
        else await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
        return true;
    } catch {
        return false;
    }
};

const copyByCommand = (types) => {
    let copied = false;
    const put = (event) => {
        for (const [name, text] of Object.entries(types)) event.clipboardData.setData(name, text);
        event.preventDefault();
        copied = true;
    };
    document.addEventListener('copy', put);
    try {
        document.execCommand('copy');
        return copied;
    } catch {
        return false;
    } finally {
        document.removeEventListener('copy', put);
    }
};
