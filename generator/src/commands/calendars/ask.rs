//! Questions, and their answers: as arguments, or line by line.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, IsTerminal};

use super::unseen::Unseen;
use crate::failure::Failure;
use crate::printer::Printer;

/// A question.
pub(super) struct Question<'a> {
    /// In a few words.
    pub(super) text: &'a str,
    /// The argument that answers it, without its hyphens.
    pub(super) argument: &'a str,
    /// The answer of whoever only presses Enter.
    pub(super) default: Option<&'a str>,
}

/// Who asks, and notes what was answered.
pub(super) struct Asker {
    pub(super) printer: Printer,
    /// The arguments that would answer the same.
    answered: RefCell<Vec<String>>,
    has_typed: Cell<bool>,
}

impl Asker {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, answered: RefCell::default(), has_typed: Cell::new(false) }
    }

    /// The arguments with which nothing that was typed has to be typed again; `None` if nothing was.
    pub(super) fn again(&self) -> Option<String> {
        self.has_typed.get().then(|| self.answered.borrow().join(" "))
    }

    fn note(&self, argument: &str, answer: &str) {
        self.answered.borrow_mut().push(format!("--{argument} {}", word(answer)));
    }

    /// The answer: what was given as an argument; else what is typed, until it can be read. `read` says what is wrong.
    pub(super) fn ask<T>(
        &self,
        question: &Question<'_>,
        given: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let Question { text, argument, default } = question;
        if let Some(given) = given {
            let read = read(given.trim());
            let read = read.map_err(|wrong| Failure::usage(format!("--{argument}: {wrong}")))?;
            self.note(argument, given.trim());
            return Ok(read);
        }
        loop {
            let shown = default.map_or(String::new(), |default| format!(" [{default}]"));
            self.printer.ask(&format!("{text}{shown}:"));
            let typed = line()?.ok_or_else(|| ended(text, &format!("In a script, give --{argument}.")))?;
            let answer = if typed.trim().is_empty() { default.unwrap_or_default() } else { typed.trim() };
            match read(answer) {
                Ok(read) => {
                    self.note(argument, answer);
                    self.has_typed.set(true);
                    return Ok(read);
                }
                Err(wrong) => self.printer.tell(&format!("  {wrong}")),
            }
        }
    }

    /// Whether somebody agrees; `None` where nobody answers.
    pub(super) fn agrees(&self, question: &str) -> Result<Option<bool>, Failure> {
        loop {
            self.printer.ask(&format!("{question} (yes, no) [no]:"));
            let Some(typed) = line()? else { return Ok(None) };
            match typed.trim().to_lowercase().as_str() {
                "yes" | "y" => return Ok(Some(true)),
                "no" | "n" | "" => return Ok(Some(false)),
                _ => self.printer.tell("  answer with yes or no"),
            }
        }
    }

    /// Fails unless somebody agrees. `otherwise` says what to do where nobody answers.
    pub(super) fn must_agree(&self, question: &str, otherwise: &str) -> Result<(), Failure> {
        match self.agrees(question)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::saying("nothing was changed.")),
            None => Err(ended(question, otherwise)),
        }
    }

    /// Waits until somebody has done something elsewhere; not in a script.
    pub(super) fn wait(&self, until: &str) -> Result<(), Failure> {
        if io::stdin().is_terminal() {
            let question = format!("Press Enter once {until}");
            self.printer.ask(&format!("{question}:"));
            line()?.ok_or_else(|| ended(&question, ""))?;
        }
        Ok(())
    }

    /// What is typed without being seen, until it can be read. Scripts set the secret instead.
    pub(super) fn hidden(
        &self,
        question: &str,
        secret: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<String, Failure> {
        if !io::stdin().is_terminal() {
            return Err(Failure::saying(format!(
                "the secret {secret} is not set. Set this environment variable, as nothing secret is read from \
                 arguments or files; or run this in a terminal, where it is asked for."
            )));
        }
        loop {
            // Before the question is asked: whoever pastes is quick.
            let unseen = Unseen::begin();
            let typed = rpassword::prompt_password(format!("{question} (it is not shown): "));
            drop(unseen);
            let typed = typed.map_err(|_| {
                // Nobody has pressed Enter.
                self.printer.tell("");
                ended(question, "")
            })?;
            if typed.trim().is_empty() {
                self.printer.tell("  type it, or press Ctrl-C to give up");
                continue;
            }
            match read(&typed) {
                Ok(read) => return Ok(read),
                Err(wrong) => self.printer.tell(&format!("  {wrong}")),
            }
        }
    }
}

/// The next line; `None` at the end of what is typed.
fn line() -> Result<Option<String>, Failure> {
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line)?;
    if !io::stdin().is_terminal() || read == 0 {
        // Nobody has pressed Enter.
        Printer::of_this_process().tell("");
    }
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
}

fn ended(question: &str, otherwise: &str) -> Failure {
    let gap = if otherwise.is_empty() { "" } else { " " };
    Failure::saying(format!("nobody answered “{question}”, so nothing was changed.{gap}{otherwise}"))
}

/// A text as one word of a shell.
pub(super) fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One of several words.
pub(super) fn one_of<T: Copy>(typed: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(typed));
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        format!("answer with one of: {}", words.join(", "))
    })
}

/// Anything but nothing.
pub(super) fn some(typed: &str) -> Result<String, String> {
    if typed.is_empty() { Err("an answer is needed here".to_owned()) } else { Ok(typed.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_word_of_a_shell() {
        for (text, expected) in [
            ("key.json", "key.json"),
            ("a b$(c)", "'a b$(c)'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("~/x", "'~/x'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
