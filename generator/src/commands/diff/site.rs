//! What changes on all of the site.

use publishing::content::Site;
use scheduling::definition::{Mail, SiteDefinition, SiteLimits};

use super::lines::{moved, path, yes};
use crate::commands::words::span;

/// Both are taken apart whole, so that a new part is either compared, or said to be none of visitors' business.
pub(super) fn site_changes(before: &Site, after: &Site) -> Vec<String> {
    let mut lines = Vec::new();
    let Site { definition, theme, privacy, says_of_strangers: _, logo, hosts: _ } = after;
    let SiteDefinition {
        title,
        base_url,
        locales,
        words: _, // the theme's
        limits,
        tracking_parameters,
        webhooks: _,
        mail,
        keep_contacts_minutes,
        sandbox,
        turnstile,
        embed_parents,
        hosts: _,
        renamed: _,  // with each host
        was: _,      // with each host
        accounts: _, // of the pages with a price
    } = definition;
    let old = &before.definition;
    moved(&mut lines, "title", &old.title, title);
    moved(&mut lines, "address", &old.base_url, base_url);
    moved(&mut lines, "languages", &old.locales.join(", "), &locales.join(", "));
    let who = |sandbox: &Option<Vec<String>>| {
        sandbox.as_ref().map_or_else(|| "everybody".to_owned(), |listed| listed.join(", "))
    };
    moved(&mut lines, "can book", &who(&old.sandbox), &who(sandbox));
    let checks = [&old.turnstile, turnstile].map(|turnstile| yes(turnstile.is_some()));
    moved(&mut lines, "visitors are checked by Turnstile", checks[0], checks[1]);
    limit_changes(&mut lines, old.limits, *limits);
    // Visitors do not see by which service.
    let sender = |mail: &Option<Mail>| {
        mail.as_ref().map_or(String::new(), |Mail { from, transport: _ }| from.to_string())
    };
    moved(&mut lines, "email is sent from", &sender(&old.mail), &sender(mail));
    let kept = |minutes: Option<u32>| {
        minutes.map_or_else(
            || "until they are erased".to_owned(),
            |minutes| format!("for {} after the last meeting", span(minutes)),
        )
    };
    moved(&mut lines, "contacts are kept", &kept(old.keep_contacts_minutes), &kept(*keep_contacts_minutes));
    moved(
        &mut lines,
        "parameters of links that are kept",
        &old.tracking_parameters.join(", "),
        &tracking_parameters.join(", "),
    );
    moved(
        &mut lines,
        "other sites that can show the pages",
        &old.embed_parents.join(", "),
        &embed_parents.join(", "),
    );
    if before.privacy != *privacy {
        lines.push("the privacy text has changed".to_owned());
    }
    if path(before.logo.as_ref()) != path(logo.as_ref()) {
        lines.push("the logo has changed".to_owned());
    }
    if before.theme != *theme {
        lines.push("colours or fonts have changed".to_owned());
    }
    lines
}

fn limit_changes(lines: &mut Vec<String>, old: SiteLimits, new: SiteLimits) {
    let SiteLimits { bookings_per_minute, site_bookings_per_minute, bookings_per_contact, bound_strangers } =
        new;
    let most = |most: u32| if most == 0 { "no limit".to_owned() } else { most.to_string() };
    for (what, old, new) in [
        ("booking attempts a minute from one network address", old.bookings_per_minute, bookings_per_minute),
        ("booking attempts a minute from everywhere", old.site_bookings_per_minute, site_bookings_per_minute),
        ("upcoming bookings of one contact with one host", old.bookings_per_contact, bookings_per_contact),
    ] {
        moved(lines, what, &most(old), &most(new));
    }
    let bound = [old.bound_strangers, bound_strangers].map(yes);
    moved(lines, "bookings by addresses that have not proven themselves are bounded", bound[0], bound[1]);
}
