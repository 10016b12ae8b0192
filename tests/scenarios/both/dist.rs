//! Publishing beside booking: definitions that nobody sees, and pages that are older than the rules.

use std::fs;

use acceptance::{Server, booking};

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn private_definitions_are_nobodys_to_read() {
    let server = Server::new();
    let started = server.start();
    let mut client = started.client();
    let spellings = [
        "/_edge/site.json",
        "/_edge/hosts/aiko.json",
        "/_edge/shells/en.json",
        "/_edge",
        "/_edge/",
        "//_edge/site.json",
        "/./_edge/site.json",
        "/aiko/../_edge/site.json",
        "/assets/../_edge/site.json",
        "/%5Fedge/site.json",
        "/%5fedge/site.json",
        "/_%65dge/site.json",
        "/_edg%65/site.json",
        "/_edge%2Fsite.json",
        "/_edge%2fsite.json",
        "/%2F_edge/site.json",
        "/_edge/%73ite.json",
        "/_edge/site%2Ejson",
        "/%2e/_edge/site.json",
        "/aiko/%2e%2e/_edge/site.json",
        "/_edge//site.json",
        "/_edge/./site.json",
        "/_edge/site.json?x=1",
        "/_edge/site.json/",
        "/_edge\\site.json",
        "/%255Fedge/site.json",
        "/_EDGE/site.json",
        "/_edge/site",
    ];
    for spelling in spellings {
        for method in ["GET", "HEAD"] {
            let answer = client.send(method, spelling, &[], b"").unwrap();
            assert_eq!(answer.status, 404, "{method} {spelling}");
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!body.contains("key_version") && !body.contains("base_url"), "{spelling}: {body}");
        }
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_page_is_found_however_it_was_typed() {
    let server = Server::new();
    let started = server.any();
    let mut client = started.client();
    for (typed, expected) in [
        ("/Aiko/long/", "/aiko/long/"),
        ("/aiko/Long/", "/aiko/long/"),
        ("/AIKO/LONG", "/aiko/long/"),
        ("/AIKO/", "/aiko/"),
        ("/Aiko/long/?utm_source=Letter", "/aiko/long/?utm_source=Letter"),
        ("/HOST/", "/host/"),
        ("/aiko/long.", "/aiko/long/"),
        ("/aiko/long/,", "/aiko/long/"),
        ("/aiko/long/)", "/aiko/long/"),
        ("/aiko/long%20", "/aiko/long/"),
        ("/aiko/long/%E3%80%8D", "/aiko/long/"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.send(method, typed, &[], b"").unwrap();
            assert_eq!((answer.status, answer.header("location")), (308, Some(expected)), "{method} {typed}");
        }
        assert_eq!(client.get(expected, None).unwrap().status, 200);
    }
    for nothing in [
        "/Aiko/nothing/",
        "/Nobody/",
        "/Aiko/long/index.html",
        "/_EDGE/site.json",
        "/_EDGE/",
        "/Aiko/../_edge/",
        "/FAVICON",
        "/aiko/nothing.",
        "/_edge/site.json.",
        "/_edge/site.json%20",
    ] {
        assert_eq!(client.get(nothing, None).unwrap().status, 404, "{nothing}");
    }
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn an_old_page_offers_times_that_are_refused_with_others_that_exist() {
    let mut server = Server::new();
    let content = server.own_content();
    let started = server.start();
    // The page that a visitor has open: Wednesday 10:00 in Tokyo is offered, as its day and the minute of it in UTC.
    let page = started.client().get("/aiko/long/", None).unwrap();
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("value=g1a.60>"), "the page offers it");
    started.kill();

    let file = content.join("aiko/host.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (before, hours) = text.split_once("[hours]").unwrap();
    assert!(hours.contains("mon"), "{hours}");
    fs::write(&file, format!("{before}[hours]\nmon-fri = [\"14:00-18:00\"]\n")).unwrap();
    server.publish();
    let started = server.start();
    let mut client = started.client();
    let body = booking("aiko/long", "2026-11-25T01:00:00Z", 45, 1);
    let answer = client.post("/api/bookings", "old", &body).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (409, "slot_not_offered"));
    let alternatives = answer.json()["alternatives"].as_array().unwrap().clone();
    assert!(!alternatives.is_empty());
    let mut body = body;
    body["start"] = alternatives[0].clone();
    let answer = client.post("/api/bookings", "new", &body).unwrap();
    assert_eq!(answer.status, 201, "a time that was offered exists: {}", answer.json());
}
