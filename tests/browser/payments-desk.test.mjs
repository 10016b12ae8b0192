/** Payments on the host's own pages: how each stands, in words; marked as paid; sent back; and what goes wrong on the way. */

import assert from "node:assert/strict";

import { PHONE, goOnAt, openDesk, signIn } from "./harness/desk.mjs";
import { DISPUTED, DUE, LAPSED, MISMATCHED, PAID, PAYMENTS, TWICE, jpy, paid, payingDuring, payingEmma, usd } from "./harness/desk_payments.mjs";
import { visitorTest } from "./harness/index.mjs";

const LINKED = { ...PHONE, content: PAID };
const TEN = "2026-11-25T01:00:00Z";

/** The button that sends, which names the sum. */
const SEND = /^Send \S+ back$/;

const said = (page, text) => page.getByRole("status").getByText(text, { exact: true }).waitFor();
const dialog = (page) => page.getByRole("dialog");
const alert = (page, title) => dialog(page).getByRole("alert").getByRole("heading", { name: title, exact: true });
/** The last fact of each card: what it costs, and how that stands. */
const stands = (page) => page.locator(".card .facts > span:last-child").allInnerTexts();
const marks = (page) => page.locator(".card .mark").allInnerTexts();
const detail = (page, name) => page.locator("dl > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd");

const order = async (site, more = {}) => {
  const body = { page: "wren/talk", start: TEN, duration_minutes: 30, price: { amount: 5000, currency: "JPY" }, time_zone: "Asia/Tokyo", locale: "en", contact: { name: "Emma Petit", email: "emma@example.org" }, answers: {}, ...more };
  const answer = await fetch(`${site.url}/api/bookings`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const told = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(told));
  return told.booking;
};

/** Answers of a refund instead of the endpoint's; what was asked for. */
const tellRefund = async (page, ...answers) => {
  const asked = [];
  await page.route("**/api/host/bookings/*/refund", async (route) => {
    asked.push(route.request().postDataJSON());
    const answer = answers.shift();
    return answer ? route.fulfill(answer) : route.abort();
  });
  return asked;
};
/** From a view that names it to a booking's own: what is there of it may stand in both. */
const follow = async (page, name) => {
  await page.getByRole("link", { name }).click();
  await page.getByRole("heading", { name: "Booking", level: 1 }).waitFor();
};
const openRefund = async (page) => {
  await page.getByRole("button", { name: "Send money back" }).click();
  await dialog(page).waitFor();
};

visitorTest("whose contact was erased has a name to go by, and no address", PHONE, async (scene) => {
  const { page } = scene;
  const failed = { number: 1, payment: "pi_3Q1", money: jpy(5000), state: "failed", reason: null, by: "host", asked_at: "2026-11-24T02:00:00Z", failure: "The card is closed." };
  const payment = paid({ status: "refund_failed", owed: jpy(5000), refunds: [failed] });
  await payingEmma(scene, { status: "cancelled", contact: { name: "", email: "" }, guests: [], answers: {}, payment });
  await page.getByRole("heading", { name: "Erased contact", exact: true }).waitFor();
  await page.getByText("¥5,000 could not be sent back to Erased contact. Try again, or give it back in another way.").waitFor();
  assert.equal(await page.locator("a[href^=mailto]").count(), 0);
  await openRefund(page);
  assert.equal(await dialog(page).getByRole("heading").innerText(), "Send money back to Erased contact?");
  assert.equal(await dialog(page).getAttribute("aria-describedby"), "ask-text ask-money");
  assert.equal(await dialog(page).getByText("tell Erased contact").count(), 0, "nobody can");
});

visitorTest("what its host sends back by hand is told of once it is sent, and of a meeting that is off it is not said to stay", PHONE, async (scene) => {
  const { page } = scene;
  const LINKED_PAID = paid({ provider: "link", reference: "order-4711" });
  const told = { Emma: { payment: LINKED_PAID } };
  await payingDuring(scene, "", told);
  for (const [stand, text] of [
    [{ payment: LINKED_PAID }, "You send it yourself, as it was paid through your payment link. The meeting stays booked."],
    [{ status: "cancelled", payment: LINKED_PAID }, "You send it yourself, as it was paid through your payment link."],
    [{ status: "cancelled", payment: paid({ reference: null }) }, "You send it yourself, as it was marked as paid."],
    [{ status: "cancelled", payment: paid() }, "This cannot be undone."],
  ]) {
    told.Emma = stand;
    await openDesk(scene);
    await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
    await openRefund(page);
    assert.equal(await dialog(page).locator("#ask-text").innerText(), text);
    const isByStripe = stand.payment.provider === "stripe" && stand.payment.reference;
    assert.equal(await dialog(page).getByText("please tell Emma Petit yourself").count(), isByStripe ? 1 : 0);
  }
});

