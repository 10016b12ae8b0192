//! Bodies compressed once, and the choice of a form for each client.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::protocol::accept::preferences;

/// The size below which bodies are sent as they are, in bytes.
const LEAST_BYTES: usize = 600;

/// The coding of a body that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) enum Coding {
    Plain,
    Gzip,
    Brotli,
}

/// A body in the forms that it is sent in.
pub(in crate::local) struct Forms {
    pub(in crate::local) plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

impl Forms {
    /// The forms of a body that is worth compressing: both are made now, for good compression.
    pub(in crate::local) fn compressed(plain: Bytes) -> Self {
        if plain.len() < LEAST_BYTES {
            return Self::plain(plain);
        }
        let worth = |form: Vec<u8>| (form.len() < plain.len()).then(|| whole(form));
        let (gzip, brotli) = (gzip(&plain, 9).and_then(worth), brotli(&plain).and_then(worth));
        Self { plain, gzip, brotli }
    }

    /// The form of a body that is made often: only gzip, quickly.
    pub(in crate::local) fn quickly_compressed(plain: Bytes) -> Self {
        let gzip = (plain.len() >= LEAST_BYTES).then(|| gzip(&plain, 1)).flatten().map(whole);
        Self { plain, gzip, brotli: None }
    }

    /// The form of a body that would not become smaller.
    pub(in crate::local) fn plain(plain: Bytes) -> Self {
        Self { plain, gzip: None, brotli: None }
    }

    /// The best form that the client takes.
    pub(in crate::local) fn for_client(&self, headers: &HeaderMap) -> (Coding, &Bytes) {
        let accepted = preferences(headers, &header::ACCEPT_ENCODING);
        let accepts = |coding: &str| accepted.iter().any(|accepted| accepted.eq_ignore_ascii_case(coding));
        if let Some(brotli) = self.brotli.as_ref().filter(|_| accepts("br")) {
            return (Coding::Brotli, brotli);
        }
        match self.gzip.as_ref().filter(|_| accepts("gzip")) {
            Some(gzip) => (Coding::Gzip, gzip),
            None => (Coding::Plain, &self.plain),
        }
    }

    /// Bytes of all forms.
    pub(in crate::local) fn len(&self) -> usize {
        let of = |form: &Option<Bytes>| form.as_ref().map_or(0, Bytes::len);
        self.plain.len() + of(&self.gzip) + of(&self.brotli)
    }

    /// Returns true if clients get different forms.
    pub(in crate::local) fn vary(&self) -> bool {
        self.gzip.is_some() || self.brotli.is_some()
    }
}

/// The bytes without spare capacity, because they are kept.
fn whole(form: Vec<u8>) -> Bytes {
    Bytes::from(form.into_boxed_slice())
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub(in crate::local) fn name(self) -> Option<&'static str> {
        match self {
            Coding::Plain => None,
            Coding::Gzip => Some("gzip"),
            Coding::Brotli => Some("br"),
        }
    }
}

fn gzip(plain: &[u8], level: u32) -> Option<Vec<u8>> {
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 2), flate2::Compression::new(level));
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// A small window and a medium effort: pages are small, and many may be compressed in one process.
fn brotli(plain: &[u8]) -> Option<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 6, lgwin: 18, ..Default::default() };
    let mut compressed = Vec::with_capacity(plain.len() / 3);
    brotli::BrotliCompress(&mut &*plain, &mut compressed, &parameters).ok()?;
    Some(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accepted: &str, expected: Coding) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        let forms = Forms::compressed(Bytes::from("daymark ".repeat(200)));
        assert_eq!(forms.for_client(&headers).0, expected, "for {accepted}");
    }

    #[test]
    fn the_best_form_that_is_accepted_is_sent() {
        check("gzip, deflate, br", Coding::Brotli);
        check("gzip", Coding::Gzip);
        check("br;q=0, GZIP;q=0.5", Coding::Gzip);
        check("identity", Coding::Plain);
        check("", Coding::Plain);
    }

    #[test]
    fn small_bodies_stay_as_they_are() {
        assert!(!Forms::compressed(Bytes::from_static(b"small")).vary());
    }
}
