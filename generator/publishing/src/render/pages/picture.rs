//! A picture of a description, copied as it is.

use std::fs;
use std::path::Path;

use crate::content::is_asset_of;
use crate::render::fault::RenderFault;

/// The bytes of a picture that is published at a path.
pub(crate) fn bytes(file: &Path, path: &str) -> Result<Vec<u8>, RenderFault> {
    let bytes = fs::read(file).map_err(|fault| RenderFault::new(file.display().to_string(), &fault))?;
    // Browsers keep it for good: under this name they must never get another.
    if !is_asset_of(path, &bytes) {
        return Err(RenderFault::new(file.display().to_string(), "it has changed meanwhile: build again"));
    }
    Ok(bytes)
}
