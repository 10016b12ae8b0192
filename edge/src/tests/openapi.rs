//! The `OpenAPI` document, held to the endpoint: every route is in it, and every answer that any test here gets is as
//! it says.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::Method;
use serde_json::{Value, json};

use super::fixture;
use super::harness::{Told, Trial};

/// The published document.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| fixture::published("api/openapi.json"));

/// The rows of the router that are not in the document: pages and forms, which browsers alone open, and the sessions of
/// devices, which have a cookie.
const OF_BROWSERS: [&str; 9] = [
    "POST /api/bookings/{id}/decide",
    "GET /booking/erase/{token}",
    "POST /booking/erase/{token}",
    "GET /booking/{id}/{token}",
    "GET /booking/{id}/{token}/reminders",
    "POST /booking/{id}/{token}/reminders",
    "POST /api/host/session/end",
    "GET /api/host/sessions",
    "GET /host/sign-in/{token}",
];
/// The same, of signing in.
const OF_SIGN_IN: [&str; 2] = ["POST /api/host/session/link", "POST /api/host/session/email"];

/// What payment providers say by themselves is theirs to document.
const OF_PROVIDERS: [&str; 2] = ["POST /api/payments/stripe", "POST /api/payments/link"];

/// The rows of the router's table, as the document writes them.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../router.rs");
    let rows = source.lines().filter_map(|line| line.trim().strip_prefix('[')?.split_once("] => ("));
    let mut routes = BTreeSet::new();
    for (pattern, row) in rows {
        let name = |part: &str| match part.strip_prefix('"') {
            Some(literal) => literal.trim_end_matches('"').to_owned(),
            None => format!("{{{part}}}"),
        };
        let path = format!("/{}", pattern.split(", ").map(name).collect::<Vec<_>>().join("/"));
        let methods: &[&str] = match row.split(',').next().unwrap() {
            "GET" => &["GET"],
            "POST" => &["POST"],
            "GET_AND_POST" => &["GET", "POST"],
            other => panic!("{other} of {path}"),
        };
        let acts = ["accept", "decline", "cancel", "reschedule", "outcome", "paid", "refund", "refunded"];
        let acts: &[&str] = if path.contains("{act}") { &acts } else { &[""] };
        for method in methods {
            routes.extend(acts.iter().map(|act| format!("{method} {}", path.replace("{act}", act))));
        }
    }
    routes
}

#[test]
fn every_route_is_described() {
    let described: BTreeSet<String> = operations().map(|(call, _)| call).collect();
    let routes = routes();
    assert!(routes.len() > 30, "the router's table is read: {routes:?}");
    let of_browsers =
        OF_BROWSERS.iter().chain(&OF_SIGN_IN).chain(&OF_PROVIDERS).map(|route| (*route).to_owned());
    let expected: BTreeSet<String> = described.iter().cloned().chain(of_browsers).collect();
    assert_eq!(routes, expected);
}

fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    })
}

#[tokio::test]
async fn an_answer_names_the_token_of_its_link() {
    let trial = Trial::start();
    let told = trial.post_json("/api/bookings", &super::harness::book(super::harness::WEDNESDAY_TEN)).await;
    let booked = trial.booked(&told);
    assert_eq!(told.json()["token"], booked.token);
    let path = format!("/api/bookings/{}", booked.id);
    assert_eq!(trial.get_as(&path, told.json()["token"].as_str().unwrap()).await.status, 200);
}

/// A request as far as the document tells how it is answered.
pub(super) struct Asked {
    method: Method,
    path: String,
    is_form: bool,
    body: Option<Value>,
}

