/** Time zones: the visitor's and the host's, the clock, the week, languages, hours that come twice. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, chooseTen, day, fillIn, time, toDetails } from "./harness/steps.mjs";

const BERLIN = { context: { timezoneId: "Europe/Berlin" } };

visitorTest("a visitor in Berlin sees their own time, and the host's beside it", BERLIN, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await page.getByRole("radio", { name: /^02:00 .*10:00 in Tokyo/ }).waitFor();
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Europe/Berlin");
  await toDetails(page);
  assert.equal(await bookButton(page).textContent(), "Book Wednesday 25 November, 02:00");
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  assert.match(await page.locator("main").innerText(), /02:00–02:30[\s\S]*Berlin \(UTC\+1\)[\s\S]*10:00–10:30[\s\S]*Tokyo \(UTC\+9\)/);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, TEN);
  assert.equal(booking.time_zone, "Europe/Berlin");
});

visitorTest("a zone chosen from the list moves the times, and is kept for the visit", BERLIN, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await page.getByLabel("Time zone").focus();
  await page.getByLabel("Time zone").selectOption("America/Los_Angeles");
  await page.getByRole("heading", { name: "Tuesday 24 November" }).waitFor();
  assert.ok(await time(page, TEN).isChecked(), "the chosen instant stays chosen");
  await page.getByRole("radio", { name: /^17:00 .*Wed 10:00 in Tokyo/ }).waitFor();
  await page.goto("/jonas/support/");
  assert.equal(await page.getByLabel("Time zone").inputValue(), "America/Los_Angeles");
  assert.equal((await site.bookings("aiko")).length, 0);
});

visitorTest("the week begins as the language has it, and each page leads to its other languages", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  assert.equal(await page.getByRole("columnheader").first().textContent(), "Mon");
  await page.getByRole("link", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "初回のご相談" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  assert.equal(await page.getByRole("columnheader").first().textContent(), "日");
  await page.getByRole("link", { name: "English" }).click();
  await page.getByRole("heading", { name: "Introductory call" }).waitFor();
});

const NIGHTS = { content: join(import.meta.dirname, "content/nights"), now: "2026-10-30T12:00:00Z", context: { timezoneId: "America/New_York" } };

visitorTest("an hour that comes twice is offered twice, with its offsets, and the second can be booked", NIGHTS, async ({ site, page }) => {
  await page.goto("/night/watch/");
  await page.getByRole("button", { name: /^Sunday 1 November 2026, / }).click();
  const halves = page.getByRole("radio", { name: /^01:30 UTC/ });
  assert.deepEqual(await halves.evaluateAll((inputs) => inputs.map((input) => input.closest("label").textContent.trim())), ["01:30 UTC−4 night", "01:30 UTC−5 night"]);
  await halves.nth(1).check();
  await page.getByText("Sunday 1 November, 01:30 UTC−5 night", { exact: true }).waitFor();
  await toDetails(page);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("Email address").fill("mia@example.com");
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.onlyBooking("night")).start, "2026-11-01T06:30:00Z");
});

visitorTest("a browser that calls its zone as the place was called is shown today's name, and the page's language", { context: { timezoneId: "Asia/Calcutta" } }, async ({ site, page }) => {
  await page.goto("/ja/aiko/intro/");
  await page.getByText("コルカタの時刻").first().waitFor();
  await page.getByRole("link", { name: "English" }).click();
  await page.getByText("Kolkata time").first().waitFor();
  const zones = page.getByLabel("Time zone");
  await zones.focus();
  const listed = await zones.locator("option").allTextContents();
  assert.ok(listed.length > 300 && listed.includes("Kolkata") && listed.includes("Kyiv") && listed.includes("São Paulo"), listed.join());
  assert.ok(!listed.some((place) => /Calcutta|Kiev|Katmandu|GMT|[/_]/.test(place)), listed.join());
  assert.equal(new Set(listed).size, listed.length);
  assert.equal(await zones.locator(":checked").textContent(), "Kolkata");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  assert.match(await page.locator("main").innerText(), /06:30–07:00[\s\S]*\nKolkata \(UTC\+5:30\)\n[\s\S]*Tokyo \(UTC\+9\), for Aiko Tanaka/);
  assert.equal((await site.onlyBooking("aiko")).time_zone, "Asia/Kolkata");
});

for (const [zone, expected, date, at] of [
  ["Etc/GMT+8", "UTC−8", "Tuesday 24 November 2026", "17:00–17:30"],
  ["Etc/GMT-3", "UTC+3", "Wednesday 25 November 2026", "04:00–04:30"],
]) {
  visitorTest(`${zone} is ${expected}`, { context: { timezoneId: zone } }, async ({ page }) => {
    await page.goto("/aiko/intro/");
    await page.getByText(`${expected} time`).first().waitFor();
    const zones = page.getByLabel("Time zone");
    await zones.focus();
    assert.equal(await zones.locator(":checked").textContent(), expected);
    await day(page, date).click();
    await time(page, TEN).check();
    await toDetails(page);
    await page.locator(".chosen").getByText(`${expected} time`).waitFor();
    await fillIn(page);
    await bookButton(page).click();
    await booked(page);
    const told = await page.locator("main").innerText();
    assert.ok(told.includes(at) && told.includes(`\n${expected}\n`), told);
  });
}

visitorTest("places are called as the page's language calls them, and those of the host without another request", {}, async ({ page, visitor }) => {
  await page.goto("/ja/aiko/intro/");
  await page.getByText("東京の時刻").first().waitFor();
  await page.waitForLoadState("networkidle");
  assert.equal(visitor.requests.filter(({ pathname }) => pathname.includes("details")).length, 0);
  await page.getByLabel("タイムゾーン").hover();
  await page.getByRole("option", { name: "ニューヨーク" }).waitFor({ state: "attached" });
  await page.getByLabel("タイムゾーン").selectOption("America/New_York");
  await page.getByText("ニューヨークの時刻").first().waitFor();
  await page.getByRole("radio", { name: /東京 [月火水木金土日] 09:00/ }).first().waitFor();
});
