/** The booking's own page: read, cancelled, opened too late or with a link that is broken. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";

const START = "2026-11-25T01:00:00Z";

for (const javaScriptEnabled of [true, false]) {
  visitorTest(`a booking is cancelled on its page, JavaScript ${javaScriptEnabled ? "on" : "off"}`, { context: { javaScriptEnabled } }, async ({ site, page, visitor }) => {
    const { manage_url: address } = await site.book("aiko/intro", START);
    await page.goto(address);
    await page.getByRole("heading", { name: "You are booked" }).waitFor();
    await page.getByText("Cancel this meeting").click();
    await page.getByLabel(/Why\?/).fill("I have caught a cold.");
    await page.getByRole("button", { name: "Cancel the meeting" }).click();
    await page.getByRole("heading", { name: "This meeting is cancelled" }).waitFor();
    const booking = await site.onlyBooking("aiko");
    assert.equal(booking.status, "cancelled");
    assert.equal(booking.cancel_reason, "I have caught a cold.");
    assert.ok((await site.slots("aiko/intro")).includes(Date.parse(START) / 1000), "the time is free again");

    await page.reload();
    await page.getByRole("heading", { name: "This meeting is cancelled" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Cancel the meeting" }).count(), 0);
    await page.getByRole("link", { name: "Book another time" }).click();
    await page.getByRole("heading", { name: "Introductory call" }).waitFor();
    assert.deepEqual(visitor.complaints, []);
  });
}

visitorTest("a booking cancelled in another tab says so when it is cancelled again", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  const { manage_url: address } = await site.book("aiko/intro", START);
  const other = await visitor.context.newPage();
  for (const tab of [page, other]) {
    await tab.goto(address);
    await tab.getByText("Cancel this meeting").click();
  }
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await page.getByRole("heading", { name: "This meeting is cancelled", exact: true }).waitFor();
  await other.getByRole("button", { name: "Cancel the meeting" }).click();
  await other.getByRole("heading", { name: "This meeting is cancelled", exact: true }).waitFor();
  assert.equal((await site.onlyBooking("aiko")).status, "cancelled");
});

visitorTest("opening a booking's page changes nothing, and nobody keeps or indexes it", {}, async ({ site, page }) => {
  const { manage_url: address } = await site.book("aiko/intro", START);
  const before = await site.onlyBooking("aiko");
  const answer = await page.goto(address);
  assert.equal(answer.headers()["cache-control"], "no-store");
  assert.match(answer.headers()["x-robots-tag"], /noindex/);
  assert.deepEqual(await site.onlyBooking("aiko"), before);
});

visitorTest("a link with a wrong token opens nothing", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/404/);
  const { manage_url: address } = await site.book("aiko/intro", START);
  const answer = await page.goto(`${address.slice(0, -4)}AAAA`);
  assert.equal(answer.status(), 404);
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  assert.ok(!(await page.content()).includes("Somebody Else"));
});

visitorTest("the page says when it is too late to cancel, when the meeting runs, and when it is over", { context: {} }, async ({ site, page, visitor }) => {
  visitor.expected.push(/404/);
  const { manage_url: address } = await site.book("aiko/intro", START);
  const at = async (now, heading) => {
    await site.restart(now);
    await page.goto(address);
    await page.getByRole("heading", { name: heading }).waitFor();
    return page.getByText("Cancel this meeting").count();
  };
  assert.equal(await at("2026-11-24T22:59:00Z", "You are booked"), 1);
  assert.equal(await at("2026-11-24T23:01:00Z", "You are booked"), 0);
  assert.equal(await at("2026-11-25T01:10:00Z", "The meeting has begun"), 0);
  assert.equal(await at("2026-11-25T02:00:00Z", "This meeting is over"), 0);
  await at("2028-01-05T02:00:00Z", "Page not found");
});
