/** Bookings that are like one of them, at the desk: seen, and cancelled together. */

import assert from "node:assert/strict";

import { MAILING, PHONE, THUMB, bookAlike, bookAll, openDesk, signIn } from "./harness/desk.mjs";
import { DISPUTED, DUE, MISMATCHED, jpy, paid } from "./harness/desk_payments.mjs";
import { byKeyboard, byThumb } from "./harness/hands.mjs";
import { visitorTest } from "./harness/index.mjs";

const CANCEL = /\/alike\/cancel$/;

const heading = (page, name) => page.getByRole("heading", { name, level: 1, exact: true });
const said = (page, text) => page.getByRole("status").getByText(text, { exact: true }).waitFor();
const told = (texts) => texts.map((text) => text.replace(/\s+/g, " ").trim());
const choices = async (page) => told(await page.getByRole("group", { name: "What should be cancelled?" }).locator("label").allInnerTexts());
const hit = (page) => page.getByRole("region", { name: "These will be cancelled" }).getByRole("listitem");

/** The desk at the choices, after a stranger has filled the page. */
const atChoices = async (scene) => {
  const [{ booking }] = await bookAlike(scene.site);
  await signIn(scene);
  await openDesk(scene, `#alike/${booking.id}`);
  return booking;
};

/** Asks to cancel what is chosen: the dialog. */
const askToCancel = async (page, count) => {
  await page.getByRole("button", { name: `Cancel ${count} bookings…` }).click();
  return page.getByRole("dialog", { name: `Cancel ${count} bookings?` });
};

for (const [means, options, handOf] of [["by thumb", THUMB, byThumb], ["by keyboard", PHONE, byKeyboard]]) {
  visitorTest(`what a stranger filled a page with is cancelled in one go, ${means}`, { ...options, content: MAILING }, async (scene) => {
    const { site, page } = scene;
    const hand = handOf(page);
    await bookAlike(site);
    await signIn(scene);
    await openDesk(scene, "#upcoming");
    const first = page.getByRole("article", { name: "Mallory 1" });
    await hand.press(first.locator("summary"));
    await hand.press(first.getByRole("link", { name: "Cancel more like this…" }));
    await heading(page, "Cancel more like this").waitFor();
    await page.getByText("Everything booked from the same network").waitFor();
    assert.deepEqual(await choices(page), [
      "Everything booked by mallory@example.org 2 bookings",
      "Everything booked by addresses at example.org 2 bookings",
      "Everything booked from the same network 4 bookings Many people can share the network of an office or a phone company.",
    ]);
    assert.equal(await hit(page).count(), 2);
    await hand.choose(page.getByRole("radio", { name: "Everything booked from the same network" }));
    assert.deepEqual(told(await hit(page).allInnerTexts()), [
      "Wednesday 25 November, 10:00 Mallory 1 mallory@example.orgIntroductory call",
      "Wednesday 25 November, 11:00 Mallory 2 mallory+2@example.orgIntroductory call",
      "Wednesday 25 November, 12:00 Mallory 3 mallory@example.netIntroductory call",
    ]);
    await page.getByText("And 1 that its visitor has not confirmed by email yet.").waitFor();
    await hand.press(page.getByRole("button", { name: "Cancel 4 bookings…" }));
    const dialog = page.getByRole("dialog", { name: "Cancel 4 bookings?" });
    await dialog.getByText("Everything booked from the same network will be cancelled, and the times will be free again. This cannot be undone.").waitFor();
    await dialog.getByText("Visitors will be told by email, once for each booking.").waitFor();
    await hand.write(dialog.getByLabel("Reason"), "Nobody asked for these.");
    await hand.press(dialog.getByRole("button", { name: "Cancel all of these" }));
    await said(page, "Cancelled: 4 bookings.");
    await heading(page, "Upcoming").waitFor();
    await page.getByText("You have no upcoming meetings.").waitFor();
    const ended = (await site.bookings("aiko")).map(({ status, cancel_reason: reason }) => [status, reason]);
    assert.deepEqual(ended, Array(3).fill(["cancelled", "Nobody asked for these."]));
    assert.equal((await site.slots("aiko/intro")).includes(Date.parse("2026-11-25T04:00:00Z") / 1000), true, "what nobody confirmed is free");
  });
}

