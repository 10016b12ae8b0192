/** Suggested times: each link of an email names them all, so that another one takes the place of one that is gone. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { bookButton, booked, fillIn, seconds, toDetails } from "./harness/steps.mjs";

/** Wednesday, Thursday and Friday, 10:00 in Tokyo. */
const TIMES = ["2026-11-25T01:00:00Z", "2026-11-26T01:00:00Z", "2026-11-27T01:00:00Z"];
const GONE = "That time is no longer free. Please choose another.";
const NONE = "None of the suggested times is free any more. Please choose another.";

const offers = (page, name) => page.getByRole("group", { name }).getByRole("radio").evaluateAll((inputs) => inputs.map(({ value }) => Number(value)));

visitorTest("a suggested time that is free is chosen, and nothing is said of the others", {}, async ({ site, page }) => {
  const [link] = await site.suggest("aiko/intro", TIMES);
  await page.goto(link);
  await fillIn(page);
  await page.waitForLoadState("networkidle");
  assert.equal(await page.locator(".errors").count(), 0);
  await bookButton(page).click();
  await booked(page);
  const booking = await site.onlyBooking("aiko");
  assert.deepEqual([booking.start, booking.tracking], [TIMES[0], {}]);
});

visitorTest("one is taken meanwhile: the page says so, and offers the other suggested ones first", {}, async ({ site, page }) => {
  const [link] = await site.suggest("aiko/intro", TIMES);
  await site.book("aiko/intro", TIMES[0]);
  await page.goto(link);
  await page.getByRole("heading", { name: GONE }).waitFor();
  const suggested = await offers(page, "Also suggested, and free");
  assert.deepEqual(suggested, TIMES.slice(1).map(seconds));
  const others = await offers(page, "Other free times");
  const free = await site.slots("aiko/intro");
  assert.ok(others.length > 0 && others.every((start) => free.includes(start) && !suggested.includes(start)));
  await page.getByRole("radio", { name: "Thursday 26 November, 10:00" }).check();
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.bookings("aiko")).find(({ contact }) => contact.name === "Mia Berg").start, TIMES[1]);
});

visitorTest("one is taken while the visitor types: every word is kept, and the suggested ones come first", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  const [, link] = await site.suggest("aiko/intro", TIMES);
  await page.goto(link);
  await fillIn(page);
  await page.waitForLoadState("networkidle");
  await site.book("aiko/intro", TIMES[1]);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  assert.deepEqual(await offers(page, "Also suggested, and free"), [TIMES[0], TIMES[2]].map(seconds));
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await page.getByRole("radio", { name: "Friday 27 November, 10:00" }).check();
  await bookButton(page).click();
  await booked(page);
});

visitorTest("all are taken: the page says so, and shows its times", {}, async ({ site, page }) => {
  const [, link] = await site.suggest("aiko/intro", TIMES);
  for (const time of TIMES) await site.book("aiko/intro", time);
  await page.goto(link);
  await page.getByRole("heading", { name: NONE }).waitFor();
  await page.getByRole("heading", { name: "Thursday 26 November" }).waitFor();
  assert.equal(await bookButton(page).isVisible(), false);
  assert.equal(new URL(page.url()).searchParams.has("slot"), false);
  await page.getByRole("radio", { name: "15:00" }).check();
  await toDetails(page);
  assert.equal(await page.getByRole("heading", { name: NONE }).count(), 0);
  await bookButton(page).waitFor();
});

visitorTest("an email of last week: its times are over, and the page says so", {}, async ({ site, page }) => {
  const [link] = await site.suggest("aiko/intro", TIMES);
  await site.restart("2026-12-02T03:00:00Z");
  await page.clock.setSystemTime(new Date("2026-12-02T03:00:00Z"));
  await page.goto(link);
  await page.getByRole("heading", { name: NONE }).waitFor();
  await page.getByRole("heading", { name: /December/ }).first().waitFor();
});

visitorTest("other suggestions that cannot be read change nothing", {}, async ({ site, page }) => {
  await site.book("aiko/intro", TIMES[0]);
  for (const slots of ["", "x", "....", "-1.zz.1e9", "ffffffffffffffffffff", "1.".repeat(3000), "<b>"]) {
    await page.goto(`/aiko/intro/?slot=${TIMES[0]}&slots=${encodeURIComponent(slots)}`);
    await page.getByRole("heading", { name: GONE }).waitFor();
    assert.equal((await offers(page, "These times are free")).length, 5, slots.slice(0, 40));
  }
});
