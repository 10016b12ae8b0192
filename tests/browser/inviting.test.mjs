/** The desk invites: links to a host's own pages are made, copied, used once, and withdrawn. */

import assert from "node:assert/strict";

import { INVITED, SAMPLE, openDesk, signIn } from "./harness/desk.mjs";
import { visitorTest } from "./harness/index.mjs";
import { PRICED } from "./harness/paying.mjs";
import { TEN, bookButton, booked } from "./harness/steps.mjs";

const PHONE = { viewport: { width: 375, height: 812 } };
const COPYING = { content: INVITED, context: { ...PHONE, permissions: ["clipboard-read", "clipboard-write"] } };

const open = async (scene, view = "#invite/wren/talk") => {
  await signIn(scene, "wren");
  await openDesk(scene, view);
};
const said = (page, words) => page.getByRole("status").filter({ hasText: words }).waitFor();
const button = (within, name) => within.getByRole("button", { name, exact: true });
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const card = (page, name) => page.getByRole("article", { name });
const make = (page) => button(page, "Make and copy the link");

/** What is said of an invitation below whom it is for. */
const facts = (page, name) => card(page, name).locator(".facts span").allInnerTexts();

/** What the console says of requests that are refused, or do not leave. */
const REFUSED = /the server responded with a status of (401|403|409|422)/;
const OFFLINE = /ERR_INTERNET_DISCONNECTED/;

/** What the invitation of a link says. */
const inviteOf = (link) => JSON.parse(Buffer.from(new URL(link).searchParams.get("invite").split(".")[0], "base64url"));

visitorTest("a link is made, copied, used once, and withdrawn", COPYING, async (scene) => {
  const { page, site, visitor } = scene;
  visitor.expected.push(REFUSED);
  await open(scene, "#share");
  await card(page, "A talk for friends").getByRole("link", { name: "Invite somebody" }).click();
  await page.getByRole("heading", { name: "Invite somebody" }).waitFor();
  await page.getByLabel("Name").fill("Mara Lind");
  await page.getByLabel("Email address").fill("mara@example.org");
  await page.getByLabel("Duration").selectOption("60 minutes");
  await make(page).click();
  await said(page, "The link is made and copied. Now send it.");
  const link = await copied(page);
  const { id, expires, ...invite } = inviteOf(link);
  assert.deepEqual(invite, { page: "wren/talk", uses: 1, name: "Mara Lind", email: "mara@example.org", duration: 60 });
  assert.deepEqual(await facts(page, "Mara Lind"), ["mara@example.org", "1 booking", "60 minutes", "expires Thursday 24 December, 12:00"]);

  // A second press copies the same; another one is made if it is wanted.
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await button(page.locator("form.invite"), "Copy link").click();
  await said(page, "Link copied.");
  assert.equal(await copied(page), link);
  await button(page, "Make another one like it").click();
  await page.waitForFunction((link) => navigator.clipboard.readText().then((text) => text && text !== link), link);
  await card(page, "Mara Lind").nth(1).waitFor();
  const another = await copied(page);
  assert.notEqual(inviteOf(another).id, id);

  const guest = await visitor.context.newPage();
  await guest.goto(`${link}&slot=${TEN}`);
  await bookButton(guest).click();
  await booked(guest);
  assert.deepEqual((await site.onlyBooking("wren")).contact, { name: "Mara Lind", email: "mara@example.org" });

  await button(card(page, "Mara Lind").first(), "Withdraw").click();
  await page.getByRole("dialog").getByText("The link will not work any more. This cannot be undone: make a new one instead. What was booked with it stays.").waitFor();
  await button(page.getByRole("dialog"), "Keep it").click();
  await button(card(page, "Mara Lind").first(), "Withdraw").click();
  await button(page.getByRole("dialog"), "Withdraw").click();
  await said(page, "The invitation is withdrawn.");
  await card(page, "Mara Lind").first().getByText("withdrawn").waitFor();
  assert.equal(await card(page, "Mara Lind").first().getByRole("button").count(), 0);
  await page.waitForFunction((id) => document.activeElement.id === id, `i-${inviteOf(another).id}`);
  await guest.goto(another);
  await guest.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
  assert.equal((await site.bookings("wren")).length, 1, "what was booked stays");
});

visitorTest("only keys are needed", COPYING, async (scene) => {
  const { page } = scene;
  await open(scene);
  await page.getByLabel("Name").focus();
  await page.keyboard.type("Mara Lind");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "uses");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await said(page, "The link is made and copied.");
  assert.equal(await page.evaluate(() => document.activeElement.id), "uses", "whoever types goes on typing");
  assert.equal(inviteOf(await copied(page)).uses, 2);
  await button(card(page, "Mara Lind"), "Withdraw").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await said(page, "The invitation is withdrawn.");
});

