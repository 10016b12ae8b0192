//! The failure of a command.

/// A reason why a command failed; without a text if everything was printed already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// One or more sentences.
    pub text: Option<String>,
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::saying(error.to_string())
    }
}

impl Failure {
    /// A failure that needs saying.
    pub fn saying(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()) }
    }
}
