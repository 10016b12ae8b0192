"""A calendar of Microsoft 365, by a stand-in for Microsoft Graph (graph.py).

    microsoft.py <folder of node packages>

First, the stand-in is judged by others: Microsoft's own client for Python makes its requests and reads its answers, and at the
end TypeScript compares all that was answered, and all that Daymark has sent, with Microsoft's own types. Then the endpoint, the
binary `target/debug/generator`, reads it and writes to it: what is busy there cannot be booked, bookings stand there as they are,
and whatever the service does, no time becomes free by it.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import endpoint
import httpx
from endpoint import CONFIRMED, FIRST, LAST, QUARTER, REQUESTED, TAKEN, UNREACHABLE, check
from graph import CALENDAR, CLIENT, OTHER, SECRET, TENANT, USER, Graph, cut_off, hangs, loses_answer, says, web_page
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.location import Location
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.calendar.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.calendar.events.events_request_builder import EventsRequestBuilder
from msgraph_core.tasks.page_iterator import PageIterator

PROPERTY = "String {7d1c5b0e-9a3f-4c62-8e57-2f6b0d94a1c3} Name OfTheTest"


def equal(found, expected, what):
    check(found == expected, f"{what}: {found}, not {expected}")


def utc(day, clock, month=12):
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, month, day, hours, minutes, tzinfo=timezone.utc)


# The stand-in, by Microsoft's own client.


class Token(AccessTokenProvider):
    """Its own sign-in wants https://."""

    def __init__(self, graph):
        form = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials", "scope": f"{graph.origin}/.default"}
        answer = httpx.post(f"{graph.origin}/{TENANT}/oauth2/v2.0/token", data=form)
        self.token = answer.json()["access_token"]

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


async def refused(code, call):
    try:
        await call
    except ODataError as error:
        equal(error.error.code, code, "an error, as the client reads it")
        return error
    sys.exit(f"wrong: {code} was expected")


