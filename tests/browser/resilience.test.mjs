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
  await page.goto("/aiko/intro/", { waitUntil: "commit" });
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
  ["styles cannot be asked", calendar, () => { Object.defineProperty(Element.prototype, "scrollHeight", { get() { throw new TypeError("no"); } }); }],
  ["something throws what is no error", plain, () => { Date.prototype.toISOString = () => { throw null; }; }],
];

for (const [lack, way, take] of LACKS) {
  visitorTest(`${lack}: the ${way.name === "plain" ? "plain form" : "calendar"} books`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/^console: /);
    // How long the description is, only its "Read more" asks: nothing else is lost.
    if (lack === "styles cannot be asked") visitor.expected.push(/^uncaught: TypeError: no$/);
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
  ["fails at its beginning", (route) => route.fulfill({ contentType: "text/javascript", body: "throw new Error('no');" })],
  ["begins and does no more", (route) => route.fulfill({ contentType: "text/javascript", body: "addEventListener('load', () => {});" })],
  ["does not come", () => {}],
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

visitorTest("a script that comes once somebody is filling the plain form in: the plain form stays, and books", {}, async ({ site, page }) => {
  let come;
  await replace(page, "meeting", async (route) => { await new Promise((resolve) => { come = resolve; }); await route.continue(); });
  await page.goto("/aiko/intro/", { waitUntil: "commit" });
  await plainIsThere(page);
  await plainTen(page).check();
  await fillIn(page);
  const loaded = page.waitForLoadState("load");
  come();
  await loaded;
  await plainIsThere(page);
  assert.ok(await plainTen(page).isChecked());
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

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

/** Longer waits of the page's take a hundredth of their time. In the page. */
const hurry = () => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (act, delay, ...values) => setTimeout(act, delay < 5000 ? delay : delay / 100, ...values);
};

visitorTest("a second step whose script does not come: the plain form has the time that was chosen, and books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/details-/);
  await visitor.context.addInitScript(hurry);
  await replace(page, "details", () => {});
  await page.goto("/aiko/intro/", { waitUntil: "commit" });
  await day(page, WEDNESDAY).click();
  await page.locator(".slots label").filter({ has: time(page, TEN) }).click();
  await plainIsThere(page);
  assert.ok(await plainTen(page).isChecked());
  await fillIn(page);
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).start, TEN);
});

visitorTest("an address that needs a script that does not come: the plain form is there meanwhile, and books", {}, async ({ site, page }) => {
  await replace(page, "details", () => {});
  await page.goto(`/aiko/intro/?slot=${TEN}`, { waitUntil: "commit" });
  await plainIsThere(page);
  await plainTen(page).check();
  await fillIn(page);
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).start, TEN);
});

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
    // What the endpoint answers is shown before: else that would fail first.
    const answered = page.waitForResponse(/\/api\/availability\//);
    await page.goto("/aiko/intro/");
    await day(page, WEDNESDAY).waitFor();
    await (await answered).finished();
    await page.evaluate(() => new Promise((done) => { setTimeout(done, 100); }));
    await page.evaluate(() => { Date.prototype.getUTCDay = () => { throw new Error("broken"); }; });
    await act(page);
    await plainIsThere(page);
  });
}

const toFilledDetails = async (page) => {
  await page.goto("/aiko/intro/");
  await page.getByRole("radio", { name: "60 minutes" }).check();
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
};

const FILLED = [TEN, 60, "Mia Berg", { topic: "A first idea.\nAnd a second.", heard: "friend" }];
const essence = ({ start, duration_minutes: minutes, contact, answers }) => [start, minutes, contact.name, answers];

visitorTest("a failure among the details: the plain form has every word, and books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/FormData/);
  await toFilledDetails(page);
  await page.evaluate(() => { delete globalThis.FormData; });
  await page.getByRole("radio", { name: "From a friend" }).check();
  await plainIsThere(page);
  assert.ok(await plainTen(page).isChecked());
  assert.ok(await page.getByRole("radio", { name: "60 minutes" }).isChecked());
  assert.ok(await page.getByRole("radio", { name: "From a friend" }).isChecked());
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  assert.deepEqual(essence(await site.onlyBooking("aiko")), FILLED);
});