visitorTest("only what was chosen is cancelled, and nothing before it was confirmed", { ...PHONE, content: MAILING }, async (scene) => {
  const { site, page } = scene;
  const { id } = await atChoices(scene);
  await page.getByRole("radio", { name: "Everything booked by addresses at example.org" }).check();
  const dialog = await askToCancel(page, 2);
  await dialog.getByRole("button", { name: "Keep them" }).click();
  assert.equal((await site.bookings("aiko")).every(({ status }) => status === "confirmed"), true);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cancel 2 bookings…", "the focus is back");
  await (await askToCancel(page, 2)).getByRole("button", { name: "Cancel all of these" }).click();
  await said(page, "Cancelled: 2 bookings.");
  await page.getByRole("article", { name: "Mallory 3" }).waitFor();
  assert.equal(await page.getByRole("article").count(), 1);
  await openDesk(scene, `#alike/${id}`);
  await page.getByRole("radio", { name: "Everything booked from the same network 2 bookings" }).waitFor();
  assert.equal(await page.getByRole("radio", { name: "Everything booked by mallory@example.org Nothing is booked." }).isDisabled(), true);
});

visitorTest("without a connection nobody knows what was cancelled, and trying again is safe", { ...PHONE, content: MAILING }, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/ERR_(INTERNET_DISCONNECTED|FAILED)/);
  await atChoices(scene);
  const dialog = await askToCancel(page, 2);
  await dialog.getByLabel("Reason").fill("Nobody asked for these.");
  await visitor.context.setOffline(true);
  const confirm = dialog.getByRole("button", { name: "Cancel all of these" });
  await confirm.click();
  await dialog.getByRole("alert").getByText("There is no connection").waitFor();
  await dialog.getByRole("alert").getByText("Some of these bookings may be cancelled already. Try again for the rest: nobody is told twice.").waitFor();
  assert.equal(await dialog.getByLabel("Reason").inputValue(), "Nobody asked for these.");
  await visitor.context.setOffline(false);
  // Carried out, but the answer is lost.
  await page.route(CANCEL, async (route) => { await route.fetch(); await route.abort(); }, { times: 1 });
  await confirm.click();
  await page.waitForFunction(() => !document.querySelector("dialog [aria-busy]"));
  assert.equal((await site.bookings("aiko")).filter(({ status }) => status === "cancelled").length, 2);
  await confirm.click();
  await said(page, "Nothing was left to cancel.");
  await page.getByRole("article", { name: "Mallory 3" }).waitFor();
});

visitorTest("many are cancelled step by step, and the list says how long it is", { ...PHONE, content: MAILING }, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/status of 503/);
  await page.route(/\/alike\?by=domain$/, async (route) => {
    const response = await route.fetch();
    const { bookings: [booking], ...more } = await response.json();
    await route.fulfill({ response, json: { ...more, bookings: Array(130).fill(booking) } });
  });
  const asked = [];
  await page.route(CANCEL, (route) => {
    asked.push(route.request().postDataJSON());
    const refused = { code: "storage_unavailable", title: "Something went wrong on our side", detail: "Nothing was booked or changed." };
    if (asked.length === 2) return route.fulfill({ status: 503, json: refused });
    return route.fulfill({ json: { cancelled: asked.length > 3 ? 2 : 64, unconfirmed: 0, more: asked.length < 4 } });
  });
  await atChoices(scene);
  await page.getByRole("radio", { name: "Everything booked by addresses at example.org 130 bookings" }).check();
  await page.getByText("Showing 100 of 130.").waitFor();
  await page.getByRole("button", { name: "Show more" }).press("Enter");
  assert.equal(await hit(page).count(), 130);
  const dialog = await askToCancel(page, 130);
  await dialog.getByRole("button", { name: "Cancel all of these" }).click();
  await dialog.getByRole("alert").getByText("Some of these bookings may be cancelled already. Try again for the rest: nobody is told twice.").waitFor();
  await dialog.getByRole("button", { name: "Cancel all of these" }).click();
  await said(page, "Cancelled: 130 bookings.");
  assert.equal(asked.length, 4);
  assert.equal(new Set(asked.map((body) => JSON.stringify(body))).size, 1, "as of the same moment");
});

