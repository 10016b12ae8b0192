//! Asking a service's API, page by page, with a token that goes nowhere else.

use std::time::Duration;

use edge::local::{Clock, Sender};
use edge::{Clock as _, Outgoing as _, OutgoingRequest, Response, Wanted, retry_after_seconds};
use publishing::content::is_variable_name;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::answer::{Node, Saved, Unreadable, answers};
use super::service::Service;
use crate::commands::calendars::addresses::{is_unencrypted, web};
use crate::commands::calendars::secret::typed;
use crate::failure::Failure;
use crate::printer::Printer;

/// The time for one answer.
const DEADLINE: Duration = Duration::from_mins(1);
/// The largest answer.
const MOST_BYTES: usize = 32 << 20;
/// The most answers that one list may have.
const MOST_PARTS: usize = 1000;
/// The longest that a service is waited for when it says "not so fast", in seconds, and how often.
const LONGEST_WAIT: u32 = 120;
const MOST_WAITS: usize = 20;
/// The wait where a service does not say how long, in seconds.
const USUAL_WAIT: u32 = 30;

/// How an API is asked.
pub(super) struct Way<'a> {
    /// The environment variable with the token, if not the service's usual one.
    pub(super) variable: Option<&'a str>,
    /// The address of the API, if not the service's own.
    pub(super) url: Option<&'a str>,
}

/// An API, and who asks it.
struct Api {
    service: Service,
    /// Without a slash at its end.
    base: String,
    variable: String,
    token: String,
    sender: Sender,
    runtime: Runtime,
    printer: Printer,
}

/// All answers that an account is made from.
pub(super) fn answers_of(
    service: Service,
    way: &Way<'_>,
    clock: Clock,
    printer: Printer,
) -> Result<Vec<Saved>, Failure> {
    let variable = way.variable.unwrap_or(service.token_variable());
    if !is_variable_name(variable) {
        // It may be the token itself, which is not shown.
        return Err(Failure::usage(format!(
            "--token-env takes the name of an environment variable, such as {}, and not the token itself",
            service.token_variable()
        )));
    }
    let url = way.url.unwrap_or(service.address());
    let url = web(url).map_err(|wrong| Failure::usage(format!("--url: {wrong}")))?;
    if is_unencrypted(&url) {
        return Err(Failure::usage(
            "--url: the token could be read on the way: give an address that begins with https://",
        ));
    }
    let sender = Sender::new(clock, true);
    let token = sender.secret(variable).ok_or_else(|| {
        Failure::saying(format!(
            "{variable} is not set here. To set it: `{}`, then paste the token; or read saved answers with `--file`. \
             docs/import.md says where to get one.",
            typed(variable)
        ))
    })?;
    let api = Api {
        service,
        base: url.as_str().trim_end_matches('/').to_owned(),
        variable: variable.to_owned(),
        token: token.trim().to_owned(),
        sender,
        runtime: Builder::new_current_thread().enable_all().build()?,
        printer,
    };
    match service {
        Service::Calendly => api.calendly(),
        Service::Calcom => api.calcom(),
    }
}

impl Api {
    fn calendly(&self) -> Result<Vec<Saved>, Failure> {
        let me = self.ask("/users/me", &[], None)?;
        let user = Self::of(&me, "resource")?.must("uri")?.to_owned();
        let mut saved = vec![me];
        let types = self.list("/event_types", &[("user", &user), ("count", "100")])?;
        let mut pages = Vec::new();
        for part in &types {
            for page in part.root().must_items("collection")? {
                // Those that are switched off or a team's are not imported.
                let is_off = page.get("active").is_some() && !page.flag("active")?;
                if !is_off && page.text("pooling_type")?.is_none() {
                    pages.push(page.must("uri")?.to_owned());
                }
            }
        }
        saved.extend(types);
        saved.extend(self.list("/user_availability_schedules", &[("user", &user)])?);
        if pages.len() > 20 {
            self.printer.tell(&format!("Reading the hours of {} pages …", pages.len()));
        }
        for page in pages {
            for mut part in self.list("/event_type_availability_schedules", &[("event_type", &page)])? {
                part.note("event_type", &page);
                saved.push(part);
            }
        }
        Ok(saved)
    }

    fn calcom(&self) -> Result<Vec<Saved>, Failure> {
        let me = self.ask("/me", &[], None)?;
        let data = Self::of(&me, "data")?;
        let name = data.must("username")?.to_owned();
        let types = self.ask("/event-types", &[("username", &name)], Some("2024-06-14"))?;
        let schedules = self.ask("/schedules", &[], Some("2024-06-11"))?;
        Ok(vec![me, types, schedules])
    }

