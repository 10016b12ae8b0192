/** Auto-submit: a form that this device knows sends itself where the page asks for it, and nowhere else; and it can be stopped. */

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { visitorTest } from "./harness/index.mjs";
import { check } from "./harness/site.mjs";
import { TEN, booked, time } from "./harness/steps.mjs";

const AUTO = { content: join(import.meta.dirname, "content/auto") };
const MARA = { name: "Mara Lind", email: "mara@example.org" };
const soon = (page) => page.getByText("Booking with the details you entered before, in");

const remember = async (page) => {
  await page.goto("/wren/");
  await page.evaluate((person) => localStorage.setItem("daymark:known", JSON.stringify(person)), MARA);
};

/** Sends another form of this origin, with its box ticked. */
const sendForm = async (page) => {
  const form = `<form action="/thanks" data-daymark-known><input aria-label="Who" data-daymark="name"><input aria-label="Where" data-daymark="email"><button>Send</button></form>`;
  await page.route("**/contact", (route) => route.fulfill({ contentType: "text/html", body: `<link rel="icon" href="data:,"><script src="/known.js" defer></script>${form}` }));
  await page.route("**/thanks*", (route) => route.fulfill({ contentType: "text/html", body: `<link rel="icon" href="data:,">` }));
  await page.goto("/contact");
  await page.getByLabel("Who").fill(MARA.name);
  await page.getByLabel("Where").fill(MARA.email);
  await page.getByRole("checkbox").check();
  await page.getByRole("button").click();
  await page.waitForURL("**/thanks*");
};

/** Chooses the time on the page itself, as visitors do. */
const choose = async (page, path, query = "") => {
  await page.goto(`/wren/${path}/${query}`);
  await page.getByRole("button", { name: /Wednesday 25 November 2026/ }).click();
  await time(page, TEN).check();
  const asked = page.waitForResponse((response) => response.url().includes("?start="));
  await page.getByRole("button", { name: "Continue" }).click();
  await asked;
};

/** Whether the form is about to send itself, once everything has been answered. */
const isSending = async (page) => {
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await page.waitForLoadState("networkidle");
  return soon(page).isVisible();
};

/** What stands in the way on each page; nothing on the first two. */
const PAGES = {
  itself: undefined,
  requests: undefined,
  plain: "no auto_submit",
  asks: "a custom question",
  consents: "a consent box",
  where: "the place is asked",
  unknown: "a calendar cannot be read",
};
/** Who is known by what: what the device holds, what the link says, and whether that suffices. */
const KNOWN = {
  "this device": [remember, "", true],
  "another form": [sendForm, "", true],
  "device, and link says the same": [remember, "name=Mara+Lind&email=mara@example.org", true],
  "device, and link has a campaign": [remember, "utm_source=letter", true],
  "device, but link names another": [remember, "name=Leo+Petit&email=leo@example.org", false],
  "device, but link has another name": [remember, "name=Leo+Petit", false],
  "link alone": [undefined, "name=Mara+Lind&email=mara@example.org", false],
  nobody: [undefined, "", false],
};
const CHOSEN_BY = { visitor: true, link: false };

const table = [["page", "known by", "time chosen by", "sends itself"]];
after(() => {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
});

for (const [path, obstacle] of Object.entries(PAGES)) {
  visitorTest(`all combinations on a page with ${obstacle ?? "nothing in the way"}: ${path}`, AUTO, async ({ site, page }) => {
    for (const [known, [enter, said, isKnown]] of Object.entries(KNOWN)) {
      for (const [by, isChosenHere] of Object.entries(CHOSEN_BY)) {
        await page.goto("/wren/");
        await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
        await enter?.(page);
        if (isChosenHere) await choose(page, path, `?${said}`);
        else await page.goto(`/wren/${path}/?slot=${TEN}&${said}`);
        const sends = await isSending(page);
        table.push([obstacle ? `${path}: ${obstacle}` : path, known, by, sends ? "yes" : "no"]);
        assert.equal(sends, !obstacle && isKnown && isChosenHere, table.at(-1).join(", "));
        await page.keyboard.press("Shift");
      }
    }
    assert.deepEqual(await site.bookings("wren"), [], "all of them were stopped or never begun");
  });
}

test("a page that asks for more cannot send itself: its content is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daymark-auto-"));
  for (const path of ["asks", "consents", "where"]) {
    await cp(AUTO.content, folder, { recursive: true });
    const file = join(folder, "wren", `${path}.md`);
    await writeFile(file, (await readFile(file, "utf8")).replace("calendars = []", "calendars = []\nauto_submit = true"));
    const { code, stderr } = await check(folder);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`wren/${path}\\.md[\\s\\S]*auto_submit`));
  }
  await rm(folder, { recursive: true });
});

visitorTest("it is sent after five seconds, and its page says how to take it back", AUTO, async ({ site, page }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const status = page.getByRole("status");
  await page.waitForFunction((status) => status.textContent, await status.elementHandle());
  assert.equal(await status.textContent(), "This will be booked in 5 seconds with the details you entered before. Press any key to stop it.");
  await booked(page);
  assert.deepEqual((await site.onlyBooking("wren")).contact, MARA);
  await page.getByText("It was booked with the details you entered here before. If anything is wrong, move or cancel it below.").waitFor();
  await page.getByText("Cancel this meeting").click();
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await page.getByRole("heading", { name: "This meeting is cancelled" }).waitFor();
  assert.equal((await site.onlyBooking("wren")).status, "cancelled", "and so it is taken back");
});

