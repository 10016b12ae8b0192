//! The server: connections, and the choice of the part that answers a request.

mod development;
mod respond;
mod serve;

pub use serve::serve;

use std::net::IpAddr;

/// The address of the connection that a request came over.
#[derive(Clone, Copy, Debug)]
struct Peer(IpAddr);
