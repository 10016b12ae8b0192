//! Files as they come: marks, line ends, bad bytes, links, and what is no file at all.

use std::fs;
use std::path::Path;

use publishing::content::{LoadOptions, load};
use tempfile::TempDir;

const SITE: &str = "title = \"Files\"\nbase_url = \"https://meet.example.com\"\n";
const HOST: &str = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\n[hours]\nmon-fri = [\"09:00-12:00\"]\n";
const PAGE: &str =
    "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\nHello.\n";

/// A sound content folder, to be broken.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "site.toml", SITE);
    write(&folder, "aiko/host.toml", HOST);
    write(&folder, "aiko/call.md", PAGE);
    folder
}

fn write(folder: &TempDir, file: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    fs::write(path, bytes).expect("the file is written");
}

#[track_caller]
fn check(root: &Path, expected: &str) {
    let said = super::load_at(root).diagnostics.to_string();
    assert_eq!(said, expected, "said:\n{said}");
}

#[test]
fn a_sound_folder_has_nothing_said_about_it() {
    check(folder().path(), "");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let plain = super::load_at(folder().path()).site;
    let marked = folder();
    for (file, text) in [("site.toml", SITE), ("aiko/host.toml", HOST), ("aiko/call.md", PAGE)] {
        write(&marked, file, format!("\u{feff}{text}"));
    }
    assert_eq!(super::load_at(marked.path()).site, plain);
    assert!(plain.is_some());
}

#[test]
fn a_byte_order_mark_moves_no_caret() {
    let folder = folder();
    write(&folder, "site.toml", format!("\u{feff}titel = \"x\"\n{SITE}"));
    check(folder.path(), "\
error: unknown key `titel`
 --> site.toml:1:1
  |
1 | titel = \"x\"
  | ^^^^^ did you mean `title`?
  |
  = help: known keys: `title`, `base_url`, `locales`, `logo`, `privacy`, `theme`, `limits`, `tracking`, `keep_contacts`, `without_calendar`, `sandbox`, `holidays`, `webhooks`, `mail`, `payment`, `turnstile` and `embed`

1 error in 1 file
");
}

#[test]
fn lines_may_end_as_on_windows() {
    let host = format!("about = \"\"\"\nTwenty years,\nand more.\"\"\"\n{HOST}");
    let page = format!("{PAGE}\nSee you.\n");
    let [plain, windows] = ["\n", "\r\n"].map(|end| {
        let folder = folder();
        for (file, text) in [("site.toml", SITE), ("aiko/host.toml", &host), ("aiko/call.md", &page)] {
            write(&folder, file, text.replace('\n', end));
        }
        super::load_at(folder.path()).site.expect("a site")
    });
    assert_eq!(windows, plain);
    assert_eq!(windows.hosts[0].pages[0].description["en"], "Hello.\n\nSee you.\n");
}

#[test]
fn carets_stand_right_on_lines_that_end_as_on_windows() {
    let folder = folder();
    write(&folder, "aiko/call.md", PAGE.replace("30 5550 0123", "x").replace('\n', "\r\n"));
    check(
        folder.path(),
        "\
error: `+49 x` is not a phone number
 --> aiko/call.md:4:22
  |
4 | location = { phone = \"+49 x\" }
  |                      ^^^^^^^
  |
  = help: include the country code, so that it works from anywhere: `phone = \"+49 30 5550 0123\"`

1 error in 1 file
",
    );
}

#[test]
fn bytes_that_are_not_utf8_are_shown() {
    let folder = folder();
    write(&folder, "aiko/call.md", b"+++\ntitle = \"Gespr\xe4ch\"\n+++\n");
    check(
        folder.path(),
        "\
error: this file is not UTF-8
 --> aiko/call.md:2:15
  |
2 | title = \"Gespr\u{fffd}ch\"
  |               ^ byte 19 of the file is 0xe4
  |
  = help: save the file as UTF-8: every editor can, often under \"Save with encoding\"

1 error in 1 file
",
    );
}

#[test]
fn zero_bytes_and_utf16_are_mistakes() {
    let folder = folder();
    let utf16: Vec<u8> = PAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    write(&folder, "aiko/call.md", [&[0xff, 0xfe], utf16.as_slice()].concat());
    let loaded = super::load_at(folder.path());
    let said: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(said, ["this file is not UTF-8"]);
}

#[test]
fn a_file_may_not_be_larger_than_a_megabyte() {
    let folder = folder();
    write(&folder, "aiko/call.md", PAGE.to_owned() + &"x".repeat(1_000_000));
    check(
        folder.path(),
        "\
error: this file is larger than 1000 kB
--> aiko/call.md

1 error in 1 file
",
    );
}

#[test]
fn a_folder_that_is_missing_is_a_mistake() {
    let folder = folder();
    check(
        &folder.path().join("nowhere"),
        "\
error: the content folder cannot be read: it does not exist
--> .
 = help: `generator new host aiko` creates one, with a host in it

1 error in 1 file
",
    );
}

#[test]
fn a_file_in_place_of_the_folder_is_a_mistake() {
    let folder = folder();
    check(
        &folder.path().join("site.toml"),
        "\
error: the content is not a folder
--> .

1 error in 1 file
",
    );
}

#[test]
fn an_empty_folder_has_no_site() {
    let folder = tempfile::tempdir().expect("a folder");
    check(
        folder.path(),
        "\
error: this file is missing
--> site.toml
 = help: it needs at least `title = \"Example & Co.\"` and `base_url = \"https://meet.example.com\"`
 = help: `generator new host aiko` creates it, with a host

1 error in 1 file
",
    );
}

#[test]
fn an_empty_folder_beside_hosts_is_a_doubt() {
    let folder = folder();
    fs::create_dir(folder.path().join("mia")).expect("a folder");
    check(
        folder.path(),
        "\
warning: this folder is empty
--> mia
 = help: turn it into a host: `generator new host mia`

1 warning in 1 file
",
    );
    assert!(super::load_at(folder.path()).site.is_some());
}

#[test]
fn folders_with_the_names_of_files_are_no_files() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("mia/host.toml")).expect("a folder");
    write(&folder, "mia/call.md", PAGE);
    check(
        folder.path(),
        "\
error: this file is missing
--> mia/host.toml
 = help: the page `call` needs its host's name, email address and time zone
 = help: create one: `generator new host mia`

1 error in 1 file
",
    );
}