visitorTest("before a contact is erased, it is said what becomes of the money", PHONE, async (scene) => {
  const { page } = scene;
  await payingDuring(scene, "#contacts");
  await page.route(/\/api\/host\/contacts/, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    const listed = answer.contacts ?? [answer.contact];
    for (const { bookings = [] } of listed) for (const booking of bookings) booking.payment = paid();
    return route.fulfill({ response, json: answer });
  });
  await page.reload();
  await page.getByRole("link", { name: "Emma Petit" }).click();
  await page.getByRole("button", { name: "Erase this contact" }).click();
  await dialog(page).getByText("Their upcoming meetings with you will be cancelled.").waitFor();
  await dialog(page).getByText("Emma Petit gets ¥5,000 back.").waitFor();
});

visitorTest("each state of a payment is said in words, and those that wait for one are marked", PHONE, async (scene) => {
  const { page } = scene;
  await payingDuring(scene, "#upcoming");
  assert.deepEqual(await stands(page), [
    "¥5,000 paid, ¥2,000 on its way back",
    "¥5,000, to be paid by Wednesday 25 November, 10:25",
    "$50.00 paid, $20.00 sent back",
    "¥5,000, to be paid once you accept",
    "¥5,000, on its way",
  ]);
  assert.deepEqual(await marks(page), ["Now", "Not paid yet", "Request", "Payment on its way"]);
  await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
  assert.deepEqual((await detail(page, "Payment").innerText()).split("\n"), [
    "$50.00 paid, $20.00 sent back",
    "Paid on Tuesday 24 November, 10:00",
    "Stripe pi_3Q1",
    "$15.50 sent back, requested Tuesday 24 November, 11:00",
    "We began late.",
    "$4.50 sent back, requested Tuesday 24 November, 11:00",
  ]);
  await openDesk(scene, `#booking/${scene.booked.Jun.booking.id}`);
  assert.deepEqual((await detail(page, "Payment").innerText()).split("\n"), ["¥5,000, paid", "Marked as paid on Tuesday 24 November, 10:00"]);
  await openRefund(page);
  await dialog(page).getByText("You send it yourself, as it was marked as paid. The meeting stays booked.", { exact: true }).waitFor();
});

visitorTest("in Japanese, as people there write it", PHONE, async (scene) => {
  const { page } = scene;
  await payingDuring({ ...scene, locale: "ja", prefix: "/ja/" }, "#upcoming");
  assert.deepEqual(await stands(page), [
    "5,000円（支払い済み、2,000円を返金手続き中）",
    "5,000円（支払期限：11月25日（水）10:25）",
    "$50.00（支払い済み、$20.00を返金済み）",
    "5,000円（承諾後にお支払い）",
    "5,000円（入金待ち）",
  ]);
});

visitorTest("a refund that failed is a notice, until it is sent again", PHONE, async (scene) => {
  const { page } = scene;
  const failed = { number: 1, payment: "pi_3Q1", money: jpy(5000), state: "failed", reason: null, by: null, asked_at: "2026-11-24T02:00:00Z", failure: "the account is closed" };
  await payingDuring(scene, "", { Emma: { status: "cancelled", payment: paid({ status: "refund_failed", refunds: [failed], owed: jpy(5000) }) } });
  await page.getByRole("link", { name: "Emma Petit, Thursday 26 November, 11:00: money could not be sent back" }).click();
  await page.getByText("¥5,000 could not be sent back to Emma Petit. Try again, or give it back in another way.").waitFor();
  assert.deepEqual(await marks(page), ["Cancelled", "Refund failed"]);
  const { booking } = scene.booked.Emma;
  const asked = await tellRefund(page, { json: { booking: { ...booking, status: "cancelled", payment: paid({ status: "refund_pending", refundable: jpy(0), refunds: [failed, { ...failed, number: 2, state: "pending", failure: null }] }) } } });
  await openRefund(page);
  assert.equal(await dialog(page).getByText("This cannot be undone.", { exact: true }).count(), 1);
  await dialog(page).getByRole("button", { name: SEND }).click();
  await said(page, "¥5,000 is on its way back to Emma Petit.");
  assert.deepEqual(asked, [{ amount: 5000, refundable: 5000, reason: null }]);
});

