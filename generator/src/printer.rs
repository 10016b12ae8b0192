//! The one place that prints. Results go to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};

use publishing::diagnostics::{visible, visible_lines};

/// Prints. Output that nobody reads any more (a closed pipe) is no mistake.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    colour: bool,
}

impl Printer {
    /// With colours on a terminal, unless `NO_COLOR` is set (no-color.org).
    pub fn of_this_process() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && io::stderr().is_terminal() }
    }

    /// True if colours are wanted.
    pub fn colour(self) -> bool {
        self.colour
    }

    /// Prints the result of a command. Nothing in it acts on the terminal, here and below, wherever it comes from.
    pub fn answer(self, text: &str) {
        let _ = write_line(&mut io::stdout().lock(), &visible_lines(text));
    }

    /// Prints a file as the result of a command: byte by byte, unless it is for a terminal, where nothing in it acts.
    pub fn pour(self, text: &str) {
        let mut stream = io::stdout().lock();
        if stream.is_terminal() {
            let _ = write_line(&mut stream, &visible_lines(&text.replace("\r\n", "\n")));
        } else {
            let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        }
    }

    /// Prints anything else.
    pub fn tell(self, text: &str) {
        self.show(&visible_lines(text));
    }

    /// Prints a question, behind which its answer is typed.
    pub fn ask(self, question: &str) {
        let mut stream = io::stderr().lock();
        let _ = write!(stream, "{} ", visible(question)).and_then(|()| stream.flush());
    }

    /// Prints drawn diagnostics, with their colours.
    pub fn show(self, drawn: &str) {
        let _ = write_line(&mut io::stderr().lock(), drawn);
    }

    /// Prints why a command failed: text that can be shown as it is.
    pub fn fail(self, shown: &str) {
        self.show(&format!("generator: {shown}"));
    }

    /// Prints a fault of the running server, as one line of the log.
    pub fn log(self, fault: &str) {
        self.show(&format!("generator: {}", visible(fault)));
    }
}

fn write_line(stream: &mut dyn Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stream.write_all(b"\n")?;
    }
    stream.flush()
}
