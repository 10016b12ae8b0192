/** Without JavaScript: the plain form books, and keeps every word when something is wrong. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";

const plain = { context: { javaScriptEnabled: false } };

const fillIn = async (page, { name = "Mia Berg", email = "mia@example.com", topic = "A first idea.\nAnd a second." } = {}) => {
  await page.getByRole("group", { name: "Wednesday 25 November" }).getByRole("radio", { name: "10:00" }).check();
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel(/email address/i).fill(email);
  await page.getByLabel("What would you like to talk about?").fill(topic);
  await page.getByRole("radio", { name: "By searching" }).check();
};

const submit = (page) => page.getByRole("button", { name: "Book this time" }).click();

visitorTest("a plain form books", plain, async ({ site, page }) => {
  await page.goto("/aiko/intro/");
  await fillIn(page);
  await submit(page);

  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  assert.match(page.url(), /\/booking\//);
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.start, "2026-11-25T01:00:00Z");
  assert.equal(booking.duration_minutes, 30);
  assert.equal(booking.time_zone, "Asia/Tokyo");
  assert.deepEqual(booking.contact, { name: "Mia Berg", email: "mia@example.com" });
  assert.equal(booking.answers.topic, "A first idea.\nAnd a second.");
  assert.equal(booking.answers.heard, "search");
});

visitorTest("a plain form with mistakes comes back with every word and each mistake", plain, async ({ site, page, visitor }) => {
  visitor.expected.push(/422/);
  await page.goto("/aiko/intro/");
  await fillIn(page, { name: "  ", email: "mia@nowhere", topic: "Kept <b>as it is</b> & \"quoted\"\n\nto the end" });
  await submit(page);

  assert.match(await page.title(), /^Error: /);
  const summary = page.getByRole("alert");
  assert.deepEqual(await summary.getByRole("link").allTextContents(), ["Enter your name.", "Check the part of the email address after the @. It should look like example.com."]);
  assert.equal(await page.locator(":focus").getAttribute("role"), "alert", "the summary has the focus");
  const heading = await page.getByRole("heading", { level: 1 }).boundingBox();
  assert.ok((await summary.boundingBox()).y < heading.y, "the summary stands above the heading");
  await summary.getByRole("link", { name: "Enter your name." }).click();
  assert.equal(await page.locator(":target").getAttribute("name"), "contact.name");
  assert.equal(await page.getByLabel("Your name").getAttribute("aria-invalid"), "true");

  assert.ok(await page.getByRole("radio", { name: "Wednesday 25 November 2026, 10:00" }).isChecked());
  assert.equal(await page.getByLabel(/email address/i).inputValue(), "mia@nowhere");
  assert.equal(await page.getByLabel("What would you like to talk about?").inputValue(), "Kept <b>as it is</b> & \"quoted\"\n\nto the end");
  assert.ok(await page.getByRole("radio", { name: "By searching" }).isChecked());
  assert.equal((await site.bookings("aiko")).length, 0);

  await page.getByLabel("Your name").fill("Mia");
  await page.getByLabel(/email address/i).fill("mia@nowhere.example");
  await submit(page);
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  assert.equal((await site.onlyBooking("aiko")).answers.topic, "Kept <b>as it is</b> & \"quoted\"\n\nto the end");
});

visitorTest("a plain form comes back without an answer where none was given", plain, async ({ page, visitor }) => {
  visitor.expected.push(/422/);
  await page.goto("/aiko/intro/");
  await fillIn(page, { email: "mia@nowhere" });
  await page.getByRole("radio", { name: "No answer" }).check();
  await submit(page);
  assert.match(await page.title(), /^Error: /);
  assert.ok(await page.getByRole("radio", { name: "No answer" }).isChecked());
});

visitorTest("a plain form whose time was taken meanwhile offers others, and one of them books", plain, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await page.goto("/aiko/intro/");
  await fillIn(page);
  await site.book("aiko/intro", "2026-11-25T01:00:00Z");
  await submit(page);

  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  const offers = page.getByRole("group", { name: "Times that are still free" }).getByRole("radio");
  const offered = Number(await offers.first().getAttribute("value"));
  assert.ok((await site.slots("aiko/intro")).includes(offered), "what is offered is free");
  await offers.first().check();
  await submit(page);
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  const mine = (await site.bookings("aiko")).find(({ contact }) => contact.email === "mia@example.com");
  assert.equal(Date.parse(mine.start) / 1000, offered);
});

visitorTest("a plain form whose unseen field was filled comes back with it empty and visible, and then books", plain, async ({ site, page, visitor }) => {
  visitor.expected.push(/403/);
  await page.goto("/aiko/intro/");
  await fillIn(page);
  await page.locator("[name=website]").evaluate((input) => { input.value = "https://mia.example"; });
  await submit(page);
  await page.getByRole("heading", { name: "One field has to stay empty" }).waitFor();
  const shown = page.getByRole("textbox", { name: "Leave this field empty" });
  assert.ok(await shown.isVisible());
  assert.equal(await shown.inputValue(), "");
  assert.equal(await page.getByLabel("What would you like to talk about?").inputValue(), "A first idea.\nAnd a second.");
  await submit(page);
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  await site.onlyBooking("aiko");
});

visitorTest("a plain form sent twice books once, and says what that may mean", plain, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  for (const heading of ["You are booked", "This time has just been taken"]) {
    await page.goto("/aiko/intro/");
    await fillIn(page);
    await submit(page);
    await page.getByRole("heading", { name: heading }).waitFor();
  }
  await page.getByText("If you have sent this form twice, the first time counts, and you are booked.").waitFor();
  await site.onlyBooking("aiko");
});

visitorTest("a plain form takes along where its visitor came from", plain, async ({ site, page }) => {
  await page.goto("/aiko/intro/?utm_source=newsletter&utm_campaign=autumn+2026");
  await fillIn(page);
  await submit(page);
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  const { tracking } = await site.onlyBooking("aiko");
  assert.equal(tracking.utm_source, "newsletter");
  assert.equal(tracking.utm_campaign, "autumn 2026");
});

visitorTest("a plain form in Japanese leads to a booking in Japanese", plain, async ({ site, page }) => {
  await page.goto("/ja/aiko/review/");
  await page.locator("[name=start]").first().check();
  await page.locator("[name='contact.name']").fill("山田 花子");
  await page.locator("[name='contact.email']").fill("hanako@example.com");
  await page.getByLabel("設計書はどこで読めますか").fill("https://example.com/設計");
  await page.getByRole("checkbox", { name: "運用" }).check();
  await page.getByRole("checkbox", { name: "データとストレージ" }).check();
  await page.getByRole("checkbox", { name: /設計書をレビュー担当者に見せること/ }).check();
  await page.locator("form button").last().click();
  await page.waitForURL(/\/booking\//);
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  const booking = await site.onlyBooking("aiko");
  assert.equal(booking.locale, "ja");
  assert.deepEqual(booking.answers, { document: "https://example.com/設計", areas: ["data", "operations"], agreed: true });
});
