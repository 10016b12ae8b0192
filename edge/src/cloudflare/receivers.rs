//! The way to receivers of webhooks. The platform's own network reaches no private address.

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};
use scheduling::definition::{HostDefinition, Mail as Settings, SiteDefinition};
use scheduling::token::Secrets;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use worker::worker_sys::web_sys;
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

use super::bindings::clock::Clock;
use super::definitions;
use crate::deliveries::{Answered, Carrier, Mail, Outgoing, Postman, TIMEOUT_SECONDS};
use crate::{Fault, Shells};

/// Carries deliveries from a Worker.
pub(super) struct Receivers<'a> {
    pub(super) env: &'a Env,
}

impl Carrier for Receivers<'_> {
    fn now(&self) -> DateTime<Utc> {
        Clock::of(self.env).now()
    }

    fn jitter(&self) -> u16 {
        let mut random = [0; 2];
        // Without randomness, attempts are merely not spread.
        let _ = getrandom::fill(&mut random);
        u16::from_be_bytes(random) % 1000
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.env.secret(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
    }

    fn allows_private(&self) -> bool {
        self.env.var("DAYMARK_PRIVATE_WEBHOOKS").is_ok_and(|value| value.to_string() == "1")
    }

    async fn post(&self, outgoing: Outgoing) -> Result<Answered, String> {
        let request = request(outgoing).map_err(|cause| cause.to_string())?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let fetch = Fetch::Request(request);
        let sent = pin!(fetch.send_with_signal(&signal));
        let late = pin!(Delay::from(Duration::from_secs(TIMEOUT_SECONDS.into())));
        match select(sent, late).await {
            Either::Left((Ok(response), _)) => {
                let retry_after = response.headers().get("retry-after").ok().flatten();
                let answered = Answered {
                    status: response.status_code(),
                    retry_after_seconds: retry_after.and_then(|value| value.trim().parse().ok()),
                };
                let_go(response);
                Ok(answered)
            }
            Either::Left((Err(cause), _)) => Err(format!("it cannot be reached: {cause}")),
            Either::Right(((), _)) => {
                controller.abort();
                Err(format!("it did not answer within {TIMEOUT_SECONDS} s"))
            }
        }
    }
}

impl Postman for Receivers<'_> {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        definitions::site(self.env).await
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        definitions::host(self.env, folder).await
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        definitions::shells(self.env, locale).await
    }

    fn secrets(&self) -> Result<Secrets, Fault> {
        super::secrets(self.env)
    }

    async fn hand_over(&self, _: Mail, _: &Settings) -> Result<(), String> {
        Err("a Worker cannot use SMTP: set a provider with an HTTP API in [mail] of site.toml".to_owned())
    }
}

fn request(outgoing: Outgoing) -> worker::Result<Request> {
    let headers = Headers::new();
    for (name, value) in &outgoing.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(outgoing.body.into()));
    Request::new_with_init(&outgoing.url, &init)
}

/// A body that nobody reads holds its connection, of which there are six.
fn let_go(response: worker::Response) {
    let response: web_sys::Response = response.into();
    if let Some(body) = response.body() {
        let _ = body.cancel();
    }
}
