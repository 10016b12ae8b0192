/** Coming back: from the booking's page, from another tab, on another day, and with a clock that was wrong. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, WEDNESDAY, bookButton, booked, chooseTen, day, fillIn, time, toDetails, toFilledDetails } from "./harness/steps.mjs";

const CACHED = { backForwardCache: true };
const isCached = (page) => page.evaluate(() => globalThis.isTheSame === true);
const today = (page) => page.locator("[aria-current=date]").getAttribute("data-date");
const lookAgain = (page) => page.evaluate(() => { document.dispatchEvent(new Event("visibilitychange")); });

visitorTest("after Back from a booking, another time is chosen and booked", CACHED, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await page.evaluate(() => { globalThis.isTheSame = true; });
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  await page.goBack({ waitUntil: "commit" });
  await day(page, WEDNESDAY).waitFor();
  assert.ok(await isCached(page), "the page came as it was left");
  await page.getByRole("button", { name: `${WEDNESDAY}, 12 times` }).waitFor();
  const later = "2026-11-26T04:00:00Z";
  await day(page, "Thursday 26 November 2026").click();
  await time(page, later).check();
  await toDetails(page);
  assert.equal(await bookButton(page).getAttribute("aria-busy"), null);
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.bookings("aiko")).map(({ start }) => start), [TEN, later]);
});

visitorTest("after Back from another page, what was taken meanwhile is gone", CACHED, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await page.evaluate(() => { globalThis.isTheSame = true; });
  await page.getByRole("button", { name: `${WEDNESDAY}, 15 times` }).waitFor();
  await page.goto("/aiko/");
  await site.book("aiko/intro", TEN);
  await page.goBack({ waitUntil: "commit" });
  await page.getByRole("button", { name: `${WEDNESDAY}, 12 times` }).waitFor();
  assert.ok(await isCached(page));
});

visitorTest("a tab that is looked at again shows what is free now", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: `${WEDNESDAY}, 15 times` }).waitFor();
  await site.book("aiko/intro", TEN);
  await lookAgain(page);
  await page.getByRole("button", { name: `${WEDNESDAY}, 12 times` }).waitFor();
});

visitorTest("a time that was chosen before the phone slept, and was taken meanwhile, is said to be gone", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await site.book("aiko/intro", TEN);
  await lookAgain(page);
  await page.getByRole("heading", { name: "That time is no longer free. Please choose another." }).waitFor();
  // Looked at once more, it is said once, and what is offered stays.
  await page.getByRole("group", { name: "These times are free" }).getByRole("radio").first().check();
  await lookAgain(page);
  await page.waitForLoadState("networkidle");
  assert.equal(await page.locator(".errors").count(), 1);
  await bookButton(page).click();
  await booked(page);
});

visitorTest("a phone that slept for days shows today, and no time that is over", {}, async ({ site, page, visitor }) => {
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).waitFor();
  assert.equal(await today(page), "2026-11-24");
  // What the page has asked is answered before the server goes.
  await page.waitForLoadState("networkidle");
  const later = "2026-12-02T03:00:00Z";
  await site.restart(later);
  await visitor.context.clock.setSystemTime(new Date(later));
  await lookAgain(page);
  await page.locator("[data-date='2026-12-02'][aria-current=date]").waitFor();
  await page.locator("#month").filter({ hasText: "December 2026" }).waitFor();
  await page.getByRole("heading", { name: "Wednesday 2 December" }).waitFor();
});

visitorTest("a phone that slept for days without a connection shows today all the same", {}, async ({ page, visitor }) => {
  visitor.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).waitFor();
  await page.waitForLoadState("networkidle");
  await visitor.context.setOffline(true);
  await visitor.context.clock.setSystemTime(new Date("2026-11-26T03:00:00Z"));
  await lookAgain(page);
  await page.locator("[data-date='2026-11-26'][aria-current=date]").waitFor();
  await page.getByRole("heading", { name: "Thursday 26 November" }).waitFor();
});

visitorTest("midnight passes while the page is looked at", { now: "2026-11-24T14:59:55Z" }, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).waitFor();
  assert.equal(await today(page), "2026-11-24");
  await page.locator("[data-date='2026-11-25'][aria-current=date]").waitFor();
});

visitorTest("a time is no longer offered from the moment that it is too near", { now: "2026-11-24T20:59:55Z" }, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).click();
  await time(page, TEN).waitFor();
  await time(page, TEN).waitFor({ state: "detached" });
  await time(page, "2026-11-25T01:30:00Z").waitFor();
});

/** What the visitor's clock shows while it is the 24th of November 2026. */
const CLOCKS = ["2027-11-24T03:00:00Z", "2025-11-24T03:00:00Z", "1970-01-01T00:00:00Z", "2027-02-02T03:00:00Z", "2026-09-15T03:00:00Z", "2026-11-28T03:00:00Z", "2026-11-23T03:00:00Z", "2099-12-31T23:59:59Z"];

