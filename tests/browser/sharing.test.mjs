/** The desk shares: links, with a campaign and as a QR code; suggested times for an email; and the lines for another site. */

import assert from "node:assert/strict";
import { join } from "node:path";

import jsqr from "jsqr";

import { openDesk, signIn } from "./harness/desk.mjs";
import { visitorTest } from "./harness/index.mjs";

const CONTENT = join(import.meta.dirname, "content/sharing");
const PHONE = { viewport: { width: 375, height: 812 } };
const COPYING = { content: CONTENT, context: { ...PHONE, permissions: ["clipboard-read", "clipboard-write"] } };
const PLAIN = { content: CONTENT, context: PHONE };

const open = async (scene, view) => {
  await signIn(scene);
  await openDesk(scene, view);
};
const said = (page, words) => page.getByRole("status").filter({ hasText: words }).waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const card = (page, name) => page.getByRole("article", { name });

/** Takes every way to copy away, as a browser does whose user has refused. */
const refuseToCopy = (page) => page.addInitScript(() => {
  Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new DOMException("", "NotAllowedError")), write: () => Promise.reject(new DOMException("", "NotAllowedError")) } });
  document.execCommand = () => false;
});

visitorTest("a page's link is copied by one press, or by one key", COPYING, async (scene) => {
  const { page, site } = scene;
  await open(scene);
  await page.getByRole("link", { name: "Share" }).click();
  await page.getByRole("heading", { name: "Share", level: 1 }).waitFor();
  await card(page, "Introductory call").getByRole("button", { name: "Copy link" }).click();
  await said(page, "Link copied.");
  assert.equal(await copied(page), `${site.url}/aiko/intro/`);
  await card(page, "Board meeting").getByRole("button", { name: "Copy link" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).endsWith("/aiko/board/"));
  const address = card(page, "Introductory call").getByRole("link", { name: "127.0.0.1" });
  assert.equal(await address.getAttribute("href"), `${site.url}/aiko/intro/`, "it can be looked at");
});

visitorTest("in Japanese, the link leads to the Japanese page, where there is one", COPYING, async (scene) => {
  const { page, site } = scene;
  await open({ ...scene, prefix: "/ja/" }, "#share");
  await card(page, "初回のご相談").getByRole("button", { name: "リンクをコピー" }).click();
  await said(page, "リンクをコピーしました。");
  assert.equal(await copied(page), `${site.url}/ja/aiko/intro/`);
  await card(page, "Board meeting").getByRole("button", { name: "リンクをコピー" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).endsWith("/aiko/board/"));
  assert.equal(await copied(page), `${site.url}/aiko/board/`);
});

visitorTest("where copying is refused, the link is selected, to be copied by hand", PLAIN, async (scene) => {
  const { page, site } = scene;
  await refuseToCopy(page);
  await open(scene, "#share");
  await card(page, "Introductory call").getByRole("button", { name: "Copy link" }).click();
  await said(page, "Your browser does not allow copying. The text is selected: copy it yourself.");
  const selected = () => page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(await selected(), `${site.url}/aiko/intro/`);
  await page.goto("/host/#suggest/aiko/intro");
  await button(page, "Copy").click();
  await page.waitForFunction(() => document.activeElement.id === "text");
  assert.match(await selected(), /^Introductory call with Aiko Tanaka, 30 minutes\n/);
});

