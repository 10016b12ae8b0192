//! Reading `site.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use scheduling::definition::{LocaleCode, Mail, Payments, SiteLimits, Turnstile, Webhook, Words};
use scheduling::link::{ASKED, OWN};
use scheduling::mail::MailAddress;

use super::picture::{self, LOGO};
use crate::content::fields::values::{self, DATE_HELP, parse_date};
use crate::content::fields::words::{self, Lines};
use crate::content::fields::{base_url, embed, mail, payment, turnstile, webhooks};
use crate::content::model::Picture;
use crate::content::options::LoadOptions;
use crate::content::toml::keys::{HOLIDAYS, LIMITS, PRIVACY, SITE, THEME};
use crate::content::toml::reader::{Reader, Section, Value};
use crate::content::toml::suggest::{listed, nearest};

/// The content of a site's file.
#[derive(Clone, Debug)]
pub(crate) struct SiteSettings {
    pub title: String,
    pub base_url: String,
    pub locales: Vec<LocaleCode>,
    pub theme: BTreeMap<String, String>,
    pub privacy: Option<Words>,
    pub logo: Option<Picture>,
    pub limits: SiteLimits,
    /// True if the file says whether strangers are bounded.
    pub says_of_strangers: bool,
    pub tracking: Vec<String>,
    /// The time for which contacts are kept after their last meeting.
    pub keep_contacts_minutes: Option<u32>,
    pub webhooks: Vec<Webhook>,
    pub mail: Option<Mail>,
    pub payments: Option<Payments>,
    pub turnstile: Option<Turnstile>,
    /// The origins that may frame the site's pages.
    pub embed_parents: Vec<String>,
    /// Pages that look at no calendar only take requests, unless they say otherwise.
    pub requests: bool,
    /// Only these addresses may book, and are written to.
    pub sandbox: Option<Vec<String>>,
    pub holidays: BTreeMap<String, BTreeMap<NaiveDate, String>>,
    /// True if the file has no errors, so that conclusions from it can be trusted.
    pub sound: bool,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            title: String::new(),
            base_url: String::new(),
            locales: vec!["en".to_owned()],
            theme: BTreeMap::new(),
            privacy: None,
            logo: None,
            limits: SiteLimits {
                bookings_per_minute: 20,
                site_bookings_per_minute: 300,
                bookings_per_contact: 50,
                bound_strangers: true,
            },
            says_of_strangers: false,
            tracking: Vec::new(),
            keep_contacts_minutes: None,
            webhooks: Vec::new(),
            mail: None,
            payments: None,
            turnstile: None,
            embed_parents: Vec::new(),
            requests: false,
            sandbox: None,
            holidays: BTreeMap::new(),
            sound: false,
        }
    }
}

/// Reads the site's file.
pub(crate) fn read(reader: &mut Reader<'_>, root: &Path, options: &LoadOptions) -> SiteSettings {
    let mut site = SiteSettings::default();
    crate::content::fields::secrets::check(reader);
    let Some(table) = reader.parse(&reader.source().text) else { return site };
    let section = reader.root(&table, &SITE);

    if let Some(title) = reader.required(&section, "title").and_then(|value| reader.line(&value)) {
        title.value.clone_into(&mut site.title);
    }
    site.base_url = own_address(reader, &section, options);
    if let Some(value) = section.get("locales") {
        site.locales = locales(reader, &value, options);
    }
    if let Some(value) = section.get("privacy") {
        site.privacy = words::read(reader, &value, &PRIVACY, Lines::One, &site.locales);
    }
    site.logo = section.get("logo").and_then(|value| picture::of_key(reader, &value, (root, ""), &LOGO));
    if let Some(value) = section.get("theme") {
        site.theme = theme(reader, &value, options);
    }
    if let Some(value) = section.get("limits") {
        site.says_of_strangers = limits(reader, &value, &mut site.limits);
    }
    if let Some(value) = section.get("tracking") {
        site.tracking = tracking(reader, &value);
    }
    site.keep_contacts_minutes = section.get("keep_contacts").and_then(|value| keep_contacts(reader, &value));
    if let Some(value) = section.get("holidays") {
        site.holidays = holidays(reader, &value);
    }
    site.requests = section.get("without_calendar").is_some_and(|value| without_calendar(reader, &value));
    site.sandbox = section.get("sandbox").map(|value| sandbox(reader, &value));
    site.webhooks = webhooks::read(reader, &section, "*", &[]);
    site.mail = mail::read(reader, &section);
    site.payments = payment::read(reader, &section);
    site.turnstile = turnstile::read(reader, &section);
    site.embed_parents = embed::read(reader, &section);
    site.sound = !reader.has_mistakes();
    site
}