visitorTest("who presses the button meanwhile books with it: it does not move away", AUTO, async ({ site, page }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const button = page.getByRole("button", { name: /^Book / });
  const { x, y, width, height } = await button.boundingBox();
  await page.mouse.move(x + width / 2, y + height * 0.8);
  await page.mouse.down();
  await page.locator("p.auto").getByText("Stopped: nothing was sent.").waitFor();
  await page.mouse.up();
  await booked(page);
  await site.onlyBooking("wren");
});

visitorTest("who is forgotten in another tab is not booked in this one, and not kept again", AUTO, async ({ site, page, visitor }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const other = await visitor.context.newPage();
  await other.goto("/wren/plain/");
  await other.evaluate(() => localStorage.removeItem("daymark:known"));
  await soon(page).waitFor({ state: "hidden" });
  await page.waitForTimeout(6000);
  assert.deepEqual(await site.bookings("wren"), []);
  assert.deepEqual([await page.getByLabel("Your name").inputValue(), await page.getByRole("checkbox").isChecked()], ["", false]);
  await page.getByLabel("Your name").fill("Leo Petit");
  await page.getByLabel("Email address").fill("leo@example.org");
  await page.getByRole("button", { name: /^Book / }).click();
  await booked(page);
  assert.equal(await page.evaluate(() => localStorage.getItem("daymark:known")), null);
});

visitorTest("it is stopped by its button, by a key, by a press anywhere, by going back, and by leaving", AUTO, async ({ site, page }) => {
  await remember(page);
  for (const [name, act] of [
    ["its button", () => page.getByRole("button", { name: "Stop" }).click()],
    ["a key", () => page.keyboard.press("Escape")],
    ["a press", () => page.getByRole("heading", { name: "About you" }).click()],
    ["not you", () => page.getByRole("button", { name: "Not you?" }).click()],
    ["back", () => page.goBack()],
    ["another tab", () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))],
  ]) {
    await choose(page, "itself");
    await soon(page).waitFor();
    await act();
    await soon(page).waitFor({ state: "hidden" });
    await page.evaluate(() => sessionStorage.clear());
    assert.deepEqual(await site.bookings("wren"), [], name);
  }
  await choose(page, "itself");
  await page.keyboard.press("Escape");
  await page.goBack();
  await page.goForward();
  assert.equal(await isSending(page), false, "who goes forward has chosen nothing");
  await page.waitForTimeout(6000);
  assert.deepEqual(await site.bookings("wren"), []);
});

for (const [width, height] of [[320, 568], [375, 667]]) {
  for (const [prefix, stop, name] of [["", "Stop", /^Book /], ["/ja", "中止する", /予約/]]) {
    visitorTest(`it and its button are in view before it begins, ${width}×${height}${prefix}`, { ...AUTO, context: { viewport: { width, height } } }, async ({ site, page }) => {
      await remember(page);
      await page.goto(`${prefix}/wren/itself/`);
      await page.getByRole("button", { name: prefix ? /2026年11月25日/ : /Wednesday 25 November 2026/ }).click();
      await time(page, TEN).check();
      await page.getByRole("button", { name: prefix ? "次へ" : "Continue" }).click();
      const line = page.locator("p.auto");
      await line.waitFor();
      const { y, height: high } = await line.boundingBox();
      assert.ok(y >= 0 && y + high <= height, `${y} + ${high}`);
      await page.getByRole("button", { name: stop }).click();
      assert.equal(await page.evaluate(() => document.activeElement.matches(".actions button")), true, "the focus is on the way to book all the same");
      const box = await page.getByRole("button", { name }).boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= height, JSON.stringify(box));
      await page.waitForTimeout(6000);
      assert.deepEqual(await site.bookings("wren"), []);
    });
  }
}

visitorTest("while nobody sees it, it waits", { ...AUTO, context: { viewport: { width: 375, height: 667 } } }, async ({ site, page }) => {
  await remember(page);
  await page.addInitScript(() => addEventListener("DOMContentLoaded", () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("p.auto { position: static !important; margin-top: 200vh !important; }");
    document.adoptedStyleSheets.push(sheet);
  }));
  await choose(page, "itself");
  await page.locator("p.auto").waitFor();
  await page.waitForTimeout(6000);
  assert.deepEqual(await site.bookings("wren"), []);
  await page.mouse.wheel(0, 5000);
  await booked(page);
  await site.onlyBooking("wren");
});

visitorTest("who is known is written as the language does", { ...AUTO }, async ({ page }) => {
  await remember(page);
  for (const [path, words] of [["/wren/itself/", "Mara Lind, mara@example.org"], ["/ja/wren/itself/", "Mara Lind、mara@example.org"]]) {
    await page.goto(`${path}?slot=${TEN}`);
    await page.getByText(words, { exact: true }).waitFor();
  }
});

visitorTest("a price that the page has not shown is agreed to by a press, and never by itself", AUTO, async ({ site, page, visitor }) => {
  visitor.expected.push(/status of 409/);
  const price = { amount: 5000, currency: "JPY", decimal: "5000", words: "¥5,000" };
  const problem = { code: "price_changed", title: "The price has changed", detail: "The meeting now costs ¥5,000.", price };
  await page.route("**/api/bookings", (route) => route.fulfill({ status: 409, contentType: "application/problem+json", json: problem }));
  await remember(page);
  await choose(page, "itself");
  await page.getByRole("heading", { name: problem.title }).waitFor();
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  assert.equal(await isSending(page), false);
  await page.getByRole("button", { name: /^Book and pay ¥5,000/ }).waitFor();
  assert.deepEqual(await site.bookings("wren"), []);
});