visitorTest("what fails twice is said once, and a second payment's refund is no part of the first's", PHONE, async (scene) => {
  const { page } = scene;
  const refund = (number, state, more) => ({ number, payment: "pi_3Q1", money: jpy(5000), state, reason: null, by: "host", asked_at: "2026-11-24T02:00:00Z", failure: null, ...more });
  const second = (number, state) => refund(number, state, { payment: "pi_4R2" });
  const part = { money: jpy(2000) };
  await payingDuring(scene, "#upcoming", {
    Mara: { payment: paid({ status: "refund_failed", owed: jpy(5000), refunds: [refund(1, "failed"), refund(2, "failed")] }) },
    Oluwaseun: { payment: paid({ status: "refund_pending", returned: jpy(2000), pending: jpy(2000), refunds: [refund(1, "pending", part), second(2, "pending")] }) },
    Emma: { payment: paid({ status: "partly_refunded", returned: jpy(2000), refunds: [second(1, "succeeded"), refund(2, "succeeded", part)] }) },
  });
  const said = (await stands(page)).filter((fact) => fact.startsWith("¥"));
  assert.deepEqual(said, ["¥5,000 paid, ¥5,000 could not be sent back", "¥5,000 paid, ¥2,000 on its way back", "¥5,000 paid, ¥2,000 sent back"]);
});

visitorTest("a dispute is a notice, with the deadline and where to respond", PHONE, async (scene) => {
  const { page } = scene;
  await payingDuring(scene, "", { Emma: DISPUTED });
  await page.getByRole("link", { name: "Emma Petit, Thursday 26 November, 11:00: the payment is disputed" }).click();
  await page.getByText("Emma Petit’s bank has been asked to take ¥5,000 back. Respond in your payment provider’s dashboard by Tuesday 1 December, 23:59. Until the bank has decided, nothing can be sent back.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Send money back" }).count(), 0);
  assert.deepEqual(await marks(page), ["Payment disputed"]);
  const [stands] = (await detail(page, "Payment").innerText()).split("\n");
  assert.equal(stands, "¥5,000, paid");
  await detail(page, "Payment").getByText("¥5,000 disputed").waitFor();
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog(page).getByText("The payment is disputed, so nothing can be sent back now: Emma Petit’s bank decides about ¥5,000. If it decides for you, the money goes back by itself then.", { exact: true }).waitFor();
});

visitorTest("how a meeting stands is marked beside how its money does", PHONE, async (scene) => {
  const { page } = scene;
  const owed = paid({ status: "refund_owed", refundable: jpy(0), owed: jpy(5000), refunds: [{ number: 1, payment: null, money: jpy(5000), state: "owed", reason: null, by: null, asked_at: "2026-11-24T02:00:00Z", failure: null }] });
  await payingDuring(scene, "", { Jun: { status: "cancelled", payment: owed }, Mara: DISPUTED, Oluwaseun: { payment: owed } });
  await page.getByRole("article", { name: "Jun Sato 09:00–09:30 Cancelled Refund to send", exact: true }).waitFor();
  await page.getByRole("article", { name: "Mara Lind 10:00–10:30 Now Payment disputed", exact: true }).waitFor();
  await page.getByRole("article", { name: /^Oluwaseun .* In 20 minutes Refund to send$/ }).waitFor();
});

visitorTest("a part that cannot go back is refused before it is asked for", PHONE, async (scene) => {
  const { page } = scene;
  const mga = (amount) => ({ amount, currency: "MGA", decimal: (amount / 100).toFixed(2) });
  await payingEmma(scene, { payment: paid({ refund_step: mga(100) }, mga) });
  await openRefund(page);
  const field = dialog(page).getByLabel("Amount (MGA)");
  await field.fill("1.50");
  await field.press("Enter");
  await dialog(page).getByText(/^This currency goes back in whole multiples of .*1 only\.$/).waitFor();
});