visitorTest("what a browser copies in the old way is copied", COPYING, async (scene) => {
  const { page, site } = scene;
  await page.addInitScript(() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError")); });
  await open(scene, "#share");
  await card(page, "Introductory call").getByRole("button", { name: "Copy link" }).click();
  await said(page, "Link copied.");
  assert.equal(await copied(page), `${site.url}/aiko/intro/`);
});

visitorTest("a host's own unlisted pages are there, and nobody else's", PLAIN, async (scene) => {
  const { page, site } = scene;
  await open(scene, "#share");
  const titles = () => page.getByRole("article").getByRole("heading").allInnerTexts();
  assert.deepEqual((await titles()).sort(), ["Board meeting", "Introductory call"]);
  await card(page, "Board meeting").getByText("not in lists").waitFor();
  assert.equal(await card(page, "Introductory call").getByText("not in lists").count(), 0);
  await page.getByLabel("Owner").focus();
  await page.getByLabel("Owner").selectOption("Jonas Weber");
  await card(page, "Support").waitFor();
  assert.deepEqual(await titles(), ["Support"]);
  assert.equal(await page.evaluate(() => location.hash), "#share/jonas");
  assert.equal(await page.evaluate(() => document.activeElement.id), "owner", "whoever goes through the list stays in it");
  await page.getByLabel("Owner").selectOption("Everyone");
  await card(page, "Introductory call").waitFor();
  assert.deepEqual((await titles()).sort(), ["Board meeting", "Introductory call", "Support"]);
  await page.goBack();
  await card(page, "Introductory call").waitFor({ state: "detached" });
  assert.deepEqual(await titles(), ["Support"], "the back button leads to the filter before");
  for (const list of ["/host/pages.json", "/ja/host/pages.json"]) {
    const text = await (await fetch(site.url + list)).text();
    assert.equal(/board|family/i.test(text), false, text);
  }
});

visitorTest("one's own pages can be shared while those of others cannot be read", PLAIN, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/503/);
  await page.route("**/host/pages.json", (route) => route.fulfill({ status: 503, body: "" }));
  await open(scene, "#share");
  await card(page, "Introductory call").waitFor();
  await said(page, "Something went wrong");
  await page.unroute("**/host/pages.json");
  await button(page, "Try again").click();
  await page.getByLabel("Owner").waitFor();
});

/** The text of the code that is shown, as a camera reads it. */
const decoded = async (page) => {
  const path = await page.getByRole("img", { name: "QR code of the link" }).locator("path").last().getAttribute("d");
  const side = Number((await page.getByRole("img", { name: "QR code of the link" }).getAttribute("viewBox")).split(" ")[2]);
  const scale = 4;
  const pixels = new Uint8ClampedArray((side * scale) ** 2 * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < scale; row += 1) {
      const at = ((y * scale + row) * side * scale + x * scale) * 4;
      for (let column = 0; column < scale; column += 1) pixels.fill(0, at + column * 4, at + column * 4 + 3);
    }
  }
  return jsqr(pixels, side * scale, side * scale)?.data;
};

