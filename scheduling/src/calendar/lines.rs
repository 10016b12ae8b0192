//! The lines of iCalendar text, unfolded (RFC 5545, 3.1), from chunks of any size.
//!
//! A line is kept only if its name is wanted. Of any other, no byte is copied but those of its name: what a host calls
//! an event is in no memory of ours.

use super::property::Name;

/// The longest line that is kept, in octets.
const MOST_OCTETS: usize = 64 * 1024;
/// The longest run of letters that can be a name we want, and a mark of byte order before it.
const LONGEST_NAME: usize = 48;

/// One line, or what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A wanted line, unfolded, without its end.
    Whole(Name, &'a [u8]),
    /// A wanted line that was too long to be kept.
    TooLong(Name),
    /// Neither a name nor a value.
    Nameless,
}

/// Bytes in, lines out.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    kept: Kept,
    /// True from the end of a line until the next byte shows whether it goes on.
    at_end: bool,
}

/// What is known about the line at hand.
#[derive(Clone, Copy, Debug, Default)]
enum Kept {
    /// Its name is not whole yet.
    #[default]
    Undecided,
    Wanted(Name),
    TooLong(Name),
    Passed,
    /// What it begins with is no name.
    Nameless,
}

impl Lines {
    /// Takes the next bytes. Ends of lines are CRLF, LF or CR; empty lines mean nothing.
    pub(super) fn push(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Line<'_>)) {
        while let Some(first) = bytes.first() {
            if self.at_end {
                match first {
                    b'\r' | b'\n' => {
                        bytes = &bytes[1..];
                        continue;
                    }
                    b' ' | b'\t' => bytes = &bytes[1..],
                    _ => self.end_line(each),
                }
                self.at_end = false;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            self.take(part);
            self.at_end = end.is_some();
            bytes = &bytes[part.len() + usize::from(self.at_end)..];
        }
    }

    /// Ends the last line, which needs no end of its own.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Line<'_>)) {
        self.end_line(each);
    }

    fn take(&mut self, part: &[u8]) {
        match self.kept {
            Kept::Undecided => self.decide(part),
            Kept::Wanted(name) if self.line.len() + part.len() > MOST_OCTETS => {
                self.kept = Kept::TooLong(name);
            }
            Kept::Wanted(_) => self.line.extend_from_slice(part),
            Kept::Nameless if part.contains(&b':') => self.kept = Kept::Passed,
            Kept::TooLong(_) | Kept::Passed | Kept::Nameless => {}
        }
    }

    fn decide(&mut self, part: &[u8]) {
        let end = part.iter().position(|byte| !is_of_name(*byte));
        let letters = &part[..end.unwrap_or(part.len())];
        let is_short = self.line.len() + letters.len() <= LONGEST_NAME;
        if is_short {
            self.line.extend_from_slice(letters);
        }
        self.kept = match end.map(|end| part[end]) {
            None if is_short => return,
            Some(b':' | b';') if is_short => Name::read(&self.line).map_or(Kept::Passed, Kept::Wanted),
            _ => Kept::Nameless,
        };
        self.take(&part[letters.len()..]);
    }

    fn end_line(&mut self, each: &mut dyn FnMut(Line<'_>)) {
        match std::mem::take(&mut self.kept) {
            Kept::Wanted(name) => each(Line::Whole(name, &self.line)),
            Kept::TooLong(name) => each(Line::TooLong(name)),
            Kept::Undecided if self.line.is_empty() => {}
            Kept::Undecided | Kept::Nameless => each(Line::Nameless),
            Kept::Passed => {}
        }
        self.line.clear();
    }
}

/// True for what names are made of, and for a mark of byte order.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | 0xef | 0xbb | 0xbf)
}
