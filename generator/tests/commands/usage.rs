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
    for command in ["build", "check", "serve", "new", "explain", "diff", "token", "webhook", "completions"] {
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
