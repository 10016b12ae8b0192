"""Bookings in a host's calendar on real CalDAV servers, Radicale and Xandikos, and on Cyrus where it is installed.

    copies.py

Whatever happens, a booking that stands has one event there, at its time, with all that its host has added; and one that does not
stand has none. The events are read, and changed as by the host's own program, by python-caldav.
"""

import copy
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import caldav
import icalendar

from cyrus import Cyrus
from endpoint import CANCELLED, CONFIRMED, MOVED, REQUESTED, TAKEN, check, check_outcome, instant, stamp, wait_for
from harness import PASSWORD, USER, Radicale, Site, Xandikos

HALF_HOUR = timedelta(minutes=30)


def events(server):
    """All that stands in the calendar."""
    url = f"http://127.0.0.1:{server.port}"
    client = caldav.DAVClient(url=url, username=USER, password=PASSWORD, auth_type="basic", enable_rfc6764=False, require_tls=False)
    return client.calendar(url=f"{url}{server.calendar}").get_events()


def at(server, site, local, what):
    """The event of what was booked last, once it is at that time."""
    def found():
        all_events = [event for event in events(server) if event.icalendar_component["UID"] == site.booked]
        return all_events if [event.icalendar_component["DTSTART"].dt for event in all_events] == [instant(local)] else None

    return wait_for(found, lambda: f"{what}: {[event.data for event in events(server)]}")[0]


def gone(server, site, what):
    left = lambda: [event.data for event in events(server) if event.icalendar_component["UID"] == site.booked]
    wait_for(lambda: not left(), lambda: f"{what}: {left()}")


def settle(site):
    """Waits until the endpoint knows that all is written."""
    wait_for(lambda: not site.host("deliveries?state=pending")["deliveries"], lambda: "something is not delivered")


def stop(site):
    settle(site)
    site.stop()


def check_event(event, local, sequence, site):
    """What is written, and what is not: nobody is invited."""
    calendar, found = icalendar.Calendar.from_ical(event.data), event.icalendar_component
    check("METHOD" not in calendar and len(calendar.walk("VEVENT")) == 1, f"one event, and no method: {event.data}")
    check(not {"ORGANIZER", "ATTENDEE"} & set(found), f"nobody is invited: {event.data}")
    check((found["DTSTART"].dt, found["DTEND"].dt) == (instant(local), instant(local) + HALF_HOUR), f"its time: {event.data}")
    check((found["UID"], found.get("STATUS"), found.get("TRANSP")) == (site.booked, "CONFIRMED", "OPAQUE"), f"its marks: {event.data}")
    check(found["SUMMARY"] == f"Someone {site.number}: Always", f"its name: {event.data}")
    check(f"someone{site.number}@example.org" in found["DESCRIPTION"], f"who it is: {event.data}")
    check(int(found["SEQUENCE"]) >= sequence, f"its version: {event.data}")
    return int(found["SEQUENCE"])


def add(event):
    """As the host's own program adds an alarm and a category."""
    with event.edit_icalendar_component() as component:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", "Prepare")
        alarm.add("TRIGGER", timedelta(minutes=-20))
        component.add_component(alarm)
        component.add("CATEGORIES", ["Clients", "Größe"])
    event.save()


def check_added(event):
    component = event.icalendar_component
    alarms = [(str(alarm["DESCRIPTION"]), alarm["TRIGGER"].dt) for alarm in component.walk("VALARM")]
    check(alarms == [("Prepare", timedelta(minutes=-20))], f"the alarm: {event.data}")
    check(sorted(component.categories) == ["Clients", "Größe"], f"the category: {event.data}")


