//! The failure of a command.

/// A reason why a command failed; without a text if everything was printed already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// One or more sentences.
    pub text: Option<String>,
    /// True if the text has drawn diagnostics in it, with their colours, and may be printed as it is.
    pub is_drawn: bool,
    /// True if an argument cannot be read.
    pub is_usage: bool,
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::saying(error.to_string())
    }
}

impl Failure {
    /// A failure that needs saying.
    pub fn saying(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// A failure with drawn diagnostics in its text.
    pub fn drawn(text: impl Into<String>) -> Self {
        Self { is_drawn: true, ..Self::saying(text) }
    }

    /// An argument that cannot be read.
    pub fn usage(text: impl Into<String>) -> Self {
        Self { is_usage: true, ..Self::saying(text) }
    }

    /// The text as it can be shown on a terminal.
    pub fn shown(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        if self.is_drawn {
            text.to_owned()
        } else {
            publishing::diagnostics::visible_lines(text).into_owned()
        }
    }
}
