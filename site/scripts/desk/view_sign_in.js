/**
 * Sign in: the view while nobody is signed in, or while that cannot be known.
 */

import { html, raw, say } from '../words.js';
import { Problem, endpoint } from './endpoint.js';
import { busyAttributes, button, problemBox } from './pieces.js';
import { PATH } from './session.js';

/** Signing in, once on a device: by a link that the site sends, where it sends email, or with the host's key. */
export class SignIn {
    title = say('sign_in.title');
    /** The form that was sent last, by the name of its field: what is wrong with it, and what was asked for. */
    #last;

    /** @param {Desk} desk @param {{ title: string, detail?: string }} [notice] why one has to */
    constructor(desk, notice) {
        this.desk = desk;
        this.notice = notice;
        this.sendsLinks = 'mail' in desk.element.dataset;
    }

    html() {
        const { notice, problem, sendsLinks } = this;
        const told = (of) => (this.#last === of ? problemBox(problem) : '');
        const [host, key] = ['host', 'key'].map(told);
        const byEmail = () => html`
            <form class="sheet sign-in" data-act="send-link" novalidate>
                <h2>${say('sign_in.by_email')}</h2>
                ${raw(host)}
                <p>${say('sign_in.email_lead')}</p>
                <p class="field">
                    <label for="host">${say('sign_in.host')}</label>
                    <input id="host" name="host" autocomplete="username" autocapitalize="none" spellcheck="false"
                        required aria-describedby="${host ? 'problem ' : ''}host-hint"${raw(invalid(host))}>
                    <small id="host-hint">${say('sign_in.host_hint', { address: `${location.host}/aiko/` })}</small>
                </p>
                ${raw(this.#button('send-link', say('sign_in.send'), say('sign_in.sending')))}
            </form>
        `;
        return html`
            ${raw(
                notice && !problem ? html`
                    <div class="notice" role="status"><b>${notice.title}</b>${notice.detail ?? ''}</div>
                ` : '',
                sendsLinks ? byEmail() : '',
            )}
            <form class="sheet sign-in" data-act="sign-in" novalidate>
                ${raw(sendsLinks ? html`<h2>${say('sign_in.by_key')}</h2>` : '', key)}
                ${raw(sendsLinks ? '' : html`<p class="lead">${say('sign_in.lead')}</p>`)}
                <p class="field">
                    <label for="key">${say('sign_in.key')}</label>
                    <input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="none"
                        spellcheck="false" required aria-describedby="${key ? 'problem ' : ''}key-hint"${raw(
                            invalid(key),
                        )}>
                    <small id="key-hint">${say('sign_in.hint')}</small>
                </p>
                ${raw(this.#button('sign-in', say('sign_in.button'), say('sign_in.busy')))}
            </form>
        `;
    }

    #button(act, words, busyWords) {
        const busy = this.desk.busy.has(act) && busyWords;
        return html`<button${raw(busyAttributes(busy))}>${busy || words}</button>`;
    }

    act({ dataset }) {
        if (dataset.act === 'sign-in') this.#send('sign-in', 'key', (key) => this.#signIn(key));
        else if (dataset.act === 'send-link') this.#send('send-link', 'host', (host) => this.#sendLink(host));
        else return false;
        return true;
    }

    /** Does what a form is for with the text of its field; if that fails, says why, and goes to the field. */
    #send(act, name, send) {
        this.desk.do(act, async () => {
            const field = document.getElementById(name);
            this.#last = name;
            this.problem = undefined;
            try {
                await send(field.value.trim());
            } catch (problem) {
                const many = { title: say('sign_in.many'), detail: say('sign_in.many_detail') };
                this.problem = problem.code === 'too_many_requests' ? Object.assign(problem, many) : problem;
                this.desk.render();
                document.getElementById(name).focus();
            }
        });
    }

    async #signIn(key) {
        if (!key) throw missing(say('sign_in.missing'), say('sign_in.missing_detail'));
        try {
            this.desk.signing.open(await endpoint.post(PATH, { key }));
        } catch (problem) {
            const refused = { title: say('sign_in.refused'), detail: say('sign_in.refused_detail') };
            throw problem.code === 'key_refused' ? Object.assign(problem, refused) : problem;
        }
    }

    /** The answer is the same for whoever is no host here: so are the words. */
    async #sendLink(host) {
        if (!host) throw missing(say('sign_in.host_missing'), say('sign_in.host_missing_detail'));
        if (host.includes('@')) throw missing(say('sign_in.host_is_email'), say('sign_in.host_is_email_detail'));
        await endpoint.post('host/session/email', { host });
        this.notice = { title: say('sign_in.sent'), detail: say('sign_in.sent_detail', { host }) };
        this.desk.say(this.notice.title);
    }
}

const missing = (title, detail) => new Problem({ code: 'missing', title, detail });

const invalid = (problem) => (problem ? ' aria-invalid="true"' : '');

/** Nobody knows who is signed in: the endpoint cannot be asked. */
export class Unreachable {
    title = say('view.today');

    /** @param {Problem} problem @param {() => void} again */
    constructor(problem, again) {
        this.problem = problem;
        this.again = again;
    }

    html() {
        return html`
            ${raw(problemBox(this.problem))}
            <p>${raw(button({ act: 'begin', words: say('again') }))}</p>
        `;
    }

    act() {
        this.again();
        return true;
    }
}
