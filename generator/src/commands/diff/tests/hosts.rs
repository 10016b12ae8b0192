//! Hosts who are renamed, and those who leave their bookings behind.

use super::whole::{AIKO, SITE, all_lines, all_of};
use super::*;

/// A site of hosts in folders.
fn hosts(hosts: &[(&str, &str, &str)]) -> Site {
    let files: Vec<(String, &str)> = hosts
        .iter()
        .flat_map(|(folder, host, page)| {
            [(format!("{folder}/host.toml"), *host), (format!("{folder}/call.md"), *page)]
        })
        .chain([("site.toml".to_owned(), SITE)])
        .collect();
    site_of(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>())
}

fn owned(changes: &[(&str, &[&str])]) -> Changes {
    let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    changes.iter().map(|(place, of)| ((*place).to_owned(), lines(of))).collect()
}

/// Who renames a folder, and raises a price on the way, has both said.
#[test]
fn a_renamed_host_is_compared_with_who_they_were() {
    let before = hosts(&[("aiko", HOST, PAGE)]);
    let renamed = format!("ledger = \"aiko\"\nwas = [\"aiko\"]\n{HOST}");
    let dearer = edited(PAGE, ("5000", "50000"));
    assert_eq!(
        changes_between(&before, &hosts(&[("tanaka", &renamed, &dearer)])),
        owned(&[
            ("/tanaka/", &["was /aiko/; old links lead here"]),
            ("/tanaka/call/", &["price: ¥5,000 → ¥50,000"]),
        ])
    );
    let without_was = format!("ledger = \"aiko\"\n{HOST}");
    assert_eq!(
        changes_between(&before, &hosts(&[("tanaka", &without_was, PAGE)])),
        owned(&[("/tanaka/", &["was /aiko/; old links do not lead here"])])
    );
    // And back again.
    assert_eq!(
        changes_between(&hosts(&[("tanaka", &renamed, PAGE)]), &before),
        owned(&[("/aiko/", &["was /tanaka/; old links do not lead here"])])
    );
}

/// Whoever takes over a folder is somebody else, and whoever leaves their ledger has no bookings.
#[test]
fn hosts_are_known_by_their_bookings() {
    let renamed = format!("ledger = \"aiko\"\n{HOST}");
    let before = hosts(&[("tanaka", &renamed, PAGE)]);
    assert_eq!(
        changes_between(&before, &hosts(&[("tanaka", HOST, PAGE)])),
        owned(&[("/tanaka/", &["all bookings are left behind: the ledger is `tanaka`, and was `aiko`"])])
    );
    let before = hosts(&[("aiko", HOST, PAGE)]);
    let fresh = format!("ledger = \"fresh\"\n{HOST}");
    assert_eq!(
        changes_between(&before, &hosts(&[("aiko", &fresh, PAGE), ("tanaka", &renamed, PAGE)])),
        owned(&[
            ("/aiko/call/", &["new page: Call"]),
            ("/tanaka/", &["was /aiko/; old links do not lead here"]),
        ])
    );
    assert_eq!(
        changes_between(&before, &hosts(&[("tanaka", HOST, PAGE)])),
        owned(&[("/aiko/call/", &["removed page: Call"]), ("/tanaka/call/", &["new page: Call"])])
    );
}

#[test]
fn earlier_invitations_that_count_again_are_said_so() {
    let host = |version: &str| {
        let host = edited(AIKO, ("invites_version = 2", version));
        all_of(SITE, &host)
    };
    assert_eq!(
        all_lines(&host("invites_version = 2"), &host("invites_version = 1")),
        "all invitations are withdrawn, and those of `invites_version = 1` count again"
    );
}
