//! Waiting on this machine for what a browser brings back from a consent (RFC 8252, 7.3).

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use edge::connecting::{Answered, Client, Consent};
use edge::local::Sender;

use super::tried::runtime;
use crate::failure::Failure;
use crate::printer::Printer;

/// Browsers open connections before they need them: each has so long to say something.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most bytes of the first line of a request.
const LONGEST_LINE: u64 = 16 << 10;

/// Has somebody consent in a browser. Returns the refresh token.
pub(super) fn consent(
    client: Client,
    port: u16,
    sender: &Sender,
    printer: Printer,
) -> Result<String, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|cause| {
        Failure::saying(format!(
            "port {port} of 127.0.0.1 cannot be listened on: {cause}. Choose another with `--port`."
        ))
    })?;
    let port = listener.local_addr()?.port();
    let consent = Consent::new(client, port, sender).map_err(|fault| Failure::saying(fault.to_string()))?;
    let address = consent.address();
    printer.tell(&format!(
        "Open this address in a browser on this machine, and consent. Ctrl-C gives up.\n\n{address}\n"
    ));
    if io::stderr().is_terminal() {
        // Where there is no browser, the address is enough.
        let _ = opener::open_browser(&address);
    }
    let code = wait(&listener, &consent, printer)?;
    let token = runtime()?.block_on(consent.refresh_token(sender, &code));
    token.map_err(|reason| Failure::saying(format!("there is no consent: {reason}. Nothing was changed.")))
}

fn wait(listener: &TcpListener, consent: &Consent, printer: Printer) -> Result<String, Failure> {
    for connection in listener.incoming() {
        let Ok(connection) = connection else { continue };
        let Some(target) = target(&connection) else { continue };
        match consent.answered(&target) {
            Answered::Else => answer(&connection, "404 Not Found", "There is nothing here."),
            Answered::Foreign => {
                answer(
                    &connection,
                    "400 Bad Request",
                    "This is the answer to another consent. Daymark still waits.",
                );
                printer.tell(
                    "An answer to another consent came, and was ignored. The one above is still awaited.",
                );
            }
            Answered::Refused(reason) => {
                answer(&connection, "200 OK", "Daymark was not let in. You can close this page.");
                return Err(Failure::saying(format!("there is no consent: {reason}. Nothing was changed.")));
            }
            Answered::Code(code) => {
                answer(&connection, "200 OK", "Daymark has your consent. You can close this page.");
                return Ok(code);
            }
        }
    }
    Err(Failure::saying("there is no consent: this machine accepts no more connections"))
}

/// The path and query of a request.
fn target(connection: &TcpStream) -> Option<String> {
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut lines = BufReader::new(connection.take(LONGEST_LINE)).lines();
    let line = lines.next()?.ok()?;
    // What is closed before it is read breaks off before it is answered.
    while lines.next()?.ok().is_some_and(|line| !line.is_empty()) {}
    line.strip_prefix("GET ")?.split(' ').next().map(str::to_owned)
}

/// Answers a request. Whether its browser has waited for it does not matter.
fn answer(mut connection: &TcpStream, status: &str, text: &str) {
    let page =
        format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Daymark</title><p>{text}");
    let _ = write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nreferrer-policy: \
         no-referrer\r\ncache-control: no-store\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
}
