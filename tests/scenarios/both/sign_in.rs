//! A link to sign in, sent by email through a stand-in of a provider's API: asked for by anyone, received by the host,
//! used once.

use std::fs;

use acceptance::receiver::Receiver;
use acceptance::{PATIENCE, Server, Started, mail_by_api, wait_until};
use serde_json::{Value, json};

fn server_mailing(receiver: &Receiver) -> Server {
    let mut server = Server::new();
    let content = server.own_content();
    let site = fs::read_to_string(content.join("site.toml")).unwrap();
    let body = r#"{ "to": "{to}", "reply_to": "{reply_to}", "subject": "{subject}", "text": "{text}", "html": "{html}" }"#;
    let mail = mail_by_api(&receiver.url("mails"), body);
    fs::write(content.join("site.toml"), site + &mail).unwrap();
    server.secret("MAIL_KEY", "the key");
    server
}

fn ask(started: &Started, host: &str) -> (u16, Value) {
    let body = json!({ "host": host }).to_string();
    let headers = [("content-type", "application/json")];
    let path = "/api/host/session/email";
    let answer = started.client().send("POST", path, &headers, body.as_bytes()).unwrap();
    (answer.status, answer.json())
}

/// Presses the button of a link's page: the status, and the cookie that came.
fn press(started: &Started, token: &str) -> (u16, String) {
    let body = format!("token={token}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let path = "/api/host/session/link";
    let answer = started.client().send("POST", path, &headers, body.as_bytes()).unwrap();
    let cookie = answer.header("set-cookie").and_then(|set| set.split(';').next()).unwrap_or_default();
    (answer.status, cookie.to_owned())
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_link_by_email_signs_its_host_in_once() {
    let receiver = Receiver::start();
    let server = server_mailing(&receiver);
    let started = server.start();
    let told = ask(&started, "jonas");
    assert_eq!(told, (202, json!({ "accepted": true })));
    assert_eq!(ask(&started, "nobody"), told, "nobody learns who is a host");
    assert!(wait_until(PATIENCE, || receiver.taken() > 0));
    let mail: Value = serde_json::from_str(&receiver.received()[0].body).unwrap();
    assert_eq!(mail["to"], json!("jonas@example.com"));
    assert_eq!(mail.get("reply_to"), None);
    let text = mail["text"].as_str().unwrap();
    let (_, link) = text.split_once("/host/sign-in/").unwrap_or_else(|| panic!("no link in {text}"));
    let token = link.split_whitespace().next().unwrap();
    assert!(mail["html"].as_str().unwrap().contains(token));

    // What looks at mail opens links: that uses nothing up.
    let path = format!("/host/sign-in/{token}");
    for method in ["GET", "HEAD", "GET"] {
        let page = started.client().send(method, &path, &[], b"").unwrap();
        assert_eq!((page.status, page.header("set-cookie")), (200, None));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    let (status, cookie) = press(&started, token);
    assert_eq!(status, 303);
    let session = started.client().send("GET", "/api/host/session", &[("cookie", &cookie)], b"").unwrap();
    assert_eq!((session.status, &session.json()["host"]["folder"]), (200, &json!("jonas")));
    assert_eq!(press(&started, token), (409, String::new()));

    // Few are sent, whoever asks; the answer is the same.
    for _ in 0..5 {
        assert_eq!(ask(&started, "jonas"), told);
    }
    assert!(wait_until(PATIENCE, || receiver.taken() >= 3));
    assert!(!wait_until(std::time::Duration::from_secs(1), || receiver.taken() > 3));
}