/// True if bookings on pages that look at no calendar are requests.
fn without_calendar(reader: &mut Reader<'_>, value: &Value<'_>) -> bool {
    let Some(text) = reader.text(value) else { return false };
    if !matches!(text.value, "confirm" | "request") {
        reader
            .mistake(text.span, format!("`without_calendar` cannot be `{}`", text.value))
            .help("use `\"confirm\"`, or `\"request\"` for bookings that wait for the host's answer");
    }
    text.value == "request"
}

/// Addresses that a site which is only tried out takes bookings from.
fn sandbox(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let mut addresses = Vec::new();
    if Reader::is_empty_list(value) {
        reader
            .mistake(value.span(), "with an empty `sandbox`, nobody can book")
            .help("list the addresses that can book; leave `sandbox` out to let everyone book")
            .help(format!("for example: `{}`", value.example_line()));
    }
    for text in reader.texts(value) {
        let whole = text
            .value
            .strip_prefix('*')
            .map_or_else(|| text.value.to_owned(), |rest| format!("anyone{rest}"));
        match MailAddress::parse(&whole) {
            Ok(address) => {
                let address = address.to_string();
                let domain = address.strip_prefix("anyone").filter(|_| text.value.starts_with('*'));
                addresses.push(domain.map_or(address.clone(), |rest| format!("*{rest}")));
            }
            Err(why) => {
                let diagnostic =
                    reader.mistake(text.span, format!("`{}` is not an email address", text.value));
                if let Some(help) = values::rule_of_addresses(why) {
                    diagnostic.help(help);
                }
                diagnostic.help("write a whole address, or `*@example.com` for a whole domain");
            }
        }
    }
    addresses
}

fn own_address(reader: &mut Reader<'_>, section: &Section<'_>, options: &LoadOptions) -> String {
    let value = match &options.base_url {
        Some(_) => section.get("base_url"),
        None => reader.required(section, "base_url"),
    };
    let written = value.and_then(|value| {
        let text = reader.line(&value)?;
        let wrong = match base_url::base_url(text.value) {
            Ok(address) => return Some(address),
            Err(wrong) => wrong,
        };
        reader
            .mistake(text.span, format!("`{}` cannot be the site's address", text.value))
            .help(wrong)
            .help(format!("for example: `{}`", value.example_line()));
        None
    });
    let given = options
        .base_url
        .as_deref()
        .map(|given| base_url::base_url(given).unwrap_or_else(|_| given.trim_end_matches('/').to_owned()));
    given.or(written).unwrap_or_default()
}

fn locales(reader: &mut Reader<'_>, value: &Value<'_>, options: &LoadOptions) -> Vec<LocaleCode> {
    let mut locales: Vec<LocaleCode> = Vec::new();
    let texts = reader.texts(value);
    if texts.is_empty() && !reader.has_mistakes() {
        reader
            .mistake(value.span(), "a site needs at least one locale")
            .help(format!("for example: `{}`", value.example_line()));
    }
    for text in texts {
        let code = text.value;
        if !is_locale(code) {
            reader
                .mistake(text.span, format!("`{code}` is not a locale"))
                .help("use a language code (BCP 47), such as `en`, `ja` or `pt-BR`");
        } else if !options.locales.is_empty() && !options.locales.iter().any(|known| known == code) {
            let known = listed(options.locales.iter().map(String::as_str), "and");
            reader
                .mistake(text.span, format!("the theme has no text in `{code}`"))
                .help(format!("it has {known}"))
                .help(format!(
                    "to add one, copy the theme's `locales/en` to `locales/{code}` and translate it"
                ));
        } else if locales.iter().any(|other| other.eq_ignore_ascii_case(code)) {
            reader.mistake(text.span, format!("`{code}` appears twice in `locales`"));
        } else {
            locales.push(code.to_owned());
        }
    }
    if locales.is_empty() { SiteSettings::default().locales } else { locales }
}

