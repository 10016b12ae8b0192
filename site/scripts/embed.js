/**
 * Embed: shows pages of this site in frames of other sites, in place of links to them. The link stays in the document:
 * where anything fails, it is there again.
 */

import { say } from './words.js';

/** Parameters of the address around that say where a visitor came from, as bookings keep them. */
const TRACKING = /^(utm_.+|[gdy]clid|[gw]braid|gad_source|fbclid|msclkid|ttclid|twclid|li_fat_id|epik|sccid|rdt_cid|mc_eid)$/i;
const TYPES = /^(ready|resize|step|close|slot-selected|booked|requested|rescheduled|cancelled|failed)$/;
const PREFILL = 'data-prefill-';
/** Heights of a frame in pixels: the usual one until the page tells its own, and the most. */
const USUAL = 720;
const MOST = 10_000;
/** Less than this it does not shrink by. */
const SLACK = 40;
/** How often it grows before the visitor does anything: a page that grows with its frame would do so for ever. */
const MOST_GROWTHS = 50;
/** How long a page that was loaded may take to say so, in milliseconds. */
const PATIENCE_MS = 8000;
const BUTTON = 'position:fixed;right:1rem;bottom:1rem;z-index:99999;padding:.8em 1.2em;border-radius:2em;'
    + 'background:var(--daymark-accent,#0b6e63);color:var(--daymark-ink,#fff);text-decoration:none';
const DIALOG = 'width:min(64rem,calc(100% - 1rem));height:calc(100% - 1rem);max-width:none;max-height:none;padding:2.75rem 0 0;border:0;box-sizing:border-box;'
    + 'overflow:hidden;background:Canvas';

/** The embeds by their links. @type {Map<HTMLAnchorElement, Embed>} */
const embeds = new Map();

/** The address in the frame: that of the link, with what the document around and the link's author say of the visitor.
 * What the link says already stays. */
const addressOf = (link) => {
    const address = new URL(link.href);
    const add = (name, value) => {
        const known = [...address.searchParams.keys()].map((key) => key.toLowerCase());
        if (value && !known.includes(name.toLowerCase())) address.searchParams.append(name, value);
    };
    for (const { name, value } of link.attributes) if (name.startsWith(PREFILL)) add(name.slice(PREFILL.length), value);
    for (const [name, value] of new URLSearchParams(location.search)) if (TRACKING.test(name)) add(name, value);
    return address;
};

/** The upper edge of the buttons that float already: another one lies above them. */
const highest = () => Math.min(innerHeight, ...[...embeds.keys()]
    .filter(({ dataset, offsetHeight }) => dataset.daymark === 'button' && offsetHeight)
    .map((link) => link.getBoundingClientRect().top));

class Embed {
    growths = 0;

    /** @param {HTMLAnchorElement} link */
    constructor(link) {
        this.link = link;
        this.style = link.style.cssText;
        this.origin = new URL(link.href).origin;
        if (link.dataset.daymark === 'inline') {
            this.height = +link.dataset.height || USUAL;
            this.addFrame(`height:${this.height}px`, (frame) => link.after(frame));
            link.style.display = 'none';
            return;
        }
        if (link.dataset.daymark === 'button') {
            const top = highest();
            link.style.cssText += BUTTON;
            if (top < innerHeight) link.style.bottom = `${innerHeight - top + 8}px`;
        }
        link.addEventListener('click', this.open);
    }

    /** Adds the frame, and with it asks for the page: an inline one once it is near what is seen. */
    addFrame(style, place) {
        const frame = this.frame = document.createElement('iframe');
        frame.name = `daymark:${location.origin}`;
        frame.title = this.link.textContent.trim();
        frame.style.cssText = `display:block;width:100%;border:0;${style}`;
        if (this.height) frame.loading = 'lazy';
        frame.src = addressOf(this.link);
        frame.onload = () => { this.timer ??= setTimeout(() => this.fail(), PATIENCE_MS); };
        place(frame);
    }

