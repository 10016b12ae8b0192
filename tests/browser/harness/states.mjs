/** States: every page, and every state of it that a visitor can meet, with the way there. In any locale: by field names, not words. */

import { DESK_STATES, INVITED, invitationTo } from "./desk.mjs";
import { PAYMENT_STATES } from "./desk_payments.mjs";
import { PRICED, PAYING_STATES } from "./paying.mjs";
import { TEN, seconds } from "./steps.mjs";
import { Turnstile } from "./turnstile.mjs";

const INTRO = "aiko/intro/";
const FULL_WEEK = ["2026-11-25T01:00:00Z"];

/** Starts that were suggested together, as links have them. */
const suggested = (...instants) => instants.map((instant) => (seconds(instant) / 60).toString(16)).join(".");
const SUGGESTED = suggested(TEN, "2026-11-26T02:00:00Z", "2026-11-27T02:00:00Z");
const SUGGESTED_BEFORE = suggested("2026-11-20T01:00:00Z", "2026-11-23T01:00:00Z");

const start = (page, instant = TEN) => page.locator(`:is([name=time], [name=start])[value="${seconds(instant)}"]`);
const fields = async (page, values = { name: "Mia Berg", email: "mia@example.com", topic: "A first idea." }) => {
  await page.locator("[name='contact.name']").fill(values.name);
  await page.locator("[name='contact.email']").fill(values.email);
  await page.locator("[name='answers.topic']").fill(values.topic);
};
const submit = (page) => page.locator("form.details button, [data-component=booking] .details button:not([type=button])").last().click();
const opened = async (page) => {
  await page.locator("[data-step=times] [data-component=booking], [data-step=details] [data-component=booking]").waitFor();
  await page.waitForLoadState("networkidle");
};
const chosen = async ({ page, prefix }, query = "") => {
  await page.goto(`${prefix}${INTRO}?slot=2026-11-25T01:00Z${query}`);
  await opened(page);
};
const bookingPage = async ({ page, site, locale }) => {
  const { manage_url: address } = await site.book("aiko/intro", TEN, { locale, time_zone: "Europe/Berlin" });
  await page.goto(address);
  return address;
};

/** A booking of a page whose host has to agree; and what is there once another time than the agreed one is asked for. */
const NIGHT = { start: "2026-11-25T20:00:00Z", later: "2026-11-25T21:00:00Z" };
const requested = ({ site, locale }) =>
  site.book("jonas/night", NIGHT.start, { locale, time_zone: "America/Los_Angeles", location: "https://example.org/room", answers: { people: "3" } });
const proposing = async (scene) => {
  const booked = await requested(scene);
  await scene.site.act(booked.booking, "accept");
  await scene.site.reschedule(booked, NIGHT.later);
  return booked;
};

/**
 * @typedef {{ page: import("playwright-core").Page, site: import("./site.mjs").Site, visitor: Object, prefix: string, locale: string }} Scene
 * @type {{ name: string, plain?: boolean, content?: string, turnstile?: Turnstile, checkout?: Object, open: (scene: Scene) => Promise<unknown> }[]}
 */
