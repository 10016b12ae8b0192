//! Any bytes as a meeting page: what is wrong with them is said, and drawn, and nothing panics.

#![no_main]

use publishing::content::check_page;
use publishing::diagnostics::Drawing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _drawn = check_page(bytes).draw(&Drawing::default());
});
