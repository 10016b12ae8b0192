//! Daymark's command line.

fn main() {}
