/** Pages of the site in frames of another one: what that shows, what it is told, and what it is not. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";

import { visitorTest } from "./harness/index.mjs";
import { Parent } from "./harness/parent.mjs";
import { TEN, bookButton, chooseTen, fillIn, toDetails } from "./harness/steps.mjs";

const parent = await new Parent().start();
after(() => parent.stop());
const parents = ["https://www.example.com", parent.origin];

/** A page of the other site, which loads the script and has these links. */
const embedding = async ({ site, visitor, page }, links, { query = "", strict = true } = {}) => {
  visitor.origins.push(parent.origin);
  parent.body = `<script src="${site.url}/embed.js" async></script>${links}`;
  // No styles but the browser's own.
  parent.policy = strict ? `default-src 'none'; script-src 'self' ${site.url}; frame-src ${site.url}; img-src data:` : "";
  await page.goto(`${parent.origin}/page${query}`);
};

const link = (site, kind, more = "", query = "", id = kind) => `<a id="${id}" href="${site.url}/aiko/intro/${query}" data-daymark="${kind}" ${more}>Book a call</a>`;
const frameOf = (page, nth = 0) => page.frameLocator(`iframe >> nth=${nth}`);
const told = (page, ...types) => page.evaluate((types) => globalThis.told.filter(({ type }) => types.includes(type)), types);
const hears = (page, type, id = "") => page.waitForFunction(([type, id]) => globalThis.told.find((one) => one.type === type && (!id || one.id === id))?.data, [type, id]).then((data) => data.jsonValue());
const book = async (frame) => {
  await chooseTen(frame);
  await toDetails(frame);
  await fillIn(frame);
  await bookButton(frame).click();
};
const pagesAsked = (visitor) => visitor.requests.filter(({ pathname }) => pathname === "/aiko/intro/");

/** The frame of a page in line, with its form filled in for the usual time. */
const filledIn = async (scene) => {
  await embedding(scene, link(scene.site, "inline"));
  const frame = frameOf(scene.page);
  await chooseTen(frame);
  await toDetails(frame);
  await fillIn(frame);
  return frame;
};

visitorTest("books in a frame, under a strict policy, and the site around is told ids and times", { parents }, async (scene) => {
  const { site, page } = scene;
  await embedding(scene, `<main><h1>Hello</h1>${link(site, "inline", 'data-prefill-topic="A first idea."', "?utm_source=link")}<p>After</p></main>`, { query: "?utm_source=ad&utm_campaign=spring&gclid=77&name=Somebody" });
  const frame = frameOf(page);
  await hears(page, "ready");
  assert.equal(await page.locator("#inline").isVisible(), false);
  assert.equal(await page.locator("iframe").getAttribute("title"), "Book a call");
  await chooseTen(frame);
  assert.deepEqual(await hears(page, "slot-selected"), { start: "2026-11-25T01:00:00.000Z", duration_minutes: 30 });
  await toDetails(frame);
  assert.equal(await frame.getByLabel("What would you like to talk about?").inputValue(), "A first idea.");
  assert.equal(await frame.getByLabel("Your name").inputValue(), "", "nothing of the parent's own but tracking");
  await fillIn(frame);
  await bookButton(frame).click();
  const data = await hears(page, "booked");
  const booking = await site.onlyBooking("aiko");
  assert.deepEqual(data, { id: booking.id, start: TEN });
  assert.deepEqual(booking.tracking, { gclid: "77", utm_campaign: "spring", utm_source: "link" });
  const heard = await page.evaluate(() => globalThis.heard);
  assert.ok(heard.every(({ origin, data: { source, version } }) => origin === site.url && source === "daymark" && version === 1));
  assert.doesNotMatch(JSON.stringify(heard), /Mia|mia@|idea/);

  // A frame shows no address that could be saved.
  const alone = scene.visitor.context.waitForEvent("page");
  await frame.getByRole("link", { name: "Open it in a tab of its own" }).click();
  const own = await alone;
  await own.getByRole("heading", { name: "You are booked" }).waitFor();
  assert.equal(own.url().startsWith(`${site.url}/booking/${booking.id}/`), true);
  assert.equal(await own.getByRole("link", { name: "Open it in a tab of its own" }).count(), 0);

  // The page of the booking in the same frame: it tells what changes there, once.
  await frame.getByRole("link", { name: /another time/ }).click();
  await frame.locator("input[name=start]:enabled").nth(3).check();
  await frame.getByRole("button", { name: /^Move/ }).click();
  const moved = await hears(page, "rescheduled");
  assert.deepEqual(moved, { id: booking.id, start: (await site.onlyBooking("aiko")).start });
  assert.notEqual(moved.start, TEN);
  await frame.locator("summary").click();
  await frame.getByRole("button", { name: /^Cancel/ }).click();
  assert.deepEqual(await hears(page, "cancelled"), { id: booking.id, start: moved.start });
  const all = await told(page, "booked", "requested", "rescheduled", "cancelled", "failed");
  assert.deepEqual(all.map(({ type, id }) => [type, id]), [["booked", "inline"], ["rescheduled", "inline"], ["cancelled", "inline"]]);
});

