/**
 * Settings: the feed for one's own calendar, the devices that the host is signed in on, and signing them out.
 */

import { html, raw, say, write } from '../words.js';
import { copy } from './clipboard.js';
import { endpoint } from './endpoint.js';
import { busyAttributes, button, problemBox, seconds } from './pieces.js';
import { View } from './view.js';

export class SettingsView extends View {
    title = say('view.settings');
    /** The sessions of all devices, the one that was seen last first. @type {Object[] | undefined} */
    sessions;

    async load() {
        const { sessions } = await endpoint.get('host/sessions');
        this.sessions = [...sessions.filter(isHere), ...sessions.filter((session) => !isHere(session))];
    }

    html() {
        const { desk, sessions } = this;
        const { host, expires_at: until, feed_url: feed } = desk.session;
        const date = write('date_full', desk.zone.wall(seconds(until)));
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
            <section class="sheet">
                <h2><a href="#calendars">${say('view.calendars')}</a></h2>
                <p>${say('calendars.lead')}</p>
            </section>
            <section class="sheet narrow-only">
                <h2><a href="#deliveries">${say('settings.deliveries')}</a></h2>
                <p>${say('deliveries.lead')}</p>
            </section>
            <section class="sheet" aria-labelledby="devices">
                <h2 id="devices">${say('settings.devices')}</h2>
                ${raw(
                    problemBox(desk.problems.get('settings')),
                    sessions
                        ? html`<ul class="devices">${raw(sessions.map((session) => this.#device(session)))}</ul>`
                        : html`<p class="hint">${say('loading')}</p>`,
                )}
                <p class="changes">
                    ${raw(
                        sessions?.length > 1 ? button({
                            act: 'others', words: say('settings.others'), kind: 'quiet-button',
                        }) : '',
                        button({ act: 'everywhere', words: say('settings.everywhere'), kind: 'danger-outline' }),
                    )}
                </p>
            </section>
        `;
    }

    #device(session) {
        const { id, opened_at: opened, seen_at: seen } = session;
        const name = nameOf(session);
        const here = isHere(session);
        const busy = this.desk.busy.has(`end ${id}`) && say('settings.busy');
        const act = here ? 'sign-out' : 'end';
        return html`
            <li id="s-${id}">
                <span class="name">
                    <b>${name}</b>
                    ${raw(here ? html`<span class="mark soon">${say('settings.this_device')}</span>` : '')}
                </span>
                <button type="button" class="quiet-button" data-act="${act}" data-id="${id}"${raw(
                    here ? '' : html` aria-label="${say('settings.sign_out_device', { device: name })}"`,
                    busyAttributes(busy),
                )}>${busy || say('settings.sign_out')}</button>
                <span class="facts">
                    <span>${say('settings.opened', { at: this.#at(opened) })}</span>
                    ${raw(here ? '' : html`<span>${say('settings.seen', { at: this.#at(seen) })}</span>`)}
                </span>
            </li>
        `;
    }

    #at(instant) {
        const { zone } = this.desk;
        const at = seconds(instant);
        return say('at', { date: write('date', zone.wall(at)), time: zone.time(at) });
    }

    act({ dataset }) {
        const { desk } = this;
        if (dataset.act === 'copy') this.#copy();
        else if (dataset.act === 'sign-out') desk.do(`end ${dataset.id}`, () => this.#end({}), 'settings');
        else if (dataset.act === 'end') desk.do(`end ${dataset.id}`, () => this.#endOne(dataset.id), 'settings');
        else if (dataset.act === 'others') this.#askOthers();
        else if (dataset.act === 'everywhere') this.#askEverywhere();
        else return false;
        return true;
    }

    async #copy() {
        const field = document.getElementById('feed-address');
        field.select();
        const copied = await copy({ 'text/plain': field.value });
        this.desk.say(copied ? say('settings.copied') : say('settings.copy_failed'), true);
    }

    #askEverywhere() {
        this.desk.ask.open({
            key: 'everywhere',
            title: say('settings.everywhere_title'),
            text: say('settings.everywhere_text'),
            confirm: say('settings.everywhere'),
            keep: say('settings.everywhere_keep'),
            busy: say('settings.busy'),
            act: this.desk.guarded(() => this.#end({ everywhere: true })),
        });
    }

    #askOthers() {
        const { desk } = this;
        desk.ask.open({
            key: 'others',
            title: say('settings.others_title'),
            text: say('settings.others_text'),
            confirm: say('settings.others'),
            keep: say('settings.everywhere_keep'),
            busy: say('settings.busy'),
            act: desk.guarded(async () => {
                await endpoint.post('host/session/end', { others: true });
                this.sessions = this.sessions.filter(isHere);
                desk.say(say('settings.others_done'), true);
            }),
        });
    }

    async #endOne(id) {
        await endpoint.post('host/session/end', { id });
        const ended = this.sessions.find((session) => session.id === id);
        this.sessions = this.sessions.filter((session) => session !== ended);
        this.desk.say(say('settings.signed_out', { device: nameOf(ended) }), true);
    }

    /** Ends the session of this device, or all. */
    async #end(which) {
        await endpoint.post('host/session/end', which);
        this.desk.ask.forget();
        this.desk.store.forgetDrafts();
        this.desk.signing.end();
    }
}

const isHere = (session) => session.this_device;

/** What its browser said of the device, as far as that is known. */
const nameOf = ({ browser, system: told }) => {
    const system = told === 'Mac or iPad' ? say('settings.mac_or_ipad') : told;
    if (browser && system) return say('settings.device', { browser, system });
    return browser ?? system ?? say('settings.unknown_device');
};
