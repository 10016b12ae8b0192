//! `import`: what accounts elsewhere become, what is said about it, and what is written when something is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use walkdir::WalkDir;

use super::desk::{Desk, Outcome};

const NEXT: &str = "Next: see it with `generator serve --drafts`.\n";

fn samples(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/import").join(service)
}

/// All files of a folder, but for `site.toml` and what lies beside the hosts' folders.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("below it").display().to_string();
            (name.replace('\\', "/"), fs::read_to_string(entry.path()).expect("a text"))
        })
        .collect()
}

/// Imports the samples into the site of [`Desk`], and compares all that comes of it with the files in `expected/`.
#[track_caller]
fn check_sample(service: &str, hosts: &[&str]) {
    let desk = Desk::new();
    let folder = samples(service);
    let outcome = desk
        .run(&["import", service, "--file", folder.to_str().expect("a path")])
        .tells(NEXT)
        .ends_with_code(0);
    let mut made = BTreeMap::from([("report.txt".to_owned(), outcome.answer())]);
    for host in hosts {
        for (name, text) in files(&desk.path("content").join(host)) {
            made.insert(format!("{host}/{name}"), text);
        }
    }
    let expected = folder.join("expected");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let _ = fs::remove_dir_all(&expected);
        for (name, text) in &made {
            let path = expected.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
            fs::write(path, text).expect("a file is written");
        }
    }
    assert_eq!(made, files(&expected));
    desk.run(&["check"]).ends_with_code(0);
    assert_eq!(hidden(&desk), 0);
}

/// What is left of what was being written.
fn hidden(desk: &Desk) -> usize {
    let entries = fs::read_dir(desk.path("content")).expect("a folder").filter_map(Result::ok);
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).count()
}

#[test]
fn an_account_with_calendly_becomes_a_host() {
    check_sample("calendly", &["mara-lind"]);
}

#[test]
fn an_account_with_cal_com_becomes_a_host() {
    check_sample("calcom", &["api-2"]);
}

const ME: &str = r#"{"resource": {"uri": "https://api.calendly.com/users/A", "slug": "mara", "name": "Mara Lind",
    "email": "mara@example.org", "timezone": "Europe/Berlin"}}"#;
const TYPES: &str = r#"{"collection": [{"uri": "https://api.calendly.com/event_types/T", "active": true, "slug": "intro",
    "name": "Intro", "duration": 30, "locations": [{"kind": "ask_invitee"}], "custom_questions": []}]}"#;
