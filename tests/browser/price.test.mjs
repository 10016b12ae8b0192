/** Pages with a price: what they say of it, and the way to the checkout. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after } from "node:test";

import { invitationTo } from "./harness/desk.mjs";
import { PAID as CONTENT } from "./harness/desk_payments.mjs";
import { visitorTest } from "./harness/index.mjs";
import { Parent } from "./harness/parent.mjs";
import { TEN, WEDNESDAY, bookButton, booked, day, time, toDetails } from "./harness/steps.mjs";

const PRICED = { content: join(import.meta.dirname, "content/priced") };
const PAID = { content: CONTENT };
const NO_SCRIPT = { ...PRICED, context: { javaScriptEnabled: false } };
const CHECKOUT = "https://checkout.example.com";

const parent = await new Parent().start();
after(() => parent.stop());

/** How long, where, and what it costs: the parts of a line. */
const factsOf = (page, place = ".letter") => page.locator(`${place} > .facts > span, ${place} p > .facts > span`).allInnerTexts();
const hint = (page, text) => page.getByText(text, { exact: true }).first();
const UNTIL_DAY_BEFORE = "Cancel up to 24 hours before the start, and you get your money back.";

const chooseTenOf = async (page) => {
  await day(page, WEDNESDAY).click();
  await time(page, TEN).check();
};
const fillIn = async (page, name = "Your name", email = /email address/i) => {
  await page.getByLabel(name).fill("Mia Berg");
  await page.getByLabel(email).fill("mia@example.com");
};
const button = (page) => page.locator(".details .actions.js button");
/** The lengths to choose from, as they are read. */
const durations = (page) => page.locator(".durations label").filter({ visible: true }).allInnerTexts();

const REQUEST = "This sends a request: Wren Priced will accept or decline it. The time is held for you until then.";
const ACCEPTED = "You pay once Wren Priced has accepted.";
/** What a page says of its requests. */
const requestOf = (page) => page.locator(".details .hint").innerText();