visitorTest("where networks are not known, the address and its domain can still be chosen", PHONE, async (scene) => {
  const { page } = scene;
  const { Ben } = await bookAll(scene.site);
  await signIn(scene);
  await openDesk(scene, `#booking/${Ben.booking.id}`);
  assert.equal(await page.getByRole("button", { name: "Cancel the meeting" }).count(), 0, "a request is declined");
  await page.getByRole("link", { name: "Cancel more like this…" }).click();
  await page.getByText("The network is not known.").waitFor();
  assert.equal(await page.getByRole("radio", { name: "Everything booked from the same network" }).isDisabled(), true);
  await page.getByRole("radio", { name: "Everything booked by addresses at example.org 6 bookings" }).check();
  assert.match(await hit(page).filter({ hasText: "Ben Okafor" }).innerText(), /Request$/);
  const dialog = await askToCancel(page, 6);
  await dialog.getByText("This site sends no email: please tell the visitors yourself.").waitFor();
  await openDesk(scene, "#alike/aiko.AQEBAQEBAQEBAQEBAQEBAQ");
  await page.getByText("There is no such booking").waitFor();
});

const LINK_DUE = { ...DUE, payment: { ...DUE.payment, provider: "link" } };
/** What is said of the money, by how each of the bookings stands. */
const ENDINGS = [
  [[{}], []],
  [[{ payment: paid() }], ["What was paid through Stripe goes back."]],
  [[{ payment: paid({ refundable: jpy(0) }) }], []],
  [[{ payment: paid() }, { payment: paid({ reference: null }) }, MISMATCHED], [
    "What was paid through Stripe goes back.", "What did not come through Stripe, you send back yourself.",
    "If an amount other than the price was paid, you send it back yourself, even if it came through Stripe.",
  ]],
  [[DISPUTED], ["What is disputed cannot be sent back now. If the bank decides in your favour, it goes back by itself then."]],
  [[DUE, LINK_DUE], [
    "Should somebody still pay through Stripe, the money goes back by itself.",
    "Should somebody still pay through your payment link, you have to send the money back yourself.",
  ]],
];

visitorTest("what becomes of the money of each is said as where it is cancelled by itself", PHONE, async (scene) => {
  const { page } = scene;
  const { Ben } = await bookAll(scene.site);
  await signIn(scene);
  let told;
  await page.route(/\/alike\?by=domain$/, async (route) => {
    const response = await route.fetch();
    const { bookings, ...more } = await response.json();
    await route.fulfill({ response, json: { ...more, bookings: told.map((one, at) => ({ ...bookings[at], ...one })) } });
  });
  for (const [stand, lines] of ENDINGS) {
    told = stand;
    await openDesk(scene, "#upcoming");
    await openDesk(scene, `#alike/${Ben.booking.id}`);
    await page.getByRole("radio", { name: "Everything booked by addresses at example.org" }).check();
    await page.getByRole("button", { name: /^Cancel \d bookings?…$/ }).click();
    const money = page.locator("#ask-money");
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await money.count() ? (await money.innerText()).split("\n") : [], lines);
    await page.getByRole("button", { name: "Keep them" }).click();
  }
});