const SCHEDULES: &str = r#"{"collection": [{"default": true, "timezone": "Europe/Berlin", "rules":
    [{"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]}]}"#;
const HOURS: &str = r#"{"collection": [{"availability_rule": {"timezone": "Europe/Berlin", "rules":
    [{"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]}}]}"#;

/// What the last of several parts says of those beside it.
const LAST_PART: &str =
    r#""next_page": null, "previous_page": "https://api.calendly.com/event_types?page_token=1""#;
/// The hours of a page that has none of its own.
const EMPTY: &str = r#"{"collection": []}"#;

/// The import of what stands in one file, one answer behind the other.
fn import(answers: &str, more: &[&str]) -> (Desk, Outcome) {
    let desk = Desk::new().file("saved.json", answers);
    let mut arguments = vec!["import", "calendly", "--file", "saved.json"];
    arguments.extend(more);
    let outcome = desk.run(&arguments);
    (desk, outcome)
}

#[track_caller]
fn check_refused(answers: &str, told: &str) {
    let (desk, outcome) = import(answers, &[]);
    outcome.answers("").tells(&format!("generator: {told}\n")).ends_with_code(1);
    assert_eq!(files(&desk.path("content")), files(&Desk::new().path("content")), "nothing is written");
    assert_eq!(hidden(&desk), 0);
}

#[test]
fn one_file_holds_several_answers() {
    let all = [ME, TYPES, SCHEDULES];
    let (desk, outcome) = import(&all.concat(), &[]);
    outcome.tells(NEXT).ends_with_code(0);
    let behind = files(&desk.path("content/mara"));
    assert_eq!(behind.keys().collect::<Vec<_>>(), ["host.toml", "intro.md"]);
    let (desk, outcome) = import(&format!("[{}]", all.join(",")), &[]);
    outcome.tells(NEXT).ends_with_code(0);
    assert_eq!(files(&desk.path("content/mara")), behind);
}

/// A part of the list of pages, with the address of another one.
fn part(key: &str) -> String {
    TYPES.replace("}]}", &format!("}}], \"pagination\": {{\"{key}\": \"https://api.calendly.com/x\"}}}}"))
}

#[test]
fn answers_that_are_not_whole_are_told_and_nothing_is_written() {
    for (answers, told) in [
        ("", "the answer is empty"),
        ("<!doctype html><title>Log in</title>", "this is a web page, and not an answer of the API"),
        ("{\"resource\": {\"uri\":", "the answer breaks off in line 1: it is not whole"),
        ("{\n\"resource\": nothing}", "line 2 is not JSON"),
        (
            "{\"title\": \"Unauthenticated\", \"message\": \"The access token is invalid\"}",
            "this is an error, and not an answer: The access token is invalid",
        ),
        ("{}", "this is not an answer of Calendly’s API, as it has no `collection` and no `resource`"),
        (ME, "there are no pages: the account has none, or the answer to `/event_types` is missing"),
        (
            &[ME, TYPES].concat(),
            "there are no hours: the account has none, or the answer to `/user_availability_schedules` is missing",
        ),
        (&[TYPES, SCHEDULES].concat(), "there is no account: the answer to `/users/me` is missing"),
        (
            &[ME, SCHEDULES, &TYPES.replace("\"duration\": 30,", "")].concat(),
            "`collection[0]` has no `duration`, as if the answer were only half there",
        ),
        (
            &[ME, SCHEDULES, &TYPES.replace("30", "\"half an hour\"")].concat(),
            "`collection[0].duration` is not a whole number",
        ),
        (
            &[&ME.replace("\"email\": \"mara@example.org\",", ""), SCHEDULES, TYPES].concat(),
            "`resource` has no `email`, as if the answer were only half there",
        ),
        (
            &[ME, SCHEDULES, &part("next_page")].concat(),
            "the list of pages goes on in another answer, whose address is in `pagination.next_page`: save that one, too",
        ),
        // Neither other lists, nor those of another account, make up for what is missing.
        (
            &[ME, SCHEDULES, &part("next_page"), EMPTY].concat(),
            "the list of pages goes on in another answer, whose address is in `pagination.next_page`: save that one, too",
        ),
        (
            &[ME, SCHEDULES, &part("next_page"), &part("previous_page"), &part("next_page")].concat(),
            "the list of pages goes on in another answer, whose address is in `pagination.next_page`: save that one, too",
        ),
        (
            &[ME, SCHEDULES, &part("previous_page")].concat(),
            "the list of pages goes on in another answer, whose address is in `pagination.previous_page`: save that one, too",
        ),
        (
            &[ME, SCHEDULES, TYPES, HOURS].concat(),
            "these are the hours of `saved`, and there is no such page: a file is named after its page, as in `hours.intro.json`",
        ),
    ] {
        check_refused(answers, &format!("saved.json: {told}. Nothing was written."));
    }
}

#[test]
fn a_zone_that_nobody_knows_is_named_by_an_argument() {
    let answers = [ME, TYPES, SCHEDULES].concat().replace("Europe/Berlin", "Mars/Olympus");
    check_refused(
        &answers,
        "`Mars/Olympus`, the time zone of Mara Lind, is not in the IANA database. Name another one with `--time-zone`, such as Europe/Berlin. Nothing was written.",
    );
    let (desk, outcome) = import(&answers, &["--time-zone", "Europe/Vienna"]);
    outcome.tells(NEXT).ends_with_code(0);
    assert!(desk.read("content/mara/host.toml").contains("time_zone = \"Europe/Vienna\""));
}

#[test]
fn what_is_there_is_never_written_over() {
    let (desk, outcome) = import(&[ME, TYPES, SCHEDULES].concat(), &["--host", "aiko"]);
    outcome
        .answers("")
        .tells("generator: content/aiko already exists, and nothing is written over it. Choose another folder with `--host`, then move over what you want to have. Nothing was written.\n")
        .ends_with_code(1);
    assert_eq!(files(&desk.path("content")), files(&Desk::new().path("content")));
    let told = "generator: `/api/` is reserved for the site itself: choose another folder with `--host`. Nothing was written.\n";
    let (_, outcome) = import(&[ME, TYPES, SCHEDULES].concat(), &["--host", "api"]);
    outcome.answers("").tells(told).ends_with_code(1);
}

#[test]
fn a_folder_that_another_host_had_is_not_taken() {
    let desk = Desk::new().file("saved.json", &[ME, TYPES, SCHEDULES].concat());
    let host = format!("was = [\"mara\"]\nledger = \"aiko\"\n{}", desk.read("content/aiko/host.toml"));
    let desk = desk.file("content/aiko/host.toml", &host);
    let before = files(&desk.path("content"));
    let outcome = desk.run(&["import", "calendly", "--file", "saved.json"]).answers("").ends_with_code(1);
    assert_eq!(
        outcome.told(),
        "generator: `/mara/` is a former name of `aiko`: choose another folder with `--host`. Nothing was written.\n"
    );
    assert_eq!(files(&desk.path("content")), before);
    assert_eq!(hidden(&desk), 0);
}

#[test]
fn content_with_errors_is_mended_first() {
    let desk = Desk::new().file("saved.json", &[ME, TYPES, SCHEDULES].concat());
    let desk = desk.file("content/aiko/host.toml", "nothing = 1\n");
    let told = desk.run(&["import", "calendly", "--file", "saved.json"]).answers("").ends_with_code(1).told();
    assert!(
        told.ends_with("generator: the content has errors: mend them first. Nothing was written.\n"),
        "{told}"
    );
    assert!(!desk.path("content/mara").exists());
}

#[test]
fn a_site_begins_with_an_import() {
    let desk = Desk::empty().file("saved.json", &[ME, TYPES, SCHEDULES].concat());
    desk.run(&["import", "calendly", "--file", "saved.json"])
        .tells(&format!("Created content/site.toml too: edit it first.\n{NEXT}"))
        .ends_with_code(0);
    let names: Vec<String> = files(&desk.path("content")).into_keys().collect();
    assert_eq!(names, ["mara/host.toml", "mara/intro.md", "site.toml"]);
    desk.run(&["check"]).ends_with_code(0);
}

#[test]
fn a_dry_run_writes_nothing() {
    for desk in [Desk::empty(), Desk::new()] {
        let desk = desk.file("saved.json", &[ME, TYPES, SCHEDULES].concat());
        let before = files(&desk.path("."));
        let outcome = desk.run(&["import", "calendly", "--file", "saved.json", "--dry-run"]);
        let outcome = outcome
            .tells("Nothing was written. Leave `--dry-run` out to create these files.\n")
            .ends_with_code(0);
        assert!(
            outcome
                .answer()
                .starts_with("content/mara: would be created from Mara Lind’s account with Calendly\n")
        );
        assert_eq!(files(&desk.path(".")), before);
    }
}

#[test]
fn ones_own_room_takes_the_place_of_those_that_programs_made() {
    let answers = [ME, &TYPES.replace("ask_invitee", "zoom_conference"), SCHEDULES].concat();
    let (desk, outcome) = import(&answers, &["--video", "https://meet.example.com/{random}"]);
    let report = outcome.tells(NEXT).ends_with_code(0).answer();
    assert!(report.contains("1 page; 0 left out"), "{report}");
    let page = desk.read("content/mara/intro.md");
    assert!(page.contains("location = { video = \"https://meet.example.com/{random}\" }\n"), "{page}");
    assert!(!page.contains("draft"), "{page}");
    let wrong = "error: invalid value 'meet' for '--video <URL>': write it as https://meet.example.com/mara or https://meet.example.com/{random}\n\nFor more information, try '--help'.\n";
    let (_, outcome) = import(&answers, &["--video", "meet"]);
    outcome.answers("").tells(wrong).ends_with_code(2);
}

#[test]
fn arguments_that_cannot_be_are_wrong_usage() {
    let desk = Desk::new();
    for (arguments, told) in [
        (
            &["--token-env", "cal_live_0123456789"][..],
            "--token-env takes the name of an environment variable, such as CALCOM_TOKEN, and not the token itself",
        ),
        (
            &["--url", "http://api.example.com/v2"],
            "--url: the token could be read on the way: give an address that begins with https://",
        ),
        (&["--url", "api.example.com"], "--url: that is not a web address"),
        (
            &["--host", "Jonas Weber"],
            "`Jonas Weber` cannot be part of a link: use up to 64 lower-case letters, digits and hyphens, such as `jonas-weber`",
        ),
    ] {
        let all = [&["import", "calcom"], arguments].concat();
        desk.run(&all).answers("").tells(&format!("generator: {told}\n")).ends_with_code(2);
    }
    desk.run(&["import", "calcom", "--token-env", "NO_SUCH_TOKEN"])
        .answers("")
        .tells("generator: NO_SUCH_TOKEN is not set here. To set it: `IFS= read -rs NO_SUCH_TOKEN && export NO_SUCH_TOKEN`, then paste the token; or read saved answers with `--file`. docs/import.md says where to get one.\n")
        .ends_with_code(1);
    desk.run(&["import", "calcom", "--file", "nowhere.json"])
        .tells("generator: nowhere.json cannot be read: No such file or directory (os error 2)\n")
        .ends_with_code(1);
}

/// A server that answers by the beginning of what is asked; the first line of each request is noted, with its token.
fn server(answers: Vec<(&'static str, &'static str, String)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (asked, own) = (Arc::new(Mutex::new(Vec::new())), base.clone());
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut answers = answers;
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let lines: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let target = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
            let is_let_in =
                lines.iter().any(|line| line.eq_ignore_ascii_case("authorization: Bearer token-of-mara"));
            assert!(is_let_in, "{lines:?}");
            let version = lines.iter().find_map(|line| line.strip_prefix("cal-api-version: "));
            noted
                .lock()
                .expect("notes")
                .push(format!("{target}{}", version.map_or(String::new(), |v| format!(" {v}"))));
            let at = answers.iter().position(|(path, _, _)| target.starts_with(path)).expect(&target);
            // Each answer is given once, but for the last of its kind.
            let is_last = answers.iter().filter(|(path, _, _)| target.starts_with(path)).count() == 1;
            let (_, status, body) = if is_last { answers[at].clone() } else { answers.remove(at) };
            let body = body.replace("https://api.calendly.com", &own);
            let length = body.len() + usize::from(status == "200 Half") * 100;
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = (&stream).write_all(head.as_bytes());
        }
    });
    (base, asked)
}

fn ask(service: &str, base: &str) -> (Desk, Outcome) {
    let desk = Desk::new();
    let mut command = desk.command(&["import", service, "--token-env", "MARA_TOKEN", "--url", base]);
    let outcome = Outcome::of(command.env("MARA_TOKEN", "token-of-mara").output().expect("the command runs"));
    (desk, outcome)
}

#[test]
fn the_api_of_calendly_is_asked_part_by_part() {
    let part = |uri: &str, slug: &str, pagination: &str| {
        let types = TYPES
            .replace("event_types/T", &format!("event_types/{uri}"))
            .replace("\"intro\"", &format!("\"{slug}\""));
        types.replace("}]}", &format!("}}], \"pagination\": {{{pagination}}}}}"))
    };
    let evenings = HOURS.replace("09:00", "18:00").replace("17:00", "20:00");
    let (base, asked) = server(vec![
        ("/users/me", "200 OK", ME.to_owned()),
        (
            "/event_types?user",
            "200 OK",
            part("T", "intro", "\"next_page\": \"https://api.calendly.com/event_types?page_token=2\""),
        ),
        (
            "/event_types?page_token=2",
            "429 Too Many Requests\r\nretry-after: Tue, 24 Nov 2026 08:00:00 GMT",
            String::new(),
        ),
        ("/event_types?page_token=2", "200 OK", part("U", "evening", LAST_PART)),
        ("/user_availability_schedules", "200 OK", SCHEDULES.to_owned()),
        ("/event_type_availability_schedules", "200 OK", HOURS.to_owned()),
        ("/event_type_availability_schedules", "200 OK", evenings),
    ]);
    let (desk, outcome) = ask("calendly", &base);
    outcome.tells(&format!("Calendly asks to wait for 0 seconds …\n{NEXT}")).ends_with_code(0);
    let user = "http%3A%2F%2F".to_owned() + &base["http://".len()..].replace(':', "%3A");
    assert_eq!(
        *asked.lock().expect("notes"),
        [
            "/users/me".to_owned(),
            format!("/event_types?user={user}%2Fusers%2FA&count=100"),
            "/event_types?page_token=2".to_owned(),
            "/event_types?page_token=2".to_owned(),
            format!("/user_availability_schedules?user={user}%2Fusers%2FA"),
            format!("/event_type_availability_schedules?event_type={user}%2Fevent_types%2FT"),
            format!("/event_type_availability_schedules?event_type={user}%2Fevent_types%2FU"),
        ]
    );
    assert!(!desk.read("content/mara/intro.md").contains("[hours]"));
    assert!(desk.read("content/mara/evening.md").contains("[hours]\nmon = [\"18:00-20:00\"]\n"));
}

#[test]
fn the_api_of_cal_com_is_asked_in_the_versions_that_are_read() {
    let sample = |name: &str| fs::read_to_string(samples("calcom").join(name)).expect("a sample");
    let (base, asked) = server(vec![
        ("/v2/me", "200 OK", sample("me.json")),
        ("/v2/event-types", "200 OK", sample("event-types.json")),
        ("/v2/schedules", "200 OK", sample("schedules.json")),
    ]);
    let (desk, outcome) = ask("calcom", &format!("{base}/v2/"));
    outcome.tells(NEXT).ends_with_code(0);
    let expected = files(&samples("calcom").join("expected/api-2"));
    assert_eq!(files(&desk.path("content/api-2")), expected);
    assert_eq!(
        *asked.lock().expect("notes"),
        ["/v2/me", "/v2/event-types?username=api 2024-06-14", "/v2/schedules 2024-06-11"]
    );
}

/// What is said when the second answer is none.
#[track_caller]
fn check_answer(status: &'static str, body: &str, told: &str) {
    let (base, _) =
        server(vec![("/users/me", "200 OK", ME.to_owned()), ("/event_types", status, body.to_owned())]);
    let (desk, outcome) = ask("calendly", &base);
    outcome
        .answers("")
        .tells(&format!("generator: {} Nothing was written.\n", told.replace("{base}", &base)))
        .ends_with_code(1);
    assert_eq!(files(&desk.path("content")), files(&Desk::new().path("content")));
}

#[test]
fn every_answer_that_is_none_has_its_word() {
    check_answer(
        "401 Unauthorized",
        "{}",
        "Calendly does not accept the token in MARA_TOKEN (401): it has expired, was revoked, or is not whole.",
    );
    check_answer(
        "403 Forbidden",
        "{}",
        "the token in MARA_TOKEN may not read /event_types (403): get one that allows `users:read`, `event_types:read` and `availability:read`.",
    );
    check_answer(
        "404 Not Found",
        "",
        "{base} has nothing at /event_types (404): `--url` names the address of its API.",
    );
    check_answer(
        "302 Found\r\nlocation: https://example.com/",
        "",
        "Calendly leads /event_types elsewhere (302): give the address of its API with `--url`.",
    );
    check_answer(
        "429 Too Many Requests\r\nretry-after: 3600",
        "",
        "Calendly takes no more requests for now (429): try again in 3600 seconds.",
    );
    check_answer(
        "503 Service Unavailable",
        "",
        "Calendly cannot answer /event_types just now (503): try again later.",
    );
    check_answer("418 I'm a teapot", "", "Calendly does not answer /event_types (418).");
    check_answer(
        "200 OK",
        "<html></html>",
        "Calendly’s answer for /event_types: this is a web page, and not an answer of the API.",
    );
    check_answer(
        "200 OK",
        "{\"collection\": [",
        "Calendly’s answer for /event_types: the answer breaks off in line 1: it is not whole.",
    );
    check_answer(
        "200 OK",
        "{\"items\": []}",
        "Calendly’s answer for /event_types: no `collection`, as if the answer were only half there.",
    );
    check_answer(
        "200 OK",
        &TYPES.replace("}]}", "}], \"pagination\": {\"next_page\": \"https://example.com/\"}}"),
        "Calendly’s list at /event_types goes on at another server, which is not given the token.",
    );
    check_answer(
        "200 Half",
        TYPES,
        "Calendly has no answer for /event_types: its answer broke off: end of file before message length reached.",
    );
}

/// Ten thousand pages with one name: each has its own in the end.
#[test]
#[ignore = "it takes a minute where nothing is optimised: `./tests/run --long`"]
fn ten_thousand_pages_are_not_too_many() {
    let page = |number: usize| {
        let types = TYPES.replace("event_types/T", &format!("event_types/T{number}"));
        types
            .strip_prefix("{\"collection\": [")
            .and_then(|rest| rest.strip_suffix("]}"))
            .expect("one")
            .to_owned()
    };
    let pages: Vec<String> = (0..10_000).map(page).collect();
    let (desk, outcome) = import(&format!("{ME}{SCHEDULES}{{\"collection\": [{}]}}", pages.join(",")), &[]);
    outcome.tells(NEXT).ends_with_code(0);
    assert_eq!(files(&desk.path("content/mara")).len(), 10_001);
    assert!(desk.path("content/mara/intro-10000.md").exists());
}
