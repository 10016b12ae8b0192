/** Invitations: a link shows the times, fills in whom it is for, and works as often as it says. */

import assert from "node:assert/strict";
import { INVITED as CONTENT, invitationTo as invite } from "./harness/desk.mjs";
import { visitorTest } from "./harness/index.mjs";
import { TEN, bookButton, booked, day, time, toDetails } from "./harness/steps.mjs";

const INVITED = { content: CONTENT };
const NO_SCRIPT = { ...INVITED, context: { javaScriptEnabled: false } };

const WEDNESDAY = "Wednesday 25 November 2026";
const ONLY = "This meeting is by invitation only. To see the times, open the link in your invitation, or paste it here.";

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
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00" }).waitFor();
  // Somebody else, or on another device.
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(link);
  await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
  await page.getByText("Please ask the person who sent it to you for a new one.").waitFor();
  assert.equal(await page.locator("[data-component=booking]").isVisible(), false);
  assert.equal(await page.getByLabel("Link in your invitation").isVisible(), true);
});

visitorTest("while the times load, no form without times stands there", INVITED, async ({ site, page }) => {
  let answer;
  await page.route("**/api/availability/**", (route) => { answer = () => route.continue(); });
  await page.goto(await invite(site));
  while (!answer) await page.waitForTimeout(50);
  assert.deepEqual([await page.locator("form").evaluateAll((forms) => forms.filter((form) => form.checkVisibility()).length), await page.getByRole("textbox").count()], [0, 0]);
  answer();
  await day(page, WEDNESDAY).waitFor();
});

visitorTest("what is pasted opens the page with it, a whole line too", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED);
  const link = new URL(await invite(site, "wren/talk", MARA), site.url).href;
  const token = new URL(link).searchParams.get("invite");
  const pasted = page.getByLabel("Link in your invitation");
  for (const text of [link, token, `Book here: <${link}>. Mara`, `リンクは${link}です。`, `https://safe.example.com/?url=${encodeURIComponent(link)}&data=1`]) {
    await page.goto("/wren/talk/?utm_source=mail");
    await pasted.fill(text);
    await pasted.press("Enter");
    await day(page, WEDNESDAY).waitFor();
    assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { utm_source: "mail", invite: token });
  }
  // What is no link is answered by a page that has the field, too.
  await page.goto("/wren/talk/");
  await pasted.fill("Mara said Friday");
  await pasted.press("Enter");
  await page.getByRole("heading", { name: "This invitation does not work" }).waitFor();
  assert.equal(await pasted.inputValue(), "Mara said Friday");
  await pasted.fill(`Here: ${link}`);
  await pasted.press("Enter");
  assert.equal(await valueOf(page, "contact.name"), MARA.name);
  await page.getByRole("group", { name: "Wednesday 25 November 2026" }).waitFor();
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
      await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00" }).waitFor();
      await page.getByText("You can book a time without it.").waitFor();
    }
    await bookButton(page).click();
    await booked(page);
  }
  assert.equal((await site.bookings("wren")).length, 2);
});

visitorTest("a page goes on without one for certain dates and one duration: all lengths and times are there", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED);
  const link = await invite(site, "wren/open", { duration: 60, from: "2026-11-25", until: "2026-11-25" });
  const token = new URL(link, site.url).searchParams.get("invite");
  const lengths = () => page.locator(".durations label").filter({ visible: true }).allInnerTexts();
  const check = async () => {
    await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
    await page.getByText("You can book a time without it.", { exact: true }).waitFor();
    assert.deepEqual(await lengths(), ["30 minutes", "60 minutes"]);
    assert.equal(await page.getByRole("radio", { name: "60 minutes" }).isChecked(), true, "what it was for stays chosen");
    assert.equal(new URL(page.url()).searchParams.get("duration"), "60");
    assert.equal(new URL(page.url()).searchParams.has("invite"), false);
    const japanese = page.locator("header a[hreflang=ja]");
    await japanese.dispatchEvent("pointerdown");
    assert.doesNotMatch(await japanese.getAttribute("href"), /invite=/);
    await page.getByRole("radio", { name: "30 minutes" }).check();
    await day(page, "Thursday 26 November 2026").click();
    await time(page, "2026-11-26T02:30:00Z").check();
  };
  await page.goto(link);
  await day(page, WEDNESDAY).waitFor();
  assert.deepEqual(await lengths(), ["60 minutes"]);
  // Used meanwhile: a tab that is looked at again hears of it.
  await site.book("wren/open", TEN, { invite: token, duration_minutes: 60, answers: {} });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await check();
  await page.reload();
  await time(page, "2026-11-26T02:30:00Z").and(page.locator(":checked")).waitFor();
  assert.equal(await page.locator(".errors").count(), 0);
  // And opened once more.
  await page.goto(link);
  await check();
  await toDetails(page);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.bookings("wren")).map(({ duration_minutes }) => duration_minutes).sort(), [30, 60]);
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

visitorTest("an answer that was lost is not somebody else's booking: sent again, it leads to one's own", INVITED, async ({ site, page, visitor }) => {
  visitor.expected.push(REFUSED, /ERR_FAILED/);
  const link = await invite(site, "wren/talk", MARA);
  for (const comeBack of [() => page.reload(), () => page.goto(link)]) {
    if (await page.getByRole("heading", { name: "About you" }).count() === 0) await page.goto(`${link}&slot=${TEN}`);
    await page.route("**/api/bookings", async (route) => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await bookButton(page).click();
    await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
    await comeBack();
    await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "We do not know whether you are booked" }).count(), 1);
    assert.match(await page.locator(".chosen").innerText(), /^Wednesday 25 November 2026\s+10:00–10:30/);
  }
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("wren");
  const address = page.url();
  await page.goto(link);
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00" }).waitFor();
  assert.equal(await page.getByText("can no longer be used").count(), 0, "who has used it needs no other");
  await page.getByRole("link", { name: "See that booking" }).click();
  await page.waitForURL(address);
});

visitorTest("the page in another language keeps the invitation, and all else that its link said and that was chosen", {}, async ({ site, page }) => {
  const link = await invite(site, "aiko/intro", MARA);
  await page.goto(`${link}&utm_campaign=spring&topic=Kyoto`);
  await page.getByRole("button", { name: "Wednesday 25 November 2026" }).click();
  await time(page, TEN).check();
  await page.getByRole("link", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "初回のご相談" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("invite"), new URL(link, site.url).searchParams.get("invite"));
  await page.getByRole("button", { name: "11月25日（水）10:00で予約する" }).click();
  await page.waitForURL(/\/booking\//);
  const { answers, locale, tracking } = await site.onlyBooking("aiko");
  assert.deepEqual([answers.topic, locale, tracking], ["Kyoto", "ja", { utm_campaign: "spring" }]);
});

visitorTest("a list in another language keeps the campaign that led to it", {}, async ({ page }) => {
  await page.goto("/aiko/?utm_campaign=spring");
  await page.getByRole("link", { name: "日本語" }).click();
  await page.waitForURL("**/ja/aiko/?utm_campaign=spring");
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
  await page.getByRole("group", { name: /^Thursday/ }).first().getByRole("radio").first().check();
  assert.equal(await valueOf(page, "contact.name"), MARA.name);
  // The keyboard books, too, and does not page.
  await page.getByLabel("Email address").press("Enter");
  await booked(page);
  assert.deepEqual((await site.onlyBooking("wren")).contact, MARA);
});
