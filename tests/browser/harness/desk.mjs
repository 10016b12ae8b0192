/** Desk: the host's own pages, with bookings of every kind, and a host who is signed in; and each state of them. */

import { join } from "node:path";

/** A host with a page that is booked at once, and one that takes requests. */
export const CONTENT = join(import.meta.dirname, "../content/desk");

/** A site of the same host that sends email. */
export const MAILING = join(import.meta.dirname, "../content/mailing");

/** The sample content, which has two hosts. */
export const SAMPLE = join(import.meta.dirname, "../../../content");

/** A host with a page by invitation only, and one that anybody can book. */
export const INVITED = join(import.meta.dirname, "../content/invited");

/** A host in Tokyo, on a phone; and one whose screen is touched. */
export const PHONE = { content: CONTENT, context: { viewport: { width: 375, height: 812 } } };
export const THUMB = { content: CONTENT, context: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } };

/** Wednesday, ten past ten in Tokyo: one meeting is over, one runs, one is near, and others follow. */
export const DURING = "2026-11-25T01:10:00Z";

const PEOPLE = [
  { page: "aiko/intro", start: "2026-11-25T00:00:00Z", contact: { name: "Jun Sato", email: "jun@example.org" } },
  { page: "aiko/intro", start: "2026-11-25T01:00:00Z", contact: { name: "Mara Lind", email: "mara@example.org" }, time_zone: "Europe/Berlin",
    answers: { topic: "Moving our studio to Kyoto.\nAnd what it costs.", callback: "+49 30 5550 0123" }, tracking: { utm_source: "newsletter", utm_campaign: "spring" } },
  { page: "aiko/intro", start: "2026-11-25T01:30:00Z", contact: { name: "Oluwaseun Adeyemi-Richardson", email: "oluwaseun.adeyemi.richardson@example.org" } },
  { page: "aiko/intro", start: "2026-11-26T02:00:00Z", contact: { name: "Emma Petit", email: "emma@example.org" }, guests: ["leo@example.org"] },
  { page: "aiko/intro", start: "2026-11-27T05:00:00Z", contact: { name: "鈴木 一郎", email: "ichiro@example.org" } },
  { page: "aiko/visit", start: "2026-11-26T04:00:00Z", contact: { name: "Ben Okafor", email: "ben@example.org" }, duration_minutes: 60, answers: {} },
];

/** Books all of them: what each got, by the first name. */
export const bookAll = async (site, locale = "en") => {
  const booked = {};
  for (const { page, start, ...more } of PEOPLE) {
    booked[more.contact.name.split(" ")[0]] = await site.book(page, start, { locale, ...more });
  }
  return booked;
};

/** What a stranger fills the page of a site with that sends email: three bookings, and a fourth that waits to be confirmed. */
export const bookAlike = async (site, locale = "en") => {
  const emails = ["mallory@example.org", "mallory+2@example.org", "mallory@example.net", "someone@example.com"];
  const booked = [];
  for (const [number, email] of emails.entries()) {
    const contact = { name: `Mallory ${number + 1}`, email };
    booked.push(await site.book("aiko/intro", `2026-11-25T0${number + 1}:00:00Z`, { locale, contact, answers: {} }));
  }
  return booked;
};

/** Has a request accepted, and its visitor ask for another time. */
export const wish = async (site, booked, start) => {
  await site.act(booked.booking, "accept");
  await site.reschedule(booked, start);
};

/** Shows the key as the page does, without its form. */
export const signIn = async ({ site, page, visitor }, host = "aiko") => {
  visitor.cookies.push("daymark_host");
  const answer = await page.request.post("/api/host/session", { data: { key: await site.key(host) }, headers: { Origin: site.url } });
  if (!answer.ok()) throw new Error(await answer.text());
};

/** The desk, read and shown. */
export const openDesk = async (scene, view = "") => {
  await scene.page.goto(`${scene.prefix ?? "/"}host/${view}`);
  await scene.page.locator("[data-component=desk][data-ready]").waitFor();
  await scene.page.locator(".waiting").waitFor({ state: "detached" });
  await scene.page.waitForLoadState("networkidle");
};

/** Goes on at another instant, server and browser. */
export const goOnAt = async ({ site, visitor }, now) => {
  await site.restart(now);
  await visitor.context.clock.setSystemTime(new Date(now));
};

/** A host who is signed in while meetings take place. */
const during = async (scene, view) => {
  scene.booked = await bookAll(scene.site, scene.locale);
  await goOnAt(scene, DURING);
  await signIn(scene);
  await openDesk(scene, view);
};

