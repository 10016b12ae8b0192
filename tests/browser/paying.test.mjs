/** Paying: from a page with a price through the checkout to the booking's page, and all that can come between. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";

import { SECRETS } from "./harness/checkout.mjs";
import { byKeyboard, byThumb } from "./harness/hands.mjs";
import { visitorTest } from "./harness/index.mjs";
import { Parent } from "./harness/parent.mjs";
import { NOW } from "./harness/site.mjs";
import { TEN, WEDNESDAY, booked, day, time, toDetails } from "./harness/steps.mjs";

const PRICED = { content: join(import.meta.dirname, "content/priced"), checkout: {} };
const REVIEW = "/wren/review/";
/** Once nobody has paid: the time is free again. */
const LATER = "2026-11-24T03:45:00Z";

const parent = await new Parent().start();
after(() => parent.stop());

const bookAndPay = (page) => page.getByRole("button", { name: "Book and pay $50.00" });
/** The button on the booking's page, and the one on the provider's. */
const payHere = (page) => page.locator(".booking a.button[href*='/dev/checkout/'], .booking form[action$='/pay'] button");
const payThere = (page) => page.getByRole("button", { name: /^Pay USD/ });
/** Waits for the booking's own page, which comes in the place of the one that the provider leads back to. */
const bookedHere = async (page) => {
  await booked(page);
  await page.locator(".change a").waitFor();
};
const waiting = (page) => page.getByRole("heading", { name: "One step left: your payment" }).waitFor();

/** From a page with a price to its details, filled in. Also in a frame. */
const toFilledIn = async (page, [date, start] = [WEDNESDAY, TEN]) => {
  await day(page, date).click();
  await time(page, start).check();
  await toDetails(page);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
};
/** From the page to the checkout. */
const toCheckout = async (page, at) => {
  await page.goto(REVIEW);
  await toFilledIn(page, at);
  await bookAndPay(page).click();
  await payThere(page).waitFor();
};

/** How the one booking and its payment stand. */
const stands = async (site) => {
  const { status, payment } = await site.onlyBooking("wren");
  return [status, payment.status];
};
/** Whether the page lets the booking be moved and cancelled. */
const isOwn = async (page) => await page.locator(".change a").count() === 1 && await page.locator("details.cancel").count() === 1;
const price = (page) => page.locator(".summary div", { has: page.locator("dt", { hasText: /^(Price|料金)$/ }) }).locator("dd").innerText();
/** Loads the booking's page until what the provider has told is there. */
const reloadUntil = async (page, heading) => {
  for (let count = 0; count < 40; count += 1) {
    if (await page.getByRole("heading", { name: heading, exact: true }).count()) return;
    await page.waitForTimeout(100);
    await page.reload();
  }
  assert.fail(`the page never says "${heading}"`);
};

visitorTest("whoever pays is booked, and comes back to a page on which to move and cancel", PRICED, async ({ site, page }) => {
  await toCheckout(page);
  assert.equal(await page.getByRole("heading").innerText(), "Review · Wren Priced · Wednesday 25 November 2026, 10:00");
  await payThere(page).click();
  await bookedHere(page);
  assert.ok(await isOwn(page));
  assert.match(await price(page), /^\$50\.00\nPaid\nYou get your money back only if Wren Priced cancels\.$/);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
  assert.equal((await site.checkout.sessions()).length, 1);
  // The provider has kept no address that could change anything.
  const token = page.url().split("/").at(-1);
  assert.doesNotMatch(JSON.stringify(await site.checkout.state()), new RegExp(token));
});