visitorTest("in Japanese, digits may be wide, and the link leads to the Japanese page", COPYING, async (scene) => {
  const { page, site } = scene;
  await open({ ...scene, prefix: "/ja/" });
  await page.getByRole("heading", { name: "招待リンクの作成" }).waitFor();
  await page.getByLabel("名前").fill("鈴木 一郎");
  await page.getByLabel("予約できる件数").fill("３");
  await button(page, "リンクを作成してコピー").click();
  await said(page, "リンクを作成してコピーしました。相手に送ってください。");
  const link = await copied(page);
  assert.equal(link.startsWith(`${site.url}/ja/wren/talk/?invite=`), true, link);
  assert.equal(inviteOf(link).uses, 3);
  assert.deepEqual(await facts(page, "鈴木 一郎"), ["予約3件", "12月24日（木）12:00まで有効"]);
  await button(card(page, "鈴木 一郎"), "無効にする").click();
  await page.getByRole("dialog", { name: "「鈴木 一郎」への招待を無効にしますか？" }).waitFor();
  await button(page.getByRole("dialog"), "無効にする").click();
  await said(page, "招待を無効にしました。");
});

visitorTest("mistakes are said beside the fields, and a lost connection loses nothing", COPYING, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(REFUSED, OFFLINE);
  await open(scene);
  const errorOf = (label) => page.getByLabel(label).evaluate((field) => document.getElementById(`${field.id}-error`)?.textContent);
  await page.getByLabel("Email address").fill("mara@");
  await page.getByLabel("Number of bookings").fill("");
  await page.getByLabel("Days until it expires").fill("400");
  await page.getByText("Only on certain dates").click();
  await page.getByLabel("First date").fill("2026-12-18");
  await page.getByLabel("Last date").fill("2026-12-07");
  await make(page).click();
  await page.locator("#email[aria-invalid]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "email");
  assert.equal(await errorOf("Email address"), "Enter an email address, such as name@example.com.");
  assert.equal(await errorOf("Number of bookings"), "Enter a number from 1 to 1000.");
  assert.equal(await errorOf("Days until it expires"), "Enter a number from 1 to 366.");
  assert.equal(await errorOf("Last date"), "The last date is before the first.");
  await page.getByLabel("Email address").fill("mara@example.org");
  assert.equal(await errorOf("Email address"), undefined, "what is changed is not wrong any more");
  await page.getByLabel("Number of bookings").fill("2");
  await page.getByLabel("Days until it expires").fill("7");
  await page.getByLabel("Last date").fill("2026-12-20");
  await visitor.context.setOffline(true);
  await make(page).click();
  await page.getByText("Nothing was changed, and what you entered is still here. Try again in a moment.").waitFor();
  await visitor.context.setOffline(false);
  await make(page).click();
  await card(page, "mara@example.org").waitFor();
  assert.deepEqual(await facts(page, "mara@example.org"), ["2 bookings", "from Friday 18 December to Sunday 20 December", "expires Tuesday 1 December, 12:00"]);
});

visitorTest("whoever has to sign in again finds what was made and chosen", COPYING, async (scene) => {
  const { page, site, visitor } = scene;
  visitor.expected.push(REFUSED);
  const signInHere = async () => {
    await page.getByLabel("Host key").fill(await site.key("wren"));
    await page.keyboard.press("Enter");
  };
  await open(scene);
  await page.getByLabel("Name").fill("Mara Lind");
  await make(page).click();
  await card(page, "Mara Lind").waitFor();
  await page.getByLabel("Name").fill("Jun Sato");
  await page.context().clearCookies();
  await make(page).click();
  await signInHere();
  await card(page, "Mara Lind").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "Jun Sato");

  await page.evaluate(() => { location.hash = "#suggest/wren/open"; });
  await page.getByRole("radio", { name: /Friday 27/ }).check();
  await page.getByRole("checkbox", { name: "11:00" }).check();
  await page.getByText("Who is it for?").click();
  await page.getByLabel("Name").fill("Emma Petit");
  await page.waitForFunction(() => document.querySelector("#letter a")?.href.includes("Emma"));
  await page.context().clearCookies();
  await page.getByRole("checkbox", { name: "10:30" }).check();
  await signInHere();
  await page.getByRole("checkbox", { name: "10:30", checked: true }).waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "11:00" }).isChecked(), true);
  assert.equal(await page.getByLabel("Name").inputValue(), "Emma Petit");

  // Somebody else finds nothing, and nor does anybody after signing out.
  await openDesk(scene, "#invite/wren/talk");
  await page.getByLabel("Name").fill("Jun Sato");
  await page.getByRole("link", { name: "Settings" }).click();
  await button(page, "Sign out").click();
  await page.getByLabel("Host key").waitFor();
  await signInHere();
  await page.evaluate(() => { location.hash = "#invite/wren/talk"; });
  await make(page).waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "");
});

