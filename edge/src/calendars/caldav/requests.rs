//! What a `CalDAV` server is asked.

use chrono::DateTime;
use scheduling::token::BookingId;

/// What is wanted of a calendar itself: what it is, whether it has changed, and where it is (RFC 4918, 9.1; RFC 4791,
/// 5.2.2 and 5.2.3; RFC 6578, 4; caldav-ctag.txt of the Calendar Server).
pub(super) const COLLECTION: &str = "\
<?xml version=\"1.0\" encoding=\"utf-8\"?>\
<d:propfind xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:s=\"http://calendarserver.org/ns/\">\
<d:prop><d:resourcetype/><c:supported-calendar-component-set/><s:getctag/><d:sync-token/><c:calendar-timezone/></d:prop>\
</d:propfind>";

/// What is wanted of whatever a server has at an address, to find calendars by it: what it is, who is let in, where
/// that one's calendars are, and what may be done there (RFC 5397, 3; RFC 4791, 6.2.1; RFC 3744, 5.4).
#[cfg(feature = "local")]
pub(super) const ACCOUNT: &str = "\
<?xml version=\"1.0\" encoding=\"utf-8\"?>\
<d:propfind xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
<d:prop><d:resourcetype/><d:displayname/><d:current-user-principal/><d:current-user-privilege-set/>\
<c:calendar-home-set/><c:supported-calendar-component-set/></d:prop>\
</d:propfind>";

/// The event of a booking, wherever it stands (RFC 4791, 7.8.6).
pub(super) fn of_uid(booking: &BookingId) -> String {
    query(&format!(
        "<c:prop-filter name=\"UID\"><c:text-match collation=\"i;octet\">{booking}</c:text-match></c:prop-filter>"
    ))
}

/// Events with their texts, of those that pass a filter.
fn query(filter: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <c:calendar-query xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
         <d:prop><d:getetag/><c:calendar-data/></d:prop>\
         <c:filter><c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">\
         {filter}\
         </c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
}

/// Seconds in a day.
const DAY: i64 = 86_400;

/// All events of a time (RFC 4791, 7.8), in seconds since 1970.
///
/// Whole days and times in no zone are looked for by UTC on many servers, so that a day more on each side is asked for.
/// Series come as they are: not every server expands them as it should. Both ends are named, as not every server takes
/// a time that is open.
pub(super) fn events(from: i64, until: i64) -> String {
    let time = |at: i64| DateTime::from_timestamp(at, 0).unwrap_or_default().format("%Y%m%dT%H%M%SZ");
    let (from, until) = (time(from - DAY), time(until + DAY));
    query(&format!("<c:time-range start=\"{from}\" end=\"{until}\"/>"))
}