visitorTest("a link with a campaign, its code, and what it led to", COPYING, async (scene) => {
  const { page, site } = scene;
  await open(scene, "#share/aiko/intro");
  const plain = `${site.url}/aiko/intro/`;
  assert.equal(await decoded(page), plain);
  await page.getByLabel("Campaign").fill(" 春 & spring ");
  await page.getByLabel("Source").fill("newsletter");
  await page.getByLabel("Duration").selectOption("60 minutes");
  const link = `${plain}?duration=60&utm_campaign=%E6%98%A5+%26+spring&utm_source=newsletter`;
  assert.equal(await page.getByLabel("Link", { exact: true }).inputValue(), link);
  assert.equal(await decoded(page), link);
  await page.getByLabel("Campaign").press("Enter");
  await said(page, "Link copied.");
  assert.equal(await copied(page), link);
  const download = page.waitForEvent("download");
  await button(page, "Save as SVG").click();
  assert.equal((await download).suggestedFilename(), "aiko-intro-春-spring.svg");

  await site.book("aiko/intro", "2026-11-25T01:00:00Z", { answers: {}, tracking: Object.fromEntries(new URL(link).searchParams) });
  await page.getByRole("link", { name: "All pages" }).click();
  const counted = page.getByRole("region", { name: "Where bookings came from" }).getByRole("listitem");
  assert.equal((await counted.innerText()).replace(/\s+/g, " "), "春 & spring 1 booking newsletter");

  // What was used before is offered, on this device alone, until it is forgotten.
  await openDesk(scene, "#share/aiko/board");
  const offered = () => page.locator("#used-campaign option").evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(await offered(), ["春 & spring"]);
  await button(page, "Forget it").click();
  await said(page, "Forgotten.");
  assert.deepEqual(await offered(), []);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

visitorTest("a link that servers would cut is neither copied nor drawn", COPYING, async (scene) => {
  const { page } = scene;
  await open(scene, "#share/aiko/intro");
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  await page.getByLabel("Campaign").fill("春".repeat(300));
  const { length } = await page.getByLabel("Link", { exact: true }).inputValue();
  await page.getByText(`The link has ${length} bytes. Mail programs and servers cut links at 2000: use shorter names.`).waitFor();
  await page.getByText("The link is too long for a QR code.").waitFor();
  assert.equal(await button(page, "Copy link").getAttribute("aria-disabled"), "true");
  await page.getByLabel("Campaign").press("Enter");
  assert.equal(await copied(page), "before");
  await page.getByLabel("Campaign").fill("spring");
  await page.getByLabel("Campaign").press("Enter");
  await said(page, "Link copied.");
});

visitorTest("a device that shares has its own button", PLAIN, async (scene) => {
  const { page, site } = scene;
  await page.addInitScript(() => { navigator.share = (data) => { globalThis.shared = data; return globalThis.fails ? Promise.reject(globalThis.fails) : Promise.resolve(); }; });
  await open(scene, "#share");
  await card(page, "Introductory call").getByRole("button", { name: "Share…" }).click();
  assert.deepEqual(await page.evaluate(() => globalThis.shared), { title: "Introductory call", url: `${site.url}/aiko/intro/` });
  await page.evaluate(() => { globalThis.fails = new DOMException("", "AbortError"); });
  await card(page, "Introductory call").getByRole("button", { name: "Share…" }).click();
  await page.evaluate(() => { globalThis.fails = new DOMException("", "DataError"); });
  await card(page, "Introductory call").getByRole("button", { name: "Share…" }).click();
  await said(page, "This device could not share it. Copy the link.");
});

visitorTest("a page that is not there is said to be missing", PLAIN, async (scene) => {
  const { page } = scene;
  await open(scene);
  for (const view of ["#share/jonas/family", "#suggest/aiko/none", "#embed/aiko"]) {
    await openDesk(scene, view);
    await page.getByText("There is no such page.").waitFor();
    await page.getByText("It may have been renamed, or taken out of the lists.").waitFor();
  }
});

const written = (page) => page.locator("#letter");
/** What is copied, by its media type. */
const rich = (page, type) => page.evaluate(async (type) => {
  const [item] = await navigator.clipboard.read({ unsanitized: ["text/html"] });
  return (await item.getType(type)).text();
}, type);

visitorTest("three times that are soon are there to be copied, and others can be chosen", COPYING, async (scene) => {
  const { page, site } = scene;
  await open(scene, "#share/aiko/intro");
  await page.getByRole("link", { name: "Suggest times in an email" }).click();
  await page.getByRole("heading", { name: "Suggest times" }).waitFor();
  await written(page).waitFor();
  assert.equal(await written(page).getByRole("link").count(), 4);
  await button(page, "Copy").click();
  await said(page, "Copied. Paste it into your email.");
  assert.match(await rich(page, "text/plain"), /^Introductory call with Aiko Tanaka, 30 minutes\n\nTuesday 24 November 2026, /);
  const html = await rich(page, "text/html");
  assert.match(html, /<td style="[^"]*border:1px solid #767676;padding:8px 14px"><a href="http:[^"]*\?slot=2026-11-24T/, "with its styles");

  // Others: one of Thursday instead of all three.
  await page.getByLabel("Reader’s time zone").selectOption("America/New_York");
  await written(page).getByText("New York").first().waitFor();
  const suggested = page.getByRole("radio", { name: /1 time$/ });
  for (let left = 3; left > 0; left -= 1) {
    await suggested.nth(left - 1).click();
    await page.getByRole("checkbox", { checked: true }).click();
    await page.waitForFunction((left) => document.querySelectorAll(".times-grid b").length === left, left - 1);
  }
  await page.getByText("Choose a time, and the text is written here.").waitFor();
  await page.getByRole("radio", { name: /Thursday 26/ }).check();
  await page.getByRole("checkbox", { name: "10:00" }).check();
  await written(page).getByText("Wednesday 25 November 2026, 20:00–20:30").waitFor();
  await written(page).getByText("New York (UTC−5) · Thursday 26 November 2026, 10:00 in Tokyo").waitFor();
  await page.getByText("Who is it for?").click();
  await page.getByLabel("Name").fill("Mara Lind");
  await page.getByLabel("Email address").fill("mara@example.org");
  const link = `${site.url}/aiko/intro/?slot=2026-11-26T01:00Z&tz=America%2FNew_York&name=Mara+Lind&email=mara%40example.org`;
  await page.waitForFunction((link) => document.querySelector("#letter a")?.href === link, link);
  await button(page, "Copy as plain text").click();
  await page.waitForFunction(async (link) => (await navigator.clipboard.readText()).includes(link), link);

  // The reader: the time is chosen, and the details are filled in.
  await page.goto(link);
  await page.getByRole("button", { name: /^Book Wednesday 25 November, 20:00/ }).waitFor();
  assert.equal(await page.locator("[name='contact.name']").inputValue(), "Mara Lind");

  // Once it is taken, it is not suggested any more.
  await site.book("aiko/intro", "2026-11-26T01:00:00Z", { answers: {} });
  await openDesk(scene, "#suggest/aiko/intro");
  await page.getByRole("radio", { name: /Thursday 26/ }).check();
  assert.equal(await page.getByRole("checkbox", { name: "10:00" }).count(), 0);
});

visitorTest("what cannot be written is said, and what was chosen stays", COPYING, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/422/, /ERR_INTERNET_DISCONNECTED/);
  await open(scene, "#suggest/aiko/intro");
  await written(page).waitFor();
  await page.getByText("Who is it for?").click();
  await page.getByLabel("Email address").fill("mara");
  await page.getByText("Enter an email address, such as name@example.com.").waitFor();
  await page.getByLabel("Email address").fill("mara@example.org");
  await page.getByText("Enter an email address, such as name@example.com.").waitFor({ state: "detached" });
  await visitor.context.setOffline(true);
  await page.getByRole("radio", { name: /Friday 27/ }).check();
  await page.getByRole("checkbox", { name: "14:00" }).check();
  await page.getByRole("heading", { name: "There is no connection" }).waitFor();
  await visitor.context.setOffline(false);
  await written(page).getByText("Friday 27 November 2026, 14:00–14:30").waitFor();
});

