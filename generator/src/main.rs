//! Daymark's command line.

mod content;

fn main() {}
