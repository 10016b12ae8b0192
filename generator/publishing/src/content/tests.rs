//! The examples of keys, which mistakes quote, are right themselves.

use super::check_file;
use super::toml::keys::{
    AMOUNT, ASSOCIATION, BUFFER, CALENDAR, DATES, FileKind, HOST, KEEP_FREE, Keys, LIMIT, LIMITS, LOCATION,
    MAIL, MEETING, PAYMENT, PRICE, SITE, WEBHOOK, keys,
};
use crate::diagnostics::Severity;

fn examples(keys: &Keys) -> String {
    keys.list.iter().map(|(key, example)| format!("{key} = {example}")).collect::<Vec<_>>().join("\n") + "\n"
}

/// Reads all examples of a file's own keys.
#[track_caller]
fn check(kind: FileKind, text: &str) {
    let diagnostics = check_file(kind, text.as_bytes());
    let wrong: Vec<&str> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Mistake)
        .map(|diagnostic| diagnostic.message.as_str())
        .filter(|message| {
            let elsewhere = ["no holidays named `jp`", "there is no picture"];
            !elsewhere.iter().any(|said| message.contains(said))
        })
        .collect();
    assert_eq!(wrong, [""; 0], "{text}");
}

#[test]
fn every_example_is_right() {
    check(FileKind::Site, &examples(&SITE));
    check(FileKind::Host, &examples(&HOST));
    check(FileKind::Meeting, &format!("+++\n{}+++\n", examples(&MEETING)));
}

#[test]
fn every_example_of_an_inner_table_is_right() {
    let site = "title = \"x\"\nbase_url = \"https://a.example\"\n";
    for (table, keys) in [("limits", &LIMITS), ("mail", &MAIL)] {
        check(FileKind::Site, &format!("{site}[{table}]\n{}", examples(keys)));
    }
    check(FileKind::Site, &format!("{site}[[webhooks]]\n{}", examples(&WEBHOOK)));
    let host = "name = \"x\"\nemail = \"x@example.com\"\ntime_zone = \"Asia/Tokyo\"\n";
    // Each kind has its own way.
    for (kind, lacks) in [
        ("feed", &["url", "user", "id"][..]),
        ("caldav", &["id"]),
        ("google", &["url", "user"]),
        ("microsoft", &["url"]),
    ] {
        let is_of_kind = |line: &&str| !lacks.iter().any(|key| line.starts_with(&format!("{key} =")));
        let calendar = examples(&CALENDAR).replace("\"feed\"", &format!("\"{kind}\""));
        let calendar = calendar.replace("user = \"aiko\"", "user = \"aiko@example.com\"");
        let calendar = calendar.lines().filter(is_of_kind).collect::<Vec<_>>().join("\n");
        check(FileKind::Host, &format!("{host}[[calendars]]\n{calendar}\n"));
    }
    let calendar = HOST.example("calendars").trim_matches(['[', ']', '{', '}']).replace(", ", "\n");
    check(
        FileKind::Host,
        &format!("{host}[[calendars]]\n{calendar}\n[calendars.keep_free]\n{}", examples(&KEEP_FREE)),
    );
    let page = "title = \"x\"\ndurations = [30]\n";
    for (key, example) in LOCATION.list {
        check(FileKind::Meeting, &format!("+++\n{page}location = {{ {key} = {example} }}\n+++\n"));
    }
    let page = format!("{page}location = {{ ask = \"Where?\" }}\n");
    for (table, keys) in
        [("[buffer]", &BUFFER), ("[limit]", &LIMIT), ("[price]", &PRICE), ("[[dates]]", &DATES)]
    {
        check(FileKind::Meeting, &format!("+++\n{page}{table}\n{}+++\n", examples(keys)));
    }
    let amount = AMOUNT.example("<minutes>");
    check(
        FileKind::Meeting,
        &format!("+++\n{page}[price]\ncurrency = \"JPY\"\namount = {{ 30 = {amount} }}\n+++\n"),
    );
    let of_stripe = |(key, _): &&(&str, &str)| *key != "url";
    let line = |(key, example): &(&str, &str)| format!("{key} = {example}\n");
    let stripe: String = PAYMENT.list.iter().filter(of_stripe).map(line).collect();
    let url = PAYMENT.example("url");
    for payment in [stripe, format!("provider = \"link\"\nurl = {url}\nsecret = \"SHOP_SECRET\"\n")] {
        check(FileKind::Host, &format!("{host}[payment]\n{payment}"));
    }
    check(FileKind::Meeting, &format!("+++\n{page}[[associations]]\n{}+++\n", examples(&ASSOCIATION)));
}

#[test]
fn no_key_is_listed_twice() {
    let mut all = keys();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn webhooks_may_ask_for_every_event() {
    for event in scheduling::booking::Event::ALL.into_iter().filter(|event| event.is_told()) {
        let webhook =
            format!("url = \"https://a.example/hook\"\nsecret = \"HOOK\"\nevents = [\"{}\"]", event.name());
        let site = "title = \"x\"\nbase_url = \"https://a.example\"";
        check(FileKind::Site, &format!("{site}\n[[webhooks]]\n{webhook}\n"));
    }
}
