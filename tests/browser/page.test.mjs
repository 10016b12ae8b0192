/** The meeting page itself: what it asks for, how still it stands, what a screen reader reads, and the month's edges. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";

const ready = (page) => page.locator("[data-component=booking][data-ready]").waitFor();

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

visitorTest("an empty month says so and leads to the next free day", {}, async ({ page }) => {
  await page.goto("/aiko/review/?month=2026-11");
  await page.getByText("No free times in this month.").waitFor();
  await page.getByRole("button", { name: /^Go to Tuesday 8 December/ }).click();
  await page.getByRole("heading", { name: "December 2026" }).waitFor();
  await page.getByRole("heading", { name: "Tuesday 8 December" }).waitFor();
});

visitorTest("the last month says where the window ends, and no further month is offered", {}, async ({ page }) => {
  await page.goto("/aiko/intro/?month=2027-01");
  await page.getByText("Saturday 23 January is the last day you can book.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Next month" }).getAttribute("aria-disabled"), "true");
});

visitorTest("the meeting page as a screen reader reads it", {}, async ({ page }) => {
  await page.goto("/aiko/intro/");
  await ready(page);
  await page.waitForLoadState("networkidle");
  const tree = `${await page.locator("body").ariaSnapshot()}\n`;
  const path = join(import.meta.dirname, "meeting.aria.yaml");
  if (process.env.UPDATE_EXPECTED) await writeFile(path, tree);
  assert.equal(tree, await readFile(path, "utf8"), "read the difference; if it is right, run again with UPDATE_EXPECTED=1");
});
