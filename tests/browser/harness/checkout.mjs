/** Checkout: the stand-in of Stripe on a port of its own, which a site's payments go to. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";

/** What its webhooks are signed with, and the key that it is called with; and what the words of another provider are signed with. */
export const SECRETS = {
  STRIPE_WEBHOOK_SECRET: "whsec_browser", STRIPE_SECRET_KEY: "sk_test_browser", SHOP_SECRET: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
};

export class Checkout {
  #server;
  #begun;

  /** @param {string} generator the program beside which it was built @param {string} port @param {string} now an instant @param {string} site */
  constructor(generator, port, now, site) {
    this.origin = `http://127.0.0.1:${port}`;
    this.address = `${this.origin}/dev/checkout`;
    const program = join(dirname(generator), "examples/checkout");
    const options = ["--port", port, "--now", now, "--to", `${site}/api/payments/stripe`, "--secret", SECRETS.STRIPE_WEBHOOK_SECRET];
    // It ends with its standard input, and so with this process.
    this.#server = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
    this.#begun = { now: Date.parse(now), at: Date.now() };
  }

  /** Waits until it answers. */
  async ready() {
    const ended = once(this.#server, "exit").then(([code]) => { throw new Error(`the stand-in of Stripe ended with ${code}`); });
    ended.catch(() => {});
    await Promise.race([once(this.#server.stdout, "data"), ended]);
  }

  /** Turns switches: what goes wrong. */
  async switch(switches) { await this.#post("/switches", JSON.stringify(switches)); }

  /** Goes on at another instant. */
  async goTo(now) {
    const passed = Date.parse(now) - this.#begun.now - (Date.now() - this.#begun.at);
    await this.switch({ ahead_seconds: Math.max(0, Math.round(passed / 1000)) });
  }

  /** Everything that happened. */
  async state() { return (await fetch(`${this.address}/state`)).json(); }

  /** All checkouts, in order. */
  async sessions() { return (await this.state()).sessions; }

  /** What somebody chooses on the page of a checkout, by default the newest: `pay`, `later`, `succeed`, `fail`. */
  async choose(choice, place = -1) {
    const session = (await this.sessions()).at(place);
    await this.#post(`/pay/${session.id}`, new URLSearchParams({ choice }));
  }

  /** The newest checkout can be paid no longer. */
  async expire() {
    const session = (await this.sessions()).at(-1);
    await this.#post(`/v1/checkout/sessions/${session.id}/expire`, "", { Authorization: `Bearer ${SECRETS.STRIPE_SECRET_KEY}` });
  }

  async #post(path, body, headers = {}) {
    const answer = await fetch(this.address + path, { method: "POST", body, headers, redirect: "manual" });
    if (answer.status >= 400) throw new Error(`${answer.status}: ${await answer.text()}`);
  }

  async stop() {
    if (this.#server.exitCode !== null) return;
    const ended = once(this.#server, "exit");
    this.#server.kill("SIGKILL");
    await ended;
  }
}
