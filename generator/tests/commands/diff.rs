//! `diff`: what changes for visitors since a commit.

use std::process::Command;

use super::desk::Desk;

/// A desk whose content is committed.
fn committed() -> Desk {
    let desk = Desk::new();
    let git = |arguments: &[&str]| {
        let identity =
            ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(desk.path("")).output();
        let output = output.expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["add", "content"]);
    git(&["commit", "--quiet", "--message", "The site"]);
    desk
}

fn edited(desk: Desk, path: &str, edits: &[(&str, &str)]) -> Desk {
    let mut text = desk.read(path);
    for (from, to) in edits {
        assert!(text.contains(from), "{path} has no {from}:\n{text}");
        text = text.replacen(from, to, 1);
    }
    desk.file(path, &text)
}

#[test]
fn nothing_changes_where_nothing_is_edited() {
    committed()
        .run(&["diff", "HEAD"])
        .answers("Nothing has changed for visitors since HEAD.\n")
        .ends_with_code(0);
}

#[test]
fn pages_come_go_and_change() {
    let desk = committed();
    std::fs::remove_file(desk.path("content/jonas/night.md")).expect("a file is deleted");
    let desk = edited(
        desk,
        "content/aiko/intro.md",
        &[("title = \"", "title = \"New "), ("48h\"", "72h\"\nlinks_in_invitation = false")],
    );
    let desk = desk.file(
        "content/jonas/tea.md",
        "+++\ntitle = \"Tea\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\nTea.\n",
    );
    let answer = desk.run(&["diff", "main"]).ends_with_code(0).answer();
    let expected = "\
3 pages have changed for visitors since main:

**/aiko/intro/**
- title: Introductory call → New Introductory call
- notice: 2d → 3d
- link to the booking in calendar events: yes → no
- 15 of 600 offered times removed, none added

**/jonas/night/**
- removed page: Night watch

**/jonas/tea/**
- new page: Tea
";
    assert_eq!(answer, expected);
}

#[test]
fn a_commit_that_is_not_there_is_said_so() {
    committed()
        .run(&["diff", "nowhere"])
        .tells("generator: git finds no commit `nowhere` here. Name a branch, a tag or a hash.\n")
        .ends_with_code(1);
}
