//! The folders of output, content and data, which lie apart.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::fault::OutputFault;

/// Refuses an output folder that lies in the content, or around it.
pub fn check_folders(output: &Path, content: &Path) -> Result<(), OutputFault> {
    let (whole_output, whole_content) = (whole(output), whole(content));
    if whole_output.starts_with(&whole_content) || whole_content.starts_with(&whole_output) {
        return Err(OutputFault::OverContent { output: output.to_owned(), content: content.to_owned() });
    }
    Ok(())
}

/// Refuses a data folder that lies in the output folder, which is served to everybody, or around it.
pub fn check_data(data: &Path, output: &Path) -> Result<(), OutputFault> {
    let (whole_data, whole_output) = (whole(data), whole(output));
    if whole_data.starts_with(&whole_output) || whole_output.starts_with(&whole_data) {
        return Err(OutputFault::OverData { data: data.to_owned(), output: output.to_owned() });
    }
    Ok(())
}

/// The path without links and without `..`, also where its last parts are not there yet.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut whole = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => _ = whole.pop(),
            _ => whole.push(component),
        }
        whole = fs::canonicalize(&whole).unwrap_or(whole);
    }
    whole
}
