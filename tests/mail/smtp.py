"""The mails of bookings through a real SMTP server (aiosmtpd), read back with Python's own parser of mail.

`tests/run mail` runs it: meetings are asked for, accepted or declined, moved, reminded of and cancelled, in two languages. The
endpoint is killed three times while mail is on its way; every mail must arrive all the same. The server has no SMTPUTF8, and the
addresses and names are those that mail has trouble with.
"""

import email
import email.policy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import icalendar
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "target/debug/generator"
SECRET = "a secret of the test, longer than thirty-two bytes"
BASE_URL = "https://meet.example.com"
NOW = "2026-11-25T08:00:00Z"

# A sender as its author writes it, and what readers see of it.
SENDER = ("Exämple, Inc.: (Büro) @ Co <hello@bücher.example>", "Exämple, Inc.: (Büro) @ Co", "hello@xn--bcher-kva.example")
# What nobody may decode: U+202E and "Hans" in the second.
NAMES = ["Ærøskøbing \U0001f600 \"Sam\"", "=?utf-8?b?4oCuSGFucw==?= \"Sam\", Doe"]
# The same as visitors and guests are sent them: no part of them is a link.
PLAIN = [NAMES[0], '= ? utf-8? b? 4oCuSGFucw= = ? = "Sam", Doe']
# What some visitors type, and how a server is told to whom their mail goes; the others are at example.org.
TYPED = {
    2: ("visitor..2@docomo.ne.jp", '"visitor..2"@docomo.ne.jp'),
    4: ("visitor4@b\u00fccher.example", "visitor4@xn--bcher-kva.example"),
    5: ("visitor5.@ezweb.ne.jp", '"visitor5."@ezweb.ne.jp'),
    6: ("\u200bvisitor6\uff20\u4f8b\u3048\u3002jp", "visitor6@xn--r8jz45g.jp"),
}
UNWRITABLE = ['"john doe"@example.org', '"a@b"@example.org', "jörg@example.org", "visitor..9@example.org", "visitor@localhost"]


def typed(number):
    return TYPED.get(number, (f"visitor{number}@example.org", ""))[0]


def guest(number):
    return (number + 1) % 8


def written(number):
    return TYPED.get(number, ("", typed(number)))[1]


class Server(SMTP):
    """Notes how it is told to whom mail goes: aiosmtpd hands addresses on without their quotation marks."""

    async def smtp_RCPT(self, arg):
        self.event_handler.told.add(re.search("<(.*)>", arg)[1])
        await super().smtp_RCPT(arg)


class Controlled(Controller):
    def factory(self):
        return Server(self.handler, **self.SMTP_kwargs)


class Box:
    """Keeps what comes; refuses the first few, as servers do that are busy."""

    def __init__(self, refusals):
        self.mails = []
        self.told = set()
        self.refusals = refusals

    async def handle_DATA(self, server, session, envelope):
        if self.refusals > 0:
            self.refusals -= 1
            return "451 4.3.0 Try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.raw = email.message_from_bytes(envelope.content)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 OK"


