//! Today's settings, as they are looked up when something is carried out: whoever is told, is told as the content says
//! now.

use std::sync::Arc;

use scheduling::booking::{Booking, HostNoted};
use scheduling::definition::{HostDefinition, SiteDefinition, Webhook};
use scheduling::ledger::Command;
use scheduling::outbox::Subscribers;

use crate::call::platform::Definitions;
use crate::call::stop::Fault;

/// The site, and the host of a ledger, as the content has them.
pub(crate) struct Today {
    pub(crate) site: Arc<SiteDefinition>,
    /// `None` where the host is gone from the content: then what was noted serves.
    pub(crate) host: Option<Arc<HostDefinition>>,
}

impl Today {
    pub(crate) async fn of(definitions: &impl Definitions, ledger: &str) -> Result<Self, Fault> {
        let site = definitions.site().await?;
        let host = match site.folder_of(ledger) {
            Some(folder) => definitions.host(folder).await?.filter(|host| host.ledger == ledger),
            None => None,
        };
        Ok(Self { site, host })
    }

    /// The host as it is named now; `noted` where the host is gone.
    pub(crate) fn host_or(&self, noted: &HostNoted) -> HostNoted {
        self.host.as_ref().map_or_else(|| noted.clone(), |host| HostNoted::of(host))
    }

    /// The endpoint of a delivery, by its address, with the secrets of today; or why the delivery ends.
    pub(crate) fn endpoint<'a>(&'a self, noted: &'a Webhook, event: &str) -> Result<&'a Webhook, String> {
        let hosts = self.host.iter().flat_map(|host| &host.webhooks);
        let mut found =
            self.site.webhooks.iter().chain(hosts).filter(|webhook| webhook.url == noted.url).peekable();
        match (found.peek(), &self.host) {
            (None, None) => Ok(noted),
            (None, Some(_)) => Err("the endpoint was taken out of the content".to_owned()),
            (Some(_), _) => found
                .find(|webhook| webhook.takes(event))
                .ok_or_else(|| format!("the endpoint no longer takes {event}")),
        }
    }
}

/// A booking with its host as the content names it now, for whoever looks at it; as noted where the host is gone, or
/// cannot be read.
pub(crate) async fn with_todays_host(definitions: &impl Definitions, booking: &Booking) -> Booking {
    let today = Today::of(definitions, booking.id.ledger()).await;
    let noted = today.map_or_else(|_| booking.noted.clone(), |today| today.host_or(&booking.noted));
    Booking { noted, ..booking.clone() }
}

/// A command as it goes to a ledger: with today's subscribers where it makes events. Where the definitions cannot be
/// read, those that were noted last hear of it.
pub async fn with_subscribers(definitions: &impl Definitions, ledger: &str, mut command: Command) -> Command {
    if command.today().is_none() {
        return command;
    }
    let today = Today::of(definitions, ledger).await.ok();
    let subscribers = today.and_then(|Today { site, host }| Some(Subscribers::of(&site, &*host?)));
    command.with(subscribers)
}
