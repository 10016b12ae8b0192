//! The text of a file, and the places in it that diagnostics point to.

use std::ops::Range;

use super::secret_shapes;
use crate::diagnostics::{Diagnostic, Place, Severity};

/// The largest file that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 1_000_000;

/// The longest line that is shown whole, in bytes: of a longer one, what is around the place.
const LONGEST_LINE: usize = 1000;

/// The fewest bytes of a private value that is looked for in messages.
const SHORTEST_QUOTED: usize = 6;

/// A file's text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Relative to the content folder, with `/` between its parts.
    pub file: String,
    /// Without a byte order mark.
    pub text: String,
    /// Secrets that stand in it: never shown.
    secrets: Vec<Range<usize>>,
    /// What may let its reader into a calendar: not shown either.
    private_values: Vec<Range<usize>>,
}

impl Source {
    /// Takes a file's bytes. What is no UTF-8 is a mistake, shown where it stands.
    pub(crate) fn new(file: String, bytes: Vec<u8>) -> Result<Self, Box<Diagnostic>> {
        if bytes.len() > MOST_BYTES {
            let message = format!("this file is larger than {} kB", MOST_BYTES / 1000);
            return Err(Box::new(whole_file(file, message)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::from_text(file, text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Err(Box::new(not_utf8(Self::from_text(file, text), error.as_bytes()[valid], valid)))
            }
        }
    }

    fn from_text(file: String, mut text: String) -> Self {
        const BYTE_ORDER_MARK: &str = "\u{feff}";
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        let secrets = secret_shapes::find(&text);
        let is_of_host = file.ends_with("host.toml");
        let private_values = if is_of_host { secret_shapes::private_values(&text) } else { Vec::new() };
        Self { file, text, secrets, private_values }
    }

    /// The text from one byte on, with lines that end as on Unix: a checkout on Windows may have ended them otherwise,
    /// and the text is the same.
    pub(crate) fn lines_from(&self, begin: usize) -> String {
        self.text[begin..].replace("\r\n", "\n")
    }

    /// The secrets that stand in the text.
    pub(crate) fn secrets(&self) -> &[Range<usize>] {
        &self.secrets
    }

    /// A text, without the private values that it quotes.
    pub(crate) fn without_private(&self, message: String) -> String {
        let quoted =
            |message: String, range: &Range<usize>| message.replace(&self.text[range.clone()], "(hidden)");
        // What is shorter is no secret, but may be a part of any word.
        self.private_values.iter().filter(|range| range.len() >= SHORTEST_QUOTED).fold(message, quoted)
    }

    /// The place of a stretch of the text: of its first line, where it has several.
    pub(crate) fn place(&self, range: &Range<usize>) -> Place {
        self.place_hiding(range, None)
    }

    /// The same, with one more stretch that is not to be shown.
    pub(crate) fn place_hiding(&self, range: &Range<usize>, hidden: Option<&Range<usize>>) -> Place {
        let start = floor_boundary(&self.text, range.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |index| index + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |index| start + index);
        let line = self.text[..line_start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let text = self.text[line_start..line_end].trim_end_matches('\r');
        let start = (start - line_start).min(text.len());
        let end = floor_boundary(text, range.end.saturating_sub(line_start).clamp(start, text.len()));
        let shown = if text.len() > LONGEST_LINE { around(text, &(start..end)) } else { 0..text.len() };
        let (start, end) = (start - shown.start, end.min(shown.end) - shown.start);
        Place { line, start, end, text: self.masked(&text[shown.clone()], line_start + shown.start, hidden) }
    }

    /// The number of the line that a position stands in.
    pub(crate) fn line_of(&self, position: usize) -> usize {
        self.text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
    }

    /// A line in which secrets are replaced by as many stars.
    fn masked(&self, line: &str, line_start: usize, hidden: Option<&Range<usize>>) -> String {
        let mut bytes = line.as_bytes().to_vec();
        for secret in self.secrets.iter().chain(&self.private_values).chain(hidden) {
            let start = secret.start.saturating_sub(line_start).min(bytes.len());
            let end = secret.end.saturating_sub(line_start).min(bytes.len());
            bytes[start..end].fill(b'*');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What is shown of a line that is too long to be shown whole: the beginning of the stretch, in its surroundings.
fn around(line: &str, stretch: &Range<usize>) -> Range<usize> {
    const SURROUNDINGS: usize = LONGEST_LINE / 4;
    let end = stretch.end.min(stretch.start + LONGEST_LINE / 2);
    floor_boundary(line, stretch.start.saturating_sub(SURROUNDINGS))..floor_boundary(line, end + SURROUNDINGS)
}

/// A mistake that is about a whole file.
pub(crate) fn whole_file(file: String, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Mistake,
        file,
        place: None,
        message: message.into(),
        label: String::new(),
        help: Vec::new(),
    }
}

/// A doubt that is about a whole file.
pub(crate) fn whole_file_doubt(file: String, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Doubt, ..whole_file(file, message) }
}

fn not_utf8(source: Source, byte: u8, position: usize) -> Diagnostic {
    let replaced = source.text.find(char::REPLACEMENT_CHARACTER).unwrap_or_default();
    let place = source.place(&(replaced..replaced + char::REPLACEMENT_CHARACTER.len_utf8()));
    let mut diagnostic = whole_file(source.file, "this file is not UTF-8");
    diagnostic.place = Some(place);
    diagnostic
        .label(format!("byte {} of the file is 0x{byte:02x}", position + 1))
        .help("save the file as UTF-8: every editor can, often under \"Save with encoding\"");
    diagnostic
}

fn floor_boundary(text: &str, mut index: usize) -> usize {
    index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
