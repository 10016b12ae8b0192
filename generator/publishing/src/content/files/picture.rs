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
use crate::content::toml::reader::{Reader, Value};
use crate::content::toml::suggest::{as_name, nearest};

/// The largest picture, in bytes: much more than any page needs, and less than static hosts take.
const MOST_BYTES: u64 = 10_000_000;

/// The most pixels: what decodes to more takes hundreds of megabytes, in a build as in a browser.
const MOST_PIXELS: usize = 50_000_000;

/// A picture that a key names: the room that pages have for it, and how it is published.
#[derive(Debug)]
pub(crate) struct Place {
    /// In pixels.
    width: usize,
    height: usize,
    /// True if it is cut to fill the room; else it is scaled to fit.
    is_filled: bool,
    /// The kind that it becomes.
    extension: &'static str,
    help: &'static str,
}

/// A host's photo.
pub(crate) const PHOTO: Place = Place {
    width: 96,
    height: 96,
    is_filled: true,
    extension: "jpg",
    help: "a photo is a file in the content folder, named by its path from this file: `photo = \"aiko.jpg\"`",
};

/// A site's logo.
pub(crate) const LOGO: Place = Place {
    width: 240,
    height: 32,
    is_filled: false,
    extension: "webp",
    help: "a logo is a file in the content folder, named by its path from this file: `logo = \"logo.png\"`",
};

impl Place {
    /// The size that a picture of a size is shown in.
    fn shown(&self, size: ImageSize) -> (usize, usize) {
        if self.is_filled {
            return (self.width, self.height);
        }
        let by_height = (self.height * size.width / size.height.max(1)).max(1);
        if by_height <= self.width {
            (by_height, self.height)
        } else {
            (self.width, (self.width * size.height / size.width.max(1)).max(1))
        }
    }
}

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
const TO_EXPORT: &str = "export it once more, as JPEG, PNG or WebP";
const TO_MAKE_SMALL: &str =
    "photos and logos are made small, which works with JPEG, PNG and WebP: export it as one of these";

/// Reads the picture at an address as Markdown has it, of a file in a folder of the content.
pub(crate) fn read(root: &Path, folder: &str, address: &str) -> Result<Picture, NoPicture> {
    check_elsewhere(address, BESIDE)?;
    let name = percent_decode_str(address).decode_utf8_lossy();
    let File { file, bytes, extension, size } = find(root, folder, &name, BESIDE)?;
    let ImageSize { width, height } = size;
    Ok(Picture { path: path_of(&name, extension, &bytes), file, width, height })
}

/// Reads the picture that a key names, of a file in a folder of the content, which is published as pages show it.
pub(crate) fn of_key(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    (root, folder): (&Path, &str),
    place: &Place,
) -> Option<Picture> {
    let name = reader.line(value)?;
    let found = check_elsewhere(name.value, place.help)
        .and_then(|()| find(root, folder, name.value, place.help))
        .and_then(|found| match found.extension {
            "gif" => Err(NoPicture::new(format!("`{}` is a GIF", name.value), TO_MAKE_SMALL)),
            "avif" => Err(NoPicture::new(format!("`{}` is an AVIF", name.value), TO_MAKE_SMALL)),
            // What is cut off behind a sound beginning is found by reading all of it.
            _ if image::load_from_memory(&found.bytes).is_err() => {
                Err(NoPicture::new(format!("`{}` is broken", name.value), TO_EXPORT))
            }
            _ => Ok(found),
        });
    match found {
        Ok(File { file, bytes, size, .. }) => {
            let (width, height) = place.shown(size);
            Some(Picture { path: path_of(name.value, place.extension, &bytes), file, width, height })
        }
        Err(cause) => {
            let help = if cause.help == KINDS { TO_MAKE_SMALL } else { cause.help };
            reader.mistake(name.span, cause.message).label(cause.label).help(help);
            None
        }
    }
}

/// A picture's file, read.
#[expect(clippy::struct_field_names, reason = "where it is, as in `Picture`")]
struct File {
    file: PathBuf,
    bytes: Vec<u8>,
    extension: &'static str,
    size: ImageSize,
}

fn check_elsewhere(address: &str, help: &'static str) -> Result<(), NoPicture> {
    if is_elsewhere(address) {
        return Err(NoPicture::new(
            "this picture is from elsewhere, and browsers would not load it here",
            help,
        ));
    }
    if address.is_empty() {
        return Err(NoPicture::new("this picture names no file", help));
    }
    Ok(())
}

fn find(root: &Path, folder: &str, name: &str, help: &'static str) -> Result<File, NoPicture> {
    let below = below_root(folder, name)
        .ok_or_else(|| NoPicture::new("this picture lies outside the content folder", help))?;
    let file = root.join(&below);
    let is_hidden = below.iter().any(|part| part.as_encoded_bytes().starts_with(b"."));
    let found = fs::metadata(&file).ok().filter(|_| !is_hidden && !name.starts_with('/'));
    let Some(found) = found else { return Err(missing(&file, name, help)) };
    if leads_out(&file, root) {
        return Err(NoPicture::new("this picture lies outside the content folder", help));
    }
    if !found.is_file() {
        return Err(NoPicture::new(format!("`{name}` is not a file"), help));
    }
    if found.len() > MOST_BYTES {
        return Err(NoPicture::new(
            format!("`{name}` is larger than {} MB", MOST_BYTES / 1_000_000),
            "visitors wait for it: make it as wide as a page at most, some 1,600 pixels",
        ));
    }
    let bytes = fs::read(&file).map_err(|_| NoPicture::new(format!("`{name}` cannot be read"), help))?;
    let (extension, size) = kind_and_size(name, &bytes)?;
    if size.width.saturating_mul(size.height) > MOST_PIXELS {
        return Err(NoPicture::new(
            format!(
                "`{name}` has {} by {} pixels, more than {} million",
                size.width,
                size.height,
                MOST_PIXELS / 1_000_000
            ),
            "make it smaller: pages show some 1,600 pixels at most",
        ));
    }
    Ok(File { file, bytes, extension, size })
}

/// The path that a picture is published at.
fn path_of(name: &str, extension: &str, bytes: &[u8]) -> String {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy());
    let stem = stem.and_then(|stem| as_name(&stem)).unwrap_or_else(|| "picture".to_owned());
    asset_path(&stem, extension, bytes)
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

fn missing(file: &Path, name: &str, help: &'static str) -> NoPicture {
    let mut missing = NoPicture::new(format!("there is no picture `{name}`"), help);
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
    fn a_logo_fits_its_room() {
        for (width, height, expected) in [
            (400, 100, (128, 32)),
            (20, 20, (32, 32)),
            (3000, 100, (240, 8)),
            (1, 5000, (1, 32)),
            (5000, 1, (240, 1)),
        ] {
            assert_eq!(LOGO.shown(ImageSize { width, height }), expected, "{width} by {height}");
        }
        assert_eq!(PHOTO.shown(ImageSize { width: 30, height: 40 }), (96, 96));
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