/** What makes it impossible to send a booking by script. In the page. */
const UNSENDABLE = [
  ["fetch throws", () => { globalThis.fetch = () => { throw new TypeError("broken"); }; }],
  ["fetch throws what is no error", () => { globalThis.fetch = () => { throw 1; }; }],
  ["fetch gives nothing", () => { globalThis.fetch = () => undefined; }],
  ["there is no crypto.getRandomValues", () => { delete Crypto.prototype.getRandomValues; }],
  ["the fields cannot be read", () => { globalThis.FormData = class { constructor() { throw new Error("broken"); } }; }],
  ["no answer could be read", () => { delete Response.prototype.json; }],
  ["reading an answer fails", () => { Response.prototype.json = () => { throw new TypeError("broken"); }; }],
  ["nothing can be waited for", () => { delete Promise.race; }],
];

for (const [what, spoil] of UNSENDABLE) {
  visitorTest(`${what}: the plain form is sent instead, with every word`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/^console: /);
    await toFilledDetails(page);
    await page.getByRole("radio", { name: "From a friend" }).check();
    await page.evaluate(spoil);
    await bookButton(page).click();
    await booked(page);
    assert.deepEqual(essence(await site.onlyBooking("aiko")), FILLED);
  });
}

visitorTest("a time beyond the plain list, and no fetch: the plain form is sent with it", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/broken/);
  const slots = await site.slots("aiko/intro");
  const last = new Date(slots.at(-1) * 1000).toISOString();
  await page.goto(`/aiko/intro/?slot=${last}`);
  await fillIn(page);
  await page.evaluate(() => { globalThis.fetch = () => { throw new Error("broken"); }; });
  await bookButton(page).click();
  await booked(page);
  assert.equal(Date.parse((await site.onlyBooking("aiko")).start), Date.parse(last));
});

visitorTest("neither fetch nor the plain form can be used by script: that nothing is booked is said, and the visitor's own press books", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/broken/);
  await toFilledDetails(page);
  await page.evaluate(() => { globalThis.fetch = HTMLFormElement.prototype.submit = () => { throw new Error("broken"); }; });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "Not booked yet" }).waitFor();
  await plainIsThere(page);
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  assert.equal((await site.onlyBooking("aiko")).start, TEN);
});

visitorTest("the plain form of a page that was published this morning shows no time that is over", {}, async ({ page, visitor }) => {
  visitor.expected.push(/broken/, /ERR_FAILED/);
  await page.route("**/api/availability/**", (route) => route.abort());
  await visitor.context.clock.setSystemTime(new Date("2026-11-25T04:00:00Z"));
  await page.goto("/aiko/intro/");
  await day(page, WEDNESDAY).waitFor();
  await page.evaluate(() => { Date.prototype.getUTCDay = () => { throw new Error("broken"); }; });
  await page.getByRole("button", { name: "Next month" }).click();
  await page.getByRole("button", { name: "Book this time" }).waitFor();
  assert.equal(await plainTen(page).count(), 0);
  await page.getByRole("group", { name: "Thursday 26 November" }).getByRole("radio", { name: "10:00" }).waitFor();
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

for (const [own, name, minutes] of [
  ["+03:00", "UTC+3", 180], ["-05:00", "UTC−5", -300], ["+05:30", "UTC+5:30", 330], ["-03:30", "UTC−3:30", -210],
  ["Etc/GMT+8", "UTC−8", -480], ["Etc/GMT-14", "UTC+14", 840],
]) {
  visitorTest(`a browser whose zone is ${own}: times are those of ${name}, and the zone is sent as it is`, {}, async ({ page, visitor }) => {
    await visitor.context.addInitScript(([zone, ahead]) => {
      // As older browsers, which tell it by a format alone.
      delete globalThis.Temporal;
      const { resolvedOptions } = Intl.DateTimeFormat.prototype;
      Intl.DateTimeFormat.prototype.resolvedOptions = function options() { return { ...resolvedOptions.call(this), timeZone: zone }; };
      Date.prototype.getTimezoneOffset = () => -ahead;
    }, [own, minutes]);
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
