//! Everything that was typed into a plain form, as text to take along: where its page is not known, so that there is no
//! form to show it in.

use serde_json::Value;

use crate::call::Call;
use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::stop::Refused;
use crate::form::body::Body;
use crate::form::price;
use crate::page::answer;
use crate::page::shell::Fields;
use crate::visitor::{invited, turnstile};

/// Fields that a page fills in itself.
const NOT_TYPED: [&str; 11] = [
    "page",
    "start",
    "duration_minutes",
    "time_zone",
    "locale",
    "website",
    "token",
    "tracking",
    price::NAME,
    turnstile::FIELD,
    invited::NAME,
];

/// The reason for the refusal, with everything that was typed; and a field for another invitation, where one is needed.
pub(crate) async fn answer<P: Platform>(call: &Call<'_, P>, typed: &Body, refused: &Refused) -> Response {
    let asks = || {
        Fields::default()
            .text("page", typed.text("page"))
            .text("time_zone", typed.text("time_zone"))
            .text("locale", call.locale.clone())
            .text("pasted", typed.text(invited::NAME))
    };
    let asks = invited::is_of_invite(refused.refusal).then(asks).into_iter().collect();
    answer::message_page_with(call, refused, Fields::default().list("asks", asks), entries(call, typed)).await
}

fn entries<P: Platform>(call: &Call<'_, P>, typed: &Body) -> Vec<Fields> {
    let words = call.words();
    let label = |name: &str| match name {
        "contact.name" => words.message("endpoint.form.name", &[]),
        "contact.email" => words.message("endpoint.form.email", &[]),
        other => other.trim_start_matches("answers.").to_owned(),
    };
    let entry =
        |(name, text): (String, String)| Fields::default().text("label", label(&name)).text("value", text);
    texts(typed).into_iter().filter(|(_, text)| !text.trim().is_empty()).map(entry).collect()
}

/// The texts of a form by the paths of their fields: name and address first, as in the form.
fn texts(typed: &Body) -> Vec<(String, String)> {
    let Value::Object(fields) = &typed.value else { return Vec::new() };
    let first = ["contact.name", "contact.email"];
    let mut texts: Vec<(String, String)> =
        first.iter().map(|path| ((*path).to_owned(), text_of(typed.get(path)))).collect();
    for (group, value) in fields.iter().filter(|(name, _)| !NOT_TYPED.contains(&name.as_str())) {
        let Some(fields) = value.as_object() else {
            texts.push((group.clone(), text_of(value)));
            continue;
        };
        for (name, value) in fields {
            let path = format!("{group}.{name}");
            if !first.contains(&path.as_str()) {
                texts.push((path, text_of(value)));
            }
        }
    }
    texts
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Array(texts) => texts.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}
