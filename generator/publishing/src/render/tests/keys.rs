//! Keys: each locale of the theme has the messages that are used, in the plural forms of its own rule, and no others.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use scheduling::booking::{Event, Status};
use scheduling::locale::PluralForm;
use scheduling::outbox::{Destination, Mailbox, Recipient};
use scheduling::refusal::Refusal;

use super::super::theme::bundles::Bundles;
use super::super::theme::words::Words;
use super::harness::root;

/// A message that is used, and whether it depends on a count.
type Used = BTreeSet<(String, bool)>;

/// What keys begin with: each is a file of a locale.
const PARTS: [&str; 3] = ["page.", "desk.", "endpoint."];

/// Texts of the sources that begin like a key: a webhook's event, and names of files.
const NO_KEYS: [&str; 4] = ["desk.css", "desk.html", "endpoint.test", "page.md"];

/// The refusals that are said in other words than their code's.
const OTHER_REFUSALS: [&str; 20] = [
    "answered_too_late",
    "captcha_expired",
    "captcha_missing",
    "changed_meanwhile",
    "invite_expired",
    "invite_expired_open",
    "invite_refused_open",
    "invite_used",
    "invite_used_open",
    "link_broken",
    "link_early",
    "moved_meanwhile",
    "never_accepted",
    "other_paid_meanwhile",
    "owed_meanwhile",
    "page_gone",
    "paid_too_late",
    "paid_when_cancelled",
    "refunded_meanwhile",
    "suggested_uninvited",
];

#[test]
fn every_locale_has_exactly_the_messages_that_are_used() {
    let used: Used = in_templates().chain(in_scripts()).chain(in_sources()).chain(reasons()).collect();
    assert!(used.len() > 400, "only {} keys were found", used.len());
    let locales = root().join("site/locales");
    for locale in fs::read_dir(locales).unwrap().flatten() {
        let words = Words::load(&locale.path()).unwrap();
        let code = words.flat.code.as_str();
        let wanted: BTreeSet<String> = used.iter().flat_map(|used| in_forms(used, code)).collect();
        let found: BTreeSet<String> = words.flat.messages.into_keys().collect();
        let missing: Vec<&String> = wanted.difference(&found).collect();
        let superfluous: Vec<&String> = found.difference(&wanted).collect();
        assert!(
            missing.is_empty() && superfluous.is_empty(),
            "site/locales/{code} lacks {missing:?}, and has {superfluous:?}, which nothing uses"
        );
    }
}

/// The keys that a locale has for a message: one, or one for each form of its rule.
fn in_forms((key, counted): &(String, bool), locale: &str) -> Vec<String> {
    if !counted {
        return vec![key.clone()];
    }
    PluralForm::all_of(locale).map(|form| format!("{key}.{}", form.name())).collect()
}

/// Files below a folder, with their text.
fn files_below(folder: &str, extension: &str) -> Vec<(String, String)> {
    let folder = root().join(folder);
    let is_file = |path: &Path| path.extension() == Some(OsStr::new(extension));
    let files = walkdir::WalkDir::new(&folder).into_iter().flatten().map(walkdir::DirEntry::into_path);
    let read = |path: std::path::PathBuf| {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    files.filter(|path| is_file(path)).map(read).collect()
}

/// `{{ words.page.skip }}`, and `⟦endpoint.when.night⟧`, which the endpoint fills in.
fn in_templates() -> impl Iterator<Item = (String, bool)> {
    let files = ["html", "txt"].map(|extension| files_below("site/templates", extension)).concat();
    files.into_iter().flat_map(|(_, text)| {
        let of_words = text.split("words.").skip(1).map(name);
        let of_endpoint = text.split('⟦').skip(1).map(name).filter(|name| name.starts_with("endpoint."));
        let keys: Vec<String> = of_words.chain(of_endpoint).collect();
        keys.into_iter().map(|key| (key, false))
    })
}

/// Why something failed: which there are, English has. That each is one, the endpoint's own test sees.
fn reasons() -> impl Iterator<Item = (String, bool)> {
    let english = Words::load(&root().join("site/locales/en")).unwrap();
    let keys = english.flat.messages.into_keys();
    keys.filter(|key| key.starts_with("endpoint.reason.")).map(|key| (key, false))
}

/// The dotted name at the beginning of a text.
fn name(text: &str) -> String {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || "._".contains(letter)));
    text[..end.unwrap_or(text.len())].to_owned()
}

/// What the build puts words in the place of.
fn in_scripts() -> impl Iterator<Item = (String, bool)> {
    let named = fs::read_to_string(root().join("site/bundles.toml")).unwrap();
    let (styles, scripts) = (files_below("site/styles", "css"), files_below("site/scripts", "js"));
    let bundles = Bundles::of(&named, &styles, &scripts).unwrap();
    bundles.scripts.into_values().flat_map(|bundle| bundle.keys_said())
}