#[test]
fn drafts_are_checked_and_left_out() {
    let folder = folder();
    write(&folder, "aiko/draft.md", PAGE.replace("durations", "draft = true\ndurations"));
    let pages = |drafts: bool| {
        let options = LoadOptions { drafts, ..super::options() };
        let site = load(folder.path(), &options).site.expect("a site");
        let host = &site.hosts[0];
        (host.pages.len(), host.definition.meetings.len())
    };
    assert_eq!((pages(false), pages(true)), ((1, 1), (2, 2)));
    write(&folder, "aiko/draft.md", PAGE.replace("durations", "draft = true\ndurration"));
    assert!(super::load_at(folder.path()).site.is_none());
}

/// Put together here, so that no tool that looks for secrets takes this file for one.
fn token() -> String {
    ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dc"].join("_")
}

#[test]
fn secrets_are_found_and_not_shown() {
    let folder = folder();
    write(&folder, "site.toml", format!("{SITE}privacy = \"{}\"\n", token()));
    write(
        &folder,
        "aiko/call.md",
        format!("{PAGE}Our key: {}. 日本\n-----BEGIN PRIVATE KEY-----\nMHc\n", token()),
    );
    check(
        folder.path(),
        "\
error: this file contains a secret
 --> aiko/call.md:7:10
  |
7 | Our key: ********************************. 日本
  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this looks like a key or a token
  |
  = help: remove it and get a new one from its service: anyone who could read this file has it
  = help: give secrets to Daymark as environment variables; the content holds only their names

error: this file contains a secret
 --> aiko/call.md:8:1
  |
8 | ***************************
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this looks like a key or a token
  |
  = help: remove it and get a new one from its service: anyone who could read this file has it
  = help: give secrets to Daymark as environment variables; the content holds only their names

error: this file contains a secret
 --> site.toml:3:12
  |
3 | privacy = \"********************************\"
  |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this looks like a key or a token
  |
  = help: remove it and get a new one from its service: anyone who could read this file has it
  = help: give secrets to Daymark as environment variables; the content holds only their names

3 errors in 2 files
",
    );
}

