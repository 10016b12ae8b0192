// The oracle for scheduling/src/locale: what the ICU of this Node, which has CLDR's data, makes of every language.
//
//     node tests/locales/oracle.mjs          compares the tables with what this Node says
//     node tests/locales/oracle.mjs --write  writes them
//
// The tables are in scheduling/tests/locales/, where the quick loop reads them without Node. Another version of CLDR
// may differ.
import { readFileSync, writeFileSync } from 'node:fs';

/** The version that the tables and the rules are of. */
const CLDR = '48';
const FOLDER = new URL('../../scheduling/tests/locales/', import.meta.url);

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const PAIRS = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));
const isCurrent = (code) => Intl.getCanonicalLocales(code)[0] === code;
const CODES = [...PAIRS, ...PAIRS.flatMap((pair) => LETTERS.map((letter) => pair + letter))].filter(isCurrent);

/** The languages that CLDR has locales of several regions for: only there does the likely region decide anything. */
const SEVERAL = 'aa af ar az bn bo ca ckb da de ee el en es fa ff fo fr ga gsw ha hr it kk ko ku ln lrc mas mn ms nb nds ne nl oc om os pa ps pt qu ro ru sd se so sq sr ss st sv sw syr ta teo ti tn tr ur yo yrl yue zh'.split(' ');

/** Codes of one key together, in order. @returns {Map<string, string[]>} */
const grouped = (codes, keyOf) => {
    const groups = new Map();
    for (const code of codes) {
        const key = keyOf(code);
        groups.set(key, [...(groups.get(key) ?? []), code]);
    }
    return groups;
};

/** For each rule: its languages, and the form of each count as a letter. */
const plurals = () => {
    const large = [1001, 1011, 1100, 9999, 1e4, 11e3, 2e4, 3e4, 4e4, 6e4, 8e4, 1e5, 101e3, 12e4, 999999, 1e6, 1000001, 11e5, 2e6, 1e7, 1e8, 1e9, 1e12];
    const counts = [...Array(1001).keys(), ...large];
    const letters = { zero: 'z', one: '1', two: '2', few: 'f', many: 'm', other: 'o' };
    const forms = (code) => {
        const rules = new Intl.PluralRules(code);
        return counts.map((count) => letters[rules.select(count)]).join('');
    };
    // Of other languages, ICU would answer with those of the system's.
    const known = [...CODES, 'pt-PT', 'pt-AO', 'fr-CA', 'es-MX', 'sr-Latn'].filter((code) => Intl.PluralRules.supportedLocalesOf(code).length);
    const lines = [...grouped(known, forms)].map(([found, codes]) => `${codes.join(' ')}: ${found}`);
    return [`large ${large.join(' ')}`, ...lines];
};

const likely = (code) => new Intl.Locale(code).maximize();

/** For each language: its script, its region where there are several to choose from, and its other scripts by region. */
const scripts = () => {
    const isLanguage = (code) => Intl.DateTimeFormat.supportedLocalesOf(code).length || Intl.PluralRules.supportedLocalesOf(code).length;
    return CODES.filter((code) => isLanguage(code) && likely(code).language === code && likely(code).script).map((code) => {
        const { script, region } = likely(code);
        const scriptIn = (pair) => {
            const there = likely(`${code}-${pair}`);
            return there.region.toLowerCase() === pair ? there.script : script;
        };
        const others = [...grouped(PAIRS, scriptIn)].filter(([other]) => other !== script);
        const elsewhere = others.map(([other, pairs]) => ` ${other.toLowerCase()}=${pairs.join(',')}`).join('');
        return `${code} ${script.toLowerCase()} ${SEVERAL.includes(code) ? region.toLowerCase() : '-'}${elsewhere}`;
    });
};

const { cldr, icu } = process.versions;
if (Number.parseInt(cldr, 10) !== Number(CLDR)) {
    console.log(`This Node has CLDR ${cldr}, the tables are of CLDR ${CLDR}: not compared.`);
    process.exit(0);
}
let differing = 0;
for (const [name, lines] of Object.entries({ plurals: plurals(), scripts: scripts() })) {
    const file = new URL(`${name}.txt`, FOLDER);
    const text = [`# Made by tests/locales/oracle.mjs from ICU with CLDR ${CLDR}.`, ...lines, ''].join('\n');
    if (process.argv.includes('--write')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
        console.error(`${name}.txt is not what ICU ${icu} says.`);
        differing += 1;
    } else console.log(`${name}.txt: ${lines.length} lines, as ICU ${icu} says`);
}
process.exit(differing);
