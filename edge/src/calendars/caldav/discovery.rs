//! The calendars of an account: its server says where they are (RFC 6764), from an address of any page there, or from
//! its user's email address.

use std::collections::BTreeSet;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use super::multistatus::{Name, Resource};
use super::{Server, XML, requests, said};
use crate::calendars::fetch::{MOST_REDIRECTS, TOO_OFTEN, fetch, fetch_once, is_at_home, moved_to};
use crate::call::address;
use crate::call::exchange::Response;
use crate::call::outgoing::{Outgoing, OutgoingRequest, Wanted};
use crate::call::platform::Clock;

/// The time that a server has for all of its answers.
const DEADLINE: Duration = Duration::from_mins(1);
/// Where servers that nobody has to look up lead to their calendars (RFC 6764, 5).
const WELL_KNOWN: &str = "/.well-known/caldav";
/// Servers of services, by the domains of their email addresses.
const SERVERS: [(&str, &[&str]); 4] = [
    ("https://caldav.icloud.com/", &["icloud.com", "me.com", "mac.com"]),
    ("https://caldav.fastmail.com/", &["fastmail.com", "fastmail.fm"]),
    ("https://dav.mailbox.org/", &["mailbox.org"]),
    ("https://posteo.de:8443/", &["posteo.de", "posteo.net", "posteo.eu"]),
];

/// Who is let in.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The user's name, without a colon (RFC 7617, 2).
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

/// A calendar of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its address.
    pub url: String,
    /// What its owner calls it; else the last part of its address.
    pub name: String,
    /// Whether its user may write to it; `None` where its server does not say.
    pub is_writable: Option<bool>,
}

/// Why no calendars were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undiscovered {
    /// The calendars are on another server, at this address, which is not told the password unless somebody says so.
    Elsewhere(String),
    /// For this reason, in words that follow the server's name.
    Because(String),
}

impl<T: Into<String>> From<T> for Undiscovered {
    fn from(reason: T) -> Self {
        Undiscovered::Because(reason.into())
    }
}

/// The address at which to look for calendars, of a server's address or name, or of an email address.
pub fn server_of(text: &str) -> String {
    let text = text.trim();
    if text.contains("://") {
        return text.to_owned();
    }
    // In a path, an @ is a letter like others, as capitals are.
    let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, domain)| domain).to_lowercase();
    let known = SERVERS.iter().find(|(_, domains)| path.is_empty() && domains.contains(&host.as_str()));
    known.map_or_else(|| format!("https://{host}{path}"), |(server, _)| (*server).to_owned())
}

/// Finds all calendars of an account that take events.
///
/// # Errors
///
/// An error says what the server has answered, or where else the calendars are.
pub async fn discover(
    platform: &(impl Clock + Outgoing),
    start: &str,
    account: Account<'_>,
) -> Result<Vec<Listed>, Undiscovered> {
    let Some(start) = address::resolved(start, "") else { return Err("that is not a web address".into()) };
    let authorization = Base64::encode_string(format!("{}:{}", account.user, account.password).as_bytes());
    let authorization = format!("Basic {authorization}");
    let server = Server { platform, home: &start, authorization, begun: platform.now(), deadline: DEADLINE };
    server.discover().await
}

/// What a server says of an address.
#[derive(Default)]
struct Said {
    /// The address that has answered.
    from: String,
    resources: Vec<Resource>,
}

