//! `calendars`: what is said of each, and the questions and answers that connect another.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;

use super::desk::Desk;

const FEED: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Secret\r\nDTSTART:20261201T090000Z\r\nDURATION:PT30M\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART:20261202T090000Z\r\nDURATION:PT30M\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A server that answers everything alike, whatever is asked; gives the address of a feed there.
fn server(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/secret/feed.ics", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let lines = BufReader::new(&stream).lines();
            let _head = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).count();
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    url
}

/// A site whose host has one feed, `work`.
fn desk_with_feed() -> Desk {
    let desk = Desk::new();
    let host = desk.read("content/aiko/host.toml");
    let table = "\n[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"AIKO_WORK\"\n";
    desk.file("content/aiko/host.toml", &(host + table))
}

/// What a command answers, what it tells, and its code, when so much is typed, and one secret is set.
fn run(desk: &Desk, arguments: &[&str], typed: &str, secret: Option<&str>) -> (String, String, Option<i32>) {
    let mut command = desk.command(arguments);
    command.env_remove("AIKO_WORK").envs(secret.map(|value| ("AIKO_WORK", value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    // What is not wanted any more is not read.
    let _ = child.stdin.take().expect("a pipe").write_all(typed.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[track_caller]
fn check(outcome: &(String, String, Option<i32>), answered: &str, told: &str, code: i32) {
    assert_eq!((outcome.0.as_str(), outcome.1.as_str(), outcome.2), (answered, told, Some(code)));
}

const LISTED: &str = "work of aiko (feed): read for aiko/intro\n";

/// A calendar of Microsoft's to add, whose times are taken and whose secret has this name.
fn microsoft(secret: &str) -> [&str; 11] {
    [
        "calendars",
        "add",
        "aiko",
        "--kind",
        "microsoft",
        "--name",
        "work",
        "--role",
        "busy",
        "--secret",
        secret,
    ]
}

/// What is said of servers such as those of these tests, which are on this machine.
const ONLY_PRIVATE: &str =
    "under `serve --production` only with `--private-webhooks`, and on Cloudflare not at all";

#[test]
fn each_calendar_says_what_it_holds_now() {
    let url = server("200 OK", FEED);
    let answered = format!(
        "{LISTED}  1 busy time in the next 63 days. Not counted: 1 shown as free\n  once the site is published, it is reached {ONLY_PRIVATE}\n"
    );
    check(&run(&desk_with_feed(), &["calendars"], "", Some(&url)), &answered, "", 0);
    let one = run(&desk_with_feed(), &["calendars", "--host", "aiko"], "", Some(&url));
    check(&one, &answered, "", 0);
    check(&run(&desk_with_feed(), &["calendars", "--offline"], "", None), LISTED, "", 0);
}

#[test]
fn one_that_cannot_be_relied_on_fails_the_command() {
    let failed = "generator: 1 calendar failed.\n";
    let desk = desk_with_feed();
    let answered = format!(
        "{LISTED}  the secret AIKO_WORK is not set here. To set it: `IFS= read -rs AIKO_WORK && export AIKO_WORK`, then paste it\n"
    );
    check(&run(&desk, &["calendars"], "", None), &answered, failed, 1);
    let answered = format!(
        "{LISTED}  cannot be read: it answered 404: it is not there: publish the calendar again, and set the secret anew\n"
    );
    check(&run(&desk, &["calendars"], "", Some(&server("404 Not Found", ""))), &answered, failed, 1);
    let endless =
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:2026\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let answered = format!("{LISTED}  is read, but not known: the time of an event cannot be read\n");
    check(&run(&desk, &["calendars"], "", Some(&server("200 OK", endless))), &answered, failed, 1);
}

#[test]
fn without_calendars_it_is_said_how_to_connect_one() {
    let told = "The hosts have no calendars. Connect one with `generator calendars add aiko`.\n";
    Desk::new().run(&["calendars"]).answers("").tells(told).ends_with_code(0);
    let told = "jonas has no calendars. Connect one with `generator calendars add jonas`.\n";
    Desk::new().run(&["calendars", "--host", "jonas"]).answers("").tells(told).ends_with_code(0);
}

#[test]
fn an_unknown_host_names_the_known_ones() {
    let told = "generator: there is no host `aika`. The hosts are: aiko, jonas.\n";
    for arguments in [&["calendars", "--host", "aika"][..], &["calendars", "add", "aika"]] {
        Desk::new().run(arguments).answers("").tells(told).ends_with_code(1);
    }
}

const QUESTIONS: &str = "\
What kind of calendar is it? feed, caldav, google, or microsoft: 
A name for it, for your pages [work]: 
The name of its secret, an environment variable [AIKO_WORK]: 
";
const TABLE: &str = "[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"AIKO_WORK\"\n";
const SET: &str = "
The secret AIKO_WORK is set here already. For a Worker:

  npx wrangler secret put AIKO_WORK

";
const LAST: &str =
    "\nThen `generator calendars` tries it again, and `generator serve` or publishing makes use of it.\n";
const READ: &str = "\
It can be read: 1 busy time in the next 63 days. Not counted: 1 shown as free.
Once the site is published, it is reached under `serve --production` only with `--private-webhooks`, and on Cloudflare not at all.
";

#[test]
fn a_feed_is_tried_before_it_is_connected() {
    let url = server("200 OK", FEED);
    let desk = Desk::new();
    let before = desk.read("content/aiko/host.toml");
    let told = format!("{QUESTIONS}{READ}{SET}Put this into content/aiko/host.toml:\n\n{LAST}");
    let outcome = run(&desk, &["calendars", "add", "aiko"], "Feed\n\n\n", Some(&url));
    check(&outcome, TABLE, &told, 0);
    assert_eq!(desk.read("content/aiko/host.toml"), before);
}

#[test]
fn what_is_given_is_not_asked_for_and_the_file_keeps_all_that_is_in_it() {
    let url = server("200 OK", FEED);
    let desk = Desk::new();
    let before = format!("# Mine.\n{}# The end.", desk.read("content/aiko/host.toml"));
    let desk = desk.file("content/aiko/host.toml", &before);
    let arguments =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK", "--write"];
    let told = format!("{READ}{SET}Added work to content/aiko/host.toml.\n{LAST}");
    check(&run(&desk, &arguments, "", Some(&url)), "", &told, 0);
    assert_eq!(desk.read("content/aiko/host.toml"), format!("{before}\n\n{TABLE}"));
    let again = run(&desk, &arguments, "", Some(&url));
    let told = "generator: --name: aiko already has a calendar `work`: choose another name\n";
    check(&again, "", told, 2);
}

#[test]
fn a_file_in_which_it_would_be_wrong_is_left_as_it_was() {
    let url = server("200 OK", FEED);
    let desk = Desk::new();
    let before = format!("calendars = []\n{}", desk.read("content/aiko/host.toml"));
    let desk = desk.file("content/aiko/host.toml", &before);
    let arguments =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK", "--write"];
    let (answered, told, code) = run(&desk, &arguments, "", Some(&url));
    let last = format!(
        "This is what would have been added:\n\n{TABLE}generator: content/aiko/host.toml was left as it was, as it would not be \
         right with this calendar.\n"
    );
    assert!(answered.is_empty() && told.contains("error: ") && told.ends_with(&last), "{told}");
    assert_eq!((code, desk.read("content/aiko/host.toml")), (Some(1), before));
}

#[test]
fn a_wrong_answer_is_asked_for_again_and_a_wrong_argument_is_wrong_usage() {
    let desk = desk_with_feed();
    let told = "\
What kind of calendar is it? feed, caldav, google, or microsoft: 
  answer with one of: feed, caldav, google, microsoft
What kind of calendar is it? feed, caldav, google, or microsoft: 
A name for it, for your pages [private]: 
  aiko already has a calendar `work`: choose another name
A name for it, for your pages [private]: 
  use up to 64 lower-case letters, digits and hyphens; visitors do not see it
A name for it, for your pages [private]: 
The name of its secret, an environment variable [AIKO_PRIVATE]: 
  use capital letters, digits and underscores, as in AIKO_CALDAV; the secret itself is asked for later
The name of its secret, an environment variable [AIKO_PRIVATE]: 
generator: nobody answered “The name of its secret, an environment variable”, so nothing was changed. In a script, give --secret.
With the same answers: generator calendars add aiko --kind feed --name private
";
    let typed = "ical\nfeed\nwork\nMy Work\n\nmy password\n";
    check(&run(&desk, &["calendars", "add", "aiko"], typed, None), "", told, 1);
    let told = "generator: --secret: use capital letters, digits and underscores, as in AIKO_CALDAV; the secret itself is asked for later\n";
    let arguments =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "new", "--secret", "my password"];
    check(&run(&desk, &arguments, "", None), "", told, 2);
}

#[test]
fn in_a_script_a_secret_comes_from_the_environment_alone() {
    let arguments = ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK"];
    let told = "generator: the secret AIKO_WORK is not set. Set this environment variable, as nothing secret is read from arguments or files; or run this in a terminal, where it is asked for.\n";
    check(&run(&Desk::new(), &arguments, "https://example.com/secret.ics\n", None), "", told, 1);
}

#[test]
fn one_that_cannot_be_read_is_not_connected() {
    let arguments =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK", "--write"];
    let desk = Desk::new();
    let before = desk.read("content/aiko/host.toml");
    let told = "generator: work cannot be read: it is not a calendar. Nothing was changed: mend that, and start again.\n";
    check(&run(&desk, &arguments, "", Some(&server("200 OK", "<!doctype html>"))), "", told, 1);
    assert_eq!(desk.read("content/aiko/host.toml"), before);
}

const CALDAV: [&str; 11] = [
    "calendars",
    "add",
    "aiko",
    "--kind",
    "caldav",
    "--name",
    "work",
    "--role",
    "both",
    "--secret",
    "AIKO_WORK",
];

#[test]
fn a_server_without_calendars_is_named_with_what_it_answered() {
    let url = server("200 OK", "<!doctype html>");
    let start = url.replace("/secret/feed.ics", "");
    let arguments = [&CALDAV[..], &["--url", &start, "--user", "aiko"]].concat();
    let told = format!(
        "Looking for calendars at {start} …\ngenerator: no calendar was found at {start}: it answered 200: that is not a \
         CalDAV server, or not its address. Nothing was changed. docs/calendars.md names the addresses and passwords of \
         some services.\n"
    );
    check(&run(&Desk::new(), &arguments, "", Some("word")), "", &told, 1);
}

#[test]
fn another_server_is_told_the_password_only_by_somebodys_word() {
    let other =
        server("401 Unauthorized", "").replace("127.0.0.1", "localhost").replace("/secret/feed.ics", "");
    let moved = format!("301 Moved Permanently\r\nlocation: {other}/dav/");
    let start = server(moved.leak(), "").replace("/secret/feed.ics", "");
    let arguments = [&CALDAV[..], &["--url", &start, "--user", "aiko"]].concat();
    let run = |typed| run(&Desk::new(), &arguments, typed, Some("word"));
    let asked = format!(
        "Looking for calendars at {start} …\nThe calendars are at {other}. Send the password there? (yes, no) [no]: \n"
    );
    let script = format!(
        "{asked}generator: nobody answered “The calendars are at {other}. Send the password there?”, so nothing was changed. \
         In a script, give `--url {other}` if the password may be sent there.\n"
    );
    check(&run(""), "", &script, 1);
    check(&run("no\n"), "", &format!("{asked}generator: nothing was changed.\n"), 1);
    let told = format!(
        "{asked}Looking for calendars at {other}/dav/ …\ngenerator: no calendar was found at {other}/dav/: it answered 401: its \
         server does not accept the user and the secret's password; many servers need an app password. Nothing was changed. \
         docs/calendars.md names the addresses and passwords of some services.\n"
    );
    check(&run("yes\n"), "", &told, 1);
}

#[test]
fn an_address_that_leads_nowhere_says_what_to_do_instead() {
    for (url, wrong) in [
        ("aiko@gmail.com", "Google has no CalDAV that takes a password: start again with the kind `google`"),
        ("aiko@outlook.com", "Microsoft has no CalDAV: start again with the kind `microsoft` or `feed`"),
        ("https://", "that is neither a web address nor an email address"),
        ("https://dav.example.com:port/", "that is neither a web address nor an email address"),
        ("aiko@", "that is neither a web address nor an email address"),
        ("https://aiko:word@example.com/", "give the address without a user or a password"),
        ("ftp://example.com", "that is neither a web address nor an email address"),
        ("", "an answer is needed here"),
    ] {
        let arguments = [&CALDAV[..], &["--url", url]].concat();
        let told = format!("generator: --url: {wrong}\n");
        check(&run(&Desk::new(), &arguments, "", Some("word")), "", &told, 2);
    }
}

fn multistatus(href: &str, properties: &str) -> String {
    format!(
        "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response><d:href>{href}</d:href><d:propstat>\
         <d:prop>{properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
    )
}

/// A server with one calendar, at `/aiko/work/`, in which nothing stands.
fn one_calendar() -> String {
    const CALENDAR: &str = "<d:resourcetype><c:calendar/></d:resourcetype>";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let _head = lines.take_while(|line| !line.is_empty()).count();
            let body = match first.split(' ').take(2).collect::<Vec<_>>()[..] {
                ["REPORT", _] => "<d:multistatus xmlns:d=\"DAV:\"/>".to_owned(),
                [_, "/"] => multistatus(
                    "/",
                    "<d:current-user-principal><d:href>/aiko/</d:href></d:current-user-principal>",
                ),
                [_, "/aiko/"] => multistatus(
                    "/aiko/",
                    "<c:calendar-home-set><d:href>/home/</d:href></c:calendar-home-set>",
                ),
                [_, "/home/" | "/aiko/work/" | "/aiko/work"] => multistatus("/aiko/work/", CALENDAR),
                _ => String::new(),
            };
            let status = if body.is_empty() { "404 Not Found" } else { "207 Multi-Status" };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn a_calendar_elsewhere_than_it_was_looked_for_is_connected_by_somebodys_word_alone() {
    let server = one_calendar();
    let add = |url: &str, more: &[&str], typed: &str| {
        let mut arguments = [&CALDAV[..], &["--url", url, "--user", "aiko"], more].concat();
        arguments[8] = "busy";
        run(&Desk::new(), &arguments, typed, Some("word"))
    };
    let listed = |start: &str| {
        format!(
            "Looking for calendars at {start} …\n  1. work (does not say whether it can be written to)  {server}/aiko/work/\n"
        )
    };
    let table = format!(
        "[[calendars]]\nname = \"work\"\nkind = \"caldav\"\nurl = \"{server}/aiko/work/\"\nuser = \"aiko\"\nsecret = \"AIKO_WORK\"\n"
    );
    let tried = format!(
        "It can be read: 0 busy times in the next 63 days.\nOnce the site is published, it is reached {ONLY_PRIVATE}.\n{SET}Put this into content/aiko/host.toml:\n\n{LAST}"
    );
    for start in [server.clone(), format!("{server}/aiko/work"), format!("{server}/aiko/")] {
        check(&add(&start, &[], ""), &table, &format!("{}{tried}", listed(&start)), 0);
    }
    let wrong = format!("{server}/aiko/wrok/");
    let question = format!("There is no calendar at {wrong}, but this one. Connect it?");
    let asked = format!("{}{question} (yes, no) [no]: \n", listed(&wrong));
    let script = format!(
        "{asked}generator: nobody answered “{question}”, so nothing was changed. In a script, give `--calendar \
         {server}/aiko/work/`.\n"
    );
    check(&add(&wrong, &[], ""), "", &script, 1);
    check(&add(&wrong, &[], "no\n"), "", &format!("{asked}generator: nothing was changed.\n"), 1);
    check(&add(&wrong, &[], "yes\n"), &table, &format!("{asked}{tried}"), 0);
    let named = format!("{server}/aiko/work");
    check(&add(&wrong, &["--calendar", &named], ""), &table, &format!("{}{tried}", listed(&wrong)), 0);
}

#[test]
fn a_redirect_leads_to_no_other_server_unasked() {
    let other =
        server("401 Unauthorized", "").replace("127.0.0.1", "localhost").replace("/secret/feed.ics", "");
    let moved = format!("302 Found\r\nlocation: {other}/dav/");
    let start = server(moved.leak(), "").replace("/secret/feed.ics", "/dav/");
    let arguments = [&CALDAV[..], &["--url", &start, "--user", "aiko"]].concat();
    let told = format!(
        "Looking for calendars at {start} …\nThe calendars are at {other}. Send the password there? (yes, no) [no]: \ngenerator: \
         nothing was changed.\n"
    );
    check(&run(&Desk::new(), &arguments, "\n", Some("word")), "", &told, 1);
}

#[test]
fn what_others_could_read_on_the_way_is_sent_by_somebodys_word_alone() {
    let question = "http://dav.example.invalid is not encrypted: the password could be read on the way. Send it all the same?";
    let arguments = [&CALDAV[..], &["--url", "http://dav.example.invalid/aiko/", "--user", "aiko"]].concat();
    let run = |arguments: &[&str], typed, secret| run(&Desk::new(), arguments, typed, Some(secret));
    let told = format!(
        "{question} (yes, no) [no]: \ngenerator: nobody answered “{question}”, so nothing was changed. In a script, give an \
         address that begins with https://.\n"
    );
    check(&run(&arguments, "", "word"), "", &told, 1);
    let told = format!(
        "{question} (yes, no) [no]: \n  answer with yes or no\n{question} (yes, no) [no]: \ngenerator: nothing was changed.\n"
    );
    check(&run(&arguments, "sure\nno\n", "word"), "", &told, 1);

    let principal = "<d:current-user-principal><d:href>http://dav.example.invalid/aiko/</d:href></d:current-user-principal>";
    let start =
        server("207 Multi-Status", multistatus("/", principal).leak()).replace("/secret/feed.ics", "");
    let arguments = [&CALDAV[..], &["--url", &start, "--user", "aiko"]].concat();
    let told = format!(
        "Looking for calendars at {start} …\nThe calendars are at http://dav.example.invalid, which is not encrypted. Send the \
         password there? (yes, no) [no]: \ngenerator: nothing was changed.\n"
    );
    check(&run(&arguments, "no\n", "word"), "", &told, 1);

    let question = "The feed’s address is not encrypted: it and the calendar could be read on the way. Read it all the same?";
    let arguments = ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK"];
    let told = format!(
        "{question} (yes, no) [no]: \ngenerator: nobody answered “{question}”, so nothing was changed. In a script, set an address \
         that begins with https://.\n"
    );
    check(&run(&arguments, "", "http://example.invalid/feed.ics"), "", &told, 1);

    let microsoft = microsoft("AIKO_NONE");
    for argument in ["--api-endpoint", "--token-endpoint"] {
        let arguments = [&microsoft[..], &[argument, "http://graph.example.invalid/"]].concat();
        let told =
            format!("generator: {argument}: it should begin with https://, as secrets are sent there\n");
        check(&run(&arguments, "", "word"), "", &told, 2);
        let arguments = [&microsoft[..], &[argument, "graph"]].concat();
        check(
            &run(&arguments, "", "word"),
            "",
            &format!("generator: {argument}: that is not a web address\n"),
            2,
        );
    }
}

#[test]
fn a_key_whose_addresses_others_could_read_on_the_way_is_not_used() {
    let said =
        |field: &str| format!("has a `{field}` that should begin with https://, as secrets are sent there");
    let account = r#"{"client_email":"d@p.iam.gserviceaccount.com","private_key":"k","api_endpoint":"http://a.example.invalid/"}"#;
    let client = CLIENT.replace("127.0.0.1:9", "tokens.example.invalid");
    for (file, field) in [(account, "api_endpoint"), (&client, "token_uri")] {
        let desk = Desk::new().file("client.json", file);
        let told = format!("generator: --key: client.json {}\n", said(field));
        check(&run(&desk, &GOOGLE, "", None), "", &told, 2);
    }
    let set = |arguments: &[&str], secret: &str, field: &str| {
        let told = format!("generator: the secret AIKO_WORK {}. Nothing was changed.\n", said(field));
        check(&run(&Desk::new(), arguments, "", Some(secret)), "", &told, 1);
    };
    set(&GOOGLE[..11], r#"{"refresh_token":"c","token_uri":"http://tokens.example.invalid/"}"#, "token_uri");
    let microsoft = microsoft("AIKO_WORK");
    set(
        &microsoft,
        r#"{"client_id":"b","token_endpoint":"http://tokens.example.invalid/"}"#,
        "token_endpoint",
    );
}

#[test]
fn an_argument_for_another_kind_is_refused() {
    let given = ["calendars", "add", "aiko", "--kind", "caldav", "--key", "key.json"];
    let told = "generator: --key: this is for the kind google, and not for caldav\n";
    check(&run(&Desk::new(), &given, "", Some("word")), "", told, 2);
    let given = ["calendars", "add", "aiko", "--url", "https://example.com/secret.ics"];
    let told = "What kind of calendar is it? feed, caldav, google, or microsoft: \ngenerator: --url: a feed’s address is a secret, and never an argument: set the environment variable that `--secret` names\n";
    let (answered, told_of, code) = run(&Desk::new(), &given, "feed\n", Some("word"));
    assert!(told_of.starts_with(told), "{told_of}");
    assert_eq!((answered.as_str(), code), ("", Some(2)));
    let feed =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK", "--role"];
    for role in ["both", "nonsense"] {
        let told = "generator: --role: a feed can only be read: its role is `busy`\n";
        check(&run(&Desk::new(), &[&feed[..], &[role]].concat(), "", Some("word")), "", told, 2);
    }
    let url = server("200 OK", FEED);
    let told = format!("{READ}{SET}Put this into content/aiko/host.toml:\n\n{LAST}");
    check(&run(&Desk::new(), &[&feed[..], &["Busy"]].concat(), "", Some(&url)), TABLE, &told, 0);
}

#[test]
fn what_a_secret_would_be_made_from_is_refused_where_it_is_set() {
    let desk = Desk::new().file("client.json", CLIENT);
    let told =
        "generator: --key: the secret AIKO_WORK is set here already: leave this out, or unset the secret\n";
    check(&run(&desk, &GOOGLE, "", Some("{}")), "", told, 2);
    let arguments = microsoft("AIKO_WORK");
    let told = told.replace("--key", "--tenant");
    check(&run(&desk, &[&arguments[..], &["--tenant", "1"]].concat(), "", Some("{}")), "", &told, 2);
    let consent = ["--way", "consent", "--tenant", "1", "--client", "2", "--user", "aiko@example.com"];
    let told = "generator: --user: whoever consents has only their own mailbox: leave this out\n";
    check(&run(&desk, &[&arguments[..], &consent].concat(), "", None), "", told, 2);
}

#[test]
fn a_calendar_that_is_connected_already_is_not_connected_again() {
    let again = |table: &str, arguments: &[&str]| {
        let desk = Desk::new();
        let host = desk.read("content/aiko/host.toml");
        let desk =
            desk.file("content/aiko/host.toml", &format!("{host}\n[[calendars]]\nname = \"first\"\n{table}"));
        let common = ["calendars", "add", "aiko", "--name", "second", "--role", "busy", "--kind"];
        let arguments = [&common[..], arguments].concat();
        let (answered, told, code) = run(&desk, &arguments, "", Some("https://example.invalid/feed.ics"));
        let last = "generator: aiko has this calendar already: it is `first`. Change that one in host.toml instead. Nothing was changed.\n";
        assert_eq!((answered.as_str(), code), ("", Some(1)), "{told}");
        assert!(told.ends_with(last), "{told}");
    };
    again("kind = \"feed\"\nsecret = \"AIKO_WORK\"\n", &["feed", "--secret", "AIKO_WORK"]);
    let google = "kind = \"google\"\nid = \"aiko@example.com\"\nsecret = \"AIKO_OLD\"\n";
    again(google, &["google", "--id", "Aiko@example.com", "--secret", "AIKO_WORK"]);
    let microsoft = "kind = \"microsoft\"\nuser = \"aiko@example.com\"\nsecret = \"AIKO_OLD\"\n";
    again(microsoft, &["microsoft", "--user", "Aiko@example.com", "--secret", "AIKO_WORK"]);
    let server = one_calendar();
    let caldav =
        format!("kind = \"caldav\"\nurl = \"{server}/aiko/work\"\nuser = \"aiko\"\nsecret = \"AIKO_OLD\"\n");
    again(&caldav, &["caldav", "--url", &server, "--user", "aiko", "--secret", "AIKO_WORK"]);
}

#[test]
fn a_file_keeps_the_ends_of_its_lines() {
    let url = server("200 OK", FEED);
    let arguments =
        ["calendars", "add", "aiko", "--kind", "feed", "--name", "work", "--secret", "AIKO_WORK", "--write"];
    for end in ["", "\r\n"] {
        let desk = Desk::new();
        let before = desk.read("content/aiko/host.toml").trim_end().replace('\n', "\r\n") + end;
        let desk = desk.file("content/aiko/host.toml", &before);
        assert_eq!(run(&desk, &arguments, "", Some(&url)).2, Some(0));
        let gap = if end.is_empty() { "\r\n\r\n" } else { "\r\n" };
        let expected = format!("{before}{gap}{}", TABLE.replace('\n', "\r\n"));
        assert_eq!(desk.read("content/aiko/host.toml"), expected);
    }
}

#[test]
fn nonsense_is_asked_for_again_whatever_its_bytes() {
    let desk = Desk::new();
    let mut command = desk.command(&["calendars", "add", "aiko"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let _ = child.stdin.take().expect("a pipe").write_all(b"\xff\xfe\nfeed\n");
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("  answer with one of: feed, caldav, google, microsoft\n"), "{told}");
    assert!(told.ends_with("With the same answers: generator calendars add aiko --kind feed\n"), "{told}");
}

const CLIENT: &str = r#"{"installed":{"client_id":"a client","client_secret":"its secret","token_uri":"http://127.0.0.1:9/token"}}"#;
const GOOGLE: [&str; 15] = [
    "calendars",
    "add",
    "aiko",
    "--kind",
    "google",
    "--name",
    "work",
    "--role",
    "busy",
    "--secret",
    "AIKO_WORK",
    "--key",
    "client.json",
    "--id",
    "primary",
];

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let desk = Desk::new().file("client.json", CLIENT);
    let arguments = [&GOOGLE[..], &["--port", &port]].concat();
    let told = format!(
        "generator: port {port} of 127.0.0.1 cannot be listened on: Address already in use (os error 98). Choose another \
         with `--port`.\n"
    );
    check(&run(&desk, &arguments, "", None), "", &told, 1);
}

#[test]
fn a_file_that_is_no_key_is_said_to_be_none() {
    let desk = Desk::new().file("client.json", "{}");
    let told = "generator: --key: client.json is neither a service account's key nor an OAuth client of the type “Desktop app”\n";
    check(&run(&desk, &GOOGLE, "", None), "", told, 2);
    let told = "generator: --key: client.json cannot be read: No such file or directory (os error 2)\n";
    check(&run(&Desk::new(), &GOOGLE, "", None), "", told, 2);
}

/// What comes of a consent whose answer a browser brings, with the state that the address has.
fn consented(answer: &str) -> (String, Vec<String>) {
    let desk = Desk::new().file("client.json", CLIENT);
    let mut command = desk.command(&GOOGLE);
    command.env_remove("AIKO_WORK").stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut told =
        BufReader::new(child.stderr.take().expect("a pipe")).lines().map(|line| line.expect("text"));
    let address = told.find(|line| line.starts_with("https://")).expect("an address");
    let value = |name: &str| {
        let (_, rest) = address.split_once(&format!("{name}=")).expect("a parameter");
        rest.split('&').next().expect("a value").replace("%3A", ":").replace("%2F", "/")
    };
    let place = value("redirect_uri").trim_start_matches("http://").to_owned();
    let ask = |target: &str| {
        let mut browser = std::net::TcpStream::connect(&place).expect("it waits");
        write!(browser, "GET {target} HTTP/1.1\r\nhost: {place}\r\n\r\n").expect("a request");
        let mut status = String::new();
        BufReader::new(browser).read_line(&mut status).expect("an answer");
        status.trim_end().to_owned()
    };
    // As browsers do, or others who want to be heard.
    let early = std::net::TcpStream::connect(&place).expect("it waits");
    let others = [ask("/favicon.ico"), ask("/?code=forged&state=forged")];
    drop(early);
    assert_eq!(others, ["HTTP/1.1 404 Not Found", "HTTP/1.1 400 Bad Request"]);
    let status = ask(&answer.replace("STATE", &value("state")));
    let rest = told.collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    (status, rest)
}

#[test]
fn a_consent_is_given_by_its_own_answer_alone() {
    let ignored = "An answer to another consent came, and was ignored. The one above is still awaited.";
    let (status, told) = consented("/?error=access_denied&state=STATE");
    let last =
        "generator: there is no consent: it was not consented to (access_denied). Nothing was changed.";
    assert_eq!((status.as_str(), told), ("HTTP/1.1 200 OK", vec![ignored.to_owned(), last.to_owned()]));
    let (_, told) = consented("/?code=4&state=STATE");
    let last = "generator: there is no consent: it cannot be reached: Connection refused (os error 111). Nothing was changed.";
    assert_eq!(told, [ignored.to_owned(), last.to_owned()]);
}
