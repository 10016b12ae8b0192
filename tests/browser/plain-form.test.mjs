/** Without JavaScript: the plain form books, and keeps every word when something is wrong. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";

/** 10:00 in Tokyo on the day after the bake, in seconds since 1970. */
const TEN_NEXT_DAY = Date.parse("2026-11-25T01:00:00Z") / 1000;

const plain = { context: { javaScriptEnabled: false } };

visitorTest("a plain form books", plain, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await page.locator(`[name=start][value="${TEN_NEXT_DAY}"]`).check();
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("Email address").fill("mia@example.com");
  await page.getByLabel("What would you like to talk about?").fill("A first idea.\nAnd a second.");
  await page.getByRole("radio", { name: "By searching" }).check();
  await page.getByRole("button", { name: "Book this time" }).click();

  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  assert.match(page.url(), /\/booking\//);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, "2026-11-25T01:00:00Z");
  assert.equal(booking.duration_minutes, 30);
  assert.deepEqual(booking.contact, { name: "Mia Berg", email: "mia@example.com" });
  assert.equal(booking.answers.topic, "A first idea.\nAnd a second.");
  assert.equal(booking.answers.heard, "search");
});
