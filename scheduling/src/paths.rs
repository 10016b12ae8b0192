//! The paths of a site: its pages in each language, a booking's own page, and the targets of its forms.

use crate::definition::LocaleCode;
use crate::token::BookingId;

/// The folder of the hosts' own pages.
pub const DESK: &str = "host";

/// First folders of paths that are the site's own, and so cannot be a host's.
pub const RESERVED: [&str; 6] = ["api", "booking", DESK, "dev", "_edge", "assets"];

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

/// The path of the page where a booking is shown, changed or answered, with the token that opens it.
pub fn booking(id: &BookingId, token: &str) -> String {
    format!("/booking/{id}/{token}")
}

/// The path of a booking's event as a file, with the token that opens it.
pub fn event(id: &BookingId, token: &str) -> String {
    format!("/api/bookings/{id}/invite.ics?token={token}")
}

/// The path that cancels a booking.
pub fn cancel(id: &BookingId) -> String {
    format!("/api/bookings/{id}/cancel")
}

/// The path that moves a booking.
pub fn reschedule(id: &BookingId) -> String {
    format!("/api/bookings/{id}/reschedule")
}

/// The path of a host's answer to a request.
pub fn decide(id: &BookingId) -> String {
    format!("/api/bookings/{id}/decide")
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
}
