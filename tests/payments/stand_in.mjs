// The stand-in of Stripe on a port of its own, and a receiver of its webhooks.

import { spawn } from "node:child_process";
import { createServer } from "node:http";

/** Starts the stand-in. Its address, and what the tests need of it beside its API. */
export async function start() {
  const child = spawn("target/debug/examples/checkout", ["--secret", "whsec_first"], { stdio: ["pipe", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()));
    child.once("exit", () => reject(new Error("the stand-in did not start")));
  });
  const post = (path, body) => fetch(address + path, { method: "POST", body, redirect: "manual" });
  return {
    address,
    /** Turns switches. */
    async switch(switches) {
      const answer = await post("/switches", JSON.stringify(switches));
      if (!answer.ok) throw new Error(await answer.text());
    },
    /** Chooses on a session's page. Where it leads. */
    async choose(session, choice) {
      const answer = await post(`/pay/${session}`, new URLSearchParams({ choice }));
      return answer.headers.get("location");
    },
    /** Has a payment disputed, or decides that: `dispute`, `inquire`, `win` or `lose`. */
    dispute: (intent, choice) => post(`/disputes/${intent}`, new URLSearchParams({ choice })),
    settleRefund: (refund, choice) => post(`/refunds/${refund}`, new URLSearchParams({ choice })),
    state: async () => (await fetch(`${address}/state`)).json(),
    stop: () => child.stdin.end(),
  };
}

/** A receiver of webhooks, which answers as `answers` says, and then with 200. */
export async function receiver() {
  const received = [];
  const answers = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      received.push({ signature: request.headers["stripe-signature"], body });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/api/payments/stripe`,
    received,
    answers,
    /** The next so many, in the order in which they came. */
    async next(count) {
      const deadline = Date.now() + 20_000;
      while (received.length < count) {
        if (Date.now() > deadline) throw new Error(`${received.length} webhooks came, not ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return received.splice(0, count);
    },
    stop() { server.close(); server.closeAllConnections(); },
  };
}
