//! What is reached from here, but not once the site is published: what has no TLS, or is in a network of its own.

use edge::local::Sender;

/// What is said of something that was just reached, behind its name; `None` where all servers can reach it.
pub(super) fn doubt(sender: &Sender) -> Option<&'static str> {
    sender
        .was_private()
        .then_some("under `serve --production` only with `--private-webhooks`, and on Cloudflare not at all")
}