class Site:
    """The endpoint, with the sample content and this SMTP server."""

    def __init__(self, folder, port):
        self.folder = folder
        content = folder / "content"
        shutil.copytree(ROOT / "content", content)
        site = content / "site.toml"
        mail = f'\n[mail]\nprovider = "smtp"\nfrom = "{SENDER[0]}"\nserver = "smtp://127.0.0.1:{port}"\n'
        page = content / "aiko/intro.md"
        text = re.sub(r"(?m)^(approval|reminders) = .*\n", "", page.read_text())
        page.write_text(text.replace("+++\n", '+++\napproval = true\nreminders = ["1d"]\n', 1))
        # All eight book at once: what strangers may hold is another test's.
        free = site.read_text().replace("bound_strangers = true", "bound_strangers = false")
        site.write_text(re.sub(r"(?ms)^\[mail\].*?(?=^\[|\Z)", "", free) + mail)

    def start(self, now=NOW):
        command = [GENERATOR, "serve", "--production", "--port", "0", "--now", now, "--data", self.folder / "data"]
        command += ["--content", self.folder / "content", "--output", self.folder / "dist", "--theme", ROOT / "site"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"DAYMARK_SECRET": SECRET})
        for line in self.process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.address = found[0]
                return
        sys.exit("the endpoint did not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def send(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def bookings(self):
        return self.send("GET", "/api/host/bookings", authorization=self.host())["bookings"]

    def by_host(self, booked, act, body=None):
        path = f"/api/host/bookings/{booked['booking']['id']}/{act}"
        return self.send("POST", path, body or {}, authorization=self.host())["booking"]

    def host(self):
        command = [GENERATOR, "token", "aiko", "--content", self.folder / "content", "--theme", ROOT / "site"]
        token = subprocess.run(command, env=os.environ | {"DAYMARK_SECRET": SECRET}, capture_output=True, text=True, check=True).stdout
        return f"Bearer {token.strip()}"

    def scan(self, mails):
        """Opens every link of every mail, as scanners do that look for harm. Returns how many."""
        links = set()
        for _, _, mail in mails:
            for kind in ("plain", "html"):
                links |= set(re.findall(re.escape(BASE_URL) + r"(/[^\s\"<>]*)", mail.get_body((kind,)).get_content()))
        links = {link.replace("&amp;", "&") for link in links if link.startswith(("/booking/", "/api/"))}
        for link in links:
            with urllib.request.urlopen(self.address + link) as answer:
                check(answer.status == 200, link)
        return len(links)

    def book(self, number, locale, zone):
        slots = self.send("GET", "/api/availability/aiko/intro")["slots"]
        return self.send("POST", "/api/bookings", {
            "page": "aiko/intro", "start": slots[40 + number * 2], "duration_minutes": 30, "time_zone": zone, "locale": locale,
            "contact": {"name": NAMES[number % 2], "email": typed(number)}, "guests": [typed(guest(number))],
            "answers": {"topic": "What we talked about.\n.\nA line with a dot alone before this one."},
        }, idempotency_key=f"key-{number}")


def cancel(site, booked):
    token = booked["manage_url"].rsplit("/", 1)[1]
    site.send("POST", f"/api/bookings/{booked['booking']['id']}/cancel", {"reason": "Krank"}, authorization=f"Bearer {token}")


def check(condition, what):
    if not condition:
        sys.exit(f"wrong: {what}")


def check_parts(mail):
    """Plain text, HTML, and what calendars read, in the order that RFC 6047 and mail programs want."""
    types = [part.get_content_type() for part in mail.walk()]
    alternatives = ["multipart/alternative", "text/plain", "text/html"]
    check(types in (alternatives, ["multipart/mixed", *alternatives, "text/calendar", "application/ics"]), f"parts {types}")
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            calendar = part.get_content()
            method = re.search(r"METHOD:(\w+)", calendar)[1]
            check(part.get_param("method") == method, f"the part's method and {method}")


def check_mail(mail_from, recipients, mail):
    check(mail_from == SENDER[2], f"sender {mail_from}")
    check(recipients == [mail["to"].addresses[0].addr_spec], f"recipients {recipients}")
    check(mail["from"].addresses[0].display_name == SENDER[1], f"from {mail['from']}")
    check(mail["from"].addresses[0].addr_spec == SENDER[2], f"from {mail['from']}")
    check(mail["date"] and mail["message-id"] and mail["auto-submitted"], "headers")
    check(mail.as_bytes().isascii(), "a byte that a server without 8BITMIME need not take")
    check(not mail.defects and not any(part.defects for part in mail.walk()), f"defects {mail.defects}")
    check_parts(mail)
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    names = PLAIN if recipients[0].startswith("visitor") else NAMES
    check(any(name in text for name in names), "the name in the text")
    if recipients[0].startswith("visitor"):
        zones = [("Berlin (UTC", "Tokyo (UTC"), ("ベルリン（UTC", "東京（UTC")]
        check(any(own in text and hosts in text for own, hosts in zones), "both zones")
        check(mail.raw["to"] in map(written, range(8)), f"to {mail.raw['to']}")
        check(mail.raw["reply-to"] == "aiko@example.com", f"reply to {mail.raw['reply-to']}")
    else:
        check(".\nA line with a dot alone" in text, "an answer with a line of one dot")
        check(any(name in mail["subject"] for name in NAMES), f"the name as it was typed in {mail['subject']!r}")
        check(mail.raw["reply-to"] in map(written, range(8)), f"reply to {mail.raw['reply-to']}")


def check_invitations(mails, lives):
    """Each of visitor, guest and host has one event of each booking, with every message of its life: nothing of what was only
    asked for. The host, who invites, is not asked, but gets a copy."""
    events = {}
    for _, recipients, mail in mails:
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                calendar = icalendar.Calendar.from_ical(part.get_content())
                (event,) = calendar.walk("VEVENT")
                messages = events.setdefault(str(event["UID"]), {}).setdefault(recipients[0], set())
                messages.add((int(event["SEQUENCE"]), str(calendar["METHOD"]), event["DTSTART"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")))
    expected = {uid: life for uid, life in lives.items() if life}
    check(events.keys() == expected.keys(), f"events of {len(events)} bookings, not of {len(expected)}")
    for uid, messages in events.items():
        copies = {(sequence, "PUBLISH" if method == "REQUEST" else method, start) for sequence, method, start in expected[uid]}
        check(messages.pop("aiko@example.com") == copies, f"the host's are not {copies}")
        check(len(messages) == 2 and all(one == expected[uid] for one in messages.values()), f"{messages}, not {expected[uid]}")


def live(site, box, number, before):
    """One meeting's life: what its calendars are told, the subjects that its visitor and its guest read, and when it takes place in
    the end. Each change waits until the mails before it have left, `before` it and its own: those that have not do not leave."""
    japanese = number % 2 == 1
    booked = site.book(number, "ja" if japanese else "en", "Europe/Berlin")
    uid, told = booked["booking"]["id"], set()
    subjects, guests = ["申し込み：" if japanese else "Requested: "], []
    all_left = lambda: wait(box, before + 2 * len(subjects) + len(guests))
    all_left()
    if number % 4 == 3:
        site.by_host(booked, "decline")
        return uid, told, subjects + ["お断り：" if japanese else "Declined: "], guests, None
    booking = site.by_host(booked, "accept")
    subjects.append("予約確定：" if japanese else "Booked: ")
    guests.append("ご招待：" if japanese else "Invitation: ")
    told.add((0, "REQUEST", booking["start"]))
    if number % 4 != 0:
        all_left()
        start = datetime.fromisoformat(booking["start"]) + timedelta(days=7)
        booking = site.by_host(booked, "reschedule", {"start": start.strftime("%Y-%m-%dT%H:%M:%SZ")})
        subjects.append("日時変更：" if japanese else "Moved: ")
        guests.append(subjects[-1])
        told.add((1, "REQUEST", booking["start"]))
    if number % 4 == 2:
        all_left()
        cancel(site, booked)
        subjects.append("キャンセル：" if japanese else "Cancelled: ")
        guests.append(subjects[-1])
        told.add((2, "CANCEL", booking["start"]))
        return uid, told, subjects, guests, None
    return uid, told, subjects, guests, booking["start"]


def check_refused(site):
    """What no mail can be written to is not taken."""
    for address in UNWRITABLE:
        try:
            site.send("POST", "/api/bookings", {"page": "aiko/intro", "contact": {"name": "Sam", "email": address}})
        except urllib.error.HTTPError as refused:
            fields = [error["field"] for error in json.load(refused)["errors"]]
            check(refused.code == 422 and "contact.email" in fields, f"{address}: {refused.code} {fields}")
        else:
            sys.exit(f"wrong: {address} was taken")


def wait(box, expected):
    deadline = time.monotonic() + 30
    while len({mail["message-id"] for _, _, mail in box.mails}) < expected and time.monotonic() < deadline:
        time.sleep(0.1)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    box = Box(refusals=2)
    port = free_port()
    controller = Controlled(box, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), port)
        site.start()
        lives, subjects, starts, expected = {}, {number: [] for number in range(8)}, [], 0
        for number in range(8):
            uid, lives[uid], to_visitor, to_guest, start = live(site, box, number, expected)
            subjects[number] += to_visitor
            subjects[guest(number)] += to_guest
            # Each step is told to both sides, and what calendars have to know to the guest.
            expected += 2 * len(to_visitor) + len(to_guest)
            starts += [(start, number)] if start else []
            if number in (1, 3, 6):
                site.kill()
                site.start()
        check_refused(site)
        wait(box, expected)
        before = site.bookings()
        links = site.scan(box.mails)
        check(site.bookings() == before and len(before) == 8, "a link that was opened changed something")
        site.kill()
        # A day before each meeting that takes place, its visitor alone is reminded.
        for start, number in sorted(starts):
            site.start(now=(datetime.fromisoformat(start) - timedelta(hours=23)).strftime("%Y-%m-%dT%H:%M:%SZ"))
            subjects[number].append("リマインダー：" if number % 2 else "Reminder: ")
            expected += 1
            wait(box, expected)
            site.kill()
    controller.stop()
    for one in box.mails:
        check_mail(*one)
    ids = {mail["message-id"] for _, _, mail in box.mails}
    check(len(ids) == expected, f"{len(ids)} of {expected} mails arrived")
    check(box.told == {"aiko@example.com", *map(written, range(8))}, f"told {box.told}")
    for number, expected_subjects in subjects.items():
        visitor = written(number)
        read = {mail["subject"] for _, _, mail in box.mails if mail.raw["to"] == visitor}
        for beginning in expected_subjects:
            check(any(subject.startswith(beginning) for subject in read), f"{visitor} has no {beginning!r}: {read}")
        check(len(read) == len(expected_subjects), f"{visitor} has {read}")
    check(box.refusals == 0, "the server refused some at first")
    check_invitations(box.mails, lives)
    print(f"{links} links of the mails opened, and nothing changed")
    print(f"{len(box.mails)} mails over SMTP, {len(ids)} different: all {expected} arrived, and were read")


main()
