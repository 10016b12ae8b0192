//! Invitations that are links: each lets a page be booked so many times, until it expires.
//!
//! All that an invitation says is in its link, signed. A ledger knows it only once it was used or withdrawn, by its id.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::definition::{Rules, first_invites_version};
use crate::json;
use crate::token::Secrets;

/// The longest that an invitation lasts, in days. Bookings are kept for longer, so that no use is forgotten before.
pub const MOST_DAYS: u32 = 366;
/// The most bookings that one invitation takes.
pub const MOST_USES: u32 = 1_000;
/// How long it lasts where nothing is said, in days.
pub const USUAL_DAYS: u32 = 30;
/// The bookings that it takes where nothing is said.
pub const USUAL_USES: u32 = 1;
/// The longest token that is looked at, in bytes: more than the longest name and address make.
const MOST_TOKEN_BYTES: usize = 4_096;

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
// What only a newer version understands may narrow what it allows.
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The page that it is for, such as `aiko/intro`.
    pub page: String,
    /// 64 random bits, in base64url: by it the ledger knows which bookings were made with it.
    pub id: String,
    /// From then on it does not work any more, to the second.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub expires: DateTime<Utc>,
    /// The live bookings that it takes.
    pub uses: u32,
    /// The name of whoever is invited.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Their address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The only duration, in minutes, as long as the page has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// The first date, in the host's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last date, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Whether whoever has it pays nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
    /// The version of the host's invitations when it was made: with another one, it is withdrawn.
    #[serde(default = "first_invites_version", skip_serializing_if = "is_first_version")]
    pub version: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first_version(version: &u32) -> bool {
    *version == first_invites_version()
}

/// Why nobody could ever book on the dates of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdated {
    /// The last date is before the first.
    Backwards,
    /// The last date is over.
    Past,
    /// The first date is after all that the page offers while the invitation works.
    TooLate,
    /// The last date is before all that the page offers.
    TooEarly,
}

impl Invite {
    /// An invitation to a page for anybody who has it, with an id of its own.
    pub fn new(page: &str, random: [u8; 8], expires: DateTime<Utc>, uses: u32) -> Self {
        Self {
            page: page.to_owned(),
            id: Base64UrlUnpadded::encode_string(&random),
            expires: DateTime::from_timestamp(expires.timestamp(), 0).unwrap_or(expires),
            uses,
            name: String::new(),
            email: String::new(),
            duration: None,
            from: None,
            until: None,
            free: false,
            version: first_invites_version(),
        }
    }

    /// The token: `<JSON in base64url>.<mac>`, an HMAC-SHA256 over the first part as it is written.
    pub fn token(&self, secrets: &Secrets) -> String {
        let said = Base64UrlUnpadded::encode_string(&serde_json::to_vec(self).unwrap_or_default());
        let mac = secrets.sign(&parts(&said));
        format!("{said}.{mac}")
    }

    /// The token of a link, of a line of an email with one, or a token by itself: people paste what they have.
    pub fn named(text: &str) -> &str {
        let text = text.trim();
        // What checks the links of emails writes them into links of its own.
        let after = text.rsplit_once("invite=").or_else(|| text.rsplit_once("invite%3D"));
        let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let token = after.map_or(text, |(_, token)| token).trim_start_matches(|letter| !is_of_token(letter));
        let end = token.find(|letter| !is_of_token(letter)).unwrap_or(token.len());
        // A full stop may end the sentence that a link is in.
        token[..end].trim_end_matches('.')
    }

    /// The invitation of a token, if it was signed here for that page; whether it has expired, is not asked. In
    /// constant time.
    pub fn read(token: &str, secrets: &Secrets, page: &str) -> Option<Self> {
        let (said, mac) = token.split_once('.').filter(|_| token.len() <= MOST_TOKEN_BYTES)?;
        if !secrets.verifies(mac, &parts(said)) {
            return None;
        }
        let said = String::from_utf8(Base64UrlUnpadded::decode_vec(said).ok()?).ok()?;
        json::from_str(&said).ok().filter(|invite: &Self| invite.page == page)
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires
    }