visitorTest("a word that is being composed is not interrupted", PLAIN, async (scene) => {
  const { page } = scene;
  await open(scene, "#suggest/aiko/intro");
  await written(page).waitFor();
  await page.getByText("Who is it for?").click();
  await page.getByLabel("Name").focus();
  const name = await page.getByLabel("Name").elementHandle();
  const client = await page.context().newCDPSession(page);
  await client.send("Input.imeSetComposition", { text: "まら", selectionStart: 2, selectionEnd: 2 });
  await page.waitForResponse("**/api/host/suggestions");
  assert.equal(await name.evaluate((field) => field.isConnected), true, "the field is the same while it is written in");
  await client.send("Input.insertText", { text: "マラ" });
  await page.waitForFunction(() => decodeURIComponent(document.querySelector("#letter a")?.href ?? "").endsWith("name=マラ"));
  assert.equal(await page.getByLabel("Name").inputValue(), "マラ");
});

visitorTest("the lines for another site, and how they look", { ...COPYING, parents: ["https://www.example.com"] }, async (scene) => {
  const { page, site } = scene;
  await open(scene, "#embed");
  const lines = (way, words = "Book a meeting", page = "aiko/intro", prefix = "/") => `<script src="${site.url}${prefix}embed.js" async></script>\n<a href="${site.url}${prefix}${page}/" data-daymark="${way}">${words}</a>`;
  await page.getByLabel("Page", { exact: true }).selectOption("Introductory call");
  const live = page.frameLocator(".live iframe");
  await live.getByRole("heading", { name: "Introductory call" }).waitFor();
  await page.getByText("Only these sites can show your pages: www.example.com. Others are added in site.toml, under [embed].").waitFor();
  await button(page, "Copy").click();
  await said(page, "Copied. Paste it into your website.");
  assert.equal(await copied(page), lines("inline"));
  await page.getByLabel("Words of the link").fill("Tea & \"talk\"");
  assert.equal(await page.getByLabel("Paste this").inputValue(), lines("inline", "Tea &amp; &quot;talk&quot;"));
  await page.getByRole("radio", { name: /On a click/ }).check();
  await page.getByRole("link", { name: "Tea & \"talk\"" }).click();
  await page.getByRole("dialog").waitFor();
  await page.frameLocator("dialog iframe").getByRole("heading", { name: "Introductory call" }).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("radio", { name: /As a button/ }).check();
  await page.getByLabel("Language", { exact: true }).selectOption("日本語");
  assert.equal(await page.getByLabel("Paste this").inputValue(), lines("button", "Tea &amp; &quot;talk&quot;", "aiko/intro", "/ja/"));
  await page.getByLabel("Page", { exact: true }).selectOption("Support (Jonas Weber)");
  await page.waitForFunction(() => document.querySelector("#snippet").value.includes("/jonas/support/"));
  assert.equal(await page.locator("dialog iframe").count(), 0, "what was shown is taken away");
});

