//! A meeting page that is shared: its link, and what that may carry.

use chrono::NaiveDate;
use publishing::content::{Page, Site};
use scheduling::availability::{Query, Window};
use scheduling::definition::{HostDefinition, LocaleCode, Location, Meeting, Question, QuestionKind};
use scheduling::link::{KEPT, Link, MOST_BYTES};
use scheduling::mail::MailAddress;
use scheduling::paths;
use scheduling::text::one_line;
use scheduling::zone::Zone;

use super::time::Time;
use super::words::list;
use crate::failure::Failure;
use crate::printer::Printer;

/// Who a link is for.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Reader {
    /// The reader's language; by default, the first of the site's languages that the page has
    #[arg(long, value_name = "LANGUAGE")]
    pub locale: Option<String>,
    /// The reader's name, filled in
    #[arg(long)]
    pub name: Option<String>,
    /// The reader's email address, filled in
    #[arg(long)]
    pub email: Option<String>,
}

impl Reader {
    /// A link that fills in the reader's name and address, where they are known.
    pub(super) fn on(&self, link: Link) -> Result<Link, Failure> {
        let name = one_line(self.name.as_deref().unwrap_or_default());
        let email = self.email.as_deref().unwrap_or_default().trim();
        if !email.is_empty() && MailAddress::parse(email).is_err() {
            return Err(Failure::usage(format!("`{email}` is not an email address")));
        }
        Ok(link.with("name", &name).with("email", email))
    }
}

/// The campaign that a link belongs to: a booking keeps it, and its contact the last one.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the parameters have these names everywhere")]
pub struct Campaign {
    /// The campaign, such as spring-launch
    #[arg(long, value_name = "NAME")]
    pub utm_campaign: Option<String>,
    /// The place where the link stands, such as newsletter
    #[arg(long, value_name = "NAME")]
    pub utm_source: Option<String>,
    /// The kind of place, such as email
    #[arg(long, value_name = "NAME")]
    pub utm_medium: Option<String>,
    /// The word that was searched for
    #[arg(long, value_name = "NAME")]
    pub utm_term: Option<String>,
    /// Tells links of one campaign apart
    #[arg(long, value_name = "NAME")]
    pub utm_content: Option<String>,
}

impl Campaign {
    /// A link that carries it.
    pub(super) fn on(&self, link: Link) -> Link {
        let Self { utm_campaign, utm_source, utm_medium, utm_term, utm_content } = self;
        [
            ("utm_campaign", utm_campaign),
            ("utm_source", utm_source),
            ("utm_medium", utm_medium),
            ("utm_term", utm_term),
            ("utm_content", utm_content),
        ]
        .into_iter()
        .fold(link, |link, (name, value)| link.with(name, value.as_deref().unwrap_or_default().trim()))
    }
}

/// The page that is to be shared.
pub(super) struct SharedPage<'a> {
    pub(super) site: &'a Site,
    pub(super) host: &'a HostDefinition,
    pub(super) meeting: &'a Meeting,
}

