/** Parent: another site, by browsers' rules too (`localhost` is not `127.0.0.1`), whose pages embed those of the site that is tested. */

import { createServer } from "node:http";
import { once } from "node:events";

/** What its pages keep of all that they are told, in order. */
const RECORD = `
  globalThis.told = [];
  globalThis.heard = [];
  for (const type of ["ready", "resize", "step", "slot-selected", "booked", "requested", "rescheduled", "cancelled", "failed"]) {
    addEventListener("daymark:" + type, ({ target, detail }) => told.push({ type, id: target.id, data: detail }));
  }
  addEventListener("message", ({ data, origin }) => heard.push({ data, origin }));
`;

/** A site of which a test says what its one page holds. */
export class Parent {
  /** The page's body, and its own policy. */
  body = "";
  policy = "";
  /** What it says its language is: nothing that a browser knows. */
  language = "en_wrong";

  async start() {
    this.server = createServer((request, response) => {
      const path = new URL(request.url, "http://parent").pathname;
      if (path === "/robots.txt") return response.writeHead(404).end();
      if (path === "/record.js") return response.setHeader("Content-Type", "text/javascript").end(RECORD);
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      if (path === "/forged") return response.end(`<script>parent.postMessage({ source: "daymark", version: 1, type: "booked", data: {} }, "*");</script>`);
      if (this.policy) response.setHeader("Content-Security-Policy", this.policy);
      return response.end(`<!doctype html><html lang="${this.language}"><link rel="icon" href="data:,"><title>Parent</title><script src="/record.js"></script>${this.body}`);
    });
    this.server.listen(0, "localhost");
    await once(this.server, "listening");
    this.origin = `http://localhost:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
