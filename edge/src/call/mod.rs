//! One request, with everything needed to answer it: the ground that all else of the endpoint is built on.

pub(crate) mod address;
pub(crate) mod admitted;
pub(crate) mod attempts;
pub(crate) mod exchange;
pub(crate) mod ledger;
pub(crate) mod network;
pub(crate) mod opened;
pub(crate) mod origin;
pub(crate) mod outgoing;
pub(crate) mod platform;
pub(crate) mod security;
pub(crate) mod stop;
pub(crate) mod today;

use crate::protocol::accept::preferences;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use scheduling::booking::Booking;
use scheduling::definition::{HostDefinition, Meeting, SiteDefinition, in_folder, is_same_page};
use scheduling::invite::Invite;
use scheduling::ledger::Taken;
use scheduling::locale::{LocaleWords, choice};
use scheduling::refusal::Refusal;
use scheduling::token::BookingId;

use crate::call::exchange::Request;
use crate::call::ledger::LedgerClient;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};

/// One request, with everything needed to answer it.
pub(crate) struct Call<'a, P> {
    pub(crate) platform: &'a P,
    pub(crate) request: &'a Request,
    /// The sender's address, if the adapter knows it.
    pub(crate) address: Option<IpAddr>,
    pub(crate) site: Arc<SiteDefinition>,
    /// The site's locale that the visitor most likely reads.
    pub(crate) locale: String,
    pub(crate) now: DateTime<Utc>,
}

impl<'a, P: Platform> Call<'a, P> {
    /// Begins to answer a request, in the locale that its headers ask for.
    pub(crate) fn new(
        platform: &'a P,
        request: &'a Request,
        address: Option<IpAddr>,
        site: Arc<SiteDefinition>,
    ) -> Self {
        let locale = accepted_locale(&site.locales, request.headers());
        Self { platform, request, address, locale, site, now: platform.now() }
    }

    /// Switches to the locale that a body or booking names, if the site has it.
    pub(crate) fn speak(&mut self, wanted: &str) {
        if let Some(locale) = self.site.locale_for(wanted) {
            self.locale = locale.to_owned();
        }
    }

    /// The words of the call's locale.
    pub(crate) fn words(&self) -> &LocaleWords {
        static NONE: OnceLock<LocaleWords> = OnceLock::new();
        self.site.words.get(&self.locale).unwrap_or_else(|| NONE.get_or_init(LocaleWords::default))
    }

    /// A parameter of the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.request.uri().query()?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The token of the `Authorization` header.
    pub(crate) fn bearer(&self) -> Option<&'a str> {
        let value = self.request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Finds a page's host, and the name of its meeting there. Names have no capital letters, however they were typed.
    /// A page that is still open since its host's folder was renamed has a former name.
    pub(crate) async fn meeting(&self, host: &str, slug: &str) -> Result<FoundMeeting, Stop> {
        let (host, slug) = (host.to_ascii_lowercase(), slug.to_ascii_lowercase());
        let folder = self.site.folder_named(&host).ok_or(Refusal::UnknownPage)?;
        let found = self.platform.host(folder).await?;
        match found {
            Some(host) if host.meetings.contains_key(&slug) => Ok(FoundMeeting { host, slug }),
            _ => Err(Refusal::UnknownPage.into()),
        }
    }

    /// The invitation of a token, if it is to that page of that host. It names the host's ledger, as the folder may be
    /// renamed; one that was made by an older version names the folder, where that is not another host's ledger.
    pub(crate) fn invite(&self, host: &HostDefinition, meeting: &Meeting, token: &str) -> Option<Invite> {
        let read = |page: &str| Invite::read(token, self.platform.secrets(), page);
        let is_own = host.ledger != host.folder && self.site.folder_of(&host.folder) == Some(&host.folder);
        let by_folder = || is_own.then(|| read(&meeting.page)).flatten();
        read(&in_folder(&host.ledger, &meeting.page)).or_else(by_folder)
    }

