/**
 * Invite: an invitation to one of the host's own pages, as a link to send; and those that were made in this visit, or
 * before, to withdraw. The endpoint keeps nothing of one before it is used, so only here is a list.
 */

import { html, inDigits, raw, say, sayCount } from '../words.js';
import { copy } from './clipboard.js';
import { Problem, endpoint } from './endpoint.js';
import { languageName, localesOf, pageNamed } from './pages.js';
import { busyAttributes, button, dateInWords, now, problemBox, seconds } from './pieces.js';
import { SharingView } from './sharing.js';

const USUAL = { name: '', email: '', uses: '1', days: '30', duration: '', locale: '', from: '', until: '', free: '' };

/** A number in digits of any width; else what was typed, for the endpoint to refuse.
 * @param {string} text @returns {number | string} */
const numberIn = (text) => {
    const typed = text.normalize('NFKC').trim();
    return /^\d+$/.test(typed) ? Number(typed) : typed;
};

export class InviteView extends SharingView {
    title = say('invite.title');
    /** What is wanted, as it was typed; the invitations that were made, the newest first; and a link to withdraw.
     * @type {{ wanted: Object<string, string>, made: Object[], pasted: string }} */
    draft = this.desk.store.draft(`invite/${this.argument}`, { wanted: { ...USUAL }, made: [], pasted: '' });
    /** What the fields begin with: they are not written again while somebody types. */
    first = { ...this.draft.wanted, pasted: this.draft.pasted };
    /** What is wrong with fields. @type {{ field: string, message: string }[]} */
    errors = [];

    get page() {
        return pageNamed(this.desk, this.argument);
    }

