// Tests of what only wrangler has: the configuration as it is deployed, and the binding that counts attempts. They need
// the built Worker.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const GENERATOR = process.env.DAYMARK_GENERATOR ?? join(ROOT, "target/debug/generator");
const BIN = join(import.meta.dirname, "node_modules/.bin");
const PATIENCE_MS = 60_000;

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

let folder, wrangler, url, said = "";

/** wrangler.toml as it is, less the build: the Worker is there, and paths lead to it from anywhere. */
const configuration = (dist) => readFileSync(join(ROOT, "wrangler.toml"), "utf8")
  .replace(/\[build\][\s\S]*?(?=\n# )/, "")
  .replace('"edge/build/index.js"', JSON.stringify(join(ROOT, "edge/build/index.js")))
  .replace('directory = "dist"', `directory = ${JSON.stringify(dist)}`);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "daymark-smoke-"));
  const dist = join(folder, "dist");
  execFileSync(GENERATOR, ["build", "--content", join(ROOT, "content"), "--theme", join(ROOT, "site"), "--output", dist], { stdio: "pipe" });
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, configuration(dist));
  writeFileSync(join(folder, ".dev.vars"), 'DAYMARK_SECRET="a secret of sixteen bytes, and then of some more"\n');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const options = ["dev", "--local", "--config", config, "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", join(folder, "state"), "--show-interactive-dev-session=false"];
  const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  wrangler = spawn(join(BIN, "wrangler"), options, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [wrangler.stdout, wrangler.stderr]) stream.on("data", (data) => { said += data; });
  const until = Date.now() + PATIENCE_MS;
  while (!await fetch(`${url}/api/health`).then((response) => response.ok, () => false)) {
    if (Date.now() > until || wrangler.exitCode !== null) throw new Error(`wrangler does not serve:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

after(() => {
  try { process.kill(-wrangler.pid, "SIGKILL"); } catch { /* It has ended. */ }
  rmSync(folder, { recursive: true, force: true });
});

const post = (body) => fetch(`${url}/api/bookings`, {
  method: "POST",
  headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
  body: JSON.stringify(body),
});

test("pages are served, and what is private is not", async () => {
  const page = await fetch(`${url}/aiko/intro/`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /name=start/);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
  assert.equal((await fetch(`${url}/nothing/`)).status, 404);
  const api = await fetch(`${url}/api/openapi.json`);
  assert.equal((await api.json()).openapi, "3.1.0");
  for (const path of ["/_edge/site.json", "/%5Fedge/site.json", "//_edge/site.json"]) {
    assert.equal((await fetch(url + path)).status, 404, path);
  }
});

test("a time is booked, and then it is taken", async () => {
  const { slots } = await (await fetch(`${url}/api/availability/jonas/support`)).json();
  const body = { page: "jonas/support", start: slots[0], time_zone: "Europe/Berlin", locale: "en", contact: { name: "Mara Lind", email: "mara@example.org" }, answers: {} };
  let { booking, errors } = await (await post(body)).json();
  if (errors) {
    // The sample page asks something: any answer will do.
    for (const { field } of errors) body.answers[field.replace("answers.", "")] = "x";
    ({ booking, errors } = await (await post(body)).json());
  }
  assert.equal(booking?.status, "confirmed", JSON.stringify(errors));
  assert.equal((await post(body)).status, 409);
});

test("attempts from one address are counted", async () => {
  const statuses = [];
  for (let attempt = 0; attempt < 25; attempt += 1) statuses.push(await post({ page: "aiko/intro" }));
  const limited = statuses.find(({ status }) => status === 429);
  assert.ok(limited, `none of ${statuses.map(({ status }) => status)} is 429`);
  assert.equal(limited.headers.get("retry-after"), "60");
  assert.equal((await limited.json()).code, "too_many_requests");
});
