/** Whatever the page's scripts use may be missing or broken, from the start or from any step on: the visitor books. */

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { launch, visit } from "./harness/browser.mjs";
import { NOW, startSite } from "./harness/site.mjs";
import { TEN, WEDNESDAY, bookButton, day, fillIn, seconds, time, toDetails } from "./harness/steps.mjs";

const SCRIPTS = resolve(import.meta.dirname, "../../site/scripts");

/** The longest time that a step may take to do what it says, or to leave the plain form behind, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Every name in a folder's scripts. */
const namesIn = async (folder) => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) => text.replace(/\/\*\*.*?\*\/|\/\/[^\n]*/gs, "").match(/[A-Za-z]\w+/g));
};
const NAMES = [...new Set([...await namesIn(SCRIPTS), ...await namesIn(join(SCRIPTS, "details"))])];

/** Takes a name from everything in a browser that has it, or has it throw. In the page. */
const spoil = ([names, how]) => {
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
  const fail = () => { throw new Error("broken"); };
  const owners = new Set([globalThis, ...getOwnPropertyNames(globalThis).map((name) => globalThis[name]).flatMap((value) => [value, value?.prototype])]);
  const found = [...owners].filter((owner) => owner && /object|function/.test(typeof owner))
    .flatMap((owner) => names.map((name) => ({ owner, name, was: getOwnPropertyDescriptor(owner, name) })))
    .filter(({ was }) => was?.configurable);
  for (const { owner, name, was } of found) {
    if (how === "is missing") delete owner[name];
    else if (was.get) defineProperty(owner, name, { configurable: true, get: fail, set: fail });
    else if (typeof was.value === "function") defineProperty(owner, name, { configurable: true, writable: true, value: fail });
  }
};

/** What browsers have of those names. In the page. */
const known = (names) => names.filter((name) => [globalThis, ...Object.getOwnPropertyNames(globalThis).map((one) => globalThis[one]).flatMap((value) => [value, value?.prototype])]
  .some((owner) => owner && /object|function/.test(typeof owner) && Object.getOwnPropertyDescriptor(owner, name)?.configurable));

let site;
let browser;
before(async () => {
  site = await startSite();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

const plainButton = (page) => page.getByRole("button", { name: "Book this time" });
const plainTen = (page) => page.getByRole("group", { name: "Wednesday 25 November" }).getByRole("radio", { name: "10:00" });

const inPlainForm = async (page) => {
  await plainTen(page).check({ timeout: 5000 });
  await fillIn(page);
  await plainButton(page).click();
};

/** The visitor's steps, each with what is there once it is done. */
const STEPS = [
  [(page) => page.goto("/aiko/intro/"), (page) => day(page, WEDNESDAY)],
  [(page) => day(page, WEDNESDAY).click(), (page) => time(page, TEN)],
  [(page) => time(page, TEN).check(), (page) => page.getByRole("button", { name: "Continue" })],
  [(page) => toDetails(page), (page) => bookButton(page).first()],
  [async (page) => { await fillIn(page); await bookButton(page).first().click(); }, (page) => page.getByText("Sent", { exact: true })],
];

/** What is sent once somebody has booked, with something spoilt from a step on; the first is before the page is there. */
const book = async (names, how, from) => {
  const visitor = await visit(browser, site, NOW, {});
  const { context, page } = visitor;
  context.setDefaultTimeout(PATIENCE_MS);
  const sent = [];
  await page.route("**/api/bookings", (route) => {
    sent.push(route.request().postData());
    if (route.request().isNavigationRequest()) return route.fulfill({ contentType: "text/html", body: "<p>Sent" });
    return route.fulfill({ json: { manage_url: "/sent/" } });
  });
  await page.route("**/sent/", (route) => route.fulfill({ contentType: "text/html", body: "<p>Sent" }));
  try {
    if (from === 0) await context.addInitScript(spoil, [names, how]);
    const isSent = () => page.getByText("Sent", { exact: true }).isVisible();
    let at = 0;
    while (at < STEPS.length && !await isSent()) {
      const here = at;
      const [act, there] = STEPS[here];
      if (await plainButton(page).isVisible()) {
        // It may only have been there until the script was.
        await inPlainForm(page).then(() => page.getByText("Sent", { exact: true }).waitFor(), () => {});
        continue;
      }
      if (at > 0 && at === from) await page.evaluate(spoil, [names, how]);
      // What the visitor was about to touch may be gone the moment that the plain form is there.
      const done = act(page).then(() => there(page).waitFor()).then(() => { at = Math.max(at, here + 1); });
      await Promise.any([done, plainButton(page).waitFor(), page.getByText("Sent", { exact: true }).waitFor()]);
      done.catch(() => {});
    }
    return sent;
  } finally {
    await context.close();
  }
};

/** The time that was asked for, whichever form has sent it. */
const isTen = (body) => /"start":"2026-11-25T01:00:00/.test(body) || new RegExp(`start=(g1a\\.60|${seconds(TEN)})(&|$)`).test(body);

/** What went wrong, if anything. */
const wrong = async (names, how, from) => {
  try {
    const sent = await book(names, how, from);
    return sent.length === 1 && isTen(sent[0]) ? [] : [`${names} ${how} from step ${from}: ${sent.length} sent, ${sent.at(-1)}`];
  } catch (error) {
    return [`${names} ${how} from step ${from}: ${error.errors?.[0] ?? error}`];
  }
};

/** How many visitors come at a time. */
const AT_ONCE = 4;

/** Tries all of these, some at a time. @returns {Promise<string[]>} what went wrong */
const wrongs = async (trials) => {
  const rest = trials.values();
  const walk = async () => {
    const found = [];
    for (const trial of rest) found.push(...await wrong(...trial));
    return found;
  };
  return (await Promise.all(Array.from({ length: AT_ONCE }, walk))).flat();
};

/** The names that a browser has. */
const names = async () => {
  const page = await browser.newPage();
  await page.goto(site.url);
  return page.evaluate(known, NAMES).finally(() => page.close());
};

/** Several at a time. */
const together = (all, count) => Array.from({ length: Math.ceil(all.length / count) }, (_, at) => all.slice(at * count, (at + 1) * count));

for (const from of [0, 1]) {
  test(`several names together: each is missing from step ${from}`, { timeout: 1_800_000 }, async () => {
    assert.deepEqual(await wrongs(together(await names(), 8).map((several) => [several, "is missing", from])), []);
  });
}