for (const backForwardCache of [false, true]) {
  visitorTest(`back from the checkout, ${backForwardCache ? "as the page was left" : "loaded again"}: it has the way to the booking, which is paid then`, { ...PRICED, backForwardCache }, async ({ site, page }) => {
    await toCheckout(page);
    await page.goBack({ waitUntil: "commit" });
    await page.getByRole("heading", { name: "You have already booked Wednesday 25 November, 10:00" }).waitFor();
    await page.getByText("If you have not paid yet, you can pay or cancel there.").waitFor();
    await page.getByRole("link", { name: "See that booking" }).click();
    await waiting(page);
    assert.equal(await payHere(page).innerText(), "Pay $50.00");
    await payHere(page).click();
    await payThere(page).click();
    await bookedHere(page);
    assert.equal((await site.checkout.sessions()).length, 1);
  });
}

visitorTest("who leaves the checkout can still pay, or let the time go", PRICED, async ({ site, page }) => {
  await toCheckout(page);
  await page.getByRole("link", { name: "Back without paying" }).click();
  await page.locator(".change a, details.cancel").first().waitFor();
  await waiting(page);
  assert.ok(await payHere(page).isVisible());
  await page.locator("summary").click();
  await page.getByRole("button", { name: /^Cancel/ }).click();
  await page.getByRole("heading", { name: "This meeting is cancelled" }).waitFor();
  assert.equal(await payHere(page).count(), 0);
  assert.deepEqual(await stands(site), ["cancelled", "unpaid"]);
});

visitorTest("a card that is declined can be followed by another", PRICED, async ({ site, page }) => {
  await toCheckout(page);
  await page.getByRole("button", { name: "Have the card declined" }).click();
  await page.getByText("The card was declined. Nothing was paid; you can try again.").waitFor();
  assert.deepEqual(await stands(site), ["awaiting_payment", "due"]);
  await payThere(page).click();
  await bookedHere(page);
});

const UNPAID = "This meeting was not paid for in time";

/** Far enough ahead for an order that is paid days later. */
const FRIDAY = ["Friday 27 November 2026", "2026-11-27T01:00:00Z"];

for (const [end, heading, expected] of [["succeed", "You are booked", ["confirmed", "paid"]], ["fail", "Your payment did not arrive", ["awaiting_payment", "due"]]]) {
  visitorTest(`an order that is paid days later, and ${end === "fail" ? "never comes" : "comes"}`, { ...PRICED, checkout: { delayed: true } }, async ({ site, page }) => {
    await toCheckout(page, FRIDAY);
    await page.getByRole("button", { name: /^Pay later/ }).click();
    await page.getByRole("heading", { name: "Your payment is on its way" }).waitFor();
    await page.locator("details.cancel").waitFor();
    assert.equal(await payHere(page).count(), 0);
    assert.deepEqual(await stands(site), ["awaiting_payment", "promised"]);
    await site.checkout.choose(end);
    await reloadUntil(page, heading);
    assert.deepEqual(await stands(site), expected);
    assert.equal(await payHere(page).count(), end === "fail" ? 1 : 0);
    if (end === "fail") {
      // Another way, and not later once more.
      await payHere(page).click();
      await payThere(page).waitFor();
      assert.equal(await page.getByRole("button", { name: /^Pay later/ }).count(), 0);
      await payThere(page).click();
      await bookedHere(page);
      assert.deepEqual(await stands(site), ["confirmed", "paid"]);
    }
  });
}

visitorTest("what would be paid too late is not offered where the meeting is near", { ...PRICED, checkout: { delayed: true } }, async ({ page }) => {
  await toCheckout(page);
  assert.equal(await page.getByRole("button", { name: /^Pay later/ }).count(), 0);
});

visitorTest("another amount is said to be another, and leads to no checkout", PRICED, async ({ site, page }) => {
  await toCheckout(page);
  await site.checkout.switch({ session_says: { amount_total: 4999 } });
  await payThere(page).click();
  await page.getByRole("heading", { name: "Another amount was paid" }).waitFor();
  await page.getByText("$49.99 was paid, but the price is $50.00, so the meeting is not booked.").waitFor();
  assert.equal(await payHere(page).count(), 0);
  assert.deepEqual(await stands(site), ["awaiting_payment", "due"]);
});

