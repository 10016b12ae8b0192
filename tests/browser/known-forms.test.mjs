/** Known forms: other forms of the site's origin, whose visitors its meeting pages then know, if they want that. */

import assert from "node:assert/strict";
import { after } from "node:test";

import { visitorTest } from "./harness/index.mjs";
import { Parent } from "./harness/parent.mjs";
import { TEN, bookButton, booked } from "./harness/steps.mjs";

const parent = await new Parent().start();
after(() => parent.stop());

const MARA = { name: "Mara Lind", email: "mara@example.org" };
const FIELDS = `<input aria-label="Name" data-daymark="name"><input aria-label="Email" data-daymark="email"><input aria-label="Secret" value="no business of ours">`;
const box = (page) => page.getByRole("checkbox", { name: "Remember me in this browser for booking a meeting" });
const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("daymark:known")));
const send = (page) => page.getByRole("button", { name: "Send" }).click();

/** Opens another page of the site's origin, with such a form in it. */
const open = async (page, fields = FIELDS, { attributes = "", scripts = 1, script = "/known.js" } = {}) => {
  const tag = `<script src="${script}" defer></script>`;
  const form = `<form action="/thanks" data-daymark-known ${attributes}>${fields}<button>Send</button></form>`;
  const html = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Contact</title>${tag.repeat(scripts)}${form}`;
  await page.route("**/thanks*", (route) => route.fulfill({ contentType: "text/html", body: "<link rel=icon href=data:,>Thank you" }));
  await page.route("**/contact", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto("/contact");
};

const fillIn = async (page, { name, email } = MARA) => {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Email").fill(email);
};

visitorTest("who ticks the box is known on a meeting page, as somebody who has booked there", {}, async ({ site, page, visitor }) => {
  await open(page);
  assert.equal(await box(page).isChecked(), false, "off unless ticked");
  assert.equal(await page.getByRole("button", { name: "Forget me" }).isVisible(), false);
  await fillIn(page);
  await box(page).check();
  assert.equal(await kept(page), null, "nothing is kept before it is sent");
  await send(page);
  await page.getByText("Thank you").waitFor();
  assert.deepEqual(await kept(page), MARA, "and nothing else of the form");
  const asked = visitor.requests.map(({ pathname, search }) => pathname + search);
  assert.deepEqual(asked, ["/contact", "/known.js", "/thanks"], "nothing leaves the device");
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await page.getByText("Mara Lind, mara@example.org").waitFor();
  assert.equal(await page.getByLabel("Your name").isVisible(), false);
  await page.getByRole("button", { name: "Not you?" }).waitFor();
  await page.getByLabel("What would you like to talk about?").fill("The next step.");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.onlyBooking("aiko")).contact, MARA);
});

visitorTest("who does not tick it is not kept, and an author ticks it for nobody", {}, async ({ page }) => {
  for (const [fields, options] of [
    [FIELDS, {}],
    [`${FIELDS}<label><input type="checkbox" data-daymark="remember" checked> Remember me</label>`, {}],
    [`${FIELDS}<input type="hidden" data-daymark="remember" value="on" checked>`, {}],
    [FIELDS, { attributes: "onsubmit='this.querySelector(\"[type=checkbox]\").name = 1'" }],
  ]) {
    await open(page, fields, options);
    await fillIn(page);
    await send(page);
    await page.getByText("Thank you").waitFor();
    assert.equal(await kept(page), null, fields);
  }
});

visitorTest("an author's own box, and the parts of a name in the form's own order", {}, async ({ page }) => {
  const [FIRST, LAST, EMAIL] = ["first_name", "last_name", "email"].map((kind) => `<input aria-label="${kind}" data-daymark="${kind}">`);
  const OWN = `<input type="checkbox" id="own" data-daymark="remember"><label for="own">Keep me</label>`;
  for (const [fields, script, name] of [[FIRST + LAST, "/known.js", "Mai Yamada"], [LAST + FIRST, "/ja/known.js", "Yamada Mai"]]) {
    await open(page, fields + EMAIL + OWN, { script });
    assert.equal(await page.getByRole("checkbox").count(), 1);
    await page.getByLabel("first_name").fill(" Mai ");
    await page.getByLabel("last_name").fill("Yamada");
    await page.getByLabel("email").fill("mai@example.org");
    await page.getByLabel("Keep me").check();
    await send(page);
    await page.getByText("Thank you").waitFor();
    assert.deepEqual(await kept(page), { name, email: "mai@example.org" });
  }
  await page.goto("/contact");
  await page.getByRole("button", { name: "保存した情報を削除" }).waitFor();
});

visitorTest("what no meeting page could use replaces nobody", {}, async ({ page }) => {
  await open(page);
  await page.evaluate((person) => localStorage.setItem("daymark:known", JSON.stringify(person)), MARA);
  for (const person of [{ name: "", email: "leo@example.org" }, { name: "Leo", email: "leo" }, { name: "L".repeat(300), email: "leo@example.org" }]) {
    await page.goto("/contact");
    await fillIn(page, person);
    await box(page).check();
    await send(page);
    await page.getByText("Thank you").waitFor();
    assert.deepEqual(await kept(page), MARA, JSON.stringify(person));
  }
});

visitorTest("forms that scripts send, that come late, and whose script is loaded twice", {}, async ({ page }) => {
  for (const [what, options, act] of [
    ["submit()", {}, () => page.evaluate(() => document.forms[0].submit())],
    ["requestSubmit()", {}, () => page.evaluate(() => document.forms[0].requestSubmit())],
    ["a script that reads it", {}, () => page.evaluate(() => { new FormData(document.forms[0]); })],
    ["a script that sends it otherwise", { attributes: "onsubmit='event.preventDefault()'" }, () => send(page)],
    ["twice", { scripts: 2 }, () => send(page)],
  ]) {
    await open(page, FIELDS, options);
    await page.evaluate(() => localStorage.clear());
    await fillIn(page);
    assert.equal(await page.getByRole("checkbox").count(), 1, what);
    await box(page).check();
    await act();
    await page.waitForFunction(() => localStorage.getItem("daymark:known"));
    assert.deepEqual(await kept(page), MARA, what);
  }
  await open(page);
  await page.evaluate(() => {
    const late = document.forms[0].cloneNode(true);
    document.forms[0].remove();
    late.querySelector("label").remove(); // as it was written
    document.body.append(late);
  });
  assert.equal(await page.getByRole("checkbox").count(), 0);
  await page.getByLabel("Name", { exact: true }).focus();
  await box(page).waitFor();
});

visitorTest("forgotten is forgotten, by the button and by unticking", {}, async ({ page }) => {
  await open(page);
  const remember = () => page.evaluate((person) => localStorage.setItem("daymark:known", JSON.stringify(person)), MARA);
  await remember();
  await page.goto("/contact");
  assert.equal(await box(page).isChecked(), false, "who is known is asked all the same");
  await page.getByRole("button", { name: "Forget me" }).click();
  await page.getByText("Forgotten: nothing about you is kept in this browser.").waitFor();
  assert.deepEqual([await kept(page), await page.getByRole("button", { name: "Forget me" }).count()], [null, 0]);
  assert.equal(await page.locator(":focus").getAttribute("type"), "checkbox");
  await remember();
  await box(page).check();
  assert.deepEqual(await kept(page), MARA);
  await box(page).uncheck();
  assert.equal(await kept(page), null);
});

visitorTest("where nothing can be kept, nobody is asked, and the form is sent", {}, async ({ page }) => {
  await page.addInitScript(() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; });
  for (const own of ["", `<label><input type="checkbox" data-daymark="remember"> Remember me</label>`]) {
    await open(page, FIELDS + own);
    assert.equal(await page.getByRole("checkbox").count(), 0);
    await fillIn(page);
    await send(page);
    await page.getByText("Thank you").waitFor();
  }
  await page.addInitScript(() => Object.defineProperty(window, "localStorage", { get: () => { throw new Error("refused"); } }));
  await open(page);
  assert.equal(await page.getByRole("checkbox").count(), 0);
  await fillIn(page);
  await send(page);
  await page.getByText("Thank you").waitFor();
});

visitorTest("a page of another origin is told that it cannot, and asks nobody", {}, async ({ site, page, visitor }) => {
  visitor.origins.push(parent.origin);
  const warning = "known.js is of another origin";
  visitor.expected.push(new RegExp(warning));
  parent.body = `<form data-daymark-known>${FIELDS}<button>Send</button></form><script src="${site.url}/known.js" defer></script>`;
  await page.goto(`${parent.origin}/page`);
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getByRole("checkbox").count(), 0);
  assert.ok(visitor.complaints.some((complaint) => complaint.includes(warning)));
});