impl Asked {
    pub(super) fn of(request: &http::Request<bytes::Bytes>) -> Self {
        let media_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            is_form: media_type.is_some_and(|name| name.starts_with("application/x-www-form-urlencoded")),
            body: serde_json::from_slice(request.body()).ok().map(without_trap),
        }
    }

    /// Panics where an answer is not as the document says.
    #[track_caller]
    pub(super) fn check(&self, told: &Told) {
        let Some(operation) = self.operation() else { return };
        // What has another method, and what a page's plain form is answered, is not described; what is compressed, not
        // read here.
        if told.status == 405 || self.is_form || !told.header("content-encoding").is_empty() {
            return;
        }
        if let Err(why) = self.compare(operation, told) {
            panic!(
                "{} {} was answered otherwise than described: {why}\n{}",
                self.method, self.path, told.body
            );
        }
    }

    fn operation(&self) -> Option<&'static Value> {
        let is_it = |call: &str, operation: &'static Value| {
            let path = call.strip_prefix(self.method.as_str())?.strip_prefix(' ')?;
            let (described, asked): (Vec<_>, Vec<_>) =
                (path.split('/').collect(), self.path.split('/').collect());
            let is_same = |(one, other): (&&str, &&str)| one.starts_with('{') || one == other;
            (described.len() == asked.len() && described.iter().zip(&asked).all(is_same)).then_some(operation)
        };
        operations().find_map(|(call, operation)| is_it(&call, operation))
    }

    fn compare(&self, operation: &Value, told: &Told) -> Result<(), String> {
        let answer = &operation["responses"][told.status.to_string()];
        if answer.is_null() {
            return Err(format!("it has no status {}", told.status));
        }
        for name in answer["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            let is_required = DOCUMENT["components"]["headers"][name]["required"] == true;
            if is_required && told.header(name).is_empty() {
                return Err(format!("{name} is missing"));
            }
        }
        let media_type = told.header("content-type").split(';').next().unwrap();
        if answer["content"].is_null() {
            return if told.body.is_empty() { Ok(()) } else { Err("it has a body".to_owned()) };
        }
        let content = &answer["content"][media_type];
        if content.is_null() {
            return Err(format!("it is not described as {media_type}"));
        }
        if !media_type.ends_with("json") {
            return Ok(());
        }
        let body = told.json();
        let code = body["code"].as_str().unwrap_or_default();
        if media_type == "application/problem+json" && content["examples"][code].is_null() {
            return Err(format!("it is not refused with {code}"));
        }
        fits(&content["schema"], &body, "the answer")?;
        let described = &operation["requestBody"]["content"]["application/json"]["schema"];
        match &self.body {
            Some(sent) if told.status < 300 && !described.is_null() => fits(described, sent, "the body"),
            _ => Ok(()),
        }
    }
}

/// A body without the field that no person fills in, which is not described.
fn without_trap(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("website");
    }
    body
}

/// Whether a value is as a schema says, which has nothing that the schema does not name.
fn fits(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let named = DOCUMENT.pointer(&pointer[1..]).ok_or_else(|| format!("{pointer} is missing"))?;
        return fits(named, value, place);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fit = choices.iter().any(|choice| fits(choice, value, place).is_ok());
        return if fit { Ok(()) } else { Err(format!("{place} fits none of its schemas: {value}")) };
    }
    let names = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        name => name.as_str().into_iter().collect::<Vec<_>>(),
    };
    let is = |name: &&str| match *name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{place} is of a type {other}"),
    };
    if !names.is_empty() && !names.iter().any(is) {
        return Err(format!("{place} is not of type {}: {value}", names.join(" or ")));
    }
    let known = schema["enum"].as_array().is_none_or(|known| known.contains(value));
    if !known || schema.get("const").is_some_and(|known| known != value) {
        return Err(format!("{place} has another value: {value}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(&schema["items"], item, &format!("{place}[{index}]"))?;
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    if schema == &json!(false) {
        return Err(format!("{place} is not described"));
    }
    if schema["properties"].is_null() && schema["additionalProperties"].is_null() {
        return Ok(());
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{place} lacks {name}"));
        }
    }
    for (name, field) in fields {
        let place = format!("{place}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Null) => return Err(format!("{place} is not described")),
            (Value::Null, others) => fits(others, field, &place)?,
            (described, _) => fits(described, field, &place)?,
        }
    }
    Ok(())
}