visitorTest("a frame is as high as its page, and moves nothing while it loads", { parents }, async (scene) => {
  const { site, page } = scene;
  await page.addInitScript(() => {
    globalThis.shifts = 0;
    new PerformanceObserver((list) => { for (const { value } of list.getEntries()) globalThis.shifts += value; }).observe({ type: "layout-shift", buffered: true });
  });
  await embedding(scene, link(site, "inline"));
  await hears(page, "resize");
  const height = () => page.locator("iframe").evaluate((frame) => frame.getBoundingClientRect().height);
  const content = () => frameOf(page).locator("html").evaluate((root) => root.getBoundingClientRect().height);
  await page.waitForFunction(() => document.querySelector("iframe").clientHeight !== 720);
  assert.ok(Math.abs(await height() - await content()) <= 40, `${await height()} for ${await content()}`);
  assert.ok(await height() >= await content());
  await page.setViewportSize({ width: 360, height: 800 });
  await page.waitForFunction(() => globalThis.told.filter(({ type }) => type === "resize").length > 1);
  await page.waitForTimeout(300);
  assert.ok(await height() >= await content(), `${await height()} for ${await content()}`);
  assert.equal(await page.evaluate(() => globalThis.shifts), 0);
  // A page that says to be higher each time is not followed for ever.
  const last = await height();
  await page.evaluate(() => {
    const frame = document.querySelector("iframe");
    globalThis.heights = () => frame.clientHeight;
  });
  await frameOf(page).locator("html").evaluate(async () => {
    for (let height = 2000; height < 90_000; height += 100) parent.postMessage({ source: "daymark", version: 1, type: "resize", data: { height } }, name.split(/[ ]|daymark:/)[1]);
  });
  await page.waitForFunction(() => globalThis.told.filter(({ type }) => type === "resize").length > 800);
  assert.ok(await height() <= 10_000, `${last} became ${await height()}`);
});

visitorTest("nothing is asked for before a frame is near, or wanted", { parents }, async (scene) => {
  const { site, visitor, page } = scene;
  const far = "<br>".repeat(600);
  await embedding(scene, `${link(site, "popup")}${far}${link(site, "inline")}`);
  await page.waitForFunction(() => globalThis.Daymark && document.querySelector("iframe"));
  await page.waitForTimeout(500);
  assert.deepEqual(pagesAsked(visitor), []);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await hears(page, "ready", "inline");
  assert.equal(pagesAsked(visitor).length, 1);
});

visitorTest("a link opens a dialog, which closes again", { parents }, async (scene) => {
  const { site, page } = scene;
  await embedding(scene, `<p>${link(site, "popup")}</p>`);
  await page.waitForFunction(() => globalThis.Daymark);
  const opening = page.getByRole("link", { name: "Book a call" });
  await opening.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Book a call" });
  await hears(page, "ready", "popup");
  assert.ok(await dialog.isVisible());
  await book(frameOf(page));
  assert.equal((await hears(page, "booked", "popup")).id, (await site.onlyBooking("aiko")).id);
  await dialog.getByRole("button", { name: "Close" }).click();
  assert.equal(await dialog.isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "popup");
  await opening.click();
  await frameOf(page).getByRole("link").first().focus();
  await page.keyboard.press("Escape");
  assert.equal(await dialog.isVisible(), false);
});

visitorTest("a button floats, and opens the same", { parents, context: { viewport: { width: 360, height: 700 } } }, async (scene) => {
  const { site, page } = scene;
  await embedding(scene, `${link(site, "button")}${"<p>Text".repeat(99)}`);
  await page.waitForFunction(() => globalThis.Daymark);
  await page.evaluate(() => scrollTo(0, 1500));
  const box = await page.locator("#button").boundingBox();
  assert.ok(box.y + box.height <= 700 && box.x + box.width <= 360, JSON.stringify(box));
  await page.locator("#button").click();
  await hears(page, "ready", "button");
  await page.evaluate(() => globalThis.Daymark.unmount());
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll("dialog, iframe").length, document.querySelector("#button").style.cssText]), [0, ""]);
});

