//! Reading content/: files to definitions, with every mistake reported at once.

pub mod site;
