/**
 * From an email: how long it takes from the press on a suggested time to "You are booked", and how many presses, on a slow
 * phone with slow 4G whose browser remembers the visitor. Prints a table; exits with 1 beyond MOST_ACTIONS or MOST_SECONDS.
 *
 *     npm run from-an-email
 *
 * It measures, so other work on the machine makes it slower: run it alone. The median of ROUNDS counts.
 */

import { join } from "node:path";

import { launch, visit } from "./harness/browser.mjs";
import { NOW, startSite } from "./harness/site.mjs";
import { TEN, booked } from "./harness/steps.mjs";

const MOST_ACTIONS = 3;
const MOST_SECONDS = 10;
const ROUNDS = 5;

/** Slow 4G as Lighthouse has it, with what its requests really take: 150 ms there and back, 3.75 times for each request. */
const SLOW_4G = { offline: false, latency: 562.5, downloadThroughput: 1474.56 * 125, uploadThroughput: 675 * 125 };
/** So many times slower than this machine is the phone, as in Lighthouse. */
const CPU_SLOWNESS = 4;
const PHONE = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true };

const CONTENT = join(import.meta.dirname, "content/auto");
const PAGE = "wren/plain";
/** Wednesday, 10:00 and 11:00 in Tokyo. */
const TIMES = [TEN, "2026-11-25T02:00:00Z"];

/** What happens between the email and the press on its link. */
const CASES = {
  "the time is free": {},
  "it is taken, another suggested one is chosen": { taken: [TEN] },
  "all suggested ones are taken, one of the page's is chosen": { taken: TIMES },
};

/** A new visitor's way on a new site. @returns {Promise<{ ready: number, all: number, bytes: number, actions: number }>} in seconds */
const measure = async (browser, { taken = [] }) => {
  const site = await startSite({ content: CONTENT });
  const visitor = await visit(browser, site, NOW, PHONE);
  const { page } = visitor;
  try {
    const [link] = await site.suggest(PAGE, TIMES);
    for (const time of taken) await site.book(PAGE, time, { answers: {} });
    await page.goto("/wren/");
    await page.evaluate(() => localStorage.setItem("daymark:known", JSON.stringify({ name: "Mara Lind", email: "mara@example.org" })));
    await page.goto("about:blank");
    await page.setContent(`<a href="${link}">Wednesday</a>`);
    const session = await visitor.context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.clearBrowserCache");
    await session.send("Network.emulateNetworkConditions", SLOW_4G);
    await session.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWNESS });
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
    const begun = performance.now();
    const since = () => (performance.now() - begun) / 1000;
    let actions = 0;
    const tap = async (element) => {
      actions += 1;
      await element.tap();
    };
    await tap(page.getByRole("link"));
    if (taken.length) {
      await page.locator(".errors").waitFor();
      const offered = page.getByRole("group", { name: "Also suggested, and free" }).getByRole("radio").first();
      if (taken.length < TIMES.length) await tap(offered);
      else {
        await tap(page.locator(".calendar .slots label").first());
        await tap(page.getByRole("button", { name: "Continue" }));
      }
    }
    // The plain form, which may be there first, names no time.
    const button = page.getByRole("button", { name: /^Book \w+day / });
    await button.waitFor();
    const ready = since();
    await tap(button);
    await booked(page);
    return { ready, all: since(), bytes, actions };
  } finally {
    await visitor.leave();
    await site.stop();
  }
};

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

const browser = await launch();
let isGood = true;
try {
  console.log(`Slow 4G, a processor ${CPU_SLOWNESS} times slower, a browser that remembers the visitor; medians of ${ROUNDS}, from the press on the link`);
  console.log("actions  to the button  to \"You are booked\"  received  case");
  for (const [name, wanted] of Object.entries(CASES)) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(browser, wanted));
    const of = (key) => median(rounds.map((round) => round[key]));
    const cells = [String(of("actions")).padStart(7), `${of("ready").toFixed(1)} s`.padStart(13), `${of("all").toFixed(1)} s`.padStart(19), `${Math.round(of("bytes") / 1024)} kB`.padStart(8)];
    console.log(`${cells.join("  ")}  ${name}`);
    // Nobody has suggested what the last one is about.
    if (wanted.taken?.length !== TIMES.length) isGood &&= of("actions") <= MOST_ACTIONS && of("all") <= MOST_SECONDS;
  }
} finally {
  await browser.close();
}
process.exit(isGood ? 0 : 1);
