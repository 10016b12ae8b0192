//! The tracking parameters that a booking keeps: from the body, or from the address of the page that sent a plain form.

use std::collections::BTreeMap;

use http::header;
use serde_json::Value;

use crate::call::Call;
use crate::call::origin::{is_own_origin, origin_of};
use crate::call::platform::Platform;
use crate::form::body::Body;
use crate::form::errors::{Errors, MOST_TEXT_CHARACTERS, is_line};

/// Tracking parameters by name.
pub(crate) type Tracking = BTreeMap<String, String>;

/// The parameters that every site keeps: campaign tags, and the click ids of advertisers.
const KEPT: [&str; 24] = [
    "utm_campaign",
    "utm_source",
    "utm_medium",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "gad_source",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "yclid",
    "epik",
    "ScCid",
    "rdt_cid",
    "mc_eid",
];

/// The body's parameters that are kept. Others are left out.
pub(crate) fn check(body: &Body, extra: &[String], errors: &mut Errors<'_>) -> Tracking {
    let mut tracking = Tracking::new();
    let parameters = match body.get("tracking") {
        Value::Null => return tracking,
        Value::Object(parameters) => parameters,
        _ => {
            errors.add("tracking", "endpoint.field.not_object", &[]);
            return tracking;
        }
    };
    for (name, value) in parameters.iter().filter(|(name, _)| is_kept(name, extra)) {
        let field = format!("tracking.{name}");
        match value.as_str().map(str::trim) {
            Some("") => {}
            Some(text) if is_sound(text) => {
                tracking.insert(name.clone(), text.to_owned());
            }
            Some(_) => errors.add(
                &field,
                "endpoint.field.tracking_long",
                &[("most", &MOST_TEXT_CHARACTERS.to_string())],
            ),
            None => errors.add(&field, "endpoint.field.not_text", &[]),
        }
    }
    tracking
}

/// The parameters of the page that a plain form was sent from, if it was one of this site. Unsound ones are left out:
/// without a script, nobody typed them.
pub(crate) fn of_referer<P: Platform>(call: &Call<'_, P>) -> Tracking {
    let referer = call.request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let Some(referer) = referer else { return Tracking::new() };
    if !origin_of(referer).is_some_and(|origin| is_own_origin(call, origin)) {
        return Tracking::new();
    }
    let query = referer.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| is_kept(name, &call.site.tracking_parameters) && !value.trim().is_empty())
        .filter(|(_, value)| is_sound(value.trim()))
        .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
        .collect()
}

fn is_kept(name: &str, extra: &[String]) -> bool {
    KEPT.contains(&name) || extra.iter().any(|kept| kept == name)
}

fn is_sound(text: &str) -> bool {
    text.chars().count() <= MOST_TEXT_CHARACTERS && is_line(text)
}
