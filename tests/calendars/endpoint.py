"""The endpoint with a host who has a calendar: the binary `target/debug/generator`, started anew for each step at a time of its own."""

import base64
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "target/debug/generator"
SECRET = "a secret of the test, longer than thirty-two bytes"
NOW = datetime(2026, 11, 23, 23, 59, tzinfo=timezone.utc)
# The days whose times are compared, as the host in Berlin has them.
FIRST, LAST = datetime(2026, 12, 1), datetime(2026, 12, 13)
QUARTER = timedelta(minutes=15)

REQUESTED, CONFIRMED, TAKEN, UNREACHABLE = (202, "requested"), (201, "confirmed"), (409, "slot_taken"), (503, "calendar_unreachable")
MOVED, CANCELLED = (200, "confirmed"), (200, "cancelled")


def check(condition, what):
    if not condition:
        sys.exit(f"wrong: {what}")


def check_outcome(found, expected, what):
    check(found == expected, f"{what}: {found}, not {expected}")


def wait_for(condition, what):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.1)
    sys.exit(f"wrong: {what()}")


def instant(local):
    """Of `01 10:00` in Berlin, in December 2026, which is an hour ahead."""
    day, clock = local.split()
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 12, int(day), tzinfo=timezone.utc) + timedelta(hours=hours - 1, minutes=minutes)


def stamp(local):
    return instant(local).strftime("%Y-%m-%dT%H:%M:%SZ")


def outcome(status, answer):
    return status, answer["code"] if "code" in answer else answer["booking"]["status"]


class Mailbox:
    """A provider of email that keeps all it is given."""

    def __init__(self):
        mails = self.mails = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                mail = json.loads(self.rfile.read(int(self.headers["content-length"])))
                invitation = base64.b64decode(mail.pop("invitation", "")).decode().replace("\r\n ", "")
                mails.append(mail | {"invitation": invitation.split("\r\n")})
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/mails"

    def take(self, number):
        """The next emails, once there are so many: by whom each is for."""
        wait_for(lambda: len(self.mails) >= number, lambda: f"{number} emails: {self.mails}")
        found, self.mails[:] = {mail["to"]: mail for mail in self.mails}, []
        check(len(found) == number, f"{number} emails, and no more: {found}")
        return found