const CONTACTS = [
  { key: "k1", name: "Mara Lind", email: "mara@example.org", owner: { folder: "aiko", name: "Aiko Tanaka" },
    last_booking: { at: "2026-11-24T03:00:00Z", campaign: "spring", source: "newsletter", medium: "email" },
    bookings: [{ id: "aiko.AQEBAQEBAQEBAQEBAQEBAQ", page: "aiko/intro", title: "Introductory call", start: "2026-11-25T01:00:00Z", end: "2026-11-25T01:30:00Z", status: "confirmed", outcome: "completed" }] },
  { key: "k2", name: "鈴木 一郎", email: "ichiro@example.org", owner: { folder: "jonas", name: "Jonas Weber" },
    last_booking: { at: "2026-11-20T03:00:00Z", campaign: null, source: null, medium: null }, bookings: [] },
];

/** Contacts and deliveries as the endpoint tells them, where having them for real would take days. */
const tellContacts = (page) => page.route(/\/api\/host\/contacts/, (route) => {
  const key = new URL(route.request().url()).pathname.split("/")[4];
  const body = key ? { contact: CONTACTS.find((contact) => contact.key === key) } : { contacts: CONTACTS, more: false, after: null };
  return route.fulfill({ json: body });
});
const tellParked = (page, booking) => page.route(/\/api\/host\/deliveries\?state=parked/, (route) => route.fulfill({ json: { deliveries: [
  { id: "aiko.12", booking, event: "booking.confirmed", destination: "https://hooks.example.com/daymark", state: "parked", attempts: 10, next_attempt_at: null, last_error: "it answered 500 Internal Server Error" },
  { id: "aiko.13", booking, event: "booking.confirmed", destination: "mail to the visitor", state: "parked", attempts: 1, next_attempt_at: null, last_error: "the provider refused it: 422" },
] } }));

/** So many bookings ahead, as the endpoint tells them part by part: one after the other, three on each date. */
export const tellMany = (page, count, part = 1000) => page.route(/\/api\/host\/bookings\?/, (route) => {
  const query = new URL(route.request().url()).searchParams;
  if (!query.has("from") || query.has("to")) return route.fulfill({ json: { bookings: [], more: false, after: null } });
  const first = Number(query.get("after") ?? 0);
  const numbers = Array.from({ length: Math.min(part, count - first) }, (_, index) => first + index);
  const at = (number, minutes) => new Date(Date.UTC(2026, 10, 25 + Math.floor(number / 3), number % 3, minutes)).toISOString();
  const bookings = numbers.map((number) => ({
    id: `aiko.${number}`, status: "confirmed", page: "aiko/intro", title: "Introductory call", start: at(number, 0), end: at(number, 30),
    duration_minutes: 30, time_zone: "Asia/Tokyo", created_at: "2026-11-24T02:00:00Z", contact: { name: `Visitor ${number + 1}`, email: `visitor${number + 1}@example.org` },
    location: { kind: "video", value: "https://meet.example.com/rooms/aiko" }, guests: [], answers: {}, tracking: {}, associations: [], outcome: null, proposed: null, host: { folder: "aiko" },
  }));
  const next = first + part < count ? String(first + part) : null;
  return route.fulfill({ json: { bookings, more: next !== null, after: next } });
});

/** Devices as the endpoint tells them, where signing in on each would take other browsers. */
const tellDevices = (page) => page.route(/\/api\/host\/sessions/, (route) => route.fulfill({ json: { sessions: [
  { id: "a1", browser: "Safari", system: "iPhone", opened_at: "2026-11-20T22:14:00Z", seen_at: "2026-11-24T01:00:00Z", expires_at: "2026-12-08T01:20:00Z", this_device: false },
  { id: "a2", browser: "Chrome", system: "Linux", opened_at: "2026-11-24T02:59:00Z", seen_at: "2026-11-24T02:00:00Z", expires_at: "2026-12-08T02:59:00Z", this_device: true },
  { id: "a3", browser: "Samsung Internet", system: "Android", opened_at: "2026-11-12T09:05:00Z", seen_at: "2026-11-19T08:00:00Z", expires_at: "2026-12-03T08:40:00Z", this_device: false },
  { id: "a4", browser: "Safari", system: "Mac or iPad", opened_at: "2026-11-15T03:30:00Z", seen_at: "2026-11-16T03:00:00Z", expires_at: "2026-11-30T03:30:00Z", this_device: false },
  { id: "a5", browser: null, system: null, opened_at: "2026-11-14T00:00:00Z", seen_at: "2026-11-14T00:00:00Z", expires_at: "2026-11-28T00:00:00Z", this_device: false },
] } }));

