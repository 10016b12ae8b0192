/** The desk where bookings cost something: as the endpoint tells them, where a provider's answers would be needed to have them for real. */

import { join } from "node:path";

import { CONTENT, DURING, bookAll, goOnAt, invitationTo, openDesk, signIn } from "./desk.mjs";

/** A host whose page has a price, and whose payments go through a link. */
export const PAID = join(import.meta.dirname, "../content/paid");
/** What signs the words of that link. */
export const LINK_SECRET = "whsec_ZGF5bWFyayB0ZXN0cyBvZiBwYXltZW50cw==";
process.env.PAY_LINK_SECRET = LINK_SECRET;

export const jpy = (amount) => ({ amount, currency: "JPY", decimal: String(amount) });
export const usd = (amount) => ({ amount, currency: "USD", decimal: (amount / 100).toFixed(2) });
const refund = (number, money, state, more = {}) => ({ number, payment: "pi_3Q1", money, state, reason: null, by: "host", asked_at: "2026-11-24T02:00:00Z", failure: null, ...more });

/** A payment of ¥5,000 that was made, with what differs. */
export const paid = (more = {}, money = jpy) => ({
  status: "paid", price: money(5000), due_by: null, paid: money(5000), paid_at: "2026-11-24T01:00:00Z", returned: null, refund_until: { minutes_before: 1440 },
  provider: "stripe", reference: "pi_3Q1", refundable: money(5000), owed: money(0), pending: money(0), refund_step: money(1), disputes: [], refunds: [], ...more,
});
const unpaid = (more = {}) => paid({ status: "due", paid: null, paid_at: null, reference: null, refundable: jpy(0), ...more });
const AT = "2026-11-24T04:00:00Z";

/** Bookings in each state of a payment, by the visitor's first name. */
export const PAYMENTS = {
  Jun: { payment: paid({ reference: null }) },
  Mara: { payment: paid({ status: "refund_pending", returned: jpy(2000), pending: jpy(2000), refundable: jpy(3000), refunds: [refund(1, jpy(2000), "pending", { reason: "We began late." })] }) },
  Oluwaseun: { status: "awaiting_payment", payment: unpaid({ due_by: "2026-11-25T01:25:00Z" }) },
  Emma: { payment: paid({ status: "partly_refunded", returned: usd(2000), refundable: usd(3000), refunds: [refund(1, usd(1550), "succeeded", { reason: "We began late." }), refund(2, usd(450), "succeeded", { by: null })] }, usd) },
  "鈴木": { status: "awaiting_payment", payment: unpaid({ status: "promised", due_by: AT }) },
  Ben: { payment: unpaid() },
};

/** Tells bookings with payments. @param {Object<string, Object>} told by the first name */
export const tellPayments = (page, told) => page.route(/\/api\/host\/bookings\?/, async (route) => {
  const response = await route.fetch();
  const answer = await response.json();
  for (const booking of answer.bookings ?? []) Object.assign(booking, told[booking.contact.name.split(" ")[0]]);
  return route.fulfill({ response, json: answer });
});

/** A host who is signed in while meetings take place that cost something. */
export const payingDuring = async (scene, view, told = PAYMENTS) => {
  scene.booked = await bookAll(scene.site, scene.locale);
  await goOnAt(scene, DURING);
  await tellPayments(scene.page, told);
  await signIn(scene);
  await openDesk(scene, view);
};

/** A booking of Emma Petit's, for a payment. */
export const payingEmma = async (scene, told) => {
  await payingDuring(scene, "", { Emma: told });
  await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
};

const ask = async (scene, act, told) => {
  await payingEmma(scene, told);
  await scene.page.locator(`[data-act=${act}]`).click();
  await scene.page.locator("dialog[open]").waitFor();
};
/** What waits for its payment, at Stripe. */
export const DUE = { status: "awaiting_payment", payment: unpaid({ due_by: AT }) };
/** The same, once its time is no longer held. */
export const LAPSED = { status: "expired", payment: unpaid({ status: "unpaid", due_by: "2026-11-25T01:00:00Z" }) };
const FAILED = paid({ status: "refund_failed", refunds: [refund(1, jpy(5000), "failed", { failure: "The customer’s bank account has been closed (expired_or_canceled_card)." })], owed: jpy(5000) });
const OWED = paid({ status: "refund_owed", reference: null, refundable: jpy(0), owed: jpy(5000), refunds: [refund(1, jpy(5000), "owed", { payment: null, by: null })] });

/** Another amount than the price, while it waits for its payment. */
export const MISMATCHED = { ...DUE, payment: { ...DUE.payment, mismatched: jpy(4999) } };

