"""Puts the events that tests/scenarios/calendars.rs kept into a calendar of a CalDAV server (Radicale), as a calendar program does that
takes invitations in: each life must leave one event, as its last message has it.

Argument: the folder.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import icalendar

CALENDAR = "/mara/calendar/"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    def __init__(self, folder):
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        options = ["--server-hosts", f"127.0.0.1:{port}", "--auth-type", "none", "--rights-type", "authenticated"]
        options += ["--storage-filesystem-folder", folder, "--logging-level", "error"]
        self.process = subprocess.Popen([sys.executable, "-m", "radicale", *options])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("the calendar server did not start")

    def send(self, method, path, body=None, **headers):
        credentials = {"authorization": "Basic bWFyYTptYXJh"}
        request = urllib.request.Request(self.address + path, body, credentials | headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()

    def events(self):
        """Every event of the calendar, as it is exported."""
        _, exported = self.send("GET", CALENDAR)
        return [event for event in icalendar.Calendar.from_ical(exported).walk("VEVENT")]


def take_in(server, folder, message):
    """An event kept in a calendar has no METHOD (RFC 4791, 4.1), and one resource for each UID."""
    content = re.sub(rb"METHOD:[A-Z]+\r\n", b"", (folder / message["file"]).read_bytes())
    status, _ = server.send("PUT", f"{CALENDAR}{message['uid']}.ics", content, **{"content-type": "text/calendar"})
    assert status in (201, 204), (message["file"], status)


def check(server, latest):
    """One event for each life, as the last message of it says."""
    found = {str(event["UID"]): event for event in server.events()}
    assert len(found) == len(server.events()) == len(latest), (len(found), len(latest))
    for uid, message in latest.items():
        event = found[uid]
        read = (int(event["SEQUENCE"]), str(event["STATUS"]), event["DTSTART"].dt.timestamp(), str(event["SUMMARY"]))
        said = (message["sequence"], message["status"], message["start"], message["summary"])
        assert read == said, f"{message['file']}: the calendar has {read}, not {said}"


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = json.loads((folder / "expected.json").read_text())
    with tempfile.TemporaryDirectory() as storage:
        server = Server(storage)
        try:
            server.send("MKCALENDAR", CALENDAR)
            latest = {}
            for message in expected:
                take_in(server, folder, message)
                latest[message["uid"]] = message
                check(server, latest)
        finally:
            server.process.terminate()
            server.process.wait()
    longest = max(message["sequence"] for message in expected)
    print(f"{len(expected)} messages left {len(latest)} events in a calendar of Radicale; the longest life reached SEQUENCE {longest}")


main()
