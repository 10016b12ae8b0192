//! Any bytes as a meeting page: what is wrong with them is said, and drawn, and nothing panics.

#![cfg_attr(fuzzing, no_main)]

use publishing::content::check_page;
use publishing::diagnostics::Drawing;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run(bytes));

/// What a fuzzer found, tried again: the input is a file, named by the argument.
#[cfg(not(fuzzing))]
fn main() {
    let file = std::env::args_os().nth(1).expect("usage: front_matter <file>");
    run(&std::fs::read(file).expect("a file that can be read"));
}

fn run(bytes: &[u8]) {
    let _drawn = check_page(bytes).draw(&Drawing::default());
}