export const STATES = [
  { name: "index", open: ({ page, prefix }) => page.goto(prefix) },
  { name: "index-one-owner", open: ({ page, prefix }) => page.goto(`${prefix}?owner=jonas`) },
  { name: "host", open: ({ page, prefix }) => page.goto(`${prefix}aiko/`) },
  { name: "not-found", open: ({ page, prefix }) => page.goto(`${prefix}nobody/`) },
  { name: "meeting", open: async ({ page, prefix }) => { await page.goto(prefix + INTRO); await opened(page); } },
  { name: "meeting-day-of-many-times", open: async ({ page, prefix }) => { await page.goto(`${prefix}${INTRO}?date=2026-11-25`); await opened(page); } },
  { name: "meeting-time-chosen", open: async (scene) => {
    await scene.page.goto(`${scene.prefix}${INTRO}?date=2026-11-25`);
    await opened(scene.page);
    await start(scene.page).check();
  } },
  { name: "meeting-other-zone", open: async ({ page, prefix }) => { await page.goto(`${prefix}${INTRO}?tz=America/Los_Angeles&date=2026-11-25`); await opened(page); } },
  { name: "meeting-empty-month", open: async ({ page, prefix }) => { await page.goto(`${prefix}${INTRO}?month=2027-03`); await opened(page); } },
  { name: "meeting-last-month", open: async ({ page, prefix }) => { await page.goto(`${prefix}${INTRO}?month=2027-01&date=2027-01-22`); await opened(page); } },
  { name: "details", open: (scene) => chosen(scene) },
  { name: "details-known", open: async (scene) => {
    await scene.page.goto(scene.prefix);
    await scene.page.evaluate(() => localStorage.setItem("daymark:known", JSON.stringify({ name: "Mara Lind", email: "mara@example.org" })));
    await chosen(scene);
  } },
  { name: "details-many-questions", open: async ({ page, prefix }) => { await page.goto(`${prefix}aiko/review/?slot=2026-12-08T04:00Z`); await opened(page); } },
  { name: "details-place-asked", open: async ({ page, prefix }) => { await page.goto(`${prefix}jonas/night/?slot=2026-11-25T20:00Z`); await opened(page); } },
  { name: "host-priced", content: PRICED, open: ({ page, prefix }) => page.goto(`${prefix}wren/`) },
  { name: "meeting-priced", content: PRICED, open: async ({ page, prefix }) => { await page.goto(`${prefix}wren/advice/`); await opened(page); } },
  { name: "details-priced", content: PRICED, open: async ({ page, prefix }) => { await page.goto(`${prefix}wren/advice/?slot=2026-11-25T01:00Z`); await opened(page); } },
  { name: "details-priced-request", content: PRICED, open: async ({ page, prefix }) => { await page.goto(`${prefix}wren/visit/?slot=2026-11-25T01:00Z`); await opened(page); } },
  { name: "plain-meeting-priced", plain: true, content: PRICED, open: ({ page, prefix }) => page.goto(`${prefix}wren/advice/`) },
  { name: "details-free-request", content: PRICED, open: async ({ page, site, locale }) => {
    await page.goto(`${await invitationTo(site, "wren/visit", { free: true, locale })}&slot=${TEN}`);
    await opened(page);
  } },
  { name: "details-no-longer-free", content: PRICED, open: async ({ page, site, locale }) => {
    const link = await invitationTo(site, "wren/advice", { free: true, name: "Mia Berg", email: "mia@example.com", locale });
    await page.goto(`${link}&slot=${TEN}`);
    await opened(page);
    await site.book("wren/advice", "2026-11-26T01:00:00Z", { invite: new URLSearchParams(link.split("?")[1]).get("invite"), answers: {} });
    await page.locator(".details .actions.js button").click();
    await page.locator(".errors").waitFor();
  } },
  { name: "details-mistakes", open: async (scene) => {
    await chosen(scene);
    await submit(scene.page);
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "details-mistakes-many-questions", open: async ({ page, prefix }) => {
    await page.goto(`${prefix}aiko/review/?slot=2026-12-08T04:00Z`);
    await opened(page);
    await submit(page);
    await page.locator(".errors").waitFor();
  } },
  { name: "details-taken", open: async (scene) => {
    await chosen(scene);
    await fields(scene.page);
    for (const instant of FULL_WEEK) await scene.site.book("aiko/intro", instant);
    await submit(scene.page);
    await scene.page.locator(".offer input").first().waitFor();
  } },
  { name: "details-gone", open: async (scene) => {
    await scene.site.book("aiko/intro", TEN);
    await chosen(scene);
    await scene.page.locator(".offer input").first().waitFor();
  } },
  { name: "details-suggested-gone", open: async (scene) => {
    await scene.site.book("aiko/intro", TEN);
    await chosen(scene, `&slots=${SUGGESTED}`);
    await scene.page.locator(".offer input").first().waitFor();
  } },
  { name: "meeting-suggested-all-gone", open: async (scene) => {
    await scene.page.goto(`${scene.prefix}${INTRO}?slot=2026-11-20T01:00Z&slots=${SUGGESTED_BEFORE}`);
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "meeting-already-booked", open: async (scene) => {
    await chosen(scene);
    await fields(scene.page);
    await submit(scene.page);
    await scene.page.locator("article.booking").waitFor();
    await scene.page.goBack();
    await scene.page.locator(".told").waitFor();
  } },
  { name: "details-offline", open: async (scene) => {
    await chosen(scene);
    await fields(scene.page);
    await scene.visitor.context.setOffline(true);
    await submit(scene.page);
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "details-check-asks", turnstile: new Turnstile("asks"), open: async (scene) => {
    await scene.page.goto(`${scene.prefix}${INTRO}?slot=2026-11-25T01:00Z`);
    await scene.page.frameLocator("iframe").getByRole("checkbox").waitFor();
    await fields(scene.page);
    await submit(scene.page);
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "details-check-blocked", turnstile: new Turnstile("blocked"), open: (scene) => chosen(scene) },
  { name: "plain-check", plain: true, turnstile: new Turnstile("passes"), open: async ({ page, prefix }) => {
    await page.goto(prefix + INTRO);
    await page.locator("fieldset").nth(3).locator("[name=start]").first().check();
    await fields(page);
    await submit(page);
    await page.locator(".errors").waitFor();
  } },
  { name: "plain-meeting", plain: true, open: ({ page, prefix }) => page.goto(prefix + INTRO) },
  { name: "plain-mistakes", plain: true, open: async ({ page, prefix }) => {
    await page.goto(`${prefix}${INTRO}?utm_source=newsletter`);
    await page.locator("fieldset").nth(3).locator("[name=start]").first().check();
    await fields(page, { name: "  ", email: "mia@nowhere", topic: "A first idea." });
    await submit(page);
    await page.locator(".errors").waitFor();
  } },
  { name: "plain-mistakes-many-questions", plain: true, open: async ({ page, prefix }) => {
    await page.goto(`${prefix}aiko/review/`);
    await page.locator("[name=start]").first().check();
    await page.locator("[name='contact.name']").fill("Mia Berg");
    await page.locator("[name='contact.email']").fill("mia@nowhere");
    await page.locator("[name='answers.document']").fill("  ");
    await page.locator("[name='answers.agreed']").check();
    await submit(page);
    await page.locator(".errors").waitFor();
  } },
  { name: "plain-too-soon", plain: true, open: async ({ page, prefix }) => {
    await page.goto(prefix + INTRO);
    await page.locator("[name=start]").first().check();
    await fields(page);
    await submit(page);
    await page.locator(".errors").waitFor();
  } },
  { name: "booked", open: bookingPage },
  { name: "booked-cancel-opened", open: async (scene) => { await bookingPage(scene); await scene.page.locator("summary").click(); } },
  { name: "move", open: async (scene) => { await bookingPage(scene); await scene.page.locator(".change a").click(); await scene.page.locator("[name=start]").first().waitFor(); } },
  { name: "move-later", open: async (scene) => { const address = await bookingPage(scene); await scene.page.goto(`${address}?move&from=2026-12-24`); } },
  { name: "move-taken", open: async (scene) => {
    const address = await bookingPage(scene);
    await scene.page.goto(`${address}?move`);
    await start(scene.page, "2026-11-26T02:00:00Z").check();
    await scene.site.book("aiko/intro", "2026-11-26T02:00:00Z");
    await scene.page.locator("article button").click();
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "moved", open: async (scene) => {
    const address = await bookingPage(scene);
    await scene.page.goto(`${address}?move`);
    await start(scene.page, "2026-11-26T02:00:00Z").check();
    await scene.page.locator("article button").click();
    await scene.page.locator(".booking.moved").waitFor();
  } },
  { name: "cancelled", open: async (scene) => {
    await bookingPage(scene);
    await scene.page.locator("summary").click();
    await scene.page.locator("[name=reason]").fill("I have caught a cold.\nSorry!");
    await scene.page.locator("details button").click();
    await scene.page.locator(".booking.cancelled").waitFor();
  } },
  { name: "too-late-to-cancel", open: async (scene) => {
    const address = await bookingPage(scene);
    await scene.site.restart("2026-11-25T00:30:00Z");
    await scene.page.goto(address);
  } },
  { name: "over", open: async (scene) => {
    const address = await bookingPage(scene);
    await scene.site.restart("2026-11-26T00:30:00Z");
    await scene.page.goto(address);
  } },
  { name: "requested", open: async (scene) => scene.page.goto((await requested(scene)).manage_url) },
  { name: "declined", open: async (scene) => {
    const { booking, manage_url: address } = await requested(scene);
    await scene.site.act(booking, "decline");
    await scene.page.goto(address);
  } },
  { name: "decide", open: async (scene) => scene.page.goto(await scene.site.decideAddress((await requested(scene)).booking)) },
  { name: "decided", open: async (scene) => {
    await scene.page.goto(await scene.site.decideAddress((await requested(scene)).booking));
    await scene.page.locator("[value=accept]").click();
    await scene.page.locator(".decide").waitFor({ state: "detached" });
  } },
  { name: "move-by-request", open: async (scene) => scene.page.goto(`${(await proposing(scene)).manage_url}?move`) },
  { name: "proposed", open: async (scene) => scene.page.goto((await proposing(scene)).manage_url) },
  { name: "decide-proposed", open: async (scene) => scene.page.goto(await scene.site.decideAddress((await proposing(scene)).booking)) },
  { name: "decide-changed-meanwhile", open: async (scene) => {
    const booked = await proposing(scene);
    await scene.page.goto(await scene.site.decideAddress(booked.booking));
    await scene.site.reschedule(booked, "2026-11-25T21:30:00Z");
    await scene.page.locator("[value=accept]").click();
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "wrong-link", open: async (scene) => { const address = await bookingPage(scene); await scene.page.goto(`${address.slice(0, -4)}AAAA`); } },
  { name: "invite-needed", content: INVITED, open: ({ page, prefix }) => page.goto(`${prefix}wren/talk/`) },
  { name: "invite-meeting", content: INVITED, open: async ({ page, site, locale }) => {
    await page.goto(await invitationTo(site, "wren/talk", { locale, duration: 30, name: "Mara Lind", email: "mara@example.org" }));
    await opened(page);
  } },
  { name: "invite-used", content: INVITED, open: async ({ page, site, locale }) => {
    const link = await invitationTo(site, "wren/talk", { locale });
    await site.book("wren/talk", TEN, { invite: new URLSearchParams(link.split("?")[1]).get("invite"), answers: {} });
    await page.goto(link);
    await page.locator(".errors").waitFor();
  } },
  { name: "invite-open-used", content: INVITED, open: async ({ page, site, locale }) => {
    const link = await invitationTo(site, "wren/open", { locale });
    await site.book("wren/open", TEN, { invite: new URLSearchParams(link.split("?")[1]).get("invite"), answers: {} });
    await page.goto(link);
    await page.locator(".errors").waitFor();
  } },
  { name: "invite-unsure", content: INVITED, open: async ({ page, site, locale }) => {
    const link = await invitationTo(site, "wren/talk", { locale, name: "Mara Lind", email: "mara@example.org" });
    await page.goto(`${link}&slot=${TEN}`);
    await opened(page);
    await page.route("**/api/bookings", async (route) => {
      await route.fetch();
      await route.abort("internetdisconnected");
    }, { times: 1 });
    await submit(page);
    await page.locator(".errors").waitFor();
    await page.goto(link);
    await page.locator(".errors").waitFor();
    await opened(page);
  } },
  { name: "invite-refused", content: INVITED, open: async ({ page, prefix }) => {
    await page.goto(`${prefix}wren/talk/`);
    await page.locator("#invite").fill("nonsense");
    await page.keyboard.press("Enter");
    await page.locator(".message").waitFor();
  } },
  { name: "plain-invite", plain: true, content: INVITED, open: async ({ page, site, locale }) => {
    await page.goto(await invitationTo(site, "wren/talk", { locale, name: "Mara Lind", email: "mara@example.org" }));
    await page.locator(".invited button").click();
    await page.locator("[name=start]").first().waitFor();
  } },
  ...PAYING_STATES,
  ...DESK_STATES,
  ...PAYMENT_STATES,
];

/** The path at which a locale's pages begin. */
export const prefixOf = (locale) => (locale === "en" ? "/" : `/${locale}/`);
