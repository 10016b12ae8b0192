// The stand-in of Stripe, by the package that Stripe publishes for JavaScript: it makes the requests, reads the
// answers, and verifies the webhooks; at the end TypeScript compares all that was answered with Stripe's own types.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import Stripe from "stripe";

import { receiver, start } from "./stand_in.mjs";

const SECRET = "whsec_first";
/** All that was answered or told, by what it is. */
const seen = { "checkout.session": [], payment_intent: [], refund: [], charge: [], dispute: [], event: [] };
let standIn, hooks, stripe, requests;

/** The package, with a key; its paths begin at the root of a host, and the stand-in's below a folder. */
function client(key, settings = {}) {
  const { hostname: host, port } = new URL(standIn.address);
  const httpClient = Stripe.createFetchHttpClient(async (url, init) => {
    requests += 1;
    const answer = await fetch(url.replace("/v1/", "/dev/checkout/v1/"), init);
    const body = await answer.clone().json();
    seen[body.object]?.push(body);
    return answer;
  });
  return new Stripe(key, { host, port, protocol: "http", httpClient, maxNetworkRetries: 0, ...settings });
}

function order(changes = {}) {
  const product = { currency: "jpy", unit_amount: 5000, product_data: { name: "Talk, 30 minutes", description: "Tuesday, 10:00" } };
  return {
    mode: "payment",
    line_items: [{ quantity: 1, price_data: product }],
    success_url: "https://site.example/bookings/b1/paid?session={CHECKOUT_SESSION_ID}",
    cancel_url: "https://site.example/bookings/b1",
    client_reference_id: "b1",
    customer_email: "sam@example.com",
    metadata: { booking: "b1" },
    payment_intent_data: { metadata: { booking: "b1" }, description: "Talk" },
    ...changes,
  };
}

async function paid() {
  const session = await stripe.checkout.sessions.create(order());
  await standIn.choose(session.id, "pay");
  return stripe.checkout.sessions.retrieve(session.id);
}

/** The next events, each verified, in the order in which they came. */
async function told(count, secret = SECRET) {
  const received = await hooks.next(count);
  return received.map(({ body, signature }) => {
    const event = stripe.webhooks.constructEvent(body, signature, secret);
    seen.event.push(JSON.parse(body));
    assert.throws(() => stripe.webhooks.constructEvent(`${body} `, signature, secret), { type: "StripeSignatureVerificationError" });
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, "whsec_other"), { type: "StripeSignatureVerificationError" });
    return event;
  });
}

before(async () => {
  standIn = await start();
  hooks = await receiver();
});

beforeEach(async () => {
  requests = 0;
  stripe = client("rk_test_judge");
  hooks.received.length = 0;
  await standIn.switch({
    webhooks_to: hooks.address, webhook_secrets: [SECRET], webhooks_never: false, webhooks_twice: false,
    webhooks_late_seconds: 0, webhooks_reordered: false, refunds: "succeed", troubles: [], session_says: {},
  });
});

after(() => {
  hooks.stop();
  standIn.stop();
});

test("a session is created, paid and retrieved", async () => {
  const session = await stripe.checkout.sessions.create(order({
    expires_at: Math.floor(Date.now() / 1000) + 31 * 60, locale: "ja", submit_type: "book", adaptive_pricing: { enabled: false },
    excluded_payment_method_types: ["konbini", "customer_balance"],
  }));
  const { id, status, payment_status, amount_total, currency, livemode, client_reference_id, metadata, payment_intent } = session;
  assert.deepEqual(
    { status, payment_status, amount_total, currency, livemode, client_reference_id, metadata, payment_intent },
    { status: "open", payment_status: "unpaid", amount_total: 5000, currency: "jpy", livemode: false, client_reference_id: "b1", metadata: { booking: "b1" }, payment_intent: null },
  );
  assert.deepEqual(session.payment_method_types, ["card"]);
  assert.equal(session.url, `${standIn.address}/pay/${id}`);
  const page = await (await fetch(session.url)).text();
  assert.match(page, /JPY\u00a05,000を支払う/);
  assert.equal(await standIn.choose(id, "pay"), `https://site.example/bookings/b1/paid?session=${id}`);
  const now = await stripe.checkout.sessions.retrieve(id, { expand: ["payment_intent"] });
  assert.deepEqual([now.status, now.payment_status, now.url], ["complete", "paid", null]);
  assert.deepEqual([now.payment_intent.status, now.payment_intent.amount_received, now.payment_intent.metadata.booking], ["succeeded", 5000, "b1"]);
  const [event] = await told(1);
  assert.deepEqual([event.type, event.data.object.id, event.data.object.payment_status], ["checkout.session.completed", id, "paid"]);
});

