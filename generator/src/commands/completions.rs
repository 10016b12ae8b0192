//! `generator completions`: a shell's completion script.

use clap_complete::Shell;

use crate::printer::Printer;

/// The shell to complete for.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

/// Prints the script to standard output.
pub fn execute(arguments: &Arguments, command_line: &mut clap::Command, printer: Printer) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command_line, "generator", &mut script);
    printer.answer(&String::from_utf8_lossy(&script));
}
