/**
 * Pages: the meeting pages that a host can share. One's own come with the session, also those that no list shows; those
 * of others are what the site lists.
 */

import { inDigits, say, sayCount } from '../words.js';

/** The owner that stands for all hosts in an address: no host's folder can have that name. */
export const EVERYONE = '*';

/** The parts of a page's name: its host's folder, and its own. */
const folderOf = (page) => page.split('/')[0];

/** The pages of a host, or of all hosts: one's own first.
 * @param {Desk} desk @param {string} [owner] a folder; one's own, where there is none
 * @returns {{ page: string, title: string, durations: number[], price: string | undefined, links: Object<string, string>, host: Object,
 * isListed: boolean }[]} */
export const pagesOf = ({ session, store }, owner = session.host.folder) => {
    const listed = (store.listed ?? []).flatMap(({ folder, name, pages }) => (
        pages.map((page) => ({ ...page, host: { folder, name }, isListed: true }))
    ));
    const named = new Map(listed.map((page) => [page.page, page]));
    const own = Object.entries(session.pages).map(([page, told]) => (
        { price: named.get(page)?.price, ...told, page, host: session.host, isListed: !store.listed || named.has(page) }
    ));
    const others = listed.filter(({ host }) => host.folder !== session.host.folder);
    return [...own, ...others].filter(({ page }) => owner === EVERYONE || folderOf(page) === owner);
};

/** A page by its name. @param {Desk} desk @param {string} name such as `aiko/intro` */
export const pageNamed = (desk, name) => pagesOf(desk, EVERYONE).find(({ page }) => page === name);

/** The languages that a page is in: the desk's own first. @returns {string[]} */
export const localesOf = ({ links }) => {
    const { lang } = document.documentElement;
    return Object.keys(links).sort((one, other) => (other === lang) - (one === lang));
};

/** A language by its own name. @param {string} locale */
export const languageName = (locale) => {
    try {
        const name = new Intl.DisplayNames([locale], { type: 'language' }).of(locale);
        return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
    } catch {
        return locale;
    }
};

/** The durations of a page in words, the shortest first: `15, 30, 60 minutes`. */
export const durationsOf = ({ durations }) => {
    const [last, ...shorter] = [...durations].sort((one, other) => other - one);
    return [...shorter.reverse().map((minutes) => inDigits(minutes)), sayCount('minutes', last)].join(say('comma'));
};

/** An address as people read it. */
export const shortened = (address) => address.replace(/^https?:\/\//, '');

/** An address with parameters, of which those that are empty are left out. @param {string} address
 * @param {Object<string, string>} parameters */
export const addressWith = (address, parameters) => {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
    return query.size ? `${address}?${query}` : address;
};
