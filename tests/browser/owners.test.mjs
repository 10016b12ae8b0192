/** Owners: the index shows the meetings of one host alone, if the visitor wants that. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";

const owners = (page) => page.getByRole("navigation", { name: "Meetings with" });
const owner = (page, name) => owners(page).getByRole("link", { name });
const hosts = (page) => page.getByRole("heading", { level: 2 }).allTextContents();
const current = (page) => owners(page).locator("[aria-current]").allTextContents();

visitorTest("one host's meetings, everyone's again, and Back", {}, async ({ page }) => {
  await page.goto("/?utm_source=card");
  assert.deepEqual([await hosts(page), await current(page)], [["Aiko Tanaka", "Jonas Weber"], ["Everyone"]]);
  await owner(page, "Jonas Weber").click();
  assert.deepEqual([await hosts(page), await current(page)], [["Jonas Weber"], ["Jonas Weber"]]);
  assert.equal(new URL(page.url()).search, "?utm_source=card&owner=jonas");
  await page.reload();
  assert.deepEqual(await hosts(page), ["Jonas Weber"]);
  await owner(page, "Everyone").click();
  assert.deepEqual([(await hosts(page)).length, new URL(page.url()).search], [2, "?utm_source=card"]);
  await page.goBack();
  assert.deepEqual([await hosts(page), await current(page)], [["Jonas Weber"], ["Jonas Weber"]]);
  await page.goBack();
  assert.deepEqual([(await hosts(page)).length, await current(page)], [2, ["Everyone"]]);
  await owner(page, "Aiko Tanaka").focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await hosts(page), ["Aiko Tanaka"]);
  assert.equal(await page.locator(":focus").textContent(), "Aiko Tanaka");
  // Which day is free is said of what was not shown at first, too.
  await owner(page, "Everyone").click();
  await page.getByText("Available from").nth(2).waitFor();
});

visitorTest("nobody of that name: everyone", {}, async ({ page }) => {
  for (const name of ["", "nobody", "null", "%3Cb%3E", "x".repeat(3000)]) {
    await page.goto(`/?owner=${name}`);
    assert.deepEqual([(await hosts(page)).length, await current(page)], [2, ["Everyone"]], name.slice(0, 20));
  }
});

visitorTest("without JavaScript, they lead to the hosts' own pages", { context: { javaScriptEnabled: false } }, async ({ page }) => {
  await page.goto("/");
  await owner(page, "Jonas Weber").click();
  assert.equal(new URL(page.url()).pathname, "/jonas/");
  await page.getByRole("heading", { level: 1, name: "Jonas Weber" }).waitFor();
});

visitorTest("one host alone needs no filter", { content: new URL("content/once", import.meta.url).pathname }, async ({ page }) => {
  await page.goto("/?owner=wren");
  assert.deepEqual([await hosts(page), await owners(page).count()], [["Wren Once"], 0]);
});

visitorTest("a campaign that led to the index is that of the booking", {}, async ({ site, page }) => {
  await page.goto("/?utm_source=card&owner=jonas");
  await page.getByRole("link", { name: "Office hours for other time zones" }).first().click();
  assert.equal(new URL(page.url()).search, "?utm_source=card");
  await page.goto("/aiko/?utm_campaign=spring&utm_source=a%20b");
  await page.getByRole("link", { name: "Introductory call" }).first().click();
  await page.waitForURL("**/aiko/intro/**");
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { utm_campaign: "spring", utm_source: "a b" });
});