/** Calendars as the endpoint tells them, one in each state; and copies of bookings that are not where they were put. */
const tellCalendars = (page, astray = []) => page.route(/\/api\/host\/calendars$/, (route) => route.fulfill({ json: {
  astray,
  calendars: [
    { name: "work", kind: "caldav", role: "both", state: "ok", read_at: "2026-11-24T02:58:10Z", busy_count: 37, events: 212, skipped: "free 4 cancelled 1 declined 2",
      busy: [["2026-11-24T05:00:00Z", "2026-11-24T06:00:00Z"], ["2026-11-25T00:30:00Z", "2026-11-25T01:15:00Z"], ["2026-11-26T15:00:00Z", "2026-11-27T15:00:00Z"]] },
    { name: "family", kind: "feed", role: "busy", state: "failing", read_at: "2026-11-23T22:45:00Z", failing_since: "2026-11-23T23:00:20Z", known_until: "2027-01-24T00:00:00Z",
      reason: "it answered 404: it is not there: publish the calendar again, and set the secret anew", busy_count: 5, events: 31, skipped: "", busy: [] },
    { name: "timetable", kind: "feed", role: "busy", state: "partial", read_at: "2026-11-24T02:45:00Z", known_until: "2026-12-01T09:00:00Z",
      reason: "a series repeats by a rule that is not understood", busy_count: 1, events: 2, skipped: "unknown_zones 1", busy: [["2026-11-30T00:00:00Z", "2026-11-30T01:00:00Z"]],
      unknown_events: [{ event: "990cb8ebd0afb715", cause: "rule", from: "2026-12-01T09:00:00Z", at: "2026-12-01T09:00:00Z" }],
      left_out: [{ event: "6b86b273ff34fce1", cause: "unreadable", from: "2026-11-23T02:45:00Z", at: null }] },
    { name: "club", kind: "feed", role: "busy", state: "unread", reason: "the secret AIKO_CLUB is not set", busy_count: 0, events: 0, skipped: "", busy: [] },
    { name: "bookings", kind: "caldav", role: "write", state: "written" },
  ],
} }));

/** A booking whose copy is at another time in the host's calendar, or nowhere. */
export const astray = async (scene, movedTo, { wholeDays = false, taken = false } = {}) => {
  await during(scene);
  const { id } = scene.booked.Emma.booking;
  await tellCalendars(scene.page, [{ booking: id, calendar: "work", since: "2026-11-24T02:30:00Z", moved_to: movedTo, whole_days: wholeDays, taken }]);
  await openDesk(scene, `#booking/${id}`);
};

/** Campaigns as the endpoint tells them, where having them for real would take many bookings. */
const tellCampaigns = (page) => page.route(/\/api\/host\/campaigns/, (route) => route.fulfill({ json: { campaigns: [
  { campaign: "spring-launch", source: "newsletter", medium: "email", bookings: 12, cancelled: 2 },
  { campaign: null, source: "business-card", medium: null, bookings: 1, cancelled: 0 },
] } }));

/** A host of the sample content, who shares pages. */
export const sharing = async (scene, view) => {
  await tellCampaigns(scene.page);
  await signIn(scene);
  await openDesk(scene, view);
};

/** The path of a new invitation, in a language. */
export const invitationTo = async (site, page = "wren/talk", more = {}) => {
  const headers = { Authorization: `Bearer ${await site.key(page.split("/")[0])}`, "Content-Type": "application/json" };
  const answer = await fetch(`${site.url}/api/host/invites`, { method: "POST", headers, body: JSON.stringify({ page, ...more }) });
  if (answer.status !== 201) throw new Error(await answer.text());
  const { pathname, search } = new URL((await answer.json()).link);
  return pathname + search;
};

/** The desk of a host who invites somebody. */
const inviting = async (scene, view = "#invite/wren/talk") => {
  await signIn(scene, "wren");
  await openDesk(scene, view);
};
const invite = async ({ page }, name, email = "") => {
  await page.locator("#name").fill(name);
  await page.locator("#email").fill(email);
  await page.locator(".invite button:not([type])").click();
  await page.locator("article h3", { hasText: name || email }).first().waitFor();
};
/** Two that were made, the second for an hour on certain dates; its code is open. */
const invited = async (scene) => {
  await inviting(scene);
  await invite(scene, "鈴木 一郎");
  await scene.page.locator("#duration").selectOption("60");
  await scene.page.locator("#uses").fill("3");
  await scene.page.locator("#dates summary").click();
  await scene.page.locator("#from").fill("2026-12-07");
  await scene.page.locator("#until").fill("2026-12-18");
  await invite(scene, "Oluwaseun Adeyemi-Richardson", "oluwaseun.adeyemi.richardson@example.org");
};

