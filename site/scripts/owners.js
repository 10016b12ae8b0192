/**
 * Owners: shows on the index the meetings of one host alone. The links lead to the hosts' own pages; with this script,
 * they stay on the index, whose address names the host.
 */

/** The folder of the host whose page is at an address. */
const folderOf = ({ pathname }) => pathname.split('/').at(-2);

/** Filters the hosts' sections as the address says, now and whenever one of the links is followed. */
export const filterByOwner = () => {
    const links = [...document.querySelectorAll('.owners a')];
    const sections = document.querySelectorAll('.host');
    /** The host that each link is for; nobody in particular, the first. */
    const owners = links.map((link, index) => (index ? folderOf(link) : null));

    const addressOf = (owner) => {
        const address = new URL(location);
        if (owner) address.searchParams.set('owner', owner);
        else address.searchParams.delete('owner');
        return address;
    };
    const show = () => {
        const wanted = new URLSearchParams(location.search).get('owner');
        const owner = owners.includes(wanted) ? wanted : null;
        sections.forEach((section, index) => {
            section.hidden = owner && owners[index + 1] !== owner;
        });
        links.forEach((link, index) => {
            if (owners[index] === owner) link.setAttribute('aria-current', true);
            else link.removeAttribute('aria-current');
        });
    };

    if (!links.length) return;
    links.forEach((link, index) => {
        link.href = addressOf(owners[index]);
        link.addEventListener('click', (event) => {
            // Whoever wants another tab or window gets it.
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
            event.preventDefault();
            if (link.href !== location.href) history.pushState(null, '', link.href);
            show();
        });
    });
    addEventListener('popstate', show);
    show();
};
