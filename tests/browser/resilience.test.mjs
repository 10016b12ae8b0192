/** Browsers that lack something, and scripts that fail: a calendar, or the plain form within a second; and it books. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { TEN, WEDNESDAY, bookButton, booked, chooseTen, day, fillIn, time, toDetails } from "./harness/steps.mjs";

/** The longest time that the plain form may take to be there, in milliseconds: a second, and what a busy machine adds. */
const PATIENCE_MS = 3000;

const calendar = async (page) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await bookButton(page).click();
};

const plainTen = (page) => page.getByRole("group", { name: "Wednesday 25 November" }).getByRole("radio", { name: "10:00" });

/** The plain form can be seen and used in time. */
const plainIsThere = async (page) => {
  await plainTen(page).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Book this time" }).waitFor({ timeout: PATIENCE_MS });
  assert.equal(await page.getByRole("grid").count(), 0);
};

const plain = async (page) => {
  await page.goto("/aiko/intro/", { waitUntil: "domcontentloaded" });
  await plainIsThere(page);
  await plainTen(page).check();
  await fillIn(page);
  await page.getByRole("button", { name: "Book this time" }).click();
};

/** What a browser lacks or refuses, and what the visitor gets. */
const LACKS = [
  ["the host's zone is not known", calendar, () => {
    const { DateTimeFormat } = Intl;
    Intl.DateTimeFormat = function Format(locale, options = {}) {
      if (options.timeZone === "Asia/Tokyo") throw new RangeError("Invalid time zone specified");
      return new DateTimeFormat(locale, options);
    };
  }],
  ["no zone is known", calendar, () => {
    const { DateTimeFormat } = Intl;
    Intl.DateTimeFormat = function Format(locale, options = {}) {
      if (options.timeZone) throw new RangeError("Invalid time zone specified");
      return new DateTimeFormat(locale, options);
    };
  }],
  ["offsets cannot be named", calendar, () => {
    const { DateTimeFormat } = Intl;
    Intl.DateTimeFormat = function Format(locale, options = {}) {
      if (options.timeZoneName) throw new RangeError("Value longOffset out of range");
      return new DateTimeFormat(locale, options);
    };
  }],
  ["dates are written in a way of its own", calendar, () => { Object.defineProperty(Intl.DateTimeFormat.prototype, "format", { get: () => () => "today" }); }],
  ["the own zone has no name", calendar, () => { Intl.DateTimeFormat.prototype.resolvedOptions = () => ({}); }],
  ["the own zone is not known", calendar, () => { Intl.DateTimeFormat.prototype.resolvedOptions = () => ({ timeZone: "Etc/Unknown" }); }],
  ["there is no Intl", calendar, () => { delete globalThis.Intl; }],
  ["there is no Intl.PluralRules", calendar, () => { delete Intl.PluralRules; }],
  ["zones cannot be listed", calendar, () => { Intl.supportedValuesOf = () => { throw new RangeError("timeZone"); }; }],
  ["there is no Array.prototype.at", calendar, () => { delete Array.prototype.at; }],
  ["there is no String.prototype.replaceAll", calendar, () => { delete String.prototype.replaceAll; }],
  ["there is no AbortSignal", calendar, () => { delete globalThis.AbortSignal; }],
  ["the address cannot be changed", calendar, () => {
    for (const name of ["pushState", "replaceState"]) History.prototype[name] = () => { throw new DOMException("too often", "SecurityError"); };
  }],
  ["the address cannot be changed after a while", calendar, () => {
    let count = 0;
    const { replaceState } = History.prototype;
    History.prototype.replaceState = function replace(...values) {
      count += 1;
      if (count > 1) throw new DOMException("too often", "SecurityError");
      return replaceState.apply(this, values);
    };
  }],
  ["there is no fetch", plain, () => { delete globalThis.fetch; }],
  ["there is no URLSearchParams", plain, () => { delete globalThis.URLSearchParams; }],
  ["there is no Array.prototype.flat", plain, () => { delete Array.prototype.flat; }],
  ["there is no String.raw", plain, () => { delete String.raw; }],
  ["there is no Element.prototype.insertAdjacentHTML", plain, () => { delete Element.prototype.insertAdjacentHTML; }],
  ["styles cannot be asked", plain, () => { Object.defineProperty(Element.prototype, "scrollHeight", { get() { throw new TypeError("no"); } }); }],
  ["something throws what is no error", plain, () => { Date.prototype.toISOString = () => { throw null; }; }],
];

for (const [lack, way, take] of LACKS) {
  visitorTest(`${lack}: the ${way.name === "plain" ? "plain form" : "calendar"} books`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/^console: /);
    await visitor.context.addInitScript(take);
    await way(page);
    await booked(page);
    assert.equal((await site.onlyBooking("aiko")).start, TEN);
  });
}

const replace = (page, part, answer) => page.route(new RegExp(`/assets/${part}-.*\\.js$`), answer);

