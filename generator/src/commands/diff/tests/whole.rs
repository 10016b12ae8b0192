//! What changes for all pages of a site, or of a host.

use super::*;

/// A site with a value for each key that its host does not have instead.
pub(super) const SITE: &str = "title = \"Example\"
base_url = \"https://meet.example.com\"
locales = [\"en\"]
logo = \"one.png\"
privacy = { en = \"Ours alone.\" }
theme = { accent = \"#0b6e63\" }
tracking = [\"campaign_id\"]
keep_contacts = \"400d\"
without_calendar = \"confirm\"
sandbox = [\"*@example.com\"]
holidays = { jp = { \"2026-12-23\" = \"A day\" } }
limits = { bookings_per_minute = 10, site_bookings_per_minute = 200, bookings_per_contact = 5, bound_strangers = true }
mail = { provider = \"resend\", from = \"Example <hello@example.com>\", secret = \"MAIL\" }
payment = { provider = \"stripe\", secret = \"KEY\", webhook_secret = \"HOOK\" }
turnstile = { site_key = \"0x4AAAAAAAExampleOfAKey0\", secret = \"TURNSTILE\" }
embed = { parents = [\"https://www.example.com\"] }
webhooks = [{ url = \"https://hooks.example.com\", secret = \"HOOKS\" }]
";

/// A host likewise.
pub(super) const AIKO: &str = "name = \"Aiko\"
email = \"aiko@example.com\"
time_zone = \"Asia/Tokyo\"
photo = \"one.png\"
about = { en = \"Twenty years.\" }
holidays = [\"jp\"]
ledger = \"aiko\"
was = [\"old\"]
invites_version = 2
hours = { mon-fri = [\"09:00-17:00\"] }
dates = [{ date = \"2026-12-24\", hours = [] }]
[[calendars]]
name = \"work\"
kind = \"caldav\"
url = \"https://dav.example.com/a/\"
user = \"aiko\"
secret = \"WORK\"
role = \"both\"
[[calendars]]
name = \"home\"
kind = \"google\"
id = \"primary\"
secret = \"HOME\"
zone = \"Asia/Tokyo\"
tentative = \"busy\"
all_day = \"busy\"
keep_free = { before = \"30m\", after = \"15m\" }
addresses = [\"aiko@example.org\"]
";

/// Lines that say nothing of what they change, because their keys are none of visitors' business.
const UNSEEN: &[&str] = &[
    "key_version",
    "webhooks",
    "webhooks.url",
    "webhooks.secret",
    "webhooks.events",
    "mail.provider",
    "mail.secret",
    "mail.server",
    "mail.url",
    "mail.headers",
    "mail.body",
    "turnstile.site_key",
    "turnstile.secret",
    "turnstile.url",
    "payment.webhook_secret",
];

type Cases<'a> = &'a [(&'a [&'a str], &'a str, &'a str, &'a str)];

pub(super) fn all_of(site: &str, host: &str) -> Site {
    site_of(&[
        ("site.toml", site),
        ("aiko/host.toml", host),
        ("aiko/call.md", PAGE),
        ("aiko/plain.md", PLAIN),
    ])
}

/// Every line once, whatever the places that it stands at.
pub(super) fn all_lines(before: &Site, after: &Site) -> String {
    let lines: BTreeSet<String> = changes_between(before, after).into_values().flatten().collect();
    lines.into_iter().collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check(kind: FileKind, text: &str, cases: Cases<'_>, site: impl Fn(&str) -> Site) {
    let before = site(text);
    for (keys, from, to, expected) in cases {
        assert_eq!(all_lines(&before, &site(&edited(text, (from, to)))), *expected, "{keys:?}");
    }
    let all: BTreeSet<String> =
        keys().into_iter().filter(|(of, _)| *of == kind).map(|(_, key)| key).collect();
    let unseen = UNSEEN.iter().copied().filter(|key| all.contains(*key));
    let named: BTreeSet<&str> =
        cases.iter().flat_map(|(keys, ..)| keys.iter().copied()).chain(unseen).collect();
    assert_eq!(named, all.iter().map(String::as_str).collect());
}

/// Where the host has no account of their own, it is the site's.
#[test]
fn each_key_of_a_site_has_a_line() {
    let link = "{ provider = \"link\", url = \"https://shop.example.com/?ref={booking}\", secret = \"KEY\" }";
    let stripe = "{ provider = \"stripe\", secret = \"KEY\", webhook_secret = \"HOOK\" }";
    check(
        FileKind::Site,
        SITE,
        &[
            (&["title"], "\"Example\"", "\"Sample\"", "title: Example → Sample"),
            (
                &["base_url"],
                "https://meet",
                "https://book",
                "address: https://meet.example.com → https://book.example.com",
            ),
            (&["locales"], "[\"en\"]", "[\"en\", \"ja\"]", "languages: en → en, ja"),
            (&["logo"], "one.png", "two.png", "the logo has changed"),
            (&["privacy", "privacy.<locale>"], "Ours", "Yours", "the privacy text has changed"),
            (&["theme", "theme.<token>"], "0b6e63", "0b6e64", "colours or fonts have changed"),
            (
                &["tracking"],
                "campaign_id",
                "campaign",
                "parameters of links that are kept: campaign_id → campaign",
            ),
            (
                &["keep_contacts"],
                "keep_contacts = \"400d\"\n",
                "",
                "contacts are kept: for 400d after the last meeting → until they are erased",
            ),
            (
                &["without_calendar"],
                "\"confirm\"",
                "\"request\"",
                "bookings are: confirmed at once → requests, answered within 2d",
            ),
            (&["sandbox"], "sandbox = [\"*@example.com\"]\n", "", "can book: \\*@example.com → everybody"),
            (
                &["holidays", "holidays.<name>.<date>"],
                "2026-12-23",
                "2026-12-22",
                "days off, holidays or dates with other hours have changed",
            ),
            (
                &["limits", "limits.bookings_per_minute"],
                "bookings_per_minute = 10",
                "bookings_per_minute = 0",
                "booking attempts a minute from one network address: 10 → no limit",
            ),
            (
                &["limits.site_bookings_per_minute"],
                "200",
                "100",
                "booking attempts a minute from everywhere: 200 → 100",
            ),
            (
                &["limits.bookings_per_contact"],
                "contact = 5",
                "contact = 6",
                "upcoming bookings of one contact with one host: 5 → 6",
            ),
            (
                &["limits.bound_strangers"],
                "true",
                "false",
                "bookings by addresses that have not proven themselves are bounded: yes → no",
            ),
            (
                &["mail", "mail.from"],
                "Example <hello",
                "Example <hi",
                "email is sent from: Example \\<hello@example.com\\> → Example \\<hi@example.com\\>",
            ),
            (
                &["payment", "payment.secret"],
                "\"KEY\"",
                "\"OTHER\"",
                "payment: Stripe, to the account of KEY → Stripe, to the account of OTHER",
            ),
            (
                &["payment.provider", "payment.url"],
                stripe,
                link,
                "payment: Stripe, to the account of KEY → a link, https://shop.example.com/?ref={booking}",
            ),
            (
                &["payment.delayed"],
                "\"HOOK\"",
                "\"HOOK\", delayed = true",
                "payment: Stripe, to the account of KEY → Stripe, to the account of KEY, also with methods that take days",
            ),
            (
                &["turnstile"],
                "turnstile = { site_key = \"0x4AAAAAAAExampleOfAKey0\", secret = \"TURNSTILE\" }\n",
                "",
                "visitors are checked by Turnstile: yes → no",
            ),
            (
                &["embed", "embed.parents"],
                "embed = { parents = [\"https://www.example.com\"] }\n",
                "",
                "other sites that can show the pages: https://www.example.com → none",
            ),
        ],
        |site| all_of(site, AIKO),
    );
    let without_mail = edited(
        SITE,
        ("mail = { provider = \"resend\", from = \"Example <hello@example.com>\", secret = \"MAIL\" }\n", ""),
    );
    assert_eq!(
        all_lines(&all_of(SITE, AIKO), &all_of(&without_mail, AIKO)),
        "email is sent from: Example \\<hello@example.com\\> → none"
    );
}

#[test]
fn each_key_of_a_host_has_a_line() {
    let payment = "payment = { provider = \"stripe\", secret = \"KEY\", webhook_secret = \"HOOK\" }\n";
    let host = format!("{payment}{AIKO}");
    check(
        FileKind::Host,
        &host,
        &[
            (&["name"], "\"Aiko\"", "\"Aiko Tanaka\"", "name: Aiko → Aiko Tanaka"),
            (&["email"], "aiko@example.com", "a@example.com", "email: aiko@example.com → a@example.com"),
            (
                &["time_zone"],
                "time_zone = \"Asia/Tokyo\"",
                "time_zone = \"Asia/Seoul\"",
                "time zone: Asia/Tokyo → Asia/Seoul",
            ),
            (&["photo"], "one.png", "two.png", "the photo has changed"),
            (
                &["about", "about.<locale>"],
                "Twenty",
                "Thirty",
                "what the host says about themselves has changed",
            ),
            (&["holidays"], "[\"jp\"]", "[]", "days off, holidays or dates with other hours have changed"),
            (
                &["invites_version"],
                "invites_version = 2",
                "invites_version = 3",
                "all invitations are withdrawn",
            ),
            (
                &["ledger"],
                "ledger = \"aiko\"",
                "ledger = \"fresh\"",
                "all bookings are left behind: the ledger is `fresh`, and was `aiko`",
            ),
            (&["was"], "[\"old\"]", "[]", "old links that lead here: /old/ → none"),
            (&["hours", "hours.<days>"], "mon-fri", "mon-thu", "hours on fri: 09:00-17:00 → closed"),
            (
                &["dates", "dates.date"],
                "2026-12-24",
                "2026-12-25",
                "days off, holidays or dates with other hours have changed",
            ),
            (
                &["dates.hours"],
                "hours = [] }",
                "hours = [\"09:00-10:00\"] }",
                "days off, holidays or dates with other hours have changed",
            ),
            (
                &["calendars", "calendars.name"],
                "\"home\"",
                "\"house\"",
                "calendar home: google, primary, HOME → none; calendar house: none → google, primary, HOME",
            ),
            (
                &["calendars.kind", "calendars.id"],
                "kind = \"google\"\nid = \"primary\"",
                "kind = \"feed\"",
                "calendar home: google, primary, HOME → feed, HOME",
            ),
            (
                &["calendars.url"],
                "com/a/",
                "com/b/",
                "calendar work: caldav, https://dav.example.com/a/, aiko → caldav, https://dav.example.com/b/, aiko",
            ),
            (
                &["calendars.user"],
                "user = \"aiko\"",
                "user = \"a\"",
                "calendar work: caldav, https://dav.example.com/a/, aiko → caldav, https://dav.example.com/a/, a",
            ),
            (
                &["calendars.secret"],
                "\"HOME\"",
                "\"HOUSE\"",
                "calendar home: google, primary, HOME → google, primary, HOUSE",
            ),
            (
                &["calendars.role"],
                "secret = \"HOME\"",
                "secret = \"HOME\"\nrole = \"write\"",
                "calendar home is: read → written to",
            ),
            (
                &["calendars.zone"],
                "zone = \"Asia/Tokyo\"\ntentative",
                "tentative",
                "time zone of calendar home: Asia/Tokyo → none",
            ),
            (
                &["calendars.tentative"],
                "tentative = \"busy\"",
                "tentative = \"free\"",
                "tentative events in calendar home: busy → free",
            ),
            (
                &["calendars.all_day"],
                "all_day = \"busy\"",
                "all_day = \"as_marked\"",
                "whole days in calendar home: busy → as marked",
            ),
            (
                &["calendars.keep_free", "calendars.keep_free.before"],
                "\"30m\"",
                "\"20m\"",
                "time kept free around calendar home: 30m before, 15m after → 20m before, 15m after",
            ),
            (
                &["calendars.keep_free.after"],
                "\"15m\"",
                "\"1h\"",
                "time kept free around calendar home: 30m before, 15m after → 30m before, 1h after",
            ),
            (
                &["calendars.addresses"],
                "addresses = [\"aiko@example.org\"]\n",
                "",
                "events in calendar home are not busy if declined by: aiko@example.org → none",
            ),
            (
                &["calendars.on_delete"],
                "role = \"both\"",
                "role = \"both\"\non_delete = \"cancel\"",
                "deleting an event in calendar work cancels: no → yes",
            ),
            (
                &["payment", "payment.secret"],
                "\"KEY\"",
                "\"OTHER\"",
                "payment: Stripe, to the account of KEY → Stripe, to the account of OTHER",
            ),
            (
                &["payment.provider", "payment.url", "payment.delayed"],
                "{ provider = \"stripe\", secret = \"KEY\", webhook_secret = \"HOOK\" }",
                "{ provider = \"link\", url = \"https://shop.example.com/?ref={booking}\", secret = \"KEY\" }",
                "payment: Stripe, to the account of KEY → a link, https://shop.example.com/?ref={booking}",
            ),
        ],
        |host| all_of(SITE, host),
    );
}
