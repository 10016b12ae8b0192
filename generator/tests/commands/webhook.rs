//! `webhook test`: whether the content's endpoints take an `endpoint.test`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use super::desk::Desk;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A receiver that answers once, with a status; gives its address, and the body that came.
fn receiver(status: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let mut reader = BufReader::new(&stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a number");
            } else if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").expect("an answer is sent");
        String::from_utf8(body).expect("text")
    });
    (url, thread)
}

fn desk_with(url: &str) -> Desk {
    let desk = Desk::new();
    let site = desk.read("content/site.toml");
    let webhook = format!("\n[[webhooks]]\nurl = \"{url}\"\nsecret = \"HOOK\"\n");
    desk.file("content/site.toml", &(site + &webhook))
}

fn said(desk: &Desk, arguments: &[&str]) -> (String, Option<i32>) {
    let output = desk.command(arguments).env("HOOK", SECRET).output().expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // The warning about an address without TLS comes first.
    (said.rsplit("1 warning in 1 file\n").next().unwrap_or_default().to_owned(), output.status.code())
}

#[test]
fn an_endpoint_that_takes_it_is_said_so() {
    let (url, received) = receiver("204 No Content");
    let desk = desk_with(&url);
    // It is on this machine.
    let expected = format!(
        "{url}: delivered; under `serve --production` only with `--private-webhooks`, and on Cloudflare not at all\n"
    );
    assert_eq!(said(&desk, &["webhook", "test"]), (expected, Some(0)));
    let body = received.join().expect("a body");
    let expected =
        "{\"data\":{\"message\":\"Daymark can reach this endpoint.\"},\"timestamp\":\"2026-11-24T09:00:0";
    assert!(body.starts_with(expected) && body.ends_with("\"type\":\"endpoint.test\"}"), "{body}");
}

#[test]
fn one_that_does_not_fails_the_command() {
    let (url, _received) = receiver("500 Internal Server Error");
    let expected = format!("{url}: it answered 500\ngenerator: 1 endpoint failed.\n");
    assert_eq!(said(&desk_with(&url), &["webhook", "test"]), (expected, Some(1)));
}

#[test]
fn without_a_secret_nothing_is_sent() {
    let desk = desk_with("http://127.0.0.1:9/hook");
    let output = desk.command(&["webhook", "test"]).env_remove("HOOK").output().expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "http://127.0.0.1:9/hook: the secret HOOK is not set\ngenerator: 1 endpoint failed.\n";
    assert!(said.ends_with(expected), "{said}");
}

#[test]
fn a_site_without_endpoints_says_how_to_name_one() {
    Desk::new()
        .run(&["webhook", "test"])
        .tells("generator: the content has no webhooks. Add `[[webhooks]]` to site.toml or host.toml, as docs/webhooks.md describes.\n")
        .ends_with_code(1);
    let unknown = "generator: the content has no webhook https://other.example.com/. It has: http://127.0.0.1:9/hook.\n";
    assert_eq!(
        said(
            &desk_with("http://127.0.0.1:9/hook"),
            &["webhook", "test", "--url", "https://other.example.com/"]
        ),
        (unknown.to_owned(), Some(1))
    );
}