    /// Whether it allows less than its page does.
    pub fn narrows(&self) -> bool {
        self.duration.is_some() || self.from.is_some() || self.until.is_some()
    }

    /// What is wrong with its dates on a page; `None` where somebody may book on them before it expires.
    pub fn misdated(&self, rules: &Rules, now: DateTime<Utc>) -> Option<Misdated> {
        let date_at = |instant| rules.time_zone.to_wall_time(instant).date();
        let (window, from, until) = (&rules.window, self.from, self.until);
        // The page's window goes along until then.
        let last_day = date_at(self.expires - TimeDelta::seconds(1));
        let rolling = window.days.map(|days| last_day + TimeDelta::days(days.into()));
        let last = [rolling, window.until].into_iter().flatten().min();
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            Some(Misdated::Backwards)
        } else if until.is_some_and(|until| until < date_at(now)) {
            Some(Misdated::Past)
        } else if from.zip(last).is_some_and(|(from, last)| from > last) {
            Some(Misdated::TooLate)
        } else if until.zip(window.from).is_some_and(|(until, first)| until < first) {
            Some(Misdated::TooEarly)
        } else {
            None
        }
    }

    /// Leaves of a page's rules what it allows. It never allows more; a duration that the page no longer has does not
    /// count.
    pub fn narrow(&self, rules: &mut Rules) {
        let window = &mut rules.window;
        window.from = window.from.max(self.from);
        window.until = [window.until, self.until].into_iter().flatten().min();
        if let Some(duration) = self.duration.filter(|duration| rules.durations_minutes.contains(duration)) {
            rules.durations_minutes = vec![duration];
        }
    }
}

