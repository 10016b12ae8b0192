/** A visitor books: with the mouse, with the keyboard alone, and when things go wrong on the way. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, WEDNESDAY, bookButton, booked, chooseTen, day, fillIn, seconds, time, toDetails } from "./harness/steps.mjs";

visitorTest("books with the mouse", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.getByRole("radio", { name: "From a friend" }).check();
  assert.equal(await bookButton(page).textContent(), "Book Wednesday 25 November, 10:00");
  await bookButton(page).click();

  await booked(page);
  assert.match(page.url(), /\/booking\//);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, TEN);
  assert.equal(booking.duration_minutes, 30);
  assert.equal(booking.time_zone, "Asia/Tokyo");
  assert.equal(booking.locale, "en");
  assert.deepEqual(booking.contact, { name: "Mia Berg", email: "mia@example.com" });
  assert.deepEqual(booking.answers, { topic: "A first idea.\nAnd a second.", heard: "friend" });
  await page.reload();
  await booked(page);
});

visitorTest("an address is taken as it is meant", {}, async ({ site, page }) => {
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await fillIn(page, { email: "\u200bmia＠bücher.example\ufeff" });
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).contact.email, "mia@xn--bcher-kva.example");
});

/** True if the focused element shows its focus: an outline, or another look than without it. */
const focusShows = (page) => page.evaluate(() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return false;
  const box = focused.getBoundingClientRect();
  const onScreen = box.bottom > 0 && box.top < innerHeight;
  // A heading that the page leads to is read, not operated: it need not look different.
  if (/^H\d$/.test(focused.tagName)) return onScreen;
  // A radio button may leave the outline to its label.
  const shows = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
  };
  return onScreen && (shows(focused) || shows(focused.closest("label") ?? focused));
});

visitorTest("books with the keyboard alone, and sees the focus all the way", {}, async ({ site, page }) => {
  const press = async (key) => {
    await page.keyboard.press(key);
    assert.ok(await focusShows(page), `the focus shows after ${key} on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 100))}`);
  };
  const focused = (attribute) => page.evaluate((name) => document.activeElement.getAttribute(name), attribute);
  /** Tab until an element has the focus. */
  const tabTo = async (selector) => {
    for (let count = 0; count < 40; count += 1) {
      await press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await page.goto("/aiko/intro/");
  await tabTo("[role=grid] button");
  assert.equal(await focused("aria-label"), "Tuesday 24 November 2026, 2 times");
  await press("ArrowRight");
  assert.equal(await focused("aria-label"), "Wednesday 25 November 2026, 15 times");
  await press("ArrowDown");
  assert.equal(await focused("aria-label"), "Wednesday 2 December 2026, 15 times");
  await press("Home");
  await press("Home");
  assert.match(await focused("aria-label"), /^Monday 30 November 2026|^Tuesday 1 December 2026/);
  await press("PageDown");
  await press("PageUp");
  await press("End");
  await press("ArrowUp");
  while (!(await focused("aria-label")).startsWith(WEDNESDAY)) await press("ArrowLeft");
  await press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Wednesday 25 November");
  await press("Tab");
  await press("Space");
  await press("ArrowDown");
  await press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.value), String(seconds(TEN)));
  await tabTo("button");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await tabTo("[name='contact.name']");
  await page.keyboard.type("Mia Berg");
  await press("Tab");
  await page.keyboard.type("mia@example.com");
  await press("Tab");
  assert.equal(await focused("type"), "checkbox", "whether to be remembered");
  await press("Tab");
  await page.keyboard.type("A first idea.");
  await press("Tab");
  await press("ArrowDown");
  await tabTo("button");
  await page.keyboard.press("Enter");
  await booked(page);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, TEN);
  assert.equal(booking.contact.name, "Mia Berg");
});

visitorTest("a time taken meanwhile: every word is kept, others are offered in place, and one of them books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.getByRole("radio", { name: "By searching" }).check();
  await site.book("aiko/intro", TEN);
  await bookButton(page).click();

  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  assert.equal(await page.getByLabel("Email address").inputValue(), "mia@example.com");
  assert.equal(await page.getByLabel("What would you like to talk about?").inputValue(), "A first idea.\nAnd a second.");
  assert.ok(await page.getByRole("radio", { name: "By searching" }).isChecked());

  const offers = page.getByRole("group", { name: "These times are free" }).getByRole("radio");
  const free = await site.slots("aiko/intro");
  for (const offer of await offers.all()) assert.ok(free.includes(Number(await offer.getAttribute("value"))), "what is offered is free");
  const chosen = Number(await offers.first().getAttribute("value"));
  await offers.first().check();
  await bookButton(page).click();
  await booked(page);
  const mine = (await site.bookings("aiko")).find(({ contact }) => contact.email === "mia@example.com");
  assert.equal(seconds(mine.start), chosen);
  assert.equal(mine.answers.heard, "search");
});

