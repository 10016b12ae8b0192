//! Pictures: what a description shows, from a file in the content folder, under a name that changes with its bytes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Component, Path, PathBuf};

use base16ct::lower as hex;
use exif::{In, Tag};
use imagesize::{Compression, ImageSize, ImageType};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use super::find::leads_out;
use crate::content::model::Picture;
use crate::content::toml::suggest::{as_name, nearest};

/// The largest picture, in bytes: much more than any page needs, and less than static hosts take.
const MOST_BYTES: u64 = 10_000_000;

/// A picture that cannot be shown: what is wrong with it, and what helps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoPicture {
    pub message: String,
    /// A few words beside the caret; may be empty.
    pub label: String,
    pub help: &'static str,
}

impl NoPicture {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self { message: message.into(), label: String::new(), help }
    }
}

const BESIDE: &str =
    "a picture is a file in the content folder, named by its path from this file: `![A desk](desk.jpg)`";
const KINDS: &str = "browsers show PNG, JPEG, GIF, WebP and AVIF";

/// Reads the picture at an address as Markdown has it, of a file in a folder of the content.
pub(crate) fn read(root: &Path, folder: &str, address: &str) -> Result<Picture, NoPicture> {
    if is_elsewhere(address) {
        return Err(NoPicture::new(
            "this picture is from elsewhere, and browsers would not load it here",
            BESIDE,
        ));
    }
    if address.is_empty() {
        return Err(NoPicture::new("this picture names no file", BESIDE));
    }
    let name = percent_decode_str(address).decode_utf8_lossy();
    let below = below_root(folder, &name)
        .ok_or_else(|| NoPicture::new("this picture lies outside the content folder", BESIDE))?;
    let file = root.join(&below);
    let is_hidden = below.iter().any(|part| part.as_encoded_bytes().starts_with(b"."));
    let found = fs::metadata(&file).ok().filter(|_| !is_hidden && !name.starts_with('/'));
    let Some(found) = found else { return Err(missing(&file, &name)) };
    if leads_out(&file, root) {
        return Err(NoPicture::new("this picture lies outside the content folder", BESIDE));
    }
    if !found.is_file() {
        return Err(NoPicture::new(format!("`{name}` is not a file"), BESIDE));
    }
    if found.len() > MOST_BYTES {
        return Err(NoPicture::new(
            format!("`{name}` is larger than {} MB", MOST_BYTES / 1_000_000),
            "visitors wait for it: make it as wide as a page at most, some 1,600 pixels",
        ));
    }
    let bytes = fs::read(&file).map_err(|_| NoPicture::new(format!("`{name}` cannot be read"), BESIDE))?;
    let (extension, ImageSize { width, height }) = kind_and_size(&name, &bytes)?;
    let stem = Path::new(&*name).file_stem().map(|stem| stem.to_string_lossy());
    let stem = stem.and_then(|stem| as_name(&stem)).unwrap_or_else(|| "picture".to_owned());
    Ok(Picture { path: asset_path(&stem, extension, &bytes), file, width, height })
}

/// The path of a file below /assets/, which changes with its bytes, so that browsers can keep it for good.
pub(crate) fn asset_path(name: &str, extension: &str, bytes: &[u8]) -> String {
    format!("/assets/{name}.{}.{extension}", digest(bytes))
}

/// True if a path below /assets/ is that of a file with those bytes.
pub(crate) fn is_asset_of(path: &str, bytes: &[u8]) -> bool {
    path.rsplit('.').nth(1) == Some(&digest(bytes))
}

fn digest(bytes: &[u8]) -> String {
    hex::encode_string(&Sha256::digest(bytes)[..5])
}

/// True for an address with a scheme or a host. A colon behind a slash is a file's.
fn is_elsewhere(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default().split_once(':');
    address.starts_with("//") || address.starts_with("\\\\") || scheme.is_some()
}

/// The path of a file below the content folder, by its path from one of the folders; `None` if it leads out.
fn below_root(folder: &str, name: &str) -> Option<PathBuf> {
    let mut below = PathBuf::from(folder);
    for part in Path::new(name.trim_start_matches('/')).components() {
        match part {
            Component::Normal(part) => below.push(part),
            Component::ParentDir if below.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(below)
}

fn missing(file: &Path, name: &str) -> NoPicture {
    let mut missing = NoPicture::new(format!("there is no picture `{name}`"), BESIDE);
    let wanted = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside: BTreeSet<String> = file
        .parent()
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && Path::new(name).extension().is_none_or(|kind| kind != "md"))
        .collect();
    let likely = beside
        .iter()
        .find(|other| other.eq_ignore_ascii_case(&wanted))
        .map(String::as_str)
        .or_else(|| nearest(&wanted, beside.iter().map(String::as_str)));
    if let Some(likely) = likely {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let slash = if folder.is_empty() { "" } else { "/" };
        missing.label = format!("did you mean `{folder}{slash}{likely}`?");
    }
    missing
}

/// The extension that its kind has, whatever its name says; and its size as browsers show it.
fn kind_and_size(name: &str, bytes: &[u8]) -> Result<(&'static str, ImageSize), NoPicture> {
    let kind = imagesize::image_type(bytes);
    let extension = match kind {
        Ok(ImageType::Png) => "png",
        Ok(ImageType::Jpeg) => "jpg",
        Ok(ImageType::Gif) => "gif",
        Ok(ImageType::Webp) => "webp",
        Ok(ImageType::Heif(Compression::Av1)) => "avif",
        _ if bytes.windows(4).take(1_000).any(|four| four.eq_ignore_ascii_case(b"<svg")) => {
            return Err(NoPicture::new(
                format!("`{name}` is an SVG, which can hold scripts as a page can"),
                "export it as PNG or WebP, twice as wide as it is shown",
            ));
        }
        _ => return Err(NoPicture::new(format!("`{name}` is no picture that browsers show"), KINDS)),
    };
    let broken = || NoPicture::new(format!("`{name}` is broken: its size cannot be read"), KINDS);
    let size = imagesize::blob_size(bytes).map_err(|_| broken())?;
    if size.width == 0 || size.height == 0 {
        return Err(broken());
    }
    // AVIF has its own way to say so, which is in its size already.
    let is_turned = extension != "avif" && is_turned(bytes);
    Ok((extension, if is_turned { ImageSize { width: size.height, height: size.width } } else { size }))
}

/// True for a photo that was taken with the camera on its side: browsers turn it (EXIF, orientations 5 to 8).
fn is_turned(bytes: &[u8]) -> bool {
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(bytes));
    let orientation = read.ok().and_then(|read| {
        read.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0))
    });
    matches!(orientation, Some(5..=8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_a_scheme_or_a_host_are_elsewhere() {
        for address in [
            "https://example.com/a.png",
            "HTTP://x/a.png",
            "//example.com/a.png",
            "data:image/png;base64,x",
            "c:a.png",
            "\\\\host\\a.png",
        ] {
            assert!(is_elsewhere(address), "{address}");
        }
        for address in ["a.png", "./a.png", "../shared/a:b.png", "pictures/10:00.png", "写真.jpg", "/a.png"]
        {
            assert!(!is_elsewhere(address), "{address}");
        }
    }

    #[test]
    fn paths_stay_below_the_content_folder() {
        for (name, expected) in [
            ("a.png", Some("aiko/a.png")),
            ("./pictures/a.png", Some("aiko/pictures/a.png")),
            ("../shared/a.png", Some("shared/a.png")),
            ("../../a.png", None),
            ("pictures/../../../a.png", None),
        ] {
            assert_eq!(below_root("aiko", name), expected.map(PathBuf::from), "{name}");
        }
    }
}
