//! The stand-in of Stripe, in a process of its own that outlives the servers.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::{Answer, Client, NOW, Started};

/// What it signs its webhooks with.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// A stand-in whose clock begins at [`NOW`]. It ends when this is dropped.
#[derive(Debug)]
pub struct Checkout {
    address: SocketAddr,
    child: Child,
}

impl Checkout {
    /// One that tells nobody yet.
    pub fn start() -> Self {
        // Beside the tests' own folder, where Cargo puts examples with them.
        let own = std::env::current_exe().unwrap();
        let path = own.ancestors().nth(2).unwrap().join("examples/checkout");
        let mut command = Command::new(&path);
        command.args(["--now", NOW, "--secret", WEBHOOK_SECRET]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches("/dev/checkout");
        Self { address: address.parse().unwrap(), child }
    }

    /// The `[payment]` of site.toml that has payments go to it. Its secrets are `STRIPE_KEY` and `STRIPE_HOOK`.
    pub fn settings(&self) -> String {
        format!(
            "\n[payment]\nprovider = \"stripe\"\nsecret = \"STRIPE_KEY\"\nwebhook_secret = \"STRIPE_HOOK\"\nurl = \"http://{}/dev/checkout\"\n",
            self.address
        )
    }

    /// Tells a server from here on.
    pub fn tell(&self, started: &Started) {
        let to = format!("http://{}/api/payments/stripe", started.address);
        self.switch(&serde_json::json!({ "webhooks_to": to }));
    }

    /// Turns switches.
    pub fn switch(&self, switches: &Value) {
        let answer = self.ask("POST", "/switches", "application/json", &switches.to_string());
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    /// Chooses on a checkout's page.
    pub fn choose(&self, checkout_url: &str, choice: &str) {
        let path = checkout_url.split_once("/dev/checkout").unwrap().1;
        let form = "application/x-www-form-urlencoded";
        assert_eq!(self.ask("POST", path, form, &format!("choice={choice}")).status, 303);
    }

    /// All of a kind, such as `sessions`, `payment_intents`, `refunds` or `calls`.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        let state = self.ask("GET", "/state", "", "").json();
        state[kind].as_array().unwrap().clone()
    }

    fn ask(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        let path = format!("/dev/checkout{path}");
        Client::new(self.address)
            .send(method, &path, &[("content-type", media_type)], body.as_bytes())
            .unwrap()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
