/** Site: a generator of its own, serving a site with fresh data, and what the tests ask its endpoint. */

import { execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { appendFile, cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../../..");
const GENERATOR = process.env.DAYMARK_GENERATOR ?? join(ROOT, "target/debug/generator");

/** The instant at which every test begins, so that none depends on the day it runs on. A Tuesday, noon in Tokyo. */
export const NOW = "2026-11-24T03:00:00Z";

/** The longest time that a server may take to answer, in milliseconds. */
const PATIENCE_MS = 20_000;

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
 * @param {{ content?: string, now?: string, turnstile?: Object, parents?: string[] }} [options] a content folder, beside the sample content; the
 * clock's start; the keys of Turnstile, as site.toml has them; the origins that may frame its pages
 */
export const startSite = async ({ content = join(ROOT, "content"), now = NOW, turnstile, parents } = {}) => {
  const folder = await mkdtemp(join(tmpdir(), "daymark-browser-"));
  const tables = Object.entries({ turnstile, embed: parents && { parents } }).filter(([, keys]) => keys);
  if (tables.length) content = await withTables(content, join(folder, "content"), tables);
  // The stand-in that verifies tokens is on this machine.
  const site = new Site(await freePort(), folder, content, turnstile ? ["--private-webhooks"] : []);
  await site.start(now);
  return site;
};

/** A copy of content whose site has these tables, too. */
const withTables = async (content, copy, tables) => {
  await cp(content, copy, { recursive: true });
  for (const [name, keys] of tables) {
    const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await appendFile(join(copy, "site.toml"), `\n[${name}]\n${lines.join("")}`);
  }
  return copy;
};

/** What `check` says of a content folder. @returns {Promise<{ code: number, stderr: string }>} */
export const check = (content) => new Promise((resolve) => {
  execFile(GENERATOR, ["check", "--content", content, "--theme", join(ROOT, "site")], (fault, _, stderr) => resolve({ code: fault?.code ?? 0, stderr }));
});

export class Site {
  #folder;
  #folders;
  #more;
  #port;
  #server;
  #said = "";

  constructor(port, folder, content, more) {
    this.#more = more;
    this.url = `http://127.0.0.1:${port}`;
    this.#port = String(port);
    this.#folder = folder;
    this.#folders = ["--content", content, "--theme", join(ROOT, "site"), "--output", join(folder, "dist"), "--data", join(folder, "data")];
  }

  /** Starts the server at an instant, and waits until it answers. */
  async start(now) {
    const options = ["--production", ...this.#more, "--port", this.#port, "--base-url", this.url, "--now", now, ...this.#folders];
    this.#server = spawn(GENERATOR, ["serve", ...options], { cwd: this.#folder, env: { ...process.env, TURNSTILE_SECRET: "a secret" }, stdio: ["ignore", "ignore", "pipe"] });
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
  async restart(now) {
    await this.#kill();
    await this.start(now);
  }

  /** Ends the server and removes all that it wrote. */
  async stop() {
    await this.#kill();
    await rm(this.#folder, { recursive: true, force: true });
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

  /** The free times, from the endpoint. @returns {Promise<number[]>} starts in seconds since 1970 */
  async slots(page, query = "") {
    const answer = await fetch(`${this.url}/api/availability/${page}${query}`);
    return (await answer.json()).slots;
  }

  /** Books as a program does: what another visitor books while a test's visitor thinks. */
  async book(page, start, more = {}) {
    const contact = { name: "Somebody Else", email: `else-${Date.parse(start)}@example.com` };
    const body = { page, start, duration_minutes: 30, time_zone: "Asia/Tokyo", locale: "en", contact, answers: { topic: "Mine" }, tracking: {}, ...more };
    const answer = await fetch(`${this.url}/api/bookings`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": `${page}-${start}` },
      body: JSON.stringify(body),
    });
    if (![201, 202].includes(answer.status)) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** A host's key. */
  async key(host) {
    const { stdout } = await promisify(execFile)(GENERATOR, ["token", host, ...this.#folders]);
    return stdout.trim();
  }

  /** A link that signs a host in, made at an instant. */
  async link(host, now = NOW) {
    const options = ["--link", "--base-url", this.url, "--now", now];
    const { stdout } = await promisify(execFile)(GENERATOR, ["token", host, ...options, ...this.#folders]);
    return stdout.trim();
  }

  /** Suggested times of a page, as a host pastes them into an email. */
  async propose(page, now, ...options) {
    const more = ["--format", "html", "--base-url", this.url, "--now", now];
    const { stdout } = await promisify(execFile)(GENERATOR, ["propose", page, ...more, ...options, ...this.#folders]);
    return stdout;
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

  /** A host's action on a booking: `accept`, `decline`, `cancel`. */
  async act(booking, act) {
    return this.#asHost(booking.host.folder, "POST", `/api/host/bookings/${booking.id}/${act}`);
  }

  async #asHost(host, method, path) {
    const answer = await fetch(this.url + path, { method, headers: { Authorization: `Bearer ${await this.key(host)}` } });
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
  async decideAddress({ id, start }) {
    const expires = String(Date.parse(start) / 1000);
    const mac = createHmac("sha256", (await readFile(join(this.#folder, "data", "secret"), "utf8")).trim());
    for (const part of ["booking", id, "decide", expires]) {
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
