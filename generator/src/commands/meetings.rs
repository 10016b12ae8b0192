//! Meeting pages as commands name them.

use publishing::content::Site;
use scheduling::definition::{HostDefinition, Meeting};

use crate::failure::Failure;

/// A host's folder and a page's name, also as a link or a file's path has them.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let page = text.trim_matches('/');
    let page = page.strip_suffix(".md").unwrap_or(page);
    let is_page = page
        .split_once('/')
        .is_some_and(|(host, slug)| !host.is_empty() && !slug.is_empty() && !slug.contains('/'));
    if is_page {
        Ok(page.to_owned())
    } else {
        Err("name the page together with its host, as in aiko/intro".to_owned())
    }
}

/// A page by its name, and its host.
pub(super) fn find<'a>(site: &'a Site, page: &str) -> Result<(&'a HostDefinition, &'a Meeting), Failure> {
    let meetings = || {
        site.hosts.iter().flat_map(|host| {
            host.definition.meetings.values().map(move |meeting| (&host.definition, meeting))
        })
    };
    meetings().find(|(_, meeting)| meeting.page == page).ok_or_else(|| {
        let known: Vec<&str> = meetings().map(|(_, meeting)| meeting.page.as_str()).collect();
        Failure::saying(format!("there is no page `{page}`. The pages are: {}.", known.join(", ")))
    })
}
