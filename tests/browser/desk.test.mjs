/** The host's own pages: signed in once, requests answered, meetings moved, cancelled and noted down, and what goes wrong on the way. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { DURING, MAILING, PHONE, THUMB, bookAll, goOnAt, openDesk, signIn, tellMany, wish } from "./harness/desk.mjs";
import { byKeyboard, byThumb } from "./harness/hands.mjs";
import { visitorTest } from "./harness/index.mjs";

const card = (page, name) => page.getByRole("article", { name });
const heading = (page, name) => page.getByRole("heading", { name, level: 1, exact: true });
const said = (page, text) => page.getByRole("status").getByText(text, { exact: true }).waitFor();
const named = async (site, name) => (await site.bookings("aiko")).find(({ contact }) => contact.name.startsWith(name));

/** The desk while meetings take place, with the host signed in. */
const during = async (scene, view) => {
  const booked = await bookAll(scene.site);
  await goOnAt(scene, DURING);
  await signIn(scene);
  await openDesk(scene, view);
  return booked;
};

visitorTest("a host signs in once on a device, and out again", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 401/);
  visitor.cookies.push("daymark_host");
  await page.goto("/host/#upcoming");
  await heading(page, "Sign in").waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("Enter your key").waitFor();
  await page.getByLabel("Host key").fill("aiko.nonsense");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("This key is not valid").waitFor();
  assert.equal(await page.getByLabel("Host key").inputValue(), "aiko.nonsense", "what was typed is kept");
  await page.getByLabel("Host key").fill(` ${await site.key("aiko")} `);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Upcoming").waitFor();
  const [cookie] = await visitor.context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], ["daymark_host", true, "Strict", "/"]);

  await page.reload();
  await heading(page, "Upcoming").waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByText("Signed in as Aiko Tanaka until Tuesday 8 December 2026. You stay signed in for longer each time you use these pages.").waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("You are signed out on this device").waitFor();
  assert.deepEqual(await visitor.context.cookies(), []);
  await page.reload();
  await heading(page, "Sign in").waitFor();
});

visitorTest("a link signs in by its button, once", { ...PHONE, context: { ...PHONE.context, javaScriptEnabled: false } }, async ({ site, page, visitor }) => {
  visitor.expected.push(/status of 409/);
  visitor.cookies.push("daymark_host");
  const link = await site.link("aiko");
  await page.goto(link);
  await heading(page, "Sign in as Aiko Tanaka").waitFor();
  assert.deepEqual(await visitor.context.cookies(), [], "opening it changes nothing");
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Sign in" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${site.url}/host/`);
  const [cookie] = await visitor.context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ["daymark_host", true, "Strict"]);
  await visitor.context.clearCookies();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "This link has been used").waitFor();
  await page.getByRole("link", { name: "Other ways to sign in" }).click();
  await page.waitForURL(`${site.url}/host/`);
});

