//! The report: each host, each page with what became of it, and what was left out.

use std::fmt::Write as _;
use std::path::Path;

use super::files::{HostFiles, PageFile};
use super::service::Service;
use crate::commands::words::counted;

/// The report on all hosts.
pub(super) fn report(hosts: &[HostFiles], service: Service, content: &Path, dry_run: bool) -> String {
    let parts = hosts.iter().map(|host| of_host(host, service, content, dry_run));
    parts.collect::<Vec<_>>().join("\n")
}

fn of_host(host: &HostFiles, service: Service, content: &Path, dry_run: bool) -> String {
    let HostFiles { folder, name, pages, skipped, notes, .. } = host;
    let place = content.join(folder);
    let created = if dry_run { "would be created" } else { "created" };
    let mut text =
        format!("{}: {created} from {}’s account with {}\n", place.display(), name, service.name());
    let drafts = pages.iter().filter(|page| page.is_draft).count();
    let _ = match drafts {
        0 => writeln!(text, "{}; {} left out", counted(pages.len(), "page"), skipped.len()),
        1 => {
            writeln!(text, "{}, 1 of them a draft; {} left out", counted(pages.len(), "page"), skipped.len())
        }
        _ => writeln!(
            text,
            "{}, {drafts} of them drafts; {} left out",
            counted(pages.len(), "page"),
            skipped.len()
        ),
    };
    text.push_str("\nAll pages\n");
    for note in notes.iter().map(String::as_str).chain(for_all(service).iter().copied()) {
        push_item(&mut text, note);
    }
    for page in pages {
        push_page(&mut text, page, folder, service);
    }
    if !skipped.is_empty() {
        text.push_str("\nLeft out\n");
        for skipped in skipped {
            push_item(&mut text, &format!("{}: {}", skipped.title, skipped.why));
        }
    }
    text
}

fn push_page(text: &mut String, page: &PageFile, folder: &str, service: Service) {
    let draft = if page.is_draft { ", a draft" } else { "" };
    let _ = writeln!(text, "\n{folder}/{}: {}{draft}", page.name, page.title);
    for todo in &page.undecided {
        push_item(text, todo);
    }
    if page.is_draft {
        push_item(text, "Then take out its line `draft = true`, to publish it.");
    }
    for note in &page.notes {
        push_item(text, note);
    }
    match service {
        Service::Calendly => push_item(
            text,
            "If it costs something there, it is free here until you write its `price`: Calendly’s API does not tell.",
        ),
        Service::Calcom if !page.is_draft && page.notes.is_empty() => {
            push_item(text, "Nothing of it is left out.");
        }
        Service::Calcom => {}
    }
}

fn push_item(text: &mut String, item: &str) {
    let _ = writeln!(text, "  - {item}");
}

/// What is the same for all pages of a service.
fn for_all(service: Service) -> &'static [&'static str] {
    match service {
        Service::Calendly => &[
            "Notice, how far ahead they can be booked, and limits are not in what Calendly’s API says: they have \
             Daymark’s defaults (`notice = \"1h\"`, `window = \"60d\"`, no limit).",
            "Prices are not in it, either: write them where pages cost something (docs/configuration.md#prices).",
            "Bookings, contacts, workflows and the texts of emails stay with Calendly.",
            "Calendars are connected with `generator calendars add`.",
        ],
        Service::Calcom => &[
            "A page that could be booked without end can be booked 60 days ahead (`window`).",
            "Bookings, contacts, workflows and the texts of emails stay with Cal.com.",
            "Calendars are connected with `generator calendars add`.",
        ],
    }
}
