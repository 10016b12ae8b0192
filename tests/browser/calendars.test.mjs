/** Calendars: what a visitor reads where nobody knows whether the host is busy; and what a host does at the desk about a meeting that
 * they have moved or deleted in their own, and about an event that makes a calendar unknown. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { CONTENT, astray, openDesk, signIn } from "./harness/desk.mjs";
import { visitorTest } from "./harness/index.mjs";
import { TEN, time } from "./harness/steps.mjs";

const CALENDARS = { content: join(import.meta.dirname, "content/calendars") };

/** From a page to its details, filled in, with the words of that language on its button. */
const toDetails = async (page, path, next) => {
  await page.goto(path);
  await time(page, TEN).check();
  const asked = page.waitForResponse((response) => response.url().includes("?start="));
  await page.getByRole("button", { name: next }).click();
  await asked;
};

const fillIn = async (page) => {
  await page.locator("[name='contact.name']").fill("Mia Berg");
  await page.locator("[name='contact.email']").fill("mia@example.com");
};

visitorTest("where the calendar cannot be read, the visitor knows that they ask", CALENDARS, async ({ site, page }) => {
  await toDetails(page, "/wren/asks/", "Continue");
  await page.getByText("The calendar cannot be read at the moment, so this will be a request: your host will accept or decline it.").waitFor();
  await fillIn(page);
  await page.getByRole("button", { name: "Request Wednesday 25 November, 10:00" }).click();
  await page.getByRole("heading", { name: "You have requested this meeting" }).waitFor();
  const booking = await site.onlyBooking("wren");
  assert.deepEqual([booking.status, booking.unknown_calendar], ["requested", true]);
});

visitorTest("where such a time is refused, the visitor knows that before and after", CALENDARS, async ({ site, page, visitor }) => {
  visitor.expected.push(/503/, /availability/, /ERR_FAILED/);
  await page.goto("/wren/refuses/");
  await page.getByRole("heading", { name: "The calendar cannot be read at the moment. Please try again in a few minutes." }).waitFor();
  assert.equal(await time(page, TEN).count(), 0, "nobody can have it now");
  // The list of somebody who came before the calendar failed.
  const list = (url) => url.pathname === "/api/availability/wren/refuses" && !url.searchParams.has("start");
  await page.route(list, (route) => route.abort());
  await toDetails(page, "/wren/refuses/", "Continue");
  await page.getByText("The calendar cannot be read at the moment, so this time cannot be booked yet. Please try again in a few minutes.").waitFor();
  await fillIn(page);
  await page.getByRole("button", { name: "Try to book Wednesday 25 November, 10:00" }).click();
  await page.getByRole("heading", { name: "The calendar cannot be reached" }).waitFor();
  assert.equal(await page.locator("[name='contact.name']").inputValue(), "Mia Berg", "what was typed stays");
  assert.deepEqual(await site.bookings("wren"), []);
  // The host's own page does not deny what nobody knows.
  await page.unroute(list);
  await page.goto("/wren/");
  const entry = page.getByRole("listitem").filter({ has: page.locator("a[href='/wren/refuses/']") });
  await entry.getByText("The calendar cannot be read at the moment. Please try again in a few minutes.").waitFor();
});

visitorTest("the same in Japanese", CALENDARS, async ({ page }) => {
  await toDetails(page, "/ja/wren/asks/", "次へ");
  await page.getByText("現在、カレンダーを確認できないため、お申し込みとして承ります。担当者が予定を確認し、お受けできるかどうかを後ほどご連絡いたします。").waitFor();
  await page.getByRole("button", { name: "11月25日（水）10:00で申し込む" }).waitFor();
});

const DESK = { content: CONTENT };
const FRIDAY = ["2026-11-27T06:00:00Z", "2026-11-27T06:30:00Z"];
const notice = (page) => page.locator(".notice");
const buttons = (page) => notice(page).getByRole("button").allInnerTexts();