visitorTest("a time taken meanwhile: the way to all other times is open, and every word comes along", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await site.book("aiko/intro", TEN);
  await bookButton(page).click();
  await page.getByRole("button", { name: "See all times" }).click();

  assert.equal(await page.locator(":focus").textContent(), WEDNESDAY.replace(" 2026", ""));
  assert.equal(await page.getByRole("heading", { name: "This time has just been taken" }).count(), 0);
  assert.equal(await time(page, TEN).count(), 0);
  assert.ok(!new URL(page.url()).searchParams.has("slot"));
  const later = "2026-11-26T04:00:00Z";
  await day(page, "Thursday 26 November 2026").click();
  await time(page, later).check();
  await toDetails(page);
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await bookButton(page).click();
  await booked(page);
  assert.ok((await site.bookings("aiko")).some(({ start, contact }) => start === later && contact.email === "mia@example.com"));
});

const ONCE = { content: join(import.meta.dirname, "content/once") };

visitorTest("the last time taken meanwhile: nothing is offered, and the times say that there are none", ONCE, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await page.goto("/wren/talk/");
  await time(page, TEN).check();
  await toDetails(page);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("Email address").fill("mia@example.com");
  await site.book("wren/talk", TEN);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  assert.equal(await page.getByRole("group", { name: "These times are free" }).count(), 0);
  assert.equal(await bookButton(page).count(), 0);
  await page.getByRole("button", { name: "See all times" }).click();
  assert.equal(await page.locator(":focus").textContent(), "There are no free times at the moment.");
});

visitorTest("a time taken before the page was opened is not offered once the endpoint has answered", {}, async ({ site, page }) => {
  await site.book("aiko/intro", TEN);
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: `${WEDNESDAY}, 12 times` }).click();
  assert.equal(await time(page, TEN).count(), 0);
});

visitorTest("a field that the visitor's software filled unseen is shown, empty, and the booking goes through", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/403/);
  await page.goto("/aiko/intro/");
  const trap = page.locator("[name=website]");
  await trap.evaluate((input) => { input.value = "https://mia.example"; });
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page, { topic: "Kept." });
  await bookButton(page).click();

  await page.getByRole("heading", { name: "One field has to stay empty" }).waitFor();
  await page.getByRole("link", { name: "Leave this field empty." }).click();
  assert.equal(await page.locator(":focus").getAttribute("name"), "website", "the link leads into the field");
  const shown = page.getByRole("textbox", { name: "Leave this field empty" });
  assert.ok((await shown.boundingBox()).width > 40, "it is seen");
  assert.equal(await shown.inputValue(), "");
  assert.equal((await site.bookings("aiko")).length, 0);
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).answers.topic, "Kept.");
});

visitorTest("the network goes and comes back: nothing is lost, and one meeting is booked", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await visitor.context.setOffline(true);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "Not booked yet" }).waitFor();
  await page.getByText("There is no connection.").waitFor();
  assert.equal(await page.getByLabel("What would you like to talk about?").inputValue(), "A first idea.\nAnd a second.");
  await visitor.context.setOffline(false);
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).start, TEN);
});

visitorTest("a time taken on the way to the details: the nearest are offered before a word is typed", {}, async ({ site, page, visitor }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await page.waitForLoadState("networkidle");
  await site.book("aiko/intro", TEN);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "That time is no longer free. Please choose another." }).waitFor();
  const asked = visitor.requests.findLast(({ pathname }) => pathname === "/api/availability/aiko/intro");
  assert.deepEqual(Object.fromEntries(asked.searchParams), { start: String(seconds(TEN)), duration: "30" }, "the ledger was asked for that very time");
  const offers = page.getByRole("group", { name: "These times are free" }).getByRole("radio");
  const free = await site.slots("aiko/intro");
  const offered = (await offers.evaluateAll((inputs) => inputs.map(({ value }) => Number(value))));
  assert.deepEqual(offered, free.sort((one, two) => Math.abs(one - seconds(TEN)) - Math.abs(two - seconds(TEN))).slice(0, 5).sort());
  assert.equal(await bookButton(page).count(), 0);
  await offers.first().check();
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  const mine = (await site.bookings("aiko")).find(({ contact }) => contact.email === "mia@example.com");
  assert.equal(seconds(mine.start), offered[0]);
});

visitorTest("a time that is free on the way to the details is left alone", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await page.waitForLoadState("networkidle");
  assert.equal(await page.locator(".errors").count(), 0);
  await bookButton(page).waitFor();
});

visitorTest("a double click on the button books once", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.route("**/api/bookings", async (route) => {
    await new Promise((resume) => setTimeout(resume, 300));
    await route.continue();
  });
  await bookButton(page).dblclick();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("where the visitor came from arrives with the booking", {}, async ({ site, page }) => {
  await page.goto("/aiko/intro/?utm_source=newsletter&utm_medium=email&colour=green");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.onlyBooking("aiko")).tracking, { utm_source: "newsletter", utm_medium: "email" });
});
