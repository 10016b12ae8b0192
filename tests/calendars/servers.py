"""Calendars on real CalDAV servers, Radicale and Xandikos, from events put there to bookings on a page.

    servers.py

What is busy there is not offered and cannot be booked, whoever changed it and however late; and whatever a server does, no time
becomes free by it. The endpoint is the binary `target/debug/generator`, started anew for each step at a time of its own.
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
NOW = datetime(2026, 11, 23, 23, 59, tzinfo=timezone.utc)
# The days whose times are compared, as the host in Berlin has them.
FIRST, LAST = datetime(2026, 12, 1), datetime(2026, 12, 13)
QUARTER = timedelta(minutes=15)
CALENDAR = f"/{USER}/work/"

OFFICE = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""

# Events by their names: lines beside UID and DTSTAMP, zones, and what each takes of those days, in Berlin's time.
EVENTS = {
    "timed": (["DTSTART:20261201T090000Z\nDTEND:20261201T100000Z"], "", ["01 10:00-11:00"]),
    "whole-day": (["DTSTART;VALUE=DATE:20261202\nDTEND;VALUE=DATE:20261203"], "", ["02 00:00-24:00"]),
    "floating": (["DTSTART:20261203T100000\nDTEND:20261203T110000"], "", ["03 10:00-11:00"]),
    "cancelled": (["DTSTART:20261204T100000Z\nDTEND:20261204T110000Z\nSTATUS:CANCELLED"], "", []),
    "transparent": (["DTSTART:20261204T120000Z\nDTEND:20261204T130000Z\nTRANSP:TRANSPARENT"], "", []),
    "own-zone": (["DTSTART;TZID=Office:20261205T100000\nDTEND;TZID=Office:20261205T110000"], OFFICE, ["05 16:00-17:00"]),
    "series": (
        [
            "DTSTART;TZID=Europe/Berlin:20261207T090000\nDTEND;TZID=Europe/Berlin:20261207T100000\n"
            "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Berlin:20261209T090000\nSEQUENCE:0",
            "RECURRENCE-ID;TZID=Europe/Berlin:20261210T090000\nSEQUENCE:1\n"
            "DTSTART;TZID=Europe/Berlin:20261210T150000\nDTEND;TZID=Europe/Berlin:20261210T170000",
        ],
        BERLIN,
        ["07 09:00-10:00", "08 09:00-10:00", "10 15:00-17:00", "11 09:00-10:00"],
    ),
    "old-series": (
        ["DTSTART;TZID=Europe/Berlin:20190106T180000\nDURATION:PT90M\nRRULE:FREQ=WEEKLY;BYDAY=SU"],
        BERLIN,
        ["06 18:00-19:30"],
    ),
}


def check(condition, what):
    if not condition:
        sys.exit(f"wrong: {what}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A CalDAV server with one calendar, behind a relay that counts what it is asked by the endpoint."""

    def __init__(self, name, folder):
        self.name, self.port = name, free_port()
        self.asked, self.pause = Counter(), 0
        if name == "Radicale":
            users = folder / "users"
            users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
            command = ["-m", "radicale", "--server-hosts", f"127.0.0.1:{self.port}", "--logging-level", "error"]
            command += ["--auth-type", "htpasswd", "--auth-htpasswd-filename", users, "--auth-htpasswd-encryption", "plain"]
            command += ["--storage-filesystem-folder", folder / "storage"]
        else:
            command = ["-m", "xandikos.web", "-d", folder / "storage", "--state-dir", folder / "state", "--autocreate"]
            command += ["-l", "127.0.0.1", "-p", str(self.port), "--current-user-principal", f"/{USER}/", "--no-detect-systemd"]
        self.process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            sys.exit(f"{name} did not start")
        self.relay = self.start_relay()

    def start_relay(self):
        server = self

        class Relay(http.server.BaseHTTPRequestHandler):
            def relay(self):
                server.asked[self.command] += 1
                time.sleep(server.pause)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answer = server.send(self.command, self.path, body, self.headers["authorization"], depth=self.headers["depth"])
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                try:
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:
                    # The endpoint was ended while it read.
                    self.close_connection = True

            do_PROPFIND = do_REPORT = do_GET = relay

            def log_message(self, *_):
                pass

        relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        return relay

    @property
    def url(self):
        return f"http://127.0.0.1:{self.relay.server_port}{CALENDAR}"

    def send(self, method, path, body=b"", authorization=None, **headers):
        own = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"authorization": authorization or f"Basic {own}", "content-type": "text/xml"} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, {name: value for name, value in headers.items() if value})
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def make_calendar(self):
        answer = self.send("MKCALENDAR", CALENDAR, **{"content-type": None})
        check(answer.status in (200, 201), f"{self.name} made no calendar: {answer.status} {answer.body}")

    def put(self, name, events, zones=""):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Daymark//Tests//EN", *zones.splitlines()]
        for event in events:
            lines += ["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T000000Z", f"SUMMARY:Secret {name}"]
            lines += [*event.splitlines(), "END:VEVENT"]
        text = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
        status = self.send("PUT", f"{CALENDAR}{name}.ics", text, **{"content-type": "text/calendar"}).status
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
        answer = self.send("PROPPATCH", CALENDAR, body.encode())
        check(answer.status == 207 and b"200 OK" in answer.body, f"{self.name} is nowhere: {answer.status} {answer.body}")

    def stop(self):
        self.relay.shutdown()
        self.process.terminate()
        self.process.wait()


