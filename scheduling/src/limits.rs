//! The most that a booking's form takes: of each field, in characters, and of all together, in bytes.
//!
//! Publishing holds each page to [`MOST_FORM_BYTES`], so that whoever fills every field to its limit is never told that
//! all of it is too much.

use crate::definition::{Meeting, Question, QuestionKind};

/// The largest body of a request, in bytes.
pub const MOST_FORM_BYTES: usize = 512 * 1024;

/// Characters of a name.
pub const MOST_NAME_CHARACTERS: usize = 200;
/// Characters of an address.
pub const MOST_EMAIL_CHARACTERS: usize = crate::mail::MOST_CHARACTERS;
/// Characters of one line of text.
pub const MOST_TEXT_CHARACTERS: usize = 500;
/// Characters of a text of several lines.
pub const MOST_LONG_TEXT_CHARACTERS: usize = 5_000;
/// Further addresses of a booking.
pub const MOST_GUESTS: usize = 10;
/// Bytes of all tracking parameters together, in UTF-8.
pub const MOST_TRACKING_BYTES: usize = 8 * 1024;

/// Characters of a token of Turnstile's.
pub const MOST_TOKEN_CHARACTERS: usize = 2048;

/// Bookings that one person makes with one host in a day, whatever becomes of them: more than anybody needs, and few
/// enough for a disk.
pub const MOST_MADE_A_DAY: u32 = 50;

/// The most bytes of one character: four of UTF-8, each written as `%F0`. JSON's `\u` escapes are no longer.
const CHARACTER_BYTES: usize = 12;
/// Bytes of a short field that the page itself fills in: its name, zone, locale, duration and start.
const OWN_FIELD_BYTES: usize = 256;
/// Fields that the page itself fills in, but for tracking, with room for more.
const OWN_FIELDS: usize = 8;

/// The size of a page's form when every field is filled to its limit with the widest characters, in bytes.
pub fn form_bytes(meeting: &Meeting) -> usize {
    let asked = |question: &Question| answer_bytes(question) + "answers.=&".len() + question.id.len();
    let texts = MOST_NAME_CHARACTERS + MOST_EMAIL_CHARACTERS * (1 + MOST_GUESTS);
    // The place, and the field that robots fill in.
    let lines = 2 * MOST_TEXT_CHARACTERS;
    let tracking = MOST_TRACKING_BYTES * 3;
    OWN_FIELDS * OWN_FIELD_BYTES
        + (texts + lines) * CHARACTER_BYTES
        + tracking
        + MOST_TOKEN_CHARACTERS
        + meeting.questions.iter().map(asked).sum::<usize>()
}

fn answer_bytes(question: &Question) -> usize {
    match &question.kind {
        QuestionKind::LongText => MOST_LONG_TEXT_CHARACTERS * CHARACTER_BYTES,
        // Fields of these kinds take as many characters as a text; what does not fit the kind is told of afterwards.
        QuestionKind::Text | QuestionKind::Number | QuestionKind::Phone => {
            MOST_TEXT_CHARACTERS * CHARACTER_BYTES
        }
        QuestionKind::Choice(options) => options.iter().map(|option| option.id.len()).max().unwrap_or(0),
        QuestionKind::Choices(options) => {
            options.iter().map(|option| option.id.len() + "answers.=&".len() + question.id.len()).sum()
        }
        QuestionKind::Consent => "true".len(),
    }
}