    get #isOwn() {
        return this.page?.host.folder === this.desk.session.host.folder;
    }

    async load() {
        if (!this.#isOwn) await super.load();
    }

    get ready() {
        return this.page ?? this.desk.store.listed;
    }

    /** The request for what is wanted. */
    get #request() {
        const { uses, days, duration, free, locale, ...texts } = this.draft.wanted;
        return {
            ...texts,
            page: this.argument,
            uses: numberIn(uses),
            days: numberIn(days),
            duration: duration ? +duration : null,
            free: Boolean(free),
            locale: locale || localesOf(this.page)[0],
        };
    }

    /** The invitation that was made by the same request, and works still. */
    get #same() {
        const asked = JSON.stringify(this.#request);
        return this.draft.made.find((one) => one.asked === asked && !one.isWithdrawn && seconds(one.expires) > now());
    }

    html() {
        const { page } = this;
        if (!page) return this.missing();
        if (!this.#isOwn) {
            return html`
                <p class="lead">${say('invite.of_another', { name: page.host.name })}</p>
                ${raw(this.back())}
            `;
        }
        return html`
            <p class="lead">${say('invite.lead', { title: page.title })}</p>
            ${raw(this.#form(), this.#list(), this.#earlier())}
            <p><a class="go back" href="#share/${page.page}">${say('suggest.back')}</a></p>
        `;
    }

    #form() {
        const { desk, page, draft: { wanted } } = this;
        const locales = localesOf(page);
        const minutes = [...page.durations].sort((one, other) => one - other);
        const number = { mode: 'numeric' };
        const hasDates = ['from', 'until'].some((id) => this.first[id] || this.#error(id));
        return html`
            <form class="sheet invite" data-act="make" novalidate>
                ${raw(problemBox(desk.problems.get('invite')))}
                <div class="pair">
                    ${raw(
                        this.#field('name', say('suggest.name'), { optional: true, about: 'whom' }),
                        this.#field('email', say('suggest.email'), { optional: true, about: 'whom', type: 'email' }),
                    )}
                </div>
                <p class="hint" id="whom">${say('invite.whom')}</p>
                <div class="pair">
                    ${raw(
                        this.#field('uses', say('invite.uses'), number),
                        this.#field('days', say('invite.days'), number),
                    )}
                </div>
                <div class="pair">
                    ${raw(
                        this.select({
                            id: 'duration', label: say('link.duration'), value: wanted.duration,
                            options: minutes.length > 1
                                ? [['', say('link.any_duration')], ...minutes.map((one) => [`${one}`, sayCount('minutes', one)])]
                                : [],
                            error: this.#error('duration'),
                        }),
                        this.select({
                            id: 'locale', label: say('link.locale'), value: wanted.locale || locales[0],
                            options: locales.map((locale) => [locale, languageName(locale)]),
                            error: this.#error('locale'),
                        }),
                    )}
                </div>
                ${raw(page.has_price ? this.box({
                    id: 'free', label: say('invite.free'), checked: wanted.free, error: this.#error('free'),
                }) : '')}
                <details id="dates"${raw(hasDates ? ' open' : '')}>
                    <summary>${say('invite.dates')}</summary>
                    <div class="pair">
                        ${raw(
                            this.#field('from', say('invite.from'), { type: 'date', about: 'zone' }),
                            this.#field('until', say('invite.until'), { type: 'date', about: 'zone' }),
                        )}
                    </div>
                    <p class="hint" id="zone">${say('invite.zone', { zone: desk.zone.city })}</p>
                </details>
                ${raw(this.#buttons())}
            </form>
        `;
    }

    #field(id, label, more) {
        return this.input({ id, label, value: this.first[id], error: this.#error(id), ...more });
    }

    #error(id) {
        return this.errors.find(({ field }) => field === id)?.message;
    }

    /** What was made once is copied by a second press, and made again only where that is wanted. */
    #buttons() {
        const busy = this.desk.busy.has('invite') && say('invite.making');
        const same = this.#same;
        return html`
            <p class="actions">
                <button${raw(busyAttributes(busy))}>${busy || (same ? say('share.copy') : say('invite.make'))}</button>
                ${raw(same && !busy ? [
                    this.shareButton(same.id),
                    button({ act: 'another', words: say('invite.another'), kind: 'quiet-button' }),
                ] : '')}
            </p>
            <p class="hint">${same ? say('invite.same') : say('invite.use')}</p>
        `;
    }

    #list() {
        const { made } = this.draft;
        return made.length ? html`
            <section aria-labelledby="made">
                <h2 id="made">${say('invite.made')}</h2>
                <p class="hint">${say('invite.made_hint')}</p>
                ${raw(made.map((one) => this.#card(one)))}
            </section>
        ` : '';
    }

    #card(invite) {
        const { id, link, isWithdrawn } = invite;
        const name = this.#nameOf(invite);
        return html`
            <article class="card invitation${isWithdrawn ? ' off' : ''}" id="i-${id}" tabindex="-1" aria-labelledby="w-${id}">
                <div class="when">
                    <h3 class="name" id="w-${id}">${name}</h3>
                    ${raw(isWithdrawn ? html`<span class="mark">${say('invite.withdrawn')}</span>` : '')}
                </div>
                <p class="facts">${raw(this.#facts(invite).map((fact) => html`<span>${fact}</span>`))}</p>
                ${raw(isWithdrawn ? '' : html`
                    <p class="field"><input id="link-${id}" readonly value="${link}" aria-label="${say('link.result')}" aria-describedby="w-${id}"></p>
                    <p class="actions">
                        ${raw(
                            button({ act: 'copy', id, words: say('share.copy'), kind: 'quiet-button', about: `w-${id}` }),
                            this.shareButton(id, `w-${id}`),
                            button({ act: 'withdraw', id, words: say('invite.withdraw'), kind: 'danger-outline', about: `w-${id}` }),
                        )}
                    </p>
                    <details id="qr-${id}">
                        <summary>${say('qr.title')}</summary>
                        ${raw(this.code(link, id))}
                    </details>
                `)}
            </article>
        `;
    }

    #nameOf({ name, email }) {
        return name || email || say('invite.anybody');
    }

    #facts({ name, email, uses, expires, duration, free, from, until }) {
        const { zone } = this.desk;
        const dates = { from: from && dateInWords(from), until: until && dateInWords(until) };
        return [
            name && email,
            sayCount('campaigns.bookings', uses),
            duration && sayCount('minutes', duration),
            free && say('invite.is_free'),
            from && until ? say('invite.between', dates) : from ? say('invite.since', dates) : until && say('invite.to', dates),
            say('invite.expires', { date: dateInWords(zone.date(seconds(expires))), time: zone.time(seconds(expires)) }),
        ].filter(Boolean).map(inDigits);
    }

    /** One that was made elsewhere is withdrawn by its link. */
    #earlier() {
        return html`
            <details class="sheet" id="earlier"${raw(this.#error('pasted') ? ' open' : '')}>
                <summary>${say('invite.earlier')}</summary>
                <form data-act="withdraw-pasted" novalidate>
                    <p>${say('invite.earlier_text')}</p>
                    ${raw(this.#field('pasted', say('link.result')))}
                    <p class="actions"><button class="danger-outline">${say('invite.withdraw')}</button></p>
                </form>
            </details>
        `;
    }

    changed({ checked, id, value }) {
        if (id === 'pasted') this.draft.pasted = value;
        else if (id === 'free') this.draft.wanted.free = checked ? 'free' : '';
        else if (id in USUAL) this.draft.wanted[id] = value;
        else return;
        this.errors = this.errors.filter(({ field }) => field !== id);
        this.desk.render();
    }

    act({ dataset: { act, id } }) {
        const invite = this.draft.made.find((one) => one.id === id);
        if (act === 'make' && this.#same) this.#copy(this.#same);
        else if (act === 'make' || act === 'another') this.desk.do('invite', () => this.#make());
        else if (act === 'withdraw-pasted') this.#withdrawPasted();
        else if (!invite) return false;
        else if (act === 'copy') this.#copy(invite);
        else if (act === 'share') this.share(this.page.title, invite.link);
        else if (act === 'save') this.saveCode(invite.link, this.#nameOf(invite));
        else if (act === 'withdraw') this.#ask(invite.link, say('invite.withdraw_title', { name: this.#nameOf(invite) }));
        else return false;
        return true;
    }

    #copy({ id, link }) {
        this.copy({ 'text/plain': link }, say('share.copied'), `link-${id}`);
    }

    async #make() {
        const { desk, draft } = this;
        const request = this.#request;
        this.errors = [];
        let made;
        try {
            made = await endpoint.post('host/invites', request);
        } catch (problem) {
            const isAtField = ({ field }) => field in USUAL && document.getElementById(field);
            if (problem.errors?.length && problem.errors.every(isAtField)) return this.#refuse(problem.errors);
            // What was made and never arrived is known to nobody, and nothing of it is kept.
            if (problem.code !== 'unsure') throw problem;
            throw new Problem({ code: 'offline', title: say('offline.title'), detail: say('offline.detail') });
        }
        draft.made.unshift({ ...made, asked: JSON.stringify(request) });
        const copied = await copy({ 'text/plain': made.link });
        desk.say(copied ? say('invite.done_copied') : say('invite.done'), true);
    }

    /** Says what is wrong beside the fields, and goes to the first. */
    #refuse(errors) {
        this.errors = errors;
        this.desk.render();
        this.desk.screen.place.querySelector('[aria-invalid]')?.focus();
    }

    #withdrawPasted() {
        const { pasted } = this.draft;
        if (!/invite=/.test(pasted)) return this.#refuse([{ field: 'pasted', message: say('invite.no_link') }]);
        this.#ask(pasted, say('invite.withdraw_this'));
    }

    #ask(link, title) {
        const { desk, draft } = this;
        desk.ask.open({
            key: `withdraw ${link}`,
            title,
            text: say('invite.withdraw_text'),
            confirm: say('invite.withdraw'),
            keep: say('cancel.keep'),
            busy: say('invite.withdrawing'),
            act: desk.guarded(async () => {
                const { id } = await this.#withdraw(link);
                for (const one of draft.made) one.isWithdrawn ||= one.id === id;
                if (link === draft.pasted) {
                    draft.pasted = '';
                    const field = document.getElementById('pasted');
                    if (field) field.value = '';
                }
                desk.say(say('invite.withdrawn_done'), true);
            }),
        });
    }

    async #withdraw(invite) {
        try {
            return await endpoint.post('host/invites/withdraw', { invite });
        } catch (problem) {
            if (problem.code !== 'invite_refused') throw problem;
            throw Object.assign(problem, { title: say('invite.refused'), detail: say('invite.refused_detail') });
        }
    }
}