visitorTest("a link to sign in opens the desk", PHONE, async ({ site, page, visitor }) => {
  visitor.cookies.push("daymark_host");
  await page.goto(await site.link("aiko"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Today").waitFor();
});

visitorTest("a site that sends email offers a link by it", { ...PHONE, content: MAILING }, async ({ page, visitor }) => {
  visitor.expected.push(/status of 401/);
  await page.goto("/host/");
  await heading(page, "Sign in").waitFor();
  const field = page.getByLabel("Your name in links");
  const send = page.getByRole("button", { name: "Email me a link" });
  await send.click();
  await page.getByRole("alert").getByText("Enter your name in links").waitFor();
  await field.and(page.locator(":focus")).waitFor();
  await field.fill("aiko@example.com");
  await send.click();
  await page.getByRole("alert").getByText("This is an email address").waitFor();
  for (const name of ["aiko", "nobody"]) {
    await field.fill(name);
    await page.keyboard.press("Enter");
    await page.getByText(`If “${name}” is a host on this site, a link is on its way to their email address. It works once, for ten minutes. Only a few are sent each hour.`).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  }
  await page.getByLabel("Host key").fill("aiko.nonsense");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("This key is not valid").waitFor();
});

visitorTest("a host sees the devices, and signs out the others", PHONE, async (scene) => {
  const { page, site, visitor } = scene;
  const agents = {
    phone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    firefox: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", curl: "curl/8.5.0",
  };
  const cookies = {};
  for (const [name, agent] of Object.entries(agents)) {
    const answer = await fetch(`${site.url}/api/host/session`, { method: "POST", headers: { "Content-Type": "application/json", "User-Agent": agent }, body: JSON.stringify({ key: await site.key("aiko") }) });
    cookies[name] = answer.headers.get("set-cookie").split(";")[0];
  }
  const statusOf = async (name) => (await fetch(`${site.url}/api/host/session`, { headers: { Cookie: cookies[name] } })).status;
  await signIn(scene);
  await openDesk(scene, "#settings");
  const devices = page.getByRole("region", { name: "Devices that you are signed in on" }).getByRole("listitem");
  assert.equal(await devices.count(), 4);
  const own = devices.filter({ hasText: "This device" });
  assert.equal(await own.count(), 1);
  assert.deepEqual(await devices.locator("b").allTextContents().then((names) => names.slice(1).sort()), ["Firefox on Windows", "Safari on iPhone", "Unknown device"]);
  assert.match(await devices.filter({ hasText: "Safari on iPhone" }).innerText(), /Signed in Tuesday 24 November, 12:00.*Last used around Tuesday 24 November, 12:00/s);
  await page.getByRole("button", { name: "Sign out Safari on iPhone" }).press("Enter");
  await said(page, "Signed out: Safari on iPhone.");
  assert.deepEqual([await statusOf("phone"), await statusOf("firefox")], [401, 200]);
  await page.getByRole("button", { name: "Sign out on all other devices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out on all other devices" }).click();
  await said(page, "You are signed out on all other devices.");
  assert.equal(await devices.count(), 1);
  assert.equal(await page.getByRole("button", { name: "Sign out on all other devices" }).count(), 0);
  assert.deepEqual([await statusOf("firefox"), await statusOf("curl")], [401, 401]);
  await page.reload();
  await heading(page, "Settings").waitFor();
  assert.equal((await visitor.context.cookies()).length, 1, "this device stays signed in");
});

visitorTest("a long list says how long it is, and goes on", PHONE, async (scene) => {
  const { page } = scene;
  await tellMany(page, 250, 120);
  await signIn(scene);
  await openDesk(scene, "#upcoming");
  const cards = page.getByRole("article");
  const more = page.getByRole("button", { name: "Show more" });
  assert.equal(await cards.count(), 100);
  await page.getByText("Showing 100 of 250.").waitFor();
  await more.press("Enter");
  await page.getByText("Showing 200 of 250.").waitFor();
  const focused = () => page.evaluate(() => document.activeElement.querySelector(".name")?.textContent);
  assert.equal(await focused(), "Visitor 101", "the first of what is new");
  await more.click();
  assert.equal(await cards.count(), 250);
  assert.equal(await focused(), "Visitor 201");
  assert.equal(await more.count(), 0);
});

visitorTest("signing out everywhere ends what other devices hold", PHONE, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/status of 401/);
  await signIn(scene);
  const [other] = await visitor.context.cookies();
  await signIn(scene);
  await openDesk(scene, "#settings");
  await page.getByRole("button", { name: "Sign out on all devices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay signed in" }).click();
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByRole("button", { name: "Sign out on all devices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out on all devices" }).click();
  await heading(page, "Sign in").waitFor();
  await visitor.context.addCookies([other]);
  await page.reload();
  await heading(page, "Sign in").waitFor();
});

