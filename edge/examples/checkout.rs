//! The stand-in of Stripe on a port of its own, for tests:
//! `checkout [--port N] [--now INSTANT] [--to ADDRESS] [--secret SECRET]`.
//!
//! It prints its address, and ends with its standard input.

use std::io::Read;

use chrono::{DateTime, Utc};
use edge::local::Clock;
use edge::local::checkout::{Settings, StandIn, router};

#[expect(clippy::print_stdout, reason = "whoever has started it reads its address there")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut port = 0;
    let mut now: Option<DateTime<Utc>> = None;
    let mut settings = Settings {
        origin: String::new(),
        own: String::new(),
        webhooks_to: None,
        webhook_secret: "whsec_test".to_owned(),
        run: String::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} has no value"))?;
        match name.as_str() {
            "--port" => port = value.parse()?,
            "--now" => now = Some(value.parse()?),
            "--to" => settings.webhooks_to = Some(value),
            "--secret" => settings.webhook_secret = value,
            _ => return Err(format!("{name} is not an option").into()),
        }
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        settings.origin = format!("http://{}", listener.local_addr()?);
        settings.own.clone_from(&settings.origin);
        println!("{}/dev/checkout", settings.origin);
        let stand_in = StandIn::new(settings, Clock::starting_at(now));
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        tokio::select! {
            served = axum::serve(listener, router(&stand_in)) => served?,
            _ = ended => {}
        }
        std::process::exit(0)
    })
}