visitorTest("several buttons lie one above the other", { parents, context: { viewport: { width: 360, height: 700 } } }, async ({ site, visitor, page }) => {
  await embedding({ site, visitor, page }, `${link(site, "button", "", "", "one")}${link(site, "button", "", "?duration=60", "two")}${link(site, "button", "", "?duration=15", "three")}`);
  await page.waitForFunction(() => document.querySelector("#three").style.position === "fixed");
  const boxes = [];
  for (const id of ["one", "two", "three"]) boxes.push(await page.locator(`#${id}`).boundingBox());
  for (const [at, { y }] of boxes.slice(0, -1).entries()) {
    const { y: above, height } = boxes[at + 1];
    assert.ok(above + height < y && above > 0, JSON.stringify(boxes));
  }
  await page.locator("#one").click();
  await hears(page, "ready", "one");
});

visitorTest("two on one page do not take each other's words", { parents }, async (scene) => {
  const { site, page } = scene;
  await embedding(scene, `${link(site, "inline", "", "", "one")}${link(site, "inline", "", "?duration=60", "two")}`);
  await hears(page, "ready", "one");
  await hears(page, "ready", "two");
  await book(frameOf(page, 1));
  const { id } = await hears(page, "booked", "two");
  assert.equal((await site.onlyBooking("aiko")).id, id);
  assert.deepEqual((await told(page, "slot-selected", "booked")).map(({ id }) => id), ["two", "two"]);
});

visitorTest("frameworks mount and unmount, as often as they like", { parents }, async (scene) => {
  const { site, page } = scene;
  await embedding(scene, `<div id="app"></div><script src="${site.url}/embed.js"></script>`);
  await page.waitForFunction(() => globalThis.Daymark);
  const counted = (html) => page.evaluate((html) => {
    const app = document.querySelector("#app");
    if (html) app.innerHTML = html;
    const count = () => document.querySelectorAll("iframe").length;
    const counts = [];
    for (const act of ["mount", "mount", "unmount", "unmount", "mount"]) {
      globalThis.Daymark[act](app);
      counts.push(count());
    }
    return [...counts, app.firstChild.style.display];
  }, html);
  assert.deepEqual(await counted(link(site, "inline")), [1, 1, 0, 0, 1, "none"]);
  await hears(page, "ready");
  assert.equal(await page.locator("iframe").count(), 1);
  await page.evaluate(() => {
    globalThis.Daymark.unmount(document.querySelector("#inline"));
    globalThis.Daymark.mount(document.querySelector("#inline"));
  });
  await page.waitForFunction(() => globalThis.told.filter(({ type }) => type === "ready").length > 1);
  // A link that leads nowhere is left alone.
  scene.visitor.expected.push(/Invalid URL/);
  assert.deepEqual(await counted('<a data-daymark="inline" href="https://">x</a>').then((counts) => counts.slice(0, 5)), [0, 0, 0, 0, 0]);
});

visitorTest("a frame that is removed while it books harms nobody", { parents }, async (scene) => {
  const { site, page } = scene;
  const frame = await filledIn(scene);
  let arrive;
  const arrived = new Promise((resolve) => { arrive = resolve; });
  await page.route("**/api/bookings", async (route) => {
    const response = await route.fetch();
    await page.evaluate(() => globalThis.Daymark.unmount());
    await route.fulfill({ response }).catch(() => {});
    arrive();
  });
  await bookButton(frame).click({ noWaitAfter: true });
  await arrived;
  assert.equal(await page.locator("#inline").isVisible(), true);
  assert.deepEqual(await told(page, "booked", "failed"), []);
  assert.equal((await site.onlyBooking("aiko")).start, TEN);
  await page.unroute("**/api/bookings");
  await page.evaluate(() => { globalThis.told.length = 0; globalThis.Daymark.mount(); });
  await hears(page, "ready");
});

visitorTest("books in a frame whose storage is blocked", { parents }, async (scene) => {
  const { site, visitor, page } = scene;
  await visitor.context.addInitScript(() => {
    if (parent === self) return;
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(globalThis, name, { get() { throw new DOMException("Blocked", "SecurityError"); } });
    }
  });
  await embedding(scene, link(site, "inline"));
  await book(frameOf(page));
  assert.equal((await hears(page, "booked")).id, (await site.onlyBooking("aiko")).id);
});

visitorTest("says that a time could not be booked", { parents }, async (scene) => {
  const { site, page } = scene;
  const frame = await filledIn(scene);
  await site.book("aiko/intro", TEN);
  scene.visitor.expected.push(/status of 409/);
  await bookButton(frame).click();
  assert.deepEqual(await hears(page, "failed"), { start: "2026-11-25T01:00:00.000Z", duration_minutes: 30 });
});