for (const clock of CLOCKS) {
  visitorTest(`a clock that shows ${clock.slice(0, 10)} is put right by the endpoint's, month and all`, {}, async ({ site, page, visitor }) => {
    await visitor.context.clock.setSystemTime(new Date(clock));
    await page.goto("/aiko/intro/");
    await page.locator("[data-date='2026-11-24'][aria-current=date]").waitFor();
    await page.locator("#month").filter({ hasText: "November 2026" }).waitFor();
    await page.getByRole("heading", { name: "Tuesday 24 November" }).waitFor();
    assert.equal(await page.locator("[aria-selected=true] button").getAttribute("data-date"), "2026-11-24");
    await chooseTen(page);
    await toDetails(page);
    await fillIn(page);
    await bookButton(page).click();
    await booked(page);
    assert.equal((await site.onlyBooking("aiko")).start, TEN);
  });
}

visitorTest("a month that was turned to stays when the endpoint's answer is late", {}, async ({ page }) => {
  await page.route("**/api/availability/**", async (route) => {
    await new Promise((resume) => setTimeout(resume, 500));
    await route.continue();
  });
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: "Next month" }).click();
  await page.waitForLoadState("networkidle");
  await page.locator("#month").filter({ hasText: "December 2026" }).waitFor();
});

for (const [what, otherwise] of [["says the same", false], ["says that something is taken", true]]) {
  visitorTest(`a press is not lost when the endpoint's answer comes while it lasts, and ${what}`, {}, async ({ site, page }) => {
    let answer;
    const held = new Promise((resolve) => { answer = resolve; });
    await page.route("**/api/availability/**", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/aiko/intro/");
    if (otherwise) await site.book("aiko/intro", "2026-11-25T05:00:00Z");
    await day(page, WEDNESDAY).hover();
    await page.mouse.down();
    const answered = page.waitForResponse("**/api/availability/**");
    answer();
    await (await answered).finished();
    await page.evaluate(() => new Promise((resume) => setTimeout(resume, 100)));
    await page.mouse.up();
    await time(page, TEN).waitFor();
    await time(page, "2026-11-25T05:00:00Z").waitFor({ state: otherwise ? "detached" : "visible" });
  });
}

visitorTest("a long press, and one of the keyboard, are not lost either", {}, async ({ site, page }) => {
  let answer = () => {};
  await page.route("**/api/availability/**", async (route) => {
    await new Promise((resolve) => { answer = resolve; });
    await route.continue();
  });
  await page.goto("/aiko/intro/");
  await site.book("aiko/intro", "2026-11-25T05:00:00Z");
  await day(page, WEDNESDAY).focus();
  await page.keyboard.down(" ");
  const answered = page.waitForResponse("**/api/availability/**");
  answer();
  await (await answered).finished();
  await page.evaluate(() => new Promise((resume) => setTimeout(resume, 1200)));
  await page.keyboard.up(" ");
  await time(page, TEN).waitFor();
  await time(page, "2026-11-25T05:00:00Z").waitFor({ state: "detached" });
});

visitorTest("who is at the details stays where they are when the answer comes", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  let answer = () => {};
  await page.route("**/api/availability/**", async (route) => {
    await new Promise((resolve) => { answer = resolve; });
    await route.continue();
  });
  await toDetails(page);
  await page.getByRole("button", { name: "Change" }).focus();
  const answered = page.waitForResponse("**/api/availability/**");
  answer();
  await (await answered).finished();
  await page.evaluate(() => new Promise((resume) => setTimeout(resume, 100)));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Change");
});