impl SharedPage<'_> {
    /// The plain link in a language.
    pub(super) fn plain(&self, locale: &str) -> Link {
        Link::to(address(self.site, locale, &self.meeting.page))
    }

    /// The duration that is wanted, or the page's first.
    pub(super) fn duration(&self, wanted: Option<u32>) -> Result<u32, Failure> {
        let durations = &self.meeting.rules.durations_minutes;
        let duration = wanted.unwrap_or(durations[0]);
        if durations.contains(&duration) {
            return Ok(duration);
        }
        Err(Failure::saying(format!(
            "{} cannot be booked for {duration} minutes. Its durations are: {}.",
            self.meeting.page,
            list(durations)
        )))
    }

    /// The language that is wanted, or the site's first that the page has words in.
    pub(super) fn locale(&self, wanted: Option<&str>) -> Result<&str, Failure> {
        let page = self.host_pages().find(|page| page.slug == self.slug());
        let has = |code: &&LocaleCode| page.is_some_and(|page| page.description.contains_key(*code));
        let mut locales = self.site.definition.locales.iter().filter(has);
        let Some(wanted) = wanted else {
            return Ok(locales.next().map_or("", String::as_str));
        };
        let known: Vec<&str> = locales.map(String::as_str).collect();
        known.iter().find(|code| code.eq_ignore_ascii_case(wanted)).copied().ok_or_else(|| {
            let known = known.join(", ");
            Failure::saying(format!(
                "{} is not available in `{wanted}`. It is in: {known}.",
                self.meeting.page
            ))
        })
    }

    fn host_pages(&self) -> impl Iterator<Item = &Page> {
        let host = self.site.hosts.iter().find(|host| host.definition.folder == self.host.folder);
        host.into_iter().flat_map(|host| &host.pages)
    }

    fn slug(&self) -> &str {
        self.meeting.page.split_once('/').map_or("", |(_, slug)| slug)
    }

    /// The one start that a time on the command line means, if the page offers it.
    pub(super) fn start(&self, time: &Time, duration: u32, query: &Query<'_>) -> Result<i64, Failure> {
        let zone = &self.host.time_zone;
        let [start] = time.instants(zone)[..] else {
            return Err(Failure::saying(if time.instants(zone).is_empty() {
                format!("{} does not exist in {}: the clocks skip it.", time.text, zone.name())
            } else {
                format!(
                    "{} happens twice in {}: the clocks go back. Write it with its offset.",
                    time.text,
                    zone.name()
                )
            }));
        };
        let rules = &self.meeting.rules;
        let offers = |window: &Window| window.offers(start, rules.start_every_minutes, duration);
        if rules.windows(query).iter().any(offers) {
            return Ok(start);
        }
        let Self { meeting: Meeting { page, .. }, .. } = self;
        let text = &time.text;
        Err(Failure::saying(format!(
            "{page} does not offer {text} for {duration} minutes. `generator explain {page} {text} --duration {duration}` says why."
        )))
    }

    /// A parameter, if the page or the site reads it, and can do something with its value.
    pub(super) fn known<'b>(&self, name: &'b str, value: &str) -> Result<&'b str, Failure> {
        let questions = &self.meeting.questions;
        let numbered = name.strip_prefix('a').and_then(|number| number.parse::<usize>().ok());
        let by_number = numbered.and_then(|number| questions.get(number.checked_sub(1)?));
        if let Some(question) = questions.iter().find(|question| question.id == name).or(by_number) {
            return answers(question, value).map(|()| name);
        }
        let asks_where = matches!(self.meeting.location, Location::Ask(_)) && name == "location";
        let asks_phone =
            name == "phone" && questions.iter().any(|question| question.kind == QuestionKind::Phone);
        let is_part_of_name = ["first_name", "last_name"].contains(&name);
        let kept = &self.site.definition.tracking_parameters;
        let is_kept = KEPT.contains(&name) || kept.iter().any(|kept| kept == name);
        if asks_where || asks_phone || is_part_of_name || is_kept {
            return Ok(name);
        }
        if let Some(opened) = opened(name, value) {
            return opened.map(|()| name);
        }
        let ids = questions.iter().map(|question| question.id.as_str());
        let known: Vec<&str> = ids.chain(kept.iter().map(String::as_str)).collect();
        let page = &self.meeting.page;
        Err(Failure::saying(if known.is_empty() {
            format!(
                "{page} asks nothing that `{name}` could answer, and the site keeps no parameters of its own."
            )
        } else {
            let known = known.join(", ");
            format!(
                "`{name}` is neither a question of {page} nor a tracking parameter of the site. These are: {known}."
            )
        }))
    }
}

/// Checks that the page can open at a value; `None` for a parameter that opens nothing.
fn opened(name: &str, value: &str) -> Option<Result<(), Failure>> {
    let is_date = |text: &str| text.len() == "2026-12-01".len() && text.parse::<NaiveDate>().is_ok();
    let (fits, example) = match name {
        "month" => (is_date(&format!("{value}-01")), "2026-12"),
        "date" => (is_date(value), "2026-12-01"),
        "tz" => (Zone::read(value).is_ok(), "Europe/Berlin"),
        _ => return None,
    };
    let wrong = || Failure::saying(format!("`{name}` cannot be `{value}`: write it as `{example}`."));
    Some(if fits { Ok(()) } else { Err(wrong()) })
}

/// Checks that a value is an answer to a question.
fn answers(question: &Question, value: &str) -> Result<(), Failure> {
    let id = &question.id;
    if question.kind == QuestionKind::Consent {
        return Err(Failure::saying(format!("`{id}` is a consent: only the visitor can give it.")));
    }
    let (QuestionKind::Choice(options) | QuestionKind::Choices(options)) = &question.kind else {
        return Ok(());
    };
    let named = |one: &str| {
        let is = |words: &str| words.trim().eq_ignore_ascii_case(one.trim());
        options.iter().any(|option| is(&option.id) || option.label.values().any(|label| is(label)))
    };
    let several = matches!(question.kind, QuestionKind::Choices(_));
    if named(value) || (several && value.split(',').all(named)) {
        return Ok(());
    }
    let known: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
    Err(Failure::saying(format!("`{id}` has no option `{value}`. It has: {}.", known.join(", "))))
}

/// Says so where not everybody who gets a link can book.
pub(super) fn tell_sandbox(site: &Site, printer: Printer) {
    if site.definition.sandbox.is_some() {
        printer.tell("The site is in sandbox mode: only the addresses that it lists can book.");
    }
}

/// Where a page is published.
pub(super) fn address(site: &Site, locale: &str, page: &str) -> String {
    format!("{}{}", site.definition.base_url, paths::page(&site.definition.locales, locale, page))
}

/// An address that is not too long for a link.
pub(super) fn within_bounds(address: String) -> Result<String, Failure> {
    if address.len() > MOST_BYTES {
        return Err(Failure::saying(format!(
            "the link would have {} bytes; mail programs and servers cut links at {MOST_BYTES}",
            address.len()
        )));
    }
    Ok(address)
}