#[test]
fn no_other_mistake_shows_a_secret() {
    let folder = folder();
    write(
        &folder,
        "aiko/host.toml",
        format!("{HOST}\n[[webhooks]]\nurl = \"{}\"\nsecret = \"{}\"\n", token(), token()),
    );
    write(&folder, "aiko/call.md", PAGE.replace("durations", &format!("{} = 1\ndurations", token())));
    let loaded = super::load_at(folder.path());
    assert_eq!(loaded.diagnostics.mistakes(), 3);
    let said = loaded.diagnostics.to_string();
    assert!(!said.contains(&token()), "{said}");
}

#[test]
fn a_page_asks_no_endless_list_of_questions() {
    let folder = folder();
    let question =
        |index: usize| format!("[[questions]]\nid = \"q{index}\"\nlabel = \"Q\"\nkind = \"text\"\n");
    let questions: String = (0..51).map(question).collect();
    write(&folder, "aiko/call.md", PAGE.replace("+++\nHello", &format!("{questions}+++\nHello")));
    check(
        folder.path(),
        "\
error: a page can have at most 50 questions
 --> aiko/call.md:5:3
  |
5 | [[questions]]
  |   ^^^^^^^^^

1 error in 1 file
",
    );
}

#[test]
fn of_a_file_with_endless_mistakes_the_first_are_shown() {
    let folder = folder();
    let keys: String = (0..150).map(|index| format!("key{index} = 1\n")).collect();
    write(&folder, "aiko/host.toml", format!("{keys}{HOST}"));
    let loaded = super::load_at(folder.path());
    assert!(loaded.site.is_none());
    assert_eq!(loaded.diagnostics.summary(), "101 errors in 1 file");
    let first = loaded.diagnostics.iter().next().expect("a mistake");
    assert_eq!(
        (first.message.as_str(), &first.place),
        ("50 more lines of this file have errors or warnings", &None)
    );
}

#[test]
fn a_list_is_not_endless() {
    let folder = folder();
    let former: String = (0..1001).map(|index| format!("\"a{index}\", ")).collect();
    write(&folder, "aiko/host.toml", format!("was = [{former}]\nledger = \"a0\"\n{HOST}"));
    let loaded = super::load_at(folder.path());
    let said: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(said, ["`was` has more than 1000 values"]);
}