visitorTest("what a host has made of a meeting in their calendar is said, with what can be done about it", DESK, async (scene) => {
  const { page } = scene;
  await astray(scene, null);
  await page.unrouteAll();
  for (const [movedTo, wholeDays, words, acts] of [
    [null, false, "This meeting was deleted or cancelled in your calendar “work”. It still takes place: cancel it, or put it back.", ["Cancel the meeting", "Put it back"]],
    [FRIDAY, false, "In your calendar “work”, this meeting is now on Friday 27 November, 15:00. It still takes place at the time above: move it there, or put it back.", ["Move the meeting there", "Put it back"]],
    [["2026-11-27T06:00:00Z", "2026-11-27T07:15:00Z"], false, "In your calendar “work”, this meeting is now from Friday 27 November, 15:00 until Friday 27 November, 16:15. It still takes place at the time above: move it there (its length stays as booked), or put it back.", ["Move the meeting there", "Put it back"]],
    [["2025-11-27T06:00:00Z", "2025-11-27T06:30:00Z"], false, "In your calendar “work”, this meeting is now on Thursday 27 November, 15:00, which is past. It still takes place at the time above: cancel it, or put it back.", ["Cancel the meeting", "Put it back"]],
    [["2026-11-26T02:00:00Z", "2026-11-26T03:00:00Z"], false, "In your calendar “work”, this meeting now ends at another time: Thursday 26 November, 12:00. It still ends at the time above: put it back, or leave it as it is.", ["Put it back", "Leave it as it is"]],
    [["2026-11-25T15:00:00Z", "2026-11-26T15:00:00Z"], true, "In your calendar “work”, this meeting is now an all-day event. It still takes place at the time above: put it back, or leave it as it is.", ["Put it back", "Leave it as it is"]],
    [FRIDAY, "taken", "In your calendar “work”, this meeting is now on Friday 27 November, 15:00, when you have another meeting. It still takes place at the time above: choose another time, put it back, or leave it as it is.", ["Put it back", "Leave it as it is"]],
  ]) {
    await page.unrouteAll();
    const told = { booking: scene.booked.Emma.booking.id, calendar: "work", since: "2026-11-24T02:30:00Z", moved_to: movedTo, whole_days: wholeDays === true, taken: wholeDays === "taken" };
    await page.route(/\/api\/host\/calendars$/, (route) => route.fulfill({ json: { astray: [told], calendars: [] } }));
    await page.reload();
    await notice(page).getByText(words, { exact: true }).waitFor();
    assert.deepEqual(await buttons(page), acts, words);
  }
});

visitorTest("an event that its host has lengthened is left as it is, and one is put back once its calendar can be reached", DESK, async (scene) => {
  const { page } = scene;
  const longer = ["2026-11-26T02:00:00Z", "2026-11-26T03:00:00Z"];
  await astray(scene, longer);
  await page.unrouteAll();
  const told = { booking: scene.booked.Emma.booking.id, calendar: "work", since: "2026-11-24T02:30:00Z", moved_to: longer, whole_days: false, taken: false };
  const work = { name: "work", kind: "caldav", role: "both", state: "failing", failing_since: "2026-11-24T02:00:00Z" };
  await page.route(/\/api\/host\/calendars$/, (route) => route.fulfill({ json: { astray: [told], calendars: [work] } }));
  await page.reload();
  await page.route(/\/put-back$/, (route) => route.fulfill({ json: { astray: [told], calendars: [work] } }));
  await notice(page).getByRole("button", { name: "Put it back" }).click();
  await page.getByRole("status").getByText("It will be back in your calendar once this site can reach “work” again.").waitFor();
  const asked = page.waitForRequest(/\/leave-copy$/);
  await page.route(/\/leave-copy$/, (route) => route.fulfill({ json: { astray: [], calendars: [work] } }));
  await notice(page).getByRole("button", { name: "Leave it as it is" }).click();
  assert.deepEqual((await asked).postDataJSON(), { start: longer[0], end: longer[1] });
  await page.getByRole("status").getByText("It stays as it is in your calendar.").waitFor();
  assert.equal(await notice(page).count(), 0);
});

visitorTest("a meeting that its visitor has moved meanwhile does not follow what its host has seen", DESK, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 409/);
  await astray(scene, FRIDAY);
  await site.reschedule(scene.booked.Emma, "2026-11-27T02:00:00Z");
  await notice(page).getByRole("button", { name: "Move the meeting there" }).click();
  await page.getByRole("alert").getByText("This meeting has been moved in the meantime").waitFor();
  await page.getByText("Its time has changed, here or in your calendar. Look at that first, then choose again.").waitFor();
  const emma = (await site.bookings("aiko")).find(({ contact }) => contact.name === "Emma Petit");
  assert.equal(emma.start, "2026-11-27T02:00:00Z", "its visitor's move stands");
});

