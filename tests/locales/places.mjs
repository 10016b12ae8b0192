// Names of places, from CLDR: today's names of zones, those that Windows has, and of cities in each of the theme's
// languages.
//
//     node tests/locales/places.mjs          compares the tables with what CLDR says
//     node tests/locales/places.mjs --write  writes them
//
// `scheduling/src/zone/renamed.txt` has each name that a zone had before, and today's: CLDR's `_iana`, or the first of
// the names that it has for one place. `scheduling/src/calendar/windows.txt` has each name in Windows with its zone for
// the whole world. `site/locales/<locale>/cities.toml` has the cities whose name is not the last part of their zone's.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const ROOT = new URL('../../', import.meta.url);
const { version } = require('cldr-dates-full/package.json');

const places = Object.values(require('cldr-bcp47/bcp47/timezone.json').keyword.u.tz).filter((place) => place._alias);
/** Today's name, by each that a zone had before. @type {Map<string, string>} */
const today = new Map(places.flatMap(({ _alias, _iana }) => {
    const names = _alias.split(' ');
    const own = _iana ?? names[0];
    return names.filter((name) => name !== own).map((name) => [name, own]);
}));
// Of machines that nobody has set: no zone of any place.
today.delete('Factory');

/** Zones by their names in Windows. @type {Map<string, string>} */
const windows = new Map(require('cldr-core/supplemental/windowsZones.json').supplemental.windowsZones.mapTimezones
    .map(({ mapZone }) => mapZone)
    .filter(({ _territory }) => _territory === '001')
    .map(({ _other, _type }) => [_other, _type]));

const inOrder = (pairs) => [...pairs].sort(([one], [other]) => (one < other ? -1 : 1));

/** The cities of a language, by today's names of their zones. @returns {Map<string, string>} */
const cities = (locale) => {
    const { zone } = require(`cldr-dates-full/main/${locale}/timeZoneNames.json`).main[locale].dates.timeZoneNames;
    const found = new Map();
    const add = (name, { exemplarCity, long, short, ...below }) => {
        if (exemplarCity) found.set(today.get(name) ?? name, exemplarCity);
        for (const [part, entry] of Object.entries(below)) if (typeof entry === 'object') add(name ? `${name}/${part}` : part, entry);
    };
    add('', zone);
    found.delete('Etc/Unknown');
    return found;
};

const table = (pairs, between) => `${inOrder(pairs).map((pair) => pair.join(between)).join('\n')}\n`;

const citiesTable = (locale) => {
    const differs = ([zone, city]) => city !== zone.replace(/.*\//, '').replace(/_/g, ' ');
    const lines = inOrder(cities(locale)).filter(differs).map(([zone, city]) => `${JSON.stringify(zone)} = ${JSON.stringify(city)}`);
    return [
        '# The cities of zones, by their names in the database, where they are called otherwise than there.',
        `# Made by tests/locales/places.mjs from CLDR ${version}.`,
        ...lines,
        '',
    ].join('\n');
};

const tables = {
    'scheduling/src/zone/renamed.txt': table(today, ' '),
    'scheduling/src/calendar/windows.txt': table(windows, '='),
};
for (const locale of readdirSync(new URL('site/locales/', ROOT))) {
    tables[`site/locales/${locale}/cities.toml`] = citiesTable(locale);
}
let differing = 0;
for (const [path, text] of Object.entries(tables)) {
    const file = new URL(path, ROOT);
    if (process.argv.includes('--write')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
        console.error(`${path} is not what CLDR ${version} says.`);
        differing += 1;
    } else console.log(`${path}: ${text.split('\n').length - 1} lines, as CLDR ${version} says`);
}
process.exit(differing);
