/**
 * Details: the second step of a booking: the choice in words, the form, its errors, and sending it.
 */

import { html, raw, refill, say, write } from '../words.js';
import { Auto } from './auto.js';
import { fill } from './fill.js';
import { Invite } from './invite.js';
import { Known } from './known.js';
import { mistakes } from './mistakes.js';
import { linkSays, prefill } from './prefill.js';
import { bodyOf, isPaying, notePaying, setPrice, toCheckout } from './request.js';
import { Turnstile } from './turnstile.js';

/** The most times that are offered in place of one that is gone, as many as the endpoint offers. */
const MOST_OFFERS = 5;
/** How long an answer, and then its text, is waited for, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The starts nearest to one, in order. @param {number[]} starts */
const nearest = (starts, start) => starts
    .sort((one, two) => Math.abs(one - start) - Math.abs(two - start))
    .slice(0, MOST_OFFERS)
    .sort((one, two) => one - two);

/** The starts that were suggested together, as a link has them: minutes since 1970, in hexadecimal digits. */
const suggestedStarts = () => (new URLSearchParams(location.search).get('slots') ?? '')
    .split('.').map((minutes) => parseInt(minutes, 16) * 60);

/** An answer that was lost: whether anything was booked is not known. */
const lost = (detail) => ({ lost: true, title: say('unsure.title'), detail });

/** What comes in time; or that it was lost, in words. All else that fails is no way to book, and throws.
 * @param {Promise<unknown>} coming @param {string} [detail] what is said where a network or an answer failed */
const received = async (coming, detail) => {
    const late = new Promise((done) => setTimeout(done, PATIENCE_MS, {
        lost: true,
        title: say('unanswered.title'),
        detail: say('unanswered.detail'),
    }));
    try {
        return await Promise.race([coming, late]);
    } catch (error) {
        // Browsers say so by these names.
        if (!/^(Type|Syntax|Abort|Network)Error$/.test(error.name)) throw error;
        return lost(detail);
    }
};

const idOf = (field) => field.replace(/\./g, '-');

export class Details {
    /** True while a booking is on its way, and once it is made. */
    #busy = false;
    #leaving = false;
    /** True if the form was sent by itself, with what this device knows. */
    #isFilled = false;

    /** @param {import('../booking.js').Booking} booking */
    constructor(booking) {
        const { form, page, details, visit } = booking;
        this.booking = booking;
        this.title = document.title;
        details.insertAdjacentHTML('afterbegin', html`<div class="offer slots js"></div><div class="chosen js"></div>`);
        [this.offer, this.chosen] = details.children;
        // The plain form keeps its own.
        details.insertAdjacentHTML('beforeend', html`<p class="actions js"><button></button></p>`);
        this.button = details.lastChild.firstChild;
        const place = details.querySelector('.cf-turnstile');
        if (place) this.turnstile = new Turnstile(place);
        // What is too long is said, not cut off while it is pasted.
        for (const field of details.querySelectorAll('[maxlength]')) {
            field.dataset.most = field.maxLength;
            field.removeAttribute('maxlength');
        }
        const [typed, earlier, link] = [visit.get(page), visit.get(`${page} link`), linkSays()];
        if (typed) fill(form, typed);
        // What was typed stays, until another link says more.
        if (!typed || link !== earlier) prefill(form);
        visit.set(`${page} link`, link);
        if (booking.invite) this.invite = new Invite(booking);
        const announce = (text) => booking.say(text);
        this.known = new Known(form, announce, () => this.auto?.end());
        if ('auto' in form.dataset) this.auto = new Auto(this.button, announce);
        this.shown = booking.step;
        // Who goes back and forward has chosen nothing.
        addEventListener('popstate', () => { this.shown = undefined; }, true);
    }

    /** Says why an invitation lets nobody book. Where that may be the visitor's own booking, it says so: sent again, it
     * leads there. */
    uninvite(answer) {
        const { booking, invite } = this;
        const { page, pending, visit } = booking;
        const isUsed = answer.code === 'link_used';
        const token = invite.field.value;
        if (isUsed && pending) {
            if (document.querySelector('.errors')) return;
            const address = new URL(location);
            address.searchParams.set('slot', new Date(pending * 1000).toISOString());
            history.replaceState({ step: 'details' }, '', address);
            this.#fail(lost(say('unsure.failed')));
            return;
        }
        const refusal = this.#refusal(answer);
        if (!refusal) return;
        this.clear();
        const slot = isUsed && visit.get(`${page} used`)?.[token];
        const href = slot && visit.get(`${page} booked`)?.[slot];
        // Whoever has used it themselves needs no other.
        const title = isPaying(href) ? say('earlier.own') : say('earlier.title');
        if (href) this.#tellOwn(slot, href, title, invite.isOnly ? undefined : refusal.detail);
        else this.#fail(refusal);
    }