/// Quoted keys in the sources of what renders and answers, without their tests.
fn in_sources() -> impl Iterator<Item = (String, bool)> {
    let folders = ["scheduling/src", "edge/src", "generator/publishing/src"];
    let files = folders.map(|folder| files_below(folder, "rs")).concat();
    let files = files.into_iter().filter(|(file, _)| !file.contains("tests"));
    files.flat_map(|(_, text)| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let used: Vec<(String, bool)> = PARTS.iter().flat_map(|part| quoted(code, part)).collect();
        used
    })
}

fn quoted(code: &str, part: &str) -> Vec<(String, bool)> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices(&format!("\"{part}")) {
        let (before, quoted) = code.split_at(at + 1);
        let text = quoted.split('"').next().unwrap_or_default();
        // What keys begin with is a text of the code, too.
        if text.ends_with('.') || NO_KEYS.contains(&text) {
            continue;
        }
        let counted = before.trim_end_matches('"').trim_end().ends_with("plural(");
        used.extend(composed(text).into_iter().map(|key| (key, counted)));
    }
    used
}

/// The keys that a text with placeholders makes; a text without any is a key.
fn composed(text: &str) -> Vec<String> {
    let with_parts = |keys: &[String], parts: &[&str]| {
        let with = |key: &String| parts.iter().map(|part| format!("{key}.{part}")).collect::<Vec<_>>();
        keys.iter().flat_map(with).collect::<Vec<_>>()
    };
    let below =
        |key: &str, names: Vec<&str>| names.iter().map(|name| format!("{key}.{name}")).collect::<Vec<_>>();
    let statuses = || Status::ALL.iter().map(|status| status.name());
    match text {
        "endpoint.refusal.{}.title" => with_parts(&below("endpoint.refusal", refusals()), &["title"]),
        "endpoint.refusal.{}.detail" => with_parts(&below("endpoint.refusal", refusals()), &["detail"]),
        "endpoint.mail.{side}.{event}{of_erased}.{part}" => {
            with_parts(&mails(), &["subject", "title", "lead"])
        }
        "endpoint.mail.calendar.{state}.{part}" => {
            let states = vec!["failing", "disconnected", "partial", "ok"];
            with_parts(&below("endpoint.mail.calendar", states), &["subject", "lead", "todo"])
        }
        "endpoint.mail.copy.{made}.{part}" => {
            let made = vec![
                "missing",
                "moved",
                "moved_length",
                "length",
                "whole_days",
                "past",
                "taken",
                "room_missing",
            ];
            with_parts(&below("endpoint.mail.copy", made), &["subject", "lead", "todo"])
        }
        "endpoint.mail.copy.several.{part}" => {
            below("endpoint.mail.copy.several", vec!["subject", "lead", "stays", "todo", "button"])
        }
        "endpoint.booking.{said}.{part}" => {
            let states = statuses().chain(["proposed", "moved", "begun", "over", "to_confirm", "not_asked"]);
            let states = states
                .chain([
                    "payment_promised",
                    "payment_unheard",
                    "paid_too_late",
                    "unpaid",
                    "price_due",
                    "price_unpaid",
                ])
                .chain(["payment_failed", "payment_mismatched", "payment_mismatched_untold"])
                .collect();
            with_parts(&below("endpoint.booking", states), &["title", "lead"])
        }
        "endpoint.mail.{other}.{part}" => {
            let others =
                below("endpoint.mail", vec!["payment_mismatched", "payment_repeated", "payment_second"]);
            let mut all = with_parts(&others, &["subject", "subject_of_erased", "lead", "means", "todo"]);
            let some =
                ["mismatched.held", "mismatched.todo_ended", "second.means_unpaid", "second.todo_unpaid"];
            all.extend(some.map(|part| format!("endpoint.mail.payment_{part}")));
            all
        }
        "endpoint.payment.rule.{rule}" => below("endpoint.payment.rule", vec!["until", "never", "always"]),
        "endpoint.payment.{side}.{key}" => {
            let ends = ["unpaid", "refund_pending", "refund_owed", "refunded", "refund_failed", "kept"];
            let others = ["taken_back", "disputed", "disputed_and_owed", "mismatched"];
            let ends = [&ends[..], &others].concat();
            let mut all = with_parts(&below("endpoint.payment", vec!["ended", "ended_of_host"]), &ends);
            all.push("endpoint.payment.ended_of_host.unpaid_by_link".to_owned());
            all
        }
        "endpoint.form.sent_twice.{key}" => {
            let stands = vec!["mailed", "booked", "requested", "to_pay", "to_pay_here"];
            below("endpoint.form.sent_twice", stands)
        }
        "endpoint.payment.{key}" => below("endpoint.payment", payments()),
        "endpoint.decide.{state}" => {
            below("endpoint.decide", statuses().chain(["proposed", "erased"]).collect())
        }
        "endpoint.decide.money.{key}" => {
            below("endpoint.decide.money", ["goes_back", "goes_back_by_hand", "mismatched"].to_vec())
        }
        "endpoint.reminders.{state}.{part}" | "endpoint.erase.{state}.{part}" => {
            let page = text.trim_end_matches(".{state}.{part}");
            with_parts(&below(page, vec!["ask", "done"]), &["title", "lead"])
        }
        "endpoint.feed.{summary}" => below("endpoint.feed", vec!["requested", "awaiting_payment", "summary"]),
        key => {
            assert!(!key.contains('{'), "which keys does `{key}` make?");
            vec![key.to_owned()]
        }
    }
}