/** The provider's page, and an endpoint that answers as it does where payment comes next. */
const paying = async ({ site, visitor, page }, answer = {}) => {
  visitor.origins.push(CHECKOUT);
  await visitor.context.route(`${CHECKOUT}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Checkout</title><link rel=icon href=data:,><h1>Checkout</h1>" }));
  await visitor.context.route("**/api/bookings", (route) => {
    const { start, duration_minutes } = JSON.parse(route.request().postData());
    return route.fulfill({ json: {
      booking: { id: "abc", status: "awaiting_payment", start: start.replace(".000", ""), duration_minutes },
      manage_url: `${site.url}/wren/`,
      ...answer,
    } });
  });
  return page;
};
/** The links to bookings that are being paid for. */
const kept = (page) => page.evaluate(() => sessionStorage.getItem("daymark:paying"));

visitorTest("the price stands above the times and changes with the duration", PRICED, async ({ page }) => {
  await page.goto("/wren/advice/");
  assert.deepEqual(await factsOf(page), ["15, 30 or 60 minutes", "By phone", "free, ¥5,000 or ¥9,000"]);
  await hint(page, UNTIL_DAY_BEFORE).waitFor();
  assert.deepEqual(await durations(page), ["15 minutes · free", "30 minutes · ¥5,000", "60 minutes · ¥9,000"]);
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book and pay ¥5,000");
  assert.deepEqual(await factsOf(page, ".chosen"), ["30 minutes · ¥5,000", "By phone"]);
  await page.goBack();
  await page.getByRole("radio", { name: "60 minutes · ¥9,000" }).check();
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book and pay ¥9,000");
  await page.goBack();
  await page.getByRole("radio", { name: "15 minutes · free" }).check();
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book Wednesday 25 November, 10:00");
});

visitorTest("in Japanese, as people there write it", PRICED, async ({ page }) => {
  await page.goto("/ja/wren/advice/");
  assert.deepEqual(await factsOf(page), ["15・30・60分", "電話", "無料、5,000円、9,000円"]);
  await hint(page, "開始の24時間前までにキャンセルされた場合は、全額を返金します。").waitFor();
  assert.deepEqual(await durations(page), ["15分 · 無料", "30分 · 5,000円", "60分 · 9,000円"]);
  await day(page, "11月25日").click();
  await time(page, TEN).check();
  await page.getByRole("button", { name: "次へ" }).click();
  await page.waitForFunction(() => document.querySelector(".details .actions.js button")?.textContent);
  assert.equal(await button(page).innerText(), "予約して5,000円を支払う");
});

visitorTest("one price for the only duration is repeated before it is paid", PRICED, async ({ page }) => {
  await page.goto("/wren/review/");
  assert.deepEqual(await factsOf(page), ["30 minutes", "By phone", "$50.00"]);
  await chooseTenOf(page);
  await toDetails(page);
  assert.deepEqual(await factsOf(page, ".chosen"), ["30 minutes", "By phone", "$50.00"]);
  assert.equal(await button(page).innerText(), "Book and pay $50.00");
  assert.ok(await hint(page, "If you cancel, you do not get your money back.").isVisible());
});

visitorTest("on a phone the refund rule is still there beside the form", { ...PRICED, context: { viewport: { width: 320, height: 640 } } }, async ({ page }) => {
  await page.goto("/wren/advice/");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await chooseTenOf(page);
  await toDetails(page);
  assert.ok(await hint(page, UNTIL_DAY_BEFORE).isVisible());
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});

visitorTest("a request is paid for once it is accepted", PRICED, async ({ page }) => {
  await page.goto("/wren/visit/");
  assert.deepEqual(await factsOf(page), ["30 or 60 minutes", "2-1-1 Nihonbashi, Chuo, Tokyo", "¥5,000"]);
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Request Wednesday 25 November, 10:00");
  assert.deepEqual(await factsOf(page, ".chosen"), ["30 minutes", "2-1-1 Nihonbashi, Chuo, Tokyo", "¥5,000"]);
  assert.equal(await requestOf(page), `${REQUEST}\n${ACCEPTED}`);
});

visitorTest("a request that costs nothing is not said to be paid for", PRICED, async ({ site, page }) => {
  await page.goto("/wren/tasting/");
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await requestOf(page), `${REQUEST}\n${ACCEPTED}`);
  await page.goBack();
  await page.getByRole("radio", { name: "15 minutes · free" }).check();
  await toDetails(page);
  assert.equal(await requestOf(page), REQUEST);
  for (const [path, chosen] of [["wren/visit", "30 minutes"], ["wren/tasting", "30 minutes · free"]]) {
    await page.goto(`${await invitationTo(site, path, { free: true })}&slot=${TEN}`);
    await page.getByRole("heading", { name: "About you" }).waitFor();
    assert.equal(await requestOf(page), REQUEST, path);
    assert.equal((await factsOf(page))[2], "free");
    assert.equal((await factsOf(page, ".chosen"))[0], chosen);
    assert.equal(await page.getByText("¥5,000").filter({ visible: true }).count(), 0);
  }
  // As it is said, so it is booked.
  await fillIn(page);
  await button(page).click();
  await page.getByRole("heading", { name: "You have requested this meeting" }).waitFor();
  assert.equal((await site.onlyBooking("wren")).payment, undefined);
});

visitorTest("without a script, all prices are there and the button says what it does", NO_SCRIPT, async ({ page }) => {
  await page.goto("/wren/advice/");
  assert.deepEqual(await durations(page), ["15 minutes · free", "30 minutes · ¥5,000", "60 minutes · ¥9,000"]);
  assert.ok(await hint(page, UNTIL_DAY_BEFORE).isVisible());
  assert.ok(await page.getByRole("button", { name: "Book this time" }).isVisible());
  await page.goto("/wren/review/");
  assert.ok(await page.getByRole("button", { name: "Book and pay $50.00", exact: true }).isVisible());
  await page.goto("/ja/wren/review/");
  assert.ok(await page.getByRole("button", { name: "予約して$50.00を支払う", exact: true }).isVisible());
  await page.goto("/wren/");
  assert.ok(await page.getByText("free, ¥5,000 or ¥9,000").isVisible());
});

visitorTest("a page that is older than its price says so, keeps what was typed, and books at the price of now", PAID, async (scene) => {
  const { site, page, visitor } = scene;
  visitor.expected.push(/status of 409/);
  visitor.origins.push("https://pay.example.com");
  await visitor.context.route("https://pay.example.com/**", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Shop</h1>" }));
  await page.goto("/wren/talk/");
  // As it was published before.
  await page.evaluate(() => {
    Object.assign(document.querySelector("[name=duration_minutes]").dataset, { pay: "Book and pay ¥4,000", fee: "¥4,000" });
    document.querySelector('[name="price.30"]').value = "4000 JPY";
    document.querySelector(".letter > .facts > span:last-child").textContent = "¥4,000";
  });
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book and pay ¥4,000");
  await fillIn(page);
  await button(page).click();
  await page.getByRole("heading", { name: "The price has changed" }).waitFor();
  await page.getByText("The meeting now costs ¥5,000. Nothing is booked yet, and everything you entered is still here: book it if that suits you.", { exact: true }).waitFor();
  assert.equal(await button(page).innerText(), "Book and pay ¥5,000");
  assert.deepEqual(await factsOf(page), ["30 minutes", "By phone", "¥5,000"]);
  assert.deepEqual(await factsOf(page, ".chosen"), ["30 minutes", "By phone", "¥5,000"]);
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  assert.deepEqual(await site.bookings("wren"), []);
  await button(page).click();
  await page.getByRole("heading", { name: "Shop" }).waitFor();
  assert.deepEqual((await site.bookings("wren")).map(({ payment }) => payment.price.amount), [5000]);
});

visitorTest("each duration is sent with its own price, and a free one with none", PRICED, async ({ page, visitor }) => {
  visitor.expected.push(/status of 409/);
  const sent = [];
  await page.route("**/api/bookings", (route) => {
    sent.push(route.request().postDataJSON().price);
    return route.fulfill({ status: 409, contentType: "application/problem+json", json: { code: "price_changed", title: "The price has changed", detail: "…", price: { amount: 7000, currency: "JPY", decimal: "7000", words: "¥7,000" } } });
  });
  await page.goto("/wren/advice/");
  await chooseTenOf(page);
  for (const [minutes, label] of [["15", "15 minutes · free"], ["30", "30 minutes · ¥5,000"], ["60", "60 minutes · ¥9,000"]]) {
    await page.getByRole("radio", { name: label }).check();
    await toDetails(page);
    if (minutes === "15") await fillIn(page);
    await button(page).click();
    await page.getByRole("heading", { name: "The price has changed" }).waitFor();
    assert.equal(await button(page).innerText(), "Book and pay ¥7,000");
    assert.deepEqual(await factsOf(page, ".chosen"), [`${minutes} minutes · ¥7,000`, "By phone"]);
    await page.goBack();
  }
  assert.deepEqual(sent, [undefined, { amount: 5000, currency: "JPY" }, { amount: 9000, currency: "JPY" }]);
});

visitorTest("what is booked leads to the checkout, and the way to the booking's page is kept", PRICED, async (scene) => {
  const { site, page } = scene;
  await paying(scene, { checkout_url: `${CHECKOUT}/pay/1` });
  await page.goto("/wren/review/");
  await chooseTenOf(page);
  await toDetails(page);
  await fillIn(page);
  await button(page).click();
  await page.getByRole("heading", { name: "Checkout" }).waitFor();
  assert.equal(page.url(), `${CHECKOUT}/pay/1`);
  // Back at the page: nothing is stuck, and what was booked is found again.
  await page.goBack();
  await page.getByRole("heading", { name: "Review" }).waitFor();
  assert.deepEqual(JSON.parse(await kept(page)), { abc: `${site.url}/wren/` });
  await page.waitForFunction(() => !document.querySelector(".details [aria-busy]"));
});

visitorTest("without a checkout, the booking's own page is next", PRICED, async (scene) => {
  const { site, page } = scene;
  await paying(scene);
  await page.goto("/wren/review/");
  await chooseTenOf(page);
  await toDetails(page);
  await fillIn(page);
  await button(page).click();
  await page.waitForURL(`${site.url}/wren/`);
  assert.equal(await kept(page), null);
});

for (const [sandbox, name] of [["", "from a frame, the whole window goes to the checkout"], ["allow-scripts allow-same-origin allow-forms", "a frame that may not leave shows the booking's own page"]]) {
  visitorTest(name, { ...PRICED, parents: ["https://www.example.com", parent.origin] }, async (scene) => {
    const { site, visitor, page } = scene;
    if (sandbox) visitor.expected.push(/Unsafe attempt to initiate navigation|sandboxed/);
    await paying(scene, { checkout_url: `${CHECKOUT}/pay/1` });
    visitor.origins.push(parent.origin);
    const told = [];
    await page.exposeFunction("tellTest", (detail) => told.push(detail));
    const sandboxed = sandbox && `<script>{
      const create = document.createElement.bind(document);
      document.createElement = (name) => Object.assign(create(name), name === "iframe" ? { sandbox: "${sandbox}" } : {});
    }</script>`;
    parent.body = `${sandboxed}<script src="${site.url}/embed.js" async></script><a id="inline" href="${site.url}/wren/review/" data-daymark="inline">Book</a>
      <script>addEventListener("daymark:requested", ({ detail }) => tellTest(detail));</script>`;
    parent.policy = "";
    await page.goto(`${parent.origin}/page`);
    const frame = page.frameLocator("iframe");
    await chooseTenOf(frame);
    await toDetails(frame);
    await fillIn(frame);
    await button(frame).click();
    if (sandbox) await frame.getByRole("heading", { name: /Wren Priced/ }).waitFor();
    else await page.getByRole("heading", { name: "Checkout" }).waitFor();
    assert.equal(page.url(), sandbox ? `${parent.origin}/page` : `${CHECKOUT}/pay/1`);
    assert.deepEqual(told, [{ id: "abc", start: TEN }]);
  });
}

visitorTest("a free invitation that is used by somebody else meanwhile leaves nothing of it: what it costs is said before it is agreed to", PRICED, async ({ site, page, visitor }) => {
  visitor.expected.push(/the server responded with a status of 409/);
  const link = await invitationTo(site, "wren/advice", { free: true, duration: 60, from: "2026-11-25", until: "2026-11-25" });
  await page.goto(`${link}&utm_source=mail`);
  await chooseTenOf(page);
  await toDetails(page);
  await fillIn(page);
  assert.equal(await button(page).innerText(), "Book Wednesday 25 November, 10:00");
  assert.deepEqual(await factsOf(page, ".chosen"), ["60 minutes · free", "By phone"]);
  const invite = new URL(link, site.url).searchParams.get("invite");
  await site.book("wren/advice", "2026-11-25T02:00:00Z", { invite, duration_minutes: 60, answers: {} });
  const sent = [];
  await page.route("**/api/bookings", (route) => {
    sent.push(route.request().postDataJSON());
    return route.continue();
  });
  await button(page).click();
  await page.getByRole("heading", { name: "This invitation can no longer be used" }).waitFor();
  await page.getByText("You can book a time without it. It then costs ¥9,000.", { exact: true }).waitFor();
  assert.equal(await button(page).innerText(), "Book and pay ¥9,000");
  assert.deepEqual(await factsOf(page, ".chosen"), ["60 minutes · ¥9,000", "By phone"]);
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { utm_source: "mail", month: "2026-11", date: "2026-11-25", slot: "2026-11-25T01:00Z", duration: "60" });
  assert.deepEqual(sent.map(({ price }) => price), [undefined], "what was free was sent without a price");
  // All lengths can be had, and everybody's times.
  await page.getByRole("button", { name: "Change" }).click();
  assert.deepEqual(await durations(page), ["15 minutes · free", "30 minutes · ¥5,000", "60 minutes · ¥9,000"]);
  await page.getByRole("radio", { name: "15 minutes · free" }).check();
  await day(page, "Thursday 26 November 2026").click();
  await time(page, "2026-11-26T01:00:00Z").check();
  await page.reload();
  await time(page, "2026-11-26T01:00:00Z").and(page.locator(":checked")).waitFor();
  assert.equal(await page.locator(".errors").count(), 0, "it is not asked for again");
  await toDetails(page);
  await bookButton(page).click();
  await booked(page);
});

/** A token that a page can read, and no endpoint takes. */
const tokenOf = (says) => `${Buffer.from(JSON.stringify(says)).toString("base64url")}.x`;

visitorTest("an invitation that waives the price says so, until it is refused", PRICED, async ({ visitor, page }) => {
  visitor.expected.push(/the server responded with a status of 403/);
  // The times are everybody's.
  let answersAll = true;
  await visitor.context.route("**/api/availability/**", (route) => {
    const address = new URL(route.request().url());
    if (answersAll) address.searchParams.delete("invite");
    return route.continue({ url: address.href });
  });
  const link = `/wren/advice/?invite=${tokenOf({ free: true })}`;
  await page.goto(link);
  await page.getByText("30 minutes · free").waitFor();
  assert.deepEqual(await factsOf(page), ["15, 30 or 60 minutes", "By phone", "free"]);
  assert.deepEqual(await durations(page), ["15 minutes · free", "30 minutes · free", "60 minutes · free"]);
  assert.equal(await hint(page, UNTIL_DAY_BEFORE).isVisible(), false);
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book Wednesday 25 November, 10:00");
  answersAll = false;
  await page.goto(link);
  await page.locator(".errors").waitFor();
  assert.deepEqual(await durations(page), ["15 minutes · free", "30 minutes · ¥5,000", "60 minutes · ¥9,000"]);
  assert.deepEqual(await factsOf(page), ["15, 30 or 60 minutes", "By phone", "free, ¥5,000 or ¥9,000"]);
  assert.ok(await hint(page, UNTIL_DAY_BEFORE).isVisible());
  await chooseTenOf(page);
  await toDetails(page);
  assert.equal(await button(page).innerText(), "Book and pay ¥5,000");
});