#[test]
fn a_question_offers_no_endless_list_of_options() {
    let folder = folder();
    let option = |index: usize| format!("    {{ id = \"o{index}\", label = \"O{index}\" }},\n");
    let options: String = (0..201).map(option).collect();
    let question =
        format!("[[questions]]\nid = \"q\"\nlabel = \"Q\"\nkind = \"choice\"\noptions = [\n{options}]\n");
    write(&folder, "aiko/call.md", PAGE.replace("+++\nHello", &format!("{question}+++\nHello")));
    check(
        folder.path(),
        "\
error: a question can have at most 200 options
 --> aiko/call.md:9:11
  |
9 | options = [
  |           ^

1 error in 1 file
",
    );
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_loop_of_links_is_a_mistake() {
        let folder = folder();
        symlink(folder.path(), folder.path().join("aiko/again")).expect("a link");
        check(
            folder.path(),
            "\
error: this symbolic link leads back to a folder that contains it
--> aiko/again
 = help: it leads to the content folder itself

1 error in 1 file
",
        );
        fs::remove_file(folder.path().join("aiko/again")).expect("the link is gone");
        symlink("../aiko", folder.path().join("aiko/again")).expect("a link");
        check(
            folder.path(),
            "\
error: this symbolic link leads back to a folder that contains it
--> aiko/again
 = help: it leads to `aiko`

1 error in 1 file
",
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_a_mistake() {
        let folder = folder();
        symlink("nowhere.md", folder.path().join("aiko/chat.md")).expect("a link");
        check(
            folder.path(),
            "\
error: this cannot be read: it does not exist
--> aiko/chat.md

1 error in 1 file
",
        );
    }

    #[test]
    fn a_link_to_itself_is_a_mistake() {
        let folder = folder();
        symlink("chat.md", folder.path().join("aiko/chat.md")).expect("a link");
        let said: Vec<_> =
            super::super::load_at(folder.path()).diagnostics.iter().map(|one| one.file.clone()).collect();
        assert_eq!(said, ["aiko/chat.md"]);
    }

    #[test]
    fn a_link_to_a_file_is_read_like_the_file() {
        let folder = folder();
        symlink("call.md", folder.path().join("aiko/chat.md")).expect("a link");
        let site = super::super::load_at(folder.path()).site.expect("a site");
        assert_eq!(site.hosts[0].pages.len(), 2);
    }

    #[test]
    fn what_is_neither_file_nor_folder_is_not_opened() {
        let folder = folder();
        let _socket = UnixListener::bind(folder.path().join("aiko/chat.md")).expect("a socket");
        check(
            folder.path(),
            "\
error: this is neither a file nor a folder
--> aiko/chat.md

1 error in 1 file
",
        );
    }

    /// Whatever is hidden is not looked at: Emacs' locks, links to nothing and to themselves, pipes, folders of others.
    #[test]
    fn hidden_entries_are_not_looked_at_whatever_they_are() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let root = folder.path();
        symlink("mara@host.1:2", root.join("aiko/.#intro.md")).expect("a link");
        symlink("mara@host.1:2", root.join(".#site.toml")).expect("a link");
        symlink(".loop.md", root.join("aiko/.loop.md")).expect("a link");
        symlink("/etc/passwd", root.join("aiko/.leak.md")).expect("a link");
        symlink("..", root.join("aiko/.up")).expect("a link");
        symlink("nowhere", root.join(".sync")).expect("a link");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(root.join("aiko/.pipe.md"))
                .status()
                .expect("mkfifo")
                .success()
        );
        let _socket = std::os::unix::net::UnixListener::bind(root.join(".socket")).expect("a socket");
        fs::create_dir(root.join(".closed")).expect("a folder");
        fs::set_permissions(root.join(".closed"), fs::Permissions::from_mode(0o000)).expect("closed");
        fs::create_dir(root.join("aiko/.git")).expect("a folder");
        symlink("nowhere", root.join("aiko/.git/HEAD.md")).expect("a link");
        write(&folder, "aiko/.closed.md", [0xff]);
        fs::set_permissions(root.join("aiko/.closed.md"), fs::Permissions::from_mode(0o000)).expect("closed");
        check(root, "");
        assert!(super::super::load_at(root).site.is_some());
    }

    #[test]
    fn links_out_of_the_content_are_refused_and_nothing_of_their_targets_is_shown() {
        let outside = tempfile::tempdir().expect("a folder");
        let secret = outside.path().join("secret.md");
        fs::write(&secret, "the first line of it\n").expect("written");
        fs::create_dir(outside.path().join("jonas")).expect("a folder");
        fs::write(outside.path().join("jonas/host.toml"), "the first line of it\n").expect("written");
        let target = |path: &str| outside.path().join(path);
        for (what, target, link) in [
            ("a file", secret.clone(), "aiko/leak.md"),
            ("a system's file", "/etc/passwd".into(), "aiko/leak.md"),
            ("a process", "/proc/self/environ".into(), "aiko/leak.md"),
            ("a device", "/dev/zero".into(), "aiko/leak.md"),
            ("a terminal", "/dev/tty".into(), "aiko/leak.md"),
            ("a folder of processes", "/proc".into(), "jonas"),
            ("a folder", target("jonas"), "jonas"),
            ("a host's file", target("jonas/host.toml"), "mia/host.toml"),
            ("a translation", secret.clone(), "aiko/call.ja.md"),
            ("around a corner", "../../../../../../../../etc/passwd".into(), "aiko/leak.md"),
        ] {
            let folder = folder();
            let path = folder.path().join(link);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
            symlink(target, &path).expect("a link");
            let said = super::super::load_at(folder.path()).diagnostics.to_string();
            let expected = format!(
                "error: this link leads out of the content folder\n--> {link}\n = help: only what lies in the content \
                 folder is published: copy into it what the link leads to\n"
            );
            assert!(said.contains(&expected), "{what}:\n{said}");
            assert!(!said.contains("first line") && !said.contains("root:"), "{what}:\n{said}");
        }
    }

    #[test]
    fn the_sites_own_file_may_not_be_a_link_out_either() {
        let folder = folder();
        fs::remove_file(folder.path().join("site.toml")).expect("removed");
        symlink("/etc/shadow", folder.path().join("site.toml")).expect("a link");
        let said = super::super::load_at(folder.path()).diagnostics.to_string();
        assert!(
            said.starts_with("error: this link leads out of the content folder\n--> site.toml\n"),
            "{said}"
        );
        assert!(!said.contains("root:"), "{said}");
        assert_eq!(publishing::content::whose_folder(folder.path(), "aiko"), None, "and nobody waits for it");
    }

    #[test]
    fn a_pipe_is_waited_for_by_nobody() {
        let folder = folder();
        fs::remove_file(folder.path().join("site.toml")).expect("removed");
        for pipe in ["site.toml", "aiko/chat.md"] {
            let made = std::process::Command::new("mkfifo").arg(folder.path().join(pipe)).status();
            assert!(made.expect("mkfifo").success());
        }
        let said = super::super::load_at(folder.path()).diagnostics.to_string();
        assert!(said.contains("error: this is neither a file nor a folder\n--> aiko/chat.md\n"), "{said}");
        assert_eq!(publishing::content::whose_folder(folder.path(), "aiko"), None);
    }

    #[test]
    fn links_within_the_content_are_followed() {
        let folder = folder();
        let root = folder.path();
        write(&folder, ".shared/chat.md", PAGE);
        symlink("../.shared/chat.md", root.join("aiko/chat.md")).expect("a link");
        symlink("aiko", root.join("jonas")).expect("a link");
        check(root, "");
        let around = tempfile::tempdir().expect("a folder");
        symlink(root, around.path().join("content")).expect("a link");
        check(&around.path().join("content"), "");
    }

    #[test]
    fn names_that_speak_to_terminals_are_shown_as_escapes() {
        let folder = folder();
        for name in ["\u{1b}[2Jx\u{7}.md", "a\nerror: fake.md", "\u{9b}31mx.md", "\u{202e}dm.exe.md"] {
            write(&folder, &format!("aiko/{name}"), PAGE);
        }
        write(&folder, "\u{1b}[31mho/call.md", PAGE);
        write(&folder, "aiko/call.md", PAGE.replace("title", "\"k\u{9b}\u{202e}\" = 1\ntitle"));
        let said = super::super::load_at(folder.path()).diagnostics.to_string();
        let acts = |letter: char| {
            (letter.is_control() && letter != '\n') || ('\u{202a}'..='\u{202e}').contains(&letter)
        };
        assert!(!said.contains(acts), "{said:?}");
        assert!(!said.lines().any(|line| line.starts_with("error: fake")), "{said}");
        assert!(said.contains("--> aiko/a\\nerror: fake.md"), "{said}");
    }
}

#[test]
fn copies_that_programs_leave_are_passed_over_and_named() {
    let folder = folder();
    let copies = [
        "aiko/call (conflicted copy).md",
        "aiko/call 2.md",
        "aiko/call.md~",
        "aiko/call.sync-conflict-20261128-101112-ABCDEFG.md",
        "aiko/host 2.toml",
        "site.toml.orig",
    ];
    for copy in copies {
        write(&folder, copy, "<<<<<<< whatever");
    }
    write(&folder, "aiko 2/host.toml", "");
    check(
        folder.path(),
        "\
warning: this looks like a copy that a program left, and is not read
--> aiko 2
 = help: if it has something that `aiko` lacks, move that there; then remove the copy
 = note: 7 places have this: aiko 2, aiko/call (conflicted copy).md, aiko/call 2.md, aiko/call.md~, aiko/call.sync-conflict-20261128-101112-ABCDEFG.md, and 2 more

7 warnings in 7 files
",
    );
    assert!(super::load_at(folder.path()).site.is_some());
}

#[test]
fn a_page_that_would_be_enormous_is_a_doubt() {
    let folder = folder();
    write(
        &folder,
        "aiko/host.toml",
        HOST.replace("09:00-12:00", "08:00-20:00").replace("mon-fri", "mon-sun"),
    );
    write(
        &folder,
        "aiko/call.md",
        PAGE.replace("durations = [30]", "durations = [30]\nstart_every = 5\nwindow = \"365d\""),
    );
    check(
        folder.path(),
        "\
warning: this page holds 50874 times, and visitors wait for it
 --> aiko/call.md:4:15
  |
4 | start_every = 5
  |               ^ a page of about 2.6 MB
  |
  = help: up to 10000 times load quickly: make `window` shorter, or `start_every` longer

1 warning in 1 file
",
    );
}
