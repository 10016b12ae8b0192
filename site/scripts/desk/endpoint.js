/**
 * Endpoint: asks the booking endpoint as the host who is signed in. A failure gives its reason, in words.
 */

import { say } from '../words.js';

/** The reason why something was not done. */
export class Problem extends Error {
    /** @param {{ code: string, title: string, detail: string, errors?: { message: string }[],
     * alternatives?: number[] }} told */
    constructor(told) {
        super(told.title);
        this.code = told.code;
        this.title = told.title;
        this.detail = told.detail;
        this.errors = told.errors ?? [];
        this.alternatives = told.alternatives ?? [];
    }
}

export const endpoint = {
    /** @param {string} path below `/api/` */
    get: (path) => endpoint.ask(path, {}),

    /** @param {string} path below `/api/` @param {Object} [body] */
    post: (path, body = {}) => endpoint.ask(path, { method: 'POST', body: JSON.stringify(body) }),

    /** @param {string} path @param {RequestInit} request */
    async ask(path, request) {
        const response = await endpoint.fetch(`/api/${path}`, request);
        const answer = await response.json().catch(() => null);
        if (answer) return answer;
        throw new Problem({ code: 'failed', title: say('failed.title'), detail: say('failed.detail') });
    },

    /** @param {string} address @param {RequestInit} [request] @returns {Promise<Response>} one that is not a refusal */
    async fetch(address, request = {}) {
        const headers = { 'Accept-Language': document.documentElement.lang };
        if (request.body) headers['Content-Type'] = 'application/json';
        const wasOnline = navigator.onLine;
        let response;
        try {
            // Free times may be kept for a while; a host wants them as they are.
            response = await fetch(address, { cache: 'no-store', ...request, headers });
        } catch {
            // What has left may have been done, and its answer lost, perhaps with the connection.
            if (request.method && wasOnline) {
                throw new Problem({ code: 'unsure', title: say('unsure.title'), detail: say('unsure.detail') });
            }
            throw new Problem({ code: 'offline', title: say('offline.title'), detail: say('offline.detail') });
        }
        if (response.ok) return response;
        const told = await response.json().catch(() => null);
        throw new Problem({ code: 'failed', title: say('failed.title'), detail: say('failed.detail'), ...told });
    },
};