visitorTest("a part goes back, as people write an amount, and mistakes are said beside it", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { payment: paid() });
  const { booking } = scene.booked.Emma;
  const asked = await tellRefund(page, { json: { booking: { ...booking, payment: paid({ status: "refund_pending", refundable: jpy(3000) }) } } });
  await openRefund(page);
  const field = dialog(page).getByLabel("Amount (JPY)");
  await field.and(page.locator(":focus")).waitFor();
  assert.equal(await field.inputValue(), "5000");
  for (const [typed, error] of [
    ["", "Enter an amount, such as 5000."], ["all", "Enter an amount, such as 5000."], ["0", "Enter an amount, such as 5000."],
    ["-5", "Enter an amount, such as 5000."], ["1.5", "JPY has no decimals: enter a whole amount, such as 5000."], ["20,00", "JPY has no decimals: enter a whole amount, such as 5000."],
    ["1.000", "JPY has no decimals: enter a whole amount, such as 5000."], ["1,00,000", "Enter an amount, such as 5000."],
    ["5001", "You can send back ¥5,000 at most."], ["1,000,000,000,000,000,000", "Enter an amount, such as 5000."],
  ]) {
    await field.fill(typed);
    await field.press("Enter");
    await dialog(page).getByRole("alert").getByText(error, { exact: true }).waitFor();
    assert.equal(await dialog(page).getByRole("button", { name: "Send money back", exact: true }).count(), 1, typed);
    assert.equal(await field.getAttribute("aria-invalid"), "true", typed);
    await field.and(page.locator(":focus")).waitFor();
  }
  await field.fill("２,０００円");
  await dialog(page).getByRole("button", { name: "Send ¥2,000 back", exact: true }).waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), null, "what is typed anew is not wrong yet");
  await dialog(page).getByLabel("Reason").fill("We began late.");
  await dialog(page).getByRole("button", { name: SEND }).dblclick();
  await said(page, "¥2,000 is on its way back to Emma Petit.");
  assert.deepEqual(asked, [{ amount: 2000, refundable: 5000, reason: "We began late." }], "once");
});

visitorTest("hundredths are read in the currency's own way", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, PAYMENTS.Emma);
  const asked = await tellRefund(page, null, null, null, null);
  scene.visitor.expected.push(/ERR_FAILED/);
  for (const typed of ["$12.50", "12.5", "USD 12.50", "12,50"]) {
    await openRefund(page);
    await dialog(page).getByLabel("Amount (USD)").fill(typed);
    await dialog(page).getByRole("button", { name: SEND }).click();
    await alert(page, "It is not known whether this was done").waitFor();
    await dialog(page).getByRole("button", { name: "Not now" }).click();
  }
  assert.deepEqual(asked.map(({ amount, refundable }) => [amount, refundable]), Array(4).fill([1250, 3000]));
});

visitorTest("what may be hundredths or thousands is asked about, and not sent", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { payment: paid({ refundable: usd(250000) }, usd) });
  const asked = await tellRefund(page);
  await openRefund(page);
  const field = dialog(page).getByLabel("Amount (USD)");
  for (const [typed, error] of [
    ["1,250", "Do you mean $1.25 or $1,250.00? Write the amount without separators between thousands, and with two decimals at most."],
    ["1.250", "Do you mean $1.25 or $1,250.00? Write the amount without separators between thousands, and with two decimals at most."],
    ["1.255", "If you mean $1,255.00, write it without a separator; otherwise enter an amount such as 2500.00."],
    ["12.3456", "Enter an amount, such as 2500.00."], ["1.2.3", "Enter an amount, such as 2500.00."],
  ]) {
    await field.fill(typed);
    await field.press("Enter");
    await dialog(page).getByText(error, { exact: true }).waitFor();
  }
  for (const [typed, named] of [["1.250,50", "$1,250.50"], ["1,250.50", "$1,250.50"], ["1250", "$1,250.00"], ["12,5", "$12.50"]]) {
    await field.fill(typed);
    await dialog(page).getByRole("button", { name: `Send ${named} back`, exact: true }).waitFor();
  }
  assert.deepEqual(asked, []);
});

visitorTest("an answer that is lost sends nothing back twice", PHONE, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/ERR_FAILED/, /status of 409/);
  await payingEmma(scene, { payment: paid() });
  const stale = { code: "superseded", title: "Money has been sent back in the meantime", detail: "Nothing more was sent back now. Look at what has been, before you send back more." };
  const asked = await tellRefund(page, null, { status: 409, json: stale });
  await openRefund(page);
  await dialog(page).getByLabel("Amount (JPY)").fill("2000");
  const send = dialog(page).getByRole("button", { name: SEND });
  await send.click();
  await alert(page, "It is not known whether this was done").waitFor();
  await send.click();
  await alert(page, stale.title).waitFor();
  assert.deepEqual(asked, Array(2).fill({ amount: 2000, refundable: 5000, reason: null }));
  await dialog(page).getByRole("button", { name: "Not now" }).click();
  await openRefund(page);
  assert.equal(await dialog(page).getByLabel("Amount (JPY)").inputValue(), "2000", "what was typed is kept");
});

