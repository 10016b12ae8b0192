"""A stand-in for Microsoft Graph and its sign-in, of the few calls that calendars need: so that they can be tested without an
account. It keeps what it has answered and been sent, for TypeScript to judge by Microsoft's own types (microsoft.py).

What it does beyond the reference was seen by others: whole days stand at midnight in whatever zone is asked for
(microsoftgraph/microsoft-graph-docs#6003), an event that is posted again with its `transactionId` is not made twice, and another
one with the same is refused, as `ErrorDuplicateTransactionId`.
"""

import base64
import copy
import hashlib
import html
import http.server
import json
import re
import threading
import time
import uuid
from datetime import datetime, timezone
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

TENANT, CLIENT, SECRET = "8f0a3c52-1b7e-4d7c-9a55-0f3f3c1c2b11", "2d6c7a10-55b1-4d43-8a0f-7e0a4d9b6c22", "Q~8Secret.of_the~test"
USER = "jonas@example.com"
# Calendars of the mailbox: its own, and one more.
CALENDAR, OTHER = "AAMkADk0MGFkODE3LWE4MmYtNDRhOS0GAAA=", "AAMkADk0MGFkODE3LWE4MmYtNDRhOS0HAAA="
WINDOWS = {"UTC": "UTC", "W. Europe Standard Time": "Europe/Berlin", "Tokyo Standard Time": "Asia/Tokyo"}
FORMAT = "%Y-%m-%dT%H:%M:%S"

