//! What a test is told: status, headers and body, and how a person reads them.

use http::HeaderMap;
use serde_json::Value;

/// The answer to a request.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Told {
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The page as a person sees it, except for what surrounds every page: title and content without markup, each piece
    /// on a line.
    pub(super) fn text(&self) -> String {
        let between = |begin: &str, end: &str| {
            let (_, rest) = self.body.split_once(begin)?;
            rest.split_once(end).map(|(inside, _)| inside)
        };
        let main = between("<main", "</main>").map(|main| format!("<main{main}"));
        let shown = main.map_or_else(
            || self.body.clone(),
            |main| format!("{}{main}", between("<title>", "</title>").unwrap_or_default()),
        );
        let mut text = String::new();
        for piece in shown.split('<') {
            let piece = piece.split_once('>').map_or(piece, |(_, text)| text).trim();
            if !piece.is_empty() {
                text.push_str(piece);
                text.push('\n');
            }
        }
        text
    }
}
