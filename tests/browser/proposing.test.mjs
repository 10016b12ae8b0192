/** Moving what a host has agreed to: asked for, withdrawn, accepted and declined on pages, with and without JavaScript. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";

const START = "2026-11-25T20:00:00Z";
const LATER = "2026-11-25T21:00:00Z";

/** A booking that its host has agreed to. */
const agreed = async (site) => {
  const booked = await site.book("jonas/night", START, { time_zone: "Europe/Berlin", location: "https://example.org/room" });
  await site.act(booked.booking, "accept");
  return booked;
};

const ask = async (page) => {
  await page.getByRole("link", { name: "Choose another time" }).click();
  await page.getByText("Jonas Weber has to accept the new time.").waitFor();
  await page.getByRole("group", { name: "Wednesday 25 November 2026" }).getByRole("radio", { name: "22:00" }).check();
  await page.getByRole("button", { name: "Request this time" }).click();
  await page.getByRole("heading", { name: "You have requested another time" }).waitFor();
};

for (const javaScriptEnabled of [true, false]) {
  const context = { javaScriptEnabled, timezoneId: "Europe/Berlin" };
  const named = `JavaScript ${javaScriptEnabled ? "on" : "off"}`;

  visitorTest(`another time is asked for, and no longer, ${named}`, { context }, async ({ site, page }) => {
    const { manage_url: address } = await agreed(site);
    await page.goto(address);
    await ask(page);
    await page.getByText("Wednesday 25 November 2026, 21:00–21:30").waitFor();
    await page.getByText("Wednesday 25 November 2026, 22:00–22:30").waitFor();
    const asking = await site.onlyBooking("jonas");
    assert.deepEqual([asking.status, asking.start, asking.proposed.start], ["confirmed", START, LATER]);
    await page.getByRole("button", { name: "Keep the original time" }).click();
    await page.getByRole("heading", { name: "You are booked" }).waitFor();
    const { start, proposed } = await site.onlyBooking("jonas");
    assert.deepEqual([start, proposed], [START, undefined]);
  });

  for (const [answer, expected] of [["Accept", LATER], ["Decline", START]]) {
    visitorTest(`a host answers with ${answer}, ${named}`, { context }, async ({ site, page }) => {
      const { booking, manage_url: address } = await agreed(site);
      await page.goto(address);
      await ask(page);
      await page.goto(await site.decideAddress(booking));
      await page.getByRole("heading", { name: "Somebody Else has requested another time" }).waitFor();
      assert.equal((await site.onlyBooking("jonas")).start, START, "looking changes nothing");
      await page.getByRole("button", { name: answer }).click();
      await page.getByRole("heading", { name: "You are meeting Somebody Else" }).waitFor();
      const { status, start, proposed } = await site.onlyBooking("jonas");
      assert.deepEqual([status, start, proposed], ["confirmed", expected, undefined]);
      await page.goto(address);
      await page.getByRole("heading", { name: expected === LATER ? "Your meeting has a new time" : "You are booked" }).waitFor();
    });
  }
}