visitorTest("what comes from elsewhere is not heard, and nothing goes there", { parents }, async (scene) => {
  const { site, visitor, page } = scene;
  const other = `<iframe src="/forged"></iframe><iframe src="${site.url}/aiko/intro/" name="daymark:https://other.example"></iframe><iframe src="${site.url}/aiko/intro/" name="daymark:*"></iframe><iframe src="${site.url}/aiko/intro/"></iframe>`;
  visitor.expected.push(/target origin provided/);
  await embedding(scene, `${link(site, "inline")}${other}`, { strict: false });
  await hears(page, "ready", "inline");
  for (const nth of [2, 3, 4]) await day(frameOf(page, nth));
  assert.deepEqual(await told(page, "booked"), []);
  const heard = await page.evaluate(() => globalThis.heard);
  assert.equal(heard.filter(({ data }) => data.type === "booked").length, 1, "the forged one came");
  assert.equal(heard.filter(({ data }) => data.type === "ready").length, 1, "only the script's own frame tells");
});

visitorTest("an origin that is not listed keeps the link, and its author is told why", { parents: ["https://www.example.com"] }, async (scene) => {
  const { site, visitor, page } = scene;
  visitor.expected.push(/frame-ancestors|Refused to|Framing/, /^console: Daymark: /, /chrome-error|ERR_BLOCKED_BY_RESPONSE/);
  await embedding(scene, link(site, "inline"));
  await page.locator("#inline").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("iframe").length === 0);
  const said = visitor.complaints.filter((complaint) => complaint.startsWith("console: Daymark: "));
  assert.equal(said.length, 1);
  assert.ok(said[0].startsWith(`console: Daymark: ${site.url} shows nothing in a frame here. Is ${parent.origin} among the parents of [embed] in its site.toml? `), said[0]);
  await page.locator("#inline").click();
  await page.getByRole("heading", { name: "Introductory call" }).waitFor();
});

visitorTest("all that bookings keep of where a visitor came from is passed on", { parents }, async (scene) => {
  const { site, page } = scene;
  const source = await readFile(join(import.meta.dirname, "../../scheduling/src/link.rs"), "utf8");
  const names = source.match(/const KEPT.*?= \[([^\]]*)\]/s)[1].match(/"(\w+)"/g).map((name) => name.slice(1, -1));
  assert.ok(names.length > 20);
  await embedding(scene, link(site, "inline"), { query: `?${names.map((name) => `${name}=1`).join("&")}&slot=${TEN}&email=x@example.com` });
  await hears(page, "ready");
  const address = new URL(await page.locator("iframe").getAttribute("src"));
  assert.deepEqual([...address.searchParams.keys()].sort(), [...names].sort());
});

/** Waits for a meeting page with its script at work. */
async function day(frame) {
  await frame.getByRole("button", { name: "Wednesday 25 November 2026" }).waitFor();
}

visitorTest("a request, and what becomes of it, is told once", { parents, context: { timezoneId: "Europe/Berlin" } }, async (scene) => {
  const { site, page } = scene;
  const night = `<a id="night" href="${site.url}/jonas/night/?slot=2026-11-25T20:00Z" data-daymark="inline">Book</a>`;
  await embedding(scene, night);
  const frame = frameOf(page);
  await frame.getByLabel("Your name").fill("Mia Berg");
  await frame.getByLabel(/email address/i).fill("mia@example.com");
  await frame.getByLabel(/Where shall we meet/).fill("https://example.org/room");
  await frame.getByRole("button", { name: /^Request / }).click();
  const requested = await hears(page, "requested");
  const { id } = await site.onlyBooking("jonas");
  assert.deepEqual(requested, { id, start: "2026-11-25T20:00:00Z" });
  // Accepted elsewhere, and seen when the page is read again; read once more, it is not told twice.
  await site.act(await site.onlyBooking("jonas"), "accept");
  const ready = async () => (await told(page, "ready")).length;
  for (let times = 0; times < 2; times += 1) {
    const before = await ready();
    await frame.locator("html").evaluate(() => location.reload()).catch(() => {});
    await frame.getByRole("heading", { name: "You are booked" }).waitFor();
    // Its script may come later than its words.
    await page.waitForFunction((before) => globalThis.told.filter(({ type }) => type === "ready").length > before, before);
  }
  assert.deepEqual(await hears(page, "booked"), { id, start: "2026-11-25T20:00:00Z" });
  assert.deepEqual((await told(page, "requested", "booked", "failed")).map(({ type }) => type), ["requested", "booked"]);
});
