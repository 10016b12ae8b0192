"""Calendars on real CalDAV servers, Radicale and Xandikos, from events put there to bookings on a page.

    servers.py

What is busy there is not offered and cannot be booked, whoever changed it and however late; and whatever a server does, no time
becomes free by it.
"""

import tempfile
from pathlib import Path

from endpoint import CONFIRMED, REQUESTED, TAKEN, UNREACHABLE, check, check_free, check_outcome, instant
from harness import Radicale, Site, Xandikos

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
    server.delete(f"{server.calendar}whole-day.ics")
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
    server.delete(server.calendar)
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
    for kind in (Radicale, Xandikos):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            server = kind(folder)
            site = Site(folder, server.url)
            try:
                life(server, site)
                of_its_own_zone(server, site)
                if kind is Radicale:
                    wrong_password(server, site)
                deleted(server, site)
            finally:
                site.kill()
                server.stop()


main()
