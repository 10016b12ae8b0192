/** Invitations: a link shows the times, fills in whom it is for, and works as often as it says. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, day, time, toDetails } from "./harness/steps.mjs";

const INVITED = { content: join(import.meta.dirname, "content/invited") };
const NO_SCRIPT = { ...INVITED, context: { javaScriptEnabled: false } };

const WEDNESDAY = "Wednesday 25 November 2026";
const ONLY = "This meeting is by invitation only. To see the times, open the link in your invitation, or paste it here.";

/** The path of a new invitation. */
const invite = async (site, page = "wren/talk", more = {}) => {
  const headers = { Authorization: `Bearer ${await site.key(page.split("/")[0])}`, "Content-Type": "application/json" };
  const answer = await fetch(`${site.url}/api/host/invites`, { method: "POST", headers, body: JSON.stringify({ page, ...more }) });
  assert.equal(answer.status, 201);
  const { pathname, search } = new URL((await answer.json()).link);
  return pathname + search;
};

/** What the console says of answers that refuse an invitation. */
const REFUSED = /the server responded with a status of (403|409)/;

const valueOf = (page, name) => page.locator(`[name="${name}"]`).inputValue();

const MARA = { name: "Mara Lind", email: "mara@example.org" };

visitorTest("without an invitation the page shows no times, and asks for the link", INVITED, async ({ page }) => {
  await page.goto("/wren/talk/");
  await page.getByText(ONLY).waitFor();
  assert.equal(await page.locator("table, .calendar").count(), 0);
  assert.equal(await page.locator("[data-component=booking]").isVisible(), false);
});

visitorTest("an invitation shows the times, with whom it is for filled in, and books once", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED);
  const link = await invite(site, "wren/talk", { ...MARA, duration: 30, from: "2026-11-25", until: "2026-11-25" });
  await page.goto(link);
  await day(page, WEDNESDAY).click();
  assert.equal(await page.getByText(ONLY).isVisible(), false);
  assert.equal(await page.getByText("60 minutes", { exact: true }).isVisible(), false, "one length is left");
  assert.deepEqual(await page.getByRole("radio", { disabled: false }).and(page.locator("[name=time]")).count(), 4);
  await time(page, TEN).check();
  await toDetails(page);
  assert.deepEqual([await valueOf(page, "contact.name"), await valueOf(page, "contact.email")], [MARA.name, MARA.email]);
  await bookButton(page).click();
  await booked(page);
  const booking = await site.onlyBooking("wren");
  assert.deepEqual([booking.contact, booking.tracking], [MARA, {}], "the token is kept nowhere");
  await page.goto(link);
  await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
  await page.getByText("Please ask the person who sent it to you for a new one.").waitFor();
  assert.equal(await page.locator("[data-component=booking]").isVisible(), false);
  assert.equal(await page.getByLabel("Link in your invitation").isVisible(), true);
});

visitorTest("a name in other letters comes through, and a link to a time opens its details", INVITED, async ({ site, page }) => {
  await page.goto(`${await invite(site, "wren/talk", { name: "山田 真衣 <b>" })}&slot=${TEN}`);
  await page.getByRole("heading", { name: "About you" }).waitFor();
  assert.equal(await valueOf(page, "contact.name"), "山田 真衣 <b>");
});

visitorTest("on any other page it works too, and the page goes on without one that is used", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED);
  const link = await invite(site, "wren/open", MARA);
  for (const start of [TEN, "2026-11-25T02:00:00Z"]) {
    await page.goto(`${link}&slot=${start}`);
    if (start === TEN) {
      await page.getByRole("heading", { name: "About you" }).waitFor();
    } else {
      await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
      await page.getByText("You can book a time without it.").waitFor();
    }
    await bookButton(page).click();
    await booked(page);
  }
  assert.equal((await site.bookings("wren")).length, 2);
});

visitorTest("one that was used in the meantime loses nothing that was typed", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED);
  const link = await invite(site);
  await page.goto(`${link}&slot=${TEN}`);
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
  const token = new URL(link, site.url).searchParams.get("invite");
  await site.book("wren/talk", "2026-11-26T01:00:00Z", { invite: token, answers: {} });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
  assert.equal((await site.bookings("wren")).length, 1);
  await page.goto(`${await invite(site)}&slot=${TEN}`);
  await page.getByRole("heading", { name: "About you" }).waitFor();
  assert.equal(await valueOf(page, "contact.name"), "Mia Berg");
});

visitorTest("the page in another language keeps the invitation", {}, async ({ site, page }) => {
  const link = await invite(site, "aiko/intro", MARA);
  await page.goto(link);
  await page.getByRole("link", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "初回のご相談" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("invite"), new URL(link, site.url).searchParams.get("invite"));
});

visitorTest("times that cannot be loaded are not said to be none", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(/503|ERR_FAILED/);
  const link = await invite(site);
  await page.route("**/api/availability/**", (route) => route.fulfill({ status: 503 }));
  await page.goto(link);
  await page.getByRole("heading", { name: "The calendar cannot be read at the moment. Please try again in a few minutes." }).waitFor();
  await page.unroute("**/api/availability/**");
  await page.reload();
  await day(page, WEDNESDAY).waitFor();
});

visitorTest("nonsense in the link is answered with a word", INVITED, async ({ page, visitor }) => {
  visitor.expected.push(REFUSED);
  for (const token of ["x".repeat(5_000), "<b>", "a.b", "%00"]) {
    await page.goto(`/wren/talk/?invite=${encodeURIComponent(token)}`);
    await page.getByRole("heading", { name: "This invitation does not work" }).waitFor();
    await page.getByText("The link may be incomplete, or for another page.").waitFor();
  }
});

visitorTest("without JavaScript the times are one press away", NO_SCRIPT, async ({ site, page }) => {
  await page.goto(await invite(site, "wren/talk", MARA));
  await page.getByRole("button", { name: "Show times" }).click();
  await page.getByRole("radio").first().check();
  assert.equal(await valueOf(page, "contact.name"), MARA.name);
  await page.getByRole("button", { name: "Book this time" }).click();
  await booked(page);
  assert.deepEqual((await site.onlyBooking("wren")).contact, MARA);
});
