"""Calendars of Google: a stand-in for its API, driven by Google's own client, and then by the endpoint.

    google_calendars.py

What is busy there is not offered and cannot be booked, whoever changed it; a booking that stands has one event there, with all that
its host has added; and whatever Google answers, no time becomes free by it.
"""

import json
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

import google.oauth2.credentials
import google.oauth2.service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from endpoint import (
    CANCELLED, CONFIRMED, MOVED, NOW, REQUESTED, TAKEN, UNREACHABLE, Mailbox, Site, check, check_free, check_outcome, instant, stamp, wait_for,
)
from google_server import CLIENT, EMAIL, Google

SCOPE = "https://www.googleapis.com/auth/calendar.events"
QUARTER = timedelta(minutes=15)


def at(local):
    return {"dateTime": instant(local).astimezone().isoformat(), "timeZone": "Europe/Berlin"}


def event(name, start, end, **more):
    """From `01 10:00` to `01 11:00` in Berlin."""
    return {"id": f"{name}00000", "summary": f"Secret {name}", "start": at(start), "end": at(end)} | more


def own(answer):
    return {"attendees": [{"email": "jonas@example.com", "self": True, "responseStatus": answer}]}


DAY = {"start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"}}
# Events, and what each takes of those days.
EVENTS = [
    (event("timed", "01 10:00", "01 11:00"), ["01 10:00-11:00"]),
    (event("day", "02 00:00", "03 00:00") | DAY, ["02 00:00-24:00"]),
    (event("free", "04 10:00", "04 11:00", transparency="transparent"), []),
    (event("declined", "04 12:00", "04 13:00", **own("declined")), []),
    (event("open", "04 14:00", "04 15:00", **own("needsAction")), ["04 14:00-15:00"]),
    (event("tentative", "05 10:00", "05 11:00", status="tentative"), ["05 10:00-11:00"]),
    (event("office", "05 12:00", "05 13:00", eventType="workingLocation"), []),
    (event("birthday", "06 00:00", "07 00:00", eventType="birthday") | {"start": {"date": "2026-12-06"}, "end": {"date": "2026-12-07"}}, []),
    (event("focus", "06 10:00", "06 11:00", eventType="focusTime"), ["06 10:00-11:00"]),
    (event("away", "06 12:00", "06 13:00", eventType="outOfOffice"), ["06 12:00-13:00"]),
    (
        event("series", "07 09:00", "07 10:00", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]),
        ["07 09:00-10:00", "08 09:00-10:00", "09 09:00-10:00"],
    ),
]


def client(server, credentials=None):
    """Google's own."""
    info = server.account()
    info.pop("api_endpoint")
    credentials = credentials or google.oauth2.service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])
    options = {"api_endpoint": server.endpoint}
    return build("calendar", "v3", credentials=credentials, client_options=options, static_discovery=True).events()


def check_refused(request, status, reason):
    try:
        answer = request.execute()
    except HttpError as refused:
        found = json.loads(refused.content)["error"]["errors"][0]["reason"]
        check((refused.status_code, found) == (status, reason), f"{refused.status_code} {found}, not {status} {reason}")
    else:
        check(False, f"{answer}, not {status} {reason}")


def listed(calls, **more):
    """All pages of December."""
    wanted = {"calendarId": Google.calendar, "timeMin": stamp("01 00:00"), "timeMax": stamp("31 00:00"), "singleEvents": True} | more
    request, found, pages = calls.list(**wanted), [], 0
    while request:
        answer = request.execute()
        found += answer["items"]
        pages += 1
        request = calls.list_next(request, answer)
    return found, pages


