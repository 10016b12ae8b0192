//! CPU time, elapsed time and memory of a process.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{Usage as Rusage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// The resources that a process used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu_seconds: f64,
    /// Time on the clock.
    pub(crate) elapsed_seconds: f64,
    /// The most memory that was resident at once.
    pub(crate) peak_kilobytes: f64,
}

/// Runs a command in a process that has no other children, and returns what it used.
pub(crate) fn of(command: &[String]) -> Usage {
    let own = std::env::current_exe().expect("this program's path");
    let output = Command::new(own).arg("run").args(command).output().expect("this program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Usage::parse(&String::from_utf8_lossy(&output.stdout))
}

/// Runs a command, and prints what it used.
pub(crate) fn run_and_report(command: &[&str]) {
    let begin = now();
    let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).status();
    let elapsed_seconds = begin.elapsed().as_secs_f64();
    if !status.is_ok_and(|status| status.success()) {
        std::process::exit(1);
    }
    let usage =
        Usage { elapsed_seconds, ..Usage::from(getrusage(UsageWho::RUSAGE_CHILDREN).expect("the usage")) };
    super::say(&usage.encode());
}

impl Usage {
    /// This process's own so far. Its elapsed time is left out.
    pub(crate) fn of_this_process() -> Self {
        Self::from(getrusage(UsageWho::RUSAGE_SELF).expect("the usage"))
    }

    /// The resources used between two readings.
    pub(crate) fn since(&self, begin: &Self) -> Self {
        Self { cpu_seconds: self.cpu_seconds - begin.cpu_seconds, ..*self }
    }

    /// Adds what was used elsewhere in the same process.
    pub(crate) fn add(&mut self, other: &Self) {
        self.cpu_seconds += other.cpu_seconds;
        self.peak_kilobytes = self.peak_kilobytes.max(other.peak_kilobytes);
    }

    /// A line for [`Usage::parse`].
    pub(crate) fn encode(&self) -> String {
        format!("{} {} {}", self.cpu_seconds, self.elapsed_seconds, self.peak_kilobytes)
    }

    /// Reads the line of another process.
    pub(crate) fn parse(text: &str) -> Self {
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [cpu_seconds, elapsed_seconds, peak_kilobytes] = numbers[..] else {
            panic!("three numbers were expected, not {text:?}")
        };
        Self { cpu_seconds, elapsed_seconds, peak_kilobytes }
    }
}

impl From<Rusage> for Usage {
    fn from(usage: Rusage) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "no process runs or grows for 2^53 microseconds or kilobytes"
        )]
        let number = |count: i64| count as f64;
        let seconds = |time: TimeVal| number(time.tv_sec()) + number(time.tv_usec()) / 1e6;
        let cpu_seconds = seconds(usage.user_time()) + seconds(usage.system_time());
        Self { cpu_seconds, elapsed_seconds: 0.0, peak_kilobytes: number(usage.max_rss()) }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} s CPU", self.cpu_seconds)?;
        if self.elapsed_seconds > 0.0 {
            write!(formatter, ", {:.2} s elapsed", self.elapsed_seconds)?;
        }
        write!(formatter, ", {:.0} MB", self.peak_kilobytes / 1024.0)
    }
}

/// A point in time, to measure from.
#[expect(clippy::disallowed_methods, reason = "a benchmark's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