    /** @param {MouseEvent} event */
    open = (event) => {
        // A new tab, or a new window, is what was asked for.
        if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        try {
            if (!this.dialog) this.addDialog();
            this.dialog.showModal();
            event.preventDefault();
        } catch (error) {
            this.remove();
            console.error(error);
        }
    };

    addDialog() {
        const dialog = document.createElement('dialog');
        const close = document.createElement('button');
        close.type = 'button';
        close.textContent = '×';
        close.ariaLabel = say('close');
        close.style.cssText = 'position:absolute;top:0;right:.25rem;width:2.75rem;height:2.75rem;border:0;border-radius:50%;'
            + 'font-size:1.5rem;background:Canvas;color:CanvasText';
        // Beside the page is the dialog itself.
        dialog.onclick = ({ target }) => target === this.frame || dialog.close();
        dialog.style.cssText = DIALOG;
        dialog.ariaLabel = this.link.textContent.trim();
        this.addFrame('height:100%', (frame) => dialog.append(close, frame));
        document.body.append(dialog);
        this.dialog = dialog;
    }

    /** @param {{ type: string, data: Object }} message */
    hear({ type, data }) {
        if (!TYPES.test(type)) return;
        if (type === 'resize') this.resize(data.height);
        else this.growths = 0;
        if (type === 'ready') clearTimeout(this.timer ??= true);
        // Another page, or step, begins above what is seen.
        if (this.height && (type === 'step' || (type === 'ready' && this.isReady)) && this.frame.getBoundingClientRect().top < 0) {
            this.frame.scrollIntoView();
        }
        if (type === 'close') this.dialog?.close();
        this.isReady ||= type === 'ready';
        this.link.dispatchEvent(new CustomEvent(`daymark:${type}`, { bubbles: true, composed: true, detail: data }));
    }

    resize(height) {
        if (!this.height || !(height > 0)) return;
        const next = Math.min(height, MOST);
        if (next > this.height ? (this.growths += 1) > MOST_GROWTHS : next > this.height - SLACK) return;
        this.height = next;
        this.frame.style.height = `${next}px`;
    }

    /** The page was loaded, or what came in its place, and says nothing: most likely it may not be framed here. */
    fail() {
        console.error(`Daymark: ${this.origin} shows nothing in a frame here. Is ${location.origin} among the parents of [embed] in its site.toml?`);
        this.remove();
    }

    remove() {
        clearTimeout(this.timer);
        this.link.removeEventListener('click', this.open);
        this.link.style.cssText = this.style;
        (this.dialog ?? this.frame)?.remove();
        this.frame = undefined;
    }
}

/** The links in an element that are to be shown as pages; it may be one. */
const linksOf = (element) => [element, ...element.querySelectorAll('*')].filter(
    (link) => link.matches?.('a[href][data-daymark]') && /^(inline|popup|button)$/.test(link.dataset.daymark),
);

const Daymark = {
    /** Shows the pages that an element links to. @param {ParentNode} [element] */
    mount(element = document) {
        for (const link of linksOf(element)) {
            try {
                if (!embeds.has(link)) embeds.set(link, new Embed(link));
            } catch (error) {
                console.error(error);
            }
        }
    },
    /** Puts the links of an element back. @param {ParentNode} [element] */
    unmount(element = document) {
        for (const link of linksOf(element)) {
            embeds.get(link)?.remove();
            embeds.delete(link);
        }
    },
};

if (!globalThis.Daymark) {
    globalThis.Daymark = Daymark;
    addEventListener('message', ({ data, origin, source }) => {
        if (!source || data?.source !== 'daymark' || data.version !== 1) return;
        for (const embed of embeds.values()) {
            if (embed.frame?.contentWindow === source && embed.origin === origin) embed.hear(data);
        }
    });
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', () => Daymark.mount());
    else Daymark.mount();
}
