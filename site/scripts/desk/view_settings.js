/**
 * Settings: the feed for one's own calendar, and signing out.
 */

import { html, raw, say, write } from '../words.js';
import { endpoint } from './endpoint.js';
import { button, problemBox, seconds } from './pieces.js';
import { View } from './view.js';

export class SettingsView extends View {
    title = say('view.settings');

    html() {
        const { desk } = this;
        const { host, expires_at: until, feed_url: feed } = desk.session;
        const date = write('date_full', desk.zone.wall(seconds(until)));
        const busy = desk.busy.has('sign-out') && say('settings.busy');
        return html`
            <p class="lead">${say('settings.signed_in', { name: host.name, date })}</p>
            <section class="sheet" aria-labelledby="feed">
                <h2 id="feed">${say('settings.feed')}</h2>
                <p>${say('settings.feed_lead')}</p>
                <p class="field">
                    <label for="feed-address" class="unseen">${say('settings.feed')}</label>
                    <input id="feed-address" readonly value="${feed}">
                </p>
                <p>
                    ${raw(button({ act: 'copy', words: say('settings.copy'), kind: 'quiet-button' }))}
                </p>
                <p class="hint">${say('settings.feed_secret')}</p>
            </section>
            <section class="sheet narrow-only">
                <h2><a href="#deliveries">${say('settings.deliveries')}</a></h2>
                <p>${say('deliveries.lead')}</p>
            </section>
            <section class="sheet" aria-labelledby="devices">
                <h2 id="devices">${say('settings.devices')}</h2>
                ${raw(problemBox(desk.problems.get('settings')))}
                <p class="changes">
                    ${raw(
                        button({ act: 'sign-out', words: say('settings.sign_out'), kind: 'quiet-button', busy }),
                        button({ act: 'everywhere', words: say('settings.everywhere'), kind: 'danger-outline' }),
                    )}
                </p>
            </section>
        `;
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
        this.desk.signing.end();
    }
}
