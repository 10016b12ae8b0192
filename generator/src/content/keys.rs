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
pub(super) struct Keys {
    /// The table's path, with a dot at its end; empty for a file's own keys.
    path: &'static str,
    /// Each key, with an example of its value.
    pub list: &'static [(&'static str, &'static str)],
}

impl Keys {
    /// An example of a key's value.
    pub(super) fn example(&self, key: &str) -> &'static str {
        self.list.iter().find(|(name, _)| *name == key).map_or("", |(_, example)| example)
    }

    /// Whether the table has such a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.list.iter().any(|(name, _)| *name == key)
    }

    /// Whether it is the table of a page's words in another locale.
    pub(super) fn is_translation(&self) -> bool {
        std::ptr::eq(self, &raw const TRANSLATION)
    }

    /// The key that an unknown one probably stands for.
    pub(super) fn takes_for(&self, unknown: &str) -> Option<&'static str> {
        if self.has(unknown) { None } else { nearest(unknown, self.names()) }
    }

    /// The names of all keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.list.iter().map(|(name, _)| *name)
    }
}

/// Every key by the kind of file that it stands in, as a path with dots: `questions.options.id`. What the author names
/// (a day, a date, a locale) stands in angle brackets: `hours.<day>`.
pub fn keys() -> Vec<(FileKind, String)> {
    let tables: [(FileKind, &[&Keys]); 4] = [
        (FileKind::Site, &[&SITE, &LIMITS, &WEBHOOK, &MAIL, &THEME, &PRIVACY, &HOLIDAYS]),
        (FileKind::Host, &[&HOST, &HOURS, &DATES, &WEBHOOK]),
        (
            FileKind::Meeting,
            &[&MEETING, &LOCATION, &BUFFER, &LIMIT, &PRICE, &ASSOCIATION, &QUESTION, &OPTION, &HOURS, &DATES],
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

pub(super) static SITE: Keys = Keys {
    path: "",
    list: &[
        ("title", "\"Example & Co.\""),
        ("base_url", "\"https://meet.example.com\""),
        ("locales", "[\"en\", \"ja\"]"),
        ("privacy", "\"We use what you enter to hold this meeting.\""),
        ("theme", "{ accent = \"#0b6e63\" }"),
        ("limits", "{ bookings_per_minute = 20 }"),
        ("tracking", "[\"campaign_id\"]"),
        ("keep_contacts", "\"400d\""),
        ("without_calendar", "\"confirm\""),
        ("sandbox", "[\"mara@example.org\", \"*@example.com\"]"),
        ("holidays", "{ jp = { \"2027-01-01\" = \"New Year's Day\" } }"),
        ("webhooks", "[{ url = \"https://hooks.example.com\", secret = \"DAYMARK_HOOK_SECRET\" }]"),
        ("mail", "{ provider = \"resend\", from = \"hello@example.com\", secret = \"RESEND_API_KEY\" }"),
    ],
};

pub(super) static LIMITS: Keys =
    Keys { path: "limits.", list: &[("bookings_per_minute", "20"), ("bookings_per_contact", "50")] };

pub(super) static WEBHOOK: Keys = Keys {
    path: "webhooks.",
    list: &[
        ("url", "\"https://hooks.example.com/daymark\""),
        ("secret", "\"DAYMARK_HOOK_SECRET\""),
        ("events", "[\"booking.*\"]"),
    ],
};

pub(super) static MAIL: Keys = Keys {
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

pub(super) static MAIL_HEADERS: Keys =
    Keys { path: "mail.headers.", list: &[("<name>", "\"Bearer {secret}\"")] };

pub(super) static THEME: Keys = Keys { path: "theme.", list: &[("<token>", "\"#0b6e63\"")] };

pub(super) static PRIVACY: Keys =
    Keys { path: "privacy.", list: &[("<locale>", "\"We use what you enter to hold this meeting.\"")] };

pub(super) static HOLIDAYS: Keys =
    Keys { path: "holidays.", list: &[("<name>.<date>", "\"New Year's Day\"")] };

pub(super) static HOST: Keys = Keys {
    path: "",
    list: &[
        ("name", "\"Aiko Tanaka\""),
        ("email", "\"aiko@example.com\""),
        ("time_zone", "\"Asia/Tokyo\""),
        ("holidays", "[\"jp\"]"),
        ("key_version", "1"),
        ("ledger", "\"aiko\""),
        ("was", "[\"old-folder\"]"),
        ("hours", "{ mon-fri = [\"09:00-12:00\", \"13:00-17:30\"] }"),
        ("dates", "[{ date = \"2026-12-24\", hours = [] }]"),
        ("calendars", "[]"),
        ("webhooks", "[{ url = \"https://hooks.example.com\", secret = \"DAYMARK_HOOK_SECRET\" }]"),
    ],
};

pub(super) static HOURS: Keys =
    Keys { path: "hours.", list: &[("<days>", "[\"09:00-12:00\", \"13:00-17:30\"]")] };

pub(super) static DATES: Keys =
    Keys { path: "dates.", list: &[("date", "\"2026-12-29..2027-01-03\""), ("hours", "[\"09:00-12:00\"]")] };

pub(super) static MEETING: Keys = Keys {
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
        ("price", "{ amount = 5000, currency = \"JPY\" }"),
        ("listed", "true"),
        ("draft", "true"),
        ("associations", "[{ type = \"deal\", id = \"4711\" }]"),
        ("hours", "{ tue = [\"13:00-18:00\"] }"),
        ("dates", "[{ date = \"2026-12-24\", hours = [] }]"),
        (
            "questions",
            "[{ id = \"topic\", label = \"What would you like to talk about?\", kind = \"text\" }]",
        ),
    ],
};

pub(super) static LOCATION: Keys = Keys {
    path: "location.",
    list: &[
        ("video", "\"https://meet.example.com/aiko\""),
        ("phone", "\"+49 30 5550 0123\""),
        ("address", "\"2-1-1 Nihonbashi, Chuo, Tokyo\""),
        ("ask", "\"Where shall we meet?\""),
    ],
};

pub(super) static BUFFER: Keys =
    Keys { path: "buffer.", list: &[("before", "\"5m\""), ("after", "\"15m\"")] };

pub(super) static LIMIT: Keys = Keys { path: "limit.", list: &[("per_day", "4"), ("per_week", "12")] };

pub(super) static PRICE: Keys = Keys { path: "price.", list: &[("amount", "5000"), ("currency", "\"JPY\"")] };

pub(super) static ASSOCIATION: Keys =
    Keys { path: "associations.", list: &[("type", "\"deal\""), ("id", "\"4711\"")] };

pub(super) static QUESTION: Keys = Keys {
    path: "questions.",
    list: &[
        ("id", "\"topic\""),
        ("label", "\"What would you like to talk about?\""),
        ("kind", "\"text\""),
        ("required", "true"),
        ("options", "[{ id = \"friend\", label = \"From a friend\" }]"),
    ],
};

pub(super) static OPTION: Keys =
    Keys { path: "questions.options.", list: &[("id", "\"friend\""), ("label", "\"From a friend\"")] };

pub(super) static TRANSLATION: Keys = Keys {
    path: "",
    list: &[
        ("title", "\"Introductory call\""),
        ("location", "{ ask = \"Where shall we meet?\" }"),
        ("questions", "[{ id = \"topic\", label = \"What would you like to talk about?\" }]"),
    ],
};

pub(super) static ASK: Keys = Keys { path: "location.", list: &[("ask", "\"Where shall we meet?\"")] };

pub(super) static TRANSLATED_QUESTION: Keys = Keys {
    path: "questions.",
    list: &[
        ("id", "\"topic\""),
        ("label", "\"What would you like to talk about?\""),
        ("options", "[{ id = \"friend\", label = \"From a friend\" }]"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::check_file;
    use crate::diagnostics::Severity;

    fn examples(keys: &Keys) -> String {
        keys.list.iter().map(|(key, example)| format!("{key} = {example}")).collect::<Vec<_>>().join("\n")
            + "\n"
    }

    /// Reads all examples of a file's own keys; what is not yet supported may be refused for that alone.
    #[track_caller]
    fn check(kind: FileKind, text: &str) {
        let diagnostics = check_file(kind, text.as_bytes());
        let wrong: Vec<&str> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Mistake)
            .map(|diagnostic| diagnostic.message.as_str())
            .filter(|message| {
                !message.contains("not supported yet") && !message.contains("no holidays named `jp`")
            })
            .collect();
        assert_eq!(wrong, [""; 0], "{text}");
    }

    #[test]
    fn every_example_is_right() {
        check(FileKind::Site, &examples(&SITE));
        check(FileKind::Host, &examples(&HOST));
        check(FileKind::Meeting, &format!("+++\n{}+++\n", examples(&MEETING)));
    }

    #[test]
    fn every_example_of_an_inner_table_is_right() {
        let site = "title = \"x\"\nbase_url = \"https://a.example\"\n";
        for (table, keys) in [("limits", &LIMITS), ("mail", &MAIL)] {
            check(FileKind::Site, &format!("{site}[{table}]\n{}", examples(keys)));
        }
        check(FileKind::Site, &format!("{site}[[webhooks]]\n{}", examples(&WEBHOOK)));
        let page = "title = \"x\"\ndurations = [30]\n";
        for (key, example) in LOCATION.list {
            check(FileKind::Meeting, &format!("+++\n{page}location = {{ {key} = {example} }}\n+++\n"));
        }
        let page = format!("{page}location = {{ ask = \"Where?\" }}\n");
        for (table, keys) in
            [("[buffer]", &BUFFER), ("[limit]", &LIMIT), ("[price]", &PRICE), ("[[dates]]", &DATES)]
        {
            check(FileKind::Meeting, &format!("+++\n{page}{table}\n{}+++\n", examples(keys)));
        }
        check(FileKind::Meeting, &format!("+++\n{page}[[associations]]\n{}+++\n", examples(&ASSOCIATION)));
    }

    #[test]
    fn no_key_is_listed_twice() {
        let mut all = keys();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
