//! `generator webhook test`: sends `endpoint.test` to the content's endpoints, so that a receiver can be tried before
//! anything is booked.

use chrono::{DateTime, Utc};
use edge::deliveries::{attempt_webhook, test_delivery};
use edge::local::Sender;
use publishing::content::Site;
use scheduling::definition::Webhook;
use scheduling::outbox::AttemptOutcome;

use super::private;
use super::words::counted;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `webhook`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Arguments {
    /// Send an `endpoint.test` to each endpoint in the content, signed with the secrets in the environment
    Test(TestArguments),
}

/// The arguments of `webhook test`.
#[derive(Clone, Debug, clap::Args)]
pub struct TestArguments {
    /// Test only the endpoint at this address
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Does what the arguments ask for.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    match arguments {
        Arguments::Test(arguments) => test(arguments, sources, printer),
    }
}

/// Sends, and says what each endpoint answered. Fails where one did not take it.
fn test(arguments: &TestArguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    let theme = sources.load_theme()?;
    let site = sources.load_site(&theme, printer)?;
    let endpoints = endpoints(&site, arguments.url.as_deref())?;
    let sender = Sender::new(sources.clock, true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut failures = 0;
    for (number, webhook) in endpoints.iter().enumerate() {
        let (id, body) = delivery(number, sources.clock.now());
        let outcome = runtime.block_on(attempt_webhook(&sender, &id, webhook, body));
        failures += usize::from(outcome != AttemptOutcome::Taken);
        let doubt = private::doubt(&sender).filter(|_| outcome == AttemptOutcome::Taken);
        let doubt = doubt.map_or_else(String::new, |doubt| format!("; {doubt}"));
        printer.tell(&format!("{}: {}{doubt}", webhook.url, in_words(&outcome)));
    }
    match failures {
        0 => Ok(()),
        count => Err(Failure::saying(format!("{} failed.", counted(count, "endpoint")))),
    }
}

/// The endpoints to try, each once.
fn endpoints<'a>(site: &'a Site, only: Option<&str>) -> Result<Vec<&'a Webhook>, Failure> {
    let of_hosts = site.hosts.iter().flat_map(|host| &host.definition.webhooks);
    let mut endpoints: Vec<&Webhook> = Vec::new();
    for webhook in site.definition.webhooks.iter().chain(of_hosts) {
        if !endpoints.iter().any(|known| known.url == webhook.url) {
            endpoints.push(webhook);
        }
    }
    if endpoints.is_empty() {
        return Err(Failure::saying(
            "the content has no webhooks. Add `[[webhooks]]` to site.toml or host.toml, as docs/webhooks.md describes.",
        ));
    }
    let Some(url) = only else { return Ok(endpoints) };
    let known: Vec<&str> = endpoints.iter().map(|webhook| webhook.url.as_str()).collect();
    let unknown = format!("the content has no webhook {url}. It has: {}.", known.join(", "));
    endpoints.retain(|webhook| webhook.url == url);
    if endpoints.is_empty() { Err(Failure::saying(unknown)) } else { Ok(endpoints) }
}

/// A test's id differs from run to run, so that no receiver takes it for a repeat. It protects nothing.
fn delivery(number: usize, now: DateTime<Utc>) -> (String, String) {
    let run = u128::from(now.timestamp_millis().unsigned_abs()) << 64;
    test_delivery((run | number as u128).to_be_bytes(), now)
}

fn in_words(outcome: &AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Taken | AttemptOutcome::TakenWithRoom { .. } | AttemptOutcome::Heard(_) => {
            "delivered".to_owned()
        }
        AttemptOutcome::Gone => "it answered 410, which would turn it off".to_owned(),
        AttemptOutcome::Failed { reason, .. }
        | AttemptOutcome::Refused { reason }
        | AttemptOutcome::Ended { reason }
        | AttemptOutcome::Held { reason, .. } => reason.clone(),
        AttemptOutcome::Postponed => "not tried".to_owned(),
    }
}