/** Reads that nothing was paid, and goes on to another time. */
const toOthers = async ({ site, page }) => {
  await reloadUntil(page, UNPAID);
  assert.equal(await page.locator(".lead").innerText(), "No payment has reached us, and the time is free again. If you have paid, you get the time if it is still free, and your money back if it is not.");
  assert.deepEqual(await stands(site), ["expired", "unpaid"]);
  assert.ok((await site.slots("wren/review")).includes(Date.parse(TEN) / 1000));
  await page.getByRole("link", { name: "Book another time" }).click();
  await page.waitForURL(`${site.url}${REVIEW}`);
};

visitorTest("a checkout that expires frees the time, says so, and leads to others", PRICED, async (scene) => {
  const { site, page } = scene;
  await toCheckout(page);
  await site.checkout.expire();
  await page.reload();
  await page.getByText("This checkout has expired. Nothing was paid, and nothing can be paid here any more.").waitFor();
  await page.getByRole("link", { name: "Back without paying" }).click();
  await toOthers(scene);
});

visitorTest("who never comes back has let the time go, although nobody tells", PRICED, async (scene) => {
  const { site, page } = scene;
  await toCheckout(page);
  await page.getByRole("link", { name: "Back without paying" }).click();
  await page.locator("details.cancel").waitFor();
  await site.checkout.switch({ webhooks_never: true });
  await site.restart(LATER);
  await toOthers(scene);
});