visitorTest("who signs in or out in one tab does so in all of them", {}, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 401/);
  const [start] = await site.slots("aiko/intro");
  await site.book("aiko/intro", start);
  await signIn(scene);
  await openDesk(scene, "#upcoming");
  await page.getByRole("article").waitFor();
  const other = await visitor.context.newPage();
  await openDesk({ ...scene, page: other }, "#settings");
  await other.getByText("Signed in as Aiko Tanaka").waitFor();
  await other.getByRole("button", { name: "Sign out", exact: true }).click();
  await heading(page, "Sign in").waitFor();
  assert.equal(await page.getByRole("article").count(), 0);
  await other.getByLabel("Host key").fill(await site.key("jonas"));
  await other.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Upcoming").waitFor();
  assert.equal(await page.getByRole("article").count(), 0, "nothing of the former host's is left");
  assert.match(await page.title(), /Jonas Weber/);
});

visitorTest("today has what waits for an answer on top, and what runs, is near, and comes next", PHONE, async (scene) => {
  const { page } = scene;
  await during(scene);
  const headings = await page.getByRole("main").getByRole("heading").allTextContents();
  assert.deepEqual(headings, ["Today", "Waiting for your answer", "Ben Okafor", "Today’s meetings", "Jun Sato", "Mara Lind", "Oluwaseun Adeyemi-Richardson", "Next: Thursday 26 November", "Emma Petit"]);
  assert.match(await card(page, "Mara Lind").innerText(), /^10:00–10:30\s+Now\s+Mara Lind\s+Introductory call30 minutesVideo call\s+Join the call/);
  assert.match(await card(page, "Oluwaseun").innerText(), /^10:30–11:00\s+In 20 minutes/);
  assert.equal(await card(page, "Mara Lind").getByRole("link", { name: "Join the call" }).getAttribute("href"), "https://meet.example.com/rooms/aiko");
  await card(page, "Mara Lind").getByText("Details").click();
  const details = await card(page, "Mara Lind").locator("dl").innerText();
  assert.equal(details.replace(/\s+/g, " ").trim(), "Email mara@example.org What would you like to talk about? Moving our studio to Kyoto. And what it costs. "
    + "Your number +49 30 5550 0123 Where https://meet.example.com/rooms/aiko Mara Lind’s time Wednesday 25 November, 02:00–02:30 Berlin, night "
    + "Came from utm_campaign spring utm_source newsletter Booked Tuesday 24 November, 12:00");
  assert.equal(await card(page, "Mara Lind").getByRole("link", { name: "+49 30 5550 0123" }).getAttribute("href"), "tel:+493055500123");
});

visitorTest("an address is a link that writes to it, and does nothing else", PHONE, async (scene) => {
  const { site, page } = scene;
  const [start, , later] = await site.slots("aiko/intro");
  const odd = "x?bcc=eve%40evil.example&subject=hi#a/b@example.org";
  const dotted = "foo..bar@docomo.ne.jp";
  await site.book("aiko/intro", start, { contact: { name: "Odd", email: odd }, guests: [dotted, "leo+work@example.org"] });
  await site.book("aiko/intro", later, { contact: { name: "Dotted", email: dotted } });
  await signIn(scene);
  await openDesk(scene, "#upcoming");
  const leadsTo = (address) => page.getByRole("main").getByRole("link", { name: address, exact: true }).first().getAttribute("href");
  const link = "mailto:x%3Fbcc%3Deve%2540evil.example%26subject%3Dhi%23a%2Fb@example.org";
  await card(page, "Odd").getByText("Details").click();
  assert.deepEqual(await Promise.all([odd, dotted, "leo+work@example.org"].map(leadsTo)),
    [link, "mailto:%22foo..bar%22@docomo.ne.jp", "mailto:leo%2Bwork@example.org"]);
  for (const [name, address, expected] of [["Odd", odd, link], ["Dotted", dotted, "mailto:%22foo..bar%22@docomo.ne.jp"]]) {
    await openDesk(scene, "#contacts");
    await page.getByRole("link", { name, exact: true }).click();
    await heading(page, name).waitFor();
    assert.equal(await leadsTo(address), expected);
  }
});

visitorTest("a request is accepted with one press, and the focus stays with it", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  await card(page, "Ben Okafor").getByRole("button", { name: "Accept" }).dblclick();
  await said(page, "Accepted: Ben Okafor, Thursday 26 November, 13:00.");
  assert.equal((await named(site, "Ben")).status, "confirmed");
  assert.equal(await page.getByRole("heading", { name: "Waiting for your answer" }).count(), 0);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Ben Okafor/);
});

