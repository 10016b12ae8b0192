//! The script that reloads a page after a build, put into pages while content is edited.

use scheduling::html::escape;

const TAG: &str = "<script src=\"/dev/reload.js\" defer></script>";

/// A page with the script at its end.
pub(in crate::local) fn with_script(page: &[u8]) -> Vec<u8> {
    let end = b"</body>";
    let place =
        page.windows(end.len()).rposition(|window| window.eq_ignore_ascii_case(end)).unwrap_or(page.len());
    [&page[..place], TAG.as_bytes(), &page[place..]].concat()
}

/// The page in place of a site that was never built.
pub(in crate::local) fn mistakes_page(mistakes: &str) -> String {
    let mistakes = escape(mistakes);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Daymark</title>\
         <body><pre>{mistakes}</pre>{TAG}</body></html>"
    )
}
