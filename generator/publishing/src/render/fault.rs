//! The fault of a theme.

/// Something in the theme that cannot be read or rendered: the theme's mistake, not the content's.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct RenderFault {
    /// The template or file.
    pub path: String,
    /// The cause.
    pub cause: String,
}

impl RenderFault {
    pub(crate) fn new(path: impl Into<String>, cause: &(impl ToString + ?Sized)) -> Self {
        Self { path: path.into(), cause: cause.to_string() }
    }
}