visitorTest("an earlier one is withdrawn by its link", COPYING, async (scene) => {
  const { page, site, visitor } = scene;
  visitor.expected.push(REFUSED);
  await open(scene);
  await make(page).click();
  const link = await card(page, "Anybody who has the link").getByLabel("Link", { exact: true }).inputValue();
  await page.reload();
  await page.getByText("Withdraw an earlier invitation").click();
  const pasted = page.locator("#earlier").getByLabel("Link", { exact: true });
  for (const [text, expected] of [["", "Paste the whole link of the invitation."], ["hello", "Paste the whole link of the invitation."]]) {
    await pasted.fill(text);
    await pasted.press("Enter");
    await page.locator("#pasted-error", { hasText: expected }).waitFor();
  }
  await pasted.fill(link.slice(0, -3));
  await pasted.press("Enter");
  await button(page.getByRole("dialog"), "Withdraw").click();
  await page.getByRole("dialog").getByRole("alert").getByText("This is not an invitation to one of your pages").waitFor();
  await button(page.getByRole("dialog"), "Keep it").click();
  await pasted.fill(`Choose a time: ${link} Mara`);
  await pasted.press("Enter");
  await button(page.getByRole("dialog"), "Withdraw").click();
  await said(page, "The invitation is withdrawn.");
  assert.equal(await pasted.inputValue(), "");
  const told = await fetch(`${site.url}/api/availability/wren/talk?${new URL(link).searchParams}`);
  assert.equal((await told.json()).code, "link_used");
});

visitorTest("pages by invitation are marked, and their times are not suggested", COPYING, async (scene) => {
  const { page } = scene;
  await open(scene, "#share");
  await card(page, "A talk for friends").getByText("by invitation", { exact: true }).waitFor();
  assert.equal(await card(page, "A talk for everybody").getByText("by invitation").count(), 0);
  await card(page, "A talk for friends").getByRole("link", { name: "More" }).click();
  await page.getByText("This link shows no times by itself: the page can be booked by invitation only.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Suggest times in an email" }).count(), 0);
  await page.evaluate(() => { location.hash = "#suggest/wren/talk"; });
  await page.getByText("This page is by invitation only, and suggested times are not invitations: nobody could book them.").waitFor();
  await page.getByRole("link", { name: "Invite somebody" }).click();
  await make(page).waitFor();
});

visitorTest("only a page's own host invites to it", { content: SAMPLE, context: PHONE }, async (scene) => {
  const { page } = scene;
  await signIn(scene);
  await openDesk(scene, "#share/jonas/support");
  await page.getByRole("link", { name: "Suggest times in an email" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Invite somebody" }).count(), 0);
  await openDesk(scene, "#invite/jonas/support");
  await page.getByText("Only Jonas Weber can invite somebody to this page.").waitFor();
  await openDesk(scene, "#invite/aiko/none");
  await page.getByText("There is no such page.").waitFor();
});

visitorTest("a price that is none cannot be waived, and a duration that is offered no more is said to be none", { content: PRICED, checkout: {} }, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(REFUSED);
  await open(scene, "#invite/wren/advice");
  const free = page.getByLabel("It costs nothing, whatever the page’s price");
  await free.check();
  await page.getByLabel("Duration").selectOption("15 minutes");
  await make(page).click();
  await page.getByText("There is no price to waive: what is booked with it costs nothing anyway.", { exact: true }).waitFor();
  await free.and(page.locator(":focus[aria-invalid]")).waitFor();
  await free.uncheck();
  await make(page).click();
  await page.getByRole("article").waitFor();
  // The host's content has changed since the desk was opened.
  const gone = "Choose one of the durations on this page.";
  const problem = { code: "invalid_field", title: "Please check what you entered", detail: "…", errors: [{ field: "duration", message: gone }] };
  await page.route("**/api/host/invites", (route) => route.fulfill({ status: 422, json: problem }));
  await page.getByLabel("Duration").selectOption("60 minutes");
  await make(page).click();
  await page.getByText(gone, { exact: true }).waitFor();
  await page.getByLabel("Duration").and(page.locator(":focus[aria-invalid]")).waitFor();
  await openDesk(scene, "#invite/wren/review");
  await make(page).click();
  await page.getByRole("alert").getByText(gone, { exact: true }).waitFor();
});
