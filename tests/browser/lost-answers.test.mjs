/** Answers that are lost on their way: what is sent again leads to the booking that was made. */

import assert from "node:assert/strict";

import { visitorTest } from "./harness/index.mjs";
import { PRICED } from "./harness/paying.mjs";
import { TEN, bookButton, booked, day, fillIn, time, toDetails, toFilledDetails } from "./harness/steps.mjs";

visitorTest("the answer is lost on its way: sending again shows the same booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await toFilledDetails(page);
  await page.route("**/api/bookings", async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked", exact: true }).waitFor();
  await page.getByText("The connection was lost before our answer came. What you entered is still here: try again, and you will not be booked twice.", { exact: true }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await bookButton(page).click();
  await booked(page);
  assert.ok(page.url().includes(id));
  await site.onlyBooking("aiko");
});

/** An answer that does not arrive, though the endpoint has booked. */
const loseAnswer = (page) => page.route("**/api/bookings", async (route) => {
  await route.fetch();
  await route.abort();
}, { times: 1 });

/** What a visitor does who was not told that the time is booked. */
const SECOND_TRIES = [
  ["mends a letter of the name", (page) => page.getByLabel("Your name").fill("Mia Bergs")],
  ["mends a letter of the address", (page) => page.getByLabel(/email address/i).fill("mia.berg@example.com")],
  ["writes more", (page) => page.getByLabel("What would you like to talk about?").fill("Something else.")],
  ["reloads the page", async (page) => { await page.reload(); await page.getByRole("heading", { name: "About you" }).waitFor(); await page.waitForLoadState("networkidle"); }],
  ["reloads the page and mends a letter", async (page) => { await page.reload(); await page.getByLabel("Your name").fill("Mia Bergs"); }],
  ["leaves and comes back", async (page) => { const address = page.url(); await page.goto("/aiko/"); await page.goto(address); await page.getByRole("heading", { name: "About you" }).waitFor(); }],
  ["comes back to the tab", (page) => page.evaluate(() => { document.dispatchEvent(new Event("visibilitychange")); })],
];

for (const [what, act] of SECOND_TRIES) {
  visitorTest(`the answer is lost, and the visitor ${what}: the second try leads to the visitor's own booking`, {}, async ({ site, page, visitor }) => {
    visitor.expected.push(/ERR_FAILED/);
    await toFilledDetails(page);
    await loseAnswer(page);
    await bookButton(page).click();
    await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
    const { id } = await site.onlyBooking("aiko");
    await act(page);
    await bookButton(page).click();
    await booked(page);
    assert.ok(page.url().includes(id));
    await site.onlyBooking("aiko");
  });
}

visitorTest("the answer is lost on a Japanese page: it is not said that nothing is booked", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await page.goto(`/ja/aiko/intro/?slot=${TEN}`);
  await page.locator("[name='contact.name']").fill("山田 太郎");
  await page.locator("[name='contact.email']").fill("taro@example.com");
  await page.locator("textarea[name^=answers]").first().fill("相談したいことがあります。");
  await loseAnswer(page);
  const book = page.locator(".actions.js button");
  await book.click();
  await page.getByRole("heading", { name: "予約できたかどうか確認できません", exact: true }).waitFor();
  await page.getByText("接続が途切れ、応答を受け取れませんでした。入力内容は残っています。もう一度お試しください。二重に予約されることはありません。", { exact: true }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await book.click();
  await page.waitForURL((url) => url.href.includes(id));
  await site.onlyBooking("aiko");
});

visitorTest("the endpoint has a fault once it has booked: the second try leads to the visitor's own booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/503/);
  await toFilledDetails(page);
  const problem = { code: "storage_unavailable", title: "Something went wrong on our side", detail: "We do not know." };
  await page.route("**/api/bookings", async (route) => {
    await route.fetch();
    await route.fulfill({ status: 503, json: problem });
  }, { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: problem.title }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await page.getByLabel("Your name").fill("Mia Bergs");
  await bookButton(page).click();
  await booked(page);
  assert.ok(page.url().includes(id));
  await site.onlyBooking("aiko");
});

const LATER = "2026-11-26T04:00:00Z";
const chooseLater = async (page, start = LATER) => {
  await page.getByRole("button", { name: "Change" }).click();
  await day(page, "Thursday 26 November 2026").click();
  await time(page, start).check();
  await toDetails(page);
};

visitorTest("the answer is lost, and the visitor chooses another time: the first booking is told of, and the other time can be booked too", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await toFilledDetails(page);
  await loseAnswer(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
  const { id } = await site.onlyBooking("aiko");
  await chooseLater(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00", exact: true }).waitFor();
  await page.getByText("Our answer was lost on its way. The time chosen now is not booked: press the button again to book it too.", { exact: true }).waitFor();
  assert.ok((await page.getByRole("link", { name: "See that booking" }).getAttribute("href")).includes(id));
  await site.onlyBooking("aiko");
  await bookButton(page).click();
  await booked(page);
  assert.deepEqual((await site.bookings("aiko")).map(({ start }) => start), [TEN, LATER]);
});

visitorTest("the answer is lost on a page with a price, and the visitor chooses another time: the first is said to be held, and to be paid or cancelled", { content: PRICED, checkout: {} }, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await page.goto(`/wren/review/?slot=${TEN}`);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
  await loseAnswer(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
  const { id } = await site.onlyBooking("wren");
  await chooseLater(page, "2026-11-26T01:00:00Z");
  await bookButton(page).click();
  await page.getByRole("heading", { name: "Wednesday 25 November, 10:00 is held for you", exact: true }).waitFor();
  await page.getByText("Our answer was lost on its way. You can pay for that booking or cancel it on its page. The time chosen now is not booked: press the button again to book it too.", { exact: true }).waitFor();
  assert.ok((await page.getByRole("link", { name: "See that booking" }).getAttribute("href")).includes(id));
  // Back to that time, it is the visitor's own.
  await page.goto(`/wren/review/?slot=${TEN}`);
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00", exact: true }).waitFor();
  await page.getByText("If you have not paid yet, you can pay or cancel there.", { exact: true }).waitFor();
});

visitorTest("the answer is lost, and the visitor chooses another duration: that is told of, too", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await toFilledDetails(page);
  await loseAnswer(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByRole("radio", { name: "15 minutes" }).check();
  await toDetails(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00", exact: true }).waitFor();
  assert.equal((await site.onlyBooking("aiko")).duration_minutes, 30);
});

visitorTest("two tabs of one visit book what each of them shows", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/409/);
  await toFilledDetails(page);
  await site.book("aiko/intro", TEN);
  await bookButton(page).click();
  await page.getByText("These times are free").waitFor();
  // A tab that is made from this one has a copy of what it keeps.
  const kept = await page.evaluate(() => JSON.stringify(sessionStorage));
  const other = await visitor.context.newPage();
  await other.addInitScript((kept) => Object.assign(sessionStorage, JSON.parse(kept)), kept);
  const starts = ["2026-11-26T04:00:00Z", "2026-11-26T06:00:00Z"];
  for (const [tab, start] of [[page, starts[0]], [other, starts[1]]]) {
    await tab.goto(`/aiko/intro/?slot=${start}`);
    await tab.getByLabel("Your name").fill("Mia Berg");
    await bookButton(tab).click();
    await booked(tab);
  }
  assert.deepEqual((await site.bookings("aiko")).map(({ start }) => start), [TEN, ...starts]);
});

for (const body of ["{}", '{"error":"blocked"}', "null", "<p>Sign in to the network", '"x"']) {
  visitorTest(`something on the way answers ${body}: nothing is lost, and the visitor can try again`, {}, async ({ site, page }) => {
    await toFilledDetails(page);
    await page.route("**/api/bookings", (route) => route.fulfill({ status: 200, contentType: "application/json", body }), { times: 1 });
    await bookButton(page).click();
    await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
    await page.getByText("Something went wrong before our answer came. What you entered is still here: try again, and you will not be booked twice.").waitFor();
    await bookButton(page).click();
    await booked(page);
    await site.onlyBooking("aiko");
  });
}

visitorTest("no answer comes: that is said in the end, all is kept, and the second try leads to the visitor's own booking", {}, async ({ site, page, visitor }) => {
  // Half a minute takes a third of a second.
  await visitor.context.addInitScript(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (act, delay, ...values) => setTimeout(act, delay < 30_000 ? delay : delay / 100, ...values);
  });
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await fillIn(page);
  await page.route("**/api/bookings", (route) => route.fetch(), { times: 1 });
  await bookButton(page).click();
  await page.getByRole("heading", { name: "No answer yet" }).waitFor();
  await page.getByText("It is not clear whether you are booked. What you entered is still here: try again, and you will not be booked twice.").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Mia Berg");
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("the answer is lost where nothing can be kept: the second try leads to the visitor's own booking", {}, async ({ site, page, visitor }) => {
  visitor.expected.push(/ERR_FAILED/);
  await visitor.context.addInitScript(() => {
    Object.defineProperty(globalThis, "sessionStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
  });
  await page.goto(`/aiko/intro/?slot=${TEN}`);
  await fillIn(page);
  await loseAnswer(page);
  await bookButton(page).click();
  await page.getByRole("heading", { name: "We do not know whether you are booked" }).waitFor();
  await page.getByLabel("Your name").fill("Mia Bergs");
  await bookButton(page).click();
  await booked(page);
  await site.onlyBooking("aiko");
});

visitorTest("after a booking was made, the same visitor makes another", {}, async ({ site, page }) => {
  for (const start of [TEN, "2026-11-26T04:00:00Z"]) {
    await page.goto(`/aiko/intro/?slot=${start}`);
    await fillIn(page);
    await bookButton(page).click();
    await booked(page);
  }
  assert.equal((await site.bookings("aiko")).length, 2);
});
