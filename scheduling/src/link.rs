//! A meeting link, and what it carries: the time that is chosen, what is known of the visitor, and the campaign.

use chrono::DateTime;
use form_urlencoded::Serializer;

/// The longest link that is safe to share, in bytes: mail programs and servers cut longer ones.
pub const MOST_BYTES: usize = 2_000;

/// The parameters that are the page's own: what is chosen on it, and the invitation to it. None answers a question, and
/// none is kept with a booking.
pub const OWN: [&str; 7] = ["month", "date", "slot", "slots", "duration", "tz", "invite"];

/// The parameters that fill in what every page asks for.
pub const ASKED: [&str; 3] = ["name", "email", "location"];

/// The parameters that every site keeps: campaign tags, and the click ids of advertisers.
pub const KEPT: [&str; 24] = [
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

/// A link to a page. Its parameters are those that the page reads, in the order in which they were added.
#[derive(Clone, Debug)]
pub struct Link {
    address: String,
    parameters: Vec<(String, String)>,
}

impl Link {
    /// The plain link of the page at an address.
    pub fn to(address: String) -> Self {
        Self { address, parameters: Vec::new() }
    }

    /// Adds a parameter; one that is empty is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.parameters.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Chooses a start, in seconds since 1970.
    #[must_use]
    pub fn with_slot(self, start: i64) -> Self {
        let start = DateTime::from_timestamp(start, 0).unwrap_or_default();
        self.with("slot", &start.format("%Y-%m-%dT%H:%MZ").to_string())
    }

    /// Names all starts that were suggested together, in seconds since 1970; one alone has no others. Written short, as
    /// every link of an email has them: minutes since 1970, in hexadecimal digits.
    #[must_use]
    pub fn with_suggested(self, starts: &[i64]) -> Self {
        if starts.len() < 2 {
            return self;
        }
        let minutes: Vec<String> = starts.iter().map(|start| format!("{:x}", start / 60)).collect();
        self.with("slots", &minutes.join("."))
    }

    /// The address with its parameters, as a query of the URL standard.
    pub fn address(&self) -> String {
        if self.parameters.is_empty() {
            return self.address.clone();
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        // A colon may stand as it is in a query (RFC 3986, 3.4), and a time is easier to read so.
        format!("{}?{}", self.address, query.finish().replace("%3A", ":"))
    }
}
