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
