//! Whatever the bytes, the reader says what is wrong with them and never panics.

use proptest::prelude::*;
use publishing::content::{FileKind, check_file};

const KINDS: [FileKind; 4] = [FileKind::Site, FileKind::Host, FileKind::Meeting, FileKind::Translation];

/// Pieces that content is made of, so that random files get past the first line.
const PIECES: [&str; 40] = [
    "+++\n",
    "title",
    " = ",
    "\"Call\"",
    "\n",
    "durations",
    "[30, 60]",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "\\",
    "[hours]\n",
    "mon-fri",
    "\"09:00-24:00\"",
    "[[dates]]\n",
    "date = \"2026-12-24..2027-01-03\"\n",
    "hours = []\n",
    "[[questions]]\n",
    "id = \"topic\"\n",
    "kind = \"choice\"\n",
    "options = ",
    "location = { ask = \"Where?\" }\n",
    "window = \"3w\"\n",
    "from = 2026-12-24\n",
    "until = \"9999-12-31\"\n",
    "notice = \"999999999999d\"\n",
    "limit = { per_day = 0 }\n",
    "time_zone = \"PST\"\n",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "\u{feff}",
    "\r\n",
    "\u{1f600}",
    "日本",
    "\0",
    "-----BEGIN PRIVATE KEY-----",
    "9223372036854775808",
];

fn say(kind: FileKind, bytes: &[u8]) {
    let diagnostics = check_file(kind, bytes);
    let drawn = diagnostics.to_string();
    assert_eq!(drawn.is_empty(), diagnostics.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in KINDS {
            say(kind, &bytes);
        }
    }

    #[test]
    fn of_any_pieces(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        let text = pieces.concat();
        for kind in KINDS {
            say(kind, text.as_bytes());
            say(kind, format!("+++\n{text}\n+++\n").as_bytes());
        }
    }

    #[test]
    fn of_the_sample_with_a_part_replaced(
        start in 0usize..900,
        length in 0usize..40,
        piece in proptest::sample::select(&PIECES[..]),
    ) {
        let page = include_bytes!("../../../../content/aiko/review.md");
        let start = start.min(page.len());
        let end = (start + length).min(page.len());
        let bytes = [&page[..start], piece.as_bytes(), &page[end..]].concat();
        say(FileKind::Meeting, &bytes);
        say(FileKind::Translation, &bytes);
    }
}

/// Files made of one piece: what is wrong with them is said at once.
#[test]
fn no_file_takes_long() {
    let more = [
        "a.",
        "a = {",
        "[a.",
        "[[a]]\n",
        "[a]\n",
        "a = [",
        "a = 1\n",
        "\"\"\"",
        "''' ",
        "a = \"\"\"\n",
        "\\u",
        "-----BEGIN ",
        "-----BEGIN X",
        "-----BEGIN PRIVATE KEY----- ",
        "sk_live_4eC39HqLyjWDarjt ",
        "`",
        "[hours]\nmon = [",
        "a.b.c = 1\n",
        "[[questions]]\n[[questions.options]]\n",
        "# \n",
        "+++\n",
        "---\n",
        "\"a\" = \"b\", ",
        "1e",
        "0x",
        "1979-05-27T",
    ];
    let single = (' '..='~').map(|letter| format!("{letter}\n"));
    for piece in PIECES.iter().chain(&more).map(|piece| (*piece).to_owned()).chain(single) {
        let many = piece.repeat(60_000 / piece.len());
        let page = format!("+++\n{many}\n+++\n{many}");
        for (kind, text) in [(FileKind::Site, many), (FileKind::Meeting, page)] {
            let begun = acceptance::cpu_time();
            say(kind, text.as_bytes());
            let taken = acceptance::cpu_time().saturating_sub(begun);
            assert!(taken < std::time::Duration::from_secs(1), "{piece:?} as {kind:?}: {taken:?}");
        }
    }
}

/// Lists as long as they may be, of which each item is compared with the others.
#[test]
fn no_list_takes_long() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<String>();
    let site = "title = \"Site\"\nbase_url = \"https://meet.example.com\"\n";
    let host = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n";
    let page = "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n";
    let date =
        |number: usize| format!("{}-{:02}-{:02}", 2026 + number / 336, number / 28 % 12 + 1, number % 28 + 1);
    let webhook = |number: usize| {
        format!("[[webhooks]]\nurl = \"https://hooks.example.com/{number}\"\nsecret = \"HOOK_{number}\"\n")
    };
    let option = |number: usize| format!("{{ id = \"o{number}\", label = \"O\" }},\n");
    let cases = [
        (
            FileKind::Site,
            format!("{site}tracking = [{}]\n", many(60_000, &|number| format!("\"p{number}\","))),
        ),
        (
            FileKind::Site,
            format!("{site}sandbox = [{}]\n", many(30_000, &|number| format!("\"a{number}@example.org\","))),
        ),
        (
            FileKind::Site,
            format!("{site}locales = [{}]\n", many(60_000, &|number| format!("\"en-{number:06}\","))),
        ),
        (
            FileKind::Site,
            format!(
                "{site}[holidays.work]\n{}",
                many(20_000, &|number| format!("{} = \"H\"\n", date(number)))
            ),
        ),
        (FileKind::Site, format!("{site}{}", many(8_000, &webhook))),
        (
            FileKind::Site,
            format!("{site}[theme]\n{}", many(30_000, &|number| format!("t{number} = \"1px\"\n"))),
        ),
        (FileKind::Host, format!("{host}was = [{}]\n", many(60_000, &|number| format!("\"h{number}\",")))),
        (
            FileKind::Host,
            format!("{host}holidays = [{}]\n", many(60_000, &|number| format!("\"h{number}\","))),
        ),
        (
            FileKind::Host,
            format!(
                "{host}[hours]\nmon = [{}]\n",
                many(60_000, &|number| format!("\"{:02}:00-{:02}:30\",", number % 24, number % 24))
            ),
        ),
        (
            FileKind::Host,
            format!(
                "{host}{}",
                many(20_000, &|number| format!("[[dates]]\ndate = \"{}\"\nhours = []\n", date(number)))
            ),
        ),
        (FileKind::Host, format!("{host}{}", many(8_000, &webhook))),
        (
            FileKind::Meeting,
            format!(
                "{page}{}+++\n",
                many(20_000, &|number| format!(
                    "[[dates]]\ndate = \"{}\"\nhours = [\"09:00-10:00\"]\n",
                    date(number)
                ))
            ),
        ),
        (
            FileKind::Meeting,
            format!(
                "{page}[[questions]]\nid = \"q\"\nlabel = \"Q\"\nkind = \"choice\"\noptions = [{}]\n+++\n",
                many(20_000, &option)
            ),
        ),
        (
            FileKind::Meeting,
            page.replace(
                "[30]",
                &format!("[{}]", many(100_000, &|number| format!("{},", number % 1440 + 1))),
            ) + "+++\n",
        ),
        (
            FileKind::Meeting,
            format!(
                "{page}associations = [{}]\n+++\n",
                many(20_000, &|number| format!("{{ type = \"t\", id = \"{number}\" }},"))
            ),
        ),
    ];
    for (kind, text) in cases {
        let begun = acceptance::cpu_time();
        say(kind, text.as_bytes());
        let taken = acceptance::cpu_time().saturating_sub(begun);
        let (_, list) = text.split_at(text.len() / 2);
        assert!(taken < std::time::Duration::from_secs(3), "{kind:?}, {:?}: {taken:?}", list.get(..60));
    }
}
