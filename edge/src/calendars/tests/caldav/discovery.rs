//! Finding the calendars of an account, on servers that say where they are in many ways, or do not say it.

use super::*;
use crate::calendars::caldav::discovery::{Account, Listed, Undiscovered, discover};

const START: &str = "https://dav.example.com/";
const CALENDAR: &str = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
const ELSE: &str = "<d:resourcetype><d:collection/></d:resourcetype>";
const PRINCIPAL: &str = "<d:current-user-principal><d:href>/users/aiko/</d:href></d:current-user-principal>";
const HOME: &str = "<c:calendar-home-set><d:href>/cal/aiko/</d:href></c:calendar-home-set>";
const EVENTS: &str =
    "<c:supported-calendar-component-set><c:comp name=\"VEVENT\"/></c:supported-calendar-component-set>";
const TASKS: &str =
    "<c:supported-calendar-component-set><c:comp name=\"VTODO\"/></c:supported-calendar-component-set>";
const BOTH: &str = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege><d:privilege><d:write/></d:privilege></d:current-user-privilege-set>";
const READ: &str =
    "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>";

type Answers = Vec<Result<Response, Unanswered>>;

fn about(href: &str, properties: &str) -> Result<Response, Unanswered> {
    told(207, multistatus(&response(href, properties)))
}

/// The calendars of a home, after the home itself.
fn home(calendars: &[(&str, &str)]) -> Result<Response, Unanswered> {
    let calendars =
        calendars.iter().map(|(href, properties)| response(href, &format!("{CALENDAR}{properties}")));
    told(207, multistatus(&(response("/cal/aiko/", ELSE) + &calendars.collect::<String>())))
}

