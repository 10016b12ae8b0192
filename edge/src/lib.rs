//! The booking endpoint.
