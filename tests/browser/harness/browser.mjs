/** Browser: one Chromium for a test file, and a visitor in a context of their own, watched for what no page may do. */

import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

export const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The longest time that a page may take to show what a test waits for, in milliseconds. */
const PATIENCE_MS = 15_000;

/** How many times slower than this machine the visitors' devices are: what only a slow one shows is found with 6. */
const SLOWNESS = Number(process.env.DAYMARK_SLOWNESS ?? 1);

/** The first of some browsers that is installed. */
const find = (...names) => {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of names) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one may be there.
    }
  }
  throw new Error("No Chromium: install chromium, or say where it is in CHROMIUM");
};

const WHOLE = ["chromium", "chromium-browser", "google-chrome"];

/** The browser as people have it. */
export const findChromium = () => find(...WHOLE);

/**
 * Launches Chromium. Where pages need not be kept, one without all that is around them does, in half of the time; frames of other
 * sites have processes of their own there too.
 * @param {boolean} backForwardCache whether pages are kept as they were left, as visitors' browsers do
 */
export const launch = (backForwardCache = false) => (backForwardCache
  ? chromium.launch({ executablePath: findChromium(), args: FLAGS, ignoreDefaultArgs: ["--disable-back-forward-cache"] })
  : chromium.launch({ executablePath: find("chromium-headless-shell", ...WHOLE), args: [...FLAGS, "--site-per-process"] }));

/**
 * A visitor: a browser context of their own, and one page in it.
 * @param {import("playwright-core").Browser} browser
 * @param {import("./site.mjs").Site} site
 * @param {string} now the instant that the visitor's clock shows
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export const visit = async (browser, site, now, options) => {
  const context = await browser.newContext({
    baseURL: site.url,
    locale: "en-GB",
    timezoneId: "Asia/Tokyo",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const visitor = new Visitor(site, context);
  await visitor.open(now);
  return visitor;
};

/** @param {import("playwright-core").Page} page */
const slowDown = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWNESS });
};

class Visitor {
  /** The addresses of requests, in order. @type {URL[]} */
  requests = [];
  /** Errors that the visitor does not see. @type {string[]} */
  complaints = [];
  /** Cookies that may be there: on the host's own pages, the session's. @type {string[]} */
  cookies = [];
  /** Complaints that a test brings about on purpose. @type {RegExp[]} */
  expected = [];
  /** Other origins that the page may ask. @type {string[]} */
  origins = [];

  constructor(site, context) {
    Object.assign(this, { site, context });
  }

  async open(now) {
    const { context } = this;
    await context.clock.setSystemTime(new Date(now));
    await context.exposeFunction("daymarkComplain", (complaint) => this.complaints.push(complaint));
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => globalThis.daymarkComplain(`policy: ${violatedDirective} ${blockedURI}`));
    });
    context.on("request", (request) => this.requests.push(new URL(request.url())));
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`console: ${message.text()} ${message.location().url}`);
    });
    if (SLOWNESS > 1) context.on("page", slowDown);
    context.on("weberror", (error) => this.complaints.push(`uncaught: ${error.error()}`));
    this.page = await context.newPage();
  }

  /** Leaves. Answers that a test tells in the endpoint's stead may still be on their way: nobody waits for them any more. */
  async leave() {
    for (const one of [this.context, ...this.context.pages()]) await one.unrouteAll({ behavior: "ignoreErrors" });
    await this.context.close();
  }

  /** The page as a screen reader reads it, and what the visitor does not see: for whoever looks for the reason of a failure. */
  async seen() {
    const read = await this.page.locator("body").ariaSnapshot().catch(String);
    return [this.page.url(), read, ...this.complaints].join("\n");
  }

  /** Things that no page may do, whatever the test is about. @returns {Promise<string[]>} */
  async wrongs() {
    const { origin } = new URL(this.site.url);
    const strangers = this.requests.filter((address) => ![origin, ...this.origins].includes(address.origin)).map((address) => `a request to ${address.origin}`);
    const cookies = (await this.context.cookies()).filter(({ name }) => !this.cookies.includes(name)).map(({ name }) => `a cookie named ${name}`);
    const unexpected = this.complaints.filter((complaint) => !this.expected.some((pattern) => pattern.test(complaint)));
    return [...strangers, ...cookies, ...unexpected];
  }
}
