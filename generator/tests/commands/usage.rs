//! Help, versions, completions, and wrong usage.

use scheduling::zone::Zone;

use crate::desk::Desk;

#[test]
fn the_version_names_the_zone_data() {
    let version = env!("CARGO_PKG_VERSION");
    Desk::empty()
        .run_bare(&["--version"])
        .answers(&format!("generator {version} (tzdb {})\n", Zone::database_version()))
        .tells("")
        .ends_with_code(0);
}

#[test]
fn wrong_usage_says_what_is_right() {
    Desk::empty()
        .run_bare(&["serve", "--prot", "80"])
        .answers("")
        .tells("error: unexpected argument '--prot' found\n\n  tip: a similar argument exists: '--port'\n\nUsage: generator serve --port <PORT>\n\nFor more information, try '--help'.\n")
        .ends_with_code(2);
    Desk::empty()
        .run_bare(&["build", "--now", "tomorrow"])
        .tells("error: invalid value 'tomorrow' for '--now <TIME>': write it as 2026-12-01T09:00:00Z, with an offset or Z\n\nFor more information, try '--help'.\n")
        .ends_with_code(2);
    Desk::empty()
        .run_bare(&["check", "--base-url", "https://meet.example.com:99999"])
        .tells("error: invalid value 'https://meet.example.com:99999' for '--base-url <URL>': a port is a number from 1 to 65535; leave it out, unless it is shown in browsers\n\nFor more information, try '--help'.\n")
        .ends_with_code(2);
}

#[test]
fn every_argument_that_cannot_be_read_is_wrong_usage() {
    let desk = Desk::new();
    for arguments in [
        &["explain", "aiko/intro", "later"][..],
        &["explain", "intro", "2026-12-01T10:00"],
        &["explain", "aiko/intro", "2026-12-01T10:00", "--duration", "long"],
        &["new", "host", "Aiko Tanaka"],
        &["new", "host", ""],
        &["new", "meeting", "coffee"],
        &["new", "meeting", "aiko/Coffee Break"],
        &["new", "meeting", "aiko/readme"],
        &["serve", "--port", "70000"],
        &["serve", "--host", "localhost"],
        &["serve", "--production", "--trusted-proxy", "127.0.0.1:80"],
        &["build", "--base-url", "meet.example.com"],
        &["check", "--base-url", "https://meet.example.com/path"],
        &["completions", "cmd"],
        &["nothing"],
    ] {
        let outcome = desk.run(arguments).answers("").ends_with_code(2);
        assert!(!outcome.told().is_empty(), "{arguments:?}");
    }
}

/// Doubts are said by the commands that publish, and by `check`: to others they are noise.
#[test]
fn doubts_are_said_where_something_is_published() {
    let desk = Desk::new().file("content/readme.toml", "");
    let doubt = "\
warning: this file is not read
--> content/readme.toml
 = help: `site.toml` is the only TOML file read here

1 warning in 1 file
";
    desk.run(&["check"]).tells(doubt).ends_with_code(0);
    assert!(desk.run(&["build"]).ends_with_code(0).told().starts_with(doubt));
    let told = desk.run(&["token", "aiko"]).ends_with_code(0).told();
    assert!(told.starts_with("Signed with the secret in ") && !told.contains("warning"), "{told}");
    let without = "Existing bookings were not considered: add `--data <folder>` to include them.\n";
    desk.run(&["explain", "aiko/intro", "2026-12-01T10:00"]).tells(without).ends_with_code(0);
    let desk = desk.file("content/aiko/host.toml", "nothing = 1\n");
    let told = desk.run(&["token", "aiko"]).ends_with_code(1).told();
    assert!(told.contains("error: unknown key `nothing`") && !told.contains("warning"), "{told}");
}

#[test]
fn nothing_that_is_printed_acts_on_the_terminal() {
    let evil = "\u{1b}[2J\u{9b}31m\u{202e}x";
    let desk = Desk::new();
    let acts = |text: &str| {
        text.contains(|letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}')
    };
    for arguments in [
        &["token", evil][..],
        &["explain", &format!("aiko/{evil}"), "2026-12-01T10:00"],
        &["new", "host", evil],
        &["new", "meeting", &format!("{evil}/x")],
        &["diff", evil],
        &["webhook", "test", "--url", evil],
        &["calendars", "--host", evil],
        &["calendars", "add", "aiko", "--kind", evil],
        &["import", "calendly", "--file", evil],
        &["import", "calcom", "--host", evil],
        &["export", evil],
        &["build", "--content", evil],
        &["check", "--theme", evil],
    ] {
        let outcome = desk.run(arguments);
        let said = outcome.answer() + &outcome.told();
        assert!(!said.is_empty() && !acts(&said), "{arguments:?}: {said:?}");
    }
    let title = r#"title = "Call\u001b[2J\u009b31m\u202e""#;
    let text = desk.read("content/aiko/intro.md").replace("title = \"Introductory call\"", title);
    let desk = desk.file("content/aiko/intro.md", &text);
    for arguments in [&["check"][..], &["build"], &["explain", "aiko/intro", "2026-12-01T10:00"]] {
        let outcome = desk.run(arguments);
        let said = outcome.answer() + &outcome.told();
        assert!(!acts(&said), "{arguments:?}: {said:?}");
    }
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = Desk::empty().run_bare(&["completions", shell]).tells("").ends_with_code(0);
        for word in ["explain", "completions", "trusted-proxy"] {
            assert!(outcome.answer().contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn help_is_answered_and_names_every_command() {
    let help = Desk::empty().run_bare(&["--help"]).tells("").ends_with_code(0).answer();
    for command in [
        "build",
        "check",
        "serve",
        "new",
        "import",
        "export",
        "explain",
        "diff",
        "token",
        "erase",
        "calendars",
        "webhook",
        "completions",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command} in {help}");
    }
    assert!(
        help.contains("Exit codes: 0 success, 1 errors in the content or another failure, 2 wrong usage.")
    );
}

#[cfg(unix)]
#[test]
fn an_answer_that_nobody_reads_is_no_panic() {
    let desk = Desk::empty();
    let mut child = desk
        .bare_command(&["completions", "zsh"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