/** What may come in place of the script of the page. */
const SCRIPTS = [
  ["does not load", (route) => route.abort()],
  ["is not found", (route) => route.fulfill({ status: 404, body: "Not found" })],
  ["is a page of somebody else's network", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Sign in</title>" })],
  ["has a syntax that is not known", (route) => route.fulfill({ contentType: "text/javascript", body: "let a = b ?=> c;" })],
  ["fails at its beginning", (route) => route.fulfill({ contentType: "text/javascript", body: "document.documentElement.dataset.js = ''; throw new Error('no');" })],
  ["begins and does no more", (route) => route.fulfill({ contentType: "text/javascript", body: "document.documentElement.dataset.js = '';" })],
];

for (const [what, answer] of SCRIPTS) {
  visitorTest(`a script that ${what}: the plain form books`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/./);
    await replace(page, "meeting", answer);
    await plain(page);
    await booked(page);
    assert.equal((await site.onlyBooking("aiko")).start, TEN);
  });
}

for (const [what, answer] of [SCRIPTS[0], SCRIPTS[3], SCRIPTS[5]]) {
  visitorTest(`a second step whose script ${what}: the plain form has the time that was chosen, and books`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/./);
    await replace(page, "details", answer);
    await page.goto("/aiko/intro/");
    await day(page, WEDNESDAY).click();
    await page.locator(".slots label").filter({ has: time(page, TEN) }).click();
    await plainIsThere(page);
    assert.ok(await plainTen(page).isChecked());
    await fillIn(page);
    await page.getByRole("button", { name: "Book this time" }).click();
    await booked(page);
    assert.equal((await site.onlyBooking("aiko")).start, TEN);
  });
}

/** What fails only once the visitor has begun, and the step at which it is met. */
const LATER = [
  ["a month is turned", (page) => page.getByRole("button", { name: "Next month" }).click()],
  ["a key is pressed", async (page) => { await page.locator("[role=grid] [tabindex='0']").focus(); await page.keyboard.press("End"); }],
  ["a zone is chosen", async (page) => { await page.getByLabel("Time zone").hover(); await page.getByLabel("Time zone").selectOption("Europe/Berlin"); }],
  ["another length is chosen", (page) => page.locator(".durations label").last().click()],
  ["the page is looked at again", (page) => page.evaluate(() => { document.dispatchEvent(new Event("visibilitychange")); })],
];

for (const [when, act] of LATER) {
  visitorTest(`a failure when ${when}: the plain form is back`, {}, async ({ page, visitor }) => {
    visitor.expected.push(/broken/);
    await page.goto("/aiko/intro/");
    await day(page, WEDNESDAY).waitFor();
    await page.evaluate(() => { Date.prototype.getUTCDay = () => { throw new Error("broken"); }; });
    await act(page);
    await plainIsThere(page);
  });
}

visitorTest("a failure among the details: the plain form has every word, and books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/broken/);
  await page.goto("/aiko/intro/");
  await page.getByRole("radio", { name: "60 minutes" }).check();
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
  await page.getByRole("radio", { name: "From a friend" }).check();
  await page.evaluate(() => { globalThis.fetch = () => { throw new Error("broken"); }; });
  await bookButton(page).click();
  await plainIsThere(page);
  assert.ok(await plainTen(page).isChecked());
  assert.ok(await page.getByRole("radio", { name: "60 minutes" }).isChecked());
  assert.ok(await page.getByRole("radio", { name: "From a friend" }).isChecked());
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  const { start, duration_minutes: minutes, contact, answers } = await site.onlyBooking("aiko");
  assert.deepEqual([start, minutes, contact.name, answers], [TEN, 60, "Mia Berg", { topic: "A first idea.\nAnd a second.", heard: "friend" }]);
});

visitorTest("an error of somebody else's script changes nothing", {}, async ({ page, visitor }) => {
  visitor.expected.push(/of an extension/);
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).waitFor();
  await page.evaluate(() => {
    setTimeout(() => { throw new Error("of an extension"); });
    Promise.reject(new Error("of an extension"));
  });
  await chooseTen(page);
  await toDetails(page);
});

for (const [own, name] of [["+03:00", "UTC+3"], ["-05:00", "UTC−5"], ["+05:30", "UTC+5:30"], ["-03:30", "UTC−3:30"], ["Etc/GMT+8", "UTC−8"], ["Etc/GMT-14", "UTC+14"]]) {
  visitorTest(`a browser whose zone is ${own}: times are those of ${name}, and the zone is sent as it is`, {}, async ({ page, visitor }) => {
    await visitor.context.addInitScript((zone) => {
      const { resolvedOptions } = Intl.DateTimeFormat.prototype;
      Intl.DateTimeFormat.prototype.resolvedOptions = function options() { return { ...resolvedOptions.call(this), timeZone: zone }; };
    }, own);
    await page.goto(`/aiko/intro/?slot=${TEN}`);
    await page.getByRole("heading", { name: "About you" }).waitFor();
    await page.getByText(`${name} time`, { exact: true }).last().waitFor();
    assert.equal(await page.locator("#zone").inputValue(), own);
    assert.equal(await page.locator("#zone option:checked").textContent(), name);
    const sent = page.waitForRequest("**/api/bookings");
    await page.route("**/api/bookings", (route) => route.fulfill({ json: { title: "Seen", detail: "Seen." } }));
    await fillIn(page);
    await bookButton(page).click();
    assert.equal((await sent).postDataJSON().time_zone, own);
  });
}
