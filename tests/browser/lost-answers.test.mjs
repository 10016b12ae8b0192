/** Answers that are lost on their way: what is sent again leads to the booking that was made. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, chooseTen, day, fillIn, time, toDetails } from "./harness/steps.mjs";

visitorTest("the answer is lost on its way: sending again shows the same booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.route("**/api/bookings", async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "Not booked yet" }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await bookButton(page).click();
  await booked(page);
  assert.ok(page.url().includes(id));
  await site.onlyBooking("aiko");
});

/** An answer that does not arrive, though the endpoint has booked. */
const loseAnswer = (page) => page.route("**/api/bookings", async (route) => {
  await route.fetch();
  await route.abort();
}, { times: 1 });

/** What a visitor does who was told that nothing is booked, though it is. */
const SECOND_TRIES = [
  ["mends a letter of the name", (page) => page.getByLabel("Your name").fill("Mia Bergs")],
  ["mends a letter of the address", (page) => page.getByLabel(/email address/i).fill("mia.berg@example.com")],
  ["writes more", (page) => page.getByLabel("What would you like to talk about?").fill("Something else.")],
  ["reloads the page", async (page) => { await page.reload(); await page.getByRole("heading", { name: "About you" }).waitFor(); await page.waitForLoadState("networkidle"); }],
  ["reloads the page and mends a letter", async (page) => { await page.reload(); await page.getByLabel("Your name").fill("Mia Bergs"); }],
  ["leaves and comes back", async (page) => { const address = page.url(); await page.goto("/aiko/"); await page.goto(address); await page.getByRole("heading", { name: "About you" }).waitFor(); }],
  ["comes back to the tab", (page) => page.evaluate(() => { document.dispatchEvent(new Event("visibilitychange")); })],
  ["chooses another time", async (page) => {
    await page.getByRole("button", { name: "Change" }).click();
    await day(page, "Thursday 26 November 2026").click();
    await time(page, "2026-11-26T04:00:00Z").check();
    await toDetails(page);
  }],
];

for (const [what, act] of SECOND_TRIES) {
  visitorTest(`the answer is lost, and the visitor ${what}: the second try leads to the visitor's own booking`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/ERR_FAILED/);
    await page.goto("/aiko/intro/");
    await chooseTen(page);
    await toDetails(page);
    await fillIn(page);
    await loseAnswer(page);
    await bookButton(page).click();
    await page.getByRole("heading", { name: "Not booked yet" }).waitFor();
    const { id } = await site.onlyBooking("aiko");
    await act(page);
    await bookButton(page).click();
    await booked(page);
    assert.ok(page.url().includes(id));
    await site.onlyBooking("aiko");
  });
}

visitorTest("no answer comes: that is said in the end, all is kept, and the second try leads to the visitor's own booking", {}, async ({ site, page, visitor }) => {
  // Half a minute takes a third of a second.
  await visitor.context.addInitScript(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (act, delay, ...values) => setTimeout(act, delay < 30_000 ? delay : delay / 100, ...values);
  });
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await fillIn(page);
  await page.route("**/api/bookings", (route) => route.fetch(), { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "No answer yet" }).waitFor();
  await page.getByText("It is not clear whether you are booked. What you entered is still here: try again, and you will not be booked twice.").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("the answer is lost where nothing can be kept: the second try leads to the visitor's own booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await visitor.context.addInitScript(() => {
    Object.defineProperty(globalThis, "sessionStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
  });
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await fillIn(page);
  await loseAnswer(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "Not booked yet" }).waitFor();
  await page.getByLabel("Your name").fill("Mia Bergs");
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("after a booking was made, the same visitor makes another", {}, async ({ site, page }) => {
  for (const start of [TEN, "2026-11-26T04:00:00Z"]) {
    await page.goto(`/aiko/intro/?slot=${start}`);
    await fillIn(page);
    await bookButton(page).click();
    await booked(page);
  }
  assert.equal((await site.bookings("aiko")).length, 2);
});
