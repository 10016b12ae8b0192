"""The stand-in of Stripe, by the package that Stripe publishes for Python: it makes the requests, reads the answers, and verifies the
webhooks. judge.test.mjs has what both judge alike at more length.
"""

import http.server
import json
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import stripe

SECRET = "whsec_first"
ORDER = {
    "mode": "payment",
    "line_items": [{"quantity": 1, "price_data": {"currency": "kwd", "unit_amount": 5010, "product_data": {"name": "Talk"}}}],
    "success_url": "https://site.example/bookings/b1/paid?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://site.example/bookings/b1",
    "client_reference_id": "b1",
    "metadata": {"booking": "b1"},
    "payment_intent_data": {"metadata": {"booking": "b1"}},
}
received = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.put((body, self.headers["stripe-signature"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def equal(found, expected, what):
    if found != expected:
        sys.exit(f"wrong: {what}: {found}, not {expected}")


def refused(kind, call, **expected):
    try:
        call()
    except kind as error:
        equal(type(error), kind, "the type of an error")
        for name, value in expected.items():
            equal(getattr(error, name), value, f"{name} of {error}")
        return
    sys.exit(f"wrong: {kind.__name__} was expected")


def told(kind):
    """The next event, verified."""
    body, signature = received.get(timeout=20)
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    for wrong in [(body + b" ", SECRET), (body, "whsec_other")]:
        refused(stripe.SignatureVerificationError, lambda: stripe.Webhook.construct_event(wrong[0], signature, wrong[1]))
    equal(event.type, kind, "an event")
    return event.data.object


def judge(address):
    def post(path, body):
        request = urllib.request.Request(address + path, body.encode(), {"content-type": "application/x-www-form-urlencoded"})
        try:
            urllib.request.build_opener(Stay).open(request)
        except urllib.error.HTTPError as answer:
            equal(answer.code, 303, f"the answer to {body}")

    def choose(session, choice):
        post(f"/pay/{session.id}", urllib.parse.urlencode({"choice": choice}))

    def client(key="rk_test_judge"):
        return stripe.StripeClient(key, base_addresses={"api": address}, max_network_retries=0).v1

    v1 = client()
    sessions = v1.checkout.sessions
    session = sessions.create(ORDER, {"idempotency_key": "b1.pay.1"})
    shown = session.status, session.payment_status, session.amount_total, session.currency, session.metadata["booking"], session.payment_intent
    equal(shown, ("open", "unpaid", 5010, "kwd", "b1", None), "a new session")
    equal(sessions.create(ORDER, {"idempotency_key": "b1.pay.1"}).id, session.id, "the same key")
    other = {**ORDER, "customer_email": "kim@example.com"}
    refused(stripe.IdempotencyError, lambda: sessions.create(other, {"idempotency_key": "b1.pay.1"}), http_status=400)
    choose(session, "pay")
    equal(told("checkout.session.completed").id, session.id, "who is told of")
    session = sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    shown = session.status, session.payment_status, session.payment_intent.status, session.payment_intent.metadata["booking"]
    equal(shown, ("complete", "paid", "succeeded", "b1"), "a session that is paid")
    refused(stripe.InvalidRequestError, lambda: sessions.expire(session.id), http_status=400)

    intent = session.payment_intent.id
    part = v1.refunds.create({"payment_intent": intent, "amount": 10, "reason": "requested_by_customer", "metadata": {"booking": "b1"}})
    equal((part.status, part.amount, part.metadata["booking"]), ("succeeded", 10, "b1"), "a refund in part")
    refused(stripe.InvalidRequestError, lambda: v1.refunds.create({"payment_intent": intent, "amount": 5001}), param="amount")
    rest = v1.refunds.create({"payment_intent": intent})
    equal(v1.refunds.retrieve(rest.id).amount, 5000, "the rest")
    equal([one.id for one in v1.refunds.list({"payment_intent": intent}).auto_paging_iter()], [rest.id, part.id], "all of them")
    refused(stripe.InvalidRequestError, lambda: v1.refunds.create({"payment_intent": intent}), code="charge_already_refunded")
    equal(v1.payment_intents.retrieve(intent).amount_received, 5010, "what was received")
    for kind, value in [("refund.created", 10), ("charge.refunded", 5010), ("refund.created", 5000), ("charge.refunded", 5010)]:
        equal(told(kind).amount, value, kind)

    session = sessions.create(ORDER)
    choose(session, "pay")
    told("checkout.session.completed")
    intent = sessions.retrieve(session.id).payment_intent
    for choice, kind, status in [("dispute", "charge.dispute.created", "needs_response"), ("win", "charge.dispute.closed", "won")]:
        post(f"/disputes/{intent}", urllib.parse.urlencode({"choice": choice}))
        dispute = told(kind)
        equal((dispute.payment_intent, dispute.amount, dispute.status), (intent, 5010, status), kind)

    session = sessions.create(ORDER)
    equal(sessions.expire(session.id).status, "expired", "a session that was open")
    equal(told("checkout.session.expired").id, session.id, "who is told of")
    refused(stripe.AuthenticationError, lambda: client("sk_live_judge").checkout.sessions.create(ORDER), http_status=401)
    unknown = {**ORDER, "colour": "red"}
    refused(stripe.InvalidRequestError, lambda: sessions.create(unknown), code="parameter_unknown", param="colour")
    refused(stripe.InvalidRequestError, lambda: sessions.retrieve("cs_test_none"), http_status=404, code="resource_missing")
    for status, kind in [(402, stripe.CardError), (403, stripe.PermissionError), (429, stripe.RateLimitError), (500, stripe.APIError)]:
        switches = {"troubles": [{"call": "create", "answer": status}]}
        urllib.request.urlopen(urllib.request.Request(f"{address}/switches", json.dumps(switches).encode()))
        refused(kind, lambda: sessions.create(ORDER), http_status=status)


class Stay(urllib.request.HTTPRedirectHandler):
    """Where a choice leads need not be there."""

    def redirect_request(self, *_):
        return None


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    to = f"http://127.0.0.1:{server.server_port}/api/payments/stripe"
    stand_in = subprocess.Popen(
        ["target/debug/examples/checkout", "--secret", SECRET, "--to", to], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        judge(stand_in.stdout.readline().strip())
    finally:
        stand_in.stdin.close()
        stand_in.wait()
        server.shutdown()
    print(f"PyPI's stripe {stripe.VERSION}: sessions, refunds, idempotency keys, errors and signatures are as it knows them")


main()