def keeps_to_googles_client(server):
    """What Google's own client does and reads, so that the stand-in is not what we imagine."""
    calls = client(server)
    where = {"calendarId": Google.calendar}
    first = calls.insert(**where, body=event("first", "01 10:00", "01 11:00"), sendUpdates="none").execute()
    check((first["status"], first["iCalUID"]) == ("confirmed", "first00000@google.com"), f"what was made: {first}")
    one = where | {"eventId": first["id"]}
    check(calls.get(**one).execute() == first, "what is there is what was made")
    check_refused(calls.insert(**where, body=event("first", "02 10:00", "02 11:00")), 409, "duplicate")
    check_refused(calls.insert(**where, body=event("with.dot", "02 10:00", "02 11:00")), 400, "invalid")
    check_refused(calls.get(**where, eventId="unknown"), 404, "notFound")
    check_refused(calls.list(calendarId="other@example.com", timeMin=stamp("01 00:00"), timeMax=stamp("02 00:00"), singleEvents=True), 404, "notFound")
    guests = event("guests", "02 10:00", "02 11:00", attendees=[{"email": "mara@example.org"}])
    check_refused(calls.insert(**where, body=guests), 403, "forbiddenForServiceAccounts")
    colour = calls.patch(**one, body={"colorId": "7"}).execute()
    check((colour["summary"], colour["colorId"], colour["etag"] != first["etag"]) == (first["summary"], "7", True), f"a patch: {colour}")
    stale = calls.patch(**one, body={"colorId": "8"})
    stale.headers["If-Match"] = first["etag"]
    check_refused(stale, 412, "conditionNotMet")
    day = calls.patch(**one, body={"start": {"date": "2026-12-02", "dateTime": None, "timeZone": None}, "end": {"date": "2026-12-03", "dateTime": None, "timeZone": None}}).execute()
    check(day["start"] == {"date": "2026-12-02"}, f"a whole day: {day}")
    check_refused(calls.patch(**one, body={"start": {"dateTime": stamp("02 10:00")}}), 400, "invalid")
    check(calls.delete(**one).execute() == "", "it is deleted")
    check_refused(calls.delete(**one), 410, "deleted")
    check(calls.get(**one).execute()["status"] == "cancelled", "what was deleted is there as cancelled")
    check_refused(calls.insert(**where, body=event("first", "02 10:00", "02 11:00")), 409, "duplicate")
    again = calls.update(**one, body={"start": at("01 10:00"), "end": at("01 11:00"), "status": "confirmed"}).execute()
    check((again["status"], "colorId" in again) == ("confirmed", False), f"an update replaces: {again}")
    for number in range(5):
        calls.insert(**where, body=event(f"more{number}", f"0{number + 2} 10:00", f"0{number + 2} 11:00")).execute()
    calls.insert(**where, body=event("series", "07 09:00", "07 10:00", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])).execute()
    found, pages = listed(calls)
    check((len(found), pages) == (9, 1), f"all in one page: {len(found)} in {pages}")
    server.page = 2
    found, pages = listed(calls)
    check((len({one["id"] for one in found}), len(found), pages) == (9, 9, 10), f"all in many: {len(found)} in {pages}")
    part = calls.list(**where, timeMin=stamp("01 00:00"), timeMax=stamp("31 00:00"), singleEvents=True, fields="items(id,start)").execute()
    check(all(set(one) == {"id", "start"} for one in part["items"]), f"a part: {part}")
    check(not calls.list(**where, timeMin=stamp("01 11:00"), timeMax=stamp("02 10:00"), singleEvents=True).execute()["items"], "both ends are outside")
    consent = google.oauth2.credentials.Credentials(None, token_uri=f"{server.url}/token", **CLIENT)
    check(len(listed(client(server, consent))[0]) == 9, "with a refresh token")
    rooms_by_googles_client(server, calls, client(server, consent))
    server.role = "freeBusyReader"
    check_refused(calls.insert(**where, body=event("denied", "01 10:00", "01 11:00")), 403, "requiredAccessLevel")
    check(not any("summary" in one for one in listed(calls)[0]), "titles are hidden")
    check(not server.wrong, f"Google's own client is wrong: {server.wrong}")
    print("Google's own client and the stand-in understand each other")