/** Sends Emma Petit's ¥5,000 back, and closes the dialog before the answer; what lets that come, and how often it was asked for. */
const closeWhileSending = async (page) => {
  let answer;
  const asked = [];
  const held = new Promise((resolve) => { answer = resolve; });
  await page.route("**/api/host/bookings/*/refund", async (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill(await held);
  });
  await openRefund(page);
  await dialog(page).getByRole("button", { name: SEND }).click();
  await dialog(page).getByRole("button", { name: "Sending…" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  return { answer, asked };
};
const IS_DISPUTED = { status: 409, json: { code: "payment_disputed", title: "The payment is disputed", detail: "Nothing can be sent back until the bank has decided." } };
const ON_ITS_WAY = "¥5,000 is on its way back to Emma Petit.";
const sentFor = ({ booking }) => ({ json: { booking: { ...booking, payment: paid({ status: "refund_pending", refundable: jpy(0) }) } } });

for (const isRefused of [true, false]) visitorTest(`what ${isRefused ? "fails" : "is done"} once its dialog is closed leaves the next one alone`, PHONE, async (scene) => {
  const { page, visitor } = scene;
  if (isRefused) visitor.expected.push(/status of 409/);
  await payingDuring(scene, "#upcoming", { Emma: { payment: paid() } });
  const card = (name) => page.getByRole("article", { name });
  await card("Emma Petit").locator("summary").click();
  const { answer } = await closeWhileSending(page);
  await card("Ben Okafor").getByRole("button", { name: "Decline" }).click();
  answer(isRefused ? IS_DISPUTED : sentFor(scene.booked.Emma));
  if (isRefused) await card("Emma Petit").getByRole("alert").getByText("Nothing can be sent back until the bank has decided.").waitFor();
  else await said(page, ON_ITS_WAY);
  assert.equal(await dialog(page).getByRole("heading").innerText(), "Decline Ben Okafor’s request?");
  assert.equal(await dialog(page).getByRole("alert").count(), 0);
  await dialog(page).getByRole("button", { name: "Decline" }).click();
  await said(page, "Declined: Ben Okafor, Thursday 26 November, 13:00.");
});

visitorTest("what fails once its dialog is closed and its booking left is said where its host is by then", PHONE, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/status of 409/);
  await payingEmma(scene, { payment: paid() });
  const { answer } = await closeWhileSending(page);
  await page.getByRole("link", { name: "Contacts" }).click();
  await page.getByRole("heading", { name: "Contacts", level: 1 }).waitFor();
  answer(IS_DISPUTED);
  const [heading, ...lines] = (await page.getByRole("alert").innerText()).split(/\n+/);
  assert.deepEqual([heading, ...lines], ["Send money back to Emma Petit?", IS_DISPUTED.json.title, IS_DISPUTED.json.detail]);
});

visitorTest("a dialog that is opened again while its act is under way waits for that", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { payment: paid() });
  const { answer, asked } = await closeWhileSending(page);
  await openRefund(page);
  await dialog(page).getByRole("button", { name: "Sending…" }).click({ force: true });
  await dialog(page).getByLabel("Amount (JPY)").press("Enter");
  answer(sentFor(scene.booked.Emma));
  await said(page, ON_ITS_WAY);
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(asked.length, 1);
});

visitorTest("a stale desk hears from the endpoint that there is nothing to send back", PHONE, async (scene) => {
  scene.visitor.expected.push(/status of 409/);
  await payingEmma(scene, { payment: paid() });
  await openRefund(scene.page);
  await dialog(scene.page).getByRole("button", { name: SEND }).click();
  await alert(scene.page, "There is nothing to send back").waitFor();
});

visitorTest("cancelling says what becomes of the money", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { payment: paid() });
  const cancel = page.getByRole("button", { name: "Cancel the meeting" });
  await cancel.click();
  await dialog(page).getByText("Emma Petit gets ¥5,000 back.", { exact: true }).waitFor();
});

visitorTest("cancelling what is not paid yet promises what Stripe does", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, DUE);
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog(page).getByText("It has not been paid. If it is paid all the same, the money goes back by itself.", { exact: true }).waitFor();
});

visitorTest("cancelling where another amount was paid says so", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { ...DUE, payment: { ...DUE.payment, mismatched: jpy(4000) } });
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog(page).getByText("Emma Petit has paid ¥4,000 instead of ¥5,000. Please send it back yourself, where it was paid.", { exact: true }).waitFor();
});