class Site:
    """The endpoint, with a host whose pages look at the calendar."""

    def __init__(self, folder, url):
        self.folder, self.said, self.number, self.process = folder, "", 0, None
        content = folder / "content"
        shutil.copytree(ROOT / "tests/content", content)
        host = content / "jonas/host.toml"
        table = f'name = "work"\nkind = "caldav"\nurl = "{url}"\nuser = "{USER}"\nsecret = "WORK_PASSWORD"'
        host.write_text(f"{host.read_text()}\n[[calendars]]\n{table}\n")
        page = (content / "jonas/always.md").read_text()
        (content / "jonas/careful.md").write_text(page.replace("+++\n", '+++\nwhen_unknown = "refuse"\n', 1))

    def start(self, minutes, password=PASSWORD):
        """Starts it so many minutes after the beginning."""
        now = (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        command = [GENERATOR, "serve", "--production", "--private-webhooks", "--port", "0", "--now", now]
        command += ["--data", self.folder / "data", "--content", self.folder / "content", "--output", self.folder / "dist"]
        secrets = {"DAYMARK_SECRET": "a secret of the test, longer than thirty-two bytes", "WORK_PASSWORD": password}
        log = open(self.folder / "log", "w+")
        command += ["--theme", ROOT / "site"]
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

    def free(self, more=""):
        path = f"/api/availability/jonas/always?from={FIRST:%Y-%m-%d}&to={LAST - timedelta(days=1):%Y-%m-%d}&duration=15{more}"
        try:
            with urllib.request.urlopen(self.address + path) as answer:
                return set(json.load(answer)["slots"])
        except urllib.error.HTTPError as refused:
            sys.exit(f"{path}: {refused.code} {refused.read().decode()}")

    def free_now(self):
        """As whoever is about to book sees it."""
        return self.free(f"&start={instant('01 08:00'):%Y-%m-%dT%H:%M:%SZ}")

    def book(self, local, page="always"):
        """Books a time in Berlin; the answer's status, and its code or the booking's status."""
        self.number += 1
        start = instant(local).strftime("%Y-%m-%dT%H:%M:%SZ")
        contact = {"name": "Someone", "email": f"someone{self.number}@example.org"}
        body = {"page": f"jonas/{page}", "start": start, "duration_minutes": 15, "time_zone": "Europe/Berlin", "locale": "en"}
        body |= {"contact": contact, "answers": {}}
        headers = {"content-type": "application/json", "idempotency-key": f"key-{self.number}"}
        request = urllib.request.Request(f"{self.address}/api/bookings", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)["booking"]["status"]
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)["code"]


def instant(local):
    """Of `01 10:00` in Berlin, in December 2026, which is an hour ahead."""
    day, clock = local.split()
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 12, int(day), tzinfo=timezone.utc) + timedelta(hours=hours - 1, minutes=minutes)


