/** Turnstile: stand-ins of Cloudflare's script, of the frame that it shows, and of the service that verifies tokens. No test asks Cloudflare. */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { freePort } from "./site.mjs";

const ORIGIN = "https://challenges.cloudflare.com";

/** Cloudflare's script, as far as it is documented: each widget has a frame, and puts its token into the form. */
const script = (behaviour) => {
  const widgets = new Map();
  const show = (widget) => {
    const { place, settings } = widget;
    const address = new URL("https://challenges.cloudflare.com/frame");
    for (const [name, value] of Object.entries({ behaviour, theme: settings.theme, language: settings.language })) address.searchParams.set(name, value);
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = "Widget containing a Cloudflare security challenge";
    Object.assign(frame.style, { border: 0, width: "100%", height: "65px", display: "block" });
    widget.input = document.createElement("input");
    Object.assign(widget.input, { type: "hidden", name: "cf-turnstile-response", id: `${widget.id}_response` });
    place.replaceChildren(frame, widget.input);
    widget.frame = frame;
  };
  addEventListener("message", ({ source, data }) => {
    const widget = [...widgets.values()].find(({ frame }) => frame.contentWindow === source);
    if (!widget) return;
    const { settings } = widget;
    if (data === "asks") settings["before-interactive-callback"]?.();
    if (data === "failed") settings["error-callback"]?.("300030");
    if (data === "passed") {
      widget.input.value = `${settings.action}-${crypto.randomUUID()}`;
      settings.callback?.(widget.input.value);
    }
    if (data === "expired") {
      widget.input.value = "";
      settings["expired-callback"]?.();
    }
  });
  globalThis.turnstile = {
    render(place, settings) {
      const widget = { id: `cf-chl-widget-${widgets.size}`, place, settings };
      widgets.set(widget.id, widget);
      show(widget);
      return widget.id;
    },
    reset: (id) => show(widgets.get(id)),
    getResponse: (id) => widgets.get(id).input.value,
  };
  if (document.currentScript.src.includes("render=explicit")) return;
  const begin = () => {
    for (const place of document.querySelectorAll(".cf-turnstile")) globalThis.turnstile.render(place, { ...place.dataset });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else begin();
};

/** What the frame shows, and what it tells the script. */
const frame = () => {
  const parameters = new URLSearchParams(location.search);
  const tell = (state) => parent.postMessage(state, "*");
  const isDark = parameters.get("theme") === "auto" && matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  document.documentElement.lang = parameters.get("language");
  document.body.style.cssText = `margin:0;padding:20px 16px;box-sizing:border-box;height:65px;font:14px/24px sans-serif;border:1px solid ${isDark ? "#666" : "#e0e0e0"};background:${isDark ? "#232323" : "#fafafa"}`;
  const begin = {
    passes: () => { document.body.append(document.documentElement.lang === "ja" ? "成功しました！" : "Success!"); tell("passed"); },
    fails: () => { document.body.append("Verification failed"); tell("failed"); },
    hangs: () => { document.body.append("Verifying…"); },
    asks: () => {
      document.body.innerHTML = "<label><input type=checkbox> Verify you are human</label>";
      document.querySelector("input").addEventListener("change", () => { document.body.textContent = "Success!"; tell("passed"); });
      tell("asks");
    },
  };
  begin[parameters.get("behaviour")]();
};

/** Starts the service. */
export const startTurnstile = async () => {
  const turnstile = new Turnstile("passes", await freePort());
  await turnstile.start();
  return turnstile;
};

export class Turnstile {
  /** What the service was asked. @type {Object<string, string>[]} */
  asked = [];
  /** True while the service does not work. */
  away = false;
  /** What comes of the check: it `passes`, `fails`, `asks` or `hangs`; or the script is `blocked`. */
  behaviour;
  #server;

  /** Without a port, no token can be verified. */
  constructor(behaviour, port = 9) {
    Object.assign(this, { behaviour, port });
    this.keys = { site_key: "0x4AAAAAAAExampleOfAKey0", secret: "TURNSTILE_SECRET", url: `http://127.0.0.1:${port}/siteverify` };
  }

  start() {
    this.#server = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      const [status, said] = this.#verdict(Object.fromEntries(new URLSearchParams(body)));
      response.writeHead(status, { "Content-Type": "application/json" }).end(said);
    });
    return new Promise((resolve) => { this.#server.listen(this.port, "127.0.0.1", resolve); });
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A token counts once, and again under the same idempotency key. */
  #verdict(asked) {
    if (this.away) return [500, "<!doctype html><title>Sorry</title>"];
    const before = this.asked.find(({ response }) => response === asked.response);
    this.asked.push(asked);
    const refuse = (code) => [200, JSON.stringify({ success: false, "error-codes": [code] })];
    if (!/^\w+-[\da-f-]{36}$/.test(asked.response)) return refuse("invalid-input-response");
    if (before && before.idempotency_key !== asked.idempotency_key) return refuse("timeout-or-duplicate");
    const action = asked.response.split("-")[0];
    return [200, JSON.stringify({ success: true, "error-codes": [], hostname: "127.0.0.1", action, challenge_ts: new Date().toISOString(), cdata: "" })];
  }

  /** A token as a page gets one. */
  token() {
    return `book-${randomUUID()}`;
  }

  /** Stands between a visitor and Cloudflare. */
  async intercept({ context, origins }) {
    origins.push(ORIGIN);
    await context.route(`${ORIGIN}/**`, (route) => {
      if (this.behaviour === "blocked") return route.abort("blockedbyclient");
      if (new URL(route.request().url()).pathname === "/frame") {
        return route.fulfill({ contentType: "text/html", body: `<!doctype html><title>Challenge</title><body><script>(${frame})()</script>` });
      }
      return route.fulfill({ contentType: "text/javascript", body: `(${script})(${JSON.stringify(this.behaviour)})` });
    });
  }
}
