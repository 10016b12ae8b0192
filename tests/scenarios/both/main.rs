//! Scenarios that both adapters pass: against the real binary, or with `DAYMARK_ADAPTER=cloudflare` against the built
//! Worker.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod bad_requests;
mod calendars;
mod crowds;
mod decisions;
mod dist;
mod erasing;
mod kills;
mod mail_provider;
mod payments;
mod settings;
mod sign_in;
mod webhooks;

use acceptance::{Adapter, Server, Started};

/// workerd's alarms ring by the machine's own clock, which does not jump with the trial's: a command has them set anew.
fn wake(server: &Server, started: &Started) {
    if server.adapter() == Adapter::Cloudflare {
        let bearer = format!("Bearer {}", server.key("jonas"));
        let path = "/api/host/deliveries/none/replay";
        let answer = started.client().send("POST", path, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(answer.status, 404, "{}", answer.json());
    }
}
