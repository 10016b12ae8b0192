/** Another time for a booking: chosen on its page, taken by somebody else meanwhile, too late, far ahead. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { seconds } from "./harness/steps.mjs";

const START = "2026-11-25T01:00:00Z";
const LATER = "2026-11-26T02:00:00Z";

const open = async (page, address) => {
  await page.goto(address);
  await page.getByRole("link", { name: "Choose another time" }).click();
  await page.getByRole("heading", { name: "Choose another time" }).waitFor();
};
const time = (page, day, name) => page.getByRole("group", { name: day }).getByRole("radio", { name, exact: true });
const move = (page) => page.getByRole("button", { name: "Move the meeting" }).click();

for (const javaScriptEnabled of [true, false]) {
  visitorTest(`a booking is moved on its page, JavaScript ${javaScriptEnabled ? "on" : "off"}`, { context: { javaScriptEnabled } }, async ({ site, page, visitor }) => {
    const { manage_url: address } = await site.book("aiko/intro", START);
    await open(page, address);
    assert.ok(await time(page, "Wednesday 25 November 2026", "10:00 your booking").isDisabled());
    await time(page, "Thursday 26 November 2026", "11:00").check();
    await move(page);
    await page.getByRole("heading", { name: "Your meeting has a new time" }).waitFor();
    await page.getByText("Thursday 26 November 2026, 11:00–11:30").waitFor();
    assert.equal(new URL(page.url()).pathname, new URL(address).pathname, "the link is the same");
    const booking = await site.onlyBooking("aiko");
    assert.deepEqual([booking.status, booking.start, booking.sequence], ["confirmed", LATER, 1]);
    const slots = await site.slots("aiko/intro");
    assert.deepEqual([START, LATER].map((start) => slots.includes(seconds(start))), [true, false]);

    await page.reload();
    await page.getByRole("heading", { name: "Your meeting has a new time" }).waitFor();
    await page.getByText("Cancel this meeting").click();
    await page.getByRole("button", { name: "Cancel the meeting" }).click();
    await page.getByRole("heading", { name: "This meeting is cancelled" }).waitFor();
    assert.deepEqual(visitor.complaints, []);
  });
}

visitorTest("a time that was taken meanwhile is said, and the booking stands", { context: { javaScriptEnabled: false } }, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  const { manage_url: address } = await site.book("aiko/intro", START);
  await open(page, address);
  await time(page, "Thursday 26 November 2026", "11:00").check();
  await site.book("aiko/intro", LATER);
  await move(page);
  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await time(page, "Thursday 26 November 2026", "11:00").count(), 0);
  // The nearest that are free stand above all others.
  await time(page, "Times that are still free", "Thursday 26 November 2026, 13:00").check();
  await move(page);
  await page.getByRole("heading", { name: "Your meeting has a new time" }).waitFor();
  const starts = (await site.bookings("aiko")).map(({ start }) => start);
  assert.deepEqual(starts, [LATER, "2026-11-26T04:00:00Z"]);
});

visitorTest("times are shown in the visitor's zone and in the host's, four weeks at once", { context: { timezoneId: "Europe/Berlin" } }, async ({ site, page }) => {
  const { manage_url: address } = await site.book("aiko/intro", START, { time_zone: "Europe/Berlin" });
  await open(page, address);
  await time(page, "Thursday 26 November 2026", "03:00 night 11:00 in Tokyo").waitFor();
  assert.equal(await page.getByRole("link", { name: "Earlier times" }).count(), 0);
  await page.getByRole("link", { name: "Later times" }).click();
  await page.getByRole("group", { name: "Thursday 24 December 2026" }).waitFor();
  await page.getByRole("link", { name: "Earlier times" }).click();
  await page.getByRole("group", { name: "Thursday 26 November 2026" }).waitFor();
  await page.getByRole("link", { name: "Go back without changing anything" }).click();
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  assert.equal((await site.onlyBooking("aiko")).sequence, 0, "looking changes nothing");
});

visitorTest("the keyboard alone moves a booking", {}, async ({ site, page }) => {
  const { manage_url: address } = await site.book("aiko/intro", START);
  await open(page, address);
  await page.getByRole("radio", { disabled: false }).first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Your meeting has a new time" }).waitFor();
  assert.equal((await site.onlyBooking("aiko")).sequence, 1);
});

visitorTest("when it is too late the page says so, and offers no times", {}, async ({ site, page }) => {
  const { manage_url: address } = await site.book("aiko/intro", START);
  await site.restart("2026-11-24T23:01:00Z");
  await page.goto(`${address}?move`);
  await page.getByText("You can no longer move or cancel the meeting here.").waitFor();
  assert.equal(await page.getByRole("radio").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Choose another time" }).count(), 0);
});