    /// What is taken in a host's ledger now, as far as a meeting's availability depends on it; without a booking that
    /// is to be moved.
    pub(crate) async fn claims(
        &self,
        found: &FoundMeeting,
        except: Option<&BookingId>,
    ) -> Result<Taken, Stop> {
        let Some(meeting) = found.meeting() else { return Ok(Taken::default()) };
        let from = meeting.rules.claims_from(self.now);
        let taken = self.ledger(&found.host.ledger).busy(from, except.cloned()).await?;
        Ok(of_page(taken, meeting))
    }

    /// The same, perhaps a little out of date: for showing free times, not for offering them after a refusal.
    pub(crate) async fn claims_shown(&self, found: &FoundMeeting) -> Result<Taken, Stop> {
        let Some(meeting) = found.meeting() else { return Ok(Taken::default()) };
        let taken = self.platform.busy(&found.host.ledger, meeting.rules.claims_from(self.now)).await?;
        Ok(of_page(taken, meeting))
    }

    /// A ledger by its name.
    pub(crate) fn ledger<'b>(&self, name: &'b str) -> LedgerClient<'b, P>
    where
        'a: 'b,
    {
        LedgerClient { platform: self.platform, name }
    }

    /// A stop as the visitor learns of it: a refusal as it is, and a fault, which is reported here, as an unavailable
    /// store.
    pub(crate) fn refused(&self, stop: Stop) -> Refused {
        match stop {
            Stop::Refused(refused) => *refused,
            Stop::Fault(fault) => {
                self.platform.report(&fault);
                Refused::new(Refusal::StorageUnavailable)
            }
        }
    }
}

/// A host with the name of one of the host's meetings.
pub(crate) struct FoundMeeting {
    pub(crate) host: Arc<HostDefinition>,
    slug: String,
}

impl FoundMeeting {
    pub(crate) fn meeting(&self) -> Option<&Meeting> {
        self.host.meetings.get(&self.slug)
    }

    /// Returns true if a booking is of this page, whatever its host's folder was called when it was made.
    pub(crate) fn is_of(&self, booking: &Booking) -> bool {
        self.host.ledger == booking.id.ledger() && is_same_page(&self.slug, &booking.page)
    }

    /// Leaves of the meeting's rules what an invitation allows.
    pub(crate) fn narrow(&mut self, invite: &Invite) {
        if !invite.narrows() {
            return;
        }
        if let Some(meeting) = Arc::make_mut(&mut self.host).meetings.get_mut(&self.slug) {
            invite.narrow(&mut meeting.rules);
        }
    }
}

/// What is taken as a page's visitors see it: what is busy in a calendar that the page does not look at is free.
fn of_page(mut taken: Taken, meeting: &Meeting) -> Taken {
    let counts = |calendar: &String| meeting.calendars.contains(calendar);
    taken.claims.retain(|claim| claim.calendar.as_ref().is_none_or(counts));
    taken
}

/// The site's locale that an `Accept-Language` header prefers (RFC 9110, 12.5.4); the first if it names none of them.
fn accepted_locale(locales: &[String], headers: &HeaderMap) -> String {
    preferences(headers, &header::ACCEPT_LANGUAGE)
        .iter()
        .find_map(|code| choice(code, locales).map(str::to_owned))
        .or_else(|| locales.first().cloned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &str) {
        let locales = ["en", "ja", "pt-BR", "zh-Hant"].map(str::to_owned);
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
        assert_eq!(accepted_locale(&locales, &headers), expected, "for {header}");
    }

    #[test]
    fn the_locale_that_the_browser_prefers_is_spoken() {
        check("", "en");
        check("ja", "ja");
        check("ja-JP,en;q=0.8", "ja");
        check("en;q=0.8, ja;q=0.9", "ja");
        check("fr, de;q=0.9", "en");
        check("pt, en;q=0.9", "pt-BR");
        check("zh-TW, en;q=0.9", "zh-Hant");
        check("zh-CN, en-GB;q=0.9, ja;q=0.8", "en");
        check("ja;q=0, en", "en");
        check("ja;q=nonsense", "en");
        check("*", "en");
    }
}
