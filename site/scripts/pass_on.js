/**
 * Pass on: what the link said by which a visitor came, to the page that they go to next.
 */

/** Gives the links of a list the campaign that led to it; and leads on from a page at a former address, with all that
 * its link says: a time, a campaign, an invitation. */
export const passOn = () => {
    const moved = document.querySelector('[data-moved]');
    if (moved) location.replace(moved.href + location.search + location.hash);

    const links = document.querySelectorAll('.host a, .meetings a');
    if (!location.search || !links.length) return;
    const passed = [...new URLSearchParams(location.search)].filter(([name]) => name !== 'owner');
    if (!passed.length) return;
    for (const link of links) link.search = new URLSearchParams([...new URLSearchParams(link.search), ...passed]);
};
