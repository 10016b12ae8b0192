//! HTTP itself, without Daymark: conditional requests, what clients accept, cookies, devices, pauses.

pub(crate) mod accept;
pub(crate) mod conditional;
pub(crate) mod cookie;
pub(crate) mod device;
pub(crate) mod retry_after;
pub(crate) mod standard_webhooks;
