//! `erase`: the operator's link.

use chrono::{DateTime, Utc};
use scheduling::token::Secrets;

use crate::desk::{Desk, NOW};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_link_is_for_one_address_and_a_day_and_all_that_is_answered() {
    let desk = Desk::new();
    let output = desk
        .command(&["erase", " Mara@Example.org"])
        .env("DAYMARK_SECRET", SECRET)
        .output()
        .expect("the command runs");
    let secrets = Secrets { current: SECRET.as_bytes().to_vec(), previous: None };
    let link = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (_, token) = link.split_once("/booking/erase/").expect("a link");
    assert!(link.starts_with("http"), "{link}");
    let until = NOW.parse::<DateTime<Utc>>().unwrap().timestamp() + 24 * 3600;
    assert_eq!(secrets.address_to_erase(token, until - 60).as_deref(), Some("mara@example.org"));
    assert_eq!(secrets.address_to_erase(token, until + 60), None);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn what_is_no_address_is_wrong_usage() {
    let text = "error: invalid value 'mara' for '<EMAIL>': write the address as in mara@example.org

For more information, try '--help'.
";
    Desk::empty().run_bare(&["erase", "mara"]).tells(text).ends_with_code(2);
}
