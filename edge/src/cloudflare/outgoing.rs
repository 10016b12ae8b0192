//! The way out of a Worker. The platform's own network reaches no private address; those that are written out are
//! refused here.

use scheduling::definition::Mail as Settings;

use super::bindings::crypto;
use super::bindings::fetch::{self, Address};
use super::platform::Cloudflare;
use crate::call::address;
use crate::deliveries::{Mail, Postman};
use crate::{Fault, Outgoing, OutgoingRequest, Platform, Response, Unanswered};

impl Outgoing for Cloudflare {
    fn secret(&self, name: &str) -> Option<String> {
        self.env.secret(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        let Some(read) = Address::read(&request.url) else {
            return Err(Unanswered::NoAddress(request.url));
        };
        if !self.allows_private() {
            address::check(&request.url, &read.scheme, &read.host)?;
        }
        fetch::send(&read, request).await
    }

    async fn sign(&self, key: &[u8], text: &str) -> Option<Vec<u8>> {
        crypto::sign(key, text).await.ok()
    }

    async fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], text: &[u8]) -> Option<Vec<u8>> {
        crypto::seal(key, nonce, text).await.ok()
    }

    async fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8]) -> Option<Vec<u8>> {
        crypto::open(key, nonce, sealed).await.ok()
    }
}

impl Postman for Cloudflare {
    async fn hand_over(&self, _: Mail, _: &Settings) -> Result<(), String> {
        Err("a Worker cannot use SMTP: set a provider with an HTTP API in [mail] of site.toml".to_owned())
    }

    fn tell_operator(&self, what: String) {
        self.report(&Fault::Operator(what));
    }
}

impl Cloudflare {
    /// Requests may also go over plain HTTP, and to private addresses: only where it is tried out.
    fn allows_private(&self) -> bool {
        self.env.var("DAYMARK_PRIVATE_WEBHOOKS").is_ok_and(|value| value.to_string() == "1")
    }
}
