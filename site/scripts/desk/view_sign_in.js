/**
 * Sign in: the view while nobody is signed in, or while that cannot be known.
 */

import { html, raw, say } from '../words.js';
import { Problem, endpoint } from './endpoint.js';
import { busyAttributes, button, problemBox } from './pieces.js';

/** Signing in: with the host's key, once on a device. */
export class SignIn {
    title = say('sign_in.title');

    /** @param {Desk} desk @param {{ title: string, detail?: string }} [notice] why one has to */
    constructor(desk, notice) {
        this.desk = desk;
        this.notice = notice;
    }

    html() {
        const { desk, notice, problem } = this;
        const busy = desk.busy.has('sign-in') && say('sign_in.busy');
        return html`
            <form class="sheet sign-in" data-act="sign-in" novalidate>
                ${raw(notice && !problem ? html`
                    <div class="notice" role="status"><b>${notice.title}</b>${notice.detail ?? ''}</div>
                ` : '')}
                ${raw(problemBox(problem))}
                <p class="lead">${say('sign_in.lead')}</p>
                <p class="field">
                    <label for="key">${say('sign_in.key')}</label>
                    <input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="none"
                        spellcheck="false" required aria-describedby="${problem ? 'problem ' : ''}key-hint"${raw(
                            problem ? ' aria-invalid="true"' : '',
                        )}>
                    <small id="key-hint">${say('sign_in.hint')}</small>
                </p>
                <button${raw(busyAttributes(busy))}>${busy || say('sign_in.button')}</button>
            </form>
        `;
    }

    act({ dataset }) {
        if (dataset.act !== 'sign-in') return false;
        this.desk.do('sign-in', () => this.#signIn());
        return true;
    }

    async #signIn() {
        const key = document.getElementById('key').value.trim();
        this.problem = undefined;
        try {
            const missing = { code: 'missing', title: say('sign_in.missing'), detail: say('sign_in.missing_detail') };
            if (!key) throw new Problem(missing);
            this.desk.signing.open(
                await endpoint.post(`host/session?locale=${document.documentElement.lang}`, { key }),
            );
        } catch (problem) {
            const own = {
                key_refused: { title: say('sign_in.refused'), detail: say('sign_in.refused_detail') },
                too_many_requests: { title: say('sign_in.many'), detail: say('sign_in.many_detail') },
            };
            this.problem = Object.assign(problem, own[problem.code]);
            this.desk.render();
            document.getElementById('key').focus();
        }
    }
}

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