visitorTest("an answer that is lost may have been a change, and is not said to be none", DESK, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/ERR_FAILED/);
  await astray(scene, FRIDAY);
  await page.route(/\/reschedule$/, async (route) => {
    // The calendar is made up: the endpoint, which knows of none, is not asked whether the meeting is there.
    const { follows_calendar: follows, ...move } = route.request().postDataJSON();
    assert.ok(follows, "only where the calendar has it");
    await route.fetch({ postData: move });
    await route.abort();
  }, { times: 1 });
  await notice(page).getByRole("button", { name: "Move the meeting there" }).click();
  await page.getByRole("alert").getByText("It is not known whether this was done").waitFor();
  assert.equal(await page.getByText("Nothing was changed").count(), 0);
  const emma = (await site.bookings("aiko")).find(({ contact }) => contact.name === "Emma Petit");
  assert.equal(emma.start, FRIDAY[0], "it was done");
  // What is there is read again.
  await page.locator(".when time").getByText("15:00").first().waitFor();
});

/** The desk's calendars, one of which is unknown by one event until the host leaves that out: answers as the endpoint gives them. */
const unknownByOne = async ({ page }) => {
  const event = { event: "990cb8ebd0afb715", cause: "rule", from: "2026-12-01T09:00:00Z", at: "2026-12-01T09:00:00Z" };
  const timeless = { event: null, cause: "unreadable", from: "2026-11-23T03:00:00Z", at: null };
  const tell = (more) => ({ astray: [], calendars: [{ name: "work", kind: "feed", role: "busy", state: "partial", read_at: "2026-11-24T02:58:10Z",
    known_until: "2026-12-01T09:00:00Z", reason: "a series repeats by a rule that is not understood", busy_count: 0, events: 2, skipped: "", busy: [], ...more }] });
  const before = tell({ unknown_events: [event, timeless], left_out: [] });
  const after = tell({ unknown_events: [timeless], left_out: [event], skipped: "left_out 1" });
  const said = [];
  await page.route(/\/api\/host\/calendars$/, (route) => route.fulfill({ json: before }));
  await page.route(/\/api\/host\/calendars\/work\/(leave-out|count-again)$/, (route) => {
    const act = new URL(route.request().url()).pathname.split("/").at(-1);
    said.push([act, route.request().postDataJSON().event]);
    return route.fulfill({ json: act === "leave-out" ? after : before });
  });
  return said;
};

for (const [language, prefix, words] of [
  ["English", "/", { leave: "Leave this one out", again: "Count it again", is: "Event on Tuesday 1 December 2026, 18:00\nIt repeats by a rule that is not understood.\nLeave this one out",
    timeless: "An event without a readable time", hint: "An event that you leave out takes no time on your pages: times during it can be booked.",
    done: "From now on, that event in “work” is left out.", undone: "From now on, that event in “work” counts again.", title: "Left out by you:",
    out: "Event on Tuesday 1 December 2026, 18:00\nCount it again", count: "Not counted: 1 left out by you" }],
  ["Japanese", "/ja/", { leave: "この予定を除外する", again: "除外をやめる", is: "2026年12月1日（火）18:00の予定\n繰り返しの規則を解釈できません。\nこの予定を除外する",
    timeless: "日時を読み取れない予定", hint: "除外した予定の時間は、予約を受け付けます。",
    done: "カレンダー「work」のこの予定を除外しました。", undone: "カレンダー「work」のこの予定の除外をやめました。", title: "除外した予定：",
    out: "2026年12月1日（火）18:00の予定\n除外をやめる", count: "対象外：除外の設定1件" }],
]) {
  visitorTest(`a host leaves out an event that makes a calendar unknown, and has it count again: ${language}`, DESK, async (scene) => {
    const { page } = scene;
    const said = await unknownByOne(scene);
    await signIn(scene);
    await openDesk({ ...scene, prefix }, "#calendars");
    const items = async () => (await page.locator(".calendars li li").allInnerTexts()).map((text) => text.replaceAll(/\n+/g, "\n"));
    assert.deepEqual(await items(), [words.is, words.timeless], "one without a name cannot be left out");
    await page.getByText(words.hint, { exact: true }).waitFor();
    await page.getByRole("button", { name: words.leave }).click();
    await page.getByRole("status").getByText(words.done, { exact: true }).waitFor();
    await page.getByText(words.count, { exact: true }).waitFor();
    await page.getByText(words.title, { exact: true }).waitFor();
    assert.deepEqual(await items(), [words.timeless, words.out]);
    await page.getByRole("button", { name: words.again }).click();
    await page.getByRole("status").getByText(words.undone, { exact: true }).waitFor();
    assert.deepEqual(await items(), [words.is, words.timeless]);
    assert.deepEqual(said, [["leave-out", "990cb8ebd0afb715"], ["count-again", "990cb8ebd0afb715"]]);
  });
}
