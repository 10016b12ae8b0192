//! Every key that content can hold, with an example of its value: the one list that reading, help and docs share.

use super::suggest::nearest;

/// The kinds of files that hold keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `site.toml`.
    Site,
    /// `host.toml`.
    Host,
    /// A meeting page, such as `intro.md`.
    Meeting,
    /// A page's words in another locale, such as `intro.ja.md`.
    Translation,
}

/// The keys of one table.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The table's path, with a dot at its end; empty for a file's own keys.
    path: &'static str,
    /// Each key, with an example of its value.
    pub list: &'static [(&'static str, &'static str)],
}

impl Keys {
    /// An example of a key's value.
    pub(crate) fn example(&self, key: &str) -> &'static str {
        self.list.iter().find(|(name, _)| *name == key).map_or("", |(_, example)| example)
    }

    /// True if the table has such a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.list.iter().any(|(name, _)| *name == key)
    }

    /// True for the table of a page's text in another locale.
    pub(crate) fn is_translation(&self) -> bool {
        std::ptr::eq(self, &raw const TRANSLATION)
    }

    /// The header below which a key of the file itself has slipped: in TOML, all that follows is the table's.
    pub(crate) fn has_swallowed(&self, key: &str) -> Option<&'static str> {
        let tables: [(&Keys, &str, &[&Keys]); 7] = [
            (&QUESTION, "[[questions]]", &[&MEETING]),
            (&DATES, "[[dates]]", &[&MEETING, &HOST]),
            (&CALENDAR, "[[calendars]]", &[&HOST]),
            (&WEBHOOK, "[[webhooks]]", &[&HOST, &SITE]),
            (&PAYMENT, "[payment]", &[&HOST, &SITE]),
            (&MAIL, "[mail]", &[&SITE]),
            (&LIMITS, "[limits]", &[&SITE]),
        ];
        let (_, header, files) = tables.into_iter().find(|(keys, ..)| std::ptr::eq(self, *keys))?;
        files.iter().any(|file| file.has(key)).then_some(header)
    }

    /// The key that an unknown one probably stands for.
    pub(crate) fn takes_for(&self, unknown: &str) -> Option<&'static str> {
        if self.has(unknown) { None } else { nearest(unknown, self.names()) }
    }

    /// The names of all keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.list.iter().map(|(name, _)| *name)
    }
}

/// Every key by the kind of file that it stands in, as a path with dots: `questions.options.id`. What the author names
/// (a day, a date, a locale) stands in angle brackets: `hours.<day>`.
pub fn keys() -> Vec<(FileKind, String)> {
    let tables: [(FileKind, &[&Keys]); 4] = [
        (
            FileKind::Site,
            &[&SITE, &LIMITS, &WEBHOOK, &MAIL, &PAYMENT, &TURNSTILE, &EMBED, &THEME, &PRIVACY, &HOLIDAYS],
        ),
        (FileKind::Host, &[&HOST, &ABOUT, &HOURS, &DATES, &CALENDAR, &KEEP_FREE, &WEBHOOK, &PAYMENT]),
        (
            FileKind::Meeting,
            &[
                &MEETING,
                &LOCATION,
                &BUFFER,
                &LIMIT,
                &PRICE,
                &AMOUNT,
                &ASSOCIATION,
                &QUESTION,
                &OPTION,
                &HOURS,
                &DATES,
            ],
        ),
        (FileKind::Translation, &[&TRANSLATION, &ASK, &TRANSLATED_QUESTION, &OPTION]),
    ];
    let paths = |(kind, tables): (FileKind, &[&Keys])| {
        let of_table =
            |keys: &&Keys| keys.names().map(|name| format!("{}{name}", keys.path)).collect::<Vec<_>>();
        tables.iter().flat_map(of_table).map(|path| (kind, path)).collect::<Vec<_>>()
    };
    tables.into_iter().flat_map(paths).collect()
}

pub(crate) static SITE: Keys = Keys {
    path: "",
    list: &[
        ("title", "\"Example & Co.\""),
        ("base_url", "\"https://meet.example.com\""),
        ("locales", "[\"en\", \"ja\"]"),
        ("logo", "\"logo.png\""),
        ("privacy", "\"We use what you enter for this meeting alone.\""),
        ("theme", "{ accent = \"#0b6e63\" }"),
        ("limits", "{ bookings_per_minute = 20 }"),
        ("tracking", "[\"campaign_id\"]"),
        ("keep_contacts", "\"400d\""),
        ("without_calendar", "\"confirm\""),
        ("sandbox", "[\"mara@example.org\", \"*@example.com\"]"),
        ("holidays", "{ jp = { \"2027-01-01\" = \"New Year's Day\" } }"),
        ("webhooks", "[{ url = \"https://hooks.example.com\", secret = \"DAYMARK_HOOK_SECRET\" }]"),
        ("mail", "{ provider = \"resend\", from = \"hello@example.com\", secret = \"RESEND_API_KEY\" }"),
        ("payment", PAYMENT_EXAMPLE),
        ("turnstile", "{ site_key = \"0x4AAAAAAAExampleOfAKey0\", secret = \"TURNSTILE_SECRET\" }"),
        ("embed", "{ parents = [\"https://www.example.com\"] }"),
    ],
};

