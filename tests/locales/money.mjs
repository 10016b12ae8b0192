// How each of the theme's languages writes money, from this Node's Intl, which has CLDR's data.
//
//     node tests/locales/money.mjs          compares the tables with what Intl says
//     node tests/locales/money.mjs --write  writes them
//
// `site/locales/<locale>/money.toml` has a pattern for each currency that can be paid in. `tests/locales/money.txt` has
// amounts as content, visitors and Stripe have them: to be read by people, and held by the quick loop.
//
// The digits are those of ISO 4217, as amounts count the smallest unit; the npm package `currency-codes`, made from the
// standard's own list, is their witness. Intl's differ: CLDR leaves out what nobody uses, as in `HUF 5,000`. There a
// pattern has `{whole}`, which leaves out digits that are zero and no others.
//
// Intl's symbols are taken for all but yen in Japanese: `￥5,000` stands on price tags, `5,000円` in sentences, which is
// what Intl makes of the currency's name.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const iso = require('currency-codes');
const ROOT = new URL('../../', import.meta.url);
const LOCALES = readdirSync(new URL('site/locales/', ROOT));
/** The version of CLDR that the tables are of. */
const CLDR = '48';

// The currencies are named in one place.
const source = readFileSync(new URL('scheduling/src/money.rs', ROOT), 'utf8');
const [, ofTwo] = source.match(/OF_TWO_DIGITS: &str = "([^"]+)"/);
const others = [...source.matchAll(/\("([A-Z]{3})", (\d), (\d)\)/g)].map(([, code, digits]) => [code, +digits]);
const DIGITS = new Map([...ofTwo.match(/[A-Z]{3}/g).map((code) => [code, 2]), ...others].sort());
const LEAST = new Map([...source.matchAll(/\("([A-Z]{3})", (\d+)\),/g)].map(([, code, least]) => [code, +least]));

/** Stripe's lists: what it counts whole, and in thousandths of which the last digit is 0. Two of the whole ones it counts in
 * hundredths, of which it takes whole ones only: ISK and UGX. */
const WHOLE_AT_STRIPE = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THOUSANDTHS_AT_STRIPE = new Set('BHD JOD KWD OMR TND'.split(' '));

/** What Stripe is sent; `undefined` for what it cannot take. */
const atStripe = (code, amount) => {
    const ofOne = WHOLE_AT_STRIPE.has(code) ? 1 : THOUSANDTHS_AT_STRIPE.has(code) ? 1000 : 100;
    const sent = amount * ofOne / 10 ** DIGITS.get(code);
    const step = THOUSANDTHS_AT_STRIPE.has(code) ? 10 : 1;
    return Number.isInteger(sent) && sent % step === 0 && sent <= 99_999_999 ? sent : undefined;
};

const usesName = (locale, code) => locale === 'ja' && code === 'JPY';

const formatOf = (locale, code, digits) => new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: code,
    currencyDisplay: usesName(locale, code) ? 'name' : 'symbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
});

/** True where Intl shows fewer digits than the currency has. */
const leavesOut = (locale, code) => {
    const { maximumFractionDigits } = new Intl.NumberFormat(locale, { style: 'currency', currency: code }).resolvedOptions();
    return maximumFractionDigits < DIGITS.get(code);
};

/** An amount as Intl writes it. */
const expected = (locale, code, amount) => {
    const digits = DIGITS.get(code);
    const isWhole = amount % 10 ** digits === 0;
    return formatOf(locale, code, isWhole && leavesOut(locale, code) ? 0 : digits).format(amount / 10 ** digits);
};

/** The parts of a number: its marks, and the pattern around it. */
const partsOf = (locale, code) => {
    const parts = formatOf(locale, code, DIGITS.get(code)).formatToParts(1_234_567.5);
    const isNumber = ({ type }) => ['integer', 'group', 'decimal', 'fraction'].includes(type);
    const name = leavesOut(locale, code) ? '{whole}' : '{amount}';
    const pattern = parts.map((part) => (isNumber(part) ? '\0' : part.value)).join('').replace(/\0+/, name);
    const mark = (type) => parts.find((part) => part.type === type)?.value;
    return { pattern, group: mark('group'), decimal: mark('decimal') };
};

const wordsOf = (locale) => {
    const patterns = new Map([...DIGITS.keys()].map((code) => [code, partsOf(locale, code).pattern]));
    const { group, decimal } = partsOf(locale, 'USD');
    return { group, decimal, patterns };
};

/** An amount as the endpoint writes it, by the pattern. */
const written = ({ group, decimal, patterns }, code, amount) => {
    const digits = DIGITS.get(code);
    const all = String(amount).padStart(digits + 1, '0');
    const [whole, part] = [all.slice(0, all.length - digits), all.slice(all.length - digits)];
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
    const full = part ? `${grouped}${decimal}${part}` : grouped;
    return patterns.get(code).replace('{amount}', full).replace('{whole}', /[1-9]/.test(part) ? full : grouped);
};

let differing = 0;
const complain = (text) => {
    console.error(text);
    differing += 1;
};

for (const [code, digits] of DIGITS) {
    const known = iso.code(code)?.digits;
    if (known === undefined) console.log(`${code} is not in this list of ISO 4217 yet.`);
    else if (known !== digits) complain(`${code} has ${known} digits in ISO 4217, not ${digits}.`);
}
const { cldr, icu } = process.versions;
if (Number.parseInt(cldr, 10) !== Number(CLDR)) {
    console.log(`This Node has CLDR ${cldr}, the tables of money are of CLDR ${CLDR}: not compared.`);
    process.exit(differing);
}

const tables = {};
for (const locale of LOCALES) {
    const words = wordsOf(locale);
    for (const code of DIGITS.keys()) {
        for (const amount of [1, 50, 99, 100, 5000, 123_450, 999_999, 1_234_567, 99_999_999, 1_000_000_000]) {
            const [own, intl] = [written(words, code, amount), expected(locale, code, amount)];
            if (own !== intl) complain(`${locale}: ${amount} of ${code} is ${own}, and ${intl} in Intl.`);
        }
    }
    tables[`site/locales/${locale}/money.toml`] = [
        '# How money is written. `{amount}` is the number; `{whole}` leaves out what is behind the decimal mark where that is zero.',
        `# Made by tests/locales/money.mjs from ICU with CLDR ${CLDR}.`,
        `group = ${JSON.stringify(words.group)}`,
        `decimal = ${JSON.stringify(words.decimal)}`,
        '',
        '[patterns]',
        ...[...words.patterns].map(([code, pattern]) => `${code} = ${JSON.stringify(pattern)}`),
        '',
    ].join('\n');
}

const rows = [...DIGITS.keys()].flatMap((code) => [...new Set([LEAST.get(code), 5000, 123_450])].filter(Boolean).map((amount) => [
    code,
    amount,
    expected('en', code, amount),
    expected('ja', code, amount),
    atStripe(code, amount) ?? '-',
].join(' | ')));
tables['tests/locales/money.txt'] = [
    `# Made by tests/locales/money.mjs from ICU with CLDR ${CLDR}: a currency, an amount in content, in English, in Japanese, and as sent`,
    '# to Stripe (`-`: it cannot be). The first line of a currency is the least that Stripe takes, where that is known.',
    ...rows,
    '',
].join('\n');

for (const [path, text] of Object.entries(tables)) {
    const file = new URL(path, ROOT);
    if (process.argv.includes('--write')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) complain(`${path} is not what ICU ${icu} says.`);
    else console.log(`${path}: ${text.split('\n').length - 1} lines, as ICU ${icu} says`);
}
process.exit(differing);
