//! Any bytes as a calendar: an answer comes within a second, the same for any chunks, and nothing panics.
//!
//! The first byte chooses the size of the chunks, and whether the rest is a whole text or the lines of an event.

#![cfg_attr(fuzzing, no_main)]

use scheduling::calendar::{Answer, MOST_SPANS, Question, Reader, Unreadable};
use scheduling::zone::Zone;

/// 2026, in seconds since 1970.
const WINDOW: (i64, i64) = (1_767_225_600, 1_798_761_600);

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::within_a_second(|| run(bytes)));

/// What a fuzzer found, tried again: the input is a file, named by the argument.
#[cfg(not(fuzzing))]
fn main() {
    let file = std::env::args_os().nth(1).expect("usage: calendar <file>");
    let bytes = std::fs::read(file).expect("a file that can be read");
    fuzz::within_a_second(|| run(&bytes));
}

fn run(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let mut text = Vec::new();
    if choice % 2 == 0 {
        text.extend_from_slice(rest);
    } else {
        text.extend_from_slice(
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Berlin:20251026T023000\nDURATION:PT1H\n",
        );
        text.extend_from_slice(rest);
        text.extend_from_slice(b"\nEND:VEVENT\nEND:VCALENDAR");
    }
    let answer = read(std::iter::once(text.as_slice()));
    assert_eq!(answer, read(text.chunks(usize::from(choice / 2) + 1)));
    let Ok(answer) = answer else { return };
    assert!(answer.busy.len() <= MOST_SPANS);
    assert!(
        answer
            .busy
            .iter()
            .all(|span| WINDOW.0 <= span.start && span.start < span.end && span.end <= WINDOW.1)
    );
    assert!(answer.busy.windows(2).all(|pair| pair[0].end < pair[1].start));
    assert!(answer.unknown_from().is_none_or(|from| (WINDOW.0..=WINDOW.1).contains(&from)));
}

fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Answer, Unreadable> {
    let zone = Zone::named("Asia/Tokyo").expect("a zone of the database");
    let mut reader = Reader::new(Question::new(WINDOW.0, WINDOW.1, zone).invited_at("aiko@example.com"));
    chunks.for_each(|chunk| reader.push(chunk));
    reader.finish()
}