/** The choices of what to cancel together. */
const alike = async (scene) => {
  const [{ booking }] = await bookAlike(scene.site, scene.locale);
  await signIn(scene);
  await openDesk(scene, `#alike/${booking.id}`);
  await scene.page.locator("[name=by][value=network]").check();
};
const askAlike = async (scene) => {
  await alike(scene);
  await scene.page.locator(".alike .danger").click();
  await scene.page.locator("dialog textarea").fill("Nobody asked for these.");
};

const card = (page, id) => page.locator(`[id="b-${id}"]`);

export const DESK_STATES = [
  { name: "desk-plain", plain: true, open: ({ page, prefix }) => page.goto(`${prefix}host/`) },
  { name: "desk-sign-in", open: (scene) => openDesk(scene) },
  { name: "desk-sign-in-refused", open: async (scene) => {
    await openDesk(scene);
    await scene.page.locator("#key").fill("aiko.nonsense");
    await scene.page.locator(".sign-in button").click();
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "desk-sign-in-email", content: MAILING, open: (scene) => openDesk(scene) },
  { name: "desk-sign-in-email-address", content: MAILING, open: async (scene) => {
    await openDesk(scene);
    await scene.page.locator("#host").fill("aiko@example.com");
    await scene.page.keyboard.press("Enter");
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "desk-sign-in-email-sent", content: MAILING, open: async (scene) => {
    await openDesk(scene);
    await scene.page.locator("#host").fill("aiko");
    await scene.page.keyboard.press("Enter");
    await scene.page.locator(".notice").waitFor();
  } },
  { name: "link-sign-in", plain: true, open: async ({ page, site }) => page.goto(await site.link("aiko")) },
  { name: "link-sign-in-used", open: async ({ page, site, visitor }) => {
    visitor.cookies.push("daymark_host");
    const link = await site.link("aiko");
    await page.goto(link);
    await page.getByRole("button").click();
    await page.waitForURL(/\/host\/$/);
    await page.context().clearCookies();
    await page.goto(link);
    await page.getByRole("button").click();
    await page.getByRole("button").waitFor({ state: "detached" });
  } },
  { name: "link-sign-in-expired", open: async ({ page, site }) => page.goto(await site.link("aiko", "2026-11-24T02:49:00Z")) },
  { name: "desk-today", open: (scene) => during(scene) },
  { name: "desk-today-details", open: async (scene) => {
    await during(scene);
    await card(scene.page, scene.booked.Mara.booking.id).locator("summary").click();
  } },
  { name: "desk-today-wish", open: async (scene) => {
    const { Ben } = await bookAll(scene.site, scene.locale);
    await wish(scene.site, Ben, "2026-11-27T01:00:00Z");
    await goOnAt(scene, DURING);
    await signIn(scene);
    await openDesk(scene);
  } },
  { name: "desk-today-empty", open: async (scene) => { await signIn(scene); await openDesk(scene); } },
  { name: "desk-decline", open: async (scene) => {
    await during(scene);
    await scene.page.locator("[data-act=decline]").click();
    await scene.page.locator("dialog[open]").waitFor();
  } },
  { name: "desk-upcoming", open: (scene) => during(scene, "#upcoming") },
  { name: "desk-upcoming-many", open: async (scene) => {
    await tellMany(scene.page, 130);
    await signIn(scene);
    await openDesk(scene, "#upcoming");
  } },
  { name: "desk-upcoming-empty", open: async (scene) => { await signIn(scene); await openDesk(scene, "#upcoming"); } },
  { name: "desk-share", content: SAMPLE, open: (scene) => sharing(scene, "#share") },
  { name: "desk-share-everyone", content: SAMPLE, open: (scene) => sharing(scene, "#share/*") },
  { name: "desk-share-empty", content: SAMPLE, open: async (scene) => { await signIn(scene); await openDesk(scene, "#share/nobody"); } },
  { name: "desk-share-missing", content: SAMPLE, open: (scene) => sharing(scene, "#share/aiko/nothing") },
  { name: "desk-link", content: SAMPLE, open: async (scene) => {
    await sharing(scene, "#share/aiko/intro");
    await scene.page.locator("#campaign").fill("spring-launch");
    await scene.page.locator("#source").fill("newsletter");
  } },
  { name: "desk-link-long", content: SAMPLE, open: async (scene) => {
    await sharing(scene, "#share/jonas/support");
    await scene.page.locator("#campaign").fill("春".repeat(300));
  } },
  { name: "desk-suggest", content: SAMPLE, open: async (scene) => {
    await sharing(scene, "#suggest/aiko/intro");
    await scene.page.locator("#zone").selectOption("America/New_York");
    await scene.page.locator("#letter").getByText(scene.locale === "ja" ? "ニューヨーク" : "New York").first().waitFor();
  } },
  { name: "desk-suggest-none", content: SAMPLE, open: async (scene) => {
    await scene.page.route(/\/api\/availability\//, (route) => route.fulfill({ json: { slots: [], windows: [] } }));
    await scene.page.route(/\/api\/host\/suggestions/, (route) => route.fulfill({ json: { starts: [], text: "", html: "" } }));
    await sharing(scene, "#suggest/aiko/intro");
  } },
  { name: "desk-suggest-invite-only", content: INVITED, open: (scene) => inviting(scene, "#suggest/wren/talk") },
  { name: "desk-share-invite-only", content: INVITED, open: (scene) => inviting(scene, "#share") },
  { name: "desk-link-invite-only", content: INVITED, open: (scene) => inviting(scene, "#share/wren/talk") },
  { name: "desk-invite", content: INVITED, open: (scene) => inviting(scene) },
  { name: "desk-invite-of-another", content: SAMPLE, open: (scene) => sharing(scene, "#invite/jonas/support") },
  { name: "desk-invite-made", content: INVITED, open: invited },
  { name: "desk-invite-code", content: INVITED, open: async (scene) => {
    await invited(scene);
    await scene.page.locator("article summary").first().click();
  } },
  { name: "desk-invite-mistakes", content: INVITED, open: async (scene) => {
    await inviting(scene);
    await scene.page.locator("#email").fill("mara@");
    await scene.page.locator("#uses").fill("0");
    await scene.page.locator("#dates summary").click();
    await scene.page.locator("#from").fill("2026-12-18");
    await scene.page.locator("#until").fill("2026-12-07");
    await scene.page.locator(".invite button:not([type])").click();
    await scene.page.locator("#until[aria-invalid]").waitFor();
  } },
  { name: "desk-invite-offline", content: INVITED, open: async (scene) => {
    await inviting(scene);
    await scene.visitor.context.setOffline(true);
    await scene.page.locator(".invite button:not([type])").click();
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "desk-invite-withdraw", content: INVITED, open: async (scene) => {
    await invited(scene);
    await scene.page.locator("[data-act=withdraw]").first().click();
    await scene.page.locator("dialog[open]").waitFor();
  } },
  { name: "desk-invite-withdrawn", content: INVITED, open: async (scene) => {
    await invited(scene);
    await scene.page.locator("[data-act=withdraw]").first().click();
    await scene.page.locator("dialog .danger").click();
    await scene.page.locator("article.off").waitFor();
    await scene.page.locator("#earlier summary").click();
  } },
  { name: "desk-embed", content: SAMPLE, open: async (scene) => {
    await sharing(scene, "#embed/aiko/intro");
    await scene.page.frameLocator(".live iframe").locator("h1").waitFor();
  } },
  { name: "desk-embed-button", content: SAMPLE, open: async (scene) => {
    await sharing(scene, "#embed/aiko/intro");
    await scene.page.locator("#way-button").check();
  } },
  { name: "desk-booking", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
  } },
  { name: "desk-cancel", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
    await scene.page.locator("[data-act=cancel]").click();
    await scene.page.locator("dialog textarea").fill("I have caught a cold.");
  } },
  { name: "desk-cancel-offline", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#booking/${scene.booked.Emma.booking.id}`);
    await scene.page.locator("[data-act=cancel]").click();
    await scene.visitor.context.setOffline(true);
    await scene.page.locator("dialog .danger").click();
    await scene.page.locator("dialog .errors").waitFor();
  } },
  { name: "desk-alike", content: MAILING, open: alike },
  { name: "desk-alike-unknown", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#alike/${scene.booked.Emma.booking.id}`);
  } },
  { name: "desk-alike-ask", content: MAILING, open: askAlike },
  { name: "desk-alike-offline", content: MAILING, open: async (scene) => {
    await askAlike(scene);
    await scene.visitor.context.setOffline(true);
    await scene.page.locator("dialog .danger").click();
    await scene.page.locator("dialog .errors").waitFor();
  } },
  { name: "desk-move", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#move/${scene.booked.Emma.booking.id}`);
    await scene.page.locator("[name=start]").nth(3).check();
    await scene.page.locator("#other summary").click();
  } },
  { name: "desk-move-taken", open: async (scene) => {
    await during(scene);
    await openDesk(scene, `#move/${scene.booked.Emma.booking.id}`);
    await scene.page.locator("#other summary").click();
    await scene.page.locator("#other-date").fill("2026-11-27");
    await scene.page.locator("#other-time").fill("14:00");
    await scene.page.locator(".stay button").click();
    await scene.page.locator(".errors").waitFor();
  } },
  { name: "desk-past", open: async (scene) => {
    scene.booked = await bookAll(scene.site, scene.locale);
    await goOnAt(scene, "2026-11-26T00:30:00Z");
    await signIn(scene);
    const outcome = (name, outcome) => scene.page.request.post(`/api/host/bookings/${scene.booked[name].booking.id}/outcome`, { data: { outcome }, headers: { Origin: scene.site.url } });
    await outcome("Jun", "completed");
    await outcome("Oluwaseun", "no_show");
    await openDesk(scene, "#past");
  } },
  { name: "desk-past-empty", open: async (scene) => { await signIn(scene); await openDesk(scene, "#past"); } },
  { name: "desk-contacts", open: async (scene) => { await tellContacts(scene.page); await signIn(scene); await openDesk(scene, "#contacts"); } },
  { name: "desk-contact", open: async (scene) => { await tellContacts(scene.page); await signIn(scene); await openDesk(scene, "#contacts/k1"); } },
  { name: "desk-deliveries", open: async (scene) => {
    scene.booked = await bookAll(scene.site, scene.locale);
    await tellParked(scene.page, scene.booked.Mara.booking.id);
    await signIn(scene);
    await openDesk(scene, "#today");
    await openDesk(scene, "#deliveries");
  } },
  { name: "desk-today-calendars", open: async (scene) => { await tellCalendars(scene.page); await during(scene); } },
  { name: "desk-booking-moved", open: (scene) => astray(scene, ["2026-11-27T06:00:00Z", "2026-11-27T06:30:00Z"]) },
  { name: "desk-booking-missing", open: (scene) => astray(scene, null) },
  { name: "desk-booking-moved-longer", open: (scene) => astray(scene, ["2026-11-27T06:00:00Z", "2026-11-27T07:15:00Z"]) },
  { name: "desk-booking-moved-past", open: (scene) => astray(scene, ["2025-11-27T06:00:00Z", "2025-11-27T06:30:00Z"]) },
  { name: "desk-booking-longer", open: (scene) => astray(scene, ["2026-11-26T02:00:00Z", "2026-11-26T03:00:00Z"]) },
  { name: "desk-booking-whole-day", open: (scene) => astray(scene, ["2026-11-25T15:00:00Z", "2026-11-26T15:00:00Z"], { wholeDays: true }) },
  { name: "desk-booking-moved-taken", open: (scene) => astray(scene, ["2026-11-27T06:00:00Z", "2026-11-27T06:30:00Z"], { taken: true }) },
  { name: "desk-calendars", open: async (scene) => {
    await tellCalendars(scene.page);
    await signIn(scene);
    await openDesk(scene, "#calendars");
    await scene.page.locator("summary").first().click();
  } },
  { name: "desk-calendars-empty", open: async (scene) => { await signIn(scene); await openDesk(scene, "#calendars"); } },
  { name: "desk-settings", open: async (scene) => { await signIn(scene); await openDesk(scene, "#settings"); } },
  { name: "desk-devices", open: async (scene) => { await tellDevices(scene.page); await signIn(scene); await openDesk(scene, "#settings"); } },
  { name: "desk-offline", open: async (scene) => {
    await during(scene);
    await scene.visitor.context.setOffline(true);
    await scene.page.evaluate(() => { location.hash = "#past"; });
    await scene.page.locator(".errors, .stale:not(:empty)").first().waitFor();
  } },
  { name: "desk-session-over", open: async (scene) => {
    await during(scene);
    await scene.page.context().clearCookies();
    await scene.page.locator("[data-act=accept]").click();
    await scene.page.locator(".sign-in").waitFor();
  } },
].map((state) => ({ content: CONTENT, ...state }));
