"""A stand-in for Google Calendar: tokens and events, held to Google's own description of its API.

Every request's path, parameters and body, and every answer, is checked against the discovery document that comes with
google-api-python-client; what that does not say, such as that a deleted event's id stays taken, is as users of the API report it.
"""

import base64
import copy
import hashlib
import http.server
import json
import re
import threading
import time
import urllib.parse
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import googleapiclient
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from dateutil.rrule import rrulestr

DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache/documents/calendar.v3.json"
EMAIL = "daymark@daymark-tests.iam.gserviceaccount.com"
CLIENT = {"client_id": "a-client.apps.googleusercontent.com", "client_secret": "the client's Secret", "refresh_token": "1//Secret"}
WRITERS, READERS = ("writer", "owner"), ("reader", "writer", "owner")


class Refused(Exception):
    """An error as Google words it."""

    def __init__(self, status, reason, domain="global", message="Secret words of Google's own"):
        error = {"errors": [{"domain": domain, "reason": reason, "message": message}], "code": status, "message": message}
        self.status, self.body = status, json.dumps({"error": error})


class Wrong(Exception):
    """Somebody does not keep to Google's description."""


class Description:
    """Google's own, of each method and each type."""

    def __init__(self):
        self.document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        self.methods = self.document["resources"]["events"]["methods"]

    def method(self, verb, path):
        """The method of a request, and the ids in its path."""
        for name in ("list", "get", "insert", "patch", "update", "delete"):
            method = self.methods[name]
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", method["path"])
            if method["httpMethod"] == verb and (found := re.fullmatch(pattern, path)):
                return name, method, {key: urllib.parse.unquote(value) for key, value in found.groupdict().items()}
        raise Wrong(f"Google has no {verb} {path}")

    def check_parameters(self, method, query):
        known = {name: one for name, one in method["parameters"].items() if one["location"] == "query"} | self.document["parameters"]
        for name, value in query.items():
            if name not in known:
                raise Wrong(f"{method['id']} has no parameter {name}")
            one = known[name]
            if one["type"] == "boolean" and value not in ("true", "false"):
                raise Wrong(f"{name} is {value}")
            if one["type"] == "integer" and not int(one.get("minimum", 0)) <= int(value) <= int(one.get("maximum", 2**31)):
                raise Wrong(f"{name} is {value}")
            if "enum" in one and value not in one["enum"]:
                raise Wrong(f"{name} is {value}")
            if one.get("format") == "date-time":
                instant(value)

    def check(self, value, schema, where, may_be_null=False):
        """Checks a value against a type, all the way down."""
        if "$ref" in schema:
            schema = self.document["schemas"][schema["$ref"]]
        if value is None and may_be_null:
            return
        kind = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "any": object}
        if not isinstance(value, kind[schema["type"]]):
            raise Wrong(f"{where} is {value!r}, and no {schema['type']}")
        if schema["type"] == "array":
            for one in value:
                self.check(one, schema["items"], f"{where}[]")
        elif schema["type"] == "object":
            for key, inner in value.items():
                of_key = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
                if of_key is None:
                    raise Wrong(f"{where} has no {key}")
                self.check(inner, of_key, f"{where}.{key}", may_be_null)
        elif schema.get("format") == "date-time":
            instant(value)
        elif schema.get("format") == "date":
            datetime.strptime(value, "%Y-%m-%d")
        if "enum" in schema and value not in schema["enum"]:
            raise Wrong(f"{where} is {value}")

    def part(self, value, fields, schema):
        """Of a value the wanted fields, which must be those of its type (Google's "partial response")."""
        if "$ref" in schema:
            schema = self.document["schemas"][schema["$ref"]]
        if schema["type"] == "array":
            return [self.part(one, fields, schema["items"]) for one in value]
        wanted = {}
        for name, inner in split_fields(fields):
            if name not in schema["properties"]:
                raise Wrong(f"there is no field {name}")
            if inner is not None:
                found = self.part(value.get(name, {}), inner, schema["properties"][name])
            else:
                found = value.get(name)
            if name in value:
                wanted[name] = found
        return wanted


