/** Drivers: the few things that a visitor does, in each engine: Chromium and Firefox by puppeteer, WebKit by WebDriver. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

import puppeteer from "puppeteer-core";

import { freePort } from "../harness/site.mjs";

/** Where the visitor is, so that no engine asks the machine. */
const ENVIRONMENT = { ...process.env, TZ: "Asia/Tokyo", LANG: "en_GB.UTF-8" };

/** The longest time that a page may take to show what a test waits for, and the pause between two looks, in milliseconds. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 50;

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

/** The first of some programs that is installed. */
const find = (...names) => {
  for (const name of names) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one may be there.
    }
  }
  throw new Error(`None of these is installed: ${names.join(", ")}`);
};

/** Says in the page whether an element can be seen: styles hide a form for a moment while its script is on its way. */
const seen = (selector) => `document.querySelector(${JSON.stringify(selector)})?.checkVisibility({ visibilityProperty: true })`;

/** What all drivers share: they wait by asking the page again and again, also while it is being left for another. */
class Driver {
  /** Waits until an expression is true in the page. @param {string} expression */
  async until(expression) {
    const until = Date.now() + PATIENCE_MS;
    let fault;
    while (Date.now() < until) {
      try {
        if (await this.evaluate(`Boolean(${expression})`)) return;
      } catch (error) {
        fault = error;
      }
      await pause(PAUSE_MS);
    }
    const seen = await this.evaluate("document.body.innerText.slice(0, 1000)").catch(() => "");
    throw new Error(`this did not become true: ${expression}\n${fault ?? ""}\non a page that says:\n${seen}`);
  }

  /** Waits for an element that can be seen, and clicks on it. @param {string} selector */
  async click(selector) {
    await this.until(seen(selector));
    await this.press(selector);
  }

  /** Clicks on an element until another can be seen: the page may put a new one in the place of the first meanwhile.
   * @param {string} selector @param {string} other */
  async clickUntil(selector, other) {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(PAUSE_MS)) {
      await this.click(selector).catch(() => {});
      if (await this.evaluate(`Boolean(${seen(other)})`)) return;
    }
    await this.until(seen(other));
  }

  /** Waits for a heading that can be seen. @param {string} words */
  async heading(words) {
    await this.until(`[...document.querySelectorAll("h1, h2")].some((one) => one.checkVisibility() && one.innerText === ${JSON.stringify(words)})`);
  }
}

/** Clicks and typing by the page itself: in a frame that moves and grows, the drivers' own miss what they aim at. */
const BY_SCRIPT = {
  press(selector) { return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`); },
  type(selector, text) {
    return this.evaluate(`((field) => {
      field.value = ${JSON.stringify(text)};
      field.dispatchEvent(new Event("input", { bubbles: true }));
    })(document.querySelector(${JSON.stringify(selector)}))`);
  },
};

/** Chromium or Firefox. */
class Puppeteer extends Driver {
  static async launch(options) {
    const driver = new Puppeteer();
    driver.browser = await puppeteer.launch({ headless: true, env: ENVIRONMENT, ...options });
    driver.page = await driver.browser.newPage();
    return driver;
  }

  async goto(address) { await this.page.goto(address); }
  // A page that comes as it was left is not loaded, which puppeteer would wait for.
  async back() { await this.evaluate("history.back()"); }
  async evaluate(expression) { return this.page.evaluate(expression); }
  async press(selector) { await this.page.click(selector); }
  async type(selector, text) { await this.page.type(selector, text); }
  async enter(selector) {
    [this.around, this.page] = [this.page, await (await this.page.$(selector)).contentFrame()];
    Object.assign(this, BY_SCRIPT);
  }

  async leave() {
    this.page = this.around;
    for (const name of Object.keys(BY_SCRIPT)) delete this[name];
  }

  async close() { await this.browser.close(); }
}

/** WebKit, by WebDriver (W3C) without a package: each command is one request. */
class WebKit extends Driver {
  #programs = [];

  static async launch() {
    const driver = new WebKit();
    try {
      await driver.#open();
    } catch (fault) {
      await driver.close();
      throw fault;
    }
    return driver;
  }

  async #open() {
    const screen = spawn(find("Xvfb"), ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    this.#programs.push(screen);
    const [display] = await once(screen.stdio[3], "data");
    const port = await freePort();
    const environment = { ...ENVIRONMENT, DISPLAY: `:${String(display).trim()}`, LIBGL_ALWAYS_SOFTWARE: "1", WEBKIT_DISABLE_DMABUF_RENDERER: "1" };
    this.#programs.push(spawn(find("WebKitWebDriver"), [`--port=${port}`], { env: environment, stdio: "ignore" }));
    this.address = `http://127.0.0.1:${port}`;
    const until = Date.now() + PATIENCE_MS;
    while (!await fetch(`${this.address}/status`).then(({ ok }) => ok, () => false)) {
      if (Date.now() > until) throw new Error("WebKitWebDriver did not start");
      await pause(PAUSE_MS);
    }
    const { sessionId } = await this.#ask("POST", "/session", { capabilities: { alwaysMatch: {} } });
    this.session = `/session/${sessionId}`;
  }

  async #ask(method, path, body) {
    const answer = await fetch(this.address + path, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  async #element(selector) {
    return `${this.session}/element/${Object.values(await this.#find(selector))[0]}`;
  }

  async #find(selector) { return this.#ask("POST", `${this.session}/element`, { using: "css selector", value: selector }); }

  async goto(url) { await this.#ask("POST", `${this.session}/url`, { url }); }
  async back() { await this.#ask("POST", `${this.session}/back`, {}); }
  async evaluate(expression) { return this.#ask("POST", `${this.session}/execute/sync`, { script: `return ${expression}`, args: [] }); }
  async press(selector) { await this.#ask("POST", `${await this.#element(selector)}/click`, {}); }
  async type(selector, text) { await this.#ask("POST", `${await this.#element(selector)}/value`, { text }); }
  async enter(selector) {
    await this.#ask("POST", `${this.session}/frame`, { id: await this.#find(selector) });
    Object.assign(this, BY_SCRIPT);
  }

  async leave() {
    await this.#ask("POST", `${this.session}/frame`, { id: null });
    for (const name of Object.keys(BY_SCRIPT)) delete this[name];
  }

  async close() {
    if (this.session) await this.#ask("DELETE", this.session).catch(() => {});
    for (const program of this.#programs.reverse()) program.kill();
  }
}

/** The engines, each with the way to a browser of it. */
export const ENGINES = {
  Chromium: () => Puppeteer.launch({ executablePath: process.env.CHROMIUM ?? find("chromium", "chromium-browser", "google-chrome"), args: ["--no-sandbox", "--disable-gpu"] }),
  Firefox: () => Puppeteer.launch({ browser: "firefox", executablePath: find("firefox-esr", "firefox"), extraPrefsFirefox: { "intl.locale.requested": "en-GB" } }),
  WebKit: () => WebKit.launch(),
};
