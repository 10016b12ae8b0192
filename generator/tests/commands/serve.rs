//! `serve`: one process that publishes, books, and follows what is edited.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::desk::Desk;

const BOOKING: &str = r#"{"page":"aiko/intro","start":"2026-12-01T01:00:00Z","duration_minutes":30,"time_zone":"Asia/Tokyo","locale":"en","contact":{"name":"Visitor","email":"visitor@example.net"},"answers":{}}"#;

#[test]
fn a_booking_is_taken_kept_and_explained() {
    let desk = Desk::new();
    let served = Served::start(&desk, &[]);
    assert!(served.get("/aiko/intro/").starts_with("HTTP/1.1 200"));
    let booked = served.post("/api/bookings", BOOKING);
    assert!(booked.starts_with("HTTP/1.1 201"), "{booked}");
    let (address, theme) = (served.address.clone(), concat!(env!("CARGO_MANIFEST_DIR"), "/../site"));
    let expected = format!(
        "  http://{address}/aiko/intro/  Introductory call
  http://{address}/jonas/night/  Night watch
Hosts see their bookings at http://{address}/host/: `generator token aiko` prints the key.
Bookings are stored in data. Press Ctrl-C to stop.
Edit content or {theme}, and open pages update.
Mail is only shown at http://{address}/dev/mailbox: no provider is set.
Stopped. Every booking is saved.
"
    );
    assert_eq!(served.end(), expected);
    desk.run(&["explain", "aiko/intro", "2026-12-01T10:30", "--data", "data"])
        .answers(
            "\
aiko/intro: Introductory call
2026-12-01 10:30+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  not offered:
  - limit: 1 meeting from 2026-12-01 00:00+09:00 to 2026-12-02 00:00+09:00 is already booked
  - taken: aiko/intro is booked from 2026-12-01 10:00+09:00 to 2026-12-01 10:30+09:00, with buffers around it
",
        )
        .tells("")
        .ends_with_code(0);
}

#[test]
fn a_time_at_which_a_calendar_is_unknown_is_explained() {
    let also = "  also offered for 15, 60 minutes\n";
    for (when_unknown, standing, also) in
        [("request", "offered, but a booking is a request:", also), ("refuse", "not offered:", "")]
    {
        let desk = Desk::new();
        let (host, page) = (desk.read("content/aiko/host.toml"), desk.read("content/aiko/intro.md"));
        let calendar = "[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"NOT_SET\"\n";
        let key = format!("+++\nwhen_unknown = \"{when_unknown}\"\n");
        let desk = desk
            .file("content/aiko/host.toml", &format!("{host}\n{calendar}"))
            .file("content/aiko/intro.md", &page.replacen("+++\n", &key, 1));
        let check = |why: &str| {
            let expected = format!(
                "\
aiko/intro: Introductory call
2026-12-01 10:00+09:00, 30 minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  {standing}
  - unknown: the calendar \"work\" {why}
{also}"
            );
            let explained = desk.run(&["explain", "aiko/intro", "2026-12-01T10:00", "--data", "data"]);
            explained.answers(&expected).tells("").ends_with_code(0);
        };
        std::fs::create_dir_all(desk.path("data/ledgers")).expect("a folder as a server makes it");
        check("has not been read yet");
        let served = Served::start(&desk, &[]);
        let listed = served.get("/api/availability/aiko/intro");
        assert_eq!(listed.contains("\"slots\":[]"), when_unknown == "refuse", "{listed}");
        served.end();
        check("has not been readable since 2026-11-24 18:00+09:00: the secret NOT_SET is not set");
    }
}

#[test]
fn a_stand_in_that_is_needed_from_now_on_is_said_once() {
    let desk = Desk::new();
    let served = Served::start(&desk, &[]);
    let (site, page) = (desk.path("content/site.toml"), desk.path("content/aiko/intro.md"));
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    let payment = "[payment]\nprovider = \"stripe\"\nsecret = \"STRIPE_KEY_OF_NOBODY\"\n\
        webhook_secret = \"STRIPE_HOOK_OF_NOBODY\"\n";
    fs::write(&site, format!("{}\n{payment}", read(&site))).expect("written");
    let price = "+++\nprice = { amount = 5000, currency = \"JPY\" }\n";
    fs::write(&page, read(&page).replacen("+++\n", price, 1)).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("¥5,000"));
    fs::write(&page, read(&page).replace("Introductory call", "Another title")).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Another title"));
    let said = format!(
        "Payments go to the stand-in of Stripe, http://{}/dev/checkout: no money moves.",
        served.address
    );
    let told = served.end();
    assert_eq!(told.matches(&said).count(), 1, "{told}");
}