def rooms_by_googles_client(server, of_account, of_consent):
    where = {"calendarId": Google.calendar}
    asking = lambda name: {"conferenceData": {"createRequest": {"requestId": name, "conferenceSolutionKey": {"type": "hangoutsMeet"}}}}
    roomed = event("roomed", "20 10:00", "20 11:00", **asking("first"))
    check_refused(of_account.insert(**where, body=roomed, conferenceDataVersion=1), 400, "invalid")
    check("conferenceData" not in of_account.insert(**where, body=event("none", "20 12:00", "20 13:00", **asking("first"))).execute(), "who does not know of rooms gets none")
    server.looks = 1
    made = of_consent.insert(**where, body=roomed, conferenceDataVersion=1).execute()
    check(made["conferenceData"]["createRequest"]["status"]["statusCode"] == "pending", f"a room may come later: {made}")
    one = where | {"eventId": made["id"]}
    room = of_consent.get(**one).execute()["conferenceData"]
    [video] = [entry["uri"] for entry in room["entryPoints"] if entry["entryPointType"] == "video"]
    changed = of_consent.patch(**one, body={"colorId": "7"}).execute()
    check((changed["conferenceData"], changed["hangoutLink"]) == (room, video), f"a room stays: {changed}")
    same = of_consent.patch(**one, body=asking("first"), conferenceDataVersion=1).execute()
    check(same["conferenceData"] == room, f"a name that was used is ignored: {same}")
    another = of_consent.patch(**one, body=asking("second"), conferenceDataVersion=1).execute()
    check(another["conferenceData"]["createRequest"]["status"]["statusCode"] == "pending", f"another room: {another}")
    server.looks = 0


class Endpoint(Site):
    """The endpoint, whose host has the calendar."""

    def __init__(self, folder, server, role, more=""):
        self.server = server
        table = f'name = "work"\nkind = "google"\nid = "{Google.calendar}"\nsecret = "WORK_KEY"\nrole = "{role}"\n{more}'
        super().__init__(folder, table, ("PRIVATE KEY", EMAIL, "example.org"))

    def start(self, minutes, key=None):
        self.server.now = (NOW + timedelta(minutes=minutes)).timestamp()
        super().start(minutes, WORK_KEY=json.dumps(key or self.server.account()))

    def stop(self):
        super().stop()
        check(not self.server.wrong, f"the endpoint does not keep to Google's description: {self.server.wrong}")


def put(server, *events):
    """As the host's own programs do."""
    for one in events:
        server.stored(server.own(one) | one)


def is_busy(server, site):
    """What stands in the calendar is busy, and changes with it."""
    put(server, *(one for one, _ in EVENTS))
    busy = [span for _, spans in EVENTS for span in spans]
    site.start(0)
    check_free(site, busy, "what stands in the calendar")
    check_outcome(site.book("01 10:30"), TAKEN, "over an event")
    check_outcome(site.book("02 12:00"), TAKEN, "on a day off")
    check_outcome(site.book("04 12:00"), CONFIRMED, "over what was declined")
    site.stop()
    busy += ["04 12:00-12:15"]
    put(server, event("new", "01 15:00", "01 16:00"), event("timed", "01 12:00", "01 13:00"))
    server.events.pop("day00000")
    busy = [span for span in busy if span not in ("01 10:00-11:00", "02 00:00-24:00")] + ["01 12:00-13:00", "01 15:00-16:00"]
    server.page = 3
    site.start(2)
    check_outcome(site.book("01 15:15"), TAKEN, "over an event that was made after the list was read")
    check_free(site, busy, "one that is new, one that has moved, and one that is gone")
    site.stop()
    server.page = 2500
    lists = [path for verb, path, *_ in server.requests if verb == "GET" and "fields=" in path]
    check(lists and not any("summary" in path for path in lists), "titles are never asked for")
    check(server.tokens.popitem()[1] == ["https://www.googleapis.com/auth/calendar.events.freebusy"], "it wants to read alone")
    server.zone = "America/New_York"
    put(server, event("day", "02 00:00", "03 00:00") | DAY)
    site.start(4)
    free = site.free_now()
    site.stop()
    server.zone = "Europe/Berlin"
    for local, is_free in [("02 05:45", True), ("02 06:00", False), ("03 05:45", False), ("03 06:00", True)]:
        check((int(instant(local).timestamp()) in free) == is_free, f"{local} in a calendar that is in New York")
    print("what stands in the calendar, comes, moves and goes is what is busy")


