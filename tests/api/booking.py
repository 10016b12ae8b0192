"""A program that knows nothing of Daymark but the client that was generated from its document: it books, moves and cancels."""

import sys
from datetime import datetime, timezone
from uuid import uuid4

from generated import AuthenticatedClient, Client
from generated.api.hosts import list_bookings
from generated.api.visitors import cancel_booking, create_booking, get_availability, get_booking, get_invitation, reschedule_booking
from generated.models import BookingRequest, BookingRequestContact, Cancellation, Code, Problem, Reschedule, Status


def check(found, expected, what):
    if found != expected:
        sys.exit(f"wrong: {what}: {found}, not {expected}")


url, key = sys.argv[1:]
visitor = Client(base_url=url)
times = get_availability.sync("jonas", "always", client=visitor)
first, other = times.slots[40], times.slots[44]
contact = BookingRequestContact(name="Mara Lind", email="mara@example.org")


def book(start, idempotency_key):
    wanted = BookingRequest(page="jonas/always", start=start, contact=contact, time_zone="Europe/Berlin", locale="en")
    return create_booking.sync_detailed(client=visitor, body=wanted, idempotency_key=idempotency_key)


once = str(uuid4())
answer = book(first, once)
check(answer.status_code, 201, "the status of a booking")
booked = answer.parsed
check(booked.booking.status, Status.CONFIRMED, "a booking's status")
check(booked.booking.start, datetime.fromtimestamp(first, timezone.utc), "a booking's start")
check(book(first, once).parsed.booking.id, booked.booking.id, "the booking under the same key")
taken = book(first, str(uuid4()))
check((taken.status_code, type(taken.parsed), taken.parsed.code), (409, Problem, Code.SLOT_TAKEN), "a time that is taken")
check(first in taken.parsed.alternatives, False, "the time among its alternatives")

id, bearer = booked.booking.id, AuthenticatedClient(base_url=url, token=booked.token)
check(get_booking.sync(id, client=bearer).booking.id, id, "the booking that is read")
for nobody in (visitor, AuthenticatedClient(base_url=url, token="other"), AuthenticatedClient(base_url=url, token=key)):
    check(get_booking.sync(id, client=nobody).code, Code.NOT_FOUND, "reading without the booking's token")
    check(reschedule_booking.sync(id, client=nobody, body=Reschedule(start=other)).code, Code.NOT_FOUND, "moving without it")
    check(cancel_booking.sync(id, client=nobody, body=Cancellation()).code, Code.NOT_FOUND, "cancelling without it")
moved = reschedule_booking.sync(id, client=bearer, body=Reschedule(start=other))
check(moved.booking.start, datetime.fromtimestamp(other, timezone.utc), "the start of a booking that was moved")
check(get_invitation.sync(id, client=visitor, token=booked.token).startswith("BEGIN:VCALENDAR"), True, "the event")
host = AuthenticatedClient(base_url=url, token=key)
check(id in [one.id for one in list_bookings.sync(client=host).bookings], True, "the booking in its host's list")
cancelled = cancel_booking.sync(id, client=bearer, body=Cancellation(reason="Something came up."))
check((cancelled.booking.status, cancelled.booking.cancel_reason), (Status.CANCELLED, "Something came up."), "a booking that was cancelled")
check(cancel_booking.sync(id, client=bearer, body=Cancellation()).code, Code.ALREADY_CANCELLED, "a second cancellation")
print("The generated client has booked, moved and cancelled.")