visitorTest("where no other site may show pages, the desk says who can change that", PLAIN, async (scene) => {
  await open(scene, "#embed/aiko/intro");
  await scene.page.getByText("No other site can show your pages yet. The person who runs this site lists yours in site.toml, under [embed].").waitFor();
});

/** Presses with the mouse, without leaving the field beforehand and however the page changes meanwhile. */
const press = async (page, target) => {
  await target.hover();
  await page.mouse.down();
  await page.waitForTimeout(400);
  await page.mouse.up();
};

visitorTest("the first press acts, with what was just typed", COPYING, async (scene) => {
  const { page, site, visitor } = scene;
  await open(scene, "#share/aiko/intro");
  const link = (campaign) => `${site.url}/aiko/intro/?utm_campaign=${campaign}`;
  await page.getByLabel("Campaign").pressSequentially("spring");
  await press(page, button(page, "Copy link"));
  await said(page, "Link copied.");
  assert.equal(await copied(page), link("spring"));
  await page.getByLabel("Campaign").fill("summer");
  const saved = page.waitForEvent("download");
  await press(page, button(page, "Save as SVG"));
  assert.equal((await saved).suggestedFilename(), "aiko-intro-summer.svg");
  await page.getByLabel("Campaign").fill("autumn");
  const opened = visitor.context.waitForEvent("page");
  await press(page, page.getByRole("link", { name: "Open" }));
  assert.equal((await opened).url(), link("autumn"));

  await page.goto("/host/#embed/aiko/intro");
  await page.getByLabel("Words of the link").press("End");
  await page.getByLabel("Words of the link").pressSequentially("!");
  await press(page, button(page, "Copy"));
  await said(page, "Copied. Paste it into your website.");
  assert.match(await copied(page), />Book a meeting!<\/a>$/);

  await page.goto("/host/#suggest/aiko/intro");
  await written(page).waitFor();
  await page.getByText("Who is it for?").click();
  await page.getByLabel("Name").pressSequentially("Mara");
  await press(page, button(page, "Copy as plain text"));
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes("name=Mara"));
});