impl<P: Clock + Outgoing> Server<'_, P> {
    async fn discover(&self) -> Result<Vec<Listed>, Undiscovered> {
        let root = address::resolved(self.home, "/").unwrap_or_default();
        let mut failure = None;
        // An address that somebody has looked up says more than the server's own.
        if root != self.home {
            match self.from(self.home).await {
                Err(why) if !self.is_final(&why) => failure = Some(why),
                found => return found,
            }
        }
        let found = match self.well_known(&root).await {
            Ok(Some(place)) => Some(self.from(&place).await),
            Ok(None) => None,
            Err(why) => Some(Err(why)),
        };
        match found {
            Some(Err(why @ Undiscovered::Because(_))) if !self.is_final(&why) => {
                failure = failure.or(Some(why));
            }
            Some(found) => return found,
            None => {}
        }
        self.from(&root).await.map_err(|why| match (failure, why) {
            (Some(elsewhere @ Undiscovered::Elsewhere(_)), _)
            | (_, elsewhere @ Undiscovered::Elsewhere(_)) => elsewhere,
            (failure, why) => failure.unwrap_or(why),
        })
    }

    /// Whether it makes no sense to ask elsewhere.
    fn is_final(&self, why: &Undiscovered) -> bool {
        matches!(why, Undiscovered::Because(reason) if *reason == said::in_words(401))
            || (self.platform.now() - self.begun).to_std().is_ok_and(|took| took >= DEADLINE)
    }

    /// Where the server says that its calendars are, without being told a password; `None` where it does not say.
    async fn well_known(&self, root: &str) -> Result<Option<String>, Undiscovered> {
        let Some(url) = address::resolved(root, WELL_KNOWN) else { return Ok(None) };
        let request = OutgoingRequest {
            method: Method::from_bytes(b"PROPFIND").map_err(|cause| cause.to_string())?,
            url: url.clone(),
            headers: vec![("Depth".to_owned(), "0".to_owned()), ("Content-Type".to_owned(), XML.to_owned())],
            body: Bytes::from_static(requests::ACCOUNT.as_bytes()),
            deadline: self.deadline,
            wanted: Wanted::Head,
        };
        let (place, answer) = fetch(self.platform, request, self.begun, None).await?;
        let is_there = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::MULTI_STATUS);
        if place == url && !is_there {
            return Ok(None);
        }
        self.at_home(place).map(Some)
    }

    /// The calendars that are found by one address.
    async fn from(&self, url: &str) -> Result<Vec<Listed>, Undiscovered> {
        let said = self.about(url, "0").await?;
        let found = self.calendars(&said)?;
        if !found.is_empty() {
            return Ok(found);
        }
        let mut homes = self.addresses(&said, Name::HomeSet)?;
        if homes.is_empty() {
            for principal in self.addresses(&said, Name::Principal)? {
                homes.extend(self.addresses(&self.about(&principal, "0").await?, Name::HomeSet)?);
            }
        }
        let has_homes = !homes.is_empty();
        if !has_homes {
            // It may be the home itself, on a server that does not say whose.
            homes.insert(said.from.clone());
        }
        let mut found = Vec::new();
        for home in homes {
            found.extend(self.calendars(&self.about(&home, "1").await?)?);
        }
        match (found.is_empty(), has_homes) {
            (false, _) => Ok(found),
            (true, true) => {
                Err("the account has no calendar for events there: make one in its program first".into())
            }
            (true, false) => Err("it does not say where the account's calendars are".into()),
        }
    }

    async fn about(&self, url: &str, depth: &str) -> Result<Said, Undiscovered> {
        let (from, answer) = self.follow(url, depth).await?;
        let status = answer.status().as_u16();
        match status {
            207 => {}
            401 | 403 | 429 | 500 | 502..=599 => return Err(said::in_words(status).into()),
            _ => {
                return Err(
                    format!("it answered {status}: that is not a CalDAV server, or not its address").into()
                );
            }
        }
        let mut resources = Vec::new();
        said::read(answer.body(), &mut |resource| resources.push(resource.clone()))?;
        Ok(Said { from, resources })
    }

    /// The answer of an address, wherever that has moved to; but another server is not asked.
    async fn follow(&self, url: &str, depth: &str) -> Result<(String, Response), Undiscovered> {
        let headers = [("Content-Type", XML), ("Depth", depth)];
        let mut url = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let request = self.request(&url, "PROPFIND", &headers, requests::ACCOUNT.to_owned())?;
            let method = request.method.clone();
            let answer = fetch_once(self.platform, request, self.begun).await?;
            match moved_to(&method, &url, &answer)? {
                Some(moved) => url = self.at_home(moved)?,
                None => return Ok((url, answer)),
            }
        }
        Err(TOO_OFTEN.into())
    }

    /// The calendars among what is said that take events.
    fn calendars(&self, said: &Said) -> Result<Vec<Listed>, Undiscovered> {
        let takes_events = |resource: &&Resource| {
            let mut components = resource.texts(Name::Component).peekable();
            resource.text(Name::Calendar).is_ok()
                && (components.peek().is_none() || components.any(|kind| kind.eq_ignore_ascii_case("VEVENT")))
        };
        let listed = |resource: &Resource| {
            let url = self.resolved(said, &resource.href)?;
            let allowed = || resource.texts(Name::Allowed).next().is_some();
            Ok(Listed {
                name: name(resource, &url),
                is_writable: resource.text(Name::Privileges).is_ok().then(allowed),
                url,
            })
        };
        said.resources.iter().filter(takes_events).map(listed).collect()
    }

    /// The addresses that a property has.
    fn addresses(&self, said: &Said, name: Name) -> Result<BTreeSet<String>, Undiscovered> {
        let hrefs = said.resources.iter().flat_map(|resource| resource.texts(name));
        hrefs.map(|href| self.resolved(said, href.trim())).collect()
    }

    fn resolved(&self, said: &Said, href: &str) -> Result<String, Undiscovered> {
        let url = address::resolved(&said.from, href);
        self.at_home(url.ok_or("an address in its server's answer cannot be read")?)
    }

    fn at_home(&self, url: String) -> Result<String, Undiscovered> {
        if is_at_home(self.home, &url) { Ok(url) } else { Err(Undiscovered::Elsewhere(url)) }
    }
}

fn name(resource: &Resource, url: &str) -> String {
    let told = resource.text(Name::Title).unwrap_or_default();
    if !told.is_empty() {
        return told.to_owned();
    }
    let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    percent_decode_str(last).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_its_address_its_name_or_an_email_address() {
        for (text, expected) in [
            (" https://cloud.example.com/nextcloud ", "https://cloud.example.com/nextcloud"),
            ("http://127.0.0.1:5232", "http://127.0.0.1:5232"),
            ("Cloud.Example.com/Dav/Aiko@Example.com/", "https://cloud.example.com/Dav/Aiko@Example.com/"),
            ("aiko@Example.com", "https://example.com"),
            ("aiko@me.com", "https://caldav.icloud.com/"),
            ("icloud.com", "https://caldav.icloud.com/"),
            ("aiko@fastmail.com", "https://caldav.fastmail.com/"),
            ("mailbox.org", "https://dav.mailbox.org/"),
            ("aiko@posteo.net", "https://posteo.de:8443/"),
        ] {
            assert_eq!(server_of(text), expected);
        }
    }
}
