/**
 * Languages: the links to a page in other languages lead there with all that its address says by then: a time, a
 * campaign, an invitation.
 */

// Also before it is opened elsewhere, by another button of the mouse or a long press.
for (const type of ['pointerdown', 'click']) {
    addEventListener(type, ({ target }) => {
        const link = target.closest('header [hreflang]');
        if (link) link.search = location.search;
    });
}
