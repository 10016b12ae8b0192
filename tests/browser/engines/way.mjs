/**
 * Way: what a visitor does, in three engines: book, come back, find a time taken, move, cancel, and book without the
 * script; book in another site's frame; be known, by a link, this device, or another form, until it books by itself; and pay. The machine's clock is not that of the endpoint, so the page has to be put right before anything else.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";

import { Parent } from "../harness/parent.mjs";
import { NOW, startSite } from "../harness/site.mjs";
import { TEN, WEDNESDAY, seconds } from "../harness/steps.mjs";
import { ENGINES } from "./drivers.mjs";

const INTRO = "/aiko/intro/";
/** A host whose pages send themselves. */
const AUTO = join(import.meta.dirname, "../content/auto");
const ITSELF = "/wren/itself/";
/** A host whose pages have a price. */
const PRICED = join(import.meta.dirname, "../content/priced");
const MARA = { name: "Mara Lind", email: "mara@example.org" };
const LATER = "2026-11-26T04:00:00Z";

const day = (date) => `[aria-label^="${date}"]`;
const time = (start) => `label:has([name=time][value="${seconds(start)}"])`;
/** A start as the plain form has it: the day, counted from 1970 in base 36, and the minute of the day. */
const asListed = (start) => `${Math.floor(seconds(start) / 86_400).toString(36)}.${seconds(start) % 86_400 / 60}`;
/** The button of the step, or of the plain form. */
const SEND = ":root[data-step] .actions.js button, :root:not([data-step]) .actions button";
const NAME = "[name='contact.name']";

const parent = await new Parent().start();
after(() => parent.stop());

/** Opens the page. */
const open = async (driver, site, page = INTRO) => {
  await driver.goto(site.url + page);
  await settled(driver);
};

/** Waits until the page knows what day it is for the endpoint. */
const settled = async (driver) => {
  await driver.until("document.querySelector('[data-step] [data-date=\"2026-11-24\"][aria-current=date]')");
};

const choose = async (driver, date, start) => {
  await driver.clickUntil(day(date), time(start));
  await driver.clickUntil(time(start), ".choice button");
  await driver.click(".choice button");
  await driver.heading("About you");
};

const fillIn = async (driver, name) => {
  await driver.type(NAME, name);
  await driver.type("[name='contact.email']", "mia@example.com");
  await driver.type("[name='answers.topic']", "A first idea.");
};

/** Opens the page at a time, with its details ready. */
const openAt = async (driver, site, slot, more = "") => {
  await driver.goto(`${site.url}${INTRO}?slot=${slot}${more}`);
  await driver.heading("About you");
};

/** Has the device know somebody. */
const remember = async (driver, site) => {
  await driver.goto(`${site.url}/wren/`);
  await driver.evaluate(`localStorage.setItem("daymark:known", ${JSON.stringify(JSON.stringify(MARA))})`);
};

/** Chooses a time on the page that sends itself, and waits until it is about to. */
const chooseAndWait = async (driver, site) => {
  await open(driver, site, ITSELF);
  await choose(driver, WEDNESDAY, TEN);
  await driver.until("document.querySelector('p.auto')?.checkVisibility() && document.querySelector('p.auto').innerText.includes('in ')");
};

const kept = async (driver) => JSON.parse(await driver.evaluate("localStorage.getItem('daymark:known')"));

const book = async (driver) => {
  await driver.click(SEND);
  await driver.heading("You are booked");
};