def follows(server, site):
    """One event, from the booking until it is cancelled."""
    site.start(0)
    check_outcome(site.book("01 09:00", minutes=30), CONFIRMED, "a booking")
    event = at(server, site, "01 09:00", "the booking is written")
    check(str(event.url).endswith(f"/{site.booked}.ics"), f"its name: {event.url}")
    sequence = check_event(event, "01 09:00", 0, site)
    stop(site)
    # With the event that stands there, the calendar is read anew.
    site.start(2)
    check_outcome(site.move("01 09:15"), MOVED, "to a time that its own copy overlaps")
    sequence = check_event(at(server, site, "01 09:15", "the move"), "01 09:15", sequence + 1, site)
    check_outcome(site.move("01 10:00"), MOVED, "moved again")
    event = at(server, site, "01 10:00", "the second move")
    sequence = check_event(event, "01 10:00", sequence + 1, site)
    add(event)
    check_outcome(site.move("01 11:00"), MOVED, "after the host has added something")
    event = at(server, site, "01 11:00", "the third move")
    check_added(event)
    sequence = check_event(event, "01 11:00", sequence + 1, site)
    data = event.data
    event.delete()
    server.put_text("the-hosts-own-name", data)
    check_outcome(site.move("01 12:00"), MOVED, "after the host's program has put it elsewhere")
    event = at(server, site, "01 12:00", "the fourth move")
    check(str(event.url).endswith("/the-hosts-own-name.ics"), f"where it was put: {event.url}")
    check_added(event)
    check_event(event, "01 12:00", sequence + 1, site)
    stop(site)
    print(f"{server.name}: a booking's event follows it, with all that its host has added")


def moved_by_host(server, site):
    """What its host has moved there is busy."""
    event = at(server, site, "01 12:00", "as before")
    with event.edit_icalendar_component() as component:
        component["DTSTART"].dt, component["DTEND"].dt = instant("01 15:00"), instant("01 15:30")
    event.save()
    site.start(4)
    mine = site.booked, site.token
    check_outcome(site.book("01 15:00", minutes=30), TAKEN, "where its host has moved the event to")
    check_outcome(site.book("01 12:00", minutes=30), TAKEN, "where the booking is")
    check((site.booked, site.token) == mine, "none was booked")
    check_outcome(site.move("01 15:15"), TAKEN, "a move to there")
    check_outcome(site.move("01 14:00"), MOVED, "a move elsewhere")
    check_added(at(server, site, "01 14:00", "it follows its booking again"))
    check_outcome(site.cancel(), CANCELLED, "cancelling")
    gone(server, site, "cancelled")
    check(events(server) == [], "nothing is left")
    check_outcome(site.book("01 14:00", minutes=30), CONFIRMED, "at the time that is free again")
    check_event(at(server, site, "01 14:00", "the next booking"), "01 14:00", 0, site)
    stop(site)
    print(f"{server.name}: what its host moves is busy there, and what is cancelled is gone")


def broken(server, site):
    """Whoever is down or killed meanwhile, it is written once."""
    site.start(6)
    site.free_now(30)
    server.go_down()
    check_outcome(site.book("02 09:00", minutes=30), CONFIRMED, "while the server is down")
    why = lambda: [one["last_error"] for one in site.host("deliveries?state=pending")["deliveries"]]
    wait_for(lambda: any(why()), lambda: "the delivery fails")
    server.come_up()
    check_event(at(server, site, "02 09:00", "when it is up again"), "02 09:00", 0, site)
    settle(site)
    server.asked.clear()
    server.late = {"PUT": 3}
    check_outcome(site.book("02 10:00", minutes=30), CONFIRMED, "just before the endpoint is killed")
    wait_for(lambda: server.asked["PUT"], lambda: "it is written")
    site.stop()
    server.late = {}
    site.start(8)
    check_event(at(server, site, "02 10:00", "after the kill"), "02 10:00", 0, site)
    settle(site)
    check(server.asked["PUT"] == 1, f"it is written once: {server.asked}")
    check_outcome(site.book("02 11:00", minutes=30), CONFIRMED, "and killed at once")
    site.stop()
    site.start(10)
    check_event(at(server, site, "02 11:00", "after the second kill"), "02 11:00", 0, site)
    stop(site)
    print(f"{server.name}: what was booked while it was down, or just before a kill, is written once")


