//! Secrets, as the environment has them.

/// The value of an environment variable; one that is empty is not set.
pub(super) fn secret(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