test("a session that is open can be expired, and no other", async () => {
  const session = await stripe.checkout.sessions.create(order());
  const expired = await stripe.checkout.sessions.expire(session.id);
  assert.deepEqual([expired.status, expired.payment_status], ["expired", "unpaid"]);
  const [event] = await told(1);
  assert.deepEqual([event.type, event.data.object.id], ["checkout.session.expired", session.id]);
  assert.equal(event.request.id, expired.lastResponse.requestId);
  await assert.rejects(stripe.checkout.sessions.expire(session.id), { type: "StripeInvalidRequestError", statusCode: 400 });
  const done = await paid();
  await assert.rejects(stripe.checkout.sessions.expire(done.id), { type: "StripeInvalidRequestError", statusCode: 400 });
  await told(1);
});

test("what is paid later is told when it comes, or does not", async () => {
  for (const [choice, kind, state] of [["succeed", "async_payment_succeeded", "paid"], ["fail", "async_payment_failed", "unpaid"]]) {
    const { id } = await stripe.checkout.sessions.create(order());
    await standIn.choose(id, "later");
    const promised = await stripe.checkout.sessions.retrieve(id, { expand: ["payment_intent"] });
    assert.deepEqual([promised.status, promised.payment_status, promised.payment_intent.status], ["complete", "unpaid", "processing"]);
    await standIn.choose(id, choice);
    const events = await told(2);
    assert.deepEqual(events.map((event) => event.type), ["checkout.session.completed", `checkout.session.${kind}`]);
    assert.equal((await stripe.checkout.sessions.retrieve(id)).payment_status, state);
  }
});

test("money is given back in part, in full, and once", async () => {
  const { payment_intent } = await paid();
  const part = await stripe.refunds.create({ payment_intent, amount: 2000, reason: "requested_by_customer", metadata: { booking: "b1" } });
  assert.deepEqual([part.status, part.amount, part.currency, part.metadata.booking], ["succeeded", 2000, "jpy", "b1"]);
  await assert.rejects(stripe.refunds.create({ payment_intent, amount: 3001 }), { type: "StripeInvalidRequestError", param: "amount" });
  const rest = await stripe.refunds.create({ payment_intent });
  assert.equal(rest.amount, 3000);
  await assert.rejects(stripe.refunds.create({ payment_intent }), { type: "StripeInvalidRequestError", code: "charge_already_refunded" });
  assert.deepEqual((await stripe.refunds.retrieve(rest.id)).status, "succeeded");
  const { data, has_more } = await stripe.refunds.list({ payment_intent, limit: 100 });
  assert.deepEqual([data.map((refund) => refund.id), has_more], [[rest.id, part.id], false]);
  seen.refund.push(...data);
  assert.equal((await stripe.paymentIntents.retrieve(payment_intent)).status, "succeeded");
  const events = await told(5);
  assert.deepEqual(events.map((event) => event.type), ["checkout.session.completed", "refund.created", "charge.refunded", "refund.created", "charge.refunded"]);
  assert.deepEqual([events[2].data.object.refunded, events[4].data.object.refunded, events[4].data.object.amount_refunded], [false, true, 5000]);
});

test("a payment is disputed, and the bank decides", async () => {
  const { payment_intent } = await paid();
  await standIn.dispute(payment_intent, "dispute");
  await assert.rejects(stripe.refunds.create({ payment_intent }), { type: "StripeInvalidRequestError", code: "charge_disputed" });
  await standIn.dispute(payment_intent, "lose");
  const events = await told(3);
  assert.deepEqual(events.map((event) => event.type), ["checkout.session.completed", "charge.dispute.created", "charge.dispute.closed"]);
  const [, created, closed] = events.map((event) => event.data.object);
  assert.deepEqual(
    [created.payment_intent, created.amount, created.currency, created.reason, created.status, closed.status, closed.id],
    [payment_intent, 5000, "jpy", "fraudulent", "needs_response", "lost", created.id],
  );
  assert.ok(created.evidence_details.due_by > created.created);
  seen.dispute.push(created, closed);
});

test("a bank that only asks about a payment is content once it was sent back", async () => {
  const { payment_intent } = await paid();
  await standIn.dispute(payment_intent, "inquire");
  await stripe.refunds.create({ payment_intent });
  const events = await told(5);
  assert.deepEqual(events.slice(1).map((event) => event.type), ["charge.dispute.created", "refund.created", "charge.refunded", "charge.dispute.closed"]);
  const [created, closed] = [events[1].data.object, events[4].data.object];
  assert.deepEqual([created.status, created.is_charge_refundable], ["warning_needs_response", true]);
  assert.deepEqual([closed.id, closed.status, closed.is_charge_refundable], [created.id, "warning_closed", false]);
  seen.dispute.push(created, closed);
});