fn parts(said: &str) -> [String; 2] {
    ["invitation".to_owned(), said.to_owned()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::{BookingId, Purpose, secrets};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn invite() -> Invite {
        let name = "Mara Lind".to_owned();
        Invite { name, email: "mara@example.org".to_owned(), ..Invite::new("aiko/intro", [1; 8], at(0), 1) }
    }

    #[test]
    fn a_token_says_all_and_is_signed() {
        let token = invite().token(&secrets("one", None));
        let (said, mac) = token.split_once('.').unwrap();
        let said = String::from_utf8(Base64UrlUnpadded::decode_vec(said).unwrap()).unwrap();
        assert_eq!(
            said,
            r#"{"page":"aiko/intro","id":"AQEBAQEBAQE","expires":1800000000,"uses":1,"name":"Mara Lind","email":"mara@example.org"}"#
        );
        assert_eq!(mac.len(), 43);
    }

    #[test]
    fn it_is_read_by_its_own_page_alone() {
        let secrets = secrets("one", None);
        let token = invite().token(&secrets);
        assert_eq!(Invite::read(&token, &secrets, "aiko/intro"), Some(invite()));
        assert_eq!(Invite::read(&token, &secrets, "aiko/review"), None);
        assert_eq!(Invite::read(&token, &secrets, "jonas/intro"), None);
    }

    #[test]
    fn another_secret_does_not_verify_and_the_previous_one_does() {
        let token = invite().token(&secrets("one", None));
        let reads = |secrets: Secrets| Invite::read(&token, &secrets, "aiko/intro").is_some();
        assert!(reads(secrets("two", Some("one"))));
        assert!(!reads(secrets("two", None)));
        assert!(!reads(secrets("three", Some("two"))));
    }

    #[test]
    fn one_that_was_tampered_with_is_not_read() {
        let secrets = secrets("one", None);
        let token = invite().token(&secrets);
        let reads = |token: &str| Invite::read(token, &secrets, "aiko/intro").is_some();
        for place in 0..token.len() {
            for other in ['A', 'B', '0', '-', '_', '.', 'é'] {
                let mut changed: Vec<char> = token.chars().collect();
                if changed[place] != other {
                    changed[place] = other;
                    let changed: String = changed.iter().collect();
                    // The last character of a MAC has two bits that say nothing: it is refused with them, too.
                    assert!(!reads(&changed), "{changed}");
                }
            }
            assert!(!reads(&token[..place]) && !reads(&token[place + 1..]));
        }
        for wrong in ["", ".", "a.b", &format!("{token}="), &format!(" {token}"), &"x".repeat(10_000)] {
            assert!(!reads(wrong), "{wrong}");
        }
        let long = Invite { name: "x".repeat(10_000), ..invite() }.token(&secrets);
        assert!(!reads(&long), "longer than anybody is called");
    }

    #[test]
    fn what_is_signed_for_something_else_invites_nobody() {
        let secrets = secrets("one", None);
        let said = serde_json::json!(invite()).to_string();
        let said = Base64UrlUnpadded::encode_string(said.as_bytes());
        let other = |label: &str| format!("{said}.{}", secrets.sign(&[label.to_owned(), said.clone()]));
        assert!(Invite::read(&other("invitation"), &secrets, "aiko/intro").is_some());
        assert!(Invite::read(&other("session"), &secrets, "aiko/intro").is_none());
        let id = BookingId::new("aiko", [1; 16]);
        let token = invite().token(&secrets);
        assert!(!secrets.verifies_booking_token(&token, &id, Purpose::Manage, 0));
        assert!(!secrets.verifies_host_key(&token, "aiko", 1));
    }

    #[test]
    fn what_a_newer_version_adds_is_not_passed_over() {
        let secrets = secrets("one", None);
        let mut said = serde_json::json!(invite());
        said["price"] = serde_json::json!(0);
        let said = Base64UrlUnpadded::encode_string(said.to_string().as_bytes());
        let token = format!("{said}.{}", secrets.sign(&parts(&said)));
        assert_eq!(Invite::read(&token, &secrets, "aiko/intro"), None);
    }

    #[test]
    fn its_version_is_signed_and_said_but_for_the_first() {
        let secrets = secrets("one", None);
        let second = Invite { version: 2, ..invite() };
        let token = second.token(&secrets);
        assert_eq!(Invite::read(&token, &secrets, "aiko/intro"), Some(second));
        let said = Base64UrlUnpadded::decode_vec(token.split_once('.').unwrap().0).unwrap();
        assert!(String::from_utf8(said).unwrap().ends_with(r#","version":2}"#));
        assert_eq!(Invite::read(&invite().token(&secrets), &secrets, "aiko/intro").unwrap().version, 1);
    }

    #[test]
    fn a_whole_link_will_do() {
        for text in [
            "abc.def",
            " abc.def\n",
            "https://meet.example.com/aiko/intro/?invite=abc.def",
            "https://meet.example.com/aiko/intro/?duration=30&invite=abc.def&tz=UTC#x",
            "invite=abc.def",
            "abc.def.",
            "<abc.def>",
            "abc.def。",
            "Book here: <https://meet.example.com/aiko/intro/?invite=abc.def>.",
            "Until Friday: https://meet.example.com/aiko/intro/?invite=abc.def. Mara",
            "リンクはhttps://meet.example.com/ja/aiko/intro/?invite=abc.defです。",
            "https://safe.example.com/?url=https%3A%2F%2Fmeet.example.com%2Faiko%2Fintro%2F%3Finvite%3Dabc.def&data=1",
        ] {
            assert_eq!(Invite::named(text), "abc.def", "{text}");
        }
        assert_eq!(Invite::named(" "), "");
    }

    #[test]
    fn it_expires_to_the_second() {
        assert!(!invite().has_expired(at(-1)));
        assert!(invite().has_expired(at(0)));
        assert!(!invite().has_expired(at(0) - TimeDelta::milliseconds(1)));
    }

    fn rules() -> Rules {
        serde_json::from_value(serde_json::json!({
            "time_zone": "Asia/Tokyo", "page_hours": null, "host_hours": [[], [], [], [], [], [], []],
            "page_dates": [], "host_dates": [], "holidays": {}, "durations_minutes": [30, 15, 60],
            "start_every_minutes": 30, "notice_minutes": 0, "window": { "days": null, "from": null, "until": null },
            "buffer": { "before_minutes": 0, "after_minutes": 0 }, "limit": { "per_day": null, "per_week": null },
        }))
        .unwrap()
    }

    /// Narrows a window of 2026-12-07 to 2026-12-18, or one without ends.
    #[track_caller]
    fn check(window: bool, (from, until): (Option<u32>, Option<u32>), expected: (Option<u32>, Option<u32>)) {
        let date = |day: u32| NaiveDate::from_ymd_opt(2026, 12, day).unwrap();
        let mut rules = rules();
        rules.window.from = window.then(|| date(7));
        rules.window.until = window.then(|| date(18));
        let (from, until) = (from.map(date), until.map(date));
        Invite { from, until, ..invite() }.narrow(&mut rules);
        let expected = (expected.0.map(date), expected.1.map(date));
        assert_eq!((rules.window.from, rules.window.until), expected);
    }

    /// An invitation of 2027-01-15 08:00 UTC, 17:00 in Tokyo, that works for ten days, with dates of that month.
    #[track_caller]
    fn check_dates(
        window: (Option<u32>, Option<u32>),
        dates: (Option<u32>, Option<u32>),
        expected: Option<Misdated>,
    ) {
        let date =
            |day: u32| NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + TimeDelta::days(i64::from(day) - 1);
        let mut rules = rules();
        (rules.window.days, rules.window.from) = (window.0, window.1.map(date));
        let (from, until) = (dates.0.map(date), dates.1.map(date));
        let invite = Invite { from, until, expires: at(0) + TimeDelta::days(10), ..invite() };
        assert_eq!(invite.misdated(&rules, at(0)), expected);
    }

    #[test]
    fn dates_on_which_nobody_can_book_are_known() {
        check_dates((Some(5), None), (None, None), None);
        check_dates((Some(5), None), (Some(16), Some(15)), Some(Misdated::Backwards));
        check_dates((Some(5), None), (Some(1), Some(15)), None);
        check_dates((Some(5), None), (None, Some(14)), Some(Misdated::Past));
        // It works until the 25th, and then the page reaches to the 30th.
        check_dates((Some(5), None), (Some(30), None), None);
        check_dates((Some(5), None), (Some(31), None), Some(Misdated::TooLate));
        check_dates((None, None), (Some(1_000), None), None);
        check_dates((Some(5), Some(20)), (None, Some(20)), None);
        check_dates((Some(5), Some(20)), (None, Some(19)), Some(Misdated::TooEarly));
    }

    #[test]
    fn it_never_allows_more_than_the_page() {
        check(true, (None, None), (Some(7), Some(18)));
        check(true, (Some(1), Some(31)), (Some(7), Some(18)));
        check(true, (Some(8), Some(9)), (Some(8), Some(9)));
        check(false, (Some(8), None), (Some(8), None));
        check(false, (None, Some(9)), (None, Some(9)));
        let mut rules = rules();
        Invite { duration: Some(20), ..invite() }.narrow(&mut rules);
        assert_eq!(rules.durations_minutes, [30, 15, 60]);
        Invite { duration: Some(60), ..invite() }.narrow(&mut rules);
        assert_eq!(rules.durations_minutes, [60]);
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_as_it_was(name in ".{0,60}", uses in 1..=MOST_USES, id in any::<[u8; 8]>()) {
            let secrets = secrets("one", None);
            let invite = Invite { name, ..Invite::new("aiko/intro", id, at(5), uses) };
            prop_assert_eq!(Invite::read(&invite.token(&secrets), &secrets, "aiko/intro"), Some(invite));
        }

        #[test]
        fn nothing_that_comes_in_breaks_it(token in ".{0,200}") {
            prop_assert_eq!(Invite::read(&token, &secrets("one", None), "aiko/intro"), None);
        }
    }
}