visitorTest("declining asks first, with the keyboard alone", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  await card(page, "Ben Okafor").getByRole("button", { name: "Decline" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Decline Ben Okafor’s request?" });
  await dialog.getByText("This site sends no email: please tell Ben Okafor yourself.").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await named(site, "Ben")).status, "requested");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Decline", "the focus is back");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await said(page, "Declined: Ben Okafor, Thursday 26 November, 13:00.");
  assert.equal((await named(site, "Ben")).status, "declined");
});

for (const [answer, expected, words] of [["Accept", "2026-11-27T01:00:00Z", "Moved: Ben Okafor, now Friday 27 November, 10:00."], ["Decline", "2026-11-26T04:00:00Z", "Declined: Ben Okafor stays at Thursday 26 November, 13:00."]]) {
  visitorTest(`another time that a visitor asks for is answered: ${answer}`, PHONE, async (scene) => {
    const { site, page } = scene;
    const { Ben } = await bookAll(site);
    await wish(site, Ben, "2026-11-27T01:00:00Z");
    await goOnAt(scene, DURING);
    await signIn(scene);
    await openDesk(scene);
    const asked = page.getByRole("region", { name: "Waiting for your answer" }).getByRole("article");
    assert.match(await asked.innerText(), /^Friday 27 November\s+10:00–11:00\s+Request to move\s+Ben Okafor\s+Studio visitinstead of Thursday 26 November, 13:00/);
    await asked.getByRole("button", { name: answer }).click();
    if (answer === "Decline") await page.getByRole("dialog", { name: "Decline Ben Okafor’s request for another time?" }).getByRole("button", { name: "Decline" }).click();
    await said(page, words);
    const { status, start, proposed } = await named(site, "Ben");
    assert.deepEqual([status, start, proposed], ["confirmed", expected, undefined]);
  });
}

visitorTest("where the site sends mail, the host is told that the visitor is", PHONE, async (scene) => {
  const { page } = scene;
  await page.route(/\/api\/host\/session/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), mail: true } });
  });
  await during(scene);
  await card(page, "Ben Okafor").getByText("Ben Okafor will be told by email.").waitFor();
});

visitorTest("a request that its visitor took back meanwhile says so", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 409/);
  const booked = await during(scene);
  await site.act(booked.Ben.booking, "decline");
  await card(page, "Ben Okafor").getByRole("button", { name: "Accept" }).click();
  await card(page, "Ben Okafor").waitFor({ state: "detached" });
  assert.equal((await named(site, "Ben")).status, "declined");
});