visitorTest("a provider that is away when it is booked: the booking's page lets them try again", PRICED, async ({ site, visitor, page }) => {
  visitor.expected.push(/status of 503/);
  await site.checkout.switch({ troubles: [{ call: "create", answer: 503, times: 2 }] });
  await page.goto(REVIEW);
  await toFilledIn(page);
  await bookAndPay(page).click();
  await waiting(page);
  await payHere(page).click();
  await page.getByRole("heading", { name: "Payment is not possible right now" }).waitFor();
  await payHere(page).click();
  await payThere(page).click();
  await bookedHere(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

/** A booking whose checkout was not made yet, like that of a request which is accepted. @returns {Promise<string>} its page */
const withoutCheckout = async (site) => {
  await site.checkout.switch({ troubles: [{ call: "create", answer: 503, times: 1 }] });
  const answer = await fetch(`${site.url}/api/bookings`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({
    page: "wren/review", start: TEN, duration_minutes: 30, price: { amount: 5000, currency: "USD" }, time_zone: "Asia/Tokyo", locale: "en",
    contact: { name: "Mia Berg", email: "mia@example.com" }, answers: {},
  }) });
  assert.equal(answer.status, 200);
  return site.mailedAddress(await site.onlyBooking("wren"));
};

for (const javaScriptEnabled of [true, false]) {
  visitorTest(`one press leads to a checkout that is made by it, ${javaScriptEnabled ? "with" : "without"} a script, and Back to the booking`, { ...PRICED, context: { javaScriptEnabled } }, async ({ site, page }) => {
    await page.goto(await withoutCheckout(site));
    await waiting(page);
    await page.getByRole("button", { name: "Pay $50.00" }).click();
    await payThere(page).waitFor();
    await page.goBack();
    await waiting(page);
    await payHere(page).click();
    await payThere(page).click();
    await booked(page);
    assert.deepEqual(await stands(site), ["confirmed", "paid"]);
  });
}

visitorTest("one press in a frame leads to a checkout that is made by it, in a new tab", { ...PRICED, parents: [parent.origin] }, async ({ site, visitor, page }) => {
  visitor.origins.push(parent.origin);
  parent.body = `<iframe width="900" height="900" src="${await withoutCheckout(site)}"></iframe>`;
  await page.goto(`${parent.origin}/page`);
  const frame = page.frameLocator("iframe");
  const opened = visitor.context.waitForEvent("page");
  await frame.getByRole("button", { name: "Pay $50.00" }).click();
  const tab = await opened;
  await payThere(tab).click();
  await booked(tab);
  await tab.close();
  await frame.locator("body").evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await booked(frame);
});

visitorTest("a second click books once, and is paid once", PRICED, async ({ site, page }) => {
  await page.goto(REVIEW);
  await toFilledIn(page);
  await bookAndPay(page).dblclick();
  await payThere(page).dblclick();
  await bookedHere(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
  assert.equal((await site.checkout.sessions()).length, 1);
});

visitorTest("in two tabs it is paid once", PRICED, async ({ site, visitor, page }) => {
  await toCheckout(page);
  const other = await visitor.context.newPage();
  await other.goto(page.url());
  await payThere(page).click();
  await bookedHere(page);
  await payThere(other).click();
  await other.getByText("This is paid.").waitFor();
  await other.getByRole("link", { name: "Back to the site" }).click();
  await booked(other);
  // That tab was never at the booking's own page.
  assert.equal(await isOwn(other), false);
  await other.getByText("To move or cancel the meeting, go back to the page from which you went to pay.").waitFor();
  const { payment_intents: payments } = await site.checkout.state();
  assert.equal(payments.length, 1);
});

visitorTest("a tab that was closed at the checkout: the email's link leads there again", PRICED, async ({ site, visitor, page }) => {
  await toCheckout(page);
  await page.close();
  const again = visitor.page = await visitor.context.newPage();
  await again.goto(site.mailedAddress(await site.onlyBooking("wren")));
  await waiting(again);
  await payHere(again).click();
  await payThere(again).click();
  await bookedHere(again);
  assert.equal((await site.checkout.sessions()).length, 1);
});

visitorTest("a provider that tells nothing is asked", PRICED, async ({ site, page }) => {
  await site.checkout.switch({ webhooks_never: true });
  await toCheckout(page);
  await payThere(page).click();
  await bookedHere(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

visitorTest("where the browser keeps nothing, the booking's own page comes before the checkout", PRICED, async ({ site, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, "sessionStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
  });
  await page.goto(REVIEW);
  await toFilledIn(page);
  await bookAndPay(page).click();
  await waiting(page);
  await page.getByText("Save this page’s address: you need it to see, move or cancel the meeting.", { exact: true }).waitFor();
  const own = page.url();
  await payHere(page).click();
  await payThere(page).click();
  await booked(page);
  await page.getByText("To move or cancel the meeting, go back to the page from which you went to pay.").waitFor();
  await page.goto(own);
  await bookedHere(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

visitorTest("without a script, from the form to the booking", { ...PRICED, context: { javaScriptEnabled: false } }, async ({ site, page }) => {
  await page.goto(REVIEW);
  await page.locator("[name=start]").nth(8).check();
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
  await bookAndPay(page).click();
  await waiting(page);
  await payHere(page).click();
  await payThere(page).click();
  await booked(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

for (const [locale, said] of [
  ["en", "If you have sent this form twice, the first time counts. The time is booked once it is paid for: go back to the page that you saw then."],
  ["ja", "フォームを2回送信された場合、1回目の内容で受け付けており、お支払いが済むと予約が確定します。1回目に表示されたページに戻ってお支払いください。"],
]) {
  visitorTest(`without a script, a form sent twice says what is left to do (${locale})`, { ...PRICED, context: { javaScriptEnabled: false } }, async ({ site, visitor, page }) => {
    visitor.expected.push(/409/);
    for (const isFirst of [true, false]) {
      await page.goto(`${locale === "en" ? "" : `/${locale}`}${REVIEW}`);
      await page.locator("[name=start]").nth(8).check();
      await page.locator("[name='contact.name']").fill("Mia Berg");
      await page.locator("[name='contact.email']").fill("mia@example.com");
      await page.locator("form.details button, form button").last().click();
      if (isFirst) await page.locator("article.booking").waitFor();
    }
    assert.ok((await page.getByRole("alert").innerText()).includes(said));
    assert.deepEqual(await stands(site), ["awaiting_payment", "due"]);
  });
}

visitorTest("in Japanese, by keyboard alone", { ...PRICED, context: { locale: "ja" } }, async ({ site, page }) => {
  const { press, choose, write } = byKeyboard(page);
  await page.goto(`/ja${REVIEW}`);
  await press(day(page, "11月25日"));
  await choose(time(page, TEN));
  await press(page.getByRole("button", { name: "次へ" }));
  await write(page.locator("[name='contact.name']"), "ミア");
  await write(page.locator("[name='contact.email']"), "mia@example.com");
  await press(page.getByRole("button", { name: "予約して$50.00を支払う" }).and(page.locator(".js button")));
  await page.getByText("このページはStripeの代わりです。実際の支払いは発生しません。").waitFor();
  await press(page.getByRole("button", { name: /を支払う$/ }));
  await page.locator("details.cancel").waitFor();
  assert.equal(await page.locator("h1").innerText(), "ご予約が確定しました");
  assert.match(await price(page), /^\$50\.00\n支払い済み\n/);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

visitorTest("from another site's frame, the whole window pays, and comes back to the booking", { ...PRICED, parents: [parent.origin] }, async ({ site, visitor, page }) => {
  visitor.origins.push(parent.origin);
  const told = [];
  await page.exposeFunction("tellTest", (detail) => told.push(detail));
  parent.body = `<script src="${site.url}/embed.js" async></script><a href="${site.url}${REVIEW}" data-daymark="inline">Book</a>
    <script>for (const type of ["requested", "booked"]) addEventListener("daymark:" + type, ({ detail }) => tellTest({ type, ...detail }));</script>`;
  await page.goto(`${parent.origin}/page`);
  const frame = page.frameLocator("iframe");
  await toFilledIn(frame);
  await bookAndPay(frame).click();
  await payThere(page).click();
  await bookedHere(page);
  assert.ok(page.url().startsWith(`${site.url}/booking/`));
  const { id } = await site.onlyBooking("wren");
  assert.deepEqual(told, [{ type: "requested", id, start: TEN }]);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

for (const [kind, embedded] of [["a frame", false], ["a frame of the embedding script’s", true]]) {
  visitorTest(`from ${kind} that may not lead the whole window away: the checkout opens in a new tab`, { ...PRICED, parents: [parent.origin] }, async ({ site, visitor, page }) => {
    visitor.origins.push(parent.origin);
    // What Chromium says of the attempt, and of such a sandbox.
    visitor.expected.push(/Unsafe attempt to initiate navigation|can escape its sandboxing/);
    const sandbox = "allow-scripts allow-forms allow-same-origin allow-popups";
    const name = embedded ? `daymark:${parent.origin}` : "";
    parent.body = `<iframe name="${name}" sandbox="${sandbox}" width="900" height="900" src="${site.url}${REVIEW}"></iframe>`;
    await page.goto(`${parent.origin}/page`);
    const frame = page.frameLocator("iframe");
    await toFilledIn(frame);
    await bookAndPay(frame).click();
    await waiting(frame);
    await frame.getByText("The payment page opens in a new tab.").waitFor();
    const opened = visitor.context.waitForEvent("page");
    await payHere(frame).click();
    const tab = await opened;
    await payThere(tab).click();
    await booked(tab);
    assert.ok(tab.url().startsWith(`${site.url}/booking/`));
    await tab.close();
    // Headless, no page is ever hidden.
    await frame.locator("body").evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await booked(frame);
    assert.equal(page.url(), `${parent.origin}/page`);
    assert.deepEqual(await stands(site), ["confirmed", "paid"]);
  });
}

visitorTest("from a suggested time", PRICED, async ({ site, page }) => {
  const [link] = await site.suggest("wren/review", [TEN, "2026-11-26T01:00:00Z"]);
  await page.goto(link);
  await page.getByLabel("Your name").fill("Mia Berg");
  await page.getByLabel(/email address/i).fill("mia@example.com");
  await bookAndPay(page).click();
  await payThere(page).click();
  await bookedHere(page);
  assert.equal((await site.onlyBooking("wren")).start, TEN);
});

visitorTest("on a phone, by thumb", { ...PRICED, context: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } }, async ({ site, page }) => {
  const { press, choose, write } = byThumb(page);
  const fits = async () => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
  await page.goto(REVIEW);
  await press(day(page, WEDNESDAY));
  await choose(time(page, TEN));
  await press(page.getByRole("button", { name: "Continue" }));
  await page.getByRole("heading", { name: "About you" }).waitFor();
  await write(page.getByLabel("Your name"), "Mia Berg");
  await write(page.getByLabel(/email address/i), "mia@example.com");
  await fits();
  await press(bookAndPay(page));
  await payThere(page).waitFor();
  await fits();
  await press(payThere(page));
  await bookedHere(page);
  await fits();
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});

/** The commands of docs/payment.md that have something in them. */
const commandsWith = async (part) => {
  const guide = await readFile(join(import.meta.dirname, "../../docs/payment.md"), "utf8");
  const [commands] = [...guide.matchAll(/```sh\n(.*?)```/gsu)].map(([, commands]) => commands).filter((commands) => commands.includes(part));
  assert.ok(commands, `docs/payment.md has no commands with ${part}`);
  return commands;
};
const run = async (commands) => (await promisify(execFile)("bash", ["-euo", "pipefail", "-c", commands], { env: { ...process.env, ...SECRETS } })).stdout;

visitorTest("the guide's commands have things go wrong", PRICED, async ({ site }) => {
  const commands = (await commandsWith("/switches")).replaceAll("http://127.0.0.1:8787/dev/checkout", site.checkout.address);
  await run(commands.replaceAll("curl", "curl --fail --silent"));
  const switches = await (await fetch(`${site.checkout.address}/switches`)).json();
  assert.deepEqual([switches.webhooks_never, switches.refunds, switches.troubles.length], [true, "fail", 1]);
});

visitorTest("by a pay link to a shop, which says by the guide's commands that it was paid", { content: join(import.meta.dirname, "content/linked") }, async ({ site, visitor, page }) => {
  visitor.origins.push("https://shop.example.com");
  await visitor.context.route("https://shop.example.com/**", (route) => {
    const back = new URL(route.request().url()).searchParams.get("back");
    return route.fulfill({ contentType: "text/html", body: `<!doctype html><title>Shop</title><link rel=icon href=data:,><a href="${back}">Back</a>` });
  });
  await page.goto("/wren/talk/");
  await toFilledIn(page);
  await page.getByRole("button", { name: "Book and pay ¥5,000" }).click();
  await page.getByRole("link", { name: "Back" }).waitFor();
  // Back before the shop has said anything.
  await page.getByRole("link", { name: "Back" }).click();
  await page.locator("details.cancel").waitFor();
  const unheard = () => page.getByRole("heading", { name: "We have not heard of a payment yet" }).waitFor();
  await unheard();
  await page.getByRole("link", { name: "Look again" }).click();
  await unheard();
  assert.ok(await page.locator("details.cancel").isVisible(), "it is the booking's own page");
  await page.getByRole("link", { name: "Pay ¥5,000" }).click();
  await page.getByRole("link", { name: "Back" }).waitFor();
  const { id } = await site.onlyBooking("wren");
  const asked = new URL(page.url()).searchParams;
  assert.deepEqual([asked.get("ref"), asked.get("amount"), asked.get("currency")], [id, "5000", "JPY"]);
  const commands = (await commandsWith("/api/payments/link"))
    .replace("https://meet.example.com", site.url).replace(/(?<=^booking=)\S+/mu, id).replace("$(date +%s)", Date.parse(NOW) / 1000);
  assert.equal(await run(commands), '{"received":true}');
  await page.getByRole("link", { name: "Back" }).click();
  await bookedHere(page);
  assert.deepEqual(await stands(site), ["confirmed", "paid"]);
});
