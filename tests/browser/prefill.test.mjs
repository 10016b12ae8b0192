/** Prefill: what a link says of its visitor stands in the fields, as text, and what was typed stays. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, time } from "./harness/steps.mjs";

const ONCE = { content: join(import.meta.dirname, "content/once") };

/** Opens a page with a time chosen and these parameters, at its details. */
const open = async (page, parameters, path = "/aiko/intro/") => {
  await page.goto(`${path}?${new URLSearchParams({ slot: TEN, ...parameters })}`);
  await page.locator(".chosen b").first().waitFor();
};

const valueOf = (page, name) => page.locator(`[name="${name}"]`).inputValue();

visitorTest("a link fills in name, address and answers, and two presses book", {}, async ({ site, page }) => {
  await open(page, { name: "Mara Lind", email: "mara@example.org", topic: "Prices", heard: "talk", utm_source: "letter" });
  await bookButton(page).click();
  await booked(page);
  const booking = await site.onlyBooking("aiko");
  assert.deepEqual(
    [booking.contact, booking.answers, booking.tracking],
    [{ name: "Mara Lind", email: "mara@example.org" }, { topic: "Prices", heard: "talk" }, { utm_source: "letter" }],
  );
});

visitorTest("parameters are known however they are written, and by the names that moved links have", {}, async ({ page }) => {
  for (const [parameters, name, email, topic] of [
    [{ NAME: "Mara Lind", Email: "mara@example.org", Topic: "Prices" }, "Mara Lind", "mara@example.org", "Prices"],
    [{ first_name: " Mara ", last_name: "Lind", a1: "Prices" }, "Mara Lind", "", "Prices"],
    [{ last_name: "Lind" }, "Lind", "", ""],
    [{ name: "", first_name: "Mara" }, "Mara", "", ""],
    [{ name: "<b>\"Mara\"</b>", topic: "<script>alert(1)</script>" }, "<b>\"Mara\"</b>", "", "<script>alert(1)</script>"],
    [{ name: "👩".repeat(300), email: "x".repeat(10_000) }, "👩".repeat(200), "x".repeat(254), ""],
    [{ contact: "x", "contact.name": "x", a9: "x", constructor: "x", __proto__: "x" }, "", "", ""],
  ]) {
    await open(page, parameters);
    assert.deepEqual([await valueOf(page, "contact.name"), await valueOf(page, "contact.email"), await valueOf(page, "answers.topic")], [name, email, topic], JSON.stringify(parameters).slice(0, 200));
  }
  await open(page, { first_name: "真衣", last_name: "山田" }, "/ja/aiko/intro/");
  assert.equal(await valueOf(page, "contact.name"), "山田 真衣");
});

visitorTest("answers are ticked by their ids or as they are read, and a consent by nobody but the visitor", ONCE, async ({ page }) => {
  const ticked = async () => page.locator("form :checked").evaluateAll((boxes) => boxes.map(({ name, value }) => `${name}=${value}`).filter((one) => one.startsWith("answers")));
  for (const [parameters, expected] of [
    [{ tea: "green", cakes: "plain,cream", stairs: "true" }, ["answers.tea=green", "answers.cakes=plain", "answers.cakes=cream"]],
    [{ Tea: "black", CAKES: "With cream" }, ["answers.tea=black", "answers.cakes=cream"]],
    [{ a1: "Green", a2: "nothing of these", a3: "true" }, ["answers.tea=green"]],
  ]) {
    await open(page, parameters, "/wren/tasting/");
    assert.deepEqual(await ticked(), expected, JSON.stringify(parameters));
  }
});

visitorTest("what was typed stays, and what was emptied stays empty", {}, async ({ page }) => {
  await open(page, { name: "Mara Lind", email: "mara@example.org", topic: "Prices" });
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel("What would you like to talk about?").fill("");
  await page.reload();
  await page.locator(".chosen b").first().waitFor();
  assert.deepEqual([await valueOf(page, "contact.name"), await valueOf(page, "contact.email"), await valueOf(page, "answers.topic")], ["Mia Berg", "mara@example.org", ""]);
  // The link goes on when another time is chosen.
  await page.getByRole("button", { name: "Change" }).click();
  await time(page, TEN).waitFor();
  assert.match(page.url(), /name=Mara\+Lind/);
});

for (const javaScriptEnabled of [true, false]) {
  visitorTest(`a link to a host's former folder leads to the new one, JavaScript ${javaScriptEnabled ? "on, with all that it says" : "off"}`, { ...ONCE, context: { javaScriptEnabled } }, async ({ page }) => {
    await page.goto("/lark/talk/?utm_source=card&name=Mara%20Lind#main");
    await page.waitForURL("**/wren/talk/**");
    await page.getByRole("heading", { name: "One talk" }).waitFor();
    const { search, hash } = new URL(page.url());
    assert.deepEqual([search, hash], javaScriptEnabled ? ["?utm_source=card&name=Mara%20Lind", "#main"] : ["", ""]);
  });
}
