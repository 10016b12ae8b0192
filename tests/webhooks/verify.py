"""Verifies what receivers got with the package that Standard Webhooks publishes for Python.

Arguments: files that tests/scenarios/both/webhooks.rs kept.
"""

import datetime
import json
import pathlib
import sys

import standardwebhooks.webhooks as package


class Clock(datetime.datetime):
    """The tests run at a time of their own, and the package accepts five minutes."""

    at = 0

    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(cls.at, tz)


package.datetime = Clock
for file in sys.argv[1:]:
    kept = json.loads(pathlib.Path(file).read_text())
    verified = 0
    for received in kept["received"]:
        Clock.at = int(received["headers"]["webhook-timestamp"])
        for secret in kept["secrets"]:
            package.Webhook(secret).verify(received["body"], received["headers"])
            verified += 1
        try:
            package.Webhook(kept["secrets"][0]).verify(received["body"] + " ", received["headers"])
        except package.WebhookVerificationError:
            continue
        sys.exit("a forgery was accepted")
    if verified == 0:
        sys.exit(f"{file} holds nothing to verify")
    print(f"{pathlib.Path(file).name}: {verified} signatures of {len(kept['received'])} requests verified by PyPI's standardwebhooks")
