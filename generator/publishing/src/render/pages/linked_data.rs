//! Pages as linked data, for search engines and assistants (schema.org, JSON-LD 1.1). The index is an organisation, and
//! a host's page the profile of a person, who offers services that can be reserved: not events, as those have a date.
//! Meeting pages have none of their own, as each of their bytes is waited for.

use serde::Serialize;

/// Something that a page is about.
#[derive(Serialize)]
#[serde(tag = "@type")]
pub(super) enum Thing<'a> {
    Organization {
        name: &'a str,
        url: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        logo: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    ProfilePage {
        main_entity: Box<Thing<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Person {
        name: &'a str,
        url: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        image: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        makes_offer: Vec<Thing<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Offer {
        item_offered: Box<Thing<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Service {
        name: &'a str,
        description: &'a str,
        potential_action: Box<Thing<'a>>,
    },
    ReserveAction {
        target: String,
    },
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(flatten)]
    thing: Thing<'a>,
}

/// The JSON of a script element: nothing in it can end the element.
pub(super) fn json(thing: Thing<'_>) -> String {
    let document = Document { context: "https://schema.org", thing };
    serde_json::to_string(&document).unwrap_or_default().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_wrote_cannot_end_the_script() {
        let thing = Thing::Organization { name: "</script><b>", url: "/", logo: None };
        assert_eq!(
            json(thing),
            r#"{"@context":"https://schema.org","@type":"Organization","name":"\u003c/script>\u003cb>","url":"/"}"#
        );
    }
}