def asked_for(server, site):
    """A request is written once it is accepted."""
    site.start(12)
    before = len(events(server))
    check_outcome(site.book("03 09:00", "asked", 30), REQUESTED, "a request")
    declined = site.booked
    check_outcome(site.book("03 10:00", "asked", 30), REQUESTED, "another one")
    site.host(f"bookings/{declined}/decline", {})
    time.sleep(1)
    check(len(events(server)) == before, "nothing is written of a request, or of one that was declined")
    site.host(f"bookings/{site.booked}/accept", {})
    check_event(at(server, site, "03 10:00", "accepted"), "03 10:00", 0, site)
    check(len(events(server)) == before + 1, "it alone is written")
    stop(site)
    print(f"{server.name}: a request is written once it is accepted")


def at_once(server, site):
    """Of two who book one time at once, one is booked; at two times both are, and each is written once."""
    site.start(13)
    settle(site)
    before = len(events(server))
    server.asked.clear()
    visitors = copy.copy(site), copy.copy(site)
    visitors[1].number += 100
    book = lambda visitor, local: visitor.book(local, minutes=30)
    with ThreadPoolExecutor() as pool:
        found = sorted(pool.map(book, visitors, ["03 12:00"] * 2))
        check(found == [CONFIRMED, TAKEN], f"one time: {found}")
        times = ["03 13:00", "03 14:00"]
        found = [*pool.map(book, visitors, times)]
        check(found == [CONFIRMED] * 2, f"two times: {found}")
    for visitor, local in zip(visitors, times):
        check_event(at(server, visitor, local, "one of two"), local, 0, visitor)
    settle(site)
    check((len(events(server)), server.asked["PUT"]) == (before + 3, 3), f"each is written once: {server.asked}")
    site.number = visitors[1].number
    stop(site)
    print(f"{server.name}: two who book at once are written once each, and one where it is one time")


def asked_about(server, site):
    """What its host does to an event of a booking, the desk asks about."""
    def asked(what):
        found = wait_for(lambda: [one for one in site.host("calendars")["astray"] if one["booking"] == site.booked], lambda: what)
        return found[0]["moved_to"], found[0]["whole_days"]

    def missed():
        """It is looked for twice, ten minutes apart, after it was missed."""
        for minutes in (0, 3, 14):
            site.start(asked_about.minutes + minutes)
            settle(site)
            site.host("calendars")
            wait_for(lambda: all(one["read_at"] == one["tried_at"] > f"2026-11-24T0{(asked_about.minutes + minutes - 1) // 60}:" for one in site.host("calendars")["calendars"]), lambda: "a reading")
            time.sleep(0.5)
            if minutes < 14:
                check(site.host("calendars")["astray"] == [], "it is not certain yet")
                site.stop()
        asked_about.minutes += 20

    def put_back(local, what):
        site.host(f"bookings/{site.booked}/put-back", {"start": stamp(local)})
        settle(site)
        event = at(server, site, local, what)
        site.stop()
        return event

    site.start(30)
    check_outcome(site.book("05 09:00", minutes=30), CONFIRMED, "a booking that its host moves")
    event = at(server, site, "05 09:00", "it is written")
    add(event)
    stop(site)
    site.start(34)
    wait_for(lambda: site.host("calendars")["calendars"][0]["read_at"], lambda: "a reading")
    site.stop()
    with event.edit_icalendar_component() as component:
        component["DTSTART"].dt, component["DTEND"].dt = instant("05 15:00"), instant("05 16:00")
    event.save()
    site.start(45)
    check(asked("moved") == ([stamp("05 15:00"), stamp("05 16:00")], False), "where it is, and how long")
    event = put_back("05 09:00", "moved, and put back")
    check_added(event)
    # Into the past, beyond what is read.
    with event.edit_icalendar_component() as component:
        component["DTSTART"].dt, component["DTEND"].dt = (instant("05 09:00") - timedelta(days=700), instant("05 09:30") - timedelta(days=700))
    event.save()
    site.start(60)
    time.sleep(1)
    site.stop()
    site.start(63)
    long_ago = (instant("05 09:00") - timedelta(days=700)).strftime("%Y-%m-%dT%H:%M:%SZ")
    check(asked("moved into the past")[0][0] == long_ago, "where it is, long ago")
    event = put_back("05 09:00", "moved into the past, and put back")
    # A series whose first day is left out.
    with event.edit_icalendar_component() as component:
        component.add("RRULE", {"FREQ": "WEEKLY", "COUNT": 4})
        component.add("EXDATE", instant("05 09:00"))
    event.save()
    site.start(80)
    check(asked("a series")[0][0] == stamp("12 09:00"), "the next day of the series")
    event = put_back("05 09:00", "a series, and put back")
    check(not {"RRULE", "EXDATE"} & set(event.icalendar_component), f"one event: {event.data}")
    check_added(event)
    # A whole day.
    with event.edit_icalendar_component() as component:
        del component["DTSTART"], component["DTEND"]
        component.add("DTSTART", instant("05 00:00").date() + timedelta(days=1))
        component.add("DTEND", instant("05 00:00").date() + timedelta(days=2))
    event.save()
    site.start(100)
    check(asked("a whole day")[1] is True, "a whole day")
    event = put_back("05 09:00", "a whole day, and put back")
    # Cancelled, and deleted.
    asked_about.minutes = 120
    with event.edit_icalendar_component() as component:
        component["STATUS"] = "CANCELLED"
    event.save()
    missed()
    check(asked("cancelled") == (None, False), "it is cancelled there")
    event = put_back("05 09:00", "cancelled, and put back")
    event.delete()
    missed()
    check(asked("deleted") == (None, False), "it is deleted there")
    put_back("05 09:00", "deleted, and put back")
    print(f"{server.name}: what its host moves, cancels or deletes is asked about, and put back whatever was made of it")


