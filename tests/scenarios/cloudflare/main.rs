//! Scenarios of the Worker alone, in workerd, with its databases at hand. Run with `tests/run worker`.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod objects;
