//! The paths of a site: its pages in each language, a booking's own page, and the targets of its forms.

use crate::definition::LocaleCode;
use crate::token::BookingId;

/// The folder of the hosts' own pages.
pub const DESK: &str = "host";

/// First folders of paths that are the site's own, and so cannot be a host's.
pub const RESERVED: [&str; 6] = ["api", "booking", DESK, "dev", "_edge", "assets"];

/// The folders of the endpoint's addresses.
const ENDPOINT: [&str; 3] = ["api", "booking", "host/sign-in"];

/// The path of the document that describes the API: the one published file among the endpoint's addresses.
pub const OPENAPI: &str = "/api/openapi.json";

/// Returns true if the endpoint answers at a path. At all others are published files.
pub fn is_endpoints(path: &str) -> bool {
    if path == OPENAPI {
        return false;
    }
    let below = |folder: &str| path.strip_prefix('/').and_then(|path| path.strip_prefix(folder));
    ENDPOINT.iter().filter_map(|folder| below(folder)).any(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path of a page in a locale: `/aiko/intro/`, or `/ja/aiko/intro/` if the locale is not the site's first.
/// `page` is empty for the index.
pub fn page(locales: &[LocaleCode], locale: &str, page: &str) -> String {
    let mut path = String::with_capacity(page.len() + 8);
    path.push('/');
    let has_folder = locales.first().is_some_and(|first| first != locale);
    for folder in
        [locale].into_iter().filter(|_| has_folder).chain([page]).filter(|folder| !folder.is_empty())
    {
        path.push_str(folder);
        path.push('/');
    }
    path
}

/// The path of a page with an invitation to it.
pub fn invited(locales: &[LocaleCode], locale: &str, page: &str, token: &str) -> String {
    format!("{}?invite={token}", self::page(locales, locale, page))
}

/// The path of a page as it is published, whatever capital letters it was typed with, and whatever of the text around
/// it a link took along at its end. `None` for what can be no page's: names in addresses have letters, digits and
/// hyphens alone, and the endpoint has folders of its own. Whether there is such a page is not known here.
pub fn as_published(path: &str, locales: &[LocaleCode]) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let typed = decoded.trim_end_matches(|character: char| !character.is_alphanumeric() && character != '-');
    let mut published = String::with_capacity(typed.len() + 2);
    published.push('/');
    for name in typed.split('/').filter(|name| !name.is_empty()) {
        let is_first = published.len() == 1;
        let locale = locales.iter().find(|locale| locale.eq_ignore_ascii_case(name));
        match locale.filter(|_| is_first) {
            Some(locale) => published.push_str(locale),
            None if name.bytes().all(plain) => published.push_str(&name.to_ascii_lowercase()),
            None => return None,
        }
        published.push('/');
    }
    (!is_endpoints(&published)).then_some(published)
}

/// The path of a page that a link in an email leads to, without whatever of the text around it the link took along at
/// its end: tokens have letters, digits, hyphens and underscores alone.
pub fn as_mailed(path: &str) -> &str {
    let is_mailed = ["/booking/".to_owned(), sign_in("")].iter().any(|folder| path.starts_with(folder));
    if !is_mailed {
        return path;
    }
    let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut rest = path;
    while let Some(last) = rest.chars().next_back() {
        let encoded = rest.rsplit_once('%').filter(|(_, digits)| digits.len() == 2);
        let byte = encoded.and_then(|(before, digits)| Some((before, u8::from_str_radix(digits, 16).ok()?)));
        rest = match byte {
            Some((before, byte)) if !is_of_token(byte.into()) => before,
            None if !is_of_token(last) => &rest[..rest.len() - last.len_utf8()],
            _ => break,
        };
    }
    rest
}

/// The path of the page where a booking is shown, changed or answered, with the token that opens it.
pub fn booking(id: &BookingId, token: &str) -> String {
    format!("/booking/{id}/{token}")
}

/// The path that switches off a booking's reminders, with the token that opens it.
pub fn reminders(id: &BookingId, token: &str) -> String {
    format!("/booking/{id}/{token}/reminders")
}

/// The path that has everything about somebody erased, with the token that says of whom.
pub fn erasure(token: &str) -> String {
    format!("/booking/erase/{token}")
}

/// The path of a booking's event as a file, with the token that opens it.
pub fn event(id: &BookingId, token: &str) -> String {
    format!("/api/bookings/{id}/invite.ics?token={token}")
}

/// The path that cancels a booking.
pub fn cancel(id: &BookingId) -> String {
    format!("/api/bookings/{id}/cancel")
}

/// The path that confirms a booking.
pub fn confirm(id: &BookingId) -> String {
    format!("/api/bookings/{id}/confirm")
}

/// Where a booking is paid.
pub fn pay(id: &BookingId) -> String {
    format!("/api/bookings/{id}/pay")
}

/// The path that moves a booking.
pub fn reschedule(id: &BookingId) -> String {
    format!("/api/bookings/{id}/reschedule")
}

/// The path of a host's answer to a request.
pub fn decide(id: &BookingId) -> String {
    format!("/api/bookings/{id}/decide")
}

/// The path of the page where a link signs a host in.
pub fn sign_in(token: &str) -> String {
    format!("/{DESK}/sign-in/{token}")
}

/// The path that such a page's button posts to.
pub fn sign_in_by_link() -> &'static str {
    "/api/host/session/link"
}