visitorTest("another amount is a notice, also once it has expired, until its host says that it went back", PHONE, async (scene) => {
  const { page } = scene;
  const told = { Emma: MISMATCHED, "鈴木": { ...LAPSED, payment: { ...LAPSED.payment, mismatched: usd(4999) } }, Oluwaseun: { payment: paid({ mismatched: jpy(4999) }) } };
  await payingDuring(scene, "", told);
  const notices = page.getByRole("listitem").filter({ has: page.locator(".go") });
  assert.deepEqual(await notices.allInnerTexts(), [
    "Oluwaseun Adeyemi-Richardson, Wednesday 25 November, 10:30: send ¥4,999 back yourself",
    "Emma Petit, Thursday 26 November, 11:00: ¥4,999 was paid instead of ¥5,000",
    "鈴木 一郎, Friday 27 November, 14:00: $49.99 was paid instead of ¥5,000",
  ]);
  await follow(page, /^Oluwaseun/);
  await page.getByText("Oluwaseun Adeyemi-Richardson has also paid ¥4,999, which does not count. Please send it back yourself, where it was paid.", { exact: true }).waitFor();
  assert.deepEqual(await stands(page), ["¥5,000, paid"]);
  await page.goBack();
  await follow(page, /^鈴木/);
  assert.deepEqual(await marks(page), ["Expired", "Another amount paid"]);
  await page.goBack();
  await follow(page, /^Emma Petit/);
  await page.getByText("Emma Petit has paid ¥4,999 instead of ¥5,000. Mark the meeting as paid, or send ¥4,999 back yourself, where it was paid.", { exact: true }).waitFor();
  assert.deepEqual([await marks(page), await stands(page)], [["Not paid yet", "Another amount paid"], ["¥4,999 was paid instead of ¥5,000"]]);
  const asked = [];
  await page.route("**/api/host/bookings/*/refunded", (route) => {
    asked.push(route.request().postDataJSON());
    told.Emma = DUE;
    return route.fulfill({ json: { booking: { ...scene.booked.Emma.booking, ...DUE } } });
  });
  await page.getByRole("button", { name: "I have sent it back" }).click();
  await dialog(page).getByRole("heading", { name: "Have you sent ¥4,999 back to Emma Petit?" }).waitFor();
  await dialog(page).getByText("Say so once it is on its way. Emma Petit can then pay ¥5,000 on the booking’s page: please tell them yourself. This cannot be undone.", { exact: true }).waitFor();
  await dialog(page).getByRole("button", { name: "I have sent it back" }).click();
  await said(page, "Sent back: ¥4,999 to Emma Petit.");
  assert.deepEqual([asked, await marks(page)], [[{ amount: 4999 }], ["Not paid yet"]]);
});

for (const [chosen, amount, lines, isLeft] of [
  ["The ¥4,999 that was paid: it is accepted instead of ¥5,000", 4999, ["¥4,999, paid", "Accepted instead of ¥5,000"], false],
  ["¥5,000, paid in cash, by bank transfer or in another way: ¥4,999 is then yours to send back", 5000, ["¥5,000, paid"], true],
]) visitorTest(`where another amount was paid, its host says what counts: ${amount}`, PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, MISMATCHED);
  const asked = [];
  const left = isLeft ? { mismatched: jpy(4999), reference: null } : {};
  await page.route("**/api/host/bookings/*/paid", (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ json: { booking: { ...scene.booked.Emma.booking, payment: paid({ paid: jpy(amount), refundable: jpy(amount), ...left }) } } });
  });
  await page.getByRole("button", { name: "Mark as paid" }).click();
  await dialog(page).getByText("The meeting is then booked. This cannot be undone.", { exact: true }).waitFor();
  await dialog(page).getByRole("group", { name: "Which payment counts?" }).waitFor();
  const choice = dialog(page).getByRole("radio", { name: chosen, exact: true });
  assert.equal(await choice.isChecked(), !isLeft, "what came counts, unless its host says otherwise");
  await choice.check();
  await dialog(page).getByRole("button", { name: "Not now" }).click();
  await page.getByRole("button", { name: "Mark as paid" }).click();
  assert.ok(await choice.isChecked(), "what was chosen is kept");
  await dialog(page).getByRole("button", { name: "Mark as paid" }).click();
  await said(page, "Paid and booked: Emma Petit, Thursday 26 November, 11:00.");
  assert.deepEqual(asked, [{ amount }]);
  assert.deepEqual((await detail(page, "Payment").innerText()).split("\n").slice(0, lines.length), lines);
  assert.equal(await page.getByRole("button", { name: "I have sent it back" }).count(), isLeft ? 1 : 0);
});