/// How a payment stands, and what a cancellation would mean for it.
fn payments() -> Vec<&'static str> {
    vec![
        "due",
        "due_if_confirmed",
        "due_if_accepted",
        "due_if_accepted_of_host",
        "promised",
        "mismatched",
        "unpaid",
        "paid",
        "paid_if_accepted",
        "paid_if_accepted_of_host",
        "disputed",
        "disputed_of_host",
        "taken_back",
        "taken_back_of_host",
        "refund_pending",
        "refund_owed",
        "refund_owed_of_host",
        "refund_owed_by_link_of_host",
        "refund_owed_beside",
        "refund_owed_beside_of_host",
        "partly_refunded",
        "refunded",
        "refund_failed",
        "refund_failed_of_host",
        "goes_back",
        "is_kept",
        "is_disputed",
    ]
}

fn refusals() -> Vec<&'static str> {
    Refusal::ALL.iter().map(|refusal| refusal.code()).chain(OTHER_REFUSALS).collect()
}

/// The mails that are sent: for each side, the events that it is written of.
fn mails() -> Vec<String> {
    let guest = Recipient::Guest("ben@example.org".to_owned());
    let sides = [(Recipient::Visitor, "visitor"), (Recipient::Host, "host"), (guest, "guest")];
    let of_side = |(to, side): (Recipient, &'static str)| {
        let mailbox = Destination::Mail(Mailbox { to });
        let events = Event::ALL.into_iter().filter(move |event| mailbox.takes(*event));
        // Of what calendars make of bookings, and of other money, a host is told otherwise.
        let of_bookings = events.filter_map(|event| event.name().strip_prefix("booking."));
        let is_told_otherwise = |event: &str| {
            event.starts_with("calendar_") || ["room_missing", "payment_mismatched"].contains(&event)
        };
        let of_bookings = of_bookings.filter(move |event| !is_told_otherwise(event));
        of_bookings.map(move |event| format!("endpoint.mail.{side}.{event}"))
    };
    let unpaid = [
        "visitor.accepted_unpaid",
        "visitor.accepted_mismatched",
        "visitor.payment_promised",
        "visitor.moved_waiting",
        "visitor.unpaid",
        "visitor.unpaid_mismatched",
        "visitor.price_unpaid",
        "host.payment_disputed_until",
        "host.payment_questioned",
        "host.payment_questioned_until",
        "host.payment_questioned_of_erased",
        "host.payment_questioned_until_of_erased",
        "host.dispute_lost",
        "visitor.paid_too_late",
        "visitor.paid_too_late_by_hand",
        "visitor.paid_twice",
        "host.unpaid",
        "host.paid_too_late",
        "host.paid_of_erased",
        "host.paid_too_late_of_erased",
        "host.refund_failed_of_erased",
        "host.paid_too_late_by_hand",
        "host.refund_owed_by_link",
        "host.paid_too_late_by_hand_of_erased",
        "host.refund_owed_of_erased",
        "host.refund_owed_by_link_of_erased",
        "host.payment_disputed_of_erased",
        "host.payment_disputed_until_of_erased",
        "host.dispute_closed_of_erased",
        "host.dispute_lost_of_erased",
        "host.dispute_closed_and_returned",
        "host.dispute_closed_and_returned_of_erased",
        "visitor.paid_if_accepted",
        "visitor.paid_for_nothing",
        "visitor.paid_for_nothing_by_hand",
        "host.paid_for_nothing",
        "host.paid_for_nothing_of_erased",
        "host.paid_for_nothing_by_hand",
        "host.paid_for_nothing_by_hand_of_erased",
        "host.refund_owed_twice",
        "host.refund_owed_twice_of_erased",
    ];
    let unpaid = unpaid.iter().map(|mail| format!("endpoint.mail.{mail}"));
    sides.into_iter().flat_map(of_side).chain(unpaid).collect()
}