/// The path of a host's bookings as a calendar to subscribe to, with the token that opens it.
pub fn feed(token: &str) -> String {
    format!("/api/host/calendar.ics?token={token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_has_no_folder() {
        let locales = ["en".to_owned(), "ja".to_owned()];
        let check =
            |locale: &str, name: &str, expected: &str| assert_eq!(page(&locales, locale, name), expected);
        check("en", "", "/");
        check("ja", "", "/ja/");
        check("en", "aiko/intro", "/aiko/intro/");
        check("ja", "aiko/intro", "/ja/aiko/intro/");
        assert_eq!(page(&[], "en", "aiko"), "/aiko/");
    }

    #[test]
    fn a_link_in_an_email_may_take_along_what_is_around_it() {
        for around in [
            "",
            ".",
            ",",
            ")",
            ").",
            "/",
            "。",
            "%E3%80%82",
            "%E3%80%8D%E3%80%82",
            "%22",
            "%3E",
            "!?",
            "%",
            "*",
        ] {
            for path in ["/booking/aiko.x/1-a_-", "/booking/aiko.x/1-a/reminders", "/host/sign-in/aiko.1-A"] {
                assert_eq!(as_mailed(&format!("{path}{around}")), path, "{around}");
            }
        }
        for path in
            ["/api/health.", "/booking/aiko.x/1-%41", "/booking/aiko.x/1-a%4", "/booking", "", "/aiko/intro."]
        {
            assert_eq!(as_mailed(path), path);
        }
    }

    #[test]
    fn the_endpoint_has_its_own_addresses() {
        for own in ["/api", "/api/", "/api/health", "/booking/a/b", "/host/sign-in", "/host/sign-in/aiko.1-A"]
        {
            assert!(is_endpoints(own), "{own}");
        }
        assert!(is_endpoints("/api/openapi.json/") && is_endpoints("/api/openapi"));
        for published in
            ["/", "", "/host/", "/host", "/host/sign-inside/", "/apiary/", "/aiko/api/", "//api", OPENAPI]
        {
            assert!(!is_endpoints(published), "{published}");
        }
    }

    #[test]
    fn a_page_is_found_in_whatever_letters_it_was_typed() {
        let locales = ["en", "ja", "pt-BR"].map(str::to_owned);
        let check = |typed: &str, expected: Option<&str>| {
            assert_eq!(as_published(typed, &locales).as_deref(), expected, "{typed}");
        };
        for typed in ["/aiko/intro/", "/Aiko/intro/", "/aiko/Intro", "/AIKO/INTRO/", "//Aiko//Intro"] {
            check(typed, Some("/aiko/intro/"));
        }
        check("/JA/Aiko", Some("/ja/aiko/"));
        for typed in [
            "/aiko/intro.",
            "/aiko/intro/.",
            "/aiko/intro/),",
            "/aiko/intro%20",
            "/aiko/intro/%E3%80%82",
            "/aiko/intro%3E",
            "/%41iko/intro/",
        ] {
            check(typed, Some("/aiko/intro/"));
        }
        check("/PT-br/aiko/", Some("/pt-BR/aiko/"));
        check("/aiko/PT-br/", Some("/aiko/pt-br/"));
        check("/HOST/", Some("/host/"));
        check("/", Some("/"));
        for none in [
            "/_EDGE/site",
            "/.Git",
            "/Aiko/../_edge",
            "/%2e%2e/_edge",
            "/aiko%2Findex.html",
            "/_edge.",
            "/api%2Fhealth",
            "/host/sign-in/aiko.1-A.",
            "/%ff/",
            "/Aiko/index.html",
            "/A_b/",
            "/api/availability/Aiko/intro",
            "/API/health",
            "/booking/Aiko",
            "/host/sign-in/Aiko",
            "/HOST/Sign-In/",
            "/A\\b",
            "/日本/",
        ] {
            check(none, None);
        }
    }
}