visitorTest("an amount that was chosen and is none any more gives way to the one that came", PHONE, async (scene) => {
  const { page } = scene;
  const told = { Emma: MISMATCHED };
  await payingDuring(scene, "", told);
  const choices = async () => {
    await openDesk(scene);
    await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
    await page.getByRole("button", { name: "Mark as paid" }).click();
    return dialog(page).getByRole("radio");
  };
  const [came, price] = await (await choices()).all();
  await price.check();
  await came.check();
  await dialog(page).getByRole("button", { name: "Not now" }).click();
  told.Emma = { ...DUE, payment: { ...DUE.payment, mismatched: jpy(4000) } };
  const first = (await choices()).first();
  assert.deepEqual([await first.getAttribute("value"), await first.isChecked()], ["4000", true]);
});

visitorTest("what came in another currency does not count, and the dialog says so", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, { ...DUE, payment: { ...DUE.payment, mismatched: usd(4999) } });
  await page.getByRole("button", { name: "Mark as paid" }).click();
  await dialog(page).getByText("¥5,000 was paid in cash, by bank transfer or in another way. The meeting is then booked; $49.99 does not count, and is yours to send back. This cannot be undone.", { exact: true }).waitFor();
  assert.equal(await dialog(page).getByRole("radio").count(), 0);
});

visitorTest("what was paid twice through a link is said to be that, with the payment to send back", PHONE, async (scene) => {
  const { page } = scene;
  await payingEmma(scene, TWICE);
  await page.getByText("Emma Petit paid twice. Send ¥5,000 back yourself; the second payment is order-4712.", { exact: true }).waitFor();
  assert.deepEqual((await detail(page, "Payment").innerText()).split("\n"), [
    "¥5,000 paid twice, ¥5,000 for you to send back",
    "Paid on Tuesday 24 November, 10:00",
    "Payment link order-4711",
    "¥5,000 for you to send back, since Tuesday 24 November, 11:00",
    "order-4712",
  ]);
});

visitorTest("declining says what becomes of the money", PHONE, async (scene) => {
  const { page } = scene;
  await payingDuring(scene, "", { Ben: { payment: paid() } });
  await page.getByRole("button", { name: "Decline" }).click();
  await dialog(page).getByText("Ben Okafor gets ¥5,000 back.", { exact: true }).waitFor();
});

visitorTest("what was paid in cash is marked as paid, and booked", LINKED, async (scene) => {
  const { page, site } = scene;
  const { id } = await order(site);
  await signIn(scene, "wren");
  await openDesk(scene, `#booking/${id}`);
  assert.deepEqual(await stands(page), ["¥5,000, to be paid by Tuesday 24 November, 12:31"]);
  assert.deepEqual(await marks(page), ["Not paid yet"]);
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog(page).getByText("It has not been paid. If it is paid all the same, you have to send the money back yourself.", { exact: true }).waitFor();
  await dialog(page).getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: "Mark as paid" }).click();
  await dialog(page).getByRole("heading", { name: "Mark Emma Petit’s meeting as paid?" }).waitFor();
  await dialog(page).getByText("¥5,000 was paid in cash, by bank transfer or in another way. The meeting is then booked. This cannot be undone.").waitFor();
  await dialog(page).getByRole("button", { name: "Mark as paid" }).dblclick();
  await said(page, "Paid and booked: Emma Petit, Wednesday 25 November, 10:00.");
  assert.deepEqual(await stands(page), ["¥5,000, paid"]);
  assert.deepEqual((await site.bookings("wren")).map(({ status, payment }) => [status, payment.status, payment.reference]), [["confirmed", "paid", null]]);
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog(page).getByText("Emma Petit has paid ¥5,000. Please send it back yourself: it did not come through Stripe.").waitFor();
  await dialog(page).getByRole("button", { name: "Cancel the meeting" }).click();
  await said(page, "Cancelled: Emma Petit, Wednesday 25 November, 10:00.");
  await page.getByText("Send ¥5,000 back to Emma Petit yourself: it was marked as paid.", { exact: true }).waitFor();
  assert.deepEqual(await stands(page), ["¥5,000 paid, ¥5,000 for you to send back"]);
  assert.deepEqual(await marks(page), ["Cancelled", "Refund to send"]);
  await openDesk(scene, "#today");
  await page.getByRole("link", { name: "Emma Petit, Wednesday 25 November, 10:00: send ¥5,000 back yourself" }).click();
  await page.getByRole("button", { name: "I have sent it back" }).click();
  await dialog(page).getByRole("heading", { name: "Have you sent ¥5,000 back to Emma Petit?" }).waitFor();
  await dialog(page).getByRole("button", { name: "I have sent it back" }).dblclick();
  await said(page, "Sent back: ¥5,000 to Emma Petit.");
  assert.deepEqual(await stands(page), ["¥5,000, sent back in full"]);
  assert.equal(await page.getByRole("button", { name: "I have sent it back" }).count(), 0);
});

