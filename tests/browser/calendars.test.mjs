/** Calendars: what a visitor reads where nobody knows whether the host is busy. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, time } from "./harness/steps.mjs";

const CALENDARS = { content: join(import.meta.dirname, "content/calendars") };

/** From a page to its details, filled in, with the words of that language on its button. */
const toDetails = async (page, path, next) => {
  await page.goto(path);
  await time(page, TEN).check();
  const asked = page.waitForResponse((response) => response.url().includes("?start="));
  await page.getByRole("button", { name: next }).click();
  await asked;
};

const fillIn = async (page) => {
  await page.locator("[name='contact.name']").fill("Mia Berg");
  await page.locator("[name='contact.email']").fill("mia@example.com");
};

visitorTest("where the calendar cannot be read, the visitor knows that they ask", CALENDARS, async ({ site, page }) => {
  await toDetails(page, "/wren/asks/", "Continue");
  await page.getByText("The calendar cannot be read at the moment, so this will be a request: your host will accept or decline it.").waitFor();
  await fillIn(page);
  await page.getByRole("button", { name: "Request Wednesday 25 November, 10:00" }).click();
  await page.getByRole("heading", { name: "You have requested this meeting" }).waitFor();
  const booking = await site.onlyBooking("wren");
  assert.deepEqual([booking.status, booking.unknown_calendar], ["requested", true]);
});

visitorTest("where such a time is refused, the visitor knows that before and after", CALENDARS, async ({ site, page, visitor }) => {
  visitor.expected.push(/503/);
  await toDetails(page, "/wren/refuses/", "Continue");
  await page.getByText("The calendar cannot be read at the moment, so this time cannot be booked yet. Please try again in a few minutes.").waitFor();
  await fillIn(page);
  await page.getByRole("button", { name: "Book Wednesday 25 November, 10:00" }).click();
  await page.getByRole("heading", { name: "The calendar cannot be reached" }).waitFor();
  assert.equal(await page.locator("[name='contact.name']").inputValue(), "Mia Berg", "what was typed stays");
  assert.deepEqual(await site.bookings("wren"), []);
});

visitorTest("the same in Japanese", CALENDARS, async ({ page }) => {
  await toDetails(page, "/ja/wren/asks/", "次へ");
  await page.getByText("現在、カレンダーを確認できないため、お申し込みとして承ります。後ほど、承諾またはお断りのお返事をします。").waitFor();
  await page.getByRole("button", { name: "11月25日（水）10:00で申し込む" }).waitFor();
});