async def by_their_client(graph):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Token(graph)))
    adapter.base_url = graph.api
    client = GraphServiceClient(request_adapter=adapter)
    mailbox = client.users.by_user_id(USER)
    for number in range(25):
        graph.put(f"Event {number}", utc(1, "09:00") + timedelta(hours=number), utc(1, "09:30") + timedelta(hours=number), showAs="oof")
    graph.put("A day off", date(2026, 12, 9), date(2026, 12, 10), response="declined")
    query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
        start_date_time="2026-12-01T00:00:00Z", end_date_time="2026-12-31T00:00:00Z", top=10,
        select=["iCalUId", "start", "end", "isAllDay", "isCancelled", "showAs", "responseStatus", "transactionId"],
    )
    wanted = RequestConfiguration(query_parameters=query)
    wanted.headers.add("Prefer", 'outlook.timezone="UTC", IdType="ImmutableId"')
    page = await mailbox.calendar.calendar_view.get(request_configuration=wanted)
    check(len(page.value) == 10 and page.odata_next_link, "ten on the first page, and a link to the next")
    events = []
    await PageIterator(page, adapter).iterate(lambda event: events.append(event) or True)
    equal(len(events), 26, "events on all pages")
    day = next(event for event in events if event.is_all_day)
    shown = day.start.date_time, day.start.time_zone, day.end.date_time, day.response_status.response
    equal(shown, ("2026-12-09T00:00:00.0000000", "UTC", "2026-12-10T00:00:00.0000000", ResponseType.Declined), "a whole day")
    equal({event.show_as for event in events}, {FreeBusyStatus.Oof, FreeBusyStatus.Busy}, "how they show")

    def event(subject):
        return Event(
            subject=subject, body=ItemBody(content_type=BodyType.Text, content="First\nSecond <b>"), location=Location(display_name="Room 1"),
            start=DateTimeTimeZone(date_time="2026-12-20T09:00:00", time_zone="UTC"), transaction_id="one/1",
            end=DateTimeTimeZone(date_time="2026-12-20T10:00:00", time_zone="UTC"),
            single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=PROPERTY, value="one")],
        )

    made = await mailbox.calendar.events.post(event("One"))
    again = await mailbox.calendar.events.post(event("One"))
    equal((made.id, made.transaction_id, made.subject), (again.id, "one/1", "One"), "an event that is posted twice")
    await refused("ErrorDuplicateTransactionId", mailbox.calendar.events.post(event("Another")))
    query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
        filter=f"singleValueExtendedProperties/any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'one')",
        expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"], select=["id", "subject"],
    )
    found = await mailbox.calendar.events.get(request_configuration=RequestConfiguration(query_parameters=query))
    equal([one.id for one in found.value], [made.id], "found by its property")
    equal(found.value[0].single_value_extended_properties[0].value, "one", "the property")
    etag = found.value[0].additional_data["@odata.etag"]
    item = mailbox.events.by_event_id(made.id)
    conditional = RequestConfiguration()
    conditional.headers.add("If-Match", etag)
    changed = await item.patch(Event(subject="Two", show_as=FreeBusyStatus.Free), request_configuration=conditional)
    equal((changed.subject, changed.show_as, changed.start.date_time), ("Two", FreeBusyStatus.Free, "2026-12-20T09:00:00.0000000"), "changed")
    await refused("ErrorIrresolvableConflict", item.delete(request_configuration=conditional))
    await item.delete()
    await refused("ErrorItemNotFound", item.get())
    await refused("ErrorDuplicateTransactionId", mailbox.calendar.events.post(event("One")))
    await refused("ErrorInvalidUser", client.users.by_user_id("nobody@example.com").calendar.events.get())
    await refused("ErrorItemNotFound", mailbox.calendars.by_calendar_id("AAA=").events.get())
    online = event("Online")
    online.transaction_id, online.is_online_meeting = "online/1", True
    online.online_meeting_provider = OnlineMeetingProviderType.TeamsForBusiness
    made = await mailbox.calendar.events.post(online)
    check(made.online_meeting.join_url.startswith("https://teams.microsoft.com/") and made.is_online_meeting, f"a room: {made.online_meeting}")
    check(made.online_meeting.join_url in made.body.content, f"what Teams has written: {made.body.content}")
    item = mailbox.events.by_event_id(made.id)
    moved = await item.patch(Event(subject="Moved"))
    equal(moved.online_meeting.join_url, made.online_meeting.join_url, "a room stays")
    lost = await item.patch(Event(body=ItemBody(content_type=BodyType.Text, content="Another text")))
    equal((lost.is_online_meeting, lost.online_meeting), (False, None), "without what Teams has written")
    graph.has_teams = False
    online.transaction_id = "online/2"
    none = await mailbox.calendar.events.post(online)
    equal((none.is_online_meeting, none.online_meeting), (False, None), "in a mailbox without Teams")
    graph.has_teams = True
    graph.permissions = set()
    await refused("ErrorAccessDenied", mailbox.calendar.events.get())
    graph.permissions = {"Calendars.ReadWrite"}
    graph.tokens.clear()
    await refused("InvalidAuthenticationToken", mailbox.calendar.events.get())
    print("The stand-in answers Microsoft's own client as Microsoft Graph does")


# The endpoint.


class Site(endpoint.Site):
    """The endpoint, with a host whose pages look at the calendar, and whose bookings are written to it."""

    def __init__(self, folder, more=f'user = "{USER}"\nrole = "both"'):
        super().__init__(folder, f'name = "work"\nkind = "microsoft"\nsecret = "WORK"\n{more}', ["Q~8", "eyJ0"])

    def start(self, minutes, secret):
        super().start(minutes, WORK=secret)

    def wait_for(self, said):
        """By an expression."""
        return endpoint.wait_for(lambda: re.search(said, self.log()), lambda: f"the log lacks {said}: {self.log()}")

    def book(self, start, page="always"):
        return self.book_at(f"{start:%Y-%m-%dT%H:%M:%SZ}", page, "Mara Lind")

    def outcome(self, start, page="always"):
        return endpoint.outcome(*self.book(start, page))

    def change(self, booked, act, body):
        token = booked["manage_url"].rsplit("/", 1)[1]
        status, said = self.ask(f"/api/bookings/{booked['booking']['id']}/{act}", body, token)
        equal(status, 200, f"{act}: {said}")


