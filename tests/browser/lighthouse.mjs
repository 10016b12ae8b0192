/**
 * Lighthouse: what it says of the pages that visitors see, on a phone and on a desk, and of another site's page without and with
 * a meeting page in it. Prints a table, and what each page lacks of 100; exits with 1 if one lacks anything.
 *
 *     npm run lighthouse                   all pages
 *     npm run lighthouse -- /aiko/intro/   one of them
 *     npm run lighthouse -- embed          another site's page, without and with a meeting page
 *
 * Performance is measured, so other work on the machine lowers it: run it alone. The median of ROUNDS counts, by performance.
 */

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";

import { FLAGS, findChromium } from "./harness/browser.mjs";
import { Parent } from "./harness/parent.mjs";
import { startSite } from "./harness/site.mjs";

const PAGES = ["/", "/aiko/", "/aiko/intro/", "/ja/", "/ja/aiko/", "/ja/aiko/intro/"];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const ROUNDS = 5;

/** The audits that a category counts and that are not passed, each with its share of what is missing. */
const lacks = ({ categories, audits }, category) => categories[category].auditRefs
  .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
  .map(({ id }) => `${id} ${audits[id].displayValue ?? ""}`.trim());

/** The scores of a page in hundreds, by category, with what is missing. */
const audit = async (url, port, config) => {
  const { lhr } = await lighthouse(url, { port, logLevel: "silent", onlyCategories: CATEGORIES }, config);
  return Object.fromEntries(CATEGORIES.map((category) => [
    category,
    { score: Math.round(lhr.categories[category].score * 100), lacks: lacks(lhr, category) },
  ]));
};

/** The audit in the middle. */
const median = async (...page) => {
  const found = [];
  for (let round = 0; round < ROUNDS; round += 1) found.push(await audit(...page));
  found.sort((one, other) => one.performance.score - other.performance.score);
  return found[Math.floor(ROUNDS / 2)];
};

/** Another site's page, long enough that what is embedded begins below the first screen. */
const article = `<meta name="viewport" content="width=device-width"><meta name="description" content="What we do.">
  <style>body { margin: 1rem auto; max-width: 40rem; padding: 0 1rem; line-height: 1.5 }</style>
  <main><h1>Our services</h1>${"<p>We listen first, then we advise, and in the end you decide. All of it takes an hour.</p>".repeat(20)}`;

const wanted = process.argv.slice(2);
const parent = await new Parent().start();
parent.language = "en";
const site = await startSite({ parents: [parent.origin] });
const chromium = await launch({ chromePath: findChromium(), chromeFlags: ["--headless=new", ...FLAGS] });
let missing = 0;

const report = async (name, url) => {
  for (const [form, config] of [["phone", undefined], ["desk", desktop]]) {
    const found = await median(url, chromium.port, config);
    const scores = CATEGORIES.map((category) => String(found[category].score).padStart(category.length));
    console.log(`${name.padEnd(18)}${form.padEnd(9)}${scores.join("  ")}`);
    for (const { score, lacks: audits } of Object.values(found).filter((category) => category.score < 100)) {
      missing += 1;
      console.log(`    ${score}: ${audits.join(", ")}`);
    }
  }
};

try {
  console.log(`${"page".padEnd(18)}${"form".padEnd(9)}${CATEGORIES.join("  ")}`);
  for (const path of PAGES) if (!wanted.length || wanted.includes(path)) await report(path, site.url + path);
  if (!wanted.length || wanted.includes("embed")) {
    const link = `${site.url}/aiko/intro/`;
    for (const [name, attribute] of [["without an embed", ""], ["inline", "inline"], ["pop-up", "popup"], ["button", "button"]]) {
      const script = attribute && `<script src="${site.url}/embed.js" async></script>`;
      parent.body = `${article}<p><a href="${link}"${attribute && ` data-daymark="${attribute}"`}>Book an introductory call</a></p></main>${script}`;
      await report(name, `${parent.origin}/page`);
    }
  }
} finally {
  chromium.kill();
  parent.stop();
  await site.stop();
}
process.exit(missing ? 1 : 0);
