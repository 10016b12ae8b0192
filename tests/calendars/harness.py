"""A CalDAV server that others wrote, and the endpoint with a host whose calendar is there."""

import base64
import http.client
import http.server
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import endpoint
from endpoint import check

USER, PASSWORD = "aiko", "gehe:im ß"
# Headers that are about one connection.
OF_CONNECTIONS = ("host", "connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A CalDAV server with one calendar, behind a relay that counts what it is asked by the endpoint."""

    home = f"/{USER}/"

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.asked, self.pause, self.late = Counter(), 0, {}
        self.calendar = f"{self.home}work/"
        self.come_up()
        self.relay = self.start_relay()

    @property
    def name(self):
        return type(self).__name__

    def command(self):
        raise NotImplementedError

    def come_up(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.name} did not start")

    def go_down(self):
        self.process.terminate()
        self.process.wait()

    def start_relay(self):
        server = self

        class Relay(http.server.BaseHTTPRequestHandler):
            def relay(self):
                time.sleep(server.pause)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                sent = {name: value for name, value in self.headers.items() if name.lower() not in OF_CONNECTIONS}
                try:
                    answer = server.exchange(self.command, self.path, body, sent)
                    server.asked[self.command] += 1
                    time.sleep(server.late.get(self.command, 0))
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() not in OF_CONNECTIONS:
                            self.send_header(name, value)
                    self.send_header("content-length", str(len(answer.body)))
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:
                    # The server is down, or the endpoint was ended while it read.
                    self.close_connection = True

            do_PROPFIND = do_REPORT = do_GET = do_PUT = do_DELETE = relay

            def log_message(self, *_):
                pass

        relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        return relay

    @property
    def url(self):
        return f"http://127.0.0.1:{self.relay.server_port}{self.calendar}"

    def exchange(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def send(self, method, path, body=b"", kind="text/xml"):
        own = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"authorization": f"Basic {own}"} | ({"content-type": kind} if kind else {})
        return self.exchange(method, path, body, headers)

    def make_calendar(self):
        answer = self.send("MKCALENDAR", self.calendar, kind=None)
        check(answer.status in (200, 201), f"{self.name} made no calendar: {answer.status} {answer.body}")

    def put(self, name, events, zones=""):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Daymark//Tests//EN", *zones.splitlines()]
        for event in events:
            lines += ["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T000000Z", f"SUMMARY:Secret {name}"]
            lines += [*event.splitlines(), "END:VEVENT"]
        self.put_text(name, "\r\n".join([*lines, "END:VCALENDAR", ""]))

    def put_text(self, name, text):
        status = self.send("PUT", f"{self.calendar}{name}.ics", text.encode(), "text/calendar").status
        check(status in (200, 201, 204), f"{self.name} took no {name}: {status}")

    def delete(self, path):
        status = self.send("DELETE", path).status
        check(status in (200, 204), f"{self.name} deleted no {path}: {status}")

    def be_in(self, zone):
        """Says of the calendar where it is."""
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Daymark//Tests//EN\n{zone}\nEND:VCALENDAR\n"
        body = (
            '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
            f"<c:calendar-timezone>{text}</c:calendar-timezone></d:prop></d:set></d:propertyupdate>"
        )
        answer = self.send("PROPPATCH", self.calendar, body.encode())
        check(answer.status == 207 and b"200 OK" in answer.body, f"{self.name} is nowhere: {answer.status} {answer.body}")

    def stop(self):
        self.relay.shutdown()
        self.go_down()


class Radicale(Server):
    def __init__(self, folder):
        self.folder = folder
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        self.let("rw")
        super().__init__(folder)

    def let(self, permissions):
        """Lets its user only read, or write too, once it comes up."""
        root = "[root]\nuser: .+\ncollection:\npermissions: R\n"
        (self.folder / "rights").write_text(f"{root}[own]\nuser: .+\ncollection: {{user}}(/.*)?\npermissions: {permissions.upper()}{permissions}\n")

    def command(self):
        command = [sys.executable, "-m", "radicale", "--server-hosts", f"127.0.0.1:{self.port}", "--logging-level", "error"]
        command += ["--auth-type", "htpasswd", "--auth-htpasswd-filename", self.folder / "users"]
        command += ["--auth-htpasswd-encryption", "plain", "--rights-type", "from_file", "--rights-file", self.folder / "rights"]
        return [*command, "--storage-filesystem-folder", self.folder / "storage"]


class Xandikos(Server):
    def command(self):
        command = [sys.executable, "-m", "xandikos.web", "-d", self.folder / "storage", "--state-dir", self.folder / "state"]
        command += ["--autocreate", "-l", "127.0.0.1", "-p", str(self.port), "--current-user-principal", f"/{USER}/"]
        return [*command, "--no-detect-systemd"]


class Site(endpoint.Site):
    """The endpoint, with a host who has the calendar."""

    def __init__(self, folder, url, role="busy"):
        table = f'name = "work"\nkind = "caldav"\nurl = "{url}"\nuser = "{USER}"\nsecret = "WORK_PASSWORD"\nrole = "{role}"'
        super().__init__(folder, table, [PASSWORD])

    def last_for(self, minutes):
        """Has meetings last so long, each quarter of an hour."""
        page = self.folder / "content/jonas/always.md"
        page.write_text(page.read_text().replace("durations = [15]", f"durations = [{minutes}]\nstart_every = 15"))

    def start(self, minutes, password=PASSWORD):
        super().start(minutes, WORK_PASSWORD=password)

    def book(self, local, page="always", minutes=15):
        return super().book(local, page, f"Someone {self.number + 1}", minutes)