#[test]
fn what_is_edited_is_served() {
    let desk = Desk::new();
    let served = Served::start(&desk, &[]);
    let page = desk.path("content/aiko/intro.md");
    let text = fs::read_to_string(&page).expect("the page");
    // Editors save so: they write beside the file, then move it over.
    fs::write(page.with_extension("tmp"), text.replace("Introductory call", "Another title"))
        .expect("written");
    fs::rename(page.with_extension("tmp"), &page).expect("moved");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Another title"));

    fs::create_dir(desk.path("content/aiko2")).expect("a folder");
    fs::copy(desk.path("content/aiko/host.toml"), desk.path("content/aiko2/host.toml")).expect("copied");
    fs::write(desk.path("content/aiko2/new.md"), &text).expect("written");
    served.wait_for("/aiko2/new/", |answer| answer.starts_with("HTTP/1.1 200"));

    fs::write(&page, text.replace("durations", "duratoins")).expect("written");
    served.wait_for("/dev/events?after=-1", |answer| answer.contains("duratoins"));
    assert!(served.get("/aiko/intro/").contains("Another title"));

    fs::write(&page, text).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Introductory call"));
}

#[test]
fn pictures_are_published_and_watched() {
    let desk = Desk::new();
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("publishing/tests/content/pictures");
    let place =
        |picture: &str| fs::copy(pictures.join(picture), desk.path("content/aiko/desk.jpg")).expect("copied");
    place("desk.jpg");
    let page = desk.path("content/aiko/intro.md");
    let text = fs::read_to_string(&page).expect("the page");
    fs::write(&page, format!("{text}\n![A desk](desk.jpg)\n")).expect("written");
    let served = Served::start(&desk, &[]);
    let path_in = |answer: &str| {
        let path = answer.split("<img src=\"").nth(1).expect("a picture");
        path.split('"').next().expect("its path").to_owned()
    };
    let first = served.get("/aiko/intro/");
    assert!(first.contains(" width=\"24\" height=\"16\" loading=\"lazy\""), "{first}");
    let (path, host) = (path_in(&first), &served.address);
    let got = served.ask(&format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    assert!(got.to_lowercase().contains("content-type: image/jpeg") && got.contains("immutable"), "{got}");
    place("on-its-side.jpg");
    served.wait_for("/aiko/intro/", |answer| answer.contains(" width=\"16\" height=\"24\""));
    assert_ne!(path_in(&served.get("/aiko/intro/")), path_in(&first));
    fs::remove_file(desk.path("content/aiko/desk.jpg")).expect("removed");
    served.wait_for("/dev/events?after=-1", |answer| answer.contains("there is no picture `desk.jpg`"));
}

/// A checkout, a sync program or a deployment takes the folder away and brings it back.
#[test]
fn watching_outlives_the_folder() {
    let desk = Desk::new();
    let served = Served::start(&desk, &[]);
    let (content, away) = (desk.path("content"), desk.path("away"));
    let page = content.join("aiko/intro.md");
    let text = fs::read_to_string(&page).expect("the page");
    let edit = |title: &str| {
        fs::write(&page, text.replace("Introductory call", title)).expect("written");
        served.wait_for("/aiko/intro/", |answer| answer.contains(title));
    };
    copy(&content, &away);
    fs::remove_dir_all(&content).expect("removed");
    served.wait_for("/dev/events?after=-1", |answer| answer.contains("there is no content"));
    copy(&away, &content);
    served.wait_for("/dev/events?after=-1", |answer| !answer.contains("there is no content"));
    edit("After it was copied back");
    fs::rename(&content, desk.path("old")).expect("moved");
    fs::rename(&away, &content).expect("moved");
    edit("After another took its place");
    fs::remove_dir_all(content.join("aiko")).expect("removed");
    copy(&desk.path("old/aiko"), &content.join("aiko"));
    edit("After a folder was back");
    served.end();
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// What is built is what is watched, wherever links lead.
#[test]
fn edits_behind_links_are_noticed() {
    let desk = Desk::new();
    let page = desk.path("content/aiko/intro.md");
    let shared = desk.path("content/.shared/intro.md");
    let text = fs::read_to_string(&page).expect("the page");
    fs::create_dir(shared.parent().expect("a folder")).expect("a folder");
    fs::rename(&page, &shared).expect("moved");
    std::os::unix::fs::symlink("../.shared/intro.md", &page).expect("a link");
    // The theme's words lie elsewhere.
    let theme = desk.path("theme");
    copy(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../site")), &theme);
    let words = desk.path("words");
    fs::rename(theme.join("locales/en"), &words).expect("moved");
    std::os::unix::fs::symlink(&words, theme.join("locales/en")).expect("a link");
    // One file of others lies elsewhere, too.
    let alone = desk.path("meeting.html");
    let linked = theme.join("templates/meeting.html");
    fs::rename(&linked, &alone).expect("moved");
    std::os::unix::fs::symlink(&alone, &linked).expect("a link");
    let served = Served::of(desk.bare_command(&[
        "serve",
        "--port",
        "0",
        "--theme",
        "theme",
        "--now",
        "2026-11-24T09:00:00Z",
    ]));
    fs::write(&shared, text.replace("Introductory call", "Edited behind a link")).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Edited behind a link"));
    let file = words.join("page.toml");
    let text = fs::read_to_string(&file).expect("words");
    fs::write(&file, text.replace("Skip to main content", "Leap to main content")).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Leap to main content"));
    let text = fs::read_to_string(&alone).expect("a template");
    fs::write(&alone, text.replace("id=\"contact-email\"", "id=\"contact-email\" data-linked"))
        .expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("data-linked"));
    served.end();
}

/// A page elsewhere could have its own name lead to this machine, and read the mailbox with its links.
#[test]
fn only_its_own_names_are_answered_while_content_is_edited() {
    let desk = Desk::new();
    let served = Served::start(&desk, &[]);
    let port = served.address.rsplit(':').next().expect("a port").to_owned();
    let ask = |host: &str, path: &str| {
        served.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    for path in ["/", "/dev/mailbox/", "/dev/checkout", "/dev/events?after=-1", "/api/health", "/aiko/intro/"]
    {
        for host in [
            "rebind.evil.example",
            &format!("rebind.evil.example:{port}"),
            "127.0.0.1.evil.example",
            "localhost.evil.example",
        ] {
            let answer = ask(host, path);
            assert!(answer.starts_with("HTTP/1.1 421 "), "{host} {path}: {answer}");
            assert!(!answer.contains("Mailbox"), "{answer}");
        }
    }
    for host in ["localhost", &format!("localhost:{port}"), &format!("127.0.0.1:{port}"), "[::1]"] {
        assert!(ask(host, "/dev/mailbox/").starts_with("HTTP/1.1 200 "), "{host}");
    }
    served.end();
    let served = Served::start(&desk, &["--production"]);
    let ask =
        |host: &str| served.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    assert!(ask("meet.example.com").starts_with("HTTP/1.1 200 "));
    assert!(ask("other.example.com").starts_with("HTTP/1.1 200 "), "a proxy may call it as it likes");
    served.end();
}

#[test]
fn a_first_mistake_is_shown_and_waited_for() {
    let desk = Desk::new();
    let text = desk.read("content/aiko/intro.md");
    let desk = desk.file("content/aiko/intro.md", &text.replace("durations", "duratoins"));
    let served = Served::start(&desk, &[]);
    assert!(served.get("/").contains("duratoins"));
    fs::write(desk.path("content/aiko/intro.md"), text).expect("written");
    served.wait_for("/aiko/intro/", |answer| answer.contains("Introductory call"));
}

#[test]
fn there_must_be_something_to_watch() {
    Desk::empty()
        .run(&["serve", "--port", "0"])
        .answers("")
        .tells("generator: there is no content in content. Start a site with `generator new host aiko`, or name another folder with `--content`.\n")
        .ends_with_code(1);
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    Desk::new()
        .run(&["serve", "--port", &port])
        .answers("")
        .tells(&format!(
            "generator: port {port} is already in use. Choose another with `--port`, or use 0 for any free port.\n"
        ))
        .ends_with_code(1);
}

#[test]
fn bookings_are_not_kept_where_they_would_be_published() {
    Desk::new()
        .run(&["serve", "--port", "0", "--data", "dist/data"])
        .answers("")
        .tells("generator: the data folder dist/data and the output folder dist cannot contain one another: bookings and the secret would be published. Choose another data folder with `--data`.\n")
        .ends_with_code(1);
}

#[test]
fn production_has_no_development_pages_and_its_own_address() {
    let desk = Desk::new();
    let served = Served::start(&desk, &["--production"]);
    for path in ["/dev/reload.js", "/dev/checkout", "/dev/checkout/state"] {
        assert!(served.get(path).starts_with("HTTP/1.1 404"), "{path}");
    }
    let page = served.get("/aiko/intro/");
    assert!(page.contains("https://meet.example.com/aiko/intro/"));
    assert!(!page.contains("/dev/"));
    served.end();
}

#[test]
fn production_does_not_start_with_mistakes_where_there_is_nothing_to_serve() {
    let desk = Desk::new().file("content/jonas/night.md", "no front matter\n");
    let told = desk.run(&["serve", "--production", "--port", "0"]).ends_with_code(1).told();
    assert!(told.contains("content/jonas/night.md"), "{told}");
    // A folder in which something is missing is nothing to serve.
    let desk = Desk::new();
    desk.run(&["build"]).ends_with_code(0);
    fs::remove_file(desk.path("dist/_edge/hosts/jonas.json")).expect("removed");
    let desk = desk.file("content/jonas/night.md", "no front matter\n");
    desk.run(&["serve", "--production", "--port", "0"]).ends_with_code(1);
}

/// One host's mistake takes no host down, whenever the process is started again.
#[test]
fn production_serves_the_last_good_site_where_the_content_has_mistakes() {
    let desk = Desk::new();
    let first = Served::start(&desk, &["--production"]);
    drop(first);
    let night = desk.read("content/jonas/night.md");
    let desk = desk.file("content/jonas/night.md", "no front matter\n");
    let served = Served::started(&desk, "2026-11-24T08:59:52Z", &["--production"]);
    assert!(served.greeting.contains("content/jonas/night.md"), "{}", served.greeting);
    let said = "Serving dist as it was built last. The build is tried again every 5 minutes.\n";
    assert!(served.greeting.contains(said), "{}", served.greeting);
    assert!(served.get("/jonas/night/").contains("Night watch"));
    let booked = served.post("/api/bookings", BOOKING);
    assert!(booked.starts_with("HTTP/1.1 201"), "{booked}");
    let desk = desk.file("content/jonas/night.md", &night.replace("Night watch", "Night shift"));
    served.wait_for("/jonas/night/", |answer| answer.contains("Night shift"));
    let said = served.end();
    assert!(said.contains("dist: ") && said.ends_with("Stopped. Every booking is saved.\n"), "{said}");
    drop(desk);
}

/// As after a full disk: the process was killed while nothing could be written.
#[test]
fn production_serves_the_last_good_site_where_it_cannot_be_written() {
    let desk = Desk::new();
    desk.run(&["build"]).ends_with_code(0);
    let text = desk.read("content/jonas/night.md").replace("Night watch", "Night shift");
    let desk = desk.file("content/jonas/night.md", &text);
    let in_the_way = desk.path("dist/_edge/manifest.json.daymark-new");
    fs::create_dir(&in_the_way).expect("a folder");
    let served = Served::started(&desk, "2026-11-24T08:59:52Z", &["--production"]);
    let said = "generator: dist/_edge/manifest.json could not be written: ";
    assert!(served.greeting.contains(said), "{}", served.greeting);
    assert!(served.get("/jonas/night/").contains("Night watch"));
    fs::remove_dir(&in_the_way).expect("removed");
    served.wait_for("/jonas/night/", |answer| answer.contains("Night shift"));
    served.end();
}

#[test]
fn a_folder_with_the_content_in_it_is_not_served() {
    Desk::new()
        .run(&["serve", "--production", "--port", "0", "--output", "content/dist"])
        .answers("")
        .tells("generator: the output folder content/dist and the content folder content cannot contain one another. Choose another output folder with `--output`.\n")
        .ends_with_code(1);
}

/// A server that runs until it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
    /// What it said before it served.
    greeting: String,
    said: Option<BufReader<ChildStderr>>,
}

impl Served {
    /// Starts one on a port of its own, and waits until it serves.
    pub(crate) fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let mut command = desk.command(&["serve", "--port", "0"]);
        command.args(arguments);
        Self::of(command)
    }

    /// The same, with the clock at another time.
    fn started(desk: &Desk, now: &str, arguments: &[&str]) -> Self {
        let theme = concat!(env!("CARGO_MANIFEST_DIR"), "/../site");
        let mut command = desk.bare_command(&["serve", "--port", "0", "--theme", theme, "--now", now]);
        command.args(arguments);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the command runs");
        let mut said = BufReader::new(child.stderr.take().expect("standard error"));
        let mut all = String::new();
        let (address, greeting) = loop {
            let begin = all.len();
            assert_ne!(said.read_line(&mut all).expect("a line"), 0, "it ended, saying: {all}");
            if let Some(address) = all[begin..].trim_end().strip_prefix("Serving http://") {
                break (address.trim_end_matches('/').to_owned(), all[..begin].to_owned());
            }
        };
        Self { child, address, greeting, said: Some(said) }
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        let (address, length) = (&self.address, body.len());
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    pub(crate) fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks until the answer is as wanted; gives up after a time in which every machine would have built.
    #[track_caller]
    fn wait_for(&self, path: &str, wanted: impl Fn(&str) -> bool) {
        let mut answer = String::new();
        for _ in 0..300 {
            answer = self.get(path);
            if wanted(&answer) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{path} stayed: {answer}");
    }

    /// Asks it to end as an operating system would; what it said since it serves.
    fn end(mut self) -> String {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().expect("kill runs").success());
        let mut said = String::new();
        self.said.take().expect("standard error").read_to_string(&mut said).expect("text");
        assert!(self.child.wait().expect("it ends").success());
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