def keeps_tokens(server, site):
    """One token will do for an hour; one that is withdrawn is replaced."""
    site.start(6)
    # The first that read it do so at the same time, each with a token.
    site.free_now()
    site.host("calendars/work/read", {})
    server.asked.clear()
    site.host("calendars/work/read", {})
    site.host("calendars/work/read", {})
    check((server.asked["token"], server.asked["list"]) == (0, 2), f"the same token: {server.asked}")
    server.tokens.clear()
    site.host("calendars/work/read", {})
    check((server.asked["token"], server.asked["list"]) == (1, 4), f"another one, for the same page: {server.asked}")
    check_outcome(site.book("12 08:00"), CONFIRMED, "with the new token")
    site.stop()
    print("a token is kept, and replaced when it is no longer accepted")


def says_why(server, site, minutes, fault, said, key=None):
    """A failure makes no time free, and is told once, in words."""
    server.fault = fault
    server.tokens.clear()
    site.start(minutes, key)
    site.wait_for(f"the calendar work of jonas cannot be read: {said}")
    check_outcome(site.book(f"11 {minutes % 24:02}:00"), REQUESTED, f"when nothing is known: {said}")
    check_outcome(site.book(f"12 {minutes % 24:02}:30", "careful"), UNREACHABLE, f"the same on a careful page: {said}")
    site.stop()
    server.fault = lambda name: None
    server.is_revoked = False


def failures(server, site):
    answers = lambda wanted, *answer: lambda name: answer if name == wanted else None
    refusal = lambda status, reason, domain="global": (status, {}, json.dumps({"error": {"errors": [{"domain": domain, "reason": reason, "message": "Secret"}], "code": status}}))
    not_shared = "it is not shared so with the service account: share it with the key's `client_email`"
    nothing = "Google's answer is cut off, or something else than a list of events"
    # Each an hour after the last, so that nothing is known any more.
    cases = [
        (answers("list", *refusal(403, "forbidden")), f"it answered 403: {not_shared}"),
        (answers("list", *refusal(403, "rateLimitExceeded", "usageLimits")), "it answered 403: it has been asked too often"),
        (answers("list", *refusal(403, "accessNotConfigured", "usageLimits")), "it answered 403: the Google Calendar API is not turned on in the key's project"),
        (answers("list", *refusal(410, "deleted")), "it answered 410: it is gone"),
        (answers("list", 429, {"retry-after": "30"}, ""), "it answered 429: it has been asked too often"),
        (answers("list", 503, {}, "<html>Secret</html>"), "it answered 503: Google has a fault"),
        (answers("list", 200, {"content-type": "text/html"}, "<html>Secret</html>"), nothing),
        (answers("list", 200, {}, '{"kind":"calendar#events","items":[{"id":"Secret"'), nothing),
        (answers("list", 200, {}, "{}"), nothing),
        (answers("list", None, 3, ""), "it did not answer within 2.5 s"),
        (answers("token", 503, {}, ""), "it answered 503 when asked for a token: Google has a fault"),
    ]
    minutes = 60
    for fault, said in cases:
        minutes += 61
        if said.startswith("it did not answer"):
            slow(server, site, minutes, fault)
        else:
            says_why(server, site, minutes, fault, said)
    fine = lambda name: None
    server.role = None
    says_why(server, site, minutes + 61, fine, "it answered 404: its `id` is wrong, or it is not shared with the service account")
    server.role = "writer"
    server.is_revoked = True
    says_why(server, site, minutes + 122, fine, "Google does not accept the key (invalid_grant): it was deleted, or its service account was")
    server.is_revoked = True
    says_why(server, site, minutes + 183, fine, "Google no longer accepts the refresh token (invalid_grant)", server.consent())
    other = server.consent() | {"client_secret": "another Secret"}
    says_why(server, site, minutes + 244, fine, "Google does not accept the client", other)
    says_why(server, site, minutes + 305, fine, "the `private_key` in the secret WORK_KEY is damaged", server.account() | {"private_key": "Secret"})
    says_why(server, site, minutes + 366, fine, "the secret WORK_KEY lacks `client_email`", server.account() | {"client_email": ""})
    site.start(minutes + 427)
    check_outcome(site.book("11 00:15"), CONFIRMED, "when all is well again")
    site.stop()
    site.start(minutes + 488, server.consent())
    check_outcome(site.book("11 00:30"), CONFIRMED, "with a refresh token")
    site.stop()
    print(f"{len(cases) + 6} failures make no time free, and say what to do")


