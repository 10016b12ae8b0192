/** Site: a generator of its own, serving a site with fresh data, and what the tests ask its endpoint. */

import { execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

import { Checkout, SECRETS } from "./checkout.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
const GENERATOR = process.env.DAYMARK_GENERATOR ?? join(ROOT, "target/debug/generator");

/** The instant at which every test begins, so that none depends on the day it runs on. A Tuesday, noon in Tokyo. */
export const NOW = "2026-11-24T03:00:00Z";

/** Signs links and keys of every server. */
const SECRET = "a secret of sixteen bytes, and then of some more";

/** How long links to a booking work once it is over, in days. */
const LINK_DAYS = 400;

/** The longest time that a server may take to answer, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Runs the generator. @returns {Promise<string>} what it printed */
const generate = async (...options) => {
  const { stdout } = await promisify(execFile)(GENERATOR, options, { env: { ...process.env, DAYMARK_SECRET: SECRET } });
  return stdout.trim();
};

/** A port that nothing listens on. */
export const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/**
 * Starts a site as visitors get it: `serve --production`, without watching and reloading.
 * @param {{ content?: string, now?: string, turnstile?: Object, parents?: string[], checkout?: Object }} [options] a content folder, beside the
 * sample content; the clock's start; the keys of Turnstile, as site.toml has them; the origins that may frame its pages; more keys of
 * `[payment]`, if payments go to a stand-in of Stripe
 */
export const startSite = async ({ content = join(ROOT, "content"), now = NOW, turnstile, parents, checkout } = {}) => {
  const tables = Object.entries({ turnstile, embed: parents && { parents } }).filter(([, keys]) => keys);
  for (;;) {
    const build = await Build.of(content, tables, checkout);
    // The stand-ins are on this machine.
    const site = new Site(build, await mkdtemp(join(tmpdir(), "daymark-browser-")), turnstile || checkout ? ["--private-webhooks"] : []);
    try {
      await site.start(now);
      return site;
    } catch (fault) {
      // Between two tests, another program may have got the port; then a build for another one is needed.
      if (!build.isUsed || !/already in use/.test(fault.message)) throw fault;
    }
  }
};

/** Content, the port of its site, and its pages as they are built at an instant: what tests that follow each other have in common. */
class Build {
  /** Those that no site has at the moment, by what they are made of. @type {Map<string, Build[]>} */
  static #spare = new Map();
  static #folder;
  static #count = 0;
  #kind;
  /** The folders of pages, by the instant. @type {Map<string, Promise<string>>} */
  #pages = new Map();
  /** The keys of hosts. @type {Map<string, Promise<string>>} */
  #keys = new Map();
  /** Whether a site has had it before. */
  isUsed = false;

  /** One that no other site has. */
  static async of(content, tables, checkout) {
    const kind = JSON.stringify([content, tables, checkout]);
    const spare = Build.#spare.get(kind)?.pop();
    if (spare) return spare;
    if (!Build.#folder) {
      Build.#folder = mkdtempSync(join(tmpdir(), "daymark-builds-"));
      process.on("exit", () => rmSync(Build.#folder, { recursive: true, force: true }));
    }
    const build = new Build();
    build.#kind = kind;
    build.folder = join(Build.#folder, String(Build.#count++));
    build.port = String(await freePort());
    build.url = `http://127.0.0.1:${build.port}`;
    build.content = tables.length || checkout ? await withTables(content, join(build.folder, "content"), tables) : content;
    if (checkout) {
      build.checkoutPort = String(await freePort());
      await payAt(build.content, { ...checkout, url: `http://127.0.0.1:${build.checkoutPort}/dev/checkout` });
    }
    build.sources = ["--content", build.content, "--theme", join(ROOT, "site")];
    return build;
  }

  /** Leaves it to the next site. */
  giveBack() {
    this.isUsed = true;
    if (!Build.#spare.has(this.#kind)) Build.#spare.set(this.#kind, []);
    Build.#spare.get(this.#kind).push(this);
  }

  /** Copies the pages of an instant to a folder. */
  async copy(now, folder) {
    const built = join(this.folder, `dist-${this.#pages.size}`);
    const build = () => generate("build", "--base-url", this.url, "--now", now, ...this.sources, "--output", built).then(() => built);
    if (!this.#pages.has(now)) this.#pages.set(now, build());
    await rm(folder, { recursive: true, force: true });
    await cp(await this.#pages.get(now), folder, { recursive: true, preserveTimestamps: true });
  }

  /** A host's key. */
  async key(host) {
    if (!this.#keys.has(host)) this.#keys.set(host, generate("token", host, ...this.sources));
    return this.#keys.get(host);
  }
}

/** A copy of content whose site has these tables, too. */
const withTables = async (content, copy, tables) => {
  await cp(content, copy, { recursive: true });
  for (const [name, keys] of tables) {
    const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await appendFile(join(copy, "site.toml"), `\n[${name}]\n${lines.join("")}`);
  }
  return copy;
};

/** Has payments of a copy of content go to a stand-in. */
const payAt = async (copy, keys) => {
  const file = join(copy, "site.toml");
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  await writeFile(file, (await readFile(file, "utf8")).replace("[payment]\n", `[payment]\n${lines.join("")}`));
};

/** What `check` says of a content folder. @returns {Promise<{ code: number, stderr: string }>} */
export const check = (content) => new Promise((resolve) => {
  execFile(GENERATOR, ["check", "--content", content, "--theme", join(ROOT, "site")], (fault, _, stderr) => resolve({ code: fault?.code ?? 0, stderr }));
});

export class Site {
  #build;
  #folder;
  #folders;
  #more;
  #server;
  #said = "";

  constructor(build, folder, more) {
    this.#build = build;
    this.#more = more;
    this.url = build.url;
    this.#folder = folder;
    this.#folders = ["--output", join(folder, "dist"), "--data", join(folder, "data")];
  }

  /** Starts the server at an instant, and waits until it answers. The stand-in of Stripe goes along, or its clock is late. */
  async start(now, goesAlong = true) {
    if (this.checkout && goesAlong) await this.checkout.goTo(now);
    else if (this.#build.checkoutPort && !this.checkout) {
      this.checkout = new Checkout(GENERATOR, this.#build.checkoutPort, now, this.url);
      await this.checkout.ready();
    }
    await this.#build.copy(now, join(this.#folder, "dist"));
    // It serves what was built, as there is no content here.
    const sources = ["--content", join(this.#folder, "content")];
    const options = ["--production", ...this.#more, "--port", this.#build.port, "--base-url", this.url, "--now", now, ...sources, ...this.#folders];
    const environment = { ...process.env, DAYMARK_SECRET: SECRET, TURNSTILE_SECRET: "a secret", ...SECRETS };
    this.#server = spawn(GENERATOR, ["serve", ...options], { cwd: this.#folder, env: environment, stdio: ["ignore", "ignore", "pipe"] });
    this.#server.stderr.on("data", (data) => { this.#said += data; });
    this.#server.on("error", (error) => { this.#said += error; });
    const until = Date.now() + PATIENCE_MS;
    while (!await fetch(`${this.url}/api/health`).then((response) => response.ok, () => false)) {
      if (this.#server.exitCode !== null || this.#server.pid === undefined || Date.now() > until) {
        await this.stop();
        throw new Error(`${GENERATOR} did not start:\n${this.#said}`);
      }
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }

  /** Goes on with the same bookings at another instant. */
  async restart(now, goesAlong) {
    await this.#kill();
    await this.start(now, goesAlong);
  }

  /** Ends the server and removes all that it wrote. */
  async stop() {
    await this.#kill();
    await this.checkout?.stop();
    await rm(this.#folder, { recursive: true, force: true });
    this.#build.giveBack();
  }

  async #kill() {
    if (this.#server.pid === undefined || this.#server.exitCode !== null) return;
    const ended = new Promise((resume) => this.#server.once("exit", resume));
    this.#server.kill("SIGKILL");
    await ended;
  }

  /** Leaves the pages without their scripts, as a visitor has them whose browser runs none. */
  async dropScripts() {
    const assets = join(this.#folder, "dist", "assets");
    for (const name of await readdir(assets)) if (name.endsWith(".js")) await rm(join(assets, name));
  }

  /** Adds a page that is not Daymark's. */
  async add(path, html) {
    const file = join(this.#folder, "dist", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, html);
  }

  /** The free times, from the endpoint. @returns {Promise<number[]>} starts in seconds since 1970 */
  async slots(page, query = "") {
    const answer = await fetch(`${this.url}/api/availability/${page}${query}`);
    return (await answer.json()).slots;
  }

  /** Books as a program does, at whatever price the page has: what another visitor books while a test's visitor thinks. */
  async book(page, start, more = {}) {
    const contact = { name: "Somebody Else", email: `else-${Date.parse(start)}@example.com` };
    const body = { page, start, duration_minutes: 30, time_zone: "Asia/Tokyo", locale: "en", contact, answers: { topic: "Mine" }, tracking: {}, ...more };
    const send = (price) => fetch(`${this.url}/api/bookings`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": `${page}-${start}` },
      body: JSON.stringify({ ...body, price }),
    });
    let answer = await send();
    const { code, price } = answer.status === 409 ? await answer.clone().json() : {};
    if (code === "price_changed") answer = await send(price);
    if (![200, 201, 202].includes(answer.status)) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** A host's key. */
  async key(host) { return this.#build.key(host); }

  /** A link that signs a host in, made at an instant. */
  async link(host, now = NOW) {
    return generate("token", host, "--link", "--base-url", this.url, "--now", now, ...this.#build.sources, ...this.#folders);
  }

  /** Suggested times of a page, as a host pastes them into an email. */
  async propose(page, now, ...options) {
    const more = ["--format", "html", "--base-url", this.url, "--now", now];
    return generate("propose", page, ...more, ...options, ...this.#build.sources, ...this.#folders);
  }

  /** Links to suggested times of a page. @returns {Promise<string[]>} */
  async suggest(page, times) {
    const html = await this.propose(page, NOW, ...times.flatMap((time) => ["--slot", time]));
    return Array.from(html.matchAll(/href="([^"]*slot=[^"]*)"/g), ([, link]) => link.replaceAll("&amp;", "&"));
  }

  /** All bookings of a host, as the host reads them. */
  async bookings(host) {
    return (await this.#asHost(host, "GET", "/api/host/bookings")).bookings;
  }

  /** A host's action on a booking: `accept`, `decline`, `cancel`, `refund`. */
  async act(booking, act, body) {
    return this.#asHost(booking.host.folder, "POST", `/api/host/bookings/${booking.id}/${act}`, body);
  }

  async #asHost(host, method, path, body) {
    const headers = { Authorization: `Bearer ${await this.key(host)}`, ...(body && { "Content-Type": "application/json" }) };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** Another time for a booking, as its visitor asks for it. */
  async reschedule({ booking, manage_url: address }, start) {
    const token = address.split("/").at(-1);
    const answer = await fetch(`${this.url}/api/bookings/${booking.id}/reschedule`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ start }),
    });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** The link in the host's mail: where a request is answered, until the meeting begins. */
  async decideAddress({ id, start }) { return this.#address(id, "decide", Date.parse(start)); }

  /** The link in the visitor's emails. */
  mailedAddress({ id, end }) { return this.#address(id, "mailed", Date.parse(end) + LINK_DAYS * 86_400_000); }

  #address(id, purpose, until) {
    const expires = String(until / 1000);
    const mac = createHmac("sha256", SECRET);
    for (const part of ["booking", id, purpose, expires]) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
      mac.update(length).update(part);
    }
    return `${this.url}/booking/${id}/${expires}-${mac.digest("base64url")}`;
  }

  /** The one booking of a host; fails where there are none or several. */
  async onlyBooking(host) {
    const bookings = await this.bookings(host);
    if (bookings.length !== 1) throw new Error(`${host} has ${bookings.length} bookings instead of one`);
    return bookings[0];
  }
}