visitorTest("a meeting is cancelled with a reason, and without a connection not at all", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await during(scene);
  await card(page, "Emma Petit").getByText("Details").click();
  await card(page, "Emma Petit").getByRole("button", { name: "Cancel" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel the meeting with Emma Petit?" });
  await dialog.getByLabel("Reason").fill("I have caught a cold.");
  await visitor.context.setOffline(true);
  await dialog.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog.getByRole("alert").getByText("There is no connection").waitFor();
  assert.equal(await dialog.getByLabel("Reason").inputValue(), "I have caught a cold.");
  await visitor.context.setOffline(false);
  await dialog.getByRole("button", { name: "Cancel the meeting" }).click();
  await said(page, "Cancelled: Emma Petit, Thursday 26 November, 11:00.");
  const { status, cancel_reason: reason } = await named(site, "Emma");
  assert.deepEqual([status, reason], ["cancelled", "I have caught a cold."]);
});

visitorTest("a meeting is cancelled, and its answer lost with the connection: it is not said that nothing was changed", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/ERR_FAILED/, /ERR_INTERNET_DISCONNECTED/);
  await during(scene);
  await page.route("**/api/host/bookings/*/cancel", async (route) => {
    await route.fetch();
    await visitor.context.setOffline(true);
    await route.abort();
  });
  await card(page, "Emma Petit").getByText("Details").click();
  await card(page, "Emma Petit").getByRole("button", { name: "Cancel" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel the meeting with Emma Petit?" });
  await dialog.getByRole("button", { name: "Cancel the meeting" }).click();
  await dialog.getByRole("alert").getByText("It is not known whether this was done", { exact: true }).waitFor();
  await visitor.context.setOffline(false);
  assert.equal((await named(site, "Emma")).status, "cancelled");
});

visitorTest("back closes the dialog that asks, and nothing else; once it was answered, back leads on", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  await page.getByRole("link", { name: "Upcoming" }).click();
  await heading(page, "Upcoming").waitFor();
  await card(page, "Emma Petit").getByText("Details").click();
  const ask = () => card(page, "Emma Petit").getByRole("button", { name: "Cancel" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel the meeting with Emma Petit?" });
  await ask();
  await dialog.waitFor();
  await page.goBack();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(new URL(page.url()).hash, "#upcoming");
  assert.equal(await heading(page, "Upcoming").count(), 1);
  for (const isAgain of [false, true]) {
    await ask();
    await dialog.getByRole("button", { name: "Keep" }).click();
    await dialog.waitFor({ state: "hidden" });
    // Asked again at once, it stays open.
    if (isAgain) {
      await card(page, "Emma Petit").getByRole("button", { name: "Cancel" }).evaluate((button) => {
        button.click();
        document.querySelector("dialog [type=button]").click();
        button.click();
      });
      await page.waitForTimeout(300);
      assert.equal(await dialog.count(), 1);
      await page.goBack();
      await dialog.waitFor({ state: "hidden" });
    }
  }
  assert.equal((await named(site, "Emma")).status, "confirmed");
  await page.goBack();
  await heading(page, "Today").waitFor();
});

visitorTest("a meeting is moved to a time that its page offers, and the way back is the browser's", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene, "#upcoming");
  await card(page, "Emma Petit").getByText("Details").click();
  await card(page, "Emma Petit").getByRole("link", { name: "Move" }).click();
  await heading(page, "Move the meeting").waitFor();
  await page.goBack();
  await heading(page, "Upcoming").waitFor();
  await page.goForward();
  await page.getByText("Friday 27 November", { exact: true }).click();
  await page.getByText("16:00", { exact: true }).click();
  await page.getByRole("button", { name: "Move to Friday 27 November, 16:00" }).click();
  await said(page, "Moved: Emma Petit, now Friday 27 November, 16:00.");
  await heading(page, "Booking").waitFor();
  const { start, sequence } = await named(site, "Emma");
  assert.deepEqual([start, sequence], ["2026-11-27T07:00:00Z", 1]);
});

visitorTest("any other time can be named, never one that is taken", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 409/);
  const { Emma } = await during(scene);
  await openDesk(scene, `#move/${Emma.booking.id}`);
  await page.getByText("Another date or time").click();
  await page.getByLabel("Date", { exact: true }).fill("2026-11-27");
  await page.locator("#other-time").fill("14:00");
  await page.getByRole("button", { name: "Move to Friday 27 November, 14:00" }).click();
  await page.getByRole("alert").getByText("You have another meeting then").waitFor();
  assert.equal(await page.locator("#other-time").inputValue(), "14:00", "what was typed is kept");
  assert.equal(await page.getByRole("group", { name: "These times are free" }).getByRole("radio").count(), 5);
  await page.getByLabel("Date", { exact: true }).fill("2026-11-28");
  await page.locator("#other-time").fill("20:15");
  await page.getByRole("button", { name: "Move to Saturday 28 November, 20:15" }).click();
  await heading(page, "Booking").waitFor();
  assert.equal((await named(site, "Emma")).start, "2026-11-28T11:15:00Z");
});

