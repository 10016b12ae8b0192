/** The meeting page itself: what it asks for, how still it stands, what a screen reader reads, and the month's edges. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";

const ready = (page) => page.locator("[data-step=times] [data-component=booking]").waitFor();

visitorTest("a meeting page takes three requests, then one for what is free", {}, async ({ page, visitor }) => {
  await page.goto("/aiko/intro/");
  await page.waitForLoadState("networkidle");
  const paths = visitor.requests.map(({ pathname }) => pathname.replace(/\.[0-9a-f]+\./, "."));
  assert.ok(paths.indexOf("/api/availability/aiko/intro") <= 3, paths.join(" "));
  assert.equal(paths.length, 4, paths.join(" "));
});

visitorTest("times are shown when the endpoint does not answer", {}, async ({ page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await page.route("**/api/**", (route) => route.abort());
  await page.goto("/aiko/intro/?date=2026-11-25");
  await page.getByRole("radio", { name: "10:00" }).waitFor();
});

for (const viewport of [{ width: 1280, height: 900 }, { width: 375, height: 812 }]) {
  visitorTest(`nothing moves while the page loads, ${viewport.width} pixels`, { context: { viewport } }, async ({ page, visitor }) => {
    await visitor.context.addInitScript(() => {
      globalThis.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) globalThis.shifts.push(entry.value);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto("/aiko/intro/");
    await ready(page);
    await page.waitForLoadState("networkidle");
    const shift = await page.evaluate(() => globalThis.shifts.reduce((sum, value) => sum + value, 0));
    assert.ok(shift < 0.02, `shifted by ${shift}`);
  });
}

for (const viewport of [{ width: 1280, height: 900 }, { width: 375, height: 812 }]) {
  visitorTest(`a picture of a description is shown, fits, and moves nothing, ${viewport.width} pixels`, { content: join(import.meta.dirname, "content/pictures"), context: { viewport } }, async ({ page, visitor }) => {
    await visitor.context.addInitScript(() => {
      globalThis.shifts = [];
      new PerformanceObserver((list) => {
        // Opening the description moves what is below it: the visitor asked for that.
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifts.push(value);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto("/mara/desk/");
    await ready(page);
    const more = page.getByRole("button", { name: "Read more" });
    if (await more.isVisible()) await more.click();
    const picture = page.getByRole("img", { name: "A desk, seen from the door" });
    await picture.scrollIntoViewIfNeeded();
    await page.waitForFunction((element) => element.complete && element.naturalWidth === 1200, await picture.elementHandle());
    const { width, height, x } = await picture.boundingBox();
    assert.ok(x >= 0 && x + width <= viewport.width, `${x} + ${width}`);
    assert.ok(Math.abs(width / height - 1.5) < 0.02, `${width} by ${height}`);
    const shift = await page.evaluate(() => globalThis.shifts.reduce((sum, value) => sum + value, 0));
    assert.ok(shift < 0.02, `shifted by ${shift}`);
  });
}

visitorTest("a description that a smaller window cuts off can be opened", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await ready(page);
  const more = page.getByRole("button", { name: "Read more" });
  assert.equal(await more.count(), 0);
  await page.setViewportSize({ width: 320, height: 640 });
  await more.click();
  const cut = await page.locator(".description").evaluate((element) => element.scrollHeight - element.clientHeight);
  assert.ok(cut <= 2);
  assert.equal(await more.count(), 0);
});

visitorTest("an empty month says so and leads to the next free day", { now: "2026-10-20T03:00:00Z" }, async ({ page }) => {
  await page.goto("/aiko/review/?month=2026-11");
  await page.getByText("No free times in this period.").waitFor();
  await page.getByRole("button", { name: /^Go to Tuesday 8 December/ }).click();
  await page.getByRole("heading", { name: "December 2026" }).waitFor();
  await page.getByRole("heading", { name: "Tuesday 8 December" }).waitFor();
});

/** Dates of the days that the grid shows, in its order. */
const shown = (page) => page.locator("[role=grid] [data-date]").evaluateAll((days) => days.map(({ dataset }) => dataset.date));

/** An instant, the last date that the grid has to show then, and the months that follow in it. */
const LAST_DAYS = [
  ["2026-11-24T03:00:00Z", "2026-12-27", ["December 2026"]],
  ["2026-11-30T03:00:00Z", "2026-12-27", ["December 2026"]],
  ["2026-12-01T03:00:00Z", "2026-12-31", []],
  ["2026-12-04T03:00:00Z", "2026-12-31", []],
  ["2026-12-05T03:00:00Z", "2027-01-03", ["January 2027"]],
  ["2026-12-31T03:00:00Z", "2027-01-31", ["January 2027"]],
  ["2027-02-01T03:00:00Z", "2027-02-28", []],
  ["2027-02-28T03:00:00Z", "2027-03-28", ["March 2027"]],
];

for (const [now, last, months] of LAST_DAYS) {
  visitorTest(`at least the next four weeks are shown, ${now.slice(0, 10)}`, { now }, async ({ page }) => {
    await page.goto("/aiko/intro/");
    await ready(page);
    const dates = await shown(page);
    assert.ok(dates.includes(now.slice(0, 10)));
    assert.equal(dates.at(-1), last);
    for (const [index, date] of dates.slice(1).entries()) assert.equal(Date.parse(date) - Date.parse(dates[index]), 86_400_000, date);
    assert.deepEqual(await page.locator("[role=grid] tbody th").allTextContents(), months);
  });
}

visitorTest("a day of the next month is chosen in the grid of this one, with the mouse and with the keyboard", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: /^Wednesday 2 December 2026, / }).click();
  await page.getByRole("heading", { name: "Wednesday 2 December" }).waitFor();
  await page.locator("#month").filter({ hasText: "November 2026" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("date"), "2026-12-02");
  await page.reload();
  await page.getByRole("heading", { name: "Wednesday 2 December" }).waitFor();
  await page.locator("#month").filter({ hasText: "November 2026" }).waitFor();
  await page.locator("[role=grid] [tabindex='0']").focus();
  const focused = () => page.evaluate(() => document.activeElement.dataset.date);
  for (const [key, date] of [["ArrowUp", "2026-11-25"], ["ArrowDown", "2026-12-02"], ["PageDown", "2027-01-02"], ["PageUp", "2026-12-02"], ["PageUp", "2026-11-24"]]) {
    await page.keyboard.press(key);
    assert.equal(await focused(), date, key);
  }
});

visitorTest("the next month is shown whole by its button", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await page.getByRole("button", { name: "Next month" }).click();
  await page.locator("#month").filter({ hasText: "December 2026" }).waitFor();
  const dates = await shown(page);
  assert.deepEqual([dates[0], dates.at(-1)], ["2026-12-01", "2026-12-31"]);
});

visitorTest("the last month says where the window ends, and no further month is offered", {}, async ({ page }) => {
  await page.goto("/aiko/intro/?month=2027-01");
  await page.getByText("Saturday 23 January is the last day you can book.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Next month" }).getAttribute("aria-disabled"), "true");
});

visitorTest("the meeting page as a screen reader reads it", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await ready(page);
  // The zones are listed once somebody comes near the form.
  await page.getByLabel("Time zone").hover();
  await page.getByRole("option", { name: "Zurich" }).waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  const tree = `${await page.locator("body").ariaSnapshot()}\n`;
  const path = join(import.meta.dirname, "meeting.aria.yaml");
  if (process.env.UPDATE_EXPECTED) await writeFile(path, tree);
  assert.equal(tree, await readFile(path, "utf8"), "read the difference; if it is right, run again with UPDATE_EXPECTED=1");
});
