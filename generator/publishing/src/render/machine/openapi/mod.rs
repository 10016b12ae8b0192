//! `api/openapi.json`: the HTTP API as an `OpenAPI` 3.1 document, with every refusal.
//!
//! `operations.toml` has what can be asked, and `schemas.toml` the bodies. The refusals are those of
//! `scheduling::refusal`, in the words of the theme; servers and pages are the site's. It is a published file, so that
//! the Worker does not carry it. The endpoint's tests hold every route and every answer to it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use scheduling::locale::LocaleWords;
use scheduling::refusal::Refusal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::render::fault::RenderFault;
use crate::render::work::Work;

/// What can be asked.
const OPERATIONS: &str = include_str!("operations.toml");
/// The bodies of requests and answers.
const SCHEMAS: &str = include_str!("schemas.toml");
/// Both, for a fingerprint.
pub(crate) const SOURCES: [&str; 2] = [OPERATIONS, SCHEMAS];

/// The language of the document.
const LOCALE: &str = "en";

#[derive(Deserialize)]
struct Source {
    tags: Vec<Value>,
    operations: Vec<Operation>,
    parameters: Map<String, Value>,
    headers: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    id: String,
    /// Method and path.
    call: String,
    tag: String,
    opens: Opens,
    summary: String,
    description: String,
    #[serde(default)]
    parameters: Vec<String>,
    body: Option<Body>,
    answers: BTreeMap<String, Answer>,
    refusals: Vec<Refusal>,
}

/// Whose token an operation takes.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Opens {
    None,
    /// Either, or none.
    Either,
    Booking,
    Host,
}

#[derive(Deserialize)]
struct Body {
    schema: String,
    required: bool,
}

/// An answer where nothing is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    description: String,
    /// The schema of its JSON.
    schema: Option<String>,
    /// Its type, where it is not JSON.
    media_type: Option<String>,
    /// Another type that it may have.
    also: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    links: Option<Links>,
}

/// The ways on from an answer.
#[derive(Deserialize)]
struct Links {
    /// The parameter that the next operation takes.
    parameter: String,
    /// Where the answer has it, as a JSON Pointer (RFC 6901).
    from: String,
    to: Vec<String>,
}

/// The whole document.
pub(crate) fn document(work: &Work) -> Result<Vec<u8>, RenderFault> {
    let source: Source = read("operations.toml", OPERATIONS)?;
    let words = &work.locale(LOCALE).words.flat;
    let definition = &work.site.definition;
    let mut paths = Map::new();
    for operation in &source.operations {
        let (method, path) = operation.call.split_once(' ').unwrap_or_default();
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method.to_ascii_lowercase()] = operation.to_json(words);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: booking API", definition.title),
            "version": env!("CARGO_PKG_VERSION"),
            "description": introduction(&definition.base_url),
        },
        "servers": [{ "url": definition.base_url }],
        "tags": source.tags,
        "paths": paths,
        "components": {
            "schemas": schemas(work)?,
            "parameters": parameters(work, source.parameters),
            "headers": source.headers,
            "examples": examples(words),
            "securitySchemes": {
                "bookingToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`token` of the answer to `createBooking`. It opens that booking alone.",
                },
                "hostKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The host's key, which `generator token` prints. It opens all of that host's bookings.",
                },
            },
        },
    });
    serde_json::to_vec(&document).map_err(|fault| RenderFault::new("api/openapi.json", &fault))
}

fn introduction(base_url: &str) -> String {
    format!(
        "To book a meeting: find its page, list the free times with `getAvailability`, let the visitor choose one, and \
        send it with `createBooking`. {base_url}/llms.txt lists the meeting pages for programs, and \
        {base_url}/sitemap.xml all that are listed. A page is named by its path: {base_url}/aiko/intro/ is \
        `aiko/intro`.\n\nTimes in bodies are RFC 3339 in UTC, and in arrays seconds since 1970. What cannot be done is \
        refused with a problem document (RFC 9457), whose `code` stays the same in every language and version; `title`, \
        `detail` and `errors` are for people, in the language of the body's `locale` or of `Accept-Language`. What does \
        not take a method answers 405 with `Allow`. Ignore fields that are not described here: others may be added."
    )
}

/// The schemas, with the codes of refusals and the names of pages.
fn schemas(work: &Work) -> Result<Map<String, Value>, RenderFault> {
    let mut schemas: Map<String, Value> = read("schemas.toml", SCHEMAS)?;
    let codes: Vec<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    schemas.insert(
        "Code".to_owned(),
        json!({ "type": "string", "description": "The reason for a refusal.", "enum": codes }),
    );
    let mut page = json!({
        "type": "string",
        "description": "A meeting page's name: its host's folder, a slash, and its own name, as in its address.",
    });
    let pages: Vec<String> = listed(work).map(|(host, slug)| format!("{host}/{slug}")).collect();
    if !pages.is_empty() {
        page["examples"] = json!(pages);
    }
    schemas.insert("PageName".to_owned(), page);
    Ok(schemas)
}

/// The parameters, with a page's name for an example. One of a query that has no value counts as one that is not there.
fn parameters(work: &Work, mut parameters: Map<String, Value>) -> Map<String, Value> {
    for parameter in parameters.values_mut() {
        if parameter["in"] == "query" && parameter["required"] != true {
            parameter["allowEmptyValue"] = json!(true);
        }
    }
    if let Some((host, slug)) = listed(work).next() {
        for (name, part) in [("host", host), ("slug", slug)] {
            if let Some(parameter) = parameters.get_mut(name) {
                parameter["example"] = json!(part);
            }
        }
    }
    parameters
}