def refused(server, site, minutes, said):
    """What cannot be written says why."""
    site.start(minutes)
    check_outcome(site.book(f"04 {9 + minutes // 30:02}:00", minutes=30), CONFIRMED, "where nothing can be written")
    def reasons():
        waiting = [one for state in ("pending", "parked") for one in site.host(f"deliveries?state={state}")["deliveries"]]
        return {one["last_error"] for one in waiting if one["destination"] == "calendar work"}
    wait_for(lambda: said in reasons(), lambda: f"{said} is not in {reasons()}")
    site.stop()


def may_only_read(server, site):
    before = len(events(server))
    server.let("r")
    server.go_down()
    server.come_up()
    refused(server, site, 14, "it answered 403: its server does not let the user write to it")
    check(len(events(server)) == before, "nothing is written")
    server.let("rw")
    server.go_down()
    server.come_up()
    site.start(20)
    [parked] = site.host("deliveries?state=parked")["deliveries"]
    site.host(f"deliveries/{parked['id']}/replay", {})
    check_event(at(server, site, "04 09:00", "when it may be written to again"), "04 09:00", 0, site)
    stop(site)
    print(f"{server.name}: a calendar that may only be read says so")


def lives(server, site):
    server.make_calendar()
    follows(server, site)
    moved_by_host(server, site)
    broken(server, site)
    asked_for(server, site)
    at_once(server, site)
    # Xandikos lets everybody write.
    if not isinstance(server, Xandikos):
        may_only_read(server, site)
    asked_about(server, site)
    server.delete(server.calendar)
    refused(server, site, 160, "it answered 404: it is not there: it was renamed or deleted, or its `url` is wrong")
    print(f"{server.name}: a calendar that is deleted says so")


def main():
    kinds = [Radicale, Xandikos]
    if Cyrus.is_there():
        kinds.append(Cyrus)
    else:
        print("Cyrus is not here, or we are not root: skipped. Debian has it as cyrus-caldav and cyrus-imapd.")
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            server = kind(folder)
            site = Site(folder, server.url, "both")
            site.last_for(30)
            site.page("asked", "approval = true")
            try:
                lives(server, site)
            finally:
                site.kill()
                server.stop()


main()
