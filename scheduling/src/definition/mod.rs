//! The definitions by hosts: sites, hosts, meetings and their rules, resolved and checked.
//!
//! The generator makes these from the content; `_edge/site.json` and `_edge/hosts/<host>.json` hold them for the
//! endpoint, as serde writes them.

mod buffer;
mod calendar;
mod location;
mod page_name;
mod payment;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::buffer::{Buffer, LONGEST_BUFFER_MINUTES};
pub use self::calendar::{Calendar, CalendarSource, Role, WhenUnknown, WholeDays};
pub(crate) use self::location::room_at;
pub use self::location::{Location, RANDOM};
pub use self::page_name::{in_folder, is_same_page, slug_of};
pub use self::payment::{Payments, Provider, RefundUntil};
pub use self::words::{LocaleCode, Words, words_in};
use crate::hours::{DatedHours, WeeklyHours};
use crate::locale::{self, LocaleWords};
use crate::mail::{self, Sender};
use crate::money::Money;
use crate::web::Served;
use crate::zone::Zone;

/// The definition of the whole site: `_edge/site.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteDefinition {
    /// The site's name.
    pub title: String,
    /// The address that the site is published at, without a slash at the end.
    pub base_url: String,
    /// The locales of the site; the first is the default and has no folder of its own in addresses.
    pub locales: Vec<LocaleCode>,
    /// Date patterns, names and messages of each locale, for the pages and mails that the endpoint writes.
    pub words: BTreeMap<LocaleCode, LocaleWords>,
    /// Limits on what visitors send.
    pub limits: SiteLimits,
    /// Extra tracking parameters to keep, beside the ones that every site keeps.
    pub tracking_parameters: Vec<String>,
    /// Endpoints that are notified of every host's bookings.
    pub webhooks: Vec<Webhook>,
    /// The way mail is sent; `None` if none is.
    pub mail: Option<Mail>,
    /// Minutes after the last meeting's end for which contacts are kept; `None` for until they are erased.
    pub keep_contacts_minutes: Option<u32>,
    /// The only addresses that a sandbox takes bookings from and writes to: whole ones, and `*@example.com` for all of
    /// a domain. `None` for a site that is not a sandbox.
    pub sandbox: Option<Vec<String>>,
    /// The check that a person sends a form; `None` if there is none.
    pub turnstile: Option<Turnstile>,
    /// The origins whose pages may show this site's in a frame, beside its own.
    pub embed_parents: Vec<String>,
    /// Hosts by folder, so that an unknown one is known without reading its file.
    pub hosts: Vec<String>,
    /// The folders of hosts who were renamed, by their ledgers' names: everybody else's folder is the ledger's name.
    pub renamed: BTreeMap<String, String>,
    /// The folders of hosts by further names that these had before: pages may be open that have them still.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub was: BTreeMap<String, String>,
    /// All who take its hosts' payments, each once: what a provider says may name no host, or one who is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Payments>,
}

impl SiteDefinition {
    /// Those who take the hosts' payments, each once.
    pub fn accounts_of<'a>(hosts: impl IntoIterator<Item = &'a HostDefinition>) -> Vec<Payments> {
        let mut accounts = Vec::new();
        for payments in hosts.into_iter().filter_map(|host| host.payments.as_ref()) {
            if !accounts.contains(payments) {
                accounts.push(payments.clone());
            }
        }
        accounts
    }

    /// The locale of pages without a folder of their own in addresses, and of all that hosts read.
    pub fn default_locale(&self) -> &str {
        self.locales.first().map_or("en", String::as_str)
    }

    /// The folder of the host who may have that ledger; `None` where there is no such host. What the host's own
    /// definition says of the ledger decides.
    pub fn folder_of(&self, ledger: &str) -> Option<&str> {
        let renamed = self.renamed.get(ledger).map(String::as_str);
        renamed.or_else(|| self.hosts.iter().find(|folder| *folder == ledger).map(String::as_str))
    }

    /// The folder of the host whose pages have a name by now, or had it once.
    pub fn folder_named(&self, name: &str) -> Option<&str> {
        let is_known = self.hosts.iter().find(|folder| *folder == name).map(String::as_str);
        is_known.or_else(|| self.folder_of(name)).or_else(|| self.was.get(name).map(String::as_str))
    }

    /// How it is served.
    pub fn served(&self) -> Served {
        Served {
            https: self.base_url.starts_with("https://"),
            turnstile: self.turnstile.is_some(),
            parents: self.embed_parents.clone(),
        }
    }

    /// The site's locale that suits best who wants that one.
    pub fn locale_for(&self, wanted: &str) -> Option<&str> {
        locale::choice(wanted, &self.locales)
    }

    /// Returns true if that address may book, and be written to: any may, unless the site is a sandbox.
    pub fn admits(&self, email: &str) -> bool {
        let email = mail::normalised(email);
        let matches = |listed: &String| match listed.to_lowercase().strip_prefix('*') {
            Some(domain) => email.ends_with(domain),
            None => mail::normalised(listed) == email,
        };
        self.sandbox.as_ref().is_none_or(|listed| listed.iter().any(matches))
    }
}

