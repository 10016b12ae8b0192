//! The server: connections, and the choice of the part that answers a request.

mod development;
mod handles;
mod host_header;
mod respond;
mod serve;
mod shares;
mod stream;

pub use serve::serve;

use std::net::IpAddr;

/// The two ends of the connection that a request came over.
#[derive(Clone, Copy, Debug)]
struct Peer {
    /// The client's address.
    address: IpAddr,
    /// The address at which the client reached this machine.
    here: IpAddr,
}
