"""Connecting calendars with `generator calendars add`, as somebody new to Daymark does: at a terminal, and in scripts.

    connecting.py

On real CalDAV servers, Radicale and Xandikos, whose calendars are found; and at stand-ins for Google and Microsoft, with a browser
that consents. What is printed is pasted, and then does what it is to do.
"""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from endpoint import CONFIRMED, NOW, TAKEN, check, check_outcome, instant
from google_server import CLIENT, EMAIL, Google
from graph import CLIENT as APPLICATION, SECRET, TENANT, USER as MAILBOX, Graph, says
from harness import PASSWORD, USER, Radicale, Site, Xandikos

TASKS = '<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype><c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set></d:prop></d:set></d:mkcol>'
SAYS_BUSY = "It can be read: 3 busy times in the next"
SAYS_WRITTEN = "And bookings can be written there: an event was written, and removed again."


def same(found, expected, what):
    check(found == expected, f"{what}:\n{found}\n--- not\n{expected}")


class Desk(Site):
    """A site whose host has no calendar yet."""

    def __init__(self, folder):
        super().__init__(folder, "http://127.0.0.1:9/")
        self.file = folder / "content/jonas/host.toml"
        self.file.write_text(self.file.read_text().split("\n[[calendars]]")[0])

    def arguments(self, *more):
        return [*map(str, self.generator(*more)), "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]

    def run(self, *more, secrets=None):
        """What a command answers and tells, and its code; nobody types anything."""
        command = self.arguments(*more)
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ | (secrets or {}))
        return done.stdout, done.stderr, done.returncode

    def add(self, *more, secrets=None):
        return self.run("calendars", "add", "jonas", "--name", "work", "--secret", "WORK_PASSWORD", *more, secrets=secrets)

    def consents(self, *more, browser=lambda address: urllib.request.urlopen(address).read()):
        """The same while somebody opens the address that is told."""
        command = self.arguments("calendars", "add", "jonas", "--name", "work", "--secret", "WORK_PASSWORD", *more)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = ""
        for line in process.stderr:
            told += line
            if line.startswith("http://"):
                browser(line.strip())
        return process.stdout.read(), told, process.wait()

    def types(self, answers, secrets=None, more=()):
        """At a terminal: each answer is typed once something is asked. All that is seen, and the code."""
        command = self.arguments("calendars", "add", "jonas", *more)
        process, terminal = pty.fork()
        if process == 0:
            # Ignored by what a shell runs in the background, and then by all that this starts.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(command[0], command, os.environ | (secrets or {}))
        seen, answers = "", list(answers)
        while True:
            try:
                more = os.read(terminal, 1 << 16)
            except OSError:
                break
            if not more:
                break
            seen += more.decode()
            if answers and seen.endswith(": "):
                os.write(terminal, f"{answers.pop(0)}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.close(terminal)
        check(not answers, f"nobody has asked for {answers}: {seen}")
        return seen.replace("\r\n", "\n"), code

    def paste(self, table):
        self.file.write_text(f"{self.file.read_text()}\n{table}")


def new_host(server, desk):
    """Everything at a terminal: three events, one command, a page without those times, and a booking in the calendar."""
    began = time.monotonic()
    start = f"http://127.0.0.1:{server.relay.server_port}"
    answers = ["caldav", "", "", "WORK_PASSWORD", start, USER, PASSWORD]
    tasks = server.send("MKCOL", server.calendar.replace("/work/", "/tasks/"), TASKS.encode())
    check(tasks.status == 201, f"{server.name} made no tasks: {tasks.status} {tasks.body}")
    chosen = ["7", "work"] if server.name == "Xandikos" else []
    seen, code = desk.types([*answers, *chosen, "yes"])
    check(code == 0 and SAYS_BUSY in seen and SAYS_WRITTEN in seen, f"{server.name}: {code} {seen}")
    is_shown = "/tasks/" in seen and server.name == "Radicale"
    check(PASSWORD not in seen and not is_shown, f"{server.name} shows what it must not: {seen}")
    table = f'[[calendars]]\nname = "work"\nkind = "caldav"\nurl = "{server.url}"\nuser = "{USER}"\nsecret = "WORK_PASSWORD"\nrole = "both"\n'
    check(desk.file.read_text().endswith(f"\n\n{table}"), f"host.toml: {desk.file.read_text()}")
    check("IFS= read -rs WORK_PASSWORD && export WORK_PASSWORD" in seen, f"how to set it: {seen}")
    answered, told, code = desk.run("calendars", secrets={"WORK_PASSWORD": PASSWORD})
    check((code, told) == (0, "") and "\n  3 busy times in the next " in answered, f"{code} {answered} {told}")
    desk.start(0)
    free = desk.free()
    for local, is_free in (("01 09:45", True), ("01 10:00", False), ("02 10:45", False), ("03 11:00", True)):
        check((int(instant(local).timestamp()) in free) == is_free, f"{server.name}: {local} is free: {not is_free}")
    check_outcome(desk.book("01 10:30"), TAKEN, "over an event")
    check_outcome(desk.book("05 10:00"), CONFIRMED, "at a free time")
    for _ in range(100):
        if server.send("GET", f"{server.calendar}{desk.booked}.ics").status == 200:
            break
        time.sleep(0.1)
    else:
        sys.exit(f"{server.name} has no {desk.booked}")
    desk.stop()
    other = server.url.replace("/work/", "/other/")
    if server.name == "Radicale":
        server.send("MKCALENDAR", server.calendar.replace("/work/", "/other/"), kind=None)
    second = ["--name", "second", "--secret", "WORK_PASSWORD", "--kind", "caldav", "--user", USER, "--role", "both"]
    secrets = {"WORK_PASSWORD": PASSWORD}
    _, told, code = desk.run("calendars", "add", "jonas", *second, "--url", server.url, secrets=secrets)
    last = "generator: jonas has this calendar already: it is `work`. Change that one in host.toml instead. Nothing was changed.\n"
    check(code == 1 and told.endswith(last), f"the same once more: {code} {told}")
    _, told, code = desk.run("calendars", "add", "jonas", *second, "--url", other, secrets=secrets)
    wanted = (
        "Bookings can be written to work as well, and are written to one of them only where it is named: put "
        '`write_to = "second"` or `write_to = "work"` into each page.\n'
    )
    check(code == 0 and wanted in told, f"a second one that is written to: {code} {told}")
    print(f"{server.name}: connected, read and written to within {time.monotonic() - began:.1f} s")


def in_a_script(server, desk):
    """All as arguments; and what goes wrong."""
    start = f"http://127.0.0.1:{server.relay.server_port}"
    common = ["--kind", "caldav", "--url", start, "--user", USER]
    common += ["--calendar", "work"] if server.name == "Xandikos" else []
    answered, told, code = desk.add(*common, "--role", "busy", secrets={"WORK_PASSWORD": PASSWORD})
    same((answered, code), (f'[[calendars]]\nname = "work"\nkind = "caldav"\nurl = "{server.url}"\nuser = "{USER}"\nsecret = "WORK_PASSWORD"\n', 0), told)
    check("And bookings" not in told, f"it is only read: {told}")
    if server.name == "Xandikos":
        return
    _, told, code = desk.add(*common, "--role", "busy", secrets={"WORK_PASSWORD": "another"})
    expected = (
        f"Looking for calendars at {start} …\ngenerator: no calendar was found at {start}: it answered 401: its server does not accept "
        "the user and the secret's password; many servers need an app password. Nothing was changed. docs/calendars.md names the addresses and "
        "passwords of some services.\n"
    )
    same((told, code), (expected, 1), "a wrong password")
    wrong = f"{start}/{USER}/wrok/"
    secrets = {"WORK_PASSWORD": PASSWORD}
    at_wrong = ["--kind", "caldav", "--url", wrong, "--user", USER, "--role", "busy"]
    answered, told, code = desk.add(*at_wrong, secrets=secrets)
    question = f"There is no calendar at {wrong}, but this one. Connect it?"
    last = f"generator: nobody answered “{question}”, so nothing was changed. In a script, give `--calendar {server.url}`.\n"
    check((answered, code) == ("", 1) and told.endswith(last), f"a wrong path: {code} {told}")
    answered, told, code = desk.add(*at_wrong, "--calendar", server.url.rstrip("/"), secrets=secrets)
    check(code == 0 and f'url = "{server.url}"' in answered, f"a wrong path, with the calendar named: {code} {answered} {told}")
    server.go_down()
    server.let("r")
    server.come_up()
    _, told, code = desk.add(*common, "--role", "both", secrets={"WORK_PASSWORD": PASSWORD})
    check("(can only be read)" in told, f"what may be done there: {told}")
    last = "generator: work cannot be written to: it answered 403: its server does not let the user write to it. Mend that, or choose the role `busy`.\n"
    check(told.endswith(last) and code == 1, f"what can only be read: {told}")
    server.go_down()
    server.let("rw")
    server.come_up()
    print(f"{server.name}: in a script, and what goes wrong")


def gives_up():
    """Ctrl-D and Ctrl-C, also where nothing is shown; and what is not an answer is asked for again."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        before = desk.file.read_text()
        for answers, question in (["caldav"], "A name for it, for your pages"), (["feed", "", ""], "The feed’s secret address"):
            seen, code = desk.types([*answers, "\x04"], {"JONAS_WORK": ""})
            check(f"generator: nobody answered “{question}”, so nothing was changed." in seen and code == 1, f"{code} {seen}")
        for answers in ([], ["caldav", ""], ["feed", "", ""]):
            seen, code = desk.types([*answers, "\x03"], {"JONAS_WORK": ""})
            check(code in (-2, 1) and "panicked" not in seen, f"Ctrl-C after {answers}: {code} {seen}")
        answers = ["feed", "", "", "", "not an address", "https://", "\x04"]
        seen, code = desk.types(answers, {"JONAS_WORK": ""})
        asked = "The feed’s secret address (it is not shown): "
        wrong = f"{asked}\n  that is not a web address\n"
        check(f"{asked}\n  type it, or press Ctrl-C to give up\n{wrong}{wrong}{asked}" in seen and code == 1, f"{code} {seen}")
        seen, code = desk.types(["http://dav.example.invalid/", ""], {"WORK": "word"}, ["--kind", "caldav", "--name", "work", "--secret", "WORK", "--role", "busy"])
        check("the password could be read on the way. Send it all the same? (yes, no) [no]: " in seen and "generator: nothing was changed." in seen and code == 1, f"{code} {seen}")
        same(desk.file.read_text(), before, "the file")
    print("Who gives up has changed nothing")


def caldav():
    for kind in (Radicale, Xandikos):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            server, desk = kind(folder), Desk(folder)
            if kind is Xandikos:
                # Where it says that its user's calendars are.
                server.calendar = f"{server.home}calendars/work/"
            try:
                server.make_calendar()
                if kind is Xandikos:
                    server.send("MKCALENDAR", f"{server.home}calendars/other/", kind=None)
                for day in (1, 2, 3):
                    server.put(f"day{day}", [f"DTSTART:2026120{day}T090000Z\nDTEND:2026120{day}T100000Z"])
                in_a_script(server, desk)
                new_host(server, desk)
            finally:
                desk.kill()
                server.stop()


def secret_in(told):
    """The value that is told once."""
    values = re.findall(r"^\{.*\}$", told, re.MULTILINE)
    check(len(values) == 1, f"one value is told: {told}")
    return values[0]


def google():
    service = Google()
    service.now = NOW.timestamp()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        desk = Desk(folder)
        key, client = folder / "it's the key.json", folder / "client.json"
        key.write_text(json.dumps(service.account()))
        client.write_text(json.dumps(service.client()))
        common = ["--kind", "google", "--id", service.calendar, "--role", "both"]

        table = f'[[calendars]]\nname = "work"\nkind = "google"\nid = "{service.calendar}"\nsecret = "WORK_PASSWORD"\nrole = "both"\n'
        answered, told, code = desk.add(*common, "--key", key)
        same((answered, code), (table, 0), told)
        check(f"Share the calendar with {EMAIL}: " in told and "“Make changes to events”" in told, told)
        check("export WORK_PASSWORD=\"$(cat '" in told and r"it'\''s the key.json" in told and "PRIVATE KEY" not in told, told)
        check([event["status"] for event in service.events.values()] == ["cancelled"], f"the test is gone: {service.events}")

        service.role = "reader"
        _, told, code = desk.add(*common, "--key", key)
        last = "work cannot be written to: it answered 403: it is not shared so with the service account: share it with the key's `client_email`. Mend that, or choose the role `busy`.\n"
        check(told.endswith(last) and code == 1, told)
        service.role = None
        _, told, code = desk.add(*common, "--key", key)
        last = "generator: work cannot be read: it answered 404: its `id` is wrong, or it is not shared with the service account: share it with the key's `client_email`. Nothing was changed: mend that, and start again.\n"
        check(told.endswith(last) and code == 1, told)
        service.role = "writer"

        service.consents = False
        _, told, code = desk.consents(*common, "--key", client)
        last = "generator: there is no consent: it was not consented to (access_denied). Nothing was changed.\n"
        check(told.endswith(last) and code == 1, told)
        service.consents, service.role = True, None
        _, told, code = desk.consents(*common, "--key", client)
        last = "generator: work cannot be read: it answered 404: its `id` is wrong, or the one who has consented cannot see it. Nothing was changed: mend that, and start again.\n"
        check(told.endswith(last) and code == 1, told)
        service.role = "writer"

        # What somebody has consented to is worth keeping: once it is set, it is not asked for again.
        answered, told, code = desk.add(*common, secrets={"WORK_PASSWORD": secret_in(told)})
        same((answered, code), (table, 0), told)
        answered, told, code = desk.consents(*common, "--key", client)
        same((answered, code), (table, 0), told)
        secret = secret_in(told)
        same(json.loads(secret), CLIENT | {"token_uri": f"{service.url}/token", "api_endpoint": service.endpoint}, "the secret")
        desk.paste(answered)
        answered, told, code = desk.run("calendars", secrets={"WORK_PASSWORD": secret})
        check((code, told) == (0, "") and "\n  0 busy times in the next " in answered, f"{code} {answered} {told}")

        check(not service.wrong, service.wrong)
    service.stop()
    print("Google: by a service account's key, and by a consent")


def microsoft():
    graph = Graph()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stopped:
        desk = Desk(Path(folder))
        stopped.callback(desk.kill)
        common = ["--kind", "microsoft", "--role", "both"]
        answered, told, code = desk.add(*common, "--user", MAILBOX, secrets={"WORK_PASSWORD": graph.secret()})
        table = f'[[calendars]]\nname = "work"\nkind = "microsoft"\nuser = "{MAILBOX}"\nsecret = "WORK_PASSWORD"\nrole = "both"\n'
        same((answered, code), (table, 0), told)
        check(SAYS_WRITTEN in told and not graph.events, f"the test is gone: {told} {graph.events}")

        graph.permissions = {"Calendars.Read"}
        _, told, code = desk.add(*common, "--user", MAILBOX, secrets={"WORK_PASSWORD": graph.secret()})
        check("generator: work cannot be written to: it answered 403 (ErrorAccessDenied): the application lacks" in told and code == 1, told)
        graph.permissions = {"Calendars.ReadWrite"}
        graph.failures = [("DELETE ", says(503))]
        _, told, code = desk.add(*common, "--user", MAILBOX, secrets={"WORK_PASSWORD": graph.secret()})
        last = (
            "generator: an event was written to work, but could not be removed: it answered 503: Microsoft's server has a fault. Delete it "
            "there: it is “Daymark: only a test” on 2026-11-23 at 23:45. Bookings that are cancelled would stay there as well: mend that, or "
            "choose the role `busy`.\n"
        )
        check(told.endswith(last) and code == 1, told)
        same([event["subject"] for event in graph.events.values()], ["Daymark: only a test"], "what stands there")
        graph.failures = []
        graph.events.clear()

        places = ["--token-endpoint", f"{graph.origin}/{TENANT}/oauth2/v2.0/token", "--api-endpoint", graph.api]
        # By an application: what was typed is shown once it has been tried, and not where it does not work.
        common_way = ["--kind", "microsoft", "--role", "both", "--way", "application", *places]
        answers = ["", "WORK_PASSWORD", TENANT, APPLICATION]
        seen, code = desk.types([*answers, "Q~8Wrong", MAILBOX], more=common_way)
        check("the `client_secret` is wrong" in seen and "Q~8Wrong" not in seen and code == 1, f"a wrong secret: {code} {seen}")
        seen, code = desk.types([*answers, SECRET, MAILBOX, "no"], more=common_way)
        check(code == 0 and seen.index(SAYS_WRITTEN) < seen.index(SECRET) and table in seen, f"the right one: {code} {seen}")
        expected = {"tenant_id": TENANT, "client_id": APPLICATION, "client_secret": SECRET, "api_endpoint": graph.api}
        same(json.loads(secret_in(seen)), expected | {"token_endpoint": places[1]}, "the secret")
        # Nothing of it is lost where nobody answers the last question.
        seen, code = desk.types([*answers, SECRET, MAILBOX, "\x04"], more=common_way)
        check(code == 0 and SECRET in seen and table in seen, f"nobody answers: {code} {seen}")

        way = ["--way", "consent", "--tenant", TENANT, "--client", APPLICATION, *places]
        answered, told, code = desk.consents(*common, *way)
        same((answered, code), (table.replace(f'user = "{MAILBOX}"\n', ""), 0), told)
        secret = secret_in(told)
        expected = {"tenant_id": TENANT, "client_id": APPLICATION, "refresh_token": graph.refresh_tokens[1], "api_endpoint": graph.api}
        same(json.loads(secret), expected | {"token_endpoint": places[1]}, "the secret")
        desk.paste(answered)
        answered, told, code = desk.run("calendars", secrets={"WORK_PASSWORD": secret})
        check((code, told) == (0, "") and "\n  0 busy times in the next " in answered, f"{code} {answered} {told}")
        # The server has a newer token by then than the secret.
        desk.start(0, secret)
        check_outcome(desk.book("05 10:00"), CONFIRMED, "at Microsoft")
        desk.stop()
        graph.refresh_tokens.remove(json.loads(secret)["refresh_token"])
        answered, told, code = desk.run("calendars", secrets={"WORK_PASSWORD": secret})
        check((code, told) == (1, "generator: 1 calendar failed.\n") and "the refresh token has ended" in answered, f"{code} {answered} {told}")
        answered, told, code = desk.run("calendars", "--data", desk.folder / "data", secrets={"WORK_PASSWORD": secret})
        check((code, told) == (0, ""), f"{code} {answered} {told}")
        check(not graph.bad, graph.bad)
    graph.stop()
    print("Microsoft: by an application, and by a consent")


if __name__ == "__main__":
    for step in (gives_up, caldav, google, microsoft):
        step()
