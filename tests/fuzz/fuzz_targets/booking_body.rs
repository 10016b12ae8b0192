//! Any bytes as the body of a booking, as JSON and as a form: an answer comes, and nothing panics.
//!
//! The first byte chooses the body's type. The definitions are the sample site's, as the generator writes them.

#![cfg_attr(fuzzing, no_main)]

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use edge::{
    Clock, Counter, Definitions, Fault, Ledgers, Outgoing, OutgoingRequest, Platform, Response, Shells, Stop,
    Unanswered,
};
use fuzz::{Sample, now};
use scheduling::definition::{HostDefinition, SiteDefinition};
use scheduling::ledger::{Answer, Command, Query, Reply, Taken};
use scheduling::token::Secrets;

static SAMPLE: LazyLock<Sample> = LazyLock::new(Sample::build);

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run(bytes));

/// What a fuzzer found, tried again: the input is a file, named by the argument.
#[cfg(not(fuzzing))]
fn main() {
    let file = std::env::args_os().nth(1).expect("usage: booking_body <file>");
    run(&std::fs::read(file).expect("a file that can be read"));
}

fn run(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let kind = if kind % 2 == 0 { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = http::Request::post("/api/bookings")
        .header("content-type", kind)
        .body(bytes::Bytes::copy_from_slice(body))
        .expect("a request");
    let endpoint = Endpoint { was_applied: Cell::new(false) };
    let response = pollster::block_on(edge::handle(&endpoint, &request, None));
    let status = response.status().as_u16();
    assert_eq!(endpoint.was_applied.get(), matches!(status, 201 | 303), "status {status}");
    assert!(status < 500, "status {status}");
}

/// An endpoint whose ledger takes everything that the rules allow.
struct Endpoint {
    was_applied: Cell<bool>,
}

impl Clock for Endpoint {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Ok([1; 16])
    }
}

impl Definitions for Endpoint {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&SAMPLE.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        Ok(SAMPLE.hosts.iter().find(|host| host.folder == folder).cloned())
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        Ok(SAMPLE.shells(locale))
    }

    fn secrets(&self) -> &Secrets {
        &SAMPLE.secrets
    }
}

impl Ledgers for Endpoint {
    async fn apply(&self, _: &str, command: Command) -> Result<Reply, Stop> {
        let Command::Book(book, _) = command else { panic!("only bookings are sent here") };
        Ok(match book.verdict {
            Some(refusal) => Reply::Refused { refusal },
            None => {
                self.was_applied.set(true);
                Reply::Booked { booking: Box::new(book.booking) }
            }
        })
    }

    async fn answer(&self, _: &str, _: Query) -> Result<Answer, Stop> {
        Ok(Answer::Busy { claims: vec![], calendars: vec![] })
    }

    async fn busy(&self, _: &str, _: DateTime<Utc>) -> Result<Taken, Stop> {
        Ok(Taken::default())
    }

    fn contact_ledger(&self, _: &str) -> String {
        panic!("a booking is sent to its host's ledger alone");
    }
}

impl Outgoing for Endpoint {
    fn secret(&self, _: &str) -> Option<String> {
        None
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        panic!("a booking asks nobody else: {request:?}");
    }
}

impl Platform for Endpoint {
    fn accepts_own_address(&self) -> bool {
        true
    }

    fn has_own_hosts_only(&self) -> bool {
        false
    }

    fn report(&self, fault: &Fault) {
        panic!("{fault}");
    }

    async fn rate_limit(&self, _: Counter, _: u32) -> Option<u32> {
        None
    }
}
