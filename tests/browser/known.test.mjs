/** Known: who wants it is remembered by their own browser, and by nobody else. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, fillIn } from "./harness/steps.mjs";

const ELEVEN = "2026-11-26T02:00:00Z";
const TWELVE = "2026-11-27T02:00:00Z";
const MARA = { name: "Mara Lind", email: "mara@example.org" };
const keep = (page) => page.getByRole("checkbox", { name: "Remember me in this browser for next time" });
const line = (page) => page.getByText("Mara Lind, mara@example.org");
const kept = (page) => page.evaluate(() => localStorage.getItem("daymark:known"));

const open = async (page, slot, more = "") => {
  await page.goto(`/aiko/intro/?slot=${slot}${more}`);
  await page.locator(".chosen b").first().waitFor();
};

/** Books once, and has it remembered. */
const remembered = async (page) => {
  await open(page, TEN);
  assert.equal(await keep(page).isChecked(), false, "off unless ticked");
  assert.equal(await page.getByRole("button", { name: "Forget me" }).count(), 0);
  await fillIn(page, MARA);
  await keep(page).check();
  assert.equal(await kept(page), null, "nothing is kept before it is wanted for good");
  await bookButton(page).click();
  await booked(page);
};

visitorTest("who wants it is known the next time, and books with one press", {}, async ({ site, page }) => {
  await remembered(page);
  await open(page, ELEVEN);
  await line(page).waitFor();
  assert.equal(await page.getByLabel("Your name").isVisible(), false);
  assert.equal(await keep(page).isChecked(), true);
  await page.getByLabel("What would you like to talk about?").fill("The next step.");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.bookings("aiko")).map(({ contact }) => contact), [MARA, MARA]);
});

visitorTest("who does not want it is not kept", {}, async ({ page }) => {
  await open(page, TEN);
  await fillIn(page, MARA);
  await bookButton(page).click();
  await booked(page);
  assert.equal(await kept(page), null);
  await open(page, ELEVEN);
  assert.equal(await line(page).count(), 0);
});

visitorTest("somebody else at this device is asked anew, and takes nobody's place unasked", {}, async ({ site, page }) => {
  await remembered(page);
  await open(page, ELEVEN);
  await page.getByRole("button", { name: "Not you?" }).click();
  assert.equal(await page.locator(":focus").getAttribute("name"), "contact.name");
  assert.equal(await page.getByLabel("Your name").inputValue(), "");
  assert.equal(await keep(page).isChecked(), false, "their consent is their own");
  await fillIn(page, { name: "Leo Petit", email: "leo@example.org" });
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.bookings("aiko"))[1].contact.name, "Leo Petit");
  assert.deepEqual(JSON.parse(await kept(page)), MARA, "who was kept still is");
});

visitorTest("forgotten is forgotten", {}, async ({ page }) => {
  await remembered(page);
  await open(page, ELEVEN);
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByText("Forgotten: nothing about you is kept in this browser.").waitFor();
  assert.deepEqual([await kept(page), await page.getByLabel("Your name").inputValue()], [null, ""]);
  assert.equal(await page.getByRole("button", { name: "Forget me" }).isVisible(), false);
  await page.reload();
  await page.locator(".chosen b").first().waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "");
});

visitorTest("unticking the box forgets, and leaves the form as it is", {}, async ({ site, page }) => {
  await remembered(page);
  await open(page, ELEVEN);
  await keep(page).uncheck();
  assert.equal(await kept(page), null);
  await page.getByLabel("What would you like to talk about?").fill("The last time.");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual([(await site.bookings("aiko"))[1].contact, await kept(page)], [MARA, null]);
});

visitorTest("a link that names somebody else is not overruled, and what is wrong is shown", {}, async ({ page, visitor }) => {
  visitor.expected.push(/422/);
  await remembered(page);
  await open(page, ELEVEN, "&name=Leo+Petit&email=leo@example.org");
  assert.deepEqual([await page.getByLabel("Your name").inputValue(), await line(page).isVisible()], ["Leo Petit", false]);
  await page.evaluate(() => sessionStorage.clear());
  await open(page, TWELVE);
  const told = { title: "Please check this again", detail: "Something is wrong.", errors: [{ field: "contact.email", message: "Not that one." }] };
  await page.route("**/api/bookings", (route) => route.fulfill({ status: 422, json: told }), { times: 1 });
  await page.getByLabel("What would you like to talk about?").fill("Once more.");
  await bookButton(page).click();
  await page.getByText("Not that one.").first().waitFor();
  assert.equal(await page.locator(":focus").getAttribute("name"), "contact.email");
  assert.equal(await line(page).isVisible(), false);
});

visitorTest("storage that holds anything else, or is refused, is survived", {}, async ({ page }) => {
  for (const held of ["", "null", "[]", "{\"name\":1,\"email\":2}", "{", "{\"name\":\"\",\"email\":\"x\"}", "{\"name\":\"Mara\",\"email\":\"no address\"}",
    JSON.stringify({ name: "x".repeat(1000), email: "mara@example.org" })]) {
    await page.goto("/aiko/");
    await page.evaluate((held) => localStorage.setItem("daymark:known", held), held);
    await open(page, TEN);
    assert.equal(await page.getByLabel("Your name").inputValue(), "", held);
  }
  await page.evaluate(() => {
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  });
  await page.addInitScript(() => Object.defineProperty(window, "localStorage", { get: () => { throw new Error("refused"); } }));
  await open(page, TEN);
  assert.equal(await keep(page).count(), 0, "nobody is asked for what cannot be done");
  await fillIn(page, MARA);
  await bookButton(page).click();
  await booked(page);
});