/** A payment that a bank is asked to take back. */
export const DISPUTED = { payment: paid({ refundable: jpy(0), disputes: [{ id: "dp_1", payment: "pi_3Q1", money: jpy(5000), reason: "the cardholder says that they did not make the payment", answer_by: "2026-12-01T14:59:00Z", state: "open" }] }) };

/** A payment link that was paid twice. */
export const TWICE = { payment: paid({ provider: "link", status: "refund_owed", reference: "order-4711", owed: jpy(5000), refunds: [refund(1, jpy(5000), "owed", { payment: "order-4712", by: null })] }) };

const STATES = [
  { name: "desk-payments", open: (scene) => payingDuring(scene, "#upcoming") },
  { name: "desk-payments-today", open: (scene) => payingDuring(scene, "", { ...PAYMENTS, Emma: { status: "cancelled", payment: FAILED } }) },
  { name: "desk-payment-due", open: (scene) => payingEmma(scene, DUE) },
  { name: "desk-payment-paid", open: (scene) => payingEmma(scene, { payment: paid() }) },
  { name: "desk-payment-partly-refunded", open: (scene) => payingEmma(scene, PAYMENTS.Emma) },
  { name: "desk-payment-refunded", open: (scene) => payingEmma(scene, { status: "cancelled", payment: paid({ status: "refunded", returned: jpy(5000), refundable: jpy(0), refunds: [refund(1, jpy(5000), "succeeded", { by: null })] }) }) },
  { name: "desk-payment-unpaid", open: (scene) => payingEmma(scene, LAPSED) },
  { name: "desk-payment-refund-failed", open: (scene) => payingEmma(scene, { status: "cancelled", payment: FAILED }) },
  { name: "desk-payment-erased", open: (scene) => payingEmma(scene, { status: "cancelled", contact: { name: "", email: "" }, guests: [], answers: {}, payment: FAILED }) },
  { name: "desk-payment-refund-owed", open: (scene) => payingEmma(scene, { status: "cancelled", payment: OWED }) },
  { name: "desk-refunded-ask", open: (scene) => ask(scene, "refunded", { status: "cancelled", payment: OWED }) },
  { name: "desk-payment-disputed", open: (scene) => payingEmma(scene, DISPUTED) },
  { name: "desk-payment-twice", open: (scene) => payingEmma(scene, TWICE) },
  { name: "desk-payment-mismatched", open: (scene) => payingEmma(scene, MISMATCHED) },
  { name: "desk-payment-mismatched-today", open: (scene) => payingDuring(scene, "", { Emma: MISMATCHED, "鈴木": { ...LAPSED, payment: { ...LAPSED.payment, mismatched: usd(4999) } } }) },
  { name: "desk-payment-mismatched-paid", open: (scene) => payingEmma(scene, { payment: paid({ mismatched: jpy(4999), reference: null }) }) },
  { name: "desk-payment-accepted", open: (scene) => payingEmma(scene, { payment: paid({ paid: jpy(4999), refundable: jpy(4999) }) }) },
  { name: "desk-paid-ask-mismatched", open: (scene) => ask(scene, "paid", MISMATCHED) },
  { name: "desk-mismatched-sent-ask", open: (scene) => ask(scene, "other-sent", MISMATCHED) },
  { name: "desk-paid-ask", open: (scene) => ask(scene, "paid", DUE) },
  { name: "desk-refund-ask", open: (scene) => ask(scene, "refund", PAYMENTS.Emma) },
  { name: "desk-refund-mistake", open: async (scene) => {
    await ask(scene, "refund", PAYMENTS.Emma);
    await scene.page.locator("#ask-amount").fill("30.01");
    await scene.page.locator("dialog .danger").click();
    await scene.page.locator("#ask-amount[aria-invalid]").waitFor();
  } },
  { name: "desk-refund-stale", open: async (scene) => {
    await ask(scene, "refund", { payment: paid() });
    // Nothing was paid for it here: so says the endpoint.
    await scene.page.locator("dialog .danger").click();
    await scene.page.locator("dialog .errors").waitFor();
  } },
  { name: "desk-cancel-paid", open: (scene) => ask(scene, "cancel", { payment: paid() }) },
  { name: "desk-cancel-unpaid", open: (scene) => ask(scene, "cancel", DUE) },
  { name: "desk-invite-free", content: PAID, open: async (scene) => {
    await signIn(scene, "wren");
    await openDesk(scene, "#invite/wren/talk");
    await scene.page.locator("#free").check();
    await scene.page.locator(".invite button:not([type])").click();
    await scene.page.locator("article.invitation").waitFor();
  } },
  { name: "invited-free", content: PAID, open: async (scene) => {
    await scene.page.goto(await invitationTo(scene.site, "wren/talk", { free: true, locale: scene.locale }));
    await scene.page.waitForLoadState("networkidle");
  } },
];

export const PAYMENT_STATES = STATES.map((state) => ({ content: CONTENT, ...state }));