def slow(server, site, minutes, fault):
    """Where nobody waits, there is more time, so that the log need not have it."""
    server.fault = fault
    site.start(minutes)
    check_outcome(site.book(f"11 {minutes % 24:02}:00"), REQUESTED, "when it hangs")
    site.stop()
    server.fault = lambda name: None


def written(server, site, local, what):
    """The event of what was booked last, once it is at that time."""
    def found():
        one = server.of_booking(site.booked)
        return one if one and one["status"] == "confirmed" and server.moment(one["start"]) == instant(local) else None

    wait_for(found, lambda: f"{what}: {server.of_booking(site.booked)}")
    # Whoever is ended before it has noted that writes it once more.
    wait_for(lambda: not site.undelivered(), lambda: f"{what}, delivered: {site.undelivered()}")
    one = server.of_booking(site.booked)
    check(server.moment(one["end"]) == instant(local) + QUARTER, f"its end: {one}")
    check(not {"attendees", "conferenceData"} & set(one), f"nobody is invited: {one}")
    return one


def gone(server, site, what):
    is_gone = lambda: (one := server.of_booking(site.booked)) is None or one["status"] == "cancelled"
    wait_for(is_gone, lambda: f"{what}: {server.of_booking(site.booked)}")


def follows(server, site):
    """One event, from the booking until it is cancelled."""
    server.requests.clear()
    site.start(0)
    check_outcome(site.book("01 09:00", name="Mara <a href='https://evil.example'>Lind</a>"), CONFIRMED, "a booking")
    one = written(server, site, "01 09:00", "the booking is written")
    check(one["summary"] == "Mara <a href='https://evil.example'>Lind</a>: Always", f"its name: {one}")
    check("<" not in one["description"] and "someone1@example.org" in one["description"], f"who it is: {one}")
    site.stop()
    site.start(2)
    check_outcome(site.move("01 09:15"), MOVED, "a move")
    written(server, site, "01 09:15", "the move")
    check_outcome(site.move("01 10:00"), MOVED, "moved again")
    one = written(server, site, "01 10:00", "the second move")
    server.stored(one | {"colorId": "7", "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 20}]}})
    check_outcome(site.move("01 11:00"), MOVED, "after the host has added something")
    one = written(server, site, "01 11:00", "the third move")
    check((one["colorId"], one["reminders"]["overrides"][0]["minutes"]) == ("7", 20), f"what the host has added: {one}")
    server.stored(one | {"start": {"date": "2026-12-09"}, "end": {"date": "2026-12-10"}})
    site.stop()
    # What was read within the last minute is not read again.
    site.start(4)
    mine = site.booked, site.token
    check_outcome(site.book("09 12:00"), TAKEN, "where its host has made a whole day of it")
    check((site.booked, site.token) == mine, "none was booked")
    check_outcome(site.move("01 12:00"), MOVED, "after that")
    one = written(server, site, "01 12:00", "the fourth move")
    server.stored(one | {"start": at("01 15:00"), "end": at("01 15:30")})
    site.stop()
    site.start(6)
    check_outcome(site.book("01 15:15"), TAKEN, "where its host has moved the event to")
    check_outcome(site.book("01 12:00"), TAKEN, "where the booking is")
    check((site.booked, site.token) == mine, "none was booked")
    check_outcome(site.move("01 14:00"), MOVED, "a move elsewhere")
    one = written(server, site, "01 14:00", "it follows its booking again")
    server.stored(one | {"status": "cancelled"})
    site.stop()
    site.start(8)
    check_outcome(site.move("01 16:00"), MOVED, "after its host has deleted the event")
    written(server, site, "01 16:00", "it is put back")
    check_outcome(site.cancel(), CANCELLED, "cancelling")
    gone(server, site, "cancelled")
    check_outcome(site.book("01 16:00"), CONFIRMED, "at the time that is free again")
    one = written(server, site, "01 16:00", "the next booking")
    server.stored(one | {"status": "cancelled"})
    check_outcome(site.cancel(), CANCELLED, "what its host has deleted already")
    wait_for(lambda: not site.host("deliveries?state=pending")["deliveries"], lambda: "all is delivered")
    site.stop()
    told = [path for verb, path, *_ in server.requests if verb != "GET" and "/events" in path]
    check(told and all("sendUpdates=none" in path for path in told), "nobody is written to")
    check(any(scopes == [SCOPE] for scopes in server.tokens.values()), "it wants to write")
    print("a booking's event follows it, with all that its host has added")


def broken(server, site):
    """Whatever is lost on the way, it is written once."""
    lost = []
    def lose(name):
        """Does what was asked, and does not say so."""
        if name == "insert" and not lost:
            lost.append(server.requests[-1])
            _, _, headers, body = lost[0]
            with server.lock:
                server.do_insert(None, {}, headers, json.loads(body))
            return 503, {}, ""
        return None

    server.fault = lose
    site.start(10)
    check_outcome(site.book("02 09:00"), CONFIRMED, "whose event is made, and the answer is lost")
    wait_for(lambda: site.undelivered() == ["it answered 503: Google has a fault"], lambda: f"it says why: {site.undelivered()}")
    server.fault = lambda name: None
    site.stop()
    site.start(16)
    wait_for(lambda: not site.undelivered(), lambda: "it is delivered")
    written(server, site, "02 09:00", "in the end")
    check_outcome(site.book("02 10:00"), CONFIRMED, "just before a kill")
    site.stop()
    site.start(22)
    written(server, site, "02 10:00", "after the kill")
    site.stop()
    print("an answer that is lost, or a kill, makes no second event")


def asked_about(server, site):
    """What its host does to an event of a booking, the desk asks about."""
    def asked(what):
        found = wait_for(lambda: [one for one in site.host("calendars")["astray"] if one["booking"] == site.booked], lambda: what)
        return found[0]["moved_to"], found[0]["whole_days"]

    def put_back(local, what):
        site.host(f"bookings/{site.booked}/put-back", {"start": stamp(local)})
        one = written(server, site, local, what)
        site.stop()
        return one

    site.start(24)
    check_outcome(site.book("05 09:00"), CONFIRMED, "a booking that its host moves")
    one = written(server, site, "05 09:00", "it is written")
    site.stop()
    for minutes, made, expected in [
        (30, {"start": at("05 15:00"), "end": at("05 16:00")}, ([stamp("05 15:00"), stamp("05 16:00")], False)),
        (40, {"start": {"date": "2026-12-06"}, "end": {"date": "2026-12-07"}}, ([stamp("06 00:00"), stamp("07 00:00")], True)),
        (50, {"recurrence": ["RRULE:FREQ=WEEKLY"], "start": at("06 09:00"), "end": at("06 09:15")}, ([stamp("06 09:00"), stamp("06 09:15")], False)),
    ]:
        server.stored(one | made)
        site.start(minutes)
        check(asked(f"{made}") == expected, f"{made}: {asked('again')}")
        one = put_back("05 09:00", f"{made}, and put back")
        check("recurrence" not in one, f"one event: {one}")
    # Deleted: it is looked for twice, ten minutes apart, after it was missed.
    server.stored(one | {"status": "cancelled"})
    for minutes in (60, 63, 74):
        server.asked.clear()
        site.start(minutes)
        wait_for(lambda: server.asked["list"] and (minutes == 60 or server.asked["get"]), lambda: f"a reading: {server.asked}")
        time.sleep(1)
        if minutes < 74:
            check(site.host("calendars")["astray"] == [], "it is not certain yet")
            site.stop()
    check(asked("deleted") == (None, False), "it is deleted there")
    put_back("05 09:00", "deleted, and put back")
    print("what its host moves or deletes is asked about, and put back whatever was made of it")


def unwritten(server, site):
    """What cannot be written says why."""
    def check_reason(minutes, local, said, key=None):
        site.start(minutes, key)
        check_outcome(site.book(local), CONFIRMED, "where nothing can be written")
        reasons = lambda: site.undelivered("parked")
        wait_for(lambda: said in reasons(), lambda: f"{said} is not in {reasons()}")
        site.stop()

    server.role = "reader"
    check_reason(90, "03 09:00", "it answered 403: it is not shared so with the service account: share it with the key's `client_email`")
    server.role = "writer"
    site.start(100)
    [parked] = site.host("deliveries?state=parked")["deliveries"]
    site.host(f"deliveries/{parked['id']}/replay", {})
    written(server, site, "03 09:00", "when it may be written to again")
    server.puts_back = False
    server.stored(server.of_booking(site.booked) | {"status": "cancelled"})
    check_outcome(site.move("03 10:00"), MOVED, "whose event cannot be put back")
    said = "it answered 403: its host has deleted the event, and Google does not let it be put back"
    wait_for(lambda: said in site.undelivered("parked"), lambda: f"{said} is not in {site.undelivered('parked')}")
    site.stop()
    server.puts_back = True
    print("what is not written says why")


def rooms(server, site):
    """Each booking has a room that Google makes, and everybody hears of it once."""
    mailbox, consent = Mailbox(), server.consent()
    site.send_mail(mailbox)
    site.page("call", location='{ video = "calendar" }')
    host = "jonas@example.com"

    def room():
        """What Google has made."""
        entries = server.of_booking(site.booked)["conferenceData"].get("entryPoints", [])
        return next((entry["uri"] for entry in entries if entry["entryPointType"] == "video"), None)

    def shown():
        """What programs are told."""
        _, answer = site.ask(f"/api/bookings/{site.booked}", bearer=site.token)
        check(answer["booking"]["location"]["kind"] == "video", f"it is a video call: {answer}")
        return answer["booking"]["location"]["value"]

    def check_mails(number, subject, link, sequence):
        mails = mailbox.take(number)
        visitor = next(mail for to, mail in mails.items() if to != host)
        check(visitor["subject"].startswith(subject), f"{subject}: {visitor}")
        for mail in mails.values():
            said = link or ("The link to the call follows by email." if mail is visitor else "Your calendar has not made the link to the call yet.")
            check(f"Where: {said}" in mail["text"], f"{said} is where it is: {mail}")
        wanted = {f"SEQUENCE:{sequence}", f"UID:{site.booked}", f"LOCATION:{link or ''}"} | ({f"URL:{link}"} if link else set())
        check(wanted <= set(visitor["invitation"]), f"{wanted} in {visitor['invitation']}")

    def is_done():
        """What is not noted before a kill is sent once more."""
        wait_for(lambda: not site.host("deliveries?state=pending")["deliveries"], lambda: "all is delivered")

    server.looks = 2
    site.start(50, consent)
    check_outcome(site.book("10 09:00", "call"), CONFIRMED, "a call")
    check(shown() is None, "its room is not there yet")
    check_mails(2, "Booked:", wait_for(lambda: shown(), lambda: "no room is known"), 1)
    check((shown(), server.rooms) == (room(), 1), f"one room was made: {shown()}, {room()}")
    wait_for(lambda: not site.undelivered(), lambda: f"delivered: {site.undelivered()}")
    first = shown()
    check_outcome(site.move("10 10:00"), MOVED, "a move")
    check_mails(2, "Moved:", first, 2)
    wait_for(lambda: not site.undelivered(), lambda: "the move is written")
    server.stored(server.of_booking(site.booked) | {"status": "cancelled"})
    check_outcome(site.move("10 11:00"), MOVED, "after its host has deleted the event")
    check_mails(2, "Moved:", first, 3)
    wait_for(lambda: not site.undelivered(), lambda: "it is put back")
    check((room(), server.of_booking(site.booked)["status"], server.rooms) == (first, "confirmed", 1), "with the same room")
    check_outcome(site.cancel(), CANCELLED, "cancelling")
    gone(server, site, "the call")
    mailbox.take(2)
    is_done()
    site.stop()

    # Google is away. Emails wait for two minutes, and leave; the link follows.
    server.fault, server.looks = lambda name: (503, {}, "") if name == "insert" else None, 0
    site.start(60, consent)
    check_outcome(site.book("10 12:00", "call"), CONFIRMED, "while Google is away")
    wait_for(lambda: site.undelivered() == ["it answered 503: Google has a fault"], lambda: f"why: {site.undelivered()}")
    check(not mailbox.mails, f"they wait: {mailbox.mails}")
    site.stop()
    site.start(63, consent)
    check_mails(2, "Booked:", None, 0)
    left = lambda: sorted(delivery["event"] for delivery in site.host("deliveries?state=pending")["deliveries"])
    wait_for(lambda: left() == ["booking.confirmed", "booking.room_missing"], lambda: f"the copy is left, and the host's email of the room: {left()}")
    site.stop()
    server.fault = lambda name: None
    site.start(69, consent)
    check_mails(1, "Link to the call:", wait_for(lambda: shown(), lambda: "no room is known"), 1)
    is_done()
    site.stop()

    # It cannot make the room, and then can.
    server.room = "failure"
    site.start(80, consent)
    check_outcome(site.book("10 13:00", "call"), CONFIRMED, "while Google makes no rooms")
    failed = "the event is there, but Google could not make its Meet room"
    wait_for(lambda: site.undelivered() == [failed], lambda: f"why: {site.undelivered()}")
    written_once = server.of_booking(site.booked)
    check(written_once["status"] == "confirmed", f"the event: {written_once}")
    server.room = "success"
    check_mails(2, "Booked:", wait_for(lambda: shown(), lambda: "no room is known"), 1)
    is_done()
    site.stop()

    # Nobody gets a room in that calendar, and no service account in any.
    server.room = None
    for minutes, key, said in [
        (90, consent, "the event is there, but Google makes no Meet room in this calendar"),
        (100, server.account(), "the event is there, but Google makes no Meet rooms for a service account"),
    ]:
        site.start(minutes, key)
        check_outcome(site.book(f"10 {14 + minutes // 100}:00", "call"), CONFIRMED, said)
        wait_for(lambda: any((why or "").startswith(said) for why in site.undelivered()), lambda: f"why: {site.undelivered()}")
        check("conferenceData" not in server.of_booking(site.booked), "an event without a room")
        site.stop()
        mailbox.mails.clear()
    server.room = "success"
    print("each booking has a room of its own, and everybody is told of it once")


def main():
    warnings.filterwarnings("ignore", category=FutureWarning)
    server = Google()
    keeps_to_googles_client(server)
    server.stop()
    for role, steps in [
        ("busy", [is_busy, keeps_tokens, failures]), ("both", [follows, broken, asked_about, unwritten]), ("both", [rooms]),
    ]:
        server = Google()
        with tempfile.TemporaryDirectory() as folder:
            site = Endpoint(Path(folder), server, role)
            try:
                for step in steps:
                    step(server, site)
            finally:
                site.kill()
                server.stop()


main()