visitorTest("suggested times are copied as they were wanted last, or not at all", COPYING, async (scene) => {
  const { page, visitor } = scene;
  visitor.expected.push(/422/, /503/);
  await open(scene, "#suggest/aiko/intro");
  await written(page).waitFor();
  await page.getByText("Who is it for?").click();
  await page.route("**/api/host/suggestions", async (route) => {
    await new Promise((done) => setTimeout(done, 500));
    await route.continue();
  });
  await page.getByLabel("Name").fill("Mara");
  await button(page, "Copy as plain text").dispatchEvent("click");
  await said(page, "Copied.");
  assert.match(await copied(page), /name=Mara/);
  await page.unroute("**/api/host/suggestions");

  await page.getByLabel("Email address").fill("mara");
  await page.locator("#email[aria-invalid=true]").waitFor();
  assert.equal(await page.getByLabel("Email address").evaluate((field) => document.getElementById(field.getAttribute("aria-describedby")).textContent), "Enter an email address, such as name@example.com.");
  for (const name of ["Copy", "Copy as plain text"]) assert.equal(await button(page, name).getAttribute("aria-disabled"), "true");
  assert.equal(await button(page, "Try again").count(), 0, "it is not tried again: the address has to be changed");
  await page.getByLabel("Email address").fill("mara@example.org");
  await page.locator("#email:not([aria-invalid])").waitFor();
  assert.equal(await button(page, "Copy").getAttribute("aria-disabled"), null);

  // A fault of the server from the beginning on.
  await page.route("**/api/host/suggestions", (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();
  await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
  assert.equal(await page.getByText("Loading…").count(), 0);
  await page.unroute("**/api/host/suggestions");
  await page.locator(".suggest ~ section").getByRole("button", { name: "Try again" }).click();
  await written(page).waitFor();
});

visitorTest("the usual words follow the language of the lines", PLAIN, async (scene) => {
  const { page } = scene;
  await open(scene, "#embed/aiko/intro");
  const ends = (words) => page.waitForFunction((end) => document.querySelector("#snippet").value.endsWith(end), `>${words}</a>`);
  await page.getByLabel("Language", { exact: true }).selectOption("日本語");
  await ends("面談を予約する");
  assert.equal(await page.getByLabel("Words of the link").inputValue(), "面談を予約する");
  await page.getByLabel("Language", { exact: true }).selectOption("English");
  await ends("Book a meeting");
  assert.equal(await page.getByLabel("Words of the link").inputValue(), "Book a meeting");
  await page.getByLabel("Words of the link").fill("Tea?");
  await page.getByLabel("Language", { exact: true }).selectOption("日本語");
  await ends("Tea?");
});

visitorTest("buttons say of which page they are, and what was typed stays for the visit", PLAIN, async (scene) => {
  const { page } = scene;
  await open(scene, "#share");
  for (const action of [page.getByRole("button", { name: "Copy link" }), page.getByRole("link", { name: "More" })]) {
    const described = await action.evaluateAll((all) => all.map((one) => document.getElementById(one.getAttribute("aria-describedby")).textContent));
    assert.deepEqual(described.sort(), ["Board meeting", "Introductory call"]);
  }
  await card(page, "Introductory call").getByRole("link", { name: "More" }).click();
  await page.getByLabel("Campaign").fill("spring");
  await page.getByRole("link", { name: "All pages" }).click();
  await card(page, "Introductory call").waitFor();
  await page.goBack();
  assert.equal(await page.getByLabel("Campaign").inputValue(), "spring");
  assert.match(await page.locator("#result").inputValue(), /utm_campaign=spring$/);
});
