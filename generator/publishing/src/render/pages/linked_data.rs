//! Pages as linked data, for search engines and assistants (schema.org, JSON-LD 1.1). The index is an organisation, and
//! a host's page the profile of a person, who offers services that can be reserved: not events, as those have a date.
//! Meeting pages have none of their own, as each of their bytes is waited for.

use scheduling::money::{Currency, Money};
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
        /// With a point before what is less than one.
        #[serde(skip_serializing_if = "Option::is_none")]
        price: Option<String>,
        /// ISO 4217.
        #[serde(skip_serializing_if = "Option::is_none")]
        price_currency: Option<Currency>,
    },
    /// Several prices for one thing.
    #[serde(rename_all = "camelCase")]
    AggregateOffer {
        item_offered: Box<Thing<'a>>,
        low_price: String,
        high_price: String,
        price_currency: Currency,
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

impl<'a> Thing<'a> {
    /// An offer for its least and its most price; the least is `None` where some of it is free, and all is where there
    /// is no price.
    pub(super) fn offer(service: Thing<'a>, range: Option<(Option<Money>, Money)>) -> Self {
        let item_offered = Box::new(service);
        let Some((least, most)) = range else {
            return Self::Offer { item_offered, price: None, price_currency: None };
        };
        let price_currency = most.currency;
        if least == Some(most) {
            return Self::Offer {
                item_offered,
                price: Some(most.decimal()),
                price_currency: Some(price_currency),
            };
        }
        let low_price = least.map_or_else(|| "0".to_owned(), |money| money.decimal());
        Self::AggregateOffer { item_offered, low_price, high_price: most.decimal(), price_currency }
    }
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
