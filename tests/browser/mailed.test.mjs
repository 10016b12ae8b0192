/** Mailed: suggested times as mail programs show them, and what becomes of a press on one. */

import assert from "node:assert/strict";

import { caniemail } from "caniemail";

import { visitorTest } from "./harness/index.mjs";
import { NOW } from "./harness/site.mjs";

const PROGRAMS = ["gmail.*", "outlook.*", "apple-mail.*"];

/**
 * What caniemail's tables say of the HTML of suggested times, judged line by line: a note that says nothing of how the feature
 * is used here, by its title.
 */
const HARMLESS = {
  "font-size": /`rem` values are not supported|`relative` and `percentage`/u, // Sizes are in pixels.
  "height property": /Not supported on `<body>`, `<span>`, `<div>` or `<p>`/u, // A line's height is taken for it.
  "line-height": /Use `mso-line-height-rule:exactly`/u, // It is used: looked for below.
  border: /can not be bigger than 8px.*Unreliable if used on a `<p>` or a `<div>`/u, // One pixel, on a cell.
  padding: /Only supported on table cells.*same for all cells of a same row/u, // On cells, one to a row.
};

/** What is not supported at all: the tables are read aloud as tables there, and say the same. */
const LOST = ["outlook.windows-mail: role attribute"];

for (const locale of ["en", "ja"]) {
  visitorTest(`mail programs show all that is in suggested times, ${locale}`, {}, async ({ site }) => {
    const html = await site.propose("aiko/intro", NOW, "--count", "5", "--time-zone", "Europe/Berlin", "--locale", locale);
    const { issues } = caniemail({ clients: PROGRAMS, html });
    const lost = [...issues.errors].flatMap(([program, found]) => found.map(({ title }) => `${program}: ${title}`));
    assert.deepEqual([...new Set(lost)], LOST);
    const notes = [...issues.warnings].flatMap(([program, found]) => found.map(({ title, notes }) => [program, title, String(notes)]));
    const unjudged = notes.filter(([, title, note]) => !HARMLESS[title]?.test(note));
    assert.deepEqual(unjudged, []);
    for (const [style] of html.matchAll(/style="[^"]*line-height[^"]*"/gu)) assert.match(style, /mso-line-height-rule:exactly;line-height:22px/u);
    assert.doesNotMatch(html, /<(?:style|script|link|img|div)|class=|position:|float:/u);
  });

  visitorTest(`suggested times fit a phone, ${locale}`, { context: { viewport: { width: 320, height: 640 } } }, async ({ site, page }) => {
    await page.setContent(await site.propose("aiko/intro", NOW, "--count", "5", "--time-zone", "America/New_York", "--locale", locale));
    assert.equal(await page.getByRole("link").count(), 6);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 320);
  });
}

/** The clocks of New York go forward on 14 March 2027, and those of Berlin on the 28th. */
const BEFORE = "2027-03-10T03:00:00Z";

visitorTest("a time beyond a change of the reader's clocks is the same in the email and on the page", { now: BEFORE, context: { timezoneId: "Europe/Berlin" } }, async ({ site, page }) => {
  const slots = ["--slot", "2027-03-12T10:00", "--slot", "2027-03-16T10:00"];
  await page.setContent(await site.propose("aiko/intro", BEFORE, ...slots, "--time-zone", "America/New_York"));
  await page.getByText("New York (UTC−5) · Friday 12 March 2027, 10:00 in Tokyo").waitFor();
  await page.getByText("New York (UTC−4) · Tuesday 16 March 2027, 10:00 in Tokyo").waitFor();
  await page.getByRole("link", { name: "Monday 15 March 2027, 21:00–21:30" }).click();
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("Email address").fill("mia@example.com");
  await page.getByLabel("What would you like to talk about?").fill("A first idea.");
  await page.getByRole("button", { name: "Book Monday 15 March, 21:00" }).click();
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
  const { start, time_zone: zone } = await site.onlyBooking("aiko");
  assert.deepEqual([start, zone], ["2027-03-16T01:00:00Z", "America/New_York"]);
});

visitorTest("a time in the email that a wrong clock takes for past is chosen once the clock is put right", { context: { timezoneId: "Europe/Berlin" } }, async ({ site, page }) => {
  await page.clock.setSystemTime(new Date(Date.parse(NOW) + 5 * 86_400_000));
  await page.setContent(await site.propose("aiko/intro", NOW, "--slot", "2026-11-25T10:00"));
  await page.getByRole("link", { name: "Wednesday 25 November 2026, 10:00–10:30" }).click();
  await page.waitForLoadState("networkidle");
  await page.getByRole("button", { name: "Book Wednesday 25 November, 02:00" }).waitFor();
  assert.equal(await page.locator(".errors").count(), 0);
});