pub(crate) static LIMITS: Keys = Keys {
    path: "limits.",
    list: &[
        ("bookings_per_minute", "20"),
        ("site_bookings_per_minute", "300"),
        ("bookings_per_contact", "50"),
        ("bound_strangers", "true"),
    ],
};

pub(crate) static WEBHOOK: Keys = Keys {
    path: "webhooks.",
    list: &[
        ("url", "\"https://hooks.example.com/daymark\""),
        ("secret", "\"DAYMARK_HOOK_SECRET\""),
        ("events", "[\"booking.*\"]"),
    ],
};

pub(crate) static MAIL: Keys = Keys {
    path: "mail.",
    list: &[
        ("provider", "\"resend\""),
        ("from", "\"Example & Co. <hello@example.com>\""),
        ("secret", "\"RESEND_API_KEY\""),
        ("server", "\"smtps://user@mail.example.com:465\""),
        ("url", "\"https://api.example.com/mails\""),
        ("headers", "{ Authorization = \"Bearer {secret}\" }"),
        (
            "body",
            "'{ \"from\": \"{from}\", \"to\": \"{to}\", \"subject\": \"{subject}\", \"text\": \"{text}\" }'",
        ),
    ],
};

const PAYMENT_EXAMPLE: &str =
    "{ provider = \"stripe\", secret = \"STRIPE_SECRET_KEY\", webhook_secret = \"STRIPE_WEBHOOK_SECRET\" }";

pub(crate) static PAYMENT: Keys = Keys {
    path: "payment.",
    list: &[
        ("provider", "\"stripe\""),
        ("secret", "\"STRIPE_SECRET_KEY\""),
        ("webhook_secret", "\"STRIPE_WEBHOOK_SECRET\""),
        ("url", "\"https://shop.example.com/pay?ref={booking}&amount={amount}\""),
        ("delayed", "true"),
    ],
};

pub(crate) static TURNSTILE: Keys = Keys {
    path: "turnstile.",
    list: &[
        ("site_key", "\"0x4AAAAAAAExampleOfAKey0\""),
        ("secret", "\"TURNSTILE_SECRET\""),
        ("url", "\"https://challenges.cloudflare.com/turnstile/v0/siteverify\""),
    ],
};

pub(crate) static EMBED: Keys =
    Keys { path: "embed.", list: &[("parents", "[\"https://www.example.com\"]")] };

pub(crate) static MAIL_HEADERS: Keys =
    Keys { path: "mail.headers.", list: &[("<name>", "\"Bearer {secret}\"")] };

pub(crate) static THEME: Keys = Keys { path: "theme.", list: &[("<token>", "\"#0b6e63\"")] };

pub(crate) static PRIVACY: Keys =
    Keys { path: "privacy.", list: &[("<locale>", "\"We use what you enter for this meeting alone.\"")] };

pub(crate) static ABOUT: Keys =
    Keys { path: "about.", list: &[("<locale>", "\"Twenty years of untangling roadmaps.\"")] };

pub(crate) static HOLIDAYS: Keys =
    Keys { path: "holidays.", list: &[("<name>.<date>", "\"New Year's Day\"")] };

pub(crate) static HOST: Keys = Keys {
    path: "",
    list: &[
        ("name", "\"Aiko Tanaka\""),
        ("email", "\"aiko@example.com\""),
        ("time_zone", "\"Asia/Tokyo\""),
        ("photo", "\"aiko.jpg\""),
        ("about", "\"Twenty years of untangling roadmaps.\""),
        ("holidays", "[\"jp\"]"),
        ("key_version", "1"),
        ("invites_version", "1"),
        ("ledger", "\"aiko\""),
        ("was", "[\"old-folder\"]"),
        ("hours", "{ mon-fri = [\"09:00-12:00\", \"13:00-17:30\"] }"),
        ("dates", "[{ date = \"2026-12-24\", hours = [] }]"),
        ("calendars", "[{ name = \"work\", kind = \"feed\", secret = \"AIKO_CALENDAR\" }]"),
        ("webhooks", "[{ url = \"https://hooks.example.com\", secret = \"DAYMARK_HOOK_SECRET\" }]"),
        ("payment", PAYMENT_EXAMPLE),
    ],
};

pub(crate) static HOURS: Keys =
    Keys { path: "hours.", list: &[("<days>", "[\"09:00-12:00\", \"13:00-17:30\"]")] };

