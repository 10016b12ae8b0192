/** Paying: every state of a booking that is to be paid, was, or was not; and of the stand-in's own pages. */

import { join } from "node:path";

import { PAID } from "./desk_payments.mjs";
import { TEN } from "./steps.mjs";

/** A host whose pages have a price. */
export const PRICED = join(import.meta.dirname, "../content/priced");

/** Once the time is held no longer. */
const LATER = "2026-11-24T03:45:00Z";
/** What failed then is tried again. */
const MUCH_LATER = "2026-11-24T03:55:00Z";
const PATIENCE_MS = 15_000;

const order = ({ site, locale }, more = {}, start = TEN) => site.book("wren/review", start, {
  locale, time_zone: "Europe/Berlin", contact: { name: "Mia Berg", email: "mia@example.com" }, answers: {}, ...more,
});
/** Far enough ahead for an order that is paid days later. */
const orderFarAhead = (scene) => order(scene, {}, "2026-11-27T01:00:00Z");
const shown = async (scene, { manage_url: address }) => { await scene.page.goto(address); };

/** Waits until a payment stands so. */
const comesTo = async ({ site }, { booking: { id } }, expected) => {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { payment } = (await site.bookings("wren")).find((booking) => booking.id === id);
    if (payment.status === expected) return;
    if (Date.now() > until) throw new Error(`the payment is ${payment.status}, and not ${expected}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
};
const paid = async (scene) => {
  const ordered = await order(scene);
  await scene.site.checkout.choose("pay");
  await comesTo(scene, ordered, "paid");
  return ordered;
};
/** Another amount than the price is paid. */
const mismatched = async (scene) => {
  await scene.site.checkout.switch({ session_says: { amount_total: 4999 } });
  const ordered = await order(scene);
  await scene.site.checkout.choose("pay");
  await shown(scene, ordered);
  await scene.page.reload();
  await scene.page.locator("form[action$='/pay'], a.button[href*='/dev/checkout/']").waitFor({ state: "detached" });
  return ordered;
};
/** What was paid goes back with the meeting, and that goes so. */
const returned = async (scene, refunds, expected) => {
  await scene.site.checkout.switch({ refunds });
  const ordered = await paid(scene);
  await scene.site.act(ordered.booking, "cancel");
  await comesTo(scene, ordered, expected);
  return shown(scene, ordered);
};
/** The page that the provider leads back to, of the newest checkout. */
const leadsBack = async ({ page, site }) => page.goto((await site.checkout.sessions()).at(-1).success_url);
const checkout = async ({ page, site }) => page.goto(`${site.checkout.address}/pay/${(await site.checkout.sessions()).at(-1).id}`);

/** The states by their names, with the way to each. @type {Object<string, (scene: import("./states.mjs").Scene) => Promise<unknown>>} */
const OPEN = {
  "to-pay": async (scene) => shown(scene, await order(scene)),
  "to-pay-seen-only": async (scene) => { await order(scene); await leadsBack(scene); },
  "to-pay-provider-away": async (scene) => {
    await scene.site.checkout.switch({ troubles: [{ call: "create", answer: 503, times: 2 }] });
    await shown(scene, await order(scene));
  },
  "to-pay-provider-still-away": async (scene) => {
    await scene.site.checkout.switch({ troubles: [{ call: "create", answer: 503, times: 2 }] });
    await shown(scene, await order(scene));
    await scene.page.locator("form[action$='/pay'] button").click();
    await scene.page.locator(".errors").waitFor();
  },
  "to-pay-once-accepted": async (scene) => shown(scene, await scene.site.book("wren/visit", TEN, { locale: scene.locale, answers: {} })),
  "decide-priced": async (scene) => {
    const { booking } = await scene.site.book("wren/visit", TEN, { locale: scene.locale, answers: {} });
    await scene.page.goto(await scene.site.decideAddress(booking));
  },
  "price-due": async (scene) => {
    const ordered = await mismatched(scene);
    await scene.site.act(ordered.booking, "refunded", {});
    await shown(scene, ordered);
  },
  "to-pay-accepted": async (scene) => {
    const asked = await scene.site.book("wren/visit", TEN, { locale: scene.locale, answers: {} });
    await scene.site.act(asked.booking, "accept");
    await shown(scene, asked);
  },
  unpaid: async (scene) => {
    const ordered = await order(scene);
    await scene.site.checkout.expire();
    await comesTo(scene, ordered, "unpaid");
    await shown(scene, ordered);
  },
  paid: async (scene) => shown(scene, await paid(scene)),
  "paid-seen-only": async (scene) => { await paid(scene); await leadsBack(scene); },
  "paid-cancel-opened": async (scene) => { await shown(scene, await paid(scene)); await scene.page.locator("summary").click(); },
  "paid-cancel-opened-refundable": async (scene) => {
    const asked = await scene.site.book("wren/visit", TEN, { locale: scene.locale, answers: {} });
    await scene.site.act(asked.booking, "accept");
    await shown(scene, asked);
    await scene.page.locator("form[action$='/pay'] button").click();
    await scene.page.waitForURL("**/dev/checkout/**");
    await scene.site.checkout.choose("pay");
    await comesTo(scene, asked, "paid");
    await shown(scene, asked);
    await scene.page.locator("summary").click();
  },
  "payment-mismatched": async (scene) => shown(scene, await mismatched(scene)),
  "paid-too-late": async (scene) => {
    const { site } = scene;
    const ordered = await order(scene);
    const { checkout } = site;
    // The provider cannot be asked, and by its clock the checkout is still open when somebody else has the time.
    await checkout.switch({ troubles: ["expire", "retrieve"].map((call) => ({ call, answer: 503, times: 1000 })) });
    await site.restart(LATER, false);
    await comesTo(scene, ordered, "unpaid");
    await site.book("wren/advice", TEN, { answers: {} });
    await checkout.choose("pay", 0);
    await checkout.switch({ troubles: [] });
    // It is asked once more, minutes later.
    await site.restart(MUCH_LATER, false);
    await comesTo(scene, ordered, "refunded");
    await shown(scene, ordered);
  },
  "refund-on-its-way": (scene) => returned(scene, "pend", "refund_pending"),
  refunded: (scene) => returned(scene, "succeed", "refunded"),
  "refund-failed": (scene) => returned(scene, "fail", "refund_failed"),
  "refunded-in-part": async (scene) => {
    const ordered = await paid(scene);
    await scene.site.act(ordered.booking, "refund", { amount: 2000, reason: "We were late." });
    await comesTo(scene, ordered, "partly_refunded");
    await shown(scene, ordered);
  },
  "cancelled-without-refund": async (scene) => {
    await shown(scene, await paid(scene));
    await scene.page.locator("summary").click();
    await scene.page.locator(".cancel button").click();
    await scene.page.locator(".booking.cancelled").waitFor();
  },
  "cancelled-unpaid": async (scene) => {
    await shown(scene, await order(scene));
    await scene.page.locator("summary").click();
    await scene.page.locator(".cancel button").click();
    await scene.page.locator(".booking.cancelled").waitFor();
  },
  "paid-as-marked": async (scene) => {
    const ordered = await order(scene);
    await scene.site.act(ordered.booking, "paid");
    await comesTo(scene, ordered, "paid");
    await shown(scene, ordered);
  },
  checkout: async (scene) => { await order(scene); await checkout(scene); },
  "checkout-declined": async (scene) => { await order(scene); await checkout(scene); await scene.page.locator("[value=decline]").click(); await scene.page.locator(".said").waitFor(); },
  "checkout-paid": async (scene) => { await paid(scene); await checkout(scene); },
  "checkout-expired": async (scene) => { await order(scene); await scene.site.checkout.expire(); await checkout(scene); },
  "checkout-unknown": ({ page, site }) => page.goto(`${site.checkout.address}/pay/cs_test_nothing`),
  "checkout-list": async (scene) => {
    await returned(scene, "pend", "refund_pending");
    // It is on its way here before it is known there.
    while ((await scene.site.checkout.state()).refunds.length === 0) await new Promise((resume) => setTimeout(resume, 50));
    await scene.page.goto(scene.site.checkout.address);
  },
  "checkout-list-empty": ({ page, site }) => page.goto(site.checkout.address),
};

/** Those where an order may be paid days later. */
const OPEN_DELAYED = {
  "payment-failed": async (scene) => {
    const ordered = await orderFarAhead(scene);
    for (const [choice, status] of [["later", "promised"], ["fail", "due"]]) {
      await scene.site.checkout.choose(choice);
      await comesTo(scene, ordered, status);
    }
    await shown(scene, ordered);
  },
  "payment-promised": async (scene) => {
    const ordered = await orderFarAhead(scene);
    await scene.site.checkout.choose("later");
    await comesTo(scene, ordered, "promised");
    await shown(scene, ordered);
  },
  "checkout-delayed": async (scene) => { await orderFarAhead(scene); await checkout(scene); },
  "checkout-promised": async (scene) => { await orderFarAhead(scene); await scene.site.checkout.choose("later"); await checkout(scene); },
  "checkout-never-came": async (scene) => { await orderFarAhead(scene); await scene.site.checkout.choose("later"); await scene.site.checkout.choose("fail"); await checkout(scene); },
};

/** Those without a script: its plain form, with what is said to who sends it twice. */
const plainOrder = async ({ page, prefix }, slug) => {
  await page.goto(`${prefix}wren/${slug}/`);
  await page.locator("[name=start]").nth(8).check();
  await page.locator("[name='contact.name']").fill("Mia Berg");
  await page.locator("[name='contact.email']").fill("mia@example.com");
  await page.locator("form button").last().click();
};
const OPEN_PLAIN = {
  "plain-to-pay": async (scene) => { await plainOrder(scene, "review"); await scene.page.locator("article.booking").waitFor(); },
  "plain-sent-twice": async (scene) => {
    await plainOrder(scene, "review");
    await scene.page.locator("article.booking").waitFor();
    await plainOrder(scene, "review");
    await scene.page.locator(".errors").waitFor();
  },
  "plain-request-priced": async (scene) => { await plainOrder(scene, "visit"); await scene.page.locator("article.booking").waitFor(); },
};

/** Those where a page of somebody else's takes the money: at first, and on the way back from there. */
const ofLink = ({ site, locale }) => site.book("wren/talk", TEN, { locale, time_zone: "Europe/Berlin", answers: {} });
const OPEN_LINKED = {
  "to-pay-by-link": async (scene) => shown(scene, await ofLink(scene)),
  "to-pay-unheard": async (scene) => { await scene.page.goto(`${(await ofLink(scene)).manage_url}?returned`); },
};

const all = (states, keys) => Object.entries(states).map(([name, open]) => ({ name, content: PRICED, checkout: keys, open }));

/** Every state of the visitor's pages of a booking with a price, and of the stand-in's own. */
export const PAYING_STATES = [
  ...Object.entries(OPEN_LINKED).map(([name, open]) => ({ name, content: PAID, open })),
  ...all(OPEN, {}), ...all(OPEN_DELAYED, { delayed: true }), ...all(OPEN_PLAIN, {}).map((state) => ({ ...state, plain: true })),
];
