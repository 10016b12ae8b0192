//! The tracking parameters that a booking keeps: from the body, or from the address of the page that sent a plain form.

use std::collections::BTreeMap;

use http::header;
use scheduling::limits::{MOST_TEXT_CHARACTERS, MOST_TRACKING_BYTES};
use scheduling::link::KEPT;
use scheduling::text::one_line;
use serde_json::Value;

use crate::call::Call;
use crate::call::origin::is_own_origin;
use crate::call::platform::Platform;
use crate::form::body::Body;

/// Tracking parameters by name.
pub(crate) type Tracking = BTreeMap<String, String>;

/// The body's parameters that are kept.
pub(crate) fn of_body(body: &Body, extra: &[String]) -> Tracking {
    let Value::Object(parameters) = body.get("tracking") else { return Tracking::new() };
    let text = |value: &Value| match value {
        // One that came several times is the last of them, as in an address.
        Value::Array(values) => values.last().and_then(Value::as_str).map(str::to_owned),
        value => value.as_str().map(str::to_owned),
    };
    let pairs = parameters.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?)));
    kept(pairs, extra)
}

/// The parameters of the page that a plain form was sent from, if it was one of this site.
pub(crate) fn of_referer<P: Platform>(call: &Call<'_, P>) -> Tracking {
    let referer = call.request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let Some(referer) = referer else { return Tracking::new() };
    if !is_own_origin(call, referer) {
        return Tracking::new();
    }
    let query = referer.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    kept(form_urlencoded::parse(query.as_bytes()).into_owned(), &call.site.tracking_parameters)
}

/// The parameters that are kept, as far as they fit. Nobody typed them, so nothing in them is an error: what cannot be
/// seen is dropped, words that are too long are cut, and an id of which a part is worth nothing is left out, as is what
/// goes beyond [`MOST_TRACKING_BYTES`].
fn kept(parameters: impl Iterator<Item = (String, String)>, extra: &[String]) -> Tracking {
    let mut kept = Tracking::new();
    for (name, value) in parameters.filter(|(name, _)| is_kept(name, extra)) {
        let value = fitting(&name, &value);
        kept.insert(name, value);
    }
    let mut room = MOST_TRACKING_BYTES;
    kept.retain(|_, value| {
        let fits = !value.is_empty() && value.len() <= room;
        room -= if fits { value.len() } else { 0 };
        fits
    });
    kept
}

/// The value of a parameter; empty if nothing of it is kept.
fn fitting(name: &str, value: &str) -> String {
    let value = one_line(value);
    match value.char_indices().nth(MOST_TEXT_CHARACTERS) {
        None => value,
        Some((end, _)) if name.starts_with("utm_") => value[..end].trim_end().to_owned(),
        Some(_) => String::new(),
    }
}

fn is_kept(name: &str, extra: &[String]) -> bool {
    KEPT.contains(&name) || extra.iter().any(|kept| kept == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: Option<&str>) {
        let sent = [(name.to_owned(), value.to_owned())];
        let kept = kept(sent.into_iter(), &["partner".to_owned()]);
        assert_eq!(kept.get(name).map(String::as_str), expected, "{name} of {value:?}");
    }

    #[test]
    fn what_nobody_typed_is_made_to_fit() {
        let long = "x".repeat(501);
        check("utm_campaign", &long, Some(&long[1..]));
        check("utm_source_platform", &"字".repeat(9000), Some(&"字".repeat(500)));
        check("utm_content", &"字".repeat(600), Some(&"字".repeat(500)));
        check("utm_term", &format!("{} y", "x".repeat(499)), Some(&"x".repeat(499)));
        for id in ["gclid", "fbclid", "wbraid", "partner"] {
            check(id, &long, None);
            check(id, &long[1..], Some(&long[1..]));
        }
        for value in [
            "spring\nsale",
            "spring\r\nsale",
            "spring\tsale",
            "spring\u{2028}sale",
            "\u{feff}spring\u{b}sale\0",
        ] {
            check("utm_campaign", value, Some("spring sale"));
        }
        check("utm_campaign", "a\u{202e}b\u{2066}c\u{200b}", Some("abc"));
        for nothing in ["", " ", "\n", "\u{200b}\u{3164}"] {
            check("utm_campaign", nothing, None);
        }
        check("other", "x", None);
    }

    #[test]
    fn all_together_have_a_limit() {
        let sent = KEPT.into_iter().map(|name| (name.to_owned(), "字".repeat(500)));
        let kept = kept(sent, &[]);
        assert_eq!(kept.len(), MOST_TRACKING_BYTES / 1500);
        let sent = KEPT.into_iter().map(|name| (name.to_owned(), "short".to_owned()));
        assert_eq!(super::kept(sent, &[]).len(), KEPT.len());
    }

    #[test]
    fn the_last_of_several_counts_as_in_an_address() {
        let sent = [("utm_source", "a"), ("utm_source", "b")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(kept(sent.into_iter(), &[])["utm_source"], "b");
        let value = serde_json::json!({ "tracking": { "utm_source": ["a", "b"], "utm_medium": 5, "utm_term": {}, "utm_id": null } });
        let tracking = of_body(&Body { value, is_form: true }, &[]);
        assert_eq!(tracking, Tracking::from([("utm_source".to_owned(), "b".to_owned())]));
        for value in ["utm", "[]"].map(|tracking| serde_json::json!({ "tracking": tracking })) {
            assert_eq!(of_body(&Body { value, is_form: false }, &[]), Tracking::new());
        }
    }
}
