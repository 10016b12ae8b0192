//! The way out of this machine: HTTPS without redirects, and never into the network around it.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::checkout::StandIn;
use super::clock::Clock;
use super::environment;
use crate::call::address;
use crate::{Fault, Outgoing, OutgoingRequest, Response, Unanswered, Wanted};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to one server that are kept for the next request.
const MOST_IDLE: usize = 4;

/// Sends requests from this machine.
#[derive(Clone, Debug)]
pub struct Sender {
    clock: Clock,
    private: bool,
    /// Whether a request went where only `private` lets it.
    was_private: Arc<AtomicBool>,
    /// What has made up secrets.
    stand_in: Option<Arc<StandIn>>,
    /// Made at the first request: most sites need none of it.
    client: Arc<OnceLock<Result<reqwest::Client, String>>>,
}

impl Sender {
    /// With `private`, also over plain HTTP and to private addresses.
    pub fn new(clock: Clock, private: bool) -> Self {
        Self { clock, private, was_private: Arc::default(), stand_in: None, client: Arc::default() }
    }

    /// Whether a request went, since this was asked last, where only a sender with `private` lets it.
    pub fn was_private(&self) -> bool {
        self.was_private.swap(false, Ordering::Relaxed)
    }

    /// Passes on what keeps a request back, and only notes it with `private`.
    fn kept_back(&self, why: Unanswered) -> Result<(), Unanswered> {
        if !self.private {
            return Err(why);
        }
        self.was_private.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// With the secrets that a stand-in has made up, where it has taken a provider's place.
    pub(super) fn with_secrets_of(self, stand_in: Option<Arc<StandIn>>) -> Self {
        Self { stand_in, ..self }
    }

    fn client(&self) -> Result<reqwest::Client, Unanswered> {
        self.client.get_or_init(|| make_client(self.private)).clone().map_err(Unanswered::Unsendable)
    }

    /// The address as the client reads it, where requests may go there.
    fn admitted(&self, url: &str) -> Result<Url, Unanswered> {
        let no_address = || Unanswered::NoAddress(url.to_owned());
        let read: Url = url.parse().map_err(|_| no_address())?;
        let host = read.host_str().ok_or_else(no_address)?;
        address::check(url, read.scheme(), host).or_else(|why| self.kept_back(why))?;
        Ok(read)
    }

    /// Refuses what came from within the network, by whatever way it was reached.
    fn check_peer(&self, response: &reqwest::Response) -> Result<(), Unanswered> {
        match response.remote_addr() {
            Some(peer) if !address::is_public(peer.ip()) => {
                self.kept_back(Unanswered::Private(peer.ip().to_string()))
            }
            _ => Ok(()),
        }
    }

    async fn exchange(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        let deadline = request.deadline;
        let failed = |cause: reqwest::Error| in_words(&cause, deadline);
        let url = self.admitted(&request.url)?;
        let mut sent = self.client()?.request(request.method, url);
        for (name, value) in request.headers {
            sent = sent.header(name, value);
        }
        if !request.body.is_empty() {
            sent = sent.body(request.body);
        }
        let mut answer = sent.timeout(deadline).send().await.map_err(failed)?;
        self.check_peer(&answer)?;
        let body = match request.wanted {
            Wanted::Head => Bytes::new(),
            Wanted::Whole { most_bytes } => read(&mut answer, most_bytes, deadline).await?,
        };
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        Ok(response)
    }
}

impl crate::Clock for Sender {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Clock::random()
    }
}

impl Outgoing for Sender {
    fn secret(&self, name: &str) -> Option<String> {
        let made_up = self.stand_in.as_ref().and_then(|stand_in| stand_in.secret(name));
        made_up.or_else(|| environment::secret(name))
    }

    fn send(&self, request: OutgoingRequest) -> impl Future<Output = Result<Response, Unanswered>> {
        self.exchange(request)
    }

    async fn sign(&self, key: &[u8], text: &str) -> Option<Vec<u8>> {
        let key = RsaKeyPair::from_pkcs8(key).ok()?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(signature)
    }

    async fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], text: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        aes_key(key)?.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).ok()?;
        Some(sealed)
    }

    async fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8]) -> Option<Vec<u8>> {
        let (mut sealed, nonce) = (sealed.to_vec(), Nonce::assume_unique_for_key(*nonce));
        Some(aes_key(key)?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?.to_vec())
    }
}

fn aes_key(key: &[u8; 32]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))
}

/// The body, piece by piece, up to the cap.
async fn read(
    answer: &mut reqwest::Response,
    most_bytes: usize,
    deadline: Duration,
) -> Result<Bytes, Unanswered> {
    if answer.content_length().is_some_and(|length| length > most_bytes as u64) {
        return Err(Unanswered::TooLarge(most_bytes));
    }
    let mut body = BytesMut::new();
    while let Some(piece) = answer.chunk().await.map_err(|cause| in_words(&cause, deadline))? {
        if body.len() + piece.len() > most_bytes {
            return Err(Unanswered::TooLarge(most_bytes));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

fn make_client(private: bool) -> Result<reqwest::Client, String> {
    // Another part of the process may have chosen before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(MOST_IDLE)
        .no_proxy();
    let builder = if private { builder } else { builder.https_only(true).dns_resolver(PublicOnly) };
    builder.build().map_err(|cause| cause.to_string())
}

/// Resolves names as the system does, less every address that is not of the internet. The client connects to those that
/// are left, so that no second look-up can lead elsewhere.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| address::is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// A name that leads into the network.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
struct NoPublicAddress(String);

/// The cause, without the address, which its reader knows.
fn in_words(cause: &reqwest::Error, deadline: Duration) -> Unanswered {
    if cause.is_timeout() {
        return Unanswered::TimedOut(deadline);
    }
    let mut innermost: &dyn Error = cause;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if cause.is_connect() {
        Unanswered::Unreachable(innermost.to_string())
    } else if cause.is_builder() {
        Unanswered::Unsendable(innermost.to_string())
    } else {
        Unanswered::BrokenOff(innermost.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_into_the_network_leads_nowhere() {
        let resolved = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert_eq!(resolved.err().unwrap().to_string(), "localhost has no public address");
    }
}