visitorTest("how a meeting went is noted, changed, and taken back", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  const outcome = (name) => card(page, "Jun Sato").getByRole("button", { name });
  for (const [name, expected] of [["Completed", "completed"], ["No show", "no_show"]]) {
    await outcome(name).click();
    await said(page, `Jun Sato: ${name}.`);
    assert.equal(await outcome(name).getAttribute("aria-pressed"), "true");
    assert.equal((await named(site, "Jun")).outcome, expected);
  }
  assert.equal(await outcome("Completed").getAttribute("aria-pressed"), "false");
  await outcome("No show").click();
  await said(page, "Jun Sato: outcome removed.");
  assert.equal((await named(site, "Jun")).outcome, null);
  await outcome("Completed").click();
  await said(page, "Jun Sato: Completed.");
  await page.getByRole("link", { name: "Past" }).click();
  await heading(page, "Past").waitFor();
  assert.equal(await page.getByRole("heading", { name: "How did these go?" }).count(), 0);
  assert.match(await card(page, "Jun Sato").innerText(), /^09:00–09:30\s+Completed/);
});

visitorTest("what a meeting belongs to is named and removed", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  const jun = card(page, "Jun Sato");
  await jun.getByText("Details").click();
  await jun.getByText("Deal 4711").waitFor();
  await jun.getByLabel("Type", { exact: true }).fill("ticket");
  await jun.getByLabel("Number or name").fill("T-9");
  await page.keyboard.press("Enter");
  await jun.getByText("Ticket T-9").waitFor();
  await jun.getByRole("button", { name: "Remove Deal 4711" }).click();
  await jun.getByText("Deal 4711").waitFor({ state: "detached" });
  const { associations, outcome } = await named(site, "Jun");
  assert.deepEqual([associations, outcome], [[{ type: "ticket", id: "T-9" }], null]);
});

visitorTest("a notice that was given up is sent again", PHONE, async (scene) => {
  const { page } = scene;
  await signIn(scene);
  const parked = [{ id: "aiko.12", booking: null, event: "booking.confirmed", destination: "https://hooks.example.com/", state: "parked", attempts: 10, next_attempt_at: null, last_error: "it answered 500" }];
  await page.route(/deliveries\?state=parked/, (route) => route.fulfill({ json: { deliveries: parked } }));
  const replayed = [];
  await page.route(/deliveries\/.*\/replay/, (route) => {
    replayed.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
    parked.length = 0;
    return route.fulfill({ json: { delivery: { id: "aiko.12", state: "pending" } } });
  });
  await openDesk(scene);
  await page.getByRole("link", { name: "1 notification could not be delivered" }).click();
  await page.getByText("Last attempt: it answered 500").waitFor();
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByText("No notifications have failed.").waitFor();
  assert.deepEqual(replayed, ["POST /api/host/deliveries/aiko.12/replay"]);
});

visitorTest("a session that has ended is opened again, and one goes on where one was", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 401/);
  const { Emma } = await during(scene);
  await openDesk(scene, `#booking/${Emma.booking.id}`);
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  await page.getByLabel("Reason").fill("A long reason.");
  const key = await site.key("aiko");
  await fetch(`${site.url}/api/host/session/end`, { method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: '{"everywhere":true}' });
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the meeting" }).click();
  await page.getByText("Your session has ended").waitFor();
  await page.getByLabel("Host key").fill(key);
  await page.keyboard.press("Enter");
  await heading(page, "Booking").waitFor();
  await page.getByRole("button", { name: "Cancel the meeting" }).click();
  assert.equal(await page.getByLabel("Reason").inputValue(), "A long reason.", "what was typed is kept");
  assert.equal((await named(site, "Emma")).status, "confirmed");
});

visitorTest("without a connection what was read stays, and is read again when it is back", PHONE, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await during(scene, "#upcoming");
  await visitor.context.setOffline(true);
  await page.getByRole("link", { name: "Today" }).click();
  await page.getByText("There is no connection. This is how it was at 10:10.").waitFor();
  await card(page, "Mara Lind").waitFor();
  await card(page, "Ben Okafor").getByRole("button", { name: "Accept" }).click();
  await card(page, "Ben Okafor").getByRole("alert").getByText("There is no connection").waitFor();
  await site.book("aiko/intro", "2026-11-25T05:00:00Z", { contact: { name: "Late Comer", email: "late@example.org" } });
  await visitor.context.setOffline(false);
  await card(page, "Late Comer").waitFor();
  assert.equal(await page.getByText("There is no connection. This is as of").count(), 0);
});

