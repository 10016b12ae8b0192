use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use publishing::content::{FileKind, LoadOptions, keys};
use publishing::render::Theme;
use scheduling::locale::LocaleWords;

use super::lines::plain;
use super::*;

mod hosts;
mod whole;

const HOST: &str = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\
    [hours]\nmon-fri = [\"09:00-17:00\"]\n\
    [payment]\nprovider = \"stripe\"\nsecret = \"KEY\"\nwebhook_secret = \"HOOK\"\n\
    [[calendars]]\nname = \"work\"\nkind = \"caldav\"\nurl = \"https://dav.example.com/a/\"\n\
    user = \"aiko\"\nsecret = \"WORK\"\nrole = \"both\"\n\
    [[calendars]]\nname = \"home\"\nkind = \"feed\"\nsecret = \"HOME\"\n";

/// A page with a value for each key.
const PAGE: &str = "+++
title = \"Call\"
durations = [30, 60]
location = { video = \"https://meet.example.com/aiko\" }
start_every = 30
notice = \"4h\"
window = \"60d\"
buffer = { before = \"5m\", after = \"15m\" }
limit = { per_day = 4, per_week = 12 }
change_until = \"2h\"
links_in_invitation = true
approval = true
approval_within = \"48h\"
reminders = [\"1d\"]
calendars = [\"work\"]
when_unknown = \"request\"
write_to = \"work\"
refund_until = \"24h\"
listed = true
invite_only = false
price = { amount = 5000, currency = \"JPY\" }
hours = { tue = [\"13:00-18:00\"] }
dates = [{ date = \"2026-12-24\", hours = [] }]
questions = [{ id = \"topic\", label = \"Topic\", kind = \"choice\", required = true, options = [{ id = \"friend\", label = \"Friend\" }] }]
+++
A call.
";

/// The keys of a page of which visitors see nothing.
const UNSEEN: [&str; 5] = ["draft", "write_to", "associations", "associations.type", "associations.id"];

/// A page that leaves to the host and the site what it can.
const PLAIN: &str = "+++
title = \"Chat\"
durations = [30]
location = { phone = \"+49 30 5550 0123\" }
calendars = []
+++
";

/// A picture of one pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";

fn site(host: &str, page: &str) -> Site {
    let site = "title = \"Example\"\nbase_url = \"https://meet.example.com\"\n";
    site_of(&[("site.toml", site), ("aiko/host.toml", host), ("aiko/call.md", page)])
}

fn site_of(files: &[(&str, &str)]) -> Site {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        for picture in ["one.png", "two.png"] {
            std::fs::write(path.with_file_name(picture), PICTURE).unwrap();
        }
        std::fs::write(path, text).unwrap();
    }
    let (now, locales) = (now(), vec!["en".to_owned(), "ja".to_owned()]);
    let loaded = content::load(folder.path(), &LoadOptions { now, locales, ..LoadOptions::default() });
    loaded.site.unwrap_or_else(|| panic!("{files:?}\n{}", loaded.diagnostics))
}

static WORDS: LazyLock<LocaleWords> = LazyLock::new(|| {
    let theme = Theme::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../site")).unwrap();
    theme.words("en").cloned().unwrap()
});

fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// All changes, but for the lines on the times of pages, which follow from others.
fn changes_between(before: &Site, after: &Site) -> Changes {
    let mut changes = changes(before, after, &Setting { now: now(), words: WORDS.clone() });
    for lines in changes.values_mut() {
        lines.retain(|line| !line.contains(" of ") || !line.contains("offered time"));
    }
    changes.retain(|_, lines| !lines.is_empty());
    changes
}

/// The lines on the page.
fn lines_between(before: &Site, after: &Site) -> Vec<String> {
    changes_between(before, after).remove("/aiko/call/").unwrap_or_default()
}

fn edited(text: &str, (from, to): (&str, &str)) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn each_key_of_a_page_has_a_line() {
    let video = "{ video = \"https://meet.example.com/aiko\" }";
    let cases: &[(&[&str], &str, &str)] = &[
        (&["title"], "\"Call\"", "\"Talk\""),
        (&["durations"], "[30, 60]", "[30, 90]"),
        (&["location", "location.video"], "/aiko\" }", "/room\" }"),
        (&["location.phone"], video, "{ phone = \"+49 30 5550 0123\" }"),
        (&["location.address"], video, "{ address = \"2-1-1 Nihonbashi\" }"),
        (&["location.ask"], video, "{ ask = \"Where?\" }"),
        (&["start_every"], "start_every = 30", "start_every = 20"),
        (&["notice"], "\"4h\"", "\"5h\""),
        (&["window"], "\"60d\"", "\"50d\""),
        (&["from"], "window", "from = \"2026-12-07\"\nwindow"),
        (&["until"], "window", "until = \"2026-12-18\"\nwindow"),
        (&["buffer", "buffer.before"], "\"5m\"", "\"10m\""),
        (&["buffer.after"], "\"15m\"", "\"20m\""),
        (&["limit", "limit.per_day"], "per_day = 4", "per_day = 5"),
        (&["limit.per_week"], "per_week = 12", "per_week = 13"),
        (&["change_until"], "\"2h\"", "\"3h\""),
        (&["links_in_invitation"], "links_in_invitation = true", "links_in_invitation = false"),
        (&["approval"], "approval = true\napproval_within = \"48h\"", "approval = false"),
        (&["approval_within"], "\"48h\"", "\"24h\""),
        (&["reminders"], "[\"1d\"]", "[\"1d\", \"1h\"]"),
        (&["calendars"], "calendars = [\"work\"]", "calendars = [\"work\", \"home\"]"),
        (&["when_unknown"], "\"request\"", "\"refuse\""),
        (&["refund_until"], "\"24h\"", "\"never\""),
        (&["listed"], "listed = true", "listed = false"),
        (&["invite_only"], "invite_only = false", "invite_only = true"),
        (&["price", "price.amount"], "5000", "6000"),
        (&["price.currency"], "\"JPY\"", "\"USD\""),
        (&["price.amount.<minutes>"], "amount = 5000", "amount = { 30 = 5000, 60 = 9000 }"),
        (&["hours", "hours.<days>"], "{ tue", "{ wed"),
        (&["dates", "dates.date"], "2026-12-24", "2026-12-23"),
        (&["dates.hours"], "hours = [] }", "hours = [\"09:00-10:00\"] }"),
        (&["questions", "questions.id"], "id = \"topic\"", "id = \"subject\""),
        (&["questions.label"], "label = \"Topic\"", "label = \"Subject\""),
        (&["questions.kind"], "\"choice\"", "\"choices\""),
        (&["questions.required"], "required = true", "required = false"),
        (&["questions.options", "questions.options.id"], "id = \"friend\"", "id = \"pal\""),
        (&["questions.options.label"], "label = \"Friend\"", "label = \"Pal\""),
    ];
    let before = site(HOST, PAGE);
    for (keys, from, to) in cases {
        let lines = lines_between(&before, &site(HOST, &edited(PAGE, (from, to))));
        // One comes, and another one goes.
        let expected = if keys.contains(&"questions.id") || keys.contains(&"hours") { 2 } else { 1 };
        assert_eq!(lines.len(), expected, "{keys:?}: {lines:?}");
    }
    // A form that sends itself asks nothing, and costs nothing.
    let plain = "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\n";
    let sends_itself = edited(plain, ("durations", "auto_submit = true\ndurations"));
    let lines = lines_between(&site(HOST, plain), &site(HOST, &sends_itself));
    assert_eq!(lines, ["the form sends itself: no → yes"]);
    let mut named: BTreeSet<&str> = cases.iter().flat_map(|(keys, ..)| keys.iter().copied()).collect();
    named.extend(["auto_submit"].into_iter().chain(UNSEEN));
    let all = keys().into_iter().filter(|(kind, _)| *kind == FileKind::Meeting).map(|(_, key)| key);
    assert_eq!(named, all.collect::<BTreeSet<_>>().iter().map(String::as_str).collect());
}

#[test]
fn what_becomes_of_bookings_and_who_takes_the_money_is_said() {
    let before = site(HOST, PAGE);
    let page = |from: &str, to: &str| lines_between(&before, &site(HOST, &edited(PAGE, (from, to))));
    let host = |from: &str, to: &str| lines_between(&before, &site(&edited(HOST, (from, to)), PAGE));
    assert_eq!(
        page("approval = true\napproval_within = \"48h\"", "approval = false"),
        ["bookings are: requests, answered within 2d → confirmed at once"]
    );
    assert_eq!(
        page("\"request\"", "\"refuse\""),
        ["bookings while a calendar cannot be read: requests → refused"]
    );
    assert_eq!(page("[\"1d\"]", "[\"1d\", \"1h\"]"), ["reminders before the meeting: 1d → 1d, 1h"]);
    assert_eq!(
        page("calendars = [\"work\"]", "calendars = [\"work\", \"home\"]"),
        ["calendars whose busy times are not offered: work → work, home"]
    );
    assert_eq!(
        host("\"KEY\"", "\"OTHER_KEY\""),
        ["payment: Stripe, to the account of KEY → Stripe, to the account of OTHER_KEY"]
    );
    assert_eq!(
        host("\"HOOK\"", "\"HOOK\"\ndelayed = true"),
        [
            "payment: Stripe, to the account of KEY → Stripe, to the account of KEY, also with methods that take days"
        ]
    );
    assert_eq!(
        host(
            "provider = \"stripe\"\nsecret = \"KEY\"\nwebhook_secret = \"HOOK\"",
            "provider = \"link\"\nurl = \"https://shop.example.com/pay?ref={booking}\"\nsecret = \"SHOP\"",
        )
        .first()
        .map(String::as_str),
        Some("payment: Stripe, to the account of KEY → a link, https://shop.example.com/pay?ref={booking}")
    );
}

#[test]
fn questions_in_another_order_are_said_so() {
    let topic = "{ id = \"topic\", label = \"Topic\", kind = \"text\" }";
    let phone = "{ id = \"phone\", label = \"Phone\", kind = \"phone\" }";
    let page = |questions: &str| {
        let questions = format!("questions = [{questions}]\ndurations");
        site(HOST, &edited(PLAIN, ("durations", &questions)))
    };
    let before = page(&format!("{topic}, {phone}"));
    let after = page(&format!("{phone}, {topic}"));
    assert_eq!(lines_between(&before, &after), ["the questions are in another order"]);
    assert_eq!(lines_between(&before, &page(phone)), ["removed question: Topic"]);
}

#[test]
fn markdown_makes_nothing_of_what_hosts_write() {
    for (text, expected) in [
        ("Q&A; 5 < 6 &lt; 7", "Q\\&A; 5 \\< 6 \\&lt; 7"),
        ("Talk & tea; more", "Talk & tea; more"),
        ("*Free* [call](x) & more", "\\*Free\\* \\[call\\](x) & more"),
        ("snake_case _not_", "snake_case \\_not\\_"),
        ("two\nlines", "two lines"),
        ("面談（30分）", "面談（30分）"),
    ] {
        assert_eq!(plain(text), expected);
    }
}
