/**
 * Lighthouse: what it says of the pages that visitors see, on a phone and on a desk. Prints a table, and what each page lacks
 * of 100; exits with 1 if one lacks anything.
 *
 *     npm run lighthouse                   all pages
 *     npm run lighthouse -- /aiko/intro/   one of them
 *
 * Performance is measured, so other work on the machine lowers it: run it alone, and the best of ROUNDS counts.
 */

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";

import { FLAGS, findChromium } from "./harness/browser.mjs";
import { startSite } from "./harness/site.mjs";

const PAGES = ["/", "/aiko/", "/aiko/intro/", "/ja/", "/ja/aiko/", "/ja/aiko/intro/"];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const ROUNDS = 3;

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

const best = async (...page) => {
  let found = await audit(...page);
  for (let round = 1; round < ROUNDS && found.performance.score < 100; round += 1) {
    const next = await audit(...page);
    if (next.performance.score > found.performance.score) found = next;
  }
  return found;
};

const wanted = process.argv.slice(2);
const site = await startSite();
const chromium = await launch({ chromePath: findChromium(), chromeFlags: ["--headless=new", ...FLAGS] });
let missing = 0;
try {
  console.log(`${"page".padEnd(18)}${"form".padEnd(9)}${CATEGORIES.join("  ")}`);
  for (const path of wanted.length ? wanted : PAGES) {
    for (const [form, config] of [["phone", undefined], ["desk", desktop]]) {
      const found = await best(site.url + path, chromium.port, config);
      const scores = CATEGORIES.map((category) => String(found[category].score).padStart(category.length));
      console.log(`${path.padEnd(18)}${form.padEnd(9)}${scores.join("  ")}`);
      for (const { score, lacks: audits } of Object.values(found).filter((category) => category.score < 100)) {
        missing += 1;
        console.log(`    ${score}: ${audits.join(", ")}`);
      }
    }
  }
} finally {
  chromium.kill();
  await site.stop();
}
process.exit(missing ? 1 : 0);
