/**
 * Frame: tells the site around a page what happens on it: ids and times, and nothing that was typed. That site's script
 * has named the frame after its origin; a message goes to that very origin, or nowhere. The name lasts as long as the
 * frame, from page to page, and where storage is blocked; so it also says what was told last.
 */

const [, origin, told] = /^daymark:(https?:\/\/[^\s/]+)(?: (.*))?$/.exec(name) ?? [];
const root = document.documentElement;

/** @param {string} type @param {Object<string, string | number>} [data] */
const tell = (type, data = {}) => parent.postMessage({ source: 'daymark', version: 1, type, data }, origin);

/** The start and length that are chosen in the form. */
const chosen = (value) => {
    const start = value && new Date(value * 1000).toISOString();
    const minutes = document.forms[0] && +new FormData(document.forms[0]).get('duration_minutes');
    return start && minutes ? { start, duration_minutes: minutes } : {};
};

/** Tells what has become of the booking whose own page this is, unless it was told. */
const tellOfBooking = () => {
    const id = /^\/(?:booking|api\/bookings)\/([^/]+)/.exec(location.pathname)?.[1];
    const [now, asked] = Array.from(document.querySelectorAll('.booking .summary time'), ({ dateTime }) => dateTime);
    const status = document.querySelector('article.booking')?.classList[1];
    if (!id || !status || !now) return;
    const [earlier, was, before, wished] = told?.split(' ') ?? [];
    const isKnown = earlier === id;
    window.name = `daymark:${origin} ${[id, status, now, asked].join(' ')}`;
    const waits = /^(requested|awaiting)/.test(status);
    const stands = /^(confirmed|moved)$/.test(status);
    // Who opens the page of a booking that was made elsewhere has not made it here.
    const isNew = !isKnown && document.referrer.startsWith(location.origin) && !/\/booking\/./.test(document.referrer);
    if (isKnown ? asked && asked !== wished : isNew && waits) tell('requested', { id, start: asked ?? now });
    else if (isKnown && status === 'cancelled' && was !== status) tell('cancelled', { id, start: now });
    else if (isKnown && before !== now) tell('rescheduled', { id, start: now });
    else if (stands && (isNew || (isKnown && /^(requested|awaiting)/.test(was)))) tell('booked', { id, start: now });
};

// A frame shows no address that could be saved.
for (const way of document.querySelectorAll('.alone')) way.hidden = false;

// Other sites, such as a calendar's or a payment provider's, do not let themselves be framed. The whole window is not
// always the frame's to lead there: it may be in a sandbox.
let isPaying = false;
addEventListener('click', ({ target }) => {
    const link = target.closest?.('a[href^=http]');
    if (!link || (link.origin === location.origin && link.target !== '_top')) return;
    isPaying ||= link.target === '_top';
    link.target = '_blank';
}, true);
// Its form leads there, too, where the checkout is made only then.
addEventListener('submit', ({ target }) => {
    if (!target.action.endsWith('/pay')) return;
    isPaying = true;
    target.target = '_blank';
});
// Whoever comes back from there reads how it stands.
document.addEventListener('visibilitychange', () => {
    if (isPaying && !document.hidden) location.reload();
});

if (origin) {
    tell('ready');
    tellOfBooking();
    // The page's own height, which does not depend on that of the frame.
    new ResizeObserver(() => tell('resize', { height: Math.ceil(root.getBoundingClientRect().height) })).observe(root);

    addEventListener('change', ({ target }) => {
        if (/^(time|offer|start)$/.test(target.name)) tell('slot-selected', chosen(target.value));
    });

    // Before the whole window is left for the page where it is paid for.
    addEventListener('daymark:paying', ({ detail: { id, start } }) => {
        window.name = `daymark:${origin} ${[id, 'awaiting_payment', start].join(' ')}`;
        tell('requested', { id, start });
    });

    const failed = () => tell('failed', chosen(Date.parse(new URLSearchParams(location.search).get('slot')) / 1000));
    if (document.querySelector('.errors')) failed();
    new MutationObserver((changes) => {
        const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
        if (added.some((node) => node.className === 'errors')) failed();
    }).observe(document.querySelector('main'), { childList: true });

    // From one step to the other: the site around shows where it begins.
    new MutationObserver(([{ oldValue }]) => {
        if (oldValue && oldValue !== root.dataset.step) tell('step');
    }).observe(root, { attributeFilter: ['data-step'], attributeOldValue: true });

    // A dialog around hears no key that is pressed in here.
    addEventListener('keydown', ({ key }) => key === 'Escape' && tell('close'));
}