class Site:
    """`table` are the lines of the calendar in the host's file, and `told` words that no log may have."""

    def __init__(self, folder, table, told=()):
        self.folder, self.number, self.process, self.said, self.key = folder, 0, None, "", None
        self.told = ("Secret", *told)
        shutil.copytree(ROOT / "tests/content", folder / "content")
        host = folder / "content/jonas/host.toml"
        host.write_text(f"{host.read_text()}\n[[calendars]]\n{table}\n")
        self.page("careful", 'when_unknown = "refuse"')

    def page(self, name, *lines, location=None):
        """Another page that can be booked day and night, with more in its front matter."""
        pages = self.folder / "content/jonas"
        front = "\n".join(["+++", *lines, ""])
        text = (pages / "always.md").read_text().replace("+++\n", front, 1)
        if location:
            text = re.sub("location = .*", f"location = {location}", text)
        (pages / f"{name}.md").write_text(text)

    def send_mail(self, mailbox):
        """From now on, it sends email, to where it is kept."""
        site = self.folder / "content/site.toml"
        body = '{"to": "{to}", "subject": "{subject}", "text": "{text}", "invitation": "{invitation}"}'
        table = f'[mail]\nprovider = "api"\nfrom = "hello@example.com"\nsecret = "MAIL_KEY"\nurl = "{mailbox.url}"'
        site.write_text(f"{site.read_text()}\n{table}\nheaders = {{ Authorization = \"{{secret}}\" }}\nbody = '{body}'\n")

    def generator(self, *command):
        folders = ["--content", self.folder / "content", "--output", self.folder / "dist", "--theme", ROOT / "site"]
        return [GENERATOR, *command, *folders]

    def log(self):
        return (self.folder / "log").read_text()

    def start(self, minutes, **secrets):
        """Starts it so many minutes after the beginning."""
        now = (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        command = ["serve", "--production", "--private-webhooks", "--port", "0", "--now", now, "--data", self.folder / "data"]
        secrets = {"DAYMARK_SECRET": SECRET, "MAIL_KEY": "Secret of the provider"} | secrets
        with open(self.folder / "log", "w") as log:
            command = self.generator(*command)
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=os.environ | secrets)
        address = lambda: re.search(r"Serving (http://127\.0\.0\.1:\d+)/", self.log())
        self.address = wait_for(address, lambda: f"the endpoint did not start: {self.log()}")[1]

    def wait_for(self, said):
        wait_for(lambda: said in self.log(), lambda: f"the log lacks {said}: {self.log()}")

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self):
        self.kill()
        self.said = self.log()
        check(not any(word in self.said for word in self.told), f"the log tells secrets: {self.said}")

    def ask(self, path, body=None, bearer=None):
        """An answer's status and JSON."""
        headers = {"content-type": "application/json", "idempotency-key": f"key-{self.number}"}
        headers |= {"authorization": f"Bearer {bearer}"} if bearer else {}
        request = urllib.request.Request(self.address + path, None if body is None else json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def free(self, more="", minutes=15):
        path = f"/api/availability/jonas/always?from={FIRST:%Y-%m-%d}&to={LAST - timedelta(days=1):%Y-%m-%d}&duration={minutes}{more}"
        status, answer = self.ask(path)
        check(status == 200, f"{path}: {status} {answer}")
        return set(answer["slots"])

    def free_now(self, minutes=15):
        """As whoever is about to book sees it."""
        return self.free(f"&start={stamp('01 08:00')}", minutes)

    def book(self, local, page="always", name="Someone", minutes=15):
        """Books a time in Berlin; the answer's status, and its code or the booking's status."""
        status, answer = self.book_at(stamp(local), page, name, minutes)
        if "booking" in answer:
            self.booked, self.token = answer["booking"]["id"], answer["manage_url"].rsplit("/", 1)[-1]
        return outcome(status, answer)

    def book_at(self, start, page="always", name="Someone", minutes=15):
        self.number += 1
        contact = {"name": name, "email": f"someone{self.number}@example.org"}
        body = {"page": f"jonas/{page}", "start": start, "duration_minutes": minutes, "time_zone": "Europe/Berlin"}
        return self.ask("/api/bookings", body | {"locale": "en", "contact": contact, "answers": {}})

    def move(self, local):
        """Moves what was booked last."""
        return outcome(*self.ask(f"/api/bookings/{self.booked}/reschedule", {"start": stamp(local)}, self.token))

    def cancel(self):
        return outcome(*self.ask(f"/api/bookings/{self.booked}/cancel", {}, self.token))

    def host(self, path, body=None):
        """The same as the host."""
        if not self.key:
            command = self.generator("token", "jonas")
            told = subprocess.run(command, capture_output=True, check=True, text=True, env=os.environ | {"DAYMARK_SECRET": SECRET})
            self.key = told.stdout.strip()
        status, answer = self.ask(f"/api/host/{path}", body, self.key)
        check(status == 200, f"{path}: {status} {answer}")
        return answer

    def undelivered(self, state="pending"):
        """Why copies are not written yet, or were given up."""
        waiting = self.host(f"deliveries?state={state}")["deliveries"]
        return [one["last_error"] for one in waiting if one["destination"].startswith("calendar ")]


def check_free(site, busy, what):
    """Compares every quarter of an hour of those days with spans such as `01 09:00-10:30`."""
    taken = []
    for span in busy:
        day, clocks = span.split()
        taken.append(tuple(instant(f"{day} {clock}") for clock in clocks.split("-")))
    start, end = instant(f"{FIRST:%d} 00:00"), instant(f"{LAST:%d} 00:00")
    quarters = [start + QUARTER * number for number in range((end - start) // QUARTER)]
    expected = {int(at.timestamp()) for at in quarters if not any(at < until and since < at + QUARTER for since, until in taken)}

    def wrong(found):
        return sorted(datetime.fromtimestamp(at, timezone.utc).isoformat() for at in found ^ expected)

    on_the_way = wrong(site.free_now())
    check(not on_the_way, f"{what}, on the way to the details: {on_the_way[:10]}")
    # Lists may be some seconds behind.
    wait_for(lambda: not wrong(site.free()), lambda: f"{what}, in lists: {wrong(site.free())[:10]}")