/** The parts of the way, each with a site of its own. */
const PARTS = {
  // The first, as browsers keep scripts, and all of them have one address.
  "a visitor books without the script": async (driver, site) => {
    await site.dropScripts();
    await driver.goto(site.url + INTRO);
    await driver.click(`label:has([value="${asListed(TEN)}"])`);
    await fillIn(driver, "Mia Berg");
    await book(driver);
    assert.equal((await site.onlyBooking("aiko")).contact.name, "Mia Berg");
  },

  "a link fills in who its visitor is, and what they answer": async (driver, site) => {
    await openAt(driver, site, TEN, "&NAME=Mara+Lind&email=mara@example.org&topic=%3Cb%3EPrices&utm_source=letter");
    await driver.until(`document.querySelector("${NAME}").value === "Mara Lind"`);
    await book(driver);
    const { contact, answers, tracking } = await site.onlyBooking("aiko");
    assert.deepEqual([contact, answers, tracking], [MARA, { topic: "<b>Prices" }, { utm_source: "letter" }]);
  },

  "who wants it is known the next time, and is forgotten": async (driver, site) => {
    await openAt(driver, site, TEN);
    await fillIn(driver, "Mia Berg");
    await driver.click(".remember input");
    await book(driver);
    assert.deepEqual(await kept(driver), { name: "Mia Berg", email: "mia@example.com" });
    await openAt(driver, site, LATER);
    await driver.until("document.querySelector('.known span')?.innerText === 'Mia Berg, mia@example.com'");
    await driver.type("[name='answers.topic']", "The next step.");
    await book(driver);
    assert.deepEqual((await site.bookings("aiko")).map(({ contact }) => contact.name), ["Mia Berg", "Mia Berg"]);
    await openAt(driver, site, "2026-11-27T02:00:00Z");
    await driver.click(".remember button");
    assert.equal(await kept(driver), null);
    await driver.until(`document.querySelector("${NAME}").checkVisibility() && document.querySelector("${NAME}").value === ""`);
  },

  "another form of the origin makes its visitor known": async (driver, site) => {
    const fields = `<input name="who" data-daymark="name"><input name="where" data-daymark="email"><input name="secret" value="none of our business">`;
    await site.add("contact/index.html", `<!doctype html><html lang="en"><title>Contact</title><script src="/known.js" defer></script><form action="/aiko/" data-daymark-known>${fields}<button>Send</button></form>`);
    await driver.goto(`${site.url}/contact/`);
    await driver.until("document.querySelector('[type=checkbox]')");
    await driver.type("[name=who]", MARA.name);
    await driver.type("[name=where]", MARA.email);
    await driver.click("[type=checkbox]");
    await driver.click("form > button:last-of-type");
    await driver.heading("Aiko Tanaka");
    assert.deepEqual(await kept(driver), MARA);
    await openAt(driver, site, TEN);
    await driver.until("document.querySelector('.known span')?.innerText === 'Mara Lind, mara@example.org'");
    await driver.evaluate("localStorage.clear()");
  },

  "a visitor books, comes back and books another time": async (driver, site) => {
    await open(driver, site);
    await choose(driver, WEDNESDAY, TEN);
    await fillIn(driver, "Mia Berg");
    await book(driver);
    const first = await site.onlyBooking("aiko");
    assert.deepEqual([first.start, first.time_zone, first.contact.name], [TEN, "Asia/Tokyo", "Mia Berg"]);
    await driver.back();
    // Kept as it was left, or read again: then what is asked for is gone.
    await driver.until("document.querySelector('[data-step=times], .offer button')");
    if (await driver.evaluate("document.querySelector('[data-step=details]') !== null")) await driver.click(".offer button");
    await choose(driver, "Thursday 26 November 2026", LATER);
    assert.equal(await driver.evaluate(`document.querySelector("${NAME}").value`), "Mia Berg");
    await book(driver);
    assert.deepEqual((await site.bookings("aiko")).map(({ start }) => start), [TEN, LATER]);
  },

  "a time is taken meanwhile, and the nearest is booked": async (driver, site) => {
    await open(driver, site);
    await choose(driver, WEDNESDAY, TEN);
    await fillIn(driver, "Mia Berg");
    await site.book("aiko/intro", TEN);
    await driver.click(SEND);
    await driver.heading("This time has just been taken");
    await driver.click(".offer label");
    assert.equal(await driver.evaluate(`document.querySelector("${NAME}").value`), "Mia Berg");
    await book(driver);
    assert.equal((await site.bookings("aiko")).length, 2);
  },

  "a mistake is said, and the first field has the focus": async (driver, site) => {
    await open(driver, site);
    await choose(driver, WEDNESDAY, TEN);
    await driver.click(SEND);
    await driver.heading("Please check this again");
    assert.equal(await driver.evaluate("document.activeElement.name"), "contact.name");
  },

  "a booking is moved and cancelled": async (driver, site) => {
    const { manage_url: address } = await site.book("aiko/intro", TEN);
    await driver.goto(address);
    await driver.click(".change a");
    await driver.heading("Choose another time");
    await driver.click(`label:has([value="${seconds(LATER)}"])`);
    await driver.click("article button");
    await driver.heading("Your meeting has a new time");
    assert.equal((await site.onlyBooking("aiko")).start, LATER);
    await driver.click("summary");
    await driver.type("[name=reason]", "I have caught a cold.");
    await driver.click("details button");
    await driver.heading("This meeting is cancelled");
    assert.equal((await site.onlyBooking("aiko")).status, "cancelled");
  },

  "a visitor books in another site's frame, which is told": async (driver, site) => {
    parent.body = `<script src="${site.url}/embed.js" async></script><a href="${site.url}${INTRO}" data-daymark="inline">Book</a>`;
    await driver.goto(`${parent.origin}/page`);
    await driver.until("told.some(({ type }) => type === 'resize')");
    await driver.enter("iframe");
    await settled(driver);
    await choose(driver, WEDNESDAY, TEN);
    await fillIn(driver, "Mia Berg");
    await book(driver);
    await driver.leave();
    const { id } = await site.onlyBooking("aiko");
    await driver.until("told.some(({ type }) => type === 'booked')");
    assert.deepEqual(await driver.evaluate("told.filter(({ type }) => /booked|failed/.test(type)).map(({ data }) => data)"), [{ id, start: TEN }]);
  },

  "a suggested time in an email leads to a booking": async (driver, site) => {
    parent.body = await site.propose("aiko/intro", NOW, "--slot", "2026-11-25T10:00", "--slot", "2026-11-26T10:00");
    await driver.goto(`${parent.origin}/mail`);
    await driver.click("table table a");
    await driver.heading("About you");
    await fillIn(driver, "Mia Berg");
    await book(driver);
    assert.equal((await site.onlyBooking("aiko")).start, TEN);
  },
};

