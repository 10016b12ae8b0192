/** Turnstile: who books on a site that checks that visitors are persons, and what becomes of whoever cannot be checked. */

import assert from "node:assert/strict";
import { after, beforeEach } from "node:test";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, chooseTen, fillIn, toDetails } from "./harness/steps.mjs";
import { startTurnstile } from "./harness/turnstile.mjs";

const turnstile = await startTurnstile();
after(() => turnstile.stop());
beforeEach(() => Object.assign(turnstile, { asked: [], away: false, behaviour: "passes" }));

/** A test on a site with keys. */
const checkedTest = (name, options, body) => visitorTest(name, { ...options, turnstile }, body);

const frame = (page) => page.frameLocator("iframe");
const ofCloudflare = (visitor) => visitor.requests.filter(({ hostname }) => hostname === "challenges.cloudflare.com");

/** The way to the button, on which the check has passed or not. */
const toButton = async (page) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
};

checkedTest("a person books, and nothing of Cloudflare's comes before the details", {}, async ({ site, page, visitor }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await page.getByRole("button", { name: "Continue" }).hover();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(ofCloudflare(visitor), []);
  await toDetails(page);
  await frame(page).getByText("Success!").waitFor();
  const shown = ofCloudflare(visitor).find(({ pathname }) => pathname === "/frame").searchParams;
  assert.deepEqual([shown.get("language"), shown.get("theme")], ["en", "auto"]);
  await fillIn(page);
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
  assert.equal(turnstile.asked.length, 1);
  assert.deepEqual(ofCloudflare(visitor).map(({ pathname }) => pathname), ["/turnstile/v0/api.js", "/frame"]);
});

checkedTest("whoever is asked to tick a box is told so, and then books", {}, async ({ site, page }) => {
  turnstile.behaviour = "asks";
  await toButton(page);
  await frame(page).getByText("Verify you are human").waitFor();
  await bookButton(page).click();
  await page.getByRole("heading", { name: "One more step" }).waitFor();
  assert.equal((await site.bookings("aiko")).length, 0);
  await frame(page).getByRole("checkbox").click();
  await frame(page).getByText("Success!").waitFor();
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

checkedTest("a check that fails is said, with a way on, and is tried again", {}, async ({ site, page }) => {
  turnstile.behaviour = "fails";
  await toButton(page);
  await frame(page).getByText("Verification failed").waitFor();
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We could not confirm that you are a person" }).waitFor();
  await page.getByText("or contact your host directly").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  assert.equal((await site.bookings("aiko")).length, 0);
  assert.equal(await bookButton(page).getAttribute("aria-busy"), null);
});

checkedTest("where the script is blocked, the page says so, and books once it is not", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_BLOCKED_BY_CLIENT/);
  turnstile.behaviour = "blocked";
  await toButton(page);
  const blocked = page.getByText("The check comes from challenges.cloudflare.com");
  await blocked.waitFor();
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We could not confirm that you are a person" }).waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  turnstile.behaviour = "passes";
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

checkedTest("each refusal brings another token: the time was taken meanwhile", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await toButton(page);
  await site.book("aiko/intro", TEN, { "cf-turnstile-response": turnstile.token() });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "This time has just been taken" }).waitFor();
  await page.getByRole("group", { name: "These times are free" }).getByRole("radio").first().check();
  await bookButton(page).click();
  await booked(page);
  assert.equal((await site.bookings("aiko")).length, 2);
  assert.equal(new Set(turnstile.asked.map(({ response }) => response)).size, 3);
});

checkedTest("while the service is away, nobody is booked and nothing typed is lost", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/503/);
  turnstile.away = true;
  await toButton(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We cannot check right now that you are a person" }).waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  assert.equal((await site.bookings("aiko")).length, 0);
  turnstile.away = false;
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

checkedTest("the answer is lost on its way: sending again shows the same booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await toButton(page);
  await page.route("**/api/bookings", async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await page.getByLabel("Your name").fill("Mia Bergs");
  await bookButton(page).click();
  await booked(page);
  assert.ok(page.url().includes(id));
  await site.onlyBooking("aiko");
  assert.equal(turnstile.asked.length, 1, "a known key answers first");
});

checkedTest("pressing twice books once", {}, async ({ site, page }) => {
  await toButton(page);
  await frame(page).getByText("Success!").waitFor();
  await bookButton(page).dblclick();
  await booked(page);
  await site.onlyBooking("aiko");
  assert.equal(turnstile.asked.length, 1);
});

checkedTest("the plain form of a script that failed leads to a form with the check, which books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/403/);
  await visitor.context.route(/\/assets\/.*\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  await page.goto("/aiko/intro/");
  await page.getByRole("group", { name: "Wednesday 25 November" }).getByRole("radio", { name: "10:00" }).check();
  await fillIn(page);
  await page.getByRole("button", { name: "Book this time" }).click();
  await page.getByRole("heading", { name: "One more step" }).waitFor();
  await frame(page).getByText("Success!").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

checkedTest("without JavaScript, the form says that it needs it, and loses nothing", { context: { javaScriptEnabled: false } }, async ({ site, page, visitor }) => {
  visitor.expected.push(/403/);
  for (const [path, said] of [["/aiko/intro/", "To book here, please turn on JavaScript"], ["/ja/aiko/intro/", "ご予約にはJavaScriptを有効にしてください"]]) {
    await page.goto(path);
    assert.ok((await page.locator("form noscript").textContent()).includes(said));
  }
  await page.goto("/aiko/intro/");
  await page.getByRole("group", { name: "Wednesday 25 November" }).getByRole("radio", { name: "10:00" }).check();
  await fillIn(page);
  await page.getByRole("button", { name: "Book this time" }).click();
  await page.getByText("It needs JavaScript and challenges.cloudflare.com.").waitFor();
  assert.ok((await page.locator("form noscript").textContent()).includes("Or contact Aiko Tanaka directly."));
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  assert.equal((await site.bookings("aiko")).length, 0);
});

visitorTest("a site without keys asks nobody", {}, async ({ page, visitor }) => {
  await toButton(page);
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual(ofCloudflare(visitor), []);
});
