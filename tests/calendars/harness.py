"""A CalDAV server that others wrote, and the endpoint with a host whose calendar is there.

The endpoint is the binary `target/debug/generator`, started anew for each step at a time of its own.
"""

import base64
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "target/debug/generator"
USER, PASSWORD = "aiko", "gehe:im ß"
SECRET = "a secret of the test, longer than thirty-two bytes"
NOW = datetime(2026, 11, 23, 23, 59, tzinfo=timezone.utc)
# The days whose times are compared, as the host in Berlin has them.
FIRST, LAST = datetime(2026, 12, 1), datetime(2026, 12, 13)
QUARTER = timedelta(minutes=15)
# Headers that are about one connection.
OF_CONNECTIONS = ("host", "connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


def check(condition, what):
    if not condition:
        sys.exit(f"wrong: {what}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A CalDAV server with one calendar, behind a relay that counts what it is asked by the endpoint."""

    home = f"/{USER}/"

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.asked, self.pause, self.late = Counter(), 0, {}
        self.calendar = f"{self.home}work/"
        self.come_up()
        self.relay = self.start_relay()

    @property
    def name(self):
        return type(self).__name__

    def command(self):
        raise NotImplementedError

    def come_up(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.name} did not start")

    def go_down(self):
        self.process.terminate()
        self.process.wait()

    def start_relay(self):
        server = self

        class Relay(http.server.BaseHTTPRequestHandler):
            def relay(self):
                time.sleep(server.pause)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                sent = {name: value for name, value in self.headers.items() if name.lower() not in OF_CONNECTIONS}
                try:
                    answer = server.exchange(self.command, self.path, body, sent)
                    server.asked[self.command] += 1
                    time.sleep(server.late.get(self.command, 0))
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() not in OF_CONNECTIONS:
                            self.send_header(name, value)
                    self.send_header("content-length", str(len(answer.body)))
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:
                    # The server is down, or the endpoint was ended while it read.
                    self.close_connection = True

            do_PROPFIND = do_REPORT = do_GET = do_PUT = do_DELETE = relay

            def log_message(self, *_):
                pass

        relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        return relay

    @property
    def url(self):
        return f"http://127.0.0.1:{self.relay.server_port}{self.calendar}"

    def exchange(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def send(self, method, path, body=b"", kind="text/xml"):
        own = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"authorization": f"Basic {own}"} | ({"content-type": kind} if kind else {})
        return self.exchange(method, path, body, headers)

    def make_calendar(self):
        answer = self.send("MKCALENDAR", self.calendar, kind=None)
        check(answer.status in (200, 201), f"{self.name} made no calendar: {answer.status} {answer.body}")

    def put(self, name, events, zones=""):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Daymark//Tests//EN", *zones.splitlines()]
        for event in events:
            lines += ["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T000000Z", f"SUMMARY:Secret {name}"]
            lines += [*event.splitlines(), "END:VEVENT"]
        self.put_text(name, "\r\n".join([*lines, "END:VCALENDAR", ""]))

    def put_text(self, name, text):
        status = self.send("PUT", f"{self.calendar}{name}.ics", text.encode(), "text/calendar").status
        check(status in (200, 201, 204), f"{self.name} took no {name}: {status}")

    def delete(self, path):
        status = self.send("DELETE", path).status
        check(status in (200, 204), f"{self.name} deleted no {path}: {status}")

    def be_in(self, zone):
        """Says of the calendar where it is."""
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Daymark//Tests//EN\n{zone}\nEND:VCALENDAR\n"
        body = (
            '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
            f"<c:calendar-timezone>{text}</c:calendar-timezone></d:prop></d:set></d:propertyupdate>"
        )
        answer = self.send("PROPPATCH", self.calendar, body.encode())
        check(answer.status == 207 and b"200 OK" in answer.body, f"{self.name} is nowhere: {answer.status} {answer.body}")

    def stop(self):
        self.relay.shutdown()
        self.go_down()


class Radicale(Server):
    def __init__(self, folder):
        self.folder = folder
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        self.let("rw")
        super().__init__(folder)

    def let(self, permissions):
        """Lets its user only read, or write too, once it comes up."""
        (self.folder / "rights").write_text(f"[own]\nuser: .+\ncollection: {{user}}(/.*)?\npermissions: {permissions.upper()}{permissions}\n")

    def command(self):
        command = [sys.executable, "-m", "radicale", "--server-hosts", f"127.0.0.1:{self.port}", "--logging-level", "error"]
        command += ["--auth-type", "htpasswd", "--auth-htpasswd-filename", self.folder / "users"]
        command += ["--auth-htpasswd-encryption", "plain", "--rights-type", "from_file", "--rights-file", self.folder / "rights"]
        return [*command, "--storage-filesystem-folder", self.folder / "storage"]


class Xandikos(Server):
    def command(self):
        command = [sys.executable, "-m", "xandikos.web", "-d", self.folder / "storage", "--state-dir", self.folder / "state"]
        command += ["--autocreate", "-l", "127.0.0.1", "-p", str(self.port), "--current-user-principal", f"/{USER}/"]
        return [*command, "--no-detect-systemd"]


class Site:
    """The endpoint, with a host who has the calendar."""

    def __init__(self, folder, url, role="busy"):
        self.folder, self.said, self.number, self.process, self.key = folder, "", 0, None, None
        content = folder / "content"
        shutil.copytree(ROOT / "tests/content", content)
        host = content / "jonas/host.toml"
        table = f'name = "work"\nkind = "caldav"\nurl = "{url}"\nuser = "{USER}"\nsecret = "WORK_PASSWORD"\nrole = "{role}"'
        host.write_text(f"{host.read_text()}\n[[calendars]]\n{table}\n")

    def last_for(self, minutes):
        """Has meetings last so long, each quarter of an hour."""
        page = self.folder / "content/jonas/always.md"
        page.write_text(page.read_text().replace("durations = [15]", f"durations = [{minutes}]\nstart_every = 15"))

    def page(self, name, *lines):
        """Another page that can be booked day and night, with more in its front matter."""
        pages = self.folder / "content/jonas"
        front = "\n".join(["+++", *lines, ""])
        (pages / f"{name}.md").write_text((pages / "always.md").read_text().replace("+++\n", front, 1))

    def generator(self, *command):
        folders = ["--content", self.folder / "content", "--output", self.folder / "dist", "--theme", ROOT / "site"]
        return [GENERATOR, *command, *folders]

    def start(self, minutes, password=PASSWORD):
        """Starts it so many minutes after the beginning."""
        now = (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        command = ["serve", "--production", "--private-webhooks", "--port", "0", "--now", now, "--data", self.folder / "data"]
        secrets = {"DAYMARK_SECRET": SECRET, "WORK_PASSWORD": password}
        log = open(self.folder / "log", "w+")
        command = self.generator(*command)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=os.environ | secrets)
        for _ in range(600):
            if found := re.search(r"Serving (http://127\.0\.0\.1:\d+)/", (self.folder / "log").read_text()):
                self.address = found[1]
                return
            time.sleep(0.1)
        sys.exit(f"the endpoint did not start: {(self.folder / 'log').read_text()}")

    def wait_for(self, said):
        for _ in range(100):
            if said in (self.folder / "log").read_text():
                return
            time.sleep(0.1)
        sys.exit(f"the log lacks {said}: {(self.folder / 'log').read_text()}")

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        self.kill()
        self.said = (self.folder / "log").read_text()
        check("Secret" not in self.said and PASSWORD not in self.said, f"the log tells secrets: {self.said}")

    def free(self, more="", minutes=15):
        path = f"/api/availability/jonas/always?from={FIRST:%Y-%m-%d}&to={LAST - timedelta(days=1):%Y-%m-%d}&duration={minutes}{more}"
        try:
            with urllib.request.urlopen(self.address + path) as answer:
                return set(json.load(answer)["slots"])
        except urllib.error.HTTPError as refused:
            sys.exit(f"{path}: {refused.code} {refused.read().decode()}")

    def free_now(self, minutes=15):
        """As whoever is about to book sees it."""
        return self.free(f"&start={stamp('01 08:00')}", minutes)

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

    def book(self, local, page="always", minutes=15):
        """Books a time in Berlin; the answer's status, and its code or the booking's status."""
        self.number += 1
        contact = {"name": f"Someone {self.number}", "email": f"someone{self.number}@example.org"}
        body = {"page": f"jonas/{page}", "start": stamp(local), "duration_minutes": minutes, "time_zone": "Europe/Berlin"}
        status, answer = self.ask("/api/bookings", body | {"locale": "en", "contact": contact, "answers": {}})
        if "booking" in answer:
            self.booked, self.token = answer["booking"]["id"], answer["manage_url"].rsplit("/", 1)[-1]
        return outcome(status, answer)

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


def outcome(status, answer):
    return status, answer["code"] if "code" in answer else answer["booking"]["status"]


def stamp(local):
    return instant(local).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(local):
    """Of `01 10:00` in Berlin, in December 2026, which is an hour ahead."""
    day, clock = local.split()
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 12, int(day), tzinfo=timezone.utc) + timedelta(hours=hours - 1, minutes=minutes)


def check_outcome(found, expected, what):
    check(found == expected, f"{what}: {found}, not {expected}")


REQUESTED, CONFIRMED, TAKEN, UNREACHABLE = (202, "requested"), (201, "confirmed"), (409, "slot_taken"), (503, "calendar_unreachable")