/** The same with the host whose pages send themselves. */
const AUTO_PARTS = {
  "what this device knows is booked after five seconds, and taken back": async (driver, site) => {
    await remember(driver, site);
    await chooseAndWait(driver, site);
    await driver.heading("You are booked");
    assert.deepEqual((await site.onlyBooking("wren")).contact, MARA);
    await driver.until("document.body.innerText.includes('It was booked with the details you entered here before.')");
    await driver.click("summary");
    await driver.click("details button");
    await driver.heading("This meeting is cancelled");
    assert.equal((await site.onlyBooking("wren")).status, "cancelled");
  },

  "it is stopped by its button, by a key, and by a press": async (driver, site) => {
    await remember(driver, site);
    for (const act of [() => driver.click("p.auto button"), () => driver.type("body", "x"), () => driver.click("h1")]) {
      await chooseAndWait(driver, site);
      await act();
      await driver.until("document.querySelector('p.auto').innerText.trim() === 'Stopped: nothing was sent.'");
      await driver.evaluate("sessionStorage.clear()");
    }
    await new Promise((resume) => setTimeout(resume, 6000));
    assert.deepEqual(await site.bookings("wren"), []);
  },

  "it does not send what the link alone says, nor a time that it chose": async (driver, site) => {
    await remember(driver, site);
    await driver.goto(`${site.url}${ITSELF}?slot=${TEN}`);
    await driver.until("document.querySelector('.known span')?.innerText === 'Mara Lind, mara@example.org'");
    assert.equal(await driver.evaluate("document.querySelector('p.auto')?.checkVisibility() ?? false"), false);
    await driver.evaluate("localStorage.clear()");
    await open(driver, site, `${ITSELF}?name=Mara+Lind&email=mara@example.org`);
    await choose(driver, WEDNESDAY, TEN);
    await driver.until(`document.querySelector("${NAME}").value === "Mara Lind"`);
    await new Promise((resume) => setTimeout(resume, 6000));
    assert.equal(await driver.evaluate("document.querySelector('p.auto')?.checkVisibility() ?? false"), false);
    assert.deepEqual(await site.bookings("wren"), []);
  },
};

/** The same with pages that have a price. */
const PRICED_PARTS = {
  "a visitor pays, and comes back to the booking's own page": async (driver, site) => {
    await driver.goto(`${site.url}/wren/review/?slot=${TEN}`);
    await driver.heading("About you");
    await driver.type(NAME, MARA.name);
    await driver.type("[name='contact.email']", MARA.email);
    await driver.click(SEND);
    await driver.click("[value=pay]");
    await driver.heading("You are booked");
    await driver.until("document.querySelector('.change a')");
    const { status, payment } = await site.onlyBooking("wren");
    assert.deepEqual([status, payment.status], ["confirmed", "paid"]);
  },

  "a visitor goes back from the checkout, and pays from the booking's page": async (driver, site) => {
    await driver.goto(`${site.url}/wren/review/?slot=${TEN}`);
    await driver.heading("About you");
    await driver.type(NAME, MARA.name);
    await driver.type("[name='contact.email']", MARA.email);
    await driver.click(SEND);
    await driver.until("document.querySelector('[value=pay]')");
    await driver.back();
    await driver.click(".told a");
    await driver.heading("One step left: your payment");
    await driver.click(".booking a.button");
    await driver.click("[value=pay]");
    await driver.heading("You are booked");
    assert.equal((await site.checkout.sessions()).length, 1);
  },
};

for (const [engine, launch] of Object.entries(ENGINES)) {
  test(engine, { concurrency: false }, async (context) => {
    const driver = await launch();
    context.after(() => driver.close());
    const parts = [
      ...Object.entries(PARTS), ...Object.entries(AUTO_PARTS).map((part) => [...part, AUTO]), ...Object.entries(PRICED_PARTS).map((part) => [...part, PRICED, {}]),
    ];
    for (const [name, part, content, checkout] of parts) {
      await context.test(name, { timeout: 60_000 }, async () => {
        const site = await startSite({ content, parents: [parent.origin], checkout });
        try {
          // Kept from the part before, as the site's origin is the same.
          await driver.goto(`${site.url}/robots.txt`);
          await driver.evaluate("(localStorage.clear(), sessionStorage.clear())");
          await part(driver, site);
        } finally {
          await site.stop();
        }
      });
    }
  });
}
