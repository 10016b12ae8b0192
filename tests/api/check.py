"""The OpenAPI document against the endpoint that publishes it, and a client that is generated from it.

`tests/run api` runs it, with the address of an endpoint that serves `tests/content`, the key of its host `jonas`, and an empty
folder. First schemathesis sends what the document allows and what it does not, and holds every answer to it; then the client
of openapi-python-client books, moves and cancels, and so do the commands of docs/api.md.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
ITS_OWN = "token-of-the-booking-that-is-asked-for"

# What schemathesis is told beside the document.
SETTINGS = """
[auth.openapi]
bookingToken = {{ bearer = "{its_own}" }}
hostKey = {{ bearer = "{key}" }}

# What has no token, or a wrong one, is answered as a booking that is not there: booking.py looks whether it is.
[[operations]]
include-tag = "Visitors"
checks.ignored_auth.enabled = false

# A schema does not tell which durations a page offers, what it asks, or which addresses can be written to.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
"""


def run(*command, folder, **environment):
    print(f"$ {' '.join(map(str, command))}", flush=True)
    ended = subprocess.run(command, cwd=folder, env=os.environ | environment, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


def main(url, key, folder):
    is_long = os.environ.get("DAYMARK_TESTS") == "long"
    answer = requests.get(f"{url}/api/openapi.json", timeout=30)
    if answer.status_code != 200 or answer.headers["content-type"] != "application/json":
        sys.exit(f"wrong: the document is answered with {answer.status_code}, {answer.headers.get('content-type')}")
    document = folder / "openapi.json"
    document.write_text(json.dumps(answer.json()))
    (folder / "schemathesis.toml").write_text(SETTINGS.format(its_own=ITS_OWN, key=key))
    examples = "200" if is_long else "10"
    randomness = [] if is_long else ["--generation-deterministic"]
    run(
        BIN / "schemathesis", "run", document, "--url", url, "--workers", "1", "--max-examples", examples, *randomness,
        "--suppress-health-check", "all", "--no-color", "--continue-on-failure",
        folder=folder, DAYMARK_URL=url, DAYMARK_ITS_OWN=ITS_OWN, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE),
    )
    run(BIN / "openapi-python-client", "generate", "--path", document, "--output-path", folder / "generated", "--meta", "none", "--config", HERE / "generate.yml", folder=folder)
    run(sys.executable, HERE / "booking.py", url, key, folder=folder, PYTHONPATH=str(folder))
    commands = re.search("```sh\n(.*?)```", (HERE.parents[1] / "docs/api.md").read_text(), re.DOTALL)[1]
    commands = commands.replace("https://meet.example.com", url).replace("aiko/intro", "jonas/always")
    said = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, capture_output=True, text=True, check=False)
    if (said.returncode, said.stdout) != (0, "cancelled\n"):
        sys.exit(f"wrong: the commands of docs/api.md: {said}")
    print("The commands of docs/api.md have booked and cancelled.")


main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve())
