//! Requests and responses, which belong to no server.

use bytes::Bytes;

/// A request with its whole body. An adapter may cut a body that is longer than [`crate::MAX_BODY_BYTES`] behind the first byte too many.
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;