visitorTest("without JavaScript the pages say what to do", { ...PHONE, context: { javaScriptEnabled: false } }, async ({ page, visitor }) => {
  await page.goto("/host/");
  const text = await page.getByRole("main").innerText();
  assert.equal(text.replace(/\s+/g, " "), "These pages need JavaScript Please turn it on in this browser and open them again. "
    + "You can also answer requests without it, from the link in the email about each one.");
  assert.deepEqual(visitor.complaints, []);
});

visitorTest("the feed's address is copied, and opens the calendar", { ...PHONE, context: { permissions: ["clipboard-read", "clipboard-write"] } }, async (scene) => {
  const { page, site } = scene;
  await during(scene, "#settings");
  await page.getByRole("button", { name: "Copy the address" }).click();
  await said(page, "Copied.");
  const address = await page.evaluate(() => navigator.clipboard.readText());
  const calendar = await (await fetch(address)).text();
  assert.equal(address.startsWith(`${site.url}/api/host/calendar.ics?token=aiko.`), true);
  assert.equal(calendar.match(/BEGIN:VEVENT/g).length, 6);
});

visitorTest("the other language keeps the view", { ...PHONE, context: {} }, async (scene) => {
  const { page } = scene;
  await during(scene, "#past");
  await page.getByRole("link", { name: "日本語" }).click();
  await heading(page, "過去の予約").waitFor();
  assert.equal(await page.evaluate(() => location.pathname + location.hash), "/ja/host/#past");
  // Booked in English: the host reads the page's name in the host's own language.
  await page.getByRole("link", { name: "今日" }).click();
  await card(page, "Mara Lind").getByText("初回のご相談").waitFor();
});

visitorTest("a contact is looked up, taken along as a table, and erased", PHONE, async (scene) => {
  const { site, page } = scene;
  await during(scene);
  // The contact's ledger hears of a booking a little later.
  const owned = async () => (await (await page.request.get("/api/host/contacts")).json()).contacts.every(({ owner }) => owner);
  for (let tries = 0; !(await owned()); tries += 1) {
    assert.ok(tries < 50, "the contacts have no owner");
    await page.waitForTimeout(200);
  }
  await page.getByRole("link", { name: "Contacts" }).click();
  await heading(page, "Contacts").waitFor();
  const item = page.getByRole("listitem").filter({ hasText: "mara@example.org" });
  assert.match(await item.innerText(), /From newsletter \/ spring/);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download as a spreadsheet (CSV)" }).click()]);
  assert.equal(file.suggestedFilename(), "contacts-2026-11-25.csv");
  // Excel on Japanese Windows reads a file as UTF-8 only if it begins with the mark; programs get none from the
  // endpoint.
  const table = await readFile(await file.path(), "utf8");
  assert.match(table, /^\ufeff"key","name",/);
  assert.ok(!table.includes("\ufeff", 1));
  const asked = await (await page.request.get("/api/host/contacts?format=csv")).body();
  assert.equal(asked.subarray(0, 5).toString(), '"key"');

  await item.getByRole("link", { name: "Mara Lind" }).click();
  await heading(page, "Mara Lind").waitFor();
  const sheet = await page.locator(".sheet").innerText();
  assert.match(sheet, /Owner\s+You\n/);
  await page.getByRole("button", { name: "Erase this contact" }).click();
  await page.getByRole("dialog").getByText("Erase Mara Lind?").waitFor();
  await page.getByRole("button", { name: "Keep" }).click();
  await heading(page, "Mara Lind").waitFor();
  await page.getByRole("button", { name: "Erase this contact" }).click();
  await page.getByRole("button", { name: "Erase for good" }).click();
  await said(page, "Mara Lind is being erased.");
  assert.equal(await page.getByRole("link", { name: "Mara Lind" }).count(), 0, "at once");
  for (let tries = 0; JSON.stringify(await site.bookings("aiko")).includes("mara@example.org"); tries += 1) {
    assert.ok(tries < 50, "the address is still there");
    await page.waitForTimeout(200);
  }
  await page.reload();
  await heading(page, "Contacts").waitFor();
  await page.getByRole("listitem").filter({ hasText: "jun@example.org" }).waitFor();
  assert.equal(await page.getByText("mara@example.org").count(), 0);
});

