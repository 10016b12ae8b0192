/**
 * Request: the form as the endpoint takes it, and what the endpoint says.
 */

/** The parameters of the address that are the page's own; all others say where the visitor came from. */
const STATE = ['month', 'date', 'slot', 'duration', 'tz'];

/** The form's fields as one object: names are paths into it.
 * @param {HTMLFormElement} form @param {Object<string, unknown>} choice what was chosen outside the plain fields */
const bodyOf = (form, choice) => {
    const body = { contact: {}, answers: {}, tracking: {}, ...choice };
    for (const [path, value] of new FormData(form)) {
        const [name, id] = path.split(/\.(.*)/s);
        const field = form.elements[path];
        const isList = field.type !== 'checkbox' && field[0]?.type === 'checkbox';
        if (!id) body[name] ??= value;
        else if (field.type === 'checkbox') body[name][id] = field.value === 'true' || [value];
        else if (isList) (body[name][id] ??= []).push(value);
        else body[name][id] = value;
    }
    for (const [name, value] of new URLSearchParams(location.search)) {
        if (!STATE.includes(name)) body.tracking[name] = value;
    }
    return body;
};

/** Sends bookings; the same booking again under the same key, so that a repeat books nothing twice. */
class Request {
    #sent = '';
    #key;

    /** @returns {Promise<{ status: number, answer: Object } | null>} nothing where the network is gone */
    async send(path, body) {
        const text = JSON.stringify(body);
        if (text !== this.#sent) this.#key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join('');
        this.#sent = text;
        try {
            const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': this.#key };
            const response = await fetch(path, { method: 'POST', headers, body: text });
            return { status: response.status, answer: await response.json().catch(() => ({})) };
        } catch {
            return null;
        }
    }
}
