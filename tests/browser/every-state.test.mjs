/** Rules for every state of every page: axe finds nothing, 320 pixels are enough, the HTML as sent is valid. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { HtmlValidate } from "html-validate";

import { visitorTest } from "./harness/index.mjs";
import { STATES, prefixOf } from "./harness/states.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** HTML that is valid; matters of taste are left out: unquoted attributes and left-out end tags are HTML too. */
const validator = new HtmlValidate({ extends: ["html-validate:standard"], rules: {
  "no-trailing-whitespace": "off", "no-inline-style": "error", "no-implicit-close": "off", "no-implicit-button-type": "off", "attr-quotes": "off",
  "no-raw-characters": "off", "long-title": "off", "void-style": "off", "doctype-style": "off", "attribute-boolean-style": "off", "attribute-empty-style": "off",
} });

/** The findings of axe, as text: the rule, and where. */
const axe = async (page) => {
  // Evaluated from outside, as the page's own policy lets no other script in.
  await page.evaluate(await readFile(AXE, "utf8"));
  const violations = await page.evaluate(async (tags) => (await globalThis.axe.run(document, { runOnly: tags })).violations, TAGS);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.split("\n").at(-1).trim()}`));
};

/** The elements that stick out to the right of the window. */
const overflow = (page) => page.evaluate(() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const out = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
  return [`${root.scrollWidth} of ${root.clientWidth} pixels`, ...out.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
});

/** The languages in which a state is looked at: in the short form in one of them, by turns. */
const LOCALES = ["en", "ja"];
const localesOf = (number) => (process.env.DAYMARK_TESTS === "long" ? LOCALES : [LOCALES[number % LOCALES.length]]);

for (const [number, { name, plain, content, turnstile, checkout, open }] of STATES.entries()) {
  for (const locale of localesOf(number)) {
    visitorTest(`${name} (${locale})`, { content, turnstile, checkout, context: { timezoneId: "Europe/Berlin", locale } }, async (scene) => {
      const { page, visitor } = scene;
      visitor.expected.push(/status of (401|403|404|409|410|422|503)/, /ERR_INTERNET_DISCONNECTED/, /ERR_BLOCKED_BY_CLIENT/);
      // A page without its script, but in a browser in which axe runs.
      if (plain) await visitor.context.route(/\/assets\/.*\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
      const sent = [];
      page.on("response", (response) => {
        if (response.request().isNavigationRequest() && response.headers()["content-type"]?.startsWith("text/html")) sent.push(response.text().catch(() => ""));
      });
      await open({ ...scene, locale, prefix: prefixOf(locale) });
      assert.notEqual(sent.length, 0);
      for (const html of await Promise.all(sent)) {
        const report = await validator.validateString(html);
        assert.deepEqual(report.results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId}: ${message} (line ${line})`)), []);
      }
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await axe(page), [], colorScheme);
      }
      for (const media of [{}, { forcedColors: "active" }, { reducedMotion: "reduce" }]) {
        await page.emulateMedia({ colorScheme: "light", ...media });
        // 320 pixels are also what 1280 are at 400 %.
        await page.setViewportSize({ width: 320, height: 640 });
        assert.deepEqual(await overflow(page), []);
      }
    });
  }
}