test("an order at a konbini lasts for some days", async () => {
  const konbini = { expires_after_days: 2 };
  const session = await stripe.checkout.sessions.create(order({ payment_method_options: { konbini } }));
  assert.deepEqual(session.payment_method_options, { konbini });
});

test("a refund may be pending, and fail days later", async () => {
  const { payment_intent } = await paid();
  await standIn.switch({ refunds: "pend" });
  const refund = await stripe.refunds.create({ payment_intent });
  assert.deepEqual([refund.status, refund.pending_reason], ["pending", "processing"]);
  await standIn.settleRefund(refund.id, "fail");
  assert.equal((await stripe.refunds.retrieve(refund.id)).status, "failed");
  const events = await told(5);
  assert.deepEqual(events.map((event) => event.type).slice(1), ["refund.created", "charge.refunded", "refund.updated", "refund.failed"]);
  await standIn.switch({ refunds: "succeed" });
  assert.equal((await stripe.refunds.create({ payment_intent })).amount, 5000);
});

test("an idempotency key has one answer", async () => {
  const idempotencyKey = "b1.pay.1";
  const first = await stripe.checkout.sessions.create(order(), { idempotencyKey });
  const again = await stripe.checkout.sessions.create(order(), { idempotencyKey });
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers.get("idempotent-replayed"), "true");
  const other = { ...order(), customer_email: "kim@example.com" };
  await assert.rejects(stripe.checkout.sessions.create(other, { idempotencyKey }), { type: "StripeIdempotencyError" });
  await standIn.switch({ troubles: [{ call: "create", answer: 500, after_doing: true }] });
  for (const attempt of [1, 2]) {
    await assert.rejects(stripe.checkout.sessions.create(order(), { idempotencyKey: "b1.pay.2" }), { type: "StripeAPIError", statusCode: 500 }, attempt);
  }
});

test("the package's own repeats create one session", async () => {
  await standIn.switch({ troubles: [{ call: "create", answer: 503, times: 2 }] });
  const before = (await standIn.state()).sessions.length;
  requests = 0;
  const patient = client("sk_test_judge", { maxNetworkRetries: 2 });
  await patient.checkout.sessions.create(order());
  assert.deepEqual([requests, (await standIn.state()).sessions.length - before], [3, 1]);
});

test("errors are of the type that the package knows", async () => {
  const { sessions } = stripe.checkout;
  await assert.rejects(client("sk_live_judge").checkout.sessions.create(order()), { type: "StripeAuthenticationError", statusCode: 401 });
  await assert.rejects(client("nothing").checkout.sessions.create(order()), { type: "StripeAuthenticationError", statusCode: 401 });
  await assert.rejects(client("pk_test_judge").checkout.sessions.create(order()), { type: "StripePermissionError", statusCode: 403 });
  for (const [changes, error] of [
    [{ colour: "red" }, { code: "parameter_unknown", param: "colour" }],
    [{ mode: undefined }, { code: "parameter_missing", param: "mode" }],
    [{ success_url: undefined }, { code: "parameter_missing", param: "success_url" }],
    [{ line_items: undefined }, { code: "parameter_missing", param: "line_items" }],
    [{ expires_at: 1 }, { param: "expires_at" }],
    [{ locale: "tlh" }, { param: "locale" }],
    [{ customer_email: "sam" }, { code: "email_invalid", param: "customer_email" }],
    [{ line_items: [{ quantity: 1, price_data: { currency: "jpy", unit_amount: 49, product_data: { name: "Talk" } } }] }, { code: "amount_too_small" }],
  ]) {
    await assert.rejects(sessions.create(order(changes)), { type: "StripeInvalidRequestError", statusCode: 400, ...error });
  }
  await assert.rejects(sessions.retrieve("cs_test_none"), { type: "StripeInvalidRequestError", statusCode: 404, code: "resource_missing" });
  await assert.rejects(stripe.refunds.create({ payment_intent: "pi_none" }), { type: "StripeInvalidRequestError", statusCode: 404, code: "resource_missing" });
  await assert.rejects(stripe.customers.create({}), { type: "StripeInvalidRequestError", statusCode: 404 });
  const kinds = { 402: "StripeCardError", 403: "StripePermissionError", 429: "StripeRateLimitError", 500: "StripeAPIError", 503: "StripeAPIError" };
  for (const [status, type] of Object.entries(kinds)) {
    await standIn.switch({ troubles: [{ call: "create", answer: Number(status) }] });
    await assert.rejects(sessions.create(order()), { type, statusCode: Number(status) });
  }
  await standIn.switch({ troubles: [{ call: "create", hang_seconds: 3 }] });
  await assert.rejects(client("sk_test_judge", { timeout: 300 }).checkout.sessions.create(order()), { type: "StripeConnectionError" });
});

