/** Harness: `visitorTest` runs one test with a site and a visitor of its own. README.md says how to write the next. */

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { launch, visit } from "./browser.mjs";
import { NOW, startSite } from "./site.mjs";

/** Browsers, by whether they keep pages as they were left. @type {Map<boolean, Promise<import("playwright-core").Browser>>} */
const launched = new Map();
const browser = (backForwardCache) => {
  if (!launched.has(backForwardCache)) launched.set(backForwardCache, launch(backForwardCache));
  return launched.get(backForwardCache);
};
after(async () => { for (const one of launched.values()) await (await one).close(); });

/**
 * One test: a site with fresh data, and a visitor. Whatever it is about, it fails where the page complains on the
 * console, breaks its own policy, sets a cookie, or calls another origin.
 * @param {string} name
 * @param {{ content?: string, now?: string, turnstile?: import("./turnstile.mjs").Turnstile, parents?: string[], checkout?: Object, backForwardCache?: boolean, context?: import("playwright-core").BrowserContextOptions }} options
 * @param {(scene: { site: import("./site.mjs").Site, page: import("playwright-core").Page, visitor: Object }) => Promise<void>} body
 */
export const visitorTest = (name, { content, now = NOW, turnstile, parents, checkout, backForwardCache = false, context = {} }, body) => {
  test(name, { timeout: 120_000 }, async () => {
    const site = await startSite({ content, now, turnstile: turnstile?.keys, parents, checkout });
    let visitor;
    try {
      visitor = await visit(await browser(backForwardCache), site, now, context);
      await turnstile?.intercept(visitor);
      if (checkout) visitor.origins.push(site.checkout.origin);
      await body({ site, visitor, page: visitor.page });
      assert.deepEqual(await visitor.wrongs(), []);
    } catch (fault) {
      console.error(`${name}: the page when it failed:\n${await visitor?.seen()}`);
      throw fault;
    } finally {
      await visitor?.leave();
      await site.stop();
    }
  });
};
