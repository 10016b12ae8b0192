//! The names of pages, such as `aiko/intro`: the host's folder, and the page's own name within it.
//!
//! A folder may be renamed while its ledger stays. So bookings, claims and invitations know a page of their host by its
//! own name alone, whatever the folder was called when they were made.

/// A page's own name: `intro` of `aiko/intro`.
pub fn slug_of(page: &str) -> &str {
    page.rsplit_once('/').map_or(page, |(_, slug)| slug)
}

/// Returns true if two names of pages that belong to one ledger are of the same page.
pub fn is_same_page(one: &str, other: &str) -> bool {
    slug_of(one) == slug_of(other)
}

/// The name that a page has in another folder: `tanaka/intro` for `aiko/intro`.
pub fn in_folder(folder: &str, page: &str) -> String {
    format!("{folder}/{}", slug_of(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_may_be_another() {
        assert!(is_same_page("aiko/intro", "tanaka/intro"));
        assert!(!is_same_page("aiko/intro", "aiko/introduction"));
        assert!(!is_same_page("aiko/intro", "intro/aiko"));
        assert!(!is_same_page("aiko/intro", ""), "a time that a calendar says is busy is of no page");
        assert_eq!((slug_of("aiko/intro"), slug_of("intro")), ("intro", "intro"));
        assert_eq!(in_folder("tanaka", "aiko/intro"), "tanaka/intro");
    }
}