test("webhooks come twice, late, in another order, never, and again when they are not taken", async () => {
  await standIn.switch({ webhooks_twice: true });
  await paid();
  const twice = await told(2);
  assert.equal(twice[0].id, twice[1].id);
  await standIn.switch({ webhooks_twice: false, webhooks_reordered: true });
  const { id } = await stripe.checkout.sessions.create(order());
  await standIn.choose(id, "later");
  await standIn.choose(id, "succeed");
  const events = await told(2);
  assert.deepEqual(events.map((event) => event.type), ["checkout.session.async_payment_succeeded", "checkout.session.completed"]);
  await standIn.switch({ webhooks_reordered: false, webhooks_late_seconds: 1 });
  const began = Date.now();
  await paid();
  await told(1);
  assert.ok(Date.now() - began >= 900);
  await standIn.switch({ webhooks_late_seconds: 0, webhooks_never: true });
  const untold = await paid();
  await standIn.switch({ webhooks_never: false });
  hooks.answers.push(500);
  const retried = await paid();
  const tries = await told(2);
  assert.deepEqual(tries.map((event) => event.data.object.id), [retried.id, retried.id]);
  // The receiver has the second before the stand-in notes what it has answered.
  const settled = async () => (await standIn.state()).events.every((event) => event.is_settled);
  while (!await settled()) await new Promise((resolve) => setTimeout(resolve, 20));
  const { events: all } = await standIn.state();
  const attempts = (session) => all.find((event) => event.data.object.id === session.id).attempts;
  assert.deepEqual([attempts(untold), attempts(retried)], [[], ["500", "200"]]);
});

test("while a secret is rolled, both are good", async () => {
  await standIn.switch({ webhook_secrets: ["whsec_second", SECRET] });
  await paid();
  const [{ body, signature }] = await hooks.next(1);
  for (const secret of ["whsec_second", SECRET]) stripe.webhooks.constructEvent(body, signature, secret);
});

test("a session can say what is not true", async () => {
  await standIn.switch({ session_says: { amount_total: 1, livemode: true } });
  const session = await paid();
  const [event] = await told(1);
  assert.deepEqual([session.amount_total, session.livemode, event.data.object.amount_total, event.livemode], [1, true, 1, true]);
});

// The last one: all that was answered until here.
test("all answers and events are as Stripe's types have them", (context) => {
  for (const event of seen.event.filter((event) => event.data.object.object === "charge")) seen.charge.push(event.data.object);
  for (const [kind, least] of Object.entries({ "checkout.session": 20, payment_intent: 1, refund: 5, charge: 3, dispute: 2, event: 15 })) {
    assert.ok(seen[kind].length >= least, `${seen[kind].length} of ${kind}`);
  }
  const list = (name, type, values) => `export const ${name}: ${type}[] = ${JSON.stringify(values)};`;
  const folder = mkdtempSync(join(tmpdir(), "payments-"));
  try {
    writeFileSync(join(folder, "answers.ts"), [
      'import type { Stripe } from "stripe";',
      list("sessions", "Stripe.Checkout.Session", seen["checkout.session"]),
      list("intents", "Stripe.PaymentIntent", seen.payment_intent),
      list("refunds", "Stripe.Refund", seen.refund),
      list("charges", "Stripe.Charge", seen.charge),
      list("disputes", "Stripe.Dispute", seen.dispute),
      list("events", "Stripe.Event", seen.event),
      "// So that it is known to refuse what is wrong.",
      "// @ts-expect-error",
      list("unknown", "Stripe.Refund", [{ ...seen.refund[0], colour: "red" }]),
      "// @ts-expect-error",
      list("missing", "Stripe.Checkout.Session", [{ ...seen["checkout.session"][0], amount_total: undefined }]),
      "// @ts-expect-error",
      list("mistyped", "Stripe.Event", [{ ...seen.event[0], livemode: "no" }]),
    ].join("\n"));
    const packages = new URL("node_modules/", import.meta.url).pathname;
    const compilerOptions = {
      strict: true, noEmit: true, skipLibCheck: true, types: [], module: "esnext", moduleResolution: "bundler", target: "es2022",
      paths: { stripe: [join(packages, "stripe/esm/stripe.esm.node.d.ts")] },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["answers.ts"] }));
    execFileSync(join(packages, ".bin/tsc"), ["--project", folder], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    assert.fail(`Stripe's types: ${String(error.stdout).slice(0, 4000)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const counts = Object.entries(seen).map(([kind, values]) => `${values.length} of ${kind}`);
  context.diagnostic(`${counts.join(", ")}: as Stripe's types have them`);
});
