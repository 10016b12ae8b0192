/** State in the address and the tab: back, reload, a link to a time, and what was typed. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { TEN, WEDNESDAY, bookButton, booked, chooseTen, day, fillIn, time, toDetails } from "./harness/steps.mjs";

visitorTest("back, forward and reload keep the choice", {}, async ({ page }) => {
  await page.goto("/aiko/intro/?utm_source=newsletter");
  await page.getByRole("radio", { name: "60 minutes" }).check();
  await chooseTen(page);
  const { searchParams } = new URL(page.url());
  assert.deepEqual(Object.fromEntries(searchParams), {
    utm_source: "newsletter", month: "2026-11", date: "2026-11-25", slot: "2026-11-25T01:00Z", duration: "60",
  });
  const chosen = async () => {
    await page.getByRole("heading", { name: "Wednesday 25 November" }).waitFor();
    assert.ok(await time(page, TEN).isChecked());
    assert.ok(await page.getByRole("radio", { name: "60 minutes" }).isChecked());
  };
  await toDetails(page);
  await page.goBack();
  await chosen();
  await page.goForward();
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Book Wednesday 25 November, 10:00" }).waitFor();
  await page.goBack();
  await chosen();
  await page.reload();
  await chosen();
});

visitorTest("another month is kept by reload", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: "Next month" }).click();
  await page.getByRole("heading", { name: "December 2026" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "December 2026" }).waitFor();
});

visitorTest("the address of a choice shows the same to somebody else, who books it", { context: { timezoneId: "Europe/Berlin" } }, async ({ site, page }) => {
  await page.goto("/aiko/intro/?month=2026-11&date=2026-11-25&slot=2026-11-25T01%3A00Z&duration=60&tz=Asia%2FTokyo");
  await page.getByRole("button", { name: "Book Wednesday 25 November, 10:00" }).waitFor();
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, TEN);
  assert.equal(booking.duration_minutes, 60);
  assert.equal(booking.time_zone, "Asia/Tokyo");
});

visitorTest("a link to a time that is taken says so and offers the nearest", {}, async ({ site, page }) => {
  await site.book("aiko/intro", TEN);
  await page.goto("/aiko/intro/?slot=2026-11-25T01:00Z");
  await page.getByRole("heading", { name: "That time is no longer free. Please choose another." }).waitFor();
  assert.equal(await page.getByRole("group", { name: "These times are free" }).getByRole("radio").count(), 5);
  await page.getByRole("button", { name: "See all times" }).click();
  await page.getByRole("heading", { name: "Wednesday 25 November" }).waitFor();
  assert.equal(await time(page, TEN).count(), 0);
});

visitorTest("a link to a time that is over, or never was, says so and offers the nearest", {}, async ({ page }) => {
  for (const start of ["2026-11-20T01:00Z", "1970-01-02T00:00Z", "2026-11-25T01:07Z", "9999-12-31T00:00Z"]) {
    await page.goto(`/aiko/intro/?slot=${start}`);
    await page.getByRole("heading", { name: "That time is no longer free. Please choose another." }).waitFor();
    assert.equal(await page.getByRole("group", { name: "These times are free" }).getByRole("radio").count(), 5, start);
    await page.getByRole("button", { name: "See all times" }).click();
    await page.getByRole("button", { name: /Wednesday 25 November 2026, 15 times/ }).waitFor();
  }
});

visitorTest("nonsense in the address is passed over", {}, async ({ page }) => {
  await page.goto("/aiko/intro/?month=13&date=tomorrow&slot=%00&duration=-1&tz=Mars%2FOlympus");
  await page.getByRole("heading", { name: "Tuesday 24 November" }).waitFor();
  await page.getByRole("heading", { name: "November 2026" }).waitFor();
  assert.ok(await page.getByRole("radio", { name: "30 minutes" }).isChecked());
});

visitorTest("what was typed survives a reload, and leaving and coming back", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.getByRole("radio", { name: "From a friend" }).check();
  const address = page.url();
  for (const leave of [() => page.reload(), () => page.goto("/aiko/").then(() => page.goto(address))]) {
    await leave();
    await page.getByRole("heading", { name: "About you" }).waitFor();
    assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
    assert.equal(await page.getByLabel("What would you like to talk about?").inputValue(), "A first idea.\nAnd a second.");
    assert.ok(await page.getByRole("radio", { name: "From a friend" }).isChecked());
  }
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).answers.heard, "friend");
});

visitorTest("a browser that refuses to keep anything still books", {}, async ({ site, page, visitor }) => {
  await visitor.context.addInitScript(() => {
    Object.defineProperty(globalThis, "sessionStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
    Object.defineProperty(globalThis, "localStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
  });
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("another duration keeps the chosen time where it still fits", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await page.getByRole("radio", { name: "60 minutes" }).check();
  assert.ok(await time(page, TEN).isChecked());
  // 11:30 has half an hour before lunch: an hour does not fit.
  await page.getByRole("radio", { name: "30 minutes" }).check();
  await time(page, "2026-11-25T02:30:00Z").check();
  await page.getByRole("radio", { name: "60 minutes" }).check();
  await page.getByRole("status").filter({ hasText: "The time you chose is too short for that. Please choose another." }).waitFor();
  assert.equal(await time(page, "2026-11-25T02:30:00Z").count(), 0);
  assert.equal(await page.getByRole("button", { name: "Continue" }).count(), 0);
  await day(page, WEDNESDAY).waitFor();
});