/// The mail settings of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// The sender.
    pub from: Sender,
    /// The service that takes it.
    pub transport: MailTransport,
}

/// A service that takes mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// A provider's HTTP API. In its headers and in the texts of its body, `{secret}`, `{id}`, `{from}`, `{to}`,
    /// `{reply_to}`, `{subject}`, `{text}`, `{html}`, `{invitation}` (Base64) and `{method}` are filled in, by the
    /// rules of [`mail::fill_body`].
    Api {
        /// The address that mails are posted to.
        url: String,
        /// Headers by name.
        headers: BTreeMap<String, String>,
        /// The body.
        body: serde_json::Map<String, serde_json::Value>,
        /// The name of the secret that it asks for.
        secret: String,
    },
    /// An SMTP server (RFC 5321), only in the local adapter.
    Smtp {
        /// `smtp://` (STARTTLS, except on this machine), or `smtps://`, with the user's name, host and port.
        server: String,
        /// The name of the secret that is the user's password.
        secret: Option<String>,
    },
    /// The mailbox page of `serve`: nothing leaves the machine.
    Mailbox,
}

/// Cloudflare's Turnstile: the check, shown in the form, that a person sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnstile {
    /// The key that pages show it with.
    pub site_key: String,
    /// The name of the secret that tokens are verified with.
    pub secret: String,
    /// The address at which they are verified.
    pub url: String,
}

impl Turnstile {
    /// The action that tokens are made for: one that was made for another does not count.
    pub const ACTION: &str = "book";
}

/// A webhook endpoint (Standard Webhooks 1.0.0).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// The names of its secrets: one, or while it is rotated, the new one and the old one.
    pub secret: Vec<String>,
    /// The events that it takes: names, `booking.*` for all that begin like that, `*` for all.
    pub events: Vec<String>,
}

/// Limits on what visitors send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteLimits {
    /// Booking attempts a minute from one address (of IPv6, one /64; ten times as many from one /48); 0 switches the
    /// limit off.
    pub bookings_per_minute: u32,
    /// Booking attempts a minute from everywhere together; 0 switches the limit off.
    pub site_bookings_per_minute: u32,
    /// Live bookings of one contact with one host; 0 switches the limit off, and that of a day.
    pub bookings_per_contact: u32,
    /// Whether what strangers hold of a page is bounded: see [`crate::strangers`].
    pub bound_strangers: bool,
}

/// A host and the host's meeting pages: `_edge/hosts/<host>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostDefinition {
    /// The folder, which is the first part of every link.
    pub folder: String,
    /// The ledger's name: the folder, unless the host was renamed.
    pub ledger: String,
    /// The name that visitors see.
    pub name: String,
    /// The host's own address.
    pub email: String,
    /// The host's zone.
    pub time_zone: Zone,
    /// Raising it revokes the host's key.
    pub key_version: u32,
    /// Raising it withdraws all invitations to the host's pages.
    #[serde(default = "first_invites_version")]
    pub invites_version: u32,
    /// Endpoints that are notified of this host's bookings.
    pub webhooks: Vec<Webhook>,
    /// The host's calendars in other programs.
    #[serde(default)]
    pub calendars: Vec<Calendar>,
    /// Who takes the money for pages with a price: the host's own provider, or else the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Payments>,
    /// Meetings by the last part of their link.
    pub meetings: BTreeMap<String, Meeting>,
}

/// The version of a host's invitations while they have withdrawn none together.
pub(crate) fn first_invites_version() -> u32 {
    1
}

/// A meeting page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meeting {
    /// The page's name: folder, slash, file, such as `aiko/intro`.
    pub page: String,
    /// The title.
    pub title: Words,
    /// The locales that it is published in; none where an older generator has written it.
    #[serde(default)]
    pub locales: Vec<LocaleCode>,
    /// The place.
    pub location: Location,
    /// The rules for its times.
    pub rules: Rules,
    /// The questions to visitors, beside name and address.
    pub questions: Vec<Question>,
    /// Visitors may move or cancel until this many minutes before the start.
    pub change_until_minutes: u32,
    /// The times of reminders, in minutes before the start.
    pub reminders_minutes: Vec<u32>,
    /// Bookings are requests that the host answers within this many minutes; `None` if they are confirmed at once.
    pub approval_within_minutes: Option<u32>,
    /// True if calendars get the address of the booking's own page, where it is changed.
    pub links_in_invitation: bool,
    /// The objects elsewhere that its bookings belong to.
    pub associations: Vec<Association>,
    /// The names of the host's calendars whose busy times are not offered.
    #[serde(default)]
    pub calendars: Vec<String>,
    /// The name of the host's calendar that bookings are written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_to: Option<String>,
    /// What is done where one of these cannot be read.
    #[serde(default)]
    pub when_unknown: WhenUnknown,
    /// True if it can be booked by invitation only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invite_only: bool,
    /// The price of each duration, in minutes; empty for a page that costs nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<u32, Money>,
    /// Until when visitors who cancel get their money back.
    #[serde(default)]
    pub refund_until: RefundUntil,
}