def check_free(site, busy, what):
    """Compares every quarter of an hour of those days."""
    taken = []
    for span in busy:
        day, clocks = span.split()
        taken.append(tuple(instant(f"{day} {clock}") for clock in clocks.split("-")))
    start, end = instant(f"{FIRST:%d} 00:00"), instant(f"{LAST:%d} 00:00")
    quarters = [start + QUARTER * number for number in range((end - start) // QUARTER)]
    expected = {int(at.timestamp()) for at in quarters if not any(at < until and since < at + QUARTER for since, until in taken)}
    def compare(found, how):
        wrong = sorted(datetime.fromtimestamp(at, timezone.utc).isoformat() for at in found ^ expected)
        check(not wrong, f"{what}, {how}: {wrong[:10]}")

    # Lists may be some seconds behind.
    compare(site.free_now(), "on the way to the details")
    for _ in range(100):
        if site.free() == expected:
            return
        time.sleep(0.1)
    compare(site.free(), "in lists")


def check_outcome(found, expected, what):
    check(found == expected, f"{what}: {found}, not {expected}")


REQUESTED, CONFIRMED, TAKEN, UNREACHABLE = (202, "requested"), (201, "confirmed"), (409, "slot_taken"), (503, "calendar_unreachable")


def life(server, site):
    """A calendar's life, from its first event until it is deleted."""
    server.make_calendar()
    for name, (events, zones, _) in EVENTS.items():
        server.put(name, events, zones)
    busy = [span for _, _, spans in EVENTS.values() for span in spans]
    site.start(0)
    check_free(site, busy, "what stands in the calendar")
    check_outcome(site.book("01 10:30"), TAKEN, "over an event")
    check_outcome(site.book("02 12:00"), TAKEN, "on a day off")
    check_outcome(site.book("09 09:00"), CONFIRMED, "on the day that the series leaves out")
    check_outcome(site.book("10 09:00"), CONFIRMED, "where the series has moved away from")
    check_outcome(site.book("10 16:45"), TAKEN, "where it has moved to")
    site.stop()
    busy += ["09 09:00-09:15", "10 09:00-09:15"]

    server.put("new", ["DTSTART:20261201T140000Z\nDTEND:20261201T150000Z"])
    site.start(2)
    check_outcome(site.book("01 15:15"), TAKEN, "over an event that was made after the list was read")
    site.stop()
    busy += ["01 15:00-16:00"]

    server.put("timed", ["DTSTART:20261201T110000Z\nDTEND:20261201T120000Z\nSEQUENCE:1"])
    server.delete(f"{CALENDAR}whole-day.ics")
    busy = [span for span in busy if span not in ("01 10:00-11:00", "02 00:00-24:00")] + ["01 12:00-13:00"]
    site.start(4)
    check_free(site, busy, "an event that has moved, and one that is gone")
    check_outcome(site.book("01 12:00"), TAKEN, "where an event has moved to")
    check_outcome(site.book("01 10:00"), CONFIRMED, "where it was")
    site.stop()
    busy += ["01 10:00-10:15"]

    # It is read whole when the endpoint starts, and by those who come meanwhile only if it has changed.
    server.asked.clear()
    server.pause = 0.5
    site.start(6)
    check_free(site, busy, "nothing has changed")
    server.pause = 0
    site.stop()
    check(server.asked["PROPFIND"] >= 1 and server.asked["REPORT"] <= 1, f"it was read again: {server.asked}")
    print(f"{server.name}: what stands there, comes, moves and goes is what is busy")


def of_its_own_zone(server, site):
    """Whole days and floating times are those of where the calendar is."""
    server.put("whole-day", EVENTS["whole-day"][0])
    server.be_in(OFFICE.replace("Office", "America/New_York"))
    site.start(8)
    free = site.free_now()
    site.stop()
    # From six in the morning on that day until six on the next, and floating from four to five.
    for local, is_free in [("02 05:45", True), ("02 06:00", False), ("03 05:45", False), ("03 06:00", True), ("03 10:00", True), ("03 16:00", False)]:
        check((int(instant(local).timestamp()) in free) == is_free, f"{local} in a calendar that is in New York")
    print(f"{server.name}: whole days are those of where the calendar is")


def wrong_password(server, site):
    """What is not let in does not know, and says so once."""
    said = "the calendar work of jonas cannot be read: it answered 401: its server does not accept the user and the secret's password"
    site.start(10, "another password")
    site.wait_for(said)
    check_outcome(site.book("12 12:00"), REQUESTED, "with a wrong password")
    check_outcome(site.book("12 13:00", "careful"), UNREACHABLE, "with a wrong password, on a careful page")
    site.stop()
    check(site.said.count(said) == 1, f"the log has it once: {site.said}")
    site.start(12)
    check_outcome(site.book("12 14:00"), CONFIRMED, "with the right one again")
    site.stop()
    print(f"{server.name}: a wrong password makes no time free")


def deleted(server, site):
    """What was read stays in force for half an hour; then nothing is known."""
    server.delete(CALENDAR)
    site.start(14)
    check_outcome(site.book("01 12:15"), TAKEN, "over what was read before the calendar was deleted")
    site.stop()
    check("it answered 404: it is not there" in site.said, f"the log: {site.said}")
    site.start(50)
    check_outcome(site.book("01 12:15"), TAKEN, "over the same, later")
    check_outcome(site.book("12 16:00"), REQUESTED, "when nothing is known any more")
    check_outcome(site.book("12 17:00", "careful"), UNREACHABLE, "the same on a careful page")
    site.stop()
    print(f"{server.name}: a calendar that is deleted is not an empty one")


def main():
    for name in ("Radicale", "Xandikos"):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            server = Server(name, folder)
            site = Site(folder, server.url)
            try:
                life(server, site)
                of_its_own_zone(server, site)
                if name == "Radicale":
                    wrong_password(server, site)
                deleted(server, site)
            finally:
                site.kill()
                server.stop()


main()
