//! The harness: a folder with a small site in it, where commands run.
//!
//! A test takes a [`Desk`], changes its files, runs a command, and asserts whole texts:
//! `Desk::new().run(&["check"]).tells("…").ends_with_code(1)`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A Tuesday; 18:00 in Tokyo, 10:00 in Berlin.
pub(crate) const NOW: &str = "2026-11-24T09:00:00Z";

pub(crate) struct Desk {
    folder: TempDir,
}

/// What is said wherever links come from a sandbox.
pub(crate) const SANDBOX: &str = "The site is in sandbox mode: only the addresses that it lists can book.\n";

/// The output of a command, and its exit code.
pub(crate) struct Outcome {
    pub(crate) output: Output,
}

impl Desk {
    /// One site, with a host in Tokyo and one in Berlin.
    pub(crate) fn new() -> Self {
        Self::empty()
            .file(
                "content/site.toml",
                "title = \"Example\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n[limits]\nbound_strangers = true\n",
            )
            .file("content/aiko/host.toml", AIKO)
            .file("content/aiko/intro.md", INTRO)
            .file("content/jonas/host.toml", JONAS)
            .file("content/jonas/night.md", NIGHT)
    }

    /// The same as a sandbox, where hardly anybody can book.
    pub(crate) fn sandbox() -> Self {
        let desk = Self::new();
        let site = desk.read("content/site.toml");
        desk.file("content/site.toml", &format!("sandbox = [\"*@example.com\"]\n{site}"))
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Writes a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a file")
    }

    /// The command at [`NOW`], with the repository's theme, in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command(arguments);
        command.arg("--theme").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../site"));
        command.args(["--now", NOW]);
        command
    }

    /// The command with nothing but these arguments.
    pub(crate) fn bare_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
        command.args(arguments).current_dir(self.folder.path());
        for variable in ["DAYMARK_SECRET", "DAYMARK_SECRET_PREVIOUS", "COLUMNS"] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome { output: self.command(arguments).output().expect("the command runs") }
    }

    pub(crate) fn run_bare(&self, arguments: &[&str]) -> Outcome {
        Outcome { output: self.bare_command(arguments).output().expect("the command runs") }
    }
}

impl Outcome {
    /// Of a command that was run by other means.
    pub(crate) fn of(output: Output) -> Self {
        Self { output }
    }

    /// All of standard output.
    #[track_caller]
    pub(crate) fn answers(self, expected: &str) -> Self {
        assert_eq!(String::from_utf8_lossy(&self.output.stdout), expected, "standard output");
        self
    }

    /// All of standard error.
    #[track_caller]
    pub(crate) fn tells(self, expected: &str) -> Self {
        assert_eq!(String::from_utf8_lossy(&self.output.stderr), expected, "standard error");
        self
    }

    #[track_caller]
    pub(crate) fn ends_with_code(self, expected: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(expected), "exit code");
        self
    }

    /// All of standard error.
    pub(crate) fn told(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    pub(crate) fn answer(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
}

const AIKO: &str = r#"name = "Aiko Tanaka"
email = "aiko@example.com"
time_zone = "Asia/Tokyo"

[hours]
mon-fri = ["09:00-12:00", "13:00-17:30"]

[[dates]]
date = "2026-12-28"
hours = []
"#;

const INTRO: &str = r#"+++
title = "Introductory call"
durations = [30, 15, 60]
location = { video = "https://meet.example.com/rooms/aiko" }
start_every = 30
notice = "48h"
window = "60d"
buffer = { after = "15m" }
limit = { per_day = 1 }
+++
A first conversation.
"#;

const JONAS: &str = r#"name = "Jonas Weber"
email = "jonas@example.com"
time_zone = "Europe/Berlin"

[hours]
sun = ["01:00-05:00"]
"#;

const NIGHT: &str = r#"+++
title = "Night watch"
durations = [30]
location = { phone = "+49 30 1234567" }
window = "400d"
+++
Across the changes of the clocks.
"#;