const ONCE = { content: join(import.meta.dirname, "content/once") };

visitorTest("a list says from which day each meeting is free, and nothing once the last time is taken", ONCE, async ({ site, page }) => {
  await page.goto("/");
  const talk = page.getByRole("listitem").filter({ hasText: "One talk" });
  await talk.getByText("Available from Wednesday 25 November", { exact: true }).waitFor();
  await site.book("wren/talk", TEN);
  for (const list of ["/", "/wren/"]) {
    await page.goto(list);
    await talk.getByText("No free times at the moment", { exact: true }).waitFor();
    await page.getByText("Available from Wednesday 2 December", { exact: true }).waitFor();
  }
});

visitorTest("a list never names a day of which the last time is too near", ONCE, async ({ site, page, visitor }) => {
  await page.goto("/");
  await page.getByText("Available from Wednesday 25 November", { exact: true }).first().waitFor();
  await page.waitForLoadState("networkidle");
  // Wednesday, 07:00 in Tokyo: there are four hours of notice, and ten o'clock is the only time.
  const later = "2026-11-24T22:00:00Z";
  await site.restart(later);
  await visitor.context.clock.setSystemTime(new Date(later));
  await lookAgain(page);
  await page.getByText("No free times at the moment", { exact: true }).waitFor();
  await page.getByText("Available from Wednesday 2 December", { exact: true }).waitFor();
  assert.equal(await page.getByText("25 November").count(), 0);
});

visitorTest("a list without JavaScript, or without an answer, names no day", { ...ONCE, context: { javaScriptEnabled: false } }, async ({ page }) => {
  for (const list of ["/", "/wren/"]) {
    await page.goto(list);
    assert.equal(await page.getByText(/Available|November|December/).count(), 0);
  }
});

visitorTest("a list whose endpoint does not answer names no day", ONCE, async ({ page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await page.route("**/api/**", (route) => route.abort());
  await page.goto("/");
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getByText(/Available|November|December/).count(), 0);
});

visitorTest("a list names the day as it is where its visitor is", { context: { timezoneId: "America/Los_Angeles" } }, async ({ site, page }) => {
  const [first] = await site.slots("aiko/intro");
  const date = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Los_Angeles", weekday: "long", day: "numeric", month: "long" }).format(first * 1000).replace(",", "");
  await page.goto("/aiko/");
  await page.getByText(`Available from ${date}`, { exact: true }).first().waitFor();
});

visitorTest("Back after one's own booking says whose the time is, and keeps nothing that was typed", {}, async ({ site, page }) => {
  const typed = () => page.evaluate(() => Object.values(sessionStorage).filter((text) => text.includes("Mia") || text.includes("idea")));
  await toFilledDetails(page);
  assert.equal((await typed()).length, 1);
  await bookButton(page).click();
  await booked(page);
  const address = page.url();
  assert.deepEqual(await typed(), []);
  await page.goBack();
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00" }).waitFor();
  assert.doesNotMatch(await page.title(), /Error/);
  assert.equal(await page.getByText("That time is no longer free").count(), 0);
  await page.getByRole("heading", { name: "Wednesday 25 November", exact: true }).waitFor();
  assert.equal(new URL(page.url()).searchParams.has("slot"), false);
  await page.getByRole("link", { name: "See that booking" }).click();
  await booked(page);
  assert.equal(page.url(), address);
  // Another visitor's time is nobody's own.
  await site.book("aiko/intro", "2026-11-26T02:00:00Z");
  await page.goto("/aiko/intro/?slot=2026-11-26T02:00:00Z");
  await page.getByRole("heading", { name: "That time is no longer free. Please choose another." }).waitFor();
});

visitorTest("Back after a booking that was cancelled since: its time can be booked again", {}, async ({ site, page }) => {
  await toFilledDetails(page);
  await bookButton(page).click();
  await booked(page);
  await site.act(await site.onlyBooking("aiko"), "cancel");
  await page.goBack();
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getByText("You have already booked").count(), 0);
  await bookButton(page).waitFor();
});
