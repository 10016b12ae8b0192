//! A secret while it is tried, and how it is set for good: nothing of it comes into git, or into a shell's history.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use edge::local::Sender;
use edge::{Clock, Fault, Outgoing, OutgoingRequest, Unanswered};

use super::ask::word;

/// A secret.
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// Where a secret has come from.
pub(super) enum Origin {
    /// It is set.
    Environment,
    /// It was typed: its owner knows it. With what it is called.
    Typed(&'static str),
    /// It is a file.
    File(PathBuf),
    /// It was put together from what was typed.
    Composed,
    /// It was given for a consent just now, and nobody knows it yet.
    Consented,
}

/// The command that sets a secret in a shell, once it is pasted.
pub(in crate::commands) fn typed(name: &str) -> String {
    format!("IFS= read -rs {name} && export {name}")
}

impl Secret {
    /// How it is set.
    pub(super) fn instructions(&self) -> String {
        let Self { name, value, origin } = self;
        let here = "Set the secret where `serve` runs";
        let worker = format!("For a Worker:\n\n  npx wrangler secret put {name}\n");
        match origin {
            Origin::Environment => format!("The secret {name} is set here already. {worker}"),
            Origin::Typed(what) => {
                format!("{here}; paste {what} after it, and press Enter:\n\n  {}\n\n{worker}", typed(name))
            }
            Origin::File(path) => {
                let path = word(&path.display().to_string());
                format!(
                    "{here} to all of the file:\n\n  export {name}=\"$(cat {path})\"\n\nFor a Worker:\n\n  npx wrangler secret \
                     put {name} < {path}\n\nThen delete the file.\n"
                )
            }
            Origin::Composed | Origin::Consented => format!(
                "This is the value of the secret {name}, in one line. It is shown only now: keep it where your \
                 passwords are, and never in git.\n\n{value}\n\n{here}; paste it after this, and press \
                 Enter:\n\n  {}\n\n{worker}",
                typed(name)
            ),
        }
    }
}

/// The way out, with a secret that is not set yet.
pub(super) struct WithSecret<'a> {
    pub(super) sender: &'a Sender,
    pub(super) secret: &'a Secret,
}

impl Clock for WithSecret<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.sender.now()
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        self.sender.random()
    }
}

impl Outgoing for WithSecret<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        if name == self.secret.name { Some(self.secret.value.clone()) } else { self.sender.secret(name) }
    }

    fn send(&self, request: OutgoingRequest) -> impl Future<Output = Result<edge::Response, Unanswered>> {
        self.sender.send(request)
    }

    fn sign(&self, key: &[u8], text: &str) -> impl Future<Output = Option<Vec<u8>>> {
        self.sender.sign(key, text)
    }

    fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], text: &[u8]) -> impl Future<Output = Option<Vec<u8>>> {
        self.sender.seal(key, nonce, text)
    }

    fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8]) -> impl Future<Output = Option<Vec<u8>>> {
        self.sender.open(key, nonce, sealed)
    }
}
