/** Mistakes in the details: said before anything is sent, in the endpoint's words, beside each field. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, chooseTen, fillIn, toDetails, toFilledDetails } from "./harness/steps.mjs";

const ONCE = { content: join(import.meta.dirname, "content/once") };

/** The requests that would have booked something. */
const attempts = (visitor) => visitor.requests.filter(({ pathname }) => pathname === "/api/bookings").length;

visitorTest("mistakes: the first field has the focus, a summary leads to each, and nobody was asked", {}, async ({ site, page, visitor }) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page, { name: "", email: "mia@nowhere", topic: "Kept." });
  const title = await page.title();
  await bookButton(page).click();

  await page.getByRole("heading", { name: "Please check this again" }).waitFor();
  assert.equal(await page.title(), `Error: ${title}`);
  const words = ["Enter your name.", "Check the part of the email address after the @. It should look like example.com."];
  const focused = page.locator(":focus");
  assert.equal(await focused.getAttribute("name"), "contact.name", "the first field has the focus");
  const summary = page.locator("main > .errors");
  assert.deepEqual(await summary.getByRole("link").allTextContents(), words);
  assert.ok((await summary.boundingBox()).y < (await page.getByRole("heading", { level: 1 }).boundingBox()).y);
  for (const [label, name, message] of [["Your name", "contact.name", words[0]], ["Email address", "contact.email", words[1]]]) {
    const field = page.getByLabel(label);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const description = await field.getAttribute("aria-describedby");
    assert.equal(await page.locator(`[id="${description}"]`).textContent(), message);
    await page.getByRole("link", { name: message }).click();
    assert.equal(await focused.getAttribute("name"), name, "the link leads into the field");
  }
  assert.equal(attempts(visitor), 0);

  await fillIn(page, { topic: "Kept." });
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

/** What is typed, and what is said of it, here and by the endpoint alike. */
const WRONG = [
  [{ name: "" }, "contact.name", "Enter your name."],
  [{ name: " \u3000\t" }, "contact.name", "Enter your name."],
  [{ name: "x".repeat(201) }, "contact.name", "Enter a name of at most 200 characters."],
  [{ email: "" }, "contact.email", "Enter your email address."],
  [{ email: "mia" }, "contact.email", "Enter an email address, such as name@example.com."],
  [{ email: "mia@example" }, "contact.email", "Check the part of the email address after the @. It should look like example.com."],
  [{ email: "@example.com" }, "contact.email", "Enter an email address, such as name@example.com."],
  [{ email: `${"x".repeat(250)}@example.com` }, "contact.email", "Enter an email address of at most 254 characters, with at most 64 before the @."],
  [{ topic: "" }, "answers.topic", "“What would you like to talk about?” needs an answer."],
  [{ topic: " \n \n" }, "answers.topic", "“What would you like to talk about?” needs an answer."],
  [{ topic: "x".repeat(5001) }, "answers.topic", "Answer “What would you like to talk about?” in at most 5000 characters."],
];

visitorTest("what is missing, no address or too long is said at once, in the endpoint's words", {}, async ({ site, page, visitor }) => {
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await page.getByRole("heading", { name: "About you" }).waitFor();
  const sound = { name: "Mia Berg", email: "mia@example.com", topic: "Kept." };
  for (const [typed, field, message] of WRONG) {
    const all = { ...sound, ...typed };
    await fillIn(page, all);
    await bookButton(page).click();
    assert.deepEqual(await page.locator("main > .errors li").allTextContents(), [message]);
    assert.equal(await page.locator(":focus").getAttribute("name"), field);
    assert.equal(await page.locator(":focus").inputValue(), Object.values(typed)[0], "nothing is cut off");
    const body = { page: "aiko/intro", start: TEN, contact: { name: all.name, email: all.email }, answers: { topic: all.topic } };
    const answer = await fetch(`${site.url}/api/bookings`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    assert.deepEqual((await answer.json()).errors, [{ field, message }]);
  }
  assert.equal(attempts(visitor), 0);
});

visitorTest("an error of what nobody sees is said without a link", {}, async ({ page, visitor }) => {
  visitor.expected.push(/422/);
  await toFilledDetails(page);
  const errors = ["time_zone", "tracking.utm_source", "no_such_field", "contact.name"].map((field) => ({ field, message: `Wrong: ${field}.` }));
  const answer = { code: "invalid_field", title: "Please check this again", detail: "Something is wrong.", status: 422, errors };
  await page.route("**/api/bookings", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(answer) }), { times: 1 });
  await bookButton(page).click();
  const summary = page.locator("main > .errors");
  await summary.waitFor();
  assert.deepEqual(await summary.getByRole("listitem").allTextContents(), errors.map(({ message }) => message));
  assert.deepEqual(await summary.getByRole("link").allTextContents(), ["Wrong: contact.name."]);
  assert.equal(await page.locator(":focus").getAttribute("name"), "contact.name");
  await bookButton(page).click();
  await booked(page);
});

visitorTest("whatever may be an address is left to the endpoint, and characters are counted as people do", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/422/);
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await page.getByRole("heading", { name: "About you" }).waitFor();
  for (const email of ["a@b.c", "da.me.@docomo.ne.jp", "\"x y\"@example.org", "mia@bücher.example", "mia＠example．com"]) {
    await fillIn(page, { email, name: "👩".repeat(200) });
    const count = attempts(visitor);
    await page.route("**/api/bookings", (route) => route.fulfill({ status: 422, json: { title: "Seen", detail: "Seen." } }), { times: 1 });
    await bookButton(page).click();
    await page.getByRole("heading", { name: "Seen" }).waitFor();
    assert.equal(attempts(visitor), count + 1, email);
  }
  assert.equal((await site.bookings("aiko")).length, 0);
});

visitorTest("mistakes where something is ticked: each is said below its question, and its link leads to the first answer", ONCE, async ({ site, page }) => {
  await page.goto(`/wren/tasting/?slot=${TEN}`);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("Email address").fill("mia@example.com");
  await bookButton(page).click();
  const focused = page.locator(":focus");
  for (const [message, label] of [["Choose an answer to “Which tea?”.", "Green"], ["Choose an answer to “Which cakes?”.", "Plain"], ["Tick “I can take the stairs.” to continue.", "I can take the stairs."]]) {
    await page.getByRole("link", { name: message }).click();
    assert.equal(await focused.evaluate((input) => input.closest("label").textContent), label);
  }
  const tea = page.getByRole("group", { name: "Which tea?" });
  assert.equal(await tea.evaluate((group) => document.getElementById(group.getAttribute("aria-describedby")).textContent), "Choose an answer to “Which tea?”.");

  await tea.getByRole("radio", { name: "Black" }).check();
  for (const name of ["Plain", "With cream", "I can take the stairs."]) await page.getByRole("checkbox", { name }).check();
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.onlyBooking("wren")).answers, { tea: "black", cakes: ["plain", "cream"], stairs: true });
});