    /** What is said where an answer refuses the invitation: with what the chosen time costs without one that has waived
     * the price. Nothing, where it is no such answer. */
    #refusal(answer) {
        const { booking, invite } = this;
        if (!invite?.isRefused(answer)) return undefined;
        const fee = booking.slot && invite.isFree && !invite.isOnly && this.#fee;
        return fee ? { ...answer, detail: say('uninvited', { detail: answer.detail, fee }) } : answer;
    }

    /** What the chosen duration costs, in words; nothing, where that is nothing. */
    get #fee() {
        const { form, minutes } = this.booking;
        if (form.elements[`price.${minutes}`]?.disabled !== false) return '';
        const wanted = form.querySelector(`[name=duration_minutes][value="${minutes}"]`);
        return wanted.dataset.fee ?? wanted.nextSibling.data.split(' · ')[1];
    }

    /** Keeps what was typed for this visit. */
    keep() {
        const { form, page, visit } = this.booking;
        visit.set(page, [...new FormData(form)].filter(([name]) => /^(contact|answers|location)/.test(name)));
    }

    /** Lets the button be pressed again after a booking was made. @returns {boolean} whether there was one */
    wake() {
        if (!this.#leaving) return false;
        this.#leaving = false;
        this.turnstile?.renew();
        this.#setBusy(false);
        const { slot, page, visit } = this.booking;
        const href = visit.get(`${page} booked`)?.[slot];
        if (isPaying(href)) this.#tellOwn(slot, href);
        return true;
    }

    #setBusy(busy) {
        this.#busy = busy;
        if (busy) this.button.setAttribute('aria-busy', true);
        else this.button.removeAttribute('aria-busy');
        this.render();
    }

    /** The whole choice in words, above the details and on the button. */
    render() {
        const { booking } = this;
        const { slot, zone, minutes, form } = booking;
        if (!slot) return;
        if (booking.step === 'details') this.turnstile?.show();
        const [length, place] = document.querySelectorAll('.letter .facts span');
        const wanted = form.querySelector(`[name=duration_minutes][value="${minutes}"]`);
        const duration = wanted.closest('label') ?? length;
        // Where durations cost differently, their labels say so.
        const { pay, fee } = wanted.dataset;
        const span = say('slot.span', { start: zone.time(slot), end: zone.time(slot + minutes * 60) });
        const hadFocus = this.chosen.contains(document.activeElement);
        const unknown = booking.free?.when_unknown;
        const notes = { request: say('calendar.request'), refuse: say('calendar.refuse') };
        const acts = { request: say('calendar.ask'), refuse: say('calendar.try') };
        refill(this.chosen, html`
            <p>
                <b>${write('date_full', zone.wall(slot))}</b>
                <b>${span}${raw(booking.night(slot))}</b>
                <span>${say('times.zone', { zone: zone.city })}</span>
                ${raw(booking.hostTime(slot))}
                <span class="facts">
                    <span>${duration.textContent}</span>
                    <span>${place.textContent}</span>
                    ${raw(fee ? html`<span>${fee}</span>` : '')}
                </span>
            </p>
            ${raw(notes[unknown] ? html`<p>${notes[unknown]}</p>` : '')}
            ${raw(unknown === 'request' && pay && form.dataset.accepted ? html`<p>${form.dataset.accepted}</p>` : '')}
            <button type="button" class="link"${raw(this.#busy ? ' disabled' : '')}>${say('change')}</button>
        `);
        if (hadFocus) this.chosen.querySelector('button').focus();
        const accepted = form.querySelector('.accepted');
        if (accepted) accepted.hidden = !this.#fee;
        const act = unknown === 'refuse' ? acts.refuse : form.dataset.book ?? acts[unknown] ?? pay ?? say('book');
        this.button.textContent = this.#busy ? say('sending') : booking.at(slot, act);
        this.#sendByItself();
    }

    /** Where the page asks for it, and this device knows all of its fields: after a time was chosen here, and not where
     * a link chose it. */
    #sendByItself() {
        const { step, free } = this.booking;
        const isChosen = this.shown === 'times' && step === 'details';
        this.shown = step;
        // What costs something by now is agreed to by a press of the button.
        if (step !== 'details' || free?.when_unknown || this.#fee) this.auto?.end();
        else if (isChosen && this.known.isAll) this.auto?.begin(() => this.#sendFilled());
    }

    #sendFilled() {
        // In another tab, they may have been forgotten meanwhile.
        if (!this.known.isAll) return;
        this.#isFilled = true;
        this.send();
    }

    /** Sends the booking; where that is impossible, the plain form. */
    async send() {
        if (this.#busy) return;
        try {
            await this.#send();
        } catch (error) {
            this.#sendPlain();
            throw error;
        }
    }

    /** Sends the booking, if nothing is wrong that can be known here. */
    async #send() {
        this.clear();
        const { form, slot, minutes, page, visit } = this.booking;
        const errors = mistakes(form);
        if (errors.length) {
            return this.#fail({
                title: say('/endpoint.refusal.invalid_field.title'),
                detail: say('/endpoint.refusal.invalid_field.detail'),
                errors,
            });
        }
        this.#setBusy(true);
        const start = new Date(slot * 1000).toISOString();
        const problem = await this.turnstile?.problem();
        const wish = () => JSON.stringify(bodyOf(form, { start, duration_minutes: minutes }));
        const answer = problem ?? await this.#post(wish(), slot);
        const { start: bookedAt, duration_minutes: length } = answer.booking ?? {};
        const booked = Date.parse(bookedAt) / 1000;
        const isAnother = booked && (booked !== slot || length !== minutes);
        if (answer.manage_url) this.#own(booked || slot, answer.manage_url);
        if (answer.manage_url && !isAnother) {
            this.#leaving = true;
            this.known.settle();
            // What was typed is on the booking's page.
            visit.set(page, null);
            if (answer.checkout_url) return toCheckout(answer);
            return location.assign(this.#isFilled ? `${answer.manage_url}?filled` : answer.manage_url);
        }
        if (answer.price) this.#reprice(minutes, answer.price);
        if (!problem) this.turnstile?.renew();
        this.#setBusy(false);
        const refusal = this.#refusal(answer) ?? answer;
        this.#fail(isAnother ? this.#earlier(booked, answer) : refusal);
        if (answer.alternatives) this.#offer(answer.alternatives);
    }

    /** Shows what the chosen duration costs by now, which the next attempt agrees to. */
    #reprice(minutes, price) {
        const { form } = this.booking;
        setPrice(form, minutes, price);
        const wanted = form.querySelector(`[name=duration_minutes][value="${minutes}"]`);
        const { words } = price;
        if (!form.dataset.book) wanted.dataset.pay = say('/page.price.pay', { price: words });
        const label = wanted.closest('label');
        if (label && !wanted.dataset.fee) label.lastChild.data = `${label.lastChild.data.split(' · ')[0]} · ${words}`;
        else wanted.dataset.fee = words;
        // The page's own price, where it has one for all.
        const shown = document.querySelectorAll('.letter .facts span')[2];
        if (shown && form.querySelectorAll('[name=duration_minutes]').length === 1) shown.textContent = words;
    }

    /** Sends a booking under a key that is kept once an answer was lost, so that whatever is sent again leads to the
     * booking that was made. */
    async #post(body, start) {
        const { form, page, visit } = this.booking;
        const name = `${page} sent`;
        const earlier = visit.get(name);
        const key = earlier?.key ?? `visit-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
        visit.set(name, { key, start });
        // Then a request does not leave this device (HTML, `navigator.onLine`).
        const isOffline = !navigator.onLine;
        const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
        // A rehearsal: nothing is sent whose answer could not be read.
        const rehearsed = await received(new Response('{}').json());
        if (rehearsed.lost) throw new Error('No answer could be read');
        const response = await received(fetch(new URL(form.action), { method: 'POST', headers, body }), say('unsure.cut_off'));
        if (response.lost && isOffline && !earlier?.start) {
            visit.set(name, earlier ?? null);
            return { title: say('not_booked'), detail: say('offline') };
        }
        let answer = response.lost ? response : await received(response.json(), say('unsure.failed'));
        // Something on the way has answered.
        if (!answer?.manage_url && !answer?.title) answer = lost(say('unsure.failed'));
        // A server with a fault may have booked all the same.
        if (!answer.lost && !(response.status >= 500)) visit.set(name, answer.manage_url || !earlier ? null : { key });
        return answer;
    }

    /** Keeps that this time is the visitor's own by now, and by which invitation. */
    #own(slot, href) {
        const { form, page, visit } = this.booking;
        visit.set(`${page} booked`, { ...visit.get(`${page} booked`), [slot]: href });
        const token = form.elements.invite?.value;
        if (token) visit.set(`${page} used`, { ...visit.get(`${page} used`), [token]: slot });
    }

    /** What is said where another time was booked before, or is held until it is paid for, and the answer was lost: the
     * chosen one is not. */
    #earlier(start, answer) {
        const isHeld = answer.booking.status === 'awaiting_payment';
        if (isHeld) notePaying(answer);
        return {
            title: this.booking.at(start, isHeld ? say('earlier.held') : say('earlier.title')),
            detail: isHeld ? say('earlier.held_detail') : say('earlier.detail'),
            link: { href: answer.manage_url, words: say('earlier.link') },
        };
    }

    /** Sends the plain form, which is answered with a page; says that nothing is booked if even that is impossible. */
    #sendPlain() {
        const { form, slot } = this.booking;
        try {
            // The plain list of times may not reach as far.
            form.addEventListener('formdata', ({ formData }) => formData.set('start', slot), { once: true });
            form.submit();
        } catch {
            this.#fail({ title: say('not_booked') });
        }
    }

    /** Says that the chosen time is no longer free, and offers others; once, and not while it is being booked.
     * @returns {boolean} whether there is nothing to offer in its place but all times */
    gone() {
        const { booking } = this;
        const { slot, slots, minutes, zone, page, visit } = booking;
        if (this.#busy || slot === this.told) return false;
        this.clear();
        const href = visit.get(`${page} booked`)?.[slot];
        if (href) {
            this.#tellOwn(slot, href);
            return true;
        }
        const suggested = suggestedStarts();
        const isLast = suggested.includes(slot) && !suggested.some((start) => slots.offers(start, minutes));
        this.#fail({ title: isLast ? say('slot.none_left') : say('slot.gone') });
        if (!isLast) this.#offer(nearest([...slots.byDate(minutes, zone).values()].flat(), slot));
        return isLast;
    }

    /** Says that a time is the visitor's own by now, with the way to its booking: whoever came back from the checkout may
     * not have paid. */
    #tellOwn(slot, href, title = say('earlier.title'), detail = undefined) {
        this.#fail({
            title: this.booking.at(slot, title),
            detail: isPaying(href) ? say('earlier.pay') : detail,
            link: { href, words: say('earlier.link') },
            isFault: false,
        });
    }

    /** Offers other times in place of one that was taken: first those that were suggested together with it. And the way
     * to all of them. Everything that was typed stays. */
    #offer(starts) {
        const { booking } = this;
        const { slot, slots, minutes, zone } = booking;
        this.told = slot;
        slots.remove(slot);
        const suggested = nearest(suggestedStarts().filter((start) => slots.offers(start, minutes)), slot);
        const others = starts.filter((start) => !suggested.includes(start));
        const group = (starts, legend) => (starts.length ? html`
            <fieldset>
                <legend>${legend} · <i>${say('times.zone', { zone: zone.city })}</i></legend>
                ${raw(starts.map((start) => booking.time(start, 'offer')))}
            </fieldset>
        ` : '');
        this.offer.innerHTML = html`
            ${raw(group(suggested, say('offer_suggested')))}
            ${raw(group(others, suggested.length ? say('offer_others') : say('offer')))}
            <button type="button" class="link">${say('all')}</button>
        `;
    }

    /** Shows the errors, above everything and beside each field, and leads to the first of those fields. */
    #fail({ title, detail, link, errors = [], isFault = true }) {
        this.auto?.end();
        this.#isFilled = false;
        const main = document.querySelector('main');
        if (errors.some(({ field }) => field.startsWith('contact.'))) this.known.open();
        const fieldOf = ({ field }) => {
            const element = document.getElementById(idOf(field));
            return element?.matches('.field *, [name=website]') ? element : undefined;
        };
        const line = (error) => (
            fieldOf(error)
                ? html`<li><a href="#${idOf(error.field)}">${error.message}</a>`
                : html`<li>${error.message}`
        );
        main.insertAdjacentHTML('afterbegin', html`
            <div class="${isFault ? 'errors' : 'told'}" tabindex="-1">
                <h2>${title}</h2>
                ${raw(detail && html`<p>${detail}</p>`)}
                ${raw(link && html`<p><a href="${link.href}">${link.words}</a></p>`)}
                <ul>${raw(errors.map(line))}</ul>
            </div>
        `);
        for (const error of errors) {
            const element = fieldOf(error);
            if (!element) continue;
            const id = `${element.id}-error`;
            const label = element.closest('label') ?? element;
            // What nobody sees was filled by a program, perhaps by the visitor's own: now it is seen, and empty.
            if (label.ariaHidden) label.className = label.ariaHidden = element.value = '';
            label.insertAdjacentHTML(
                'beforebegin',
                html`<span class="error" id="${id}">${error.message}</span>`,
            );
            (element.closest('fieldset') ?? element).setAttribute('aria-describedby', id);
            element.setAttribute('aria-invalid', 'true');
        }
        if (isFault) document.title = say('error_title', { title: this.title });
        const first = errors.map(fieldOf).find(Boolean);
        if (!first) scrollTo(0, 0);
        (first ?? main.firstElementChild).focus();
    }

    /** Takes away what was said of an earlier attempt. */
    clear() {
        document.title = this.title;
        this.told = undefined;
        this.offer.textContent = '';
        for (const element of document.querySelectorAll('.errors, .error, .told')) element.remove();
        for (const name of ['aria-invalid', 'aria-describedby']) {
            for (const element of this.booking.form.querySelectorAll(`[${name}]`)) element.removeAttribute(name);
        }
    }
}
