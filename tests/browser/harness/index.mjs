/** Harness: `visitorTest` runs one test with a site and a visitor of its own. README.md says how to write the next. */

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { launch, visit } from "./browser.mjs";
import { NOW, startSite } from "./site.mjs";

let launched;
const browser = () => (launched ??= launch());
after(async () => (await launched)?.close());

/**
 * One test: a site with fresh data, and a visitor. Whatever it is about, it fails where the page complains on the
 * console, breaks its own policy, sets a cookie, or calls another origin.
 * @param {string} name
 * @param {{ content?: string, now?: string, context?: import("playwright-core").BrowserContextOptions }} options
 * @param {(scene: { site: import("./site.mjs").Site, page: import("playwright-core").Page, visitor: Object }) => Promise<void>} body
 */
export const visitorTest = (name, { content, now = NOW, context = {} }, body) => {
  test(name, { timeout: 120_000 }, async () => {
    const site = await startSite({ content, now });
    let visitor;
    try {
      visitor = await visit(await browser(), site, now, context);
      await body({ site, visitor, page: visitor.page });
      assert.deepEqual(await visitor.wrongs(), []);
    } finally {
      await visitor?.context.close();
      await site.stop();
    }
  });
};
