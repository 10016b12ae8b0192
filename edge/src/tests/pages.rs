//! The booking's page, the form again, and the pages that refuse: what people read on them.

use serde_json::json;

use super::harness::{Told, Trial, WEDNESDAY_TEN, book};

#[track_caller]
fn assert_page(told: &Told, status: u16, expected: &str) {
    assert_eq!(told.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(told.text().trim(), expected.trim());
    assert_eq!(told.status, status);
}