/// An object in another system, such as a CRM, that a meeting belongs to: a company, a deal, a ticket, or one of any
/// other type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The type of object, such as `deal`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id in that system.
    pub id: String,
}

/// The minutes that a host has to answer where nothing else is set.
pub const DEFAULT_APPROVAL_MINUTES: u32 = 48 * 60;

/// The rules of a meeting page, resolved: everything that decides when it can be booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// The zone of every wall time here.
    pub time_zone: Zone,
    /// The page's own weekly hours.
    pub page_hours: Option<WeeklyHours>,
    /// The host's weekly hours.
    pub host_hours: WeeklyHours,
    /// The page's dates, sorted, not overlapping.
    pub page_dates: Vec<DatedHours>,
    /// The host's dates, sorted, not overlapping.
    pub host_dates: Vec<DatedHours>,
    /// Holidays, with their names.
    pub holidays: BTreeMap<NaiveDate, String>,
    /// The durations to choose between, in minutes; the first is preselected.
    pub durations_minutes: Vec<u32>,
    /// Minutes from one start to the next.
    pub start_every_minutes: u32,
    /// The least time from now to a start, in minutes.
    pub notice_minutes: u32,
    /// The dates that can be booked.
    pub window: DateWindow,
    /// Time kept free around a meeting.
    pub buffer: Buffer,
    /// The most bookings that a day and a week take.
    pub limit: Limit,
}

/// The dates that can be booked (rule 4): all bounds that are set apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateWindow {
    /// Today in the host's zone, and this many dates after it.
    pub days: Option<u32>,
    /// The first date.
    pub from: Option<NaiveDate>,
    /// The last date, included.
    pub until: Option<NaiveDate>,
}

/// The most bookings of the page that a day and an ISO week take, in the host's zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Bookings in a day.
    pub per_day: Option<u32>,
    /// Bookings in an ISO week.
    pub per_week: Option<u32>,
}

/// A question of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The name of its answer.
    pub id: String,
    /// The words that ask.
    pub label: Words,
    /// The kind of answer that it takes.
    pub kind: QuestionKind,
    /// True if it must be answered.
    pub required: bool,
}

/// The kind of answer that a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// One of the options.
    Choice(Vec<ChoiceOption>),
    /// Any of the options.
    Choices(Vec<ChoiceOption>),
    /// A number.
    Number,
    /// A phone number.
    Phone,
    /// A box to tick.
    Consent,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// The id that the answer holds.
    pub id: String,
    /// The words that visitors read.
    pub label: Words,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_admits(sandbox: Option<&[&str]>, email: &str, expected: bool) {
        let mut site: SiteDefinition = serde_json::from_value(serde_json::json!({
            "title": "", "base_url": "", "locales": [], "words": {}, "tracking_parameters": [], "webhooks": [], "hosts": [], "renamed": {}, "embed_parents": [],
            "limits": { "bookings_per_minute": 0, "site_bookings_per_minute": 0, "bookings_per_contact": 0, "bound_strangers": true },
        }))
        .unwrap();
        site.sandbox = sandbox.map(|listed| listed.iter().map(|&email| email.to_owned()).collect());
        assert_eq!(site.admits(email), expected, "{email}");
    }

    #[test]
    fn a_sandbox_admits_those_it_lists() {
        check_admits(None, "anybody@example.net", true);
        check_admits(Some(&[]), "anybody@example.net", false);
        let listed: Option<&[&str]> = Some(&["Mara@example.org", "*@Example.com"]);
        check_admits(listed, " mara@EXAMPLE.org ", true);
        check_admits(listed, "\"mara\"@example.org", true);
        check_admits(listed, "anybody@example.com", true);
        check_admits(listed, "anybody@sub.example.com", false);
        check_admits(listed, "anybody@notexample.com", false);
        check_admits(listed, "mara@example.org.evil.net", false);
        check_admits(listed, "ben@example.org", false);
        let listed: Option<&[&str]> = Some(&["mara@bücher.example", "*@xn--mller-kva.example"]);
        check_admits(listed, "mara@xn--bcher-kva.example", true);
        check_admits(listed, "anybody@müller.example", true);
    }
}
