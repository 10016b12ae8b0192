"""Reads the events that tests/tests/invitations.rs kept with two packages of PyPI, icalendar and vobject.

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


def by_icalendar(content):
    (calendar,) = icalendar.Calendar.from_ical(content, multiple=True)
    (event,) = calendar.subcomponents
    assert (calendar["VERSION"], event.name) == ("2.0", "VEVENT")
    assert not calendar.errors and not event.errors, (calendar.errors, event.errors)
    attendees = event.get("ATTENDEE", [])
    organizer = event["ORGANIZER"]
    return {
        "method": str(calendar["METHOD"]), "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]), "stamp": event["DTSTAMP"].dt.timestamp(),
        "start": event["DTSTART"].dt.timestamp(), "end": event["DTEND"].dt.timestamp(),
        "summary": str(event["SUMMARY"]), "description": str(event["DESCRIPTION"]),
        "location": str(event["LOCATION"]), "url": str(event["URL"]) if "URL" in event else None,
        "organizer": person(organizer, organizer.params.get),
        "attendees": [attendee(one, one.params.get) for one in (attendees if isinstance(attendees, list) else [attendees])],
    }


def by_vobject(content):
    (calendar,) = vobject.readComponents(content.decode())
    (event,) = calendar.components()
    assert (calendar.version.value, event.name) == ("2.0", "VEVENT")

    def parameters(line):
        return lambda name: line.params.get(name, [None])[0]

    return {
        "method": calendar.method.value, "uid": event.uid.value, "sequence": int(event.sequence.value),
        "status": event.status.value, "stamp": event.dtstamp.value.timestamp(),
        "start": event.dtstart.value.timestamp(), "end": event.dtend.value.timestamp(),
        "summary": event.summary.value, "description": event.description.value,
        "location": event.location.value, "url": event.url.value if "url" in event.contents else None,
        "organizer": person(event.organizer.value, parameters(event.organizer)),
        "attendees": [attendee(one.value, parameters(one)) for one in event.contents.get("attendee", [])],
    }


folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
wrong = 0
for reader in (by_icalendar, by_vobject):
    for message in expected:
        message = dict(message)
        file = message.pop("file")
        found = reader((folder / file).read_bytes())
        for name in sorted(message.keys() | found.keys()):
            if message.get(name) != found.get(name):
                wrong += 1
                print(f"{file}: {reader.__name__} reads {name} as {found.get(name)!r}, not {message.get(name)!r}", file=sys.stderr)
    print(f"{len(expected)} events read {reader.__name__.replace('_', ' ')}")
if wrong or not expected:
    sys.exit(f"{wrong} values differ, of {len(expected)} events")
