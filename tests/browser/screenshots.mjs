/** Screenshots: every state at two widths, light and dark, in each language, into output/. `npm run screenshots [name…]` */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { launch, visit } from "./harness/browser.mjs";
import { NOW, startSite } from "./harness/site.mjs";
import { STATES, prefixOf } from "./harness/states.mjs";

const OUTPUT = join(import.meta.dirname, "output");
const wanted = process.argv.slice(2);
const states = STATES.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name === one || (one.endsWith("*") && name.startsWith(one.slice(0, -1)))));

await mkdir(OUTPUT, { recursive: true });
const browser = await launch();
for (const { name, plain, content, turnstile, checkout, open } of states) {
  for (const locale of ["en", "ja"]) {
    const site = await startSite({ content, turnstile: turnstile?.keys, checkout });
    const visitor = await visit(browser, site, NOW, { javaScriptEnabled: !plain, timezoneId: "Europe/Berlin", locale });
    await turnstile?.intercept(visitor);
    const { page } = visitor;
    await open({ site, visitor, page, locale, prefix: prefixOf(locale) });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [width, height] of [[1280, 900], [375, 812]]) {
        await page.setViewportSize({ width, height });
        const path = join(OUTPUT, `${name}-${locale}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: !plain || !name.includes("meeting") });
      }
    }
    await visitor.leave();
    await site.stop();
  }
  process.stderr.write(`${name}\n`);
}
await browser.close();