    fn of<'a>(saved: &'a Saved, key: &str) -> Result<Node<'a>, Failure> {
        let root = saved.root();
        Ok(root.get(key).ok_or_else(|| root.lacks(key))?)
    }

    /// A list, with all of its parts.
    fn list(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<Saved>, Failure> {
        let mut parts = vec![self.ask(path, parameters, None)?];
        loop {
            let last = parts.last().map(Saved::root).and_then(|root| root.get("pagination"));
            let next = last.map(|pagination| pagination.text("next_page")).transpose()?.flatten();
            let Some(next) = next.map(str::to_owned) else { return Ok(parts) };
            if parts.len() == MOST_PARTS {
                return Err(Failure::saying(format!(
                    "{}’s list at {path} has no end: it has more than {MOST_PARTS} parts. Nothing was written.",
                    self.service.name()
                )));
            }
            if !self.is_here(&next) {
                return Err(Failure::saying(format!(
                    "{}’s list at {path} goes on at another server, which is not given the token. Nothing was written.",
                    self.service.name()
                )));
            }
            parts.push(self.get(&next, path, None)?);
        }
    }

    /// Whether an address is the API's own: only there may the token go.
    fn is_here(&self, address: &str) -> bool {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        origin(address).is_some_and(|found| origin(&self.base) == Some(found))
    }

    fn ask(&self, path: &str, parameters: &[(&str, &str)], version: Option<&str>) -> Result<Saved, Failure> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        self.get(&format!("{}{path}{mark}{query}", self.base), path, version)
    }

    /// The answer at an address; `path` is what messages call it.
    fn get(&self, address: &str, path: &str, version: Option<&str>) -> Result<Saved, Failure> {
        let name = self.service.name();
        let mut waits = 0;
        let answer = loop {
            let answer = self.runtime.block_on(self.sender.send(self.request(address, version)));
            let answer = answer.map_err(|why| {
                Failure::saying(format!("{name} has no answer for {path}: {why}. Nothing was written."))
            })?;
            let Some(seconds) = self.asks_to_wait(&answer) else { break answer };
            waits += 1;
            if seconds > LONGEST_WAIT || waits > MOST_WAITS {
                return Err(Failure::saying(format!(
                    "{name} takes no more requests for now (429): try again in {seconds} seconds. Nothing was written."
                )));
            }
            self.printer.tell(&format!("{name} asks to wait for {seconds} seconds …"));
            std::thread::sleep(Duration::from_secs(seconds.into()));
        };
        self.check(&answer, path)?;
        let origin = format!("{name}’s answer for {path}");
        let text = std::str::from_utf8(answer.body())
            .map_err(|_| Unreadable::new(&origin, "this is not text in UTF-8"))?;
        let mut parts = answers(text, &origin)?;
        match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(Unreadable::new(&origin, "this is not one answer").into()),
        }
    }

    fn request(&self, address: &str, version: Option<&str>) -> OutgoingRequest {
        let mut headers = vec![
            ("authorization".to_owned(), format!("Bearer {}", self.token)),
            ("accept".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), concat!("Daymark/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        headers.extend(version.map(|version| ("cal-api-version".to_owned(), version.to_owned())));
        OutgoingRequest {
            method: "GET".parse().unwrap_or_default(),
            url: address.to_owned(),
            headers,
            body: Vec::new().into(),
            deadline: DEADLINE,
            wanted: Wanted::Whole { most_bytes: MOST_BYTES },
        }
    }

    /// The seconds that a service asks to wait; `None` if it does not.
    fn asks_to_wait(&self, answer: &Response) -> Option<u32> {
        if answer.status().as_u16() != 429 {
            return None;
        }
        let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let seconds = header.and_then(|value| retry_after_seconds(value, self.sender.now()));
        Some(seconds.unwrap_or(USUAL_WAIT))
    }

    fn check(&self, answer: &Response, path: &str) -> Result<(), Failure> {
        let (name, variable) = (self.service.name(), &self.variable);
        let status = answer.status().as_u16();
        let what = match status {
            200..=299 => return Ok(()),
            401 => format!(
                "{name} does not accept the token in {variable} (401): it has expired, was revoked, or is not whole"
            ),
            403 => format!(
                "the token in {variable} may not read {path} (403): get one that allows {}",
                self.service.scopes()
            ),
            404 => format!("{} has nothing at {path} (404): `--url` names the address of its API", self.base),
            300..=399 => {
                format!("{name} leads {path} elsewhere ({status}): give the address of its API with `--url`")
            }
            500..=599 => format!("{name} cannot answer {path} just now ({status}): try again later"),
            _ => format!("{name} does not answer {path} ({status})"),
        };
        Err(Failure::saying(format!("{what}. Nothing was written.")))
    }
}