fn is_locale(code: &str) -> bool {
    let mut parts = code.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn theme(reader: &mut Reader<'_>, value: &Value<'_>, options: &LoadOptions) -> BTreeMap<String, String> {
    let known = || options.theme_tokens.iter().map(String::as_str);
    let mut theme = BTreeMap::new();
    for (name, value) in reader.entries(value, &THEME) {
        let Some(text) = reader.line(&value) else { continue };
        if !options.theme_tokens.is_empty() && !known().any(|token| token == name.value) {
            let diagnostic = reader.mistake(name.span, format!("the theme has no property `{}`", name.value));
            if let Some(likely) = nearest(name.value, known()) {
                diagnostic.label(format!("did you mean `{likely}`?"));
            }
            diagnostic.help(format!("it has {}", listed(known(), "and")));
        } else if let Some(wrong) = wrong_in_style(text.value) {
            reader
                .mistake(text.span, format!("`{}` contains {wrong}", name.value))
                .help("write one CSS value and nothing after it: `#0b6e63`, `1.25rem`, `Georgia, serif`");
        } else {
            theme.insert(name.value.to_owned(), text.value.trim().to_owned());
        }
    }
    theme
}

/// The part of a value that would end its declaration, or fetch something from elsewhere.
fn wrong_in_style(value: &str) -> Option<String> {
    let forbidden = [";", "{", "}", "<", ">", "\\", "/*", "url(", "image-set(", "@import", "expression("];
    let lower = value.to_ascii_lowercase();
    forbidden.into_iter().find(|part| lower.contains(part)).map(|part| format!("`{part}`"))
}

/// Reads the limits. Returns true if they say whether strangers are bounded.
fn limits(reader: &mut Reader<'_>, value: &Value<'_>, limits: &mut SiteLimits) -> bool {
    let Some(section) = reader.section(value, &LIMITS) else { return false };
    let mut read = |key: &'static str, limit: &mut u32| {
        if let Some(number) = section
            .get(key)
            .and_then(|value| reader.whole(&value, 0, 1_000_000, "bookings; 0 switches the limit off"))
        {
            *limit = number;
        }
    };
    read("bookings_per_minute", &mut limits.bookings_per_minute);
    read("site_bookings_per_minute", &mut limits.site_bookings_per_minute);
    read("bookings_per_contact", &mut limits.bookings_per_contact);
    let bounds = section.get("bound_strangers").and_then(|value| reader.flag(&value));
    limits.bound_strangers = bounds.unwrap_or(limits.bound_strangers);
    bounds.is_some()
}

/// The time for which contacts are kept. Less than a day would erase people before they can follow up.
fn keep_contacts(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<u32> {
    let minutes = values::minutes(reader, value, 3660 * values::DAY)?;
    if minutes < values::DAY {
        let message = format!("`keep_contacts` is less than a day: `{}`", reader.text(value)?.value);
        reader
            .mistake(value.span(), message)
            .help("contacts are erased this long after their last meeting; without it, they are kept")
            .help(format!("for example: `{}`", value.example_line()));
        return None;
    }
    Some(minutes)
}

/// Names of tracking parameters.
fn tracking(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in reader.texts(value) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.value.is_empty() || text.value.len() > 64 || !text.value.bytes().all(plain) {
            reader
                .mistake(text.span, format!("`{}` is not the name of a parameter", text.value))
                .help("use up to 64 letters, digits, underscores and hyphens: `campaign_id`");
        } else if OWN.contains(&text.value) || ASKED.contains(&text.value) {
            reader
                .mistake(text.span, format!("`{}` cannot be a tracking parameter", text.value))
                .help("in a link, this says what is chosen on the page, or what its form is filled in with");
        } else if names.iter().any(|name| name == text.value) {
            reader.mistake(text.span, format!("`{}` appears twice in `tracking`", text.value));
        } else {
            names.push(text.value.to_owned());
        }
    }
    names
}

fn holidays(reader: &mut Reader<'_>, value: &Value<'_>) -> BTreeMap<String, BTreeMap<NaiveDate, String>> {
    let mut sets = BTreeMap::new();
    for (name, dates) in reader.entries(value, &HOLIDAYS) {
        let mut set = BTreeMap::new();
        for (date, holiday) in reader.entries(&dates, &HOLIDAYS) {
            let holiday = reader.line(&holiday);
            match (parse_date(date.value), holiday) {
                (Some(date), Some(holiday)) => {
                    set.insert(date, holiday.value.to_owned());
                }
                (Some(_), None) => {}
                (None, _) => {
                    reader
                        .mistake(date.span, format!("`{}` is not a date", date.value))
                        .help(DATE_HELP)
                        .help("holidays are dates with names: `\"2027-01-01\" = \"New Year's Day\"`");
                }
            }
        }
        sets.insert(name.value.to_owned(), set);
    }
    sets
}