def split_fields(fields):
    """`a,b(c,d)` as a with None, and b with `c,d`."""
    depth, one, parts = 0, "", []
    for letter in f"{fields},":
        if letter == "," and depth == 0:
            parts.append(one)
            one = ""
            continue
        depth += {"(": 1, ")": -1}.get(letter, 0)
        one += letter
    return [(part.split("(")[0], part.split("(", 1)[1][:-1] if "(" in part else None) for part in parts]


def instant(text):
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise Wrong(f"{text} has no offset")
    return found


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Google:
    """One calendar, its owner, and a service account with which it is shared."""

    calendar = "jonas@example.com"

    def __init__(self):
        self.description = Description()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.events, self.tokens, self.accounts, self.version, self.now = {}, {}, set(), 0, time.time()
        self.asked, self.requests, self.wrong = Counter(), [], []
        self.role, self.page, self.zone, self.lock = "writer", 2500, "Europe/Berlin", threading.Lock()
        # What goes wrong: functions that answer a request by its method's name, or return nothing.
        self.fault = lambda name: None
        self.is_revoked, self.puts_back, self.key_id = False, True, "4711"
        # Codes of consents, each with what it was asked for with; and what somebody does on the page: consents, or not.
        self.codes, self.consents = {}, True
        # What becomes of requests for rooms (Meet), and how often an event is looked at until then.
        self.room, self.looks, self.waiting, self.rooms = "success", 0, {}, 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()

    @property
    def endpoint(self):
        return f"{self.url}/calendar/v3/"

    def account(self):
        """The service account's key, as Google gives it out, with where this server is."""
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {
            "type": "service_account", "project_id": "daymark-tests", "private_key_id": self.key_id,
            "private_key": self.key.private_bytes(*form).decode(), "client_email": EMAIL, "client_id": "1234567890",
            "token_uri": f"{self.url}/token", "api_endpoint": self.endpoint,
        }

    def consent(self):
        return CLIENT | {"type": "authorized_user", "token_uri": f"{self.url}/token", "api_endpoint": self.endpoint}

    def client(self):
        """The file of a client of the type "Desktop app", as Google gives it out, with where this server is."""
        own = {key: CLIENT[key] for key in ("client_id", "client_secret")} | {"project_id": "daymark-tests"}
        places = {"auth_uri": f"{self.url}/auth", "token_uri": f"{self.url}/token", "api_endpoint": self.endpoint}
        return {"installed": own | places | {"redirect_uris": ["http://localhost"]}}

    # Tokens

    def consent_page(self, query):
        """Where somebody consents (Google's "OAuth 2.0 for mobile and desktop apps"): leads back with a code."""
        wanted = {"client_id": CLIENT["client_id"], "response_type": "code", "code_challenge_method": "S256", "access_type": "offline"}
        if not wanted.items() <= query.items() or not re.fullmatch(r"http://127\.0\.0\.1:\d+", query["redirect_uri"]):
            raise Wrong(f"the consent {query}")
        if not set(query["scope"].split()) <= set(self.description.document["auth"]["oauth2"]["scopes"]):
            raise Wrong(f"the scope {query['scope']}")
        code = f"4/0Secret{len(self.codes)}"
        self.codes[code] = query
        answer = {"code": code, "scope": query["scope"]} if self.consents else {"error": "access_denied"}
        return 302, {"location": f"{query['redirect_uri']}?{urllib.parse.urlencode(answer | {'state': query['state']})}"}, ""

    def exchange(self, form):
        """What a code was asked for with, if whoever has it is the one who asked (RFC 7636, 4.6)."""
        asked = self.codes.pop(form.get("code"), {})
        digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if asked.get("code_challenge") != digest or asked["redirect_uri"] != form.get("redirect_uri"):
            return None
        return asked["scope"]

    def give_token(self, form):
        refused = lambda error: (400, {}, json.dumps({"error": error, "error_description": "Secret words"}))
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            scope = self.scope_of(form["assertion"])
        elif form.get("grant_type") in ("refresh_token", "authorization_code"):
            if {key: form.get(key) for key in ("client_id", "client_secret")} != {key: CLIENT[key] for key in ("client_id", "client_secret")}:
                return refused("invalid_client")
            if form["grant_type"] == "authorization_code":
                scope = self.exchange(form)
            else:
                scope = "https://www.googleapis.com/auth/calendar.events" if form.get("refresh_token") == CLIENT["refresh_token"] else None
        else:
            return refused("unsupported_grant_type")
        if scope is None or self.is_revoked:
            return refused("invalid_grant")
        if not set(scope.split()) <= set(self.description.document["auth"]["oauth2"]["scopes"]):
            return refused("invalid_scope")
        token = f"ya29.Secret{len(self.tokens)}"
        self.tokens[token] = scope.split()
        if "assertion" in form:
            self.accounts.add(token)
        more = {"refresh_token": CLIENT["refresh_token"]} if form["grant_type"] == "authorization_code" else {}
        return 200, {}, json.dumps({"access_token": token, "expires_in": 3599, "scope": scope, "token_type": "Bearer"} | more)

    def scope_of(self, assertion):
        """What a signed JWT asks for; nothing if it is not right (Google's "Using OAuth 2.0 for server to server applications")."""
        signed, _, signature = assertion.rpartition(".")
        header, claims = (json.loads(decoded(part)) for part in signed.split("."))
        try:
            self.key.public_key().verify(decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return None
        if (header.get("alg"), header.get("typ"), header.get("kid")) != ("RS256", "JWT", self.key_id):
            raise Wrong(f"the header {header}")
        # The audience is always Google's own, wherever the token is given, as google-auth has it.
        if (claims.get("iss"), claims.get("aud")) != (EMAIL, "https://oauth2.googleapis.com/token"):
            raise Wrong(f"the claims {claims}")
        if not 0 < claims["exp"] - claims["iat"] <= 3600:
            raise Wrong(f"the times {claims}")
        return claims["scope"] if min(abs(claims["iat"] - now) for now in (self.now, time.time())) < 600 else None

    def revoke(self):
        """Every token that was given, and those that would be."""
        self.is_revoked = True
        self.tokens.clear()

    # Events

    def answer(self, verb, path, query, headers, body):
        name, method, ids = self.description.method(verb, path)
        self.asked[name] += 1
        fields = query.get("fields")
        self.description.check_parameters(method, query)
        if found := self.fault(name):
            return found
        scopes = self.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        if scopes is None:
            raise Refused(401, "authError")
        if not set(scopes) & set(method["scopes"]):
            raise Refused(403, "insufficientPermissions")
        if ids["calendarId"] not in (self.calendar, "primary") or self.role is None:
            raise Refused(404, "notFound")
        if name not in ("list", "get") and self.role not in WRITERS:
            raise Refused(403, "requiredAccessLevel", "calendar")
        if body is not None:
            self.description.check(body, method["request"], "Event", may_be_null=name == "patch")
            if body.get("attendees"):
                raise Refused(403, "forbiddenForServiceAccounts", "calendar")
            if "createRequest" in (body.get("conferenceData") or {}) and query.get("conferenceDataVersion") == "1":
                # Neither for service accounts, nor in calendars without them.
                if self.room is None or headers["authorization"].removeprefix("Bearer ") in self.accounts:
                    raise Refused(400, "invalid", message="Invalid conference type value.")
        with self.lock:
            found = getattr(self, f"do_{name}")(ids.get("eventId"), query, headers, body)
        if found is None:
            return 204, {}, ""
        schema = {"$ref": method["response"]["$ref"]}
        self.description.check(found, schema, schema["$ref"])
        if fields:
            found = self.description.part(found, fields, schema)
        etag = {"etag": found["etag"]} if "etag" in found else {}
        return 200, etag, json.dumps(found)

    def do_list(self, _, query, __, ___):
        if query.get("singleEvents") != "true" or "syncToken" in query:
            raise Wrong("the stand-in knows single events alone")
        start, end = instant(query["timeMin"]), instant(query["timeMax"])
        found = [one for event in self.events.values() for one in self.expanded(event, end)]
        found = [one for one in found if self.moment(one["end"]) > start and self.moment(one["start"]) < end]
        found = [self.shown(one) for one in found if one["status"] != "cancelled" or query.get("showDeleted") == "true"]
        first = int(query.get("pageToken", "Secret-page-0").rsplit("-", 1)[1])
        size = min(self.page, int(query.get("maxResults", 250)))
        # As Google's, pages may be shorter than is asked, and even empty.
        items = [] if self.page < 100 and first % 2 == 1 else found[first // 2 * size:(first // 2 + 1) * size]
        page = {"kind": "calendar#events", "etag": f'"p{self.version}"', "timeZone": self.zone, "accessRole": self.role, "items": items}
        page |= {"summary": "Secret calendar", "updated": "2026-11-01T00:00:00.000Z", "defaultReminders": []}
        if (first // 2 + 1) * size < len(found) or (self.page < 100 and first % 2 == 0):
            return page | {"nextPageToken": f"Secret-page-{first + (1 if self.page < 100 else 2)}"}
        return page | {"nextSyncToken": "Secret-sync"}

    def shown(self, event):
        """Of what is only shared as busy, nothing but when."""
        if self.role in READERS:
            return event
        hidden = ("summary", "description", "location", "attendees", "organizer", "creator")
        return {key: value for key, value in event.items() if key not in hidden} | {"visibility": "private"}

    def expanded(self, event, until):
        if "recurrence" not in event:
            return [event]
        start, end = self.moment(event["start"]), self.moment(event["end"])
        series = rrulestr("\n".join(event["recurrence"]), dtstart=start)
        common = {key: value for key, value in event.items() if key != "recurrence"} | {"recurringEventId": event["id"]}
        one = lambda at: common | {
            "id": f"{event['id']}_{at:%Y%m%dT%H%M%SZ}", "originalStartTime": {"dateTime": at.isoformat()},
            "start": {"dateTime": at.isoformat()}, "end": {"dateTime": (at + (end - start)).isoformat()},
        }
        return [one(at) for at in series.between(start - timedelta(days=1), until, inc=True)]

    def moment(self, time):
        """Whole days are an hour before UTC in Berlin in winter."""
        if "dateTime" in time:
            return instant(time["dateTime"]).astimezone(timezone.utc)
        return datetime.strptime(time["date"], "%Y-%m-%d").replace(tzinfo=timezone.utc) - timedelta(hours=1)

    def stored(self, event):
        for end in ("start", "end"):
            time = {key: value for key, value in event.get(end, {}).items() if value is not None}
            if ("date" in time) == ("dateTime" in time):
                raise Refused(400, "invalid")
            event[end] = time
        if event["start"].keys() & {"date"} != event["end"].keys() & {"date"}:
            raise Refused(400, "invalid")
        self.version += 1
        event["etag"], event["updated"] = f'"{self.version}"', "2026-11-24T00:00:00.000Z"
        self.events[event["id"]] = {key: value for key, value in event.items() if value is not None}
        return copy.deepcopy(self.events[event["id"]])

    def own(self, event):
        """What Google says of an event itself."""
        return {
            "kind": "calendar#event", "status": "confirmed", "eventType": "default", "iCalUID": f"{event['id']}@google.com",
            "created": "2026-11-01T00:00:00.000Z", "htmlLink": f"https://calendar.example.com/{event['id']}", "sequence": 0,
            "creator": {"email": EMAIL}, "organizer": {"email": self.calendar, "self": True}, "reminders": {"useDefault": True},
        }

    def with_room(self, event, query, kept=None):
        """An event that is written, with its room: one that is asked for is made once for each name."""
        wanted, had = event.pop("conferenceData", None), (kept or {}).get("conferenceData")
        if query.get("conferenceDataVersion", "0") == "0":
            # Whoever says nothing of rooms knows nothing of them.
            return event | ({"conferenceData": had} if had else {})
        if not wanted or "entryPoints" in wanted:
            return event | ({"conferenceData": wanted} if wanted else {})
        asked = wanted["createRequest"]
        if had and had["createRequest"]["requestId"] == asked["requestId"]:
            return event | {"conferenceData": had}
        asked["status"] = {"statusCode": "pending"}
        event["conferenceData"] = {"createRequest": asked}
        self.waiting[event["id"]] = self.looks
        return event

    def look(self, event):
        """Rooms are made a little later."""
        room = self.events[event].get("conferenceData", {})
        if room.get("createRequest", {}).get("status", {}).get("statusCode") != "pending":
            return
        if self.waiting[event] > 0:
            self.waiting[event] -= 1
            return
        room["createRequest"]["status"]["statusCode"] = self.room
        if self.room == "success":
            self.rooms += 1
            uri = f"https://meet.google.com/abc-defg-{self.rooms:03}"
            room["entryPoints"] = [
                {"entryPointType": "video", "uri": uri, "label": uri.removeprefix("https://")},
                {"entryPointType": "phone", "uri": "tel:+1-555-0100", "label": "+1 555 0100", "pin": "1234"},
            ]
            room["conferenceId"], room["conferenceSolution"] = uri.rsplit("/", 1)[1], {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}
            self.events[event]["hangoutLink"] = uri

    def do_insert(self, _, query, __, body):
        event = body.get("id", f"{self.version:026d}")
        if not re.fullmatch("[a-v0-9]{5,1024}", event):
            raise Refused(400, "invalid")
        if event in self.events:
            raise Refused(409, "duplicate")
        self.stored(self.with_room(self.own(body | {"id": event}) | body | {"id": event}, query))
        return self.known(event)

    def known(self, event, headers=None):
        found = self.events.get(event)
        if found is None:
            raise Refused(404, "notFound")
        if headers and headers.get("if-match", found["etag"]) != found["etag"]:
            raise Refused(412, "conditionNotMet")
        self.look(event)
        return copy.deepcopy(found)

    def do_get(self, event, *_):
        return self.shown(self.known(event))

    def do_patch(self, event, query, headers, body):
        found = self.known(event, headers)
        kept = copy.deepcopy(found)
        for key, value in body.items():
            found[key] = found.get(key, {}) | value if isinstance(value, dict) else value
        if "conferenceData" in body and query.get("conferenceDataVersion") == "1":
            found = self.with_room(found | {"conferenceData": copy.deepcopy(body["conferenceData"])}, query, kept)
        else:
            found["conferenceData"] = kept.get("conferenceData")
        self.stored(found)
        return self.known(event)

    def do_update(self, event, query, headers, body):
        found = self.known(event, headers)
        if found["status"] == "cancelled" and not self.puts_back:
            raise Refused(403, "forbidden")
        kept = {key: found[key] for key in self.own(found)}
        self.stored(self.with_room(kept | {"id": event} | copy.deepcopy(body), query, found))
        return self.known(event)

    def do_delete(self, event, _, headers, __):
        found = self.known(event, headers)
        if found["status"] == "cancelled":
            raise Refused(410, "deleted")
        self.stored(found | {"status": "cancelled"})

    def of_booking(self, booking):
        """What stands under a booking's id, deleted or not."""
        return self.events.get(base64.b32hexencode(booking.encode()).decode().lower().rstrip("="))


def handler(google):
    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one(self):
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            url = urllib.parse.urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            google.requests.append((self.command, self.path, headers, body))
            try:
                if url.path == "/auth":
                    found = google.consent_page(dict(urllib.parse.parse_qsl(url.query, strict_parsing=True)))
                elif url.path == "/token":
                    google.asked["token"] += 1
                    form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
                    found = google.fault("token") or google.give_token(form)
                else:
                    query = dict(urllib.parse.parse_qsl(url.query, strict_parsing=True)) if url.query else {}
                    path = url.path.removeprefix("/calendar/v3/")
                    found = google.answer(self.command, path, query, headers, json.loads(body) if body else None)
            except Refused as refused:
                found = refused.status, {}, refused.body
            except Exception as wrong:
                # Whoever runs the test is told of it at the end of each step.
                google.wrong.append(f"{self.command} {self.path} {body}: {wrong!r}")
                found = 400, {}, ""
            self.send(*found)

        def send(self, status, headers, body):
            if status is None:
                # It hangs.
                time.sleep(headers)
                self.close_connection = True
                return
            body = body.encode()
            self.send_response(status)
            for name, value in ({"content-type": "application/json; charset=UTF-8"} | headers).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(body)))
            try:
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                # Whoever asked was ended.
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

        def log_message(self, *_):
            pass

    return Handler
