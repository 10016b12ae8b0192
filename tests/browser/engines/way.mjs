/**
 * Way: what a visitor does, in three engines: book, come back, find a time taken, move, cancel, and book without the
 * script; and book in another site's frame. The machine's clock is not that of the endpoint, so the page has to be put right before anything else.
 */

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Parent } from "../harness/parent.mjs";
import { NOW, startSite } from "../harness/site.mjs";
import { TEN, WEDNESDAY, seconds } from "../harness/steps.mjs";
import { ENGINES } from "./drivers.mjs";

const INTRO = "/aiko/intro/";
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
const open = async (driver, site) => {
  await driver.goto(site.url + INTRO);
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

const book = async (driver) => {
  await driver.click(SEND);
  await driver.heading("You are booked");
};

/** The parts of the way, each with a site of its own. */
const PARTS = {
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

  "a visitor books without the script": async (driver, site) => {
    await site.dropScripts();
    await driver.goto(site.url + INTRO);
    await driver.click(`label:has([value="${asListed(TEN)}"])`);
    await fillIn(driver, "Mia Berg");
    await book(driver);
    assert.equal((await site.onlyBooking("aiko")).contact.name, "Mia Berg");
  },
};

for (const [engine, launch] of Object.entries(ENGINES)) {
  test(engine, { concurrency: false }, async (context) => {
    const driver = await launch();
    context.after(() => driver.close());
    for (const [name, part] of Object.entries(PARTS)) {
      await context.test(name, { timeout: 60_000 }, async () => {
        const site = await startSite({ parents: [parent.origin] });
        try {
          await part(driver, site);
        } finally {
          await site.stop();
        }
      });
    }
  });
}