def check_free(site, busy, what):
    """Compares every quarter of an hour of those days."""
    start, end = (datetime(day.year, day.month, day.day, tzinfo=timezone.utc) - timedelta(hours=1) for day in (FIRST, LAST))
    quarters = [start + QUARTER * number for number in range((end - start) // QUARTER)]
    expected = {int(at.timestamp()) for at in quarters if not any(at < until and since < at + QUARTER for since, until in busy)}
    wrong = sorted(f"{datetime.fromtimestamp(at, timezone.utc)}" for at in site.free_now() ^ expected)
    check(not wrong, f"{what}: {wrong[:10]}")


def until(condition, what):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    sys.exit(f"wrong: {what} never came")


def reading(graph, site):
    """What stands in the calendar is what is busy."""
    graph.most_on_page = 3
    timed = graph.put("Secret meeting", utc(1, "09:00"), utc(1, "10:00"))
    day = graph.put("Secret holiday", date(2026, 12, 2), date(2026, 12, 3), showAs="oof")
    graph.put("Secret note", date(2026, 12, 3), date(2026, 12, 4), showAs="free")
    graph.put("Secret elsewhere", utc(4, "09:00"), utc(4, "10:00"), showAs="workingElsewhere")
    graph.put("Secret cancelled", utc(4, "11:00"), utc(4, "12:00"), isCancelled=True)
    graph.put("Secret declined", utc(4, "13:00"), utc(4, "14:00"), response="declined")
    graph.put("Secret perhaps", utc(5, "09:00"), utc(5, "10:00"), showAs="tentative", response="notResponded")
    graph.put("Secret new", utc(5, "11:00"), utc(5, "12:00"), showAs="unknown")
    for number in range(5):
        at = utc(7 + number, "08:00")
        graph.put("Secret series", at, at + timedelta(hours=1), type="occurrence", seriesMasterId="AAMk=", zone="tzone://Microsoft/Custom")
    graph.put("Secret other", utc(6, "09:00"), utc(6, "10:00"), calendar=OTHER)
    holiday = (utc(1, "23:00"), utc(2, "23:00"))
    busy = [(utc(1, "09:00"), utc(1, "10:00")), holiday, (utc(5, "09:00"), utc(5, "10:00")), (utc(5, "11:00"), utc(5, "12:00"))]
    busy += [(utc(7 + number, "08:00"), utc(7 + number, "09:00")) for number in range(5)]
    site.start(0, graph.secret())
    check_free(site, busy, "what stands in the calendar")
    equal(site.outcome(utc(1, "09:30")), TAKEN, "over an event")
    equal(site.outcome(utc(2, "12:00")), TAKEN, "on a day off")
    equal(site.outcome(utc(1, "23:00")), TAKEN, "at its beginning, in Berlin")
    equal(site.outcome(utc(2, "23:00")), CONFIRMED, "after its end, in Berlin")
    site.stop()
    tokens = [asked for asked in graph.asked if asked.endswith("/token")]
    # Whoever reads at the same time may ask for one each.
    check(len(tokens) <= 3 and sum("calendarView" in asked for asked in graph.asked) >= 5, f"a token is kept: {graph.asked}")
    busy += [(utc(2, "23:00"), utc(2, "23:15"))]
    graph.put("Secret late", utc(1, "14:00"), utc(1, "15:00"))
    graph.change(timed, start=utc(1, "11:00"), end=utc(1, "12:00"))
    graph.delete(day)
    busy = [span for span in busy if span not in ((utc(1, "09:00"), utc(1, "10:00")), holiday)]
    busy += [(utc(1, "11:00"), utc(1, "12:00")), (utc(1, "14:00"), utc(1, "15:00"))]
    site.start(2, graph.secret())
    equal(site.outcome(utc(1, "14:45")), TAKEN, "over an event that was made after the list was read")
    equal(site.outcome(utc(1, "11:30")), TAKEN, "where an event has moved to")
    check_free(site, busy, "an event that has come, one that has moved, and one that is gone")
    site.stop()
    print("What stands there, comes, moves and goes is what is busy")


def writing(graph, site):
    """A booking's copy, from when it is made until it is cancelled."""
    graph.most_on_page = 1000
    site.start(10, graph.secret())
    status, booked = site.book(utc(12, "09:00"))
    equal(status, 201, "a booking")
    id = booked["booking"]["id"]

    def copies():
        return [(event["start"], event["end"], event["subject"], event["showAs"]) for event in graph.of_booking(id)]

    def stands(at):
        until(lambda: copies() == [(at, at + QUARTER, "Mara Lind: Always", "busy")], f"the copy at {at}")

    stands(utc(12, "09:00"))
    [event] = graph.of_booking(id)
    check(f"someone{site.number}@example.org" in event["body"]["content"], f"who has booked: {event['body']}")
    equal(event["location"]["displayName"], "+49 30 5550 0123", "where it is")
    check(event["transactionId"].startswith(f"{id}/") and event["isReminderOn"], f"what it is known by: {event}")
    # The host adds to it what is to stay.
    graph.change(event, categories=["Clients"], isReminderOn=False, body={"contentType": "html", "content": "<p>Join at Teams</p>"})
    site.change(booked, "reschedule", {"start": "2026-12-12T11:00:00Z"})
    stands(utc(12, "11:00"))
    site.change(booked, "reschedule", {"start": "2026-12-12T11:15:00Z"})
    stands(utc(12, "11:15"))
    [event] = graph.of_booking(id)
    equal((event["categories"], event["isReminderOn"], event["body"]["content"]), (["Clients"], False, "<p>Join at Teams</p>"), "what the host has added")
    equal(site.outcome(utc(12, "11:15")), TAKEN, "over the booking itself")
    equal(site.outcome(utc(12, "11:00")), CONFIRMED, "where it was")
    # That it was written is noted a moment later.
    time.sleep(1)
    site.stop()

    # The host moves it: there, too, it is busy now, and the desk asks. It can be put back, and moved again.
    graph.change(event, start=utc(12, "15:00"), end=utc(12, "15:15"))
    site.start(14, graph.secret())
    equal(site.outcome(utc(12, "15:00")), TAKEN, "where the host has moved the copy to")
    [astray] = until(lambda: site.host("calendars")["astray"], "what the desk asks")
    equal((astray["booking"], astray["moved_to"]), (id, ["2026-12-12T15:00:00Z", "2026-12-12T15:15:00Z"]), "what the desk asks")
    site.host(f"bookings/{id}/put-back", {})
    stands(utc(12, "11:15"))
    graph.change(event, start=utc(12, "15:00"), end=utc(12, "15:15"))
    site.change(booked, "cancel", {})
    until(lambda: not graph.of_booking(id), "the end of the copy")
    site.stop()
    site.start(16, graph.secret())
    equal(site.outcome(utc(12, "11:15")), CONFIRMED, "at the time of what was cancelled")
    equal(site.outcome(utc(12, "15:00")), CONFIRMED, "where its copy was")

    # The host deletes a copy; what changes of the booking makes a new one, and to cancel it needs none.
    status, booked = site.book(utc(12, "17:00"))
    id = booked["booking"]["id"]
    stands(utc(12, "17:00"))
    graph.delete(graph.of_booking(id)[0])
    site.change(booked, "reschedule", {"start": "2026-12-12T17:30:00Z"})
    stands(utc(12, "17:30"))
    graph.delete(graph.of_booking(id)[0])
    site.change(booked, "reschedule", {"start": "2026-12-12T17:00:00Z"})
    # As it was before: Microsoft remembers that event, which is gone, and wants another name for this one.
    stands(utc(12, "17:00"))
    graph.delete(graph.of_booking(id)[0])
    site.change(booked, "cancel", {})
    site.stop()
    print("A booking stands there once, as it is, with what its host has added")


def missing(graph, site):
    """What its host deletes or cancels there, the desk asks about once that is certain: it can be put back, or the meeting cancelled."""
    site.start(1100, graph.secret())
    status, booked = site.book(utc(11, "15:00"))
    equal(status, 201, "a booking that its host deletes")
    id, token = booked["booking"]["id"], booked["manage_url"].rsplit("/", 1)[1]

    def stands():
        """One copy, at the booking's time; and that it was written is noted."""
        times = lambda: [(event["start"], event["isCancelled"]) for event in graph.of_booking(id)]
        until(lambda: times() == [(utc(11, "15:00"), False)], "the copy")
        until(lambda: not site.host("deliveries?state=pending")["deliveries"], "the end of what is delivered")

    def asked(minutes):
        """It is looked for twice, ten minutes apart, after it was missed."""
        site.stop()
        for later in (0, 3, 14):
            site.start(minutes + later, graph.secret())
            since = (endpoint.NOW + timedelta(minutes=minutes + later)).isoformat()[:19]
            until(lambda: all(one["tried_at"] >= since for one in site.host("calendars")["calendars"]), "a reading")
            time.sleep(1)
            if later < 14:
                equal(site.host("calendars")["astray"], [], "it is not certain yet")
                site.stop()
        [astray] = until(lambda: site.host("calendars")["astray"], "what the desk asks")
        equal((astray["booking"], astray["moved_to"], astray["whole_days"]), (id, None, False), "what the desk asks")
        equal(site.ask(f"/api/bookings/{id}", bearer=token)[1]["booking"]["status"], "confirmed", "nobody has cancelled the meeting")

    def put_back():
        site.host(f"bookings/{id}/put-back", {"start": "2026-12-11T15:00:00Z"})
        stands()
        until(lambda: not site.host("calendars")["astray"], "the end of the question")

    stands()
    graph.delete(graph.of_booking(id)[0])
    asked(1120)
    put_back()
    graph.change(graph.of_booking(id)[0], isCancelled=True)
    asked(1140)
    put_back()
    graph.delete(graph.of_booking(id)[0])
    asked(1160)
    site.host(f"bookings/{id}/cancel", {})
    until(lambda: not site.host("calendars")["astray"], "the end of the question")
    equal(site.ask(f"/api/bookings/{id}", bearer=token)[1]["booking"]["status"], "cancelled", "the host has cancelled the meeting")
    check(not graph.of_booking(id), "nothing is left of it")
    site.stop()
    print("What its host deletes or cancels there is asked about, and put back, or the meeting cancelled")


def rooms(graph, site):
    """A booking's room is made by Teams, and stays whatever is changed."""
    page = (site.folder / "content/jonas/always.md").read_text()
    (site.folder / "content/jonas/call.md").write_text(re.sub("location = .*", 'location = { video = "calendar" }', page))
    site.start(20, graph.secret())
    status, booked = site.book(utc(9, "09:00"), "call")
    equal((status, booked["booking"]["location"]), (201, {"kind": "video", "value": None}), "a call")
    id = booked["booking"]["id"]
    token = booked["manage_url"].rsplit("/", 1)[1]

    def shown():
        return site.ask(f"/api/bookings/{id}", bearer=token)[1]["booking"]["location"]["value"]

    room = until(shown, "the room")
    [event] = graph.of_booking(id)
    equal((event["room"], graph.rooms), (room, 1), "what Teams has made")
    site.change(booked, "reschedule", {"start": "2026-12-09T10:00:00Z"})
    until(lambda: event["start"] == utc(9, "10:00"), "the move")
    # As if our words had been others: they are written again, before what Teams has written.
    with graph.lock:
        event["properties"] = {name: value for name, value in event["properties"].items() if value == id}
    site.change(booked, "reschedule", {"start": "2026-12-09T11:00:00Z"})
    until(lambda: event["start"] == utc(9, "11:00"), "the second move")
    equal((event["room"], shown(), graph.rooms), (room, room, 1), "the same room")
    content = event["body"]["content"]
    check(content.count("/host/#booking/") == 1 and content.count(room) == 1, f"our words once, and the way into the room: {content}")
    site.change(booked, "cancel", {})
    until(lambda: not graph.of_booking(id), "the end of the copy")

    # A mailbox without Teams.
    graph.has_teams = False
    status, booked = site.book(utc(9, "13:00"), "call")
    id, token = booked["booking"]["id"], booked["manage_url"].rsplit("/", 1)[1]
    waits = lambda: [(one["last_error"], one["attempts"]) for one in site.host("deliveries?state=pending")["deliveries"]]
    said = "the event is there, but its video room is not ready yet"
    until(lambda: waits() == [(said, 0)], "that the room is awaited")
    equal(len(graph.of_booking(id)), 1, "the event")
    site.stop()
    graph.has_teams = True
    site.start(24, graph.secret())
    until(lambda: not waits(), "the room, once the mailbox has Teams")
    equal(len(graph.of_booking(id)), 1, "one event")
    equal((shown(), graph.rooms), (graph.of_booking(id)[0]["room"], 2), "its room")
    site.stop()
    print("Rooms that Teams makes stay, and come late if they must")


def lost_answers(graph, site):
    """What is done and not answered is not done twice."""
    graph.failures = [("POST /v1.0/users/jonas%40example.com/calendar/events", loses_answer)]
    site.start(30, graph.secret())
    status, booked = site.book(utc(11, "12:00"))
    equal(status, 201, "a booking")
    id = booked["booking"]["id"]
    until(lambda: graph.of_booking(id), "the copy")
    graph.failures = []
    site.change(booked, "reschedule", {"start": "2026-12-11T13:00:00Z"})
    until(lambda: [event["start"] for event in graph.of_booking(id)] == [utc(11, "13:00")], "one copy, moved")
    # Somebody else changes it in between.
    [event] = graph.of_booking(id)
    conflicts = []

    def conflict(graph, *_):
        if not conflicts:
            conflicts.append(graph.change(event, categories=["Meanwhile"]))
        return False

    graph.failures = [("PATCH", conflict)]
    site.change(booked, "reschedule", {"start": "2026-12-11T14:00:00Z"})
    until(lambda: [event["start"] for event in graph.of_booking(id)] == [utc(11, "14:00")], "the copy, in spite of it")
    check(conflicts and event["categories"] == ["Meanwhile"], "what came in between stays")
    graph.failures = [("PATCH", says(429, "ApplicationThrottled", {"Retry-After": "1"}))]
    before = len(graph.asked)
    site.change(booked, "reschedule", {"start": "2026-12-11T15:00:00Z"})
    until(lambda: any(asked.startswith("PATCH") for asked in graph.asked[before:]), "an attempt")
    graph.failures = []
    until(lambda: [event["start"] for event in graph.of_booking(id)] == [utc(11, "15:00")], "the copy, after the pause that is asked for")
    # A token that is withdrawn before its time.
    graph.tokens.clear()
    site.change(booked, "cancel", {})
    until(lambda: not graph.of_booking(id), "the end of the copy")
    site.stop()
    print("Lost answers, conflicts, throttling and withdrawn tokens: written once, in the end")


def failures(graph, site):
    """Whatever fails, no time is free by it, and the log says once what to do."""
    page = "/calendar/calendarView"
    well = graph.secret()
    wrong = [
        ("7000215", graph.secret(client_secret="wrong"), [], r"its sign-in answered 401 \(AADSTS7000215\): the `client_secret` is wrong"),
        ("700016", graph.secret(client_id="wrong"), [], r"its sign-in answered 400 \(AADSTS700016\): the tenant has no application"),
        ("90002", graph.secret(tenant_id="wrong"), [], r"its sign-in answered 400 \(AADSTS90002\): there is no tenant of that `tenant_id`"),
        ("not JSON", "Q~8Secret", [], "the secret WORK is not JSON"),
        ("without", graph.secret(client_secret=None), [], "the secret WORK lacks `client_secret`"),
        ("403", well, [(page, says(403, "ErrorAccessDenied"))], r"it answered 403 \(ErrorAccessDenied\): the application lacks the permission"),
        ("404", well, [(page, says(404, "MailboxNotEnabledForRESTAPI"))], "the mailbox of `user` is not in Exchange Online"),
        ("429", well, [(page, says(429, "ApplicationThrottled", {"Retry-After": "30"}))], "it answered 429 .*it has been asked too often"),
        ("503", well, [(page, says(503, "ServiceNotAvailable"))], "it answered 503 .*Microsoft's server has a fault"),
        ("504", well, [("token", says(504))], "its sign-in answered 504: Microsoft's server has a fault"),
        ("a web page", well, [(page, web_page)], "its answer is cut off, or is not one of Microsoft Graph"),
        ("a web page to sign in", well, [("token", web_page)], "its sign-in answered with something else than a token"),
        ("cut off", well, [(page, cut_off)], "its answer broke off"),
    ]
    minutes, start = 100, utc(13, "06:00")
    for name, secret, fails, said in wrong:
        graph.failures = fails
        site.start(minutes, secret)
        site.wait_for(f"the calendar work of jonas cannot be read: .*{said}")
        equal(site.outcome(utc(10, "18:00"), "careful"), UNREACHABLE, f"{name}, on a careful page")
        equal(site.outcome(start), REQUESTED, name)
        site.stop()
        start += 2 * QUARTER
        # Half an hour later, what was read is known no more.
        minutes += 60
    graph.failures, graph.reason = [(page, hangs(4))], None
    site.start(minutes, well)
    equal(site.outcome(utc(10, "18:00"), "careful"), UNREACHABLE, "hangs, on a careful page")
    site.stop()
    graph.failures, graph.reason = [], 7000222
    site.start(minutes + 60, well)
    site.wait_for(r"its sign-in answered 401 \(AADSTS7000222\): the application's client secret has expired: make a new one")
    site.stop()
    graph.reason = None
    site.start(minutes + 120, well)
    equal(site.outcome(utc(10, "18:00"), "careful"), CONFIRMED, "when all is well again")
    site.stop()
    print(f"{len(wrong) + 2} failures: no time is free by one, and each says what to do")


def of_a_user(graph, folder):
    """With a refresh token, and a calendar that is not the mailbox's first."""
    graph.put("Secret other", utc(6, "09:00"), utc(6, "10:00"), calendar=OTHER)
    site = Site(folder, f'id = "{OTHER}"\nrole = "both"')
    secret = graph.secret(tenant_id=None, client_secret=None, refresh_token="0.refresh-token")
    try:
        site.start(0, secret)
        equal(site.outcome(utc(6, "09:30")), TAKEN, "over an event of the other calendar")
        status, booked = site.book(utc(1, "09:30"))
        equal(status, 201, "over an event of the first calendar")
        until(lambda: [event["calendar"] for event in graph.of_booking(booked["booking"]["id"])] == [OTHER], "the copy in the other calendar")
        site.stop()
        # Ninety days later, the secret's own has ended; the one that was given instead opens it still, after a restart.
        graph.refresh_tokens.remove("0.refresh-token")
        graph.tokens.clear()
        graph.put("Secret later", utc(7, "09:00"), utc(7, "10:00"), calendar=OTHER)
        site.start(30, secret)
        equal(site.outcome(utc(7, "09:30")), TAKEN, "by the refresh token that was given instead")
        site.stop()
        for file in Path(folder).rglob("*"):
            check(not file.is_file() or b"0.renewed-" not in file.read_bytes(), f"no refresh token is readable in {file}")
        site.start(60, graph.secret(tenant_id=None, client_secret=None, refresh_token="old"))
        site.wait_for(r"its sign-in answered 400 \(AADSTS70008\): the refresh token has ended, or was withdrawn")
        site.stop()
    finally:
        site.kill()
    print("A refresh token opens the calendar of its user")


# TypeScript.


def by_their_types(graph, packages, folder):
    pages = [said for kind, said in graph.answered if kind == "page"]
    events = [said for kind, said in graph.answered if kind == "event"]
    check(len(pages) > 50 and len(events) > 10 and len(graph.sent) > 10, "there is something to compare")
    lines = [
        'import type { Event } from "@microsoft/microsoft-graph-types";',
        'type Answered = Event & { "@odata.etag": string };',
        'type Page = { "@odata.context": string; "@odata.nextLink"?: string; value: Answered[] };',
        f"export const pages: Page[] = {json.dumps(pages)};",
        f'export const events: (Answered & {{ "@odata.context": string }})[] = {json.dumps(events)};',
        f"export const sent: Event[] = {json.dumps(graph.sent)};",
        "// So that it is known to refuse what is wrong.",
        "// @ts-expect-error",
        'export const unknown: Event = { showAs: "sometimes" };',
        "// @ts-expect-error",
        'export const excess: Event = { showas: "busy" };',
    ]
    (folder / "answers.ts").write_text("\n".join(lines))
    types = packages / "@microsoft/microsoft-graph-types/microsoft-graph.d.ts"
    options = {"strict": True, "noEmit": True, "types": [], "paths": {"@microsoft/microsoft-graph-types": [str(types)]}}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["answers.ts"]}))
    judged = subprocess.run([packages / ".bin/tsc", "--project", folder / "tsconfig.json"], capture_output=True, text=True)
    check(judged.returncode == 0, f"Microsoft's types: {judged.stdout[:4000]}")
    print(f"{len(pages)} pages, {len(events)} events and {len(graph.sent)} that were sent: as Microsoft's types have them")


def main(packages):
    answered, sent = [], []
    graph = Graph()
    asyncio.run(by_their_client(graph))
    answered += graph.answered
    graph.stop()
    graph = Graph()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "one").mkdir()
        (folder / "two").mkdir()
        site = Site(folder / "one")
        try:
            reading(graph, site)
            writing(graph, site)
            rooms(graph, site)
            lost_answers(graph, site)
            failures(graph, site)
            missing(graph, site)
        finally:
            site.kill()
        of_a_user(graph, folder / "two")
        check(not graph.bad, f"what was asked for is known: {graph.bad}")
        graph.answered += answered
        by_their_types(graph, packages, folder)
    graph.stop()


main(Path(sys.argv[1]).resolve())