/// The host and the name of each page that is listed.
fn listed(work: &Work) -> impl Iterator<Item = (&str, &str)> {
    work.site.hosts.iter().flat_map(|host| {
        let listed = host.pages.iter().filter(|page| page.listed);
        listed.map(|page| (host.definition.folder.as_str(), page.slug.as_str()))
    })
}

/// A problem document for each refusal.
fn examples(words: &LocaleWords) -> Map<String, Value> {
    let example = |refusal: &Refusal| {
        let code = refusal.code();
        let problem = json!({
            "type": format!("urn:daymark:problem:{code}"),
            "title": title(words, *refusal),
            "status": refusal.status(),
            "code": code,
            "detail": words.message(&format!("endpoint.refusal.{}.detail", refusal.code()), &[]),
        });
        (code.to_owned(), json!({ "summary": title(words, *refusal), "value": problem }))
    };
    Refusal::ALL.iter().map(example).collect()
}

fn title(words: &LocaleWords, refusal: Refusal) -> String {
    words.message(&format!("endpoint.refusal.{}.title", refusal.code()), &[])
}

impl Operation {
    fn to_json(&self, words: &LocaleWords) -> Value {
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "responses": self.responses(words),
        });
        if !self.parameters.is_empty() {
            let named = self.parameters.iter().map(|name| reference("parameters", name));
            operation["parameters"] = named.collect();
        }
        if let Some(body) = &self.body {
            let content = json!({ "application/json": { "schema": reference("schemas", &body.schema) } });
            operation["requestBody"] = json!({ "required": body.required, "content": content });
        }
        match self.opens {
            Opens::None => {}
            Opens::Either => operation["security"] = json!([{}, { "bookingToken": [] }, { "hostKey": [] }]),
            Opens::Booking => operation["security"] = json!([{ "bookingToken": [] }]),
            Opens::Host => operation["security"] = json!([{ "hostKey": [] }]),
        }
        operation
    }

    fn responses(&self, words: &LocaleWords) -> Map<String, Value> {
        let answers = self.answers.iter().map(|(status, answer)| (status.clone(), answer.to_json()));
        let mut by_status: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
        for refusal in self.refusals.iter().chain(self.implied()) {
            by_status.entry(refusal.status()).or_default().push(*refusal);
        }
        let refused =
            by_status.iter().map(|(status, refusals)| (status.to_string(), problem(words, refusals)));
        answers.chain(refused).collect()
    }

    /// What every operation of its kind may be refused with.
    fn implied(&self) -> &'static [Refusal] {
        let changes = self.call.starts_with("POST ");
        match (changes, self.body.is_some(), self.opens == Opens::Host) {
            (false, _, false) => &[Refusal::StorageUnavailable],
            (false, _, true) => &[Refusal::KeyRefused, Refusal::StorageUnavailable],
            (true, false, false) => &[Refusal::OriginRefused, Refusal::StorageUnavailable],
            (true, false, true) => {
                &[Refusal::KeyRefused, Refusal::OriginRefused, Refusal::StorageUnavailable]
            }
            (true, true, false) => &[
                Refusal::MalformedBody,
                Refusal::OriginRefused,
                Refusal::PayloadTooLarge,
                Refusal::UnsupportedMediaType,
                Refusal::StorageUnavailable,
            ],
            (true, true, true) => &[
                Refusal::MalformedBody,
                Refusal::KeyRefused,
                Refusal::OriginRefused,
                Refusal::PayloadTooLarge,
                Refusal::UnsupportedMediaType,
                Refusal::StorageUnavailable,
            ],
        }
    }
}

impl Answer {
    fn to_json(&self) -> Value {
        let mut answer = json!({ "description": self.description });
        let schema = |name: &String| json!({ "schema": reference("schemas", name) });
        let mut content: Map<String, Value> =
            self.schema.iter().map(|name| ("application/json".to_owned(), schema(name))).collect();
        for media_type in self.media_type.iter().chain(&self.also) {
            content.insert(media_type.clone(), json!({ "schema": { "type": "string" } }));
        }
        if !content.is_empty() {
            answer["content"] = json!(content);
        }
        if !self.headers.is_empty() {
            answer["headers"] = headers(self.headers.iter().map(String::as_str));
        }
        if let Some(links) = &self.links {
            answer["links"] = links.to_json();
        }
        answer
    }
}

impl Links {
    fn to_json(&self) -> Value {
        let Self { parameter, from, to } = self;
        let link = |operation: &String| {
            let parameters = json!({ parameter: format!("$response.body#{from}") });
            (operation.clone(), json!({ "operationId": operation, "parameters": parameters }))
        };
        to.iter().map(link).collect::<Map<_, _>>().into()
    }
}

/// The answer of those refusals, which share a status.
fn problem(words: &LocaleWords, refusals: &[Refusal]) -> Value {
    let line = |refusal: &Refusal| format!("`{}`: {}.", refusal.code(), title(words, *refusal));
    let description: Vec<String> = refusals.iter().map(line).collect();
    let examples: Map<String, Value> = refusals
        .iter()
        .map(|refusal| (refusal.code().to_owned(), reference("examples", refusal.code())))
        .collect();
    let content = json!({ "schema": reference("schemas", "Problem"), "examples": examples });
    let mut answer = json!({
        "description": description.join(" "),
        "content": { "application/problem+json": content },
    });
    let status = refusals.first().map(|refusal| refusal.status());
    match status {
        Some(401) => answer["headers"] = headers(["WWW-Authenticate"].into_iter()),
        Some(429 | 503) => answer["headers"] = headers(["Retry-After"].into_iter()),
        _ => {}
    }
    answer
}

fn headers<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    names.map(|name| (name.to_owned(), reference("headers", name))).collect::<Map<_, _>>().into()
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, RenderFault> {
    toml::from_str(text).map_err(|fault| RenderFault::new(name, &fault))
}
