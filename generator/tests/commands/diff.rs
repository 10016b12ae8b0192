//! `diff`: what changes for visitors since a commit.
#![cfg(unix)]

use std::process::Command;

use super::desk::Desk;
use super::prices::priced;

/// A picture of one pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";

/// A desk whose content is committed.
fn committed() -> Desk {
    commit(Desk::new())
}

fn commit(desk: Desk) -> Desk {
    commit_in(desk, "", "content")
}

/// Makes a repository of a folder, and commits a path in it.
fn commit_in(desk: Desk, folder: &str, path: &str) -> Desk {
    let git = |arguments: &[&str]| {
        let identity =
            ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output =
            Command::new("git").args(identity).args(arguments).current_dir(desk.path(folder)).output();
        let output = output.expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["add", path]);
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

/// As where several people write the content, and the program is elsewhere.
#[test]
fn the_content_may_be_a_repository_of_its_own() {
    let desk = commit_in(Desk::new(), "content", ".");
    desk.run(&["diff", "HEAD"]).answers("Nothing has changed for visitors since HEAD.\n").ends_with_code(0);
    let desk = edited(desk, "content/jonas/night.md", &[("title = \"", "title = \"New ")]);
    let expected = "\
One page has changed for visitors since HEAD:

**/jonas/night/**
- title: Night watch → New Night watch
";
    desk.run(&["diff", "HEAD"]).answers(expected).ends_with_code(0);
}

#[test]
fn pages_come_go_and_change() {
    let desk = committed();
    std::fs::remove_file(desk.path("content/jonas/night.md")).expect("a file is deleted");
    let desk = edited(
        desk,
        "content/aiko/intro.md",
        &[
            ("title = \"", "title = \"New "),
            ("example.com/rooms/aiko", "example.com/{random}"),
            ("48h\"", "72h\"\nlinks_in_invitation = false"),
        ],
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
- location: video, https://meet.example.com/rooms/aiko → video, a room for each booking at https://meet.example.com/{random}
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
fn prices_change() {
    let desk = commit(priced());
    let desk = edited(desk, "content/aiko/paid.md", &[("30 = 5000", "30 = 6000"), ("never", "2d")]);
    let desk = edited(desk, "content/aiko/same.md", &[("amount = 980", "amount = 1050")]);
    let desk = edited(
        desk,
        "content/jonas/night.md",
        &[("+++\n", "+++\nprice = { amount = 50, currency = \"USD\" }\n")],
    );
    let expected = "\
3 pages have changed for visitors since HEAD:

**/aiko/paid/**
- price: free (15 minutes), ¥5,000 (30 minutes), ¥9,000 (60 minutes) → free (15 minutes), ¥6,000 (30 minutes), ¥9,000 (60 minutes)
- money back if a visitor cancels: never → until 2d before

**/aiko/same/**
- price: $9.80 → $10.50

**/jonas/night/**
- price: none → $0.50
- payment: none → Stripe, to the account of STRIPE_SECRET_KEY
- money back if a visitor cancels: none → until 1d before
";
    desk.run(&["diff", "HEAD"]).answers(expected).ends_with_code(0);
}

#[test]
fn a_commit_that_is_not_there_is_said_so() {
    committed()
        .run(&["diff", "nowhere"])
        .tells("generator: git finds no commit `nowhere` here. Name a branch, a tag or a hash.\n")
        .ends_with_code(1);
}

/// Runs git in a desk, with something to read. Returns what it printed, in one line.
fn git(desk: &Desk, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let identity =
        ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    let mut child = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(desk.path(""))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A tree can have any names: a clone fetches it, and only a checkout would refuse it.
#[test]
fn nothing_of_a_commit_is_written_outside_of_its_folder() {
    let desk = committed();
    let object = git(&desk, &["hash-object", "-w", "--stdin"], "evil");
    let target = git(&desk, &["hash-object", "-w", "--stdin"], "/tmp");
    let escaped = format!("daymark-escaped-{}", std::process::id());
    let listed = git(&desk, &["ls-tree", "HEAD:content"], "");
    let inner = git(&desk, &["mktree"], &format!("100644 blob {object}\t{escaped}\n"));
    let up = git(&desk, &["mktree"], &format!("040000 tree {inner}\t..\n"));
    let evil = format!(
        "{listed}\n040000 tree {inner}\t..\n040000 tree {up}\tup\n120000 blob {target}\tlink\n\
         120000 blob {target}\tlink.md\n"
    );
    let content = git(&desk, &["mktree"], &evil);
    let root = git(&desk, &["mktree"], &format!("040000 tree {content}\tcontent\n"));
    let commit = git(&desk, &["commit-tree", &root, "-m", "evil"], "");
    desk.run(&["diff", &commit])
        .answers(&format!("Nothing has changed for visitors since {commit}.\n"))
        .ends_with_code(0);
    for folder in [std::env::temp_dir(), desk.path(""), desk.path("..")] {
        assert!(!folder.join(&escaped).exists(), "{}", folder.display());
    }
    let left = std::fs::read_dir(std::env::temp_dir()).expect("a folder").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("daymark-diff-")).count();
    assert_eq!(left, 0, "its folder is removed");
}

/// Whoever knows the folder's name could wait there with a link.
#[test]
fn a_folder_that_lies_in_wait_is_not_used() {
    let desk = committed();
    let waiting = desk.path("tmp");
    let victim = desk.path("victim");
    std::fs::create_dir(&waiting).expect("a folder");
    std::fs::create_dir(&victim).expect("a folder");
    std::fs::write(victim.join("site.toml"), "mine").expect("written");
    let own = std::process::id();
    for process in own..own + 2000 {
        std::os::unix::fs::symlink(&victim, waiting.join(format!("daymark-diff-{process}"))).expect("a link");
    }
    let output = desk.command(&["diff", "HEAD"]).env("TMPDIR", &waiting).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(desk.read("victim/site.toml"), "mine");
}

#[test]
fn a_link_within_the_content_is_the_file_that_it_leads_to() {
    let desk = committed();
    std::os::unix::fs::symlink("intro.md", desk.path("content/aiko/chat.md")).expect("a link");
    git(&desk, &["add", "content"], "");
    git(&desk, &["commit", "--quiet", "--message", "A link"], "");
    desk.run(&["diff", "HEAD"]).answers("Nothing has changed for visitors since HEAD.\n").ends_with_code(0);
}

#[test]
fn a_link_to_a_folder_of_the_content_is_that_folder() {
    let desk = committed();
    std::os::unix::fs::symlink("aiko", desk.path("content/tanaka")).expect("a link");
    git(&desk, &["add", "content"], "");
    git(&desk, &["commit", "--quiet", "--message", "A link"], "");
    desk.run(&["diff", "HEAD"]).answers("Nothing has changed for visitors since HEAD.\n").ends_with_code(0);
}

/// A checkout on Windows ends lines in its own way, and git keeps them as they were.
#[test]
fn lines_that_end_as_on_windows_change_nothing() {
    let desk = committed();
    for file in ["aiko/host.toml", "aiko/intro.md", "jonas/night.md", "site.toml"] {
        let path = format!("content/{file}");
        let text = desk.read(&path).replace('\n', "\r\n");
        std::fs::write(desk.path(&path), text).expect("a file is written");
    }
    desk.run(&["diff", "HEAD"]).answers("Nothing has changed for visitors since HEAD.\n").ends_with_code(0);
}

#[test]
fn a_picture_in_git_lfs_comes_from_there() {
    let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 67\n");
    let desk = Desk::new().file("content/aiko/aiko.png", &pointer);
    let desk = edited(desk, "content/aiko/host.toml", &[("name", "photo = \"aiko.png\"\nname")]);
    let desk = commit(desk);
    std::fs::write(desk.path("content/aiko/aiko.png"), PICTURE).expect("a picture");
    desk.run(&["diff", "HEAD"])
        .tells("generator: aiko/aiko.png is in Git LFS, and is not here as it was in that commit: `git lfs fetch --all` brings it.\n")
        .ends_with_code(1);
    let kept = desk.path(".git/lfs/objects/4d/7a");
    std::fs::create_dir_all(&kept).expect("a folder");
    std::fs::write(kept.join(id), PICTURE).expect("a picture");
    desk.run(&["diff", "HEAD"]).answers("Nothing has changed for visitors since HEAD.\n").ends_with_code(0);
}

/// Whoever renames a folder, and raises a price on the way, has both said.
#[test]
fn a_renamed_host_is_compared_with_who_they_were() {
    let desk = commit(priced());
    std::fs::rename(desk.path("content/aiko"), desk.path("content/tanaka")).expect("renamed");
    let was = "ledger = \"aiko\"\nwas = [\"aiko\"]\nname";
    let desk = edited(desk, "content/tanaka/host.toml", &[("name", was)]);
    let desk = edited(desk, "content/tanaka/same.md", &[("amount = 980", "amount = 9800")]);
    let expected = "\
2 pages have changed for visitors since HEAD:

**/tanaka/**
- was /aiko/; old links lead here

**/tanaka/same/**
- price: $9.80 → $98.00
";
    desk.run(&["diff", "HEAD"]).answers(expected).ends_with_code(0);
}