for (const [when, now] of [["", "2026-11-24T04:00:00Z"], [", days after the meeting", "2026-11-28T04:00:00Z"]]) {
  visitorTest(`more is owed by now than an old tab says, and it hears of that${when}`, LINKED, async (scene) => {
    const { page, site, visitor } = scene;
    visitor.expected.push(/status of 409/);
    const booking = await order(site);
    const { id } = booking;
    await site.act(booking, "paid", {});
    await site.act(booking, "refund", { amount: 2000 });
    await goOnAt(scene, now);
    await signIn(scene, "wren");
    await openDesk(scene, `#booking/${id}`);
    await page.getByText("Send ¥2,000 back to Emma Petit yourself: it was marked as paid.", { exact: true }).waitFor();
    await site.act(booking, "refund", { amount: 1000 });
    await page.getByRole("button", { name: "I have sent it back" }).click();
    await dialog(page).getByRole("button", { name: "I have sent it back" }).click();
    await alert(page, "Another amount is to be sent back by now").waitFor();
    await dialog(page).getByRole("button", { name: "Not now" }).click();
    await page.getByText("Send ¥3,000 back to Emma Petit yourself: it was marked as paid.", { exact: true }).waitFor();
  });
}

visitorTest("what is marked as paid once its time is another's is said, and stays as it is", LINKED, async (scene) => {
  const { page, site, visitor } = scene;
  visitor.expected.push(/status of 409/);
  const { id } = await order(site);
  await goOnAt(scene, "2026-11-24T04:00:00Z");
  await order(site, { contact: { name: "Ben Okafor", email: "ben@example.org" } });
  await signIn(scene, "wren");
  await openDesk(scene, `#booking/${id}`);
  await page.getByRole("button", { name: "Mark as paid" }).click();
  await dialog(page).getByRole("button", { name: "Mark as paid" }).click();
  await alert(page, "Its time is no longer held").waitFor();
  await dialog(page).getByText("Somebody else has it by now, or you are busy. Agree on another time with your visitor, or give the money back.").waitFor();
});

visitorTest("what an old tab marks as paid that was paid and cancelled is not booked, and the tab hears of that", LINKED, async (scene) => {
  const { page, site, visitor } = scene;
  visitor.expected.push(/status of 409/);
  const booking = await order(site);
  await signIn(scene, "wren");
  await openDesk(scene, `#booking/${booking.id}`);
  await page.getByRole("button", { name: "Mark as paid" }).click();
  await site.act(booking, "paid", {});
  await site.act(booking, "cancel", {});
  await dialog(page).getByRole("button", { name: "Mark as paid" }).click();
  await alert(page, "This meeting is already cancelled").waitFor();
  await dialog(page).getByRole("button", { name: "Not now" }).click();
  await page.locator(".card .mark").getByText("Cancelled", { exact: true }).waitFor();
  assert.equal(await page.getByText("Paid and booked").count(), 0);
});

visitorTest("a request that nobody accepted cannot be marked as paid", PHONE, async (scene) => {
  const { page } = scene;
  const never = { ...LAPSED, payment: { ...LAPSED.payment, due_by: null } };
  const told = { Emma: LAPSED };
  await payingDuring(scene, "", told);
  const mark = page.getByRole("button", { name: "Mark as paid" });
  await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
  await mark.waitFor();
  told.Emma = never;
  await openDesk(scene);
  await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
  await page.getByText("¥5,000, not paid", { exact: true }).first().waitFor();
  assert.equal(await mark.count(), 0);
});

visitorTest("an invitation can cost nothing, and its page says so", LINKED, async (scene) => {
  const { page } = scene;
  await signIn(scene, "wren");
  await openDesk(scene, "#invite/wren/talk");
  await page.getByLabel("It costs nothing, whatever the page’s price").check();
  await page.getByRole("button", { name: "Make and copy the link" }).click();
  await page.getByRole("article").getByText("free of charge").waitFor();
  assert.ok(await page.getByLabel("It costs nothing, whatever the page’s price").isChecked());
  const link = await page.getByRole("textbox", { name: "Link", exact: true }).inputValue();
  await page.goto(link);
  await page.getByText("free", { exact: true }).waitFor();
  assert.equal(await page.getByText("¥5,000").filter({ visible: true }).count(), 0);
});
