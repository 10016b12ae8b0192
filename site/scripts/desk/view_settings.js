/**
 * Settings: the feed for one's own calendar, and signing out.
 */
class SettingsView extends View {
    title = say('view.settings');

    html() {
        const { desk } = this;
        const { host, expires_at: until, feed_url: feed } = desk.session;
        const date = write('date_full', desk.zone.wall(seconds(until)));
        return html`<p class="lead">${say('settings.signed_in', { name: host.name, date })}</p>
            <section class="sheet" aria-labelledby="feed"><h2 id="feed">${say('settings.feed')}</h2><p>${say('settings.feed_lead')}</p>
            <p class="field"><label for="feed-address" class="unseen">${say('settings.feed')}</label><input id="feed-address" readonly value="${feed}"></p>
            <p>${[button({ act: 'copy', words: say('settings.copy'), kind: 'quiet-button' })]}</p><p class="hint">${say('settings.feed_secret')}</p></section>
            <section class="sheet narrow-only"><h2><a href="#deliveries">${say('settings.deliveries')}</a></h2><p>${say('deliveries.lead')}</p></section>
            <section class="sheet" aria-labelledby="devices"><h2 id="devices">${say('settings.devices')}</h2>${[problemBox(desk.problems.get('settings'))]}<p class="changes">${[
                button({ act: 'sign-out', words: say('settings.sign_out'), kind: 'quiet-button', busy: desk.busy.has('sign-out') && say('settings.busy') }),
                button({ act: 'everywhere', words: say('settings.everywhere'), kind: 'danger-outline' }),
            ]}</p></section>`;
    }

    act({ dataset }) {
        const { desk } = this;
        if (dataset.act === 'copy') this.#copy();
        else if (dataset.act === 'sign-out') desk.do('sign-out', () => this.#end(false), 'settings');
        else if (dataset.act === 'everywhere') this.#askEverywhere();
        else return false;
        return true;
    }

    async #copy() {
        const field = document.getElementById('feed-address');
        field.select();
        try {
            await navigator.clipboard.writeText(field.value);
            this.desk.say(say('settings.copied'), true);
        } catch {
            this.desk.say(say('settings.copy_failed'), true);
        }
    }

    #askEverywhere() {
        this.desk.ask.open({
            key: 'everywhere',
            title: say('settings.everywhere_title'),
            text: say('settings.everywhere_text'),
            confirm: say('settings.everywhere'),
            keep: say('settings.everywhere_keep'),
            busy: say('settings.busy'),
            act: this.desk.guarded(() => this.#end(true)),
        });
    }

    async #end(everywhere) {
        await endpoint.post('host/session/end', { everywhere });
        this.desk.ask.forget();
        this.desk.ended();
    }
}

/** Signing in: with the host's key, once on a device. */
class SignIn {
    title = say('sign_in.title');

    /** @param {Desk} desk @param {{ title: string, detail?: string }} [notice] why one has to */
    constructor(desk, notice) {
        Object.assign(this, { desk, notice });
    }

    html() {
        const { desk, notice, problem } = this;
        const busy = desk.busy.has('sign-in') && say('sign_in.busy');
        return html`<form class="sheet sign-in" data-act="sign-in" novalidate>${[
            notice && !problem ? html`<div class="notice" role="status"><b>${notice.title}</b>${notice.detail ?? ''}</div>` : '', problemBox(problem),
        ]}<p class="lead">${say('sign_in.lead')}</p>
            <p class="field"><label for="key">${say('sign_in.key')}</label><input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="none" spellcheck="false" required aria-describedby="${problem ? 'problem ' : ''}key-hint"${[problem ? ' aria-invalid="true"' : '']}><small id="key-hint">${say('sign_in.hint')}</small></p>
            <button${[busy ? ' aria-disabled="true" aria-busy="true"' : '']}>${busy || say('sign_in.button')}</button></form>`;
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
            if (!key) throw new Problem({ code: 'missing', title: say('sign_in.missing'), detail: say('sign_in.missing_detail') });
            this.desk.signedIn(await endpoint.post(`host/session?locale=${document.documentElement.lang}`, { key }));
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
