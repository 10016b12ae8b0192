//! Requests and responses, independent of any server.

use bytes::Bytes;

/// A request with its whole body. An adapter may cut a body that is too long, one byte after [`crate::MAX_BODY_BYTES`].
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;
