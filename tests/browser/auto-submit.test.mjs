/** Auto-submit: a form that this device knows sends itself where the page asks for it, and nowhere else; and it can be stopped. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, booked, time } from "./harness/steps.mjs";

const AUTO = { content: join(import.meta.dirname, "content/auto") };
const MARA = { name: "Mara Lind", email: "mara@example.org" };
const soon = (page) => page.getByText("Booking with the details you entered before, in");

const remember = async (page) => {
  await page.goto("/wren/");
  await page.evaluate((person) => localStorage.setItem("daymark:known", JSON.stringify(person)), MARA);
};

/** Chooses the time on the page itself, as visitors do. */
const choose = async (page, path, query = "") => {
  await page.goto(`/wren/${path}/${query}`);
  await page.getByRole("button", { name: /Wednesday 25 November 2026/ }).click();
  await time(page, TEN).check();
  const asked = page.waitForResponse((response) => response.url().includes("?start="));
  await page.getByRole("button", { name: "Continue" }).click();
  await asked;
};

/** Whether the form is about to send itself, once everything has been answered. */
const isSending = async (page) => {
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await page.waitForLoadState("networkidle");
  return soon(page).isVisible();
};

visitorTest("every condition, and each of them alone", AUTO, async ({ site, page }) => {
  for (const [path, isKnown, query, isChosenHere, expected] of [
    ["itself", true, "", true, true],
    ["itself", true, "?utm_source=letter", true, true],
    ["itself", true, "?name=Mara+Lind&email=mara@example.org", true, true], // as this device knows it
    ["itself", false, "", true, false],
    ["itself", false, "?name=Mara+Lind&email=mara@example.org", true, false], // the link's word alone
    ["itself", true, "?name=Leo+Petit&email=leo@example.org", true, false], // somebody else, by the link's word
    ["itself", true, "?name=Leo+Petit", true, false],
    ["itself", true, `?slot=${TEN}`, false, false], // the link has chosen
    ["itself", false, `?slot=${TEN}&name=Mara+Lind&email=mara@example.org`, false, false],
    ["asks", true, "", true, false],
    ["asks", false, "", true, false],
    ["unknown", true, "", true, false], // it would be a request
    ["unknown", false, "", true, false],
  ]) {
    const name = JSON.stringify([path, isKnown, query, isChosenHere]);
    await page.goto("/wren/");
    await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
    if (isKnown) await remember(page);
    if (isChosenHere) await choose(page, path, query);
    else await page.goto(`/wren/${path}/${query}`);
    assert.equal(await isSending(page), expected, name);
    await page.keyboard.press("Shift");
  }
  assert.deepEqual(await site.bookings("wren"), [], "all of them were stopped or never begun");
});

visitorTest("it is sent after five seconds, and its page says how to take it back", AUTO, async ({ site, page }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const status = await page.getByRole("status").textContent();
  assert.equal(status, "This will be booked in 5 seconds with the details you entered before. Press any key to stop it.");
  await booked(page);
  assert.deepEqual((await site.onlyBooking("wren")).contact, MARA);
  await page.getByText("It was booked with the details you entered here before. If anything is wrong, move or cancel it below.").waitFor();
  await page.getByText("Cancel this meeting").first().waitFor();
});

visitorTest("who presses the button meanwhile books with it: it does not move away", AUTO, async ({ site, page }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const button = page.getByRole("button", { name: /^Book / });
  const { x, y, width, height } = await button.boundingBox();
  await page.mouse.move(x + width / 2, y + height * 0.8);
  await page.mouse.down();
  await page.locator("p.auto").getByText("Stopped: nothing was sent.").waitFor();
  await page.mouse.up();
  await booked(page);
  await site.onlyBooking("wren");
});

visitorTest("who is forgotten in another tab is not booked in this one, and not kept again", AUTO, async ({ site, page, visitor }) => {
  await remember(page);
  await choose(page, "itself");
  await soon(page).waitFor();
  const other = await visitor.context.newPage();
  await other.goto("/wren/asks/");
  await other.evaluate(() => localStorage.removeItem("daymark:known"));
  await soon(page).waitFor({ state: "hidden" });
  await page.waitForTimeout(6000);
  assert.deepEqual(await site.bookings("wren"), []);
  assert.deepEqual([await page.getByLabel("Your name").inputValue(), await page.getByRole("checkbox").isChecked()], ["", false]);
  await page.getByLabel("Your name").fill("Leo Petit");
  await page.getByLabel("Email address").fill("leo@example.org");
  await page.getByRole("button", { name: /^Book / }).click();
  await booked(page);
  assert.equal(await page.evaluate(() => localStorage.getItem("daymark:known")), null);
});

visitorTest("it is stopped by its button, by a key, by a press anywhere, by going back, and by leaving", AUTO, async ({ site, page }) => {
  await remember(page);
  for (const [name, act] of [
    ["its button", () => page.getByRole("button", { name: "Stop" }).click()],
    ["a key", () => page.keyboard.press("Escape")],
    ["a press", () => page.getByRole("heading", { name: "About you" }).click()],
    ["not you", () => page.getByRole("button", { name: "Not you?" }).click()],
    ["back", () => page.goBack()],
    ["another tab", () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))],
  ]) {
    await choose(page, "itself");
    await soon(page).waitFor();
    await act();
    await soon(page).waitFor({ state: "hidden" });
    await page.evaluate(() => sessionStorage.clear());
    assert.deepEqual(await site.bookings("wren"), [], name);
  }
  await choose(page, "itself");
  await page.keyboard.press("Escape");
  await page.goBack();
  await page.goForward();
  assert.equal(await isSending(page), false, "who goes forward has chosen nothing");
  await page.waitForTimeout(6000);
  assert.deepEqual(await site.bookings("wren"), []);
});