for (const [means, options, handOf] of [["by thumb", THUMB, byThumb], ["by keyboard", PHONE, byKeyboard]]) {
  visitorTest(`a host's day, ${means}`, options, async (scene) => {
    const { site, page } = scene;
    const hand = handOf(page);
    await during(scene);
    await hand.press(card(page, "Ben Okafor").getByRole("button", { name: "Accept" }));
    await said(page, "Accepted: Ben Okafor, Thursday 26 November, 13:00.");
    await hand.press(card(page, "Jun Sato").getByRole("button", { name: "No show" }));
    await said(page, "Jun Sato: No show.");
    await hand.press(page.getByRole("link", { name: "Upcoming" }));
    await heading(page, "Upcoming").waitFor();
    await hand.press(card(page, "鈴木 一郎").locator("summary"));
    await hand.press(card(page, "鈴木 一郎").getByRole("button", { name: "Cancel" }));
    const dialog = page.getByRole("dialog");
    await hand.write(dialog.getByLabel("Reason"), "Snow.");
    await hand.press(dialog.getByRole("button", { name: "Cancel the meeting" }));
    await said(page, "Cancelled: 鈴木 一郎, Friday 27 November, 14:00.");
    await hand.press(card(page, "Emma Petit").locator("summary"));
    await hand.press(card(page, "Emma Petit").getByRole("link", { name: "Move" }));
    await heading(page, "Move the meeting").waitFor();
    await hand.choose(page.getByRole("radio", { name: "Friday 27 November" }));
    await hand.choose(page.getByRole("radio", { name: "16:00" }));
    await hand.press(page.getByRole("button", { name: "Move to Friday 27 November, 16:00" }));
    await said(page, "Moved: Emma Petit, now Friday 27 November, 16:00.");
    await hand.press(page.getByRole("link", { name: "Settings" }));
    await hand.press(page.getByRole("button", { name: "Sign out", exact: true }));
    await page.getByText("You are signed out on this device").waitFor();
    const stand = Object.fromEntries((await site.bookings("aiko")).map(({ contact, status, outcome, start }) => [contact.name, [status, outcome, start]]));
    assert.deepEqual(stand["Ben Okafor"], ["confirmed", null, "2026-11-26T04:00:00Z"]);
    assert.deepEqual(stand["Jun Sato"], ["confirmed", "no_show", "2026-11-25T00:00:00Z"]);
    assert.deepEqual(stand["鈴木 一郎"], ["cancelled", "cancelled", "2026-11-27T05:00:00Z"]);
    assert.deepEqual(stand["Emma Petit"], ["confirmed", null, "2026-11-27T07:00:00Z"]);
  });
}

/** What visitors write, and what addresses say, may be the name of something that every object has. */
visitorTest("names that every object has are words like any other", {}, async (scene) => {
  const { site, page } = scene;
  const [start, , later] = await site.slots("aiko/intro");
  await site.book("aiko/intro", start, { answers: { topic: "constructor" } });
  await site.book("aiko/intro", later, { answers: { topic: "__proto__" } });
  await signIn(scene);
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf/x"]) {
    await openDesk(scene, `#${name}`);
    await heading(page, "Today").waitFor();
  }
  await openDesk(scene, "#deliveries/constructor");
  assert.equal(await page.locator(".tabs [aria-current=true]").count(), 1);
  await openDesk(scene, "#upcoming");
  const text = await page.locator("main").textContent();
  assert.ok(!/native code|\[object/.test(text), text);
  for (const answer of ["constructor", "__proto__"]) assert.ok(text.includes(answer), text);
});