# What sign-in says, by the number of the reason (as `error_codes` has it): status, error and the beginning of its words.
SIGN_IN = {
    7000215: (401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value"),
    7000222: (401, "invalid_client", "The provided client secret keys for app are expired."),
    700016: (400, "unauthorized_client", "Application with identifier was not found in the directory"),
    90002: (400, "invalid_request", "Tenant not found. Check to make sure you have the correct tenant ID"),
    70008: (400, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity."),
    1002012: (400, "invalid_scope", "The provided value for scope is not valid. Client credential flows must have a scope value with /.default"),
}


class Refused(Exception):
    """An answer that is an error, as Graph tells it."""

    def __init__(self, status, code, message="", headers=None):
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def plain(time_of):
    """A `dateTimeTimeZone` as an instant."""
    zone = ZoneInfo(WINDOWS.get(time_of["timeZone"], time_of["timeZone"]))
    read = datetime.fromisoformat(re.sub(r"\.\d+", "", time_of["dateTime"]).removesuffix("Z"))
    return read.replace(tzinfo=zone).astimezone(timezone.utc)


class Graph:
    """The server, with its mailbox."""

    def __init__(self):
        self.lock = threading.RLock()
        self.events, self.transactions, self.tokens = {}, {}, {}
        self.refresh_tokens = ["0.refresh-token"]
        # How the next requests fail: what their paths have, and a function that answers them.
        self.failures = []
        self.asked, self.answered, self.sent, self.bad = [], [], [], []
        # Codes of consents, each with what it was asked for with.
        self.codes = {}
        self.reason, self.permissions, self.most_on_page, self.lifetime = None, {"Calendars.ReadWrite"}, 1000, 3599
        self.has_teams, self.rooms = True, 0
        graph = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    # Whoever asked was ended meanwhile.
                    pass

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                graph.answer(self, body)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_one

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.api = f"{self.origin}/v1.0"

    def stop(self):
        self.server.shutdown()

    def secret(self, **changes):
        """What the endpoint is given."""
        value = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET, "api_endpoint": self.api} | changes
        value.setdefault("token_endpoint", f"{self.origin}/{value['tenant_id'] or 'common'}/oauth2/v2.0/token")
        return json.dumps({key: text for key, text in value.items() if text is not None})

    # The host's own doing, in Outlook.

    def put(self, subject, start, end, calendar=CALENDAR, **more):
        """An event of the host; times are instants, or dates of whole days."""
        event = {"subject": subject, "start": start, "end": end, "isAllDay": not isinstance(start, datetime)} | more
        return self.make(calendar, event)

    def make(self, calendar, event):
        with self.lock:
            number = uuid.uuid4().hex
            event = {
                "id": f"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{number}AAA=", "calendar": calendar,
                "iCalUId": f"040000008200E00074C5B7101A82E008{number}", "createdDateTime": "2026-11-01T09:00:00Z", "showAs": "busy",
                "isAllDay": False, "isCancelled": False, "type": "singleInstance", "body": {"contentType": "text", "content": ""},
                "location": {"displayName": ""}, "response": "organizer", "transactionId": None, "version": 0, "isReminderOn": True,
                "zone": "W. Europe Standard Time", "properties": {}, "categories": [], "isOnlineMeeting": False, "room": None,
            } | event
            self.events[event["id"]] = event
            self.open_room(event)
            return event

    def open_room(self, event):
        """Teams opens a room for an event that is to be online, in a mailbox that has Teams, and writes it into the text. Without
        what it has written, the event is online no more (Microsoft's reference of "Update event")."""
        if event["room"] and event["room"] not in event["body"]["content"]:
            event["isOnlineMeeting"], event["room"] = False, None
        if not event["isOnlineMeeting"] or event["room"] or not self.has_teams:
            event["isOnlineMeeting"] = bool(event["room"])
            return
        self.rooms += 1
        event["room"] = f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{self.rooms}%40thread.v2/0"
        line = f'<div style="width:100%"><span>{"_" * 80}</span></div><div class="me-email-text"><a href="{event["room"]}">Join</a></div>'
        content = event["body"]["content"]
        inner = html.escape(content) if event["body"]["contentType"].lower() == "text" else content
        event["body"] = {"contentType": "html", "content": f"<html><body>{inner}<br>{line}</body></html>"}

    def change(self, event, **changes):
        with self.lock:
            event |= changes
            event["version"] += 1

    def delete(self, event):
        with self.lock:
            del self.events[event["id"]]

    def of_booking(self, booking):
        with self.lock:
            return [event for event in self.events.values() if booking in event["properties"].values()]

    # HTTP.

    def answer(self, handler, body):
        url = urlsplit(handler.path)
        with self.lock:
            self.asked.append(f"{handler.command} {unquote(url.path)}")
            failure = next((failure for failure in self.failures if failure[0] in f"{handler.command} {url.path}"), None)
        if failure and failure[1](self, handler, url, body):
            return
        try:
            if url.path.endswith("/oauth2/v2.0/authorize"):
                status, headers, said = self.consent_page(url)
            elif url.path.endswith("/oauth2/v2.0/token"):
                status, headers, said = self.sign_in(handler, url, body)
            else:
                status, headers, said = self.graph(handler, url, body)
        except Refused as refused:
            status, headers = refused.status, refused.headers
            inner = {"date": "2026-11-24T00:00:00", "request-id": str(uuid.uuid4()), "client-request-id": str(uuid.uuid4())}
            said = {"error": {"code": refused.code, "message": refused.message, "innerError": inner}}
        self.send(handler, status, said, headers)

    def send(self, handler, status, said, headers=None):
        body = b"" if said is None else json.dumps(said).encode()
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if said is not None:
            handler.send_header("content-type", "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def consent_page(self, url):
        """Where a user consents (Microsoft's "OAuth 2.0 authorization code flow"): leads back with a code."""
        query = {name: values[0] for name, values in parse_qs(url.query, strict_parsing=True).items()}
        wanted = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        if not wanted.items() <= query.items() or not re.fullmatch(r"http://localhost:\d+", query["redirect_uri"]):
            self.bad.append(f"the consent {query}")
        if query["scope"].split() not in ([f"{self.origin}/{one}", "offline_access"] for one in ("Calendars.Read", "Calendars.ReadWrite")):
            self.bad.append(f"the scope {query['scope']}")
        code = f"0.code{len(self.codes)}"
        self.codes[code] = query
        return 302, {"location": f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"}, None

    def exchanged(self, form):
        """Whether a code comes from the one who asked for it (RFC 7636, 4.6)."""
        asked = self.codes.pop(form["code"], {})
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        return (asked.get("code_challenge"), asked.get("redirect_uri"), asked.get("scope")) == (digest, form["redirect_uri"], form["scope"])

    def sign_in(self, handler, url, body):
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
        tenant = url.path.split("/")[1]
        reason = self.reason
        is_refreshed = form["grant_type"] in ("refresh_token", "authorization_code")
        is_exchanged = form["grant_type"] == "authorization_code"
        scopes = form.get("scope", "").split()
        if tenant not in (TENANT, "common", "consumers"):
            reason = 90002
        elif form["client_id"] != CLIENT:
            reason = 700016
        elif form.get("client_secret") != SECRET and not (is_refreshed and "client_secret" not in form):
            reason = 7000215
        elif is_exchanged:
            reason = None if self.exchanged(form) else 70008
        elif f"{self.origin}/.default" not in scopes or (len(scopes) > 1 and not is_refreshed):
            reason = 1002012
        elif is_refreshed and form["refresh_token"] not in self.refresh_tokens:
            reason = 70008
        elif form["grant_type"] not in ("client_credentials", "refresh_token"):
            reason = 1002012
        if handler.command != "POST" or handler.headers["content-type"] != "application/x-www-form-urlencoded":
            self.bad.append("sign-in wants a form that is posted")
        if reason:
            status, error, words = SIGN_IN[reason]
            return status, {}, {
                "error": error, "error_description": f"AADSTS{reason}: {words}. Trace ID: {uuid.uuid4()}", "error_codes": [reason],
                "timestamp": "2026-11-24 00:00:00Z", "trace_id": str(uuid.uuid4()), "correlation_id": str(uuid.uuid4()),
                "error_uri": f"https://login.microsoftonline.com/error?code={reason}",
            }
        token = f"eyJ0eXAi.{uuid.uuid4().hex}.{uuid.uuid4().hex}"
        with self.lock:
            self.tokens[token] = is_refreshed
            renewed = f"0.renewed-{len(self.refresh_tokens)}"
            if is_refreshed:
                self.refresh_tokens.append(renewed)
        said = {"token_type": "Bearer", "expires_in": self.lifetime, "ext_expires_in": self.lifetime, "access_token": token}
        return 200, {}, said | ({"refresh_token": renewed, "scope": "Calendars.ReadWrite"} if is_refreshed else {})

    def graph(self, handler, url, body):
        has_user = self.tokens.get((handler.headers["authorization"] or "").removeprefix("Bearer "))
        if has_user is None:
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if not self.permissions & ({"Calendars.ReadWrite"} if handler.command != "GET" else {"Calendars.Read", "Calendars.ReadWrite"}):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        parts = [unquote(part) for part in url.path.split("/")[2:]]
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        body = json.loads(body) if body else None
        if parts[:1] == ["me"] and has_user:
            parts = parts[1:]
        elif parts[:1] == ["users"] and parts[1] == USER:
            parts = parts[2:]
        elif parts[:1] == ["me"]:
            raise Refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        elif parts[:1] == ["users"]:
            raise Refused(404, "ErrorInvalidUser", f"The requested user '{parts[1]}' is invalid.")
        with self.lock:
            return self.in_mailbox(handler, parts, query, body)

    def in_mailbox(self, handler, parts, query, body):
        self.zone = (re.search(r'outlook\.timezone="([^"]+)"', handler.headers["prefer"] or "") or [None, "UTC"])[1]
        if parts[0] == "calendars":
            if parts[1] not in (CALENDAR, OTHER):
                raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
            calendar, parts = parts[1], parts[2:]
        elif parts[0] == "calendar":
            calendar, parts = CALENDAR, parts[1:]
        else:
            calendar = CALENDAR
        match handler.command, parts:
            case "GET", ["calendarView"]:
                return self.view(handler, calendar, query)
            case "GET", ["events"]:
                return self.list(calendar, query)
            case "POST", ["events"]:
                return self.post(calendar, body)
            case ("GET" | "PATCH" | "DELETE"), ["events", id]:
                return self.one(handler, id, query, body)
        raise Refused(400, "BadRequest", f"Resource not found for the segment '{parts}'.")

    def view(self, handler, calendar, query):
        try:
            since, until = (datetime.fromisoformat(query[name].replace("Z", "+00:00")) for name in ("startDateTime", "endDateTime"))
        except KeyError:
            raise Refused(400, "ErrorInvalidParameter", "This request requires a time window specified by the query string parameters")
        if "$filter" in query:
            raise Refused(500, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
        top, skip = int(query.get("$top", 10)), int(query.get("$skip", 0))
        if not 1 <= top <= 1000:
            raise Refused(400, "ErrorInvalidUrlQuery", "The value of $top must be between 1 and 1000.")
        size = min(top, self.most_on_page)

        def instants(event):
            for name in ("start", "end"):
                at = event[name]
                yield at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=ZoneInfo("Europe/Berlin"))

        def is_in(event):
            start, end = instants(event)
            return event["calendar"] == calendar and start < until and end > since

        found = sorted((event for event in self.events.values() if is_in(event)), key=lambda event: event["id"])
        said = {"@odata.context": f"{self.api}/$metadata#users('{USER}')/calendarView"}
        said["value"] = [self.shown(event, query) for event in found[skip : skip + size]]
        if skip + size < len(found):
            path = handler.path.split("?")[0]
            said["@odata.nextLink"] = f"{self.origin}{path}?{urlencode(query | {'$skip': skip + size})}"
        self.answered.append(("page", said))
        return 200, {}, said

    def list(self, calendar, query):
        found = [event for event in self.events.values() if event["calendar"] == calendar]
        if "$filter" in query:
            form = r"singleValueExtendedProperties/any\(ep: ?ep/id eq '([^']+)' and ep/value eq '([^']+)'\)"
            wanted = re.fullmatch(form, query["$filter"])
            if not wanted:
                raise Refused(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
            found = [event for event in found if event["properties"].get(wanted[1]) == wanted[2]]
        said = {"@odata.context": f"{self.api}/$metadata#users('{USER}')/events"}
        said["value"] = [self.shown(event, query) for event in found[: int(query.get("$top", 10))]]
        self.answered.append(("page", said))
        return 200, {}, said

    def post(self, calendar, body):
        self.sent.append(body)
        earlier = self.transactions.get(body.get("transactionId"))
        if earlier:
            if earlier[0] != body or earlier[1]["id"] not in self.events:
                words = "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event."
                raise Refused(400, "ErrorDuplicateTransactionId", words)
            event = earlier[1]
        else:
            event = self.make(calendar, self.read(body))
            if body.get("transactionId"):
                self.transactions[body["transactionId"]] = (copy.deepcopy(body), event)
        said = {"@odata.context": f"{self.api}/$metadata#users('{USER}')/events/$entity"} | self.shown(event, {})
        self.answered.append(("event", said))
        return 201, {"location": f"{self.api}/users/{USER}/events/{event['id']}"}, said

    def one(self, handler, id, query, body):
        event = self.events.get(id)
        if not event:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        condition = handler.headers["if-match"]
        if handler.command != "GET" and condition not in (None, "*", self.etag(event)):
            raise Refused(412, "ErrorIrresolvableConflict", "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
        if handler.command == "DELETE":
            del self.events[id]
            return 204, {}, None
        if handler.command == "PATCH":
            self.sent.append(body)
            if "transactionId" in body:
                raise Refused(400, "ErrorInvalidRequest", "TransactionId cannot be changed.")
            self.change(event, **self.read(body, event))
            self.open_room(event)
        said = {"@odata.context": f"{self.api}/$metadata#users('{USER}')/events/$entity"} | self.shown(event, query)
        self.answered.append(("event", said))
        return 200, {}, said

    def read(self, body, event=None):
        """What is sent of an event, as it is kept."""
        read = {}
        for name, value in body.items():
            if name in ("start", "end"):
                read[name] = plain(value)
            elif name == "singleValueExtendedProperties":
                read["properties"] = (event or {"properties": {}})["properties"] | {one["id"]: one["value"] for one in value}
            elif name in ("subject", "body", "location", "showAs", "transactionId", "isReminderOn", "categories", "isAllDay", "isOnlineMeeting"):
                read[name] = value
            elif name != "onlineMeetingProvider" or value != "teamsForBusiness":
                self.bad.append(f"an event is sent with {name}")
        if not event and not {"start", "end"} <= read.keys():
            raise Refused(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")
        if len(read.get("subject", "")) > 255:
            raise Refused(400, "ErrorInvalidRequest", "The subject is too long.")
        times = [read.get(name) or event[name] for name in ("start", "end")]
        if read.get("isAllDay", event and event["isAllDay"]) and any(isinstance(at, datetime) and (at.hour or at.minute) for at in times):
            raise Refused(400, "ErrorInvalidRequest", "The Event.Start property for an all-day event needs to be set to midnight.")
        if (read.get("start") or event["start"]) > (read.get("end") or event["end"]):
            raise Refused(400, "ErrorCalendarEndDateIsEarlierThanStartDate", "The end date is earlier than the start date.")
        return read

    def etag(self, event):
        return f'W/"{event["id"][-12:-4]}{event["version"]:04}"'

    def shown(self, event, query):
        """An event as it is answered, with what is wanted of it."""
        zone = WINDOWS.get(self.zone, self.zone)

        def time_of(at):
            wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if isinstance(at, datetime) else datetime(at.year, at.month, at.day)
            return {"dateTime": f"{wall:{FORMAT}}.0000000", "timeZone": self.zone}

        text = event["body"]["content"]
        if event["body"]["contentType"].lower() == "text":
            text = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>{html.escape(text)}</body></html>'
        place = event["location"]["displayName"] or ("Microsoft Teams Meeting" if event["room"] else "")
        whole = {
            "id": event["id"], "createdDateTime": event["createdDateTime"], "lastModifiedDateTime": event["createdDateTime"],
            "changeKey": self.etag(event)[3:-1], "categories": event["categories"], "transactionId": event["transactionId"],
            "originalStartTimeZone": event["zone"], "originalEndTimeZone": event["zone"], "iCalUId": event["iCalUId"],
            "reminderMinutesBeforeStart": 15, "isReminderOn": event["isReminderOn"], "hasAttachments": False, "subject": event["subject"],
            "bodyPreview": event["body"]["content"][:255], "importance": "normal", "sensitivity": "normal",
            "isAllDay": event["isAllDay"], "isCancelled": event["isCancelled"], "isOrganizer": event["response"] == "organizer",
            "responseRequested": True, "seriesMasterId": event.get("seriesMasterId"), "showAs": event["showAs"], "type": event["type"],
            "webLink": "https://outlook.office365.com/owa/?itemid=1", "onlineMeetingUrl": None, "isOnlineMeeting": event["isOnlineMeeting"],
            "onlineMeetingProvider": "teamsForBusiness" if event["isOnlineMeeting"] else "unknown", "allowNewTimeProposals": True, "isDraft": False, "hideAttendees": False,
            "responseStatus": {"response": event["response"], "time": "0001-01-01T00:00:00Z"},
            "body": {"contentType": "html", "content": text}, "start": time_of(event["start"]), "end": time_of(event["end"]),
            "location": {"displayName": place, "locationType": "default", "uniqueIdType": "private"},
            "locations": [], "recurrence": None, "attendees": [], "onlineMeeting": {"joinUrl": event["room"]} if event["room"] else None,
            "organizer": {"emailAddress": {"name": "Jonas Weber", "address": USER}},
        }
        if "$select" in query:
            wanted = {"id", *query["$select"].split(",")}
            unknown = wanted - whole.keys()
            if unknown:
                raise Refused(400, "BadRequest", f"Could not find a property named '{unknown}' on type 'microsoft.graph.event'.")
            whole = {name: value for name, value in whole.items() if name in wanted}
            # It is told only if it was set.
            if whole.get("transactionId", "") is None:
                del whole["transactionId"]
        if "$expand" in query:
            wanted = re.fullmatch(r"singleValueExtendedProperties\(\$filter=id eq '([^']+)'\)", query["$expand"])
            if not wanted:
                raise Refused(400, "ErrorInvalidProperty", "An extended property is expanded by its id.")
            if value := event["properties"].get(wanted[1]):
                whole["singleValueExtendedProperties"] = [{"id": wanted[1], "value": value}]
        return {"@odata.etag": self.etag(event)} | whole


# Failures, each as a function that answers a request in the server's place; false if the server is to answer it after all.


def says(status, code="", headers=None):
    def fail(graph, handler, *_):
        graph.send(handler, status, {"error": {"code": code, "message": "Secret words."}}, headers)
        return True

    return fail


def web_page(_, handler, *__):
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.send_header("content-length", "30")
    handler.end_headers()
    handler.wfile.write(b"<!doctype html><title>Secret</title>"[:30])
    return True


def cut_off(_, handler, *__):
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "4000")
    handler.end_headers()
    handler.wfile.write(b'{"value": [')
    handler.close_connection = True
    return True


def hangs(seconds):
    def fail(*_):
        time.sleep(seconds)
        return False

    return fail


def loses_answer(graph, handler, url, body):
    """What is asked is done, and nothing is said."""
    graph.graph(handler, url, body)
    handler.close_connection = True
    return True
