//! The stand-in: its state, its clock, and what it is reached by.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use super::state::State;
use super::switches::Switches;
use crate::Fault;
use crate::local::clock::Clock;
use crate::local::locked::locked;

/// The path that all of it is below.
pub(super) const FOLDER: &str = "/dev/checkout";

/// How a stand-in is reached, and whom it tells.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the server that it is part of, as browsers reach it, without a slash at the end.
    pub origin: String,
    /// The same as this machine reaches it.
    pub own: String,
    /// Where its webhooks go, unless a switch says otherwise; none are sent without.
    pub webhooks_to: Option<String>,
    /// What its webhooks are signed with.
    pub webhook_secret: String,
    /// Part of all ids. Two processes with different ones never give the same id.
    pub run: String,
}

impl Settings {
    /// The stand-in of a server that also has the endpoint, with a secret and ids of its own.
    pub fn beside_endpoint(origin: &str, own: &str) -> Result<Self, Fault> {
        let random = base16ct::lower::encode_string(&Clock::random()?);
        Ok(Self {
            origin: origin.to_owned(),
            own: own.to_owned(),
            webhooks_to: Some(format!("{own}/api/payments/stripe")),
            webhook_secret: format!("whsec_standin{random}"),
            run: random[..8].to_owned(),
        })
    }
}

/// A stand-in of Stripe.
pub struct StandIn {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) changed: Arc<Notify>,
    state: Mutex<State>,
    /// Made-up values of secrets, by their names.
    secrets: Mutex<HashMap<String, String>>,
    /// Where it keeps what it knows, with what it has kept there last; nowhere without.
    kept: Option<(PathBuf, Mutex<String>)>,
    is_telling: AtomicBool,
}

impl StandIn {
    /// One that knows nothing yet.
    pub fn new(settings: Settings, clock: Clock) -> Arc<Self> {
        let switches = Switches {
            webhooks_to: settings.webhooks_to.clone(),
            webhook_secrets: vec![settings.webhook_secret.clone()],
            ..Switches::default()
        };
        let state = Mutex::new(State::of(&settings.run, switches));
        Arc::new(Self {
            settings,
            clock,
            changed: Arc::default(),
            state,
            secrets: Mutex::default(),
            kept: None,
            is_telling: AtomicBool::new(false),
        })
    }

    /// One that knows what it has kept in a file, and keeps there what happens. Switches are turned off.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn kept_in(settings: Settings, clock: Clock, file: PathBuf) -> Result<Arc<Self>, Fault> {
        let unread = |cause: String| {
            let said = format!(
                "{} cannot be read: {cause}. Without it, the stand-in of Stripe begins anew",
                file.display()
            );
            Fault::Operator(said)
        };
        let known = match std::fs::read_to_string(&file) {
            Ok(text) => {
                Some(serde_json::from_str::<State>(&text).map_err(|cause| unread(cause.to_string()))?)
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => return Err(unread(cause.to_string())),
        };
        let own = Arc::into_inner(Self::new(settings, clock));
        let mut own = own.ok_or_else(|| Fault::Operator("the stand-in of Stripe is in use".to_owned()))?;
        if let Some(known) = known {
            let switches = locked(&own.state).switches.clone();
            // Its pages are where it is by now.
            let page = format!("{}{FOLDER}/pay/", own.settings.origin);
            own.state = Mutex::new(known.again(&page, switches));
        }
        own.kept = Some((file, Mutex::default()));
        Ok(Arc::new(own))
    }

    /// Keeps what is known by now.
    pub(super) fn keep(&self) -> std::io::Result<()> {
        let Some((file, last)) = &self.kept else { return Ok(()) };
        let mut last = locked(last);
        let text = serde_json::to_string(&*self.state().0)?;
        if *last != text {
            // The whole file, or the former one.
            let new = file.with_extension("new");
            std::fs::write(&new, &text)?;
            std::fs::rename(&new, file)?;
            *last = text;
        }
        Ok(())
    }

    /// The file, as it is named.
    pub(super) fn file(&self) -> String {
        self.kept.as_ref().map(|(file, _)| file.display().to_string()).unwrap_or_default()
    }

    /// The state as it is now, and the time, in milliseconds since 1970.
    pub(super) fn state(&self) -> (MutexGuard<'_, State>, i64) {
        let mut state = locked(&self.state);
        let now = self.clock.now().timestamp_millis() + i64::from(state.switches.ahead_seconds) * 1000;
        state.pass(now.div_euclid(1000));
        (state, now)
    }

    pub(super) fn secrets(&self) -> MutexGuard<'_, HashMap<String, String>> {
        locked(&self.secrets)
    }

    /// True once, for whoever begins to send its webhooks.
    pub(super) fn begins_telling(&self) -> bool {
        !self.is_telling.swap(true, Ordering::SeqCst)
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StandIn").field("settings", &self.settings).finish_non_exhaustive()
    }
}
