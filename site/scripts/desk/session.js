/**
 * Session: who is signed in on this device. It is one session for all of the browser's tabs.
 */

import { say } from '../words.js';
import { DAY } from '../zones.js';
import { endpoint } from './endpoint.js';
import { now, seconds } from './pieces.js';

/** The remaining seconds below which a session is renewed: an hour after it was. */
const RENEW = 14 * DAY - 3600;

/** The address of the session, in the language of the page. */
export const PATH = `host/session?locale=${document.documentElement.lang}`;

export class Session {
    /** The session as the endpoint tells it; nothing while nobody is signed in. @type {Object | undefined} */
    current;
    /** The channel on which this browser's tabs say who is signed in. */
    #tabs = new BroadcastChannel('daymark-host');
    #opened;
    #closed;

    /** @param {(session: Object) => void} opened
     * @param {(title?: string, detail?: string) => void} closed with the reason */
    constructor(opened, closed) {
        this.#opened = opened;
        this.#closed = closed;
        this.#tabs.onmessage = ({ data: folder }) => this.#heard(folder);
    }

    /** Reads who is signed in on this device. Nobody is not an error: then the host signs in. Fails if that cannot
     * be known. */
    async begin() {
        try {
            this.open(await endpoint.get(PATH));
        } catch (problem) {
            if (this.current) return;
            if (problem.code !== 'key_refused') throw problem;
            this.#close();
        }
    }

    /** Lets the session last longer, where it is used: by that, the host's other devices know when it was. */
    async renew() {
        if (seconds(this.current.expires_at) - now() > RENEW) return;
        Object.assign(this.current, await endpoint.post(PATH));
    }

    /** @param {Object} session of a host who has just signed in */
    open(session) {
        this.current = session;
        this.#tabs.postMessage(session.host.folder);
        this.#opened(session);
    }

    /** Another tab has signed somebody in, or out: nothing of the former host's is shown, or changed, as if it were the
     * new one's. @param {string | null} folder whose session it is now */
    #heard(folder) {
        if (folder === (this.current?.host.folder ?? null)) return;
        if (folder) location.reload();
        else this.#close(say('sign_in.ended'));
    }

    /** The session was ended here, and so in every tab. */
    end() {
        this.#tabs.postMessage(null);
        this.#close(say('sign_in.ended'));
    }

    /** True if something failed because the session is over; then one has to sign in again. @param {Problem} problem */
    isOver(problem) {
        if (problem.code !== 'key_refused') return false;
        if (this.current) this.#close(say('sign_in.over'), say('sign_in.over_detail'));
        return true;
    }

    #close(title, detail) {
        this.current = undefined;
        this.#closed(title, detail);
    }
}
