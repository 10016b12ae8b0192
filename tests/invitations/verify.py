"""Reads the events that tests/scenarios/calendars.rs kept with two packages of PyPI, icalendar and vobject.

Argument: the folder. Each reader must find in each file what expected.json says of it, and nothing else.
"""

import json
import pathlib
import sys

import icalendar
import vobject


def person(value, parameters):
    """An address with its name; values and parameters are as each package gives them."""
    return {"email": str(value).removeprefix("mailto:"), "name": parameters("CN")}


def attendee(value, parameters):
    assert parameters("CUTYPE") == "INDIVIDUAL" and parameters("ROLE") == "REQ-PARTICIPANT", value
    return person(value, parameters) | {"partstat": parameters("PARTSTAT"), "rsvp": parameters("RSVP")}


def unescaped(name):
    """A calendar's name: neither knows NAME (RFC 7986), and both leave it as it is written."""
    return name.replace("\\,", ",")


def by_icalendar(content):
    """The calendar's method and name, and its events."""
    (calendar,) = icalendar.Calendar.from_ical(content, multiple=True)
    assert calendar["VERSION"] == "2.0" and not calendar.errors, calendar.errors
    name = unescaped(str(calendar["NAME"])) if "NAME" in calendar else None
    return str(calendar["METHOD"]), name, [event_by_icalendar(event) for event in calendar.subcomponents]


def event_by_icalendar(event):
    assert event.name == "VEVENT" and not event.errors, event.errors
    attendees = event.get("ATTENDEE", [])
    organizer = event["ORGANIZER"]
    return {
        "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]), "stamp": event["DTSTAMP"].dt.timestamp(),
        "start": event["DTSTART"].dt.timestamp(), "end": event["DTEND"].dt.timestamp(),
        "summary": str(event["SUMMARY"]), "description": str(event["DESCRIPTION"]),
        "location": str(event["LOCATION"]), "url": str(event["URL"]) if "URL" in event else None,
        "organizer": person(organizer, organizer.params.get),
        "attendees": [attendee(one, one.params.get) for one in (attendees if isinstance(attendees, list) else [attendees])],
    }


def by_vobject(content):
    (calendar,) = vobject.readComponents(content.decode())
    assert calendar.version.value == "2.0"
    name = unescaped(calendar.contents["name"][0].value) if "name" in calendar.contents else None
    return calendar.method.value, name, [event_by_vobject(event) for event in calendar.components()]


def event_by_vobject(event):
    assert event.name == "VEVENT"

    def parameters(line):
        return lambda name: line.params.get(name, [None])[0]

    return {
        "uid": event.uid.value, "sequence": int(event.sequence.value),
        "status": event.status.value, "stamp": event.dtstamp.value.timestamp(),
        "start": event.dtstart.value.timestamp(), "end": event.dtend.value.timestamp(),
        "summary": event.summary.value, "description": event.description.value,
        "location": event.location.value, "url": event.url.value if "url" in event.contents else None,
        "organizer": person(event.organizer.value, parameters(event.organizer)),
        "attendees": [attendee(one.value, parameters(one)) for one in event.contents.get("attendee", [])],
    }


def differences(file, reader, expected, found):
    """The number of values that differ; each is printed."""
    wrong = 0
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            wrong += 1
            print(f"{file}: {reader.__name__} reads {name} as {found.get(name)!r}, not {expected.get(name)!r}", file=sys.stderr)
    return wrong


folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
feed = json.loads((folder / "feed.json").read_text())
wrong = 0
for reader in (by_icalendar, by_vobject):
    for message in expected:
        message = dict(message)
        file = message.pop("file")
        method, _, (event,) = reader((folder / file).read_bytes())
        wrong += differences(file, reader, message, event | {"method": method})
    method, name, events = reader((folder / "feed.ics").read_bytes())
    wrong += differences("feed.ics", reader, feed | {"events": None}, {"method": method, "name": name, "events": None})
    assert len(events) == len(feed["events"]), events
    for event, found in zip(feed["events"], events):
        wrong += differences("feed.ics", reader, event, found)
    print(f"{len(expected)} events, and {len(events)} of a feed, read {reader.__name__.replace('_', ' ')}")
if wrong or not expected:
    sys.exit(f"{wrong} values differ, of {len(expected)} events")