async fn found_from(start: &str, answers: Answers) -> (Result<Vec<Listed>, Undiscovered>, Vec<String>) {
    let way = Way::answering(answers);
    let account = Account { user: "aiko", password: "word" };
    let found = discover(&way, start, account).await;
    let asked = way.asked.borrow();
    let depth = |request: &OutgoingRequest| {
        let value = |wanted: &str| {
            request.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        assert_eq!(request.method, "PROPFIND");
        let known =
            if value("Authorization").as_deref() == Some("Basic YWlrbzp3b3Jk") { "" } else { " unknown" };
        format!("{} {}{known}", request.url, value("Depth").unwrap_or_default())
    };
    let asked = asked.iter().map(depth).collect();
    (found, asked)
}

#[track_caller]
fn listed(found: Result<Vec<Listed>, Undiscovered>) -> Vec<(String, String, Option<bool>)> {
    let found = found.unwrap_or_else(|why| panic!("{why:?}"));
    found.into_iter().map(|one| (one.url, one.name, one.is_writable)).collect()
}

#[tokio::test]
async fn calendars_are_found_step_by_step() {
    let work = format!("<d:displayname>Arbeit &amp; mehr</d:displayname>{EVENTS}{BOTH}");
    let answers = vec![
        moved(301, "/dav/"),
        told(401, ""),
        about("/dav/", &format!("{ELSE}{PRINCIPAL}")),
        about("/users/aiko/", HOME),
        home(&[
            ("work/", &work),
            ("/cal/aiko/shared%20one/", READ),
            ("/cal/aiko/tasks/", TASKS),
            ("odd", ""),
        ]),
    ];
    let (found, asked) = found_from(START, answers).await;
    let expected = [
        ("https://dav.example.com/cal/aiko/work/", "Arbeit & mehr", Some(true)),
        ("https://dav.example.com/cal/aiko/shared%20one/", "shared one", Some(false)),
        ("https://dav.example.com/cal/aiko/odd", "odd", None),
    ];
    assert_eq!(listed(found), expected.map(|(url, name, is)| (url.to_owned(), name.to_owned(), is)));
    assert_eq!(
        asked,
        [
            // Nobody is told the password before it is known who wants it.
            "https://dav.example.com/.well-known/caldav 0 unknown",
            "https://dav.example.com/dav/ 0 unknown",
            "https://dav.example.com/dav/ 0",
            "https://dav.example.com/users/aiko/ 0",
            "https://dav.example.com/cal/aiko/ 1",
        ]
    );
}

#[tokio::test]
async fn a_server_without_the_well_known_address_is_asked_itself() {
    let answers = vec![told(404, ""), about("/", &format!("{ELSE}{HOME}")), home(&[("/cal/aiko/work/", "")])];
    let (found, asked) = found_from(START, answers).await;
    assert_eq!(
        listed(found),
        [("https://dav.example.com/cal/aiko/work/".to_owned(), "work".to_owned(), None)]
    );
    assert_eq!(asked[1..], ["https://dav.example.com/ 0", "https://dav.example.com/cal/aiko/ 1"]);
}

#[tokio::test]
async fn an_address_with_a_path_is_asked_first_and_may_be_the_calendar() {
    let start = "https://dav.example.com/cal/aiko/work/";
    let (found, asked) = found_from(start, vec![about("/cal/aiko/work/", CALENDAR)]).await;
    assert_eq!((listed(found)[0].0.as_str(), asked.len()), (start, 1));
    // A home that does not say whose it is.
    let start = "https://dav.example.com/cal/aiko/";
    let answers = vec![about("/cal/aiko/", ELSE), home(&[("/cal/aiko/work/", "")])];
    assert_eq!(listed(found_from(start, answers).await.0)[0].0, "https://dav.example.com/cal/aiko/work/");
    // A web page beside the server.
    let answers = vec![
        told(200, "<!doctype html>"),
        moved(301, "/dav/"),
        told(401, ""),
        about("/dav/", &format!("{ELSE}{HOME}")),
        home(&[("/cal/aiko/work/", "")]),
    ];
    assert_eq!(listed(found_from("https://dav.example.com/login", answers).await.0).len(), 1);
}

#[tokio::test]
async fn the_password_goes_to_no_other_server() {
    let elsewhere =
        |found| assert_eq!(found, Err(Undiscovered::Elsewhere("https://dav.other.example/".to_owned())));
    let (found, asked) =
        found_from(START, vec![moved(301, "https://dav.other.example/"), told(401, "")]).await;
    elsewhere(found);
    assert!(asked.iter().all(|request| request.ends_with(" unknown")), "{asked:?}");
    let principal = PRINCIPAL.replace("/users/aiko/", "https://dav.other.example/");
    let (found, asked) = found_from(START, vec![told(404, ""), about("/", &principal)]).await;
    elsewhere(found);
    assert_eq!(asked.len(), 2);
    // A redirect of the address itself leads there too, but only if nothing is found at home.
    let away = || moved(302, "https://dav.other.example/");
    let (found, asked) =
        found_from(&format!("{START}aiko/"), vec![away(), told(404, ""), told(404, "")]).await;
    elsewhere(found);
    assert!(asked.iter().all(|request| request.starts_with(START)), "{asked:?}");
    let answers = vec![away(), told(404, ""), about("/", &format!("{ELSE}{HOME}")), home(&[("work/", "")])];
    let (found, _) = found_from(&format!("{START}login"), answers).await;
    assert_eq!(listed(found)[0].0, "https://dav.example.com/cal/aiko/work/");
    let (found, _) = found_from(START, vec![told(404, ""), away()]).await;
    elsewhere(found);
    let (found, _) = found_from(START, vec![told(404, ""), moved(301, "http://dav.example.com/")]).await;
    assert_eq!(found, Err(Undiscovered::Elsewhere("http://dav.example.com/".to_owned())));
    // iCloud has its accounts on hosts of many names.
    let home_set = HOME.replace("/cal/aiko/", "https://p42-caldav.icloud.com/1/calendars/");
    let answers = vec![told(404, ""), about("/", &home_set), home(&[("work/", "")])];
    let (found, _) = found_from("https://caldav.icloud.com/", answers).await;
    assert_eq!(listed(found)[0].0, "https://p42-caldav.icloud.com/1/calendars/work/");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let none = "the account has no calendar for events there: make one in its program first";
    let password = "it answered 401: its server does not accept the user and the secret's password; many servers need an app password";
    let nothing = || told(404, "");
    let down = || Err(Unanswered::Unreachable("connection refused".to_owned()));
    let cases: Vec<(&str, Answers)> = vec![
        (password, vec![nothing(), told(401, "")]),
        ("it answered 404: that is not a CalDAV server, or not its address", vec![nothing(), nothing()]),
        (
            "it answered 200: that is not a CalDAV server, or not its address",
            vec![nothing(), told(200, "<!doctype html>")],
        ),
        ("that is not a CalDAV calendar", vec![nothing(), told(207, "<!doctype html>")]),
        (
            "its server's answer is cut off, or damaged",
            vec![nothing(), told(207, "<d:multistatus xmlns:d=\"DAV:\">")],
        ),
        ("it answered 503: its server has a fault", vec![nothing(), told(503, "")]),
        (none, vec![nothing(), about("/", HOME), home(&[])]),
        (none, vec![nothing(), about("/", HOME), home(&[("/cal/aiko/tasks/", TASKS)])]),
        (
            "it does not say where the account's calendars are",
            vec![nothing(), about("/", ELSE), about("/", ELSE)],
        ),
        ("it cannot be reached: connection refused", vec![down(), down()]),
        (
            "it has moved too often",
            vec![moved(301, "/1"), moved(301, "/2"), moved(301, "/3"), moved(301, "/4"), nothing()],
        ),
        (
            "it has moved too often",
            vec![nothing(), moved(301, "/1"), moved(301, "/2"), moved(301, "/3"), moved(301, "/4")],
        ),
        (
            "an address in its server's answer cannot be read",
            vec![nothing(), about("/", &HOME.replace("/cal/aiko/", "https://"))],
        ),
    ];
    for (expected, answers) in cases {
        assert_eq!(found_from(START, answers).await.0, Err(Undiscovered::Because(expected.to_owned())));
    }
    // A path of which its owner was sure says more than what is tried after it.
    let answers = vec![told(403, ""), nothing(), nothing()];
    let (found, _) = found_from("https://dav.example.com/aiko/", answers).await;
    let expected =
        "it answered 403: its server does not let the user read it; many servers need an app password";
    assert_eq!(found, Err(Undiscovered::Because(expected.to_owned())));
}
