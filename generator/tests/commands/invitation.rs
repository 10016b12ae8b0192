//! `link` with what makes it an invitation: what its token says, and that it is signed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduling::invite::Invite;
use scheduling::token::Secrets;

use super::prices::priced;
use crate::desk::{Desk, NOW, Outcome, SANDBOX};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn run(desk: &Desk, arguments: &[&str]) -> Outcome {
    Outcome {
        output: desk.command(arguments).env("DAYMARK_SECRET", SECRET).output().expect("the command runs"),
    }
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

/// The invitation of a link, whose other parts are as expected.
#[track_caller]
fn invite_of(link: &str, before: &str) -> Invite {
    let (start, token) = link.trim_end().split_once("invite=").expect("an invitation");
    assert_eq!(start, before);
    let secrets = Secrets { current: SECRET.as_bytes().to_vec(), previous: None };
    Invite::read(token, &secrets, "aiko/intro").expect("one that was signed here")
}

/// The only invitation that these arguments make.
#[track_caller]
fn check(arguments: &[&str], expected: impl Fn(Invite) -> Invite) {
    let whole: Vec<&str> = ["link", "aiko/intro"].into_iter().chain(arguments.iter().copied()).collect();
    let outcome = run(&Desk::new(), &whole).tells("").ends_with_code(0);
    let mut invite = invite_of(&outcome.answer(), "https://meet.example.com/aiko/intro/?");
    // The command's clock goes on from then.
    invite.expires -= TimeDelta::seconds(invite.expires.timestamp() % 3600);
    let usual =
        Invite { id: invite.id.clone(), ..Invite::new("aiko/intro", [0; 8], now() + TimeDelta::days(30), 1) };
    assert_eq!(invite, expected(usual));
}

#[test]
fn an_invitation_works_once_for_thirty_days_if_nothing_else_is_said() {
    check(&["--once"], |usual| usual);
    check(&["--uses", "3", "--expires", "2w"], |usual| Invite {
        uses: 3,
        expires: now() + TimeDelta::days(14),
        ..usual
    });
    check(&["--expires", "12h"], |usual| Invite { expires: now() + TimeDelta::hours(12), ..usual });
    check(&["--from", "2026-12-07", "--until", "2026-12-18"], |usual| Invite {
        from: NaiveDate::from_ymd_opt(2026, 12, 7),
        until: NaiveDate::from_ymd_opt(2026, 12, 18),
        ..usual
    });
}

#[test]
fn it_says_whom_it_is_for() {
    let mara = |name: &str, email: &str| (name.to_owned(), email.to_owned());
    for (whom, (name, email)) in [
        ("Mara <mara@example.org>", mara("Mara", "mara@example.org")),
        ("mara@example.org", mara("", "mara@example.org")),
        ("Mara Lind", mara("Mara Lind", "")),
        ("山田 真衣 <mai@example.jp>", mara("山田 真衣", "mai@example.jp")),
    ] {
        check(&["--for", whom], |usual| Invite { name: name.clone(), email: email.clone(), ..usual });
    }
}

#[test]
fn a_time_a_duration_and_a_campaign_go_along() {
    let arguments = [
        "link",
        "aiko/intro",
        "--once",
        "--slot",
        "2026-12-01T10:00",
        "--duration",
        "15",
        "--utm-source",
        "letter",
    ];
    let outcome = run(&Desk::new(), &arguments).ends_with_code(0);
    let before = "https://meet.example.com/aiko/intro/?slot=2026-12-01T01:00Z&duration=15&utm_source=letter&";
    assert_eq!(invite_of(&outcome.answer(), before).duration, Some(15));
}

#[test]
fn many_are_a_list_each_with_an_id_of_its_own() {
    let desk = Desk::new();
    let links = run(&desk, &["link", "aiko/intro", "--count", "50"]).tells("").ends_with_code(0).answer();
    let ids = links.lines().map(|link| invite_of(link, "https://meet.example.com/aiko/intro/?").id);
    assert_eq!(ids.collect::<std::collections::BTreeSet<_>>().len(), 50);
    let csv =
        run(&desk, &["link", "aiko/intro", "--count", "2", "--format", "csv"]).ends_with_code(0).answer();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((rows.len(), rows[0]), (3, "\"link\",\"id\",\"uses\",\"expires\""));
    assert!(rows[1].contains("\",\"1\",\"2026-12-24T09:0"), "{csv}");
    let json =
        run(&desk, &["link", "aiko/intro", "--count", "2", "--format", "json"]).ends_with_code(0).answer();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let link = json[1]["link"].as_str().expect("a link");
    assert_eq!(json[1]["id"], invite_of(link, "https://meet.example.com/aiko/intro/?").id.as_str());
}

#[test]
fn in_a_sandbox_it_is_said_who_can_book() {
    for arguments in
        [&["link", "aiko/intro", "--once"][..], &["link", "aiko/intro", "--once", "--count", "2"]]
    {
        run(&Desk::sandbox(), arguments).tells(SANDBOX).ends_with_code(0);
    }
}

#[test]
fn it_is_of_the_hosts_version() {
    let desk = Desk::new();
    let host = format!("invites_version = 3\n{}", desk.read("content/aiko/host.toml"));
    let desk = desk.file("content/aiko/host.toml", &host);
    let link = run(&desk, &["link", "aiko/intro", "--once"]).ends_with_code(0).answer();
    assert_eq!(invite_of(&link, "https://meet.example.com/aiko/intro/?").version, 3);
    let list = run(&desk, &["link", "aiko/intro", "--count", "1"]).ends_with_code(0).answer();
    assert_eq!(invite_of(&list, "https://meet.example.com/aiko/intro/?").version, 3);
}

/// The folder of a server that was tried once may have another secret than the site.
#[test]
fn whose_secret_has_signed_is_said_where_it_may_not_be_the_sites() {
    let desk = Desk::new();
    desk.run(&["token", "aiko"]).ends_with_code(0);
    let said = |folder: &str| {
        format!(
            "Signed with the secret in {folder}/secret. If the server of https://meet.example.com has another secret, this does not work there: set `DAYMARK_SECRET` to that one, and run the command again.\n"
        )
    };
    let signing: [&[&str]; 4] = [
        &["link", "aiko/intro", "--once"],
        &["link", "aiko/intro", "--count", "50", "--format", "csv"],
        &["erase", "mara@example.org"],
        &["token", "aiko"],
    ];
    for arguments in signing {
        desk.run(arguments).tells(&said("data")).ends_with_code(0);
        run(&desk, arguments).tells("").ends_with_code(0);
        let here = [arguments, &["--base-url", "http://127.0.0.1:8787"]].concat();
        desk.run(&here).tells("").ends_with_code(0);
    }
    desk.run(&["token", "aiko", "--data", "kept"]).tells(&said("kept")).ends_with_code(0);
    let told = desk.run(&["token", "aiko", "--link"]).ends_with_code(0).told();
    assert!(told.ends_with(&said("data")), "{told}");
    desk.run(&["link", "aiko/intro"]).tells("").ends_with_code(0);
}

#[test]
fn one_that_costs_nothing_says_so_where_the_page_has_a_price() {
    let outcome = run(&priced(), &["link", "aiko/paid", "--free"]).tells("").ends_with_code(0);
    let answer = outcome.answer();
    let token = Invite::named(&answer);
    let secrets = Secrets { current: SECRET.as_bytes().to_vec(), previous: None };
    let invite = Invite::read(token, &secrets, "aiko/paid").expect("one that was signed here");
    assert_eq!((invite.free, invite.uses), (true, 1), "it makes the link an invitation by itself");
    check_refused(&["--free"], "aiko/intro costs nothing anyway: leave `--free` out");
    let told = run(&priced(), &["link", "aiko/paid", "--free", "--duration", "15"])
        .answers("")
        .ends_with_code(2)
        .told();
    assert!(told.contains("15 minutes of aiko/paid cost nothing anyway: leave `--free` out"), "{told}");
    run(&priced(), &["link", "aiko/paid", "--free", "--duration", "30"]).ends_with_code(0);
    run(&Desk::new(), &["link", "--all", "--free"]).answers("").ends_with_code(2);
}

#[track_caller]
fn check_refused(arguments: &[&str], expected: &str) {
    let whole: Vec<&str> = ["link", "aiko/intro"].into_iter().chain(arguments.iter().copied()).collect();
    let outcome = run(&Desk::new(), &whole).answers("").ends_with_code(2);
    assert!(outcome.told().contains(expected), "{}", outcome.told());
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    check_refused(&["--expires", "2y"], "write it as 12h, 30d or 4w, up to 366d");
    check_refused(&["--expires", "367d"], "write it as 12h, 30d or 4w, up to 366d");
    check_refused(&["--expires", "é"], "write it as 12h, 30d or 4w, up to 366d");
    check_refused(&["--uses", "0"], "0 is not in 1..=1000");
    check_refused(&["--count", "10001"], "10001 is not in 1..=10000");
    check_refused(&["--for", "Mara <mara@>"], "`mara@` is not an email address");
    check_refused(&["--for", " "], "write it as \"Mara <mara@example.org>\"");
    check_refused(&["--from", "7 December"], "write it as 2026-12-01");
    check_refused(
        &["--from", "2026-12-18", "--until", "2026-12-07"],
        "the last date, 2026-12-07, is before the first, 2026-12-18",
    );
    check_refused(&["--until", "2026-11-23"], "the last date, 2026-11-23, is in the past");
    check_refused(
        &["--from", "2029-01-01", "--expires", "1d"],
        "aiko/intro cannot be booked as far ahead as 2029-01-01 before the invitation expires",
    );
    let slot = ["--slot", "2026-12-01T10:00"];
    check_refused(
        &[&slot[..], &["--from", "2026-12-02"]].concat(),
        "the time to choose is before the first date, 2026-12-02",
    );
    check_refused(
        &[&slot[..], &["--until", "2026-11-30"]].concat(),
        "the time to choose is after the last date, 2026-11-30",
    );
    check_refused(&["--once", "--uses", "2"], "cannot be used with");
    check_refused(&["--once", "--for", "Mara", "--name", "Mia"], "cannot be used with");
    check_refused(&["--once", "--format", "csv"], "--all|--count");
}

#[test]
fn a_page_by_invitation_only_asks_for_one() {
    let desk = Desk::new();
    let page = desk.read("content/aiko/intro.md").replacen("\n+++", "\ninvite_only = true\n+++", 1);
    let desk = desk.file("content/aiko/intro.md", &page);
    run(&desk, &["link", "aiko/intro"])
        .answers("https://meet.example.com/aiko/intro/\n")
        .tells("aiko/intro can be booked by invitation only: with `--once`, the link is an invitation.\n")
        .ends_with_code(0);
    let told = run(&desk, &["explain", "aiko/intro", "2026-12-01T10:00"]).ends_with_code(0).answer();
    assert!(told.contains("\n  offered, by invitation only\n"), "{told}");
    run(&desk, &["link", "aiko/intro", "--once"]).tells("").ends_with_code(0);
    let told = run(&desk, &["propose", "aiko/intro"]).ends_with_code(0).told();
    let only = "aiko/intro can be booked by invitation only, and these links are not invitations: `generator link aiko/intro --once` makes one.\n";
    assert!(told.starts_with(only), "{told}");
}

#[test]
fn no_secret_is_made_for_a_link() {
    let desk = Desk::new();
    let commands = [
        &["link", "aiko/intro", "--once"][..],
        &["link", "aiko/intro", "--count", "2"],
        &["erase", "mara@example.org"],
    ];
    for arguments in commands {
        let arguments = [arguments, &["--data", "nowhere"]].concat();
        let told = desk.run(&arguments).answers("").ends_with_code(1).told();
        let expected = "nowhere has no secret to sign the link with: name the folder that `serve --data` writes to, or set `DAYMARK_SECRET`.";
        assert!(told.contains(expected), "{told}");
        assert!(!desk.path("nowhere").exists());
    }
    // That of a server, or of `token`, is taken.
    desk.run(&["token", "aiko", "--data", "data"]).ends_with_code(0);
    desk.run(&["link", "aiko/intro", "--once", "--data", "data"]).ends_with_code(0);
}