pub(crate) static DATES: Keys =
    Keys { path: "dates.", list: &[("date", "\"2026-12-29..2027-01-03\""), ("hours", "[\"09:00-12:00\"]")] };

pub(crate) static CALENDAR: Keys = Keys {
    path: "calendars.",
    list: &[
        ("name", "\"work\""),
        ("kind", "\"feed\""),
        ("secret", "\"AIKO_CALENDAR\""),
        ("role", "\"busy\""),
        ("zone", "\"Asia/Tokyo\""),
        ("tentative", "\"busy\""),
        ("all_day", "\"as_marked\""),
        ("keep_free", "\"15m\""),
        ("addresses", "[\"aiko@example.org\"]"),
        ("on_delete", "\"ask\""),
        ("url", "\"https://dav.example.com/aiko/work/\""),
        ("user", "\"aiko\""),
        ("id", "\"aiko@example.com\""),
    ],
};

pub(crate) static KEEP_FREE: Keys =
    Keys { path: "calendars.keep_free.", list: &[("before", "\"30m\""), ("after", "\"15m\"")] };

pub(crate) static MEETING: Keys = Keys {
    path: "",
    list: &[
        ("title", "\"Introductory call\""),
        ("durations", "[30, 60]"),
        ("location", "{ video = \"https://meet.example.com/aiko\" }"),
        ("start_every", "30"),
        ("notice", "\"4h\""),
        ("window", "\"60d\""),
        ("from", "\"2026-12-07\""),
        ("until", "\"2026-12-18\""),
        ("buffer", "{ before = \"5m\", after = \"15m\" }"),
        ("limit", "{ per_day = 4, per_week = 12 }"),
        ("change_until", "\"2h\""),
        ("links_in_invitation", "false"),
        ("approval", "false"),
        ("approval_within", "\"48h\""),
        ("reminders", "[\"1d\", \"1h\"]"),
        ("calendars", "[\"work\"]"),
        ("when_unknown", "\"request\""),
        ("write_to", "\"work\""),
        ("price", "{ amount = 5000, currency = \"JPY\" }"),
        ("refund_until", "\"24h\""),
        ("listed", "true"),
        ("invite_only", "false"),
        ("draft", "true"),
        ("auto_submit", "false"),
        ("associations", "[{ type = \"deal\", id = \"4711\" }]"),
        ("hours", "{ tue = [\"13:00-18:00\"] }"),
        ("dates", "[{ date = \"2026-12-24\", hours = [] }]"),
        (
            "questions",
            "[{ id = \"topic\", label = \"What would you like to talk about?\", kind = \"text\" }]",
        ),
    ],
};

pub(crate) static LOCATION: Keys = Keys {
    path: "location.",
    list: &[
        ("video", "\"https://meet.example.com/aiko\""),
        ("phone", "\"+49 30 5550 0123\""),
        ("address", "\"2-1-1 Nihonbashi, Chuo, Tokyo\""),
        ("ask", "\"Where shall we meet?\""),
    ],
};

pub(crate) static BUFFER: Keys =
    Keys { path: "buffer.", list: &[("before", "\"5m\""), ("after", "\"15m\"")] };

pub(crate) static LIMIT: Keys = Keys { path: "limit.", list: &[("per_day", "4"), ("per_week", "12")] };

pub(crate) static PRICE: Keys = Keys { path: "price.", list: &[("amount", "5000"), ("currency", "\"JPY\"")] };

pub(crate) static AMOUNT: Keys = Keys { path: "price.amount.", list: &[("<minutes>", "5000")] };

pub(crate) static ASSOCIATION: Keys =
    Keys { path: "associations.", list: &[("type", "\"deal\""), ("id", "\"4711\"")] };

pub(crate) static QUESTION: Keys = Keys {
    path: "questions.",
    list: &[
        ("id", "\"topic\""),
        ("label", "\"What would you like to talk about?\""),
        ("kind", "\"text\""),
        ("required", "true"),
        ("options", "[{ id = \"friend\", label = \"From a friend\" }]"),
    ],
};

pub(crate) static OPTION: Keys =
    Keys { path: "questions.options.", list: &[("id", "\"friend\""), ("label", "\"From a friend\"")] };

pub(crate) static TRANSLATION: Keys = Keys {
    path: "",
    list: &[
        ("title", "\"Introductory call\""),
        ("location", "{ ask = \"Where shall we meet?\" }"),
        ("questions", "[{ id = \"topic\", label = \"What would you like to talk about?\" }]"),
    ],
};

pub(crate) static ASK: Keys = Keys { path: "location.", list: &[("ask", "\"Where shall we meet?\"")] };

pub(crate) static TRANSLATED_QUESTION: Keys = Keys {
    path: "questions.",
    list: &[
        ("id", "\"topic\""),
        ("label", "\"What would you like to talk about?\""),
        ("options", "[{ id = \"friend\", label = \"From a friend\" }]"),
    ],
};
