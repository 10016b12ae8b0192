//! Invitations, as requests carry them: in a body's `invite`, in a query's, or in the address of the page that a plain
//! form was sent from.

use http::header;
use scheduling::invite::Invite;
use scheduling::ledger;
use scheduling::refusal::Refusal;
use serde_json::Value;

use crate::call::origin::is_own_origin;
use crate::call::platform::Platform;
use crate::call::stop::{Refused, Stop};
use crate::call::{Call, FoundMeeting};
use crate::form::body::Body;

/// The name of the parameter, and of the field.
pub(crate) const NAME: &str = "invite";

/// What an invitation says to a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Invited {
    /// The token, as it came; empty without one.
    pub(crate) token: String,
    /// The invitation, where it is one of the page that has not expired.
    pub(crate) invite: Option<Invite>,
    /// Why it does not let anybody book; whether it is used up, only the ledger knows.
    pub(crate) refusal: Option<Refusal>,
}

impl Invited {
    /// The invitation of a token. The page is left with what it allows.
    pub(crate) fn of<P: Platform>(call: &Call<'_, P>, found: &mut FoundMeeting, token: &str) -> Self {
        let only = found.meeting().is_some_and(|meeting| meeting.invite_only);
        let token = Invite::named(token).to_owned();
        if token.is_empty() {
            return Self { refusal: only.then_some(Refusal::InviteNeeded), ..Self::default() };
        }
        let invite = found.meeting().and_then(|meeting| call.invite(&found.host, meeting, &token));
        let invite = match invite {
            None => return Self { token, refusal: Some(Refusal::InviteRefused), ..Self::default() },
            Some(invite) if invite.has_expired(call.now) => {
                return Self { token, refusal: Some(Refusal::LinkExpired), ..Self::default() };
            }
            // Withdrawn, with all others of its version.
            Some(invite) if invite.version != found.host.invites_version => {
                return Self { token, refusal: Some(Refusal::LinkUsed), ..Self::default() };
            }
            Some(invite) => invite,
        };
        found.narrow(&invite);
        Self { token, invite: Some(invite), refusal: None }
    }

    /// The invitation of a booking's body.
    pub(crate) fn of_body<P: Platform>(call: &Call<'_, P>, found: &mut FoundMeeting, body: &Body) -> Self {
        match body.one(NAME) {
            Value::Null if body.is_form => Self::of(call, found, &of_referer(call)),
            Value::String(token) if body.is_form && token.trim().is_empty() => {
                Self::of(call, found, &of_referer(call))
            }
            Value::Null => Self::of(call, found, ""),
            Value::String(token) => Self::of(call, found, token),
            _ => Self { refusal: Some(Refusal::InviteRefused), ..Self::default() },
        }
    }

    /// What the ledger has to know of it.
    pub(crate) fn for_ledger(&self) -> Option<ledger::Invited> {
        let Invite { id, uses, expires, .. } = self.invite.clone()?;
        Some(ledger::Invited { id, uses, expires })
    }

    /// Refuses one that lets nobody see the page's times, asking the ledger, too.
    pub(crate) async fn check<P: Platform>(
        &self,
        call: &Call<'_, P>,
        found: &FoundMeeting,
    ) -> Result<(), Stop> {
        let used_up = match &self.invite {
            Some(Invite { id, uses, .. }) => {
                let used = call.ledger(&found.host.ledger).invite_use(id.clone()).await?;
                used.is_used_up(*uses).then_some(Refusal::LinkUsed)
            }
            None => None,
        };
        match self.refusal.or(used_up) {
            Some(refusal) => Err(in_words(Refused::new(refusal), found).into()),
            None => Ok(()),
        }
    }
}

/// Whether a refusal is of the invitation itself.
pub(crate) fn is_of_invite(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::InviteNeeded | Refusal::InviteRefused | Refusal::LinkUsed | Refusal::LinkExpired
    )
}

/// A refusal of an invitation in words that say what can be done: where the page can be booked without one, that.
pub(crate) fn in_words(refused: Refused, found: &FoundMeeting) -> Refused {
    let only = found.meeting().is_some_and(|meeting| meeting.invite_only);
    let words = match (refused.refusal, only) {
        (Refusal::InviteRefused, false) => "invite_refused_open",
        (Refusal::LinkUsed, true) => "invite_used",
        (Refusal::LinkUsed, false) => "invite_used_open",
        (Refusal::LinkExpired, true) => "invite_expired",
        (Refusal::LinkExpired, false) => "invite_expired_open",
        _ => return refused,
    };
    Refused { words: Some(words), ..refused }
}

/// The token in the address of the page that a plain form was sent from, if it was one of this site.
fn of_referer<P: Platform>(call: &Call<'_, P>) -> String {
    let referer = call.request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let Some((_, query)) =
        referer.filter(|page| is_own_origin(call, page)).and_then(|page| page.split_once('?'))
    else {
        return String::new();
    };
    let query = query.split('#').next().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == NAME).map(|(_, token)| token.into_owned()).unwrap_or_default()
}
