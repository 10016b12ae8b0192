//! `[embed]`: the sites that may show this one's pages in a frame.

use url::{Host, Url};

use super::base_url::base_url;
use crate::content::toml::keys::EMBED;
use crate::content::toml::reader::{Reader, Section, Value};

/// The most bytes of all origins together: Cloudflare takes lines of 2,000 for headers, and the policy has more in it.
const MOST_BYTES: usize = 1_500;

/// `[embed]` of the site: the origins in `parents`, as browsers write them.
pub(crate) fn read(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<String> {
    let Some(value) = section.get("embed") else { return Vec::new() };
    let Some(embed) = reader.section(&value, &EMBED) else { return Vec::new() };
    let parents = reader.required(&embed, "parents");
    parents.map(|value| origins(reader, &value)).unwrap_or_default()
}

fn origins(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for text in reader.texts(value) {
        let Ok(origin) = base_url(text.value) else {
            let diagnostic = reader.mistake(text.span, format!("`{}` is not an origin", text.value));
            if text.value.contains('*') {
                diagnostic.help("list every domain: a `*` does not stand for others here");
            }
            diagnostic
                .help("use `https://` and the domain of the site that embeds, with nothing after it")
                .help(format!("for example: `{}`", value.example_line()));
            continue;
        };
        if origin.starts_with("http://") && !is_loopback(&origin) {
            reader.mistake(text.span, format!("`{}` is not encrypted", text.value)).help(
                "use `https://`; `http://` is only for trying out on this machine: `http://localhost:3000`",
            );
        } else if origins.contains(&origin) {
            reader.mistake(text.span, format!("`{}` appears twice in `parents`", text.value));
        } else {
            origins.push(origin);
        }
    }
    let bytes: usize = origins.iter().map(|origin| origin.len() + 1).sum();
    if bytes > MOST_BYTES {
        reader
            .mistake(value.span(), format!("`parents` has {bytes} characters, too many for one header"))
            .help(format!("use at most {MOST_BYTES}: some thirty domains"));
    }
    origins
}

/// Returns true if an origin is on the machine that asks for it.
fn is_loopback(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    url.as_ref().and_then(Url::host).is_some_and(|host| match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    })
}
