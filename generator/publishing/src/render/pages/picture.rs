//! Pictures as they are published: those of descriptions copied as they are; photos and logos turned the right way up,
//! cut and scaled to what pages show, and without what a camera wrote into them.

use std::fs;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, ImageResult, Rgba, RgbaImage};

use crate::content::{Picture, is_asset_of};
use crate::render::fault::RenderFault;

/// Screens have up to so many dots for each pixel of a page.
const DENSITY: u32 = 2;
/// The quality of photos, of 100: at twice the size that they are shown in, less than this is seen by nobody.
const QUALITY: u8 = 78;

/// The bytes of a picture of a description.
pub(crate) fn copied(picture: &Picture) -> Result<Vec<u8>, RenderFault> {
    let name = picture.file.display().to_string();
    let bytes = fs::read(&picture.file).map_err(|fault| RenderFault::new(&name, &fault))?;
    // Browsers keep it for good: under this name they must never get another.
    if !is_asset_of(&picture.path, &bytes) {
        return Err(RenderFault::new(name, "it has changed meanwhile: build again"));
    }
    Ok(bytes)
}

/// A host's photo: its middle, as JPEG. What is transparent becomes white.
pub(crate) fn photo(picture: &Picture) -> Result<Vec<u8>, RenderFault> {
    made(picture, |image, width, height| {
        let image = image.resize_to_fill(width, height, FilterType::CatmullRom);
        let mut paper = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
        image::imageops::overlay(&mut paper, &image.to_rgba8(), 0, 0);
        let mut bytes = Vec::new();
        DynamicImage::from(paper)
            .to_rgb8()
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
        Ok(bytes)
    })
}

/// A site's logo, as WebP without loss.
pub(crate) fn logo(picture: &Picture) -> Result<Vec<u8>, RenderFault> {
    made(picture, |image, width, height| {
        let image = image.resize(width, height, FilterType::CatmullRom);
        let mut bytes = Vec::new();
        image.to_rgba8().write_with_encoder(WebPEncoder::new_lossless(&mut bytes))?;
        Ok(bytes)
    })
}

/// The bytes that are made of a picture, which is given the size in dots that it is to have.
fn made(
    picture: &Picture,
    make: impl FnOnce(DynamicImage, u32, u32) -> ImageResult<Vec<u8>>,
) -> Result<Vec<u8>, RenderFault> {
    let bytes = copied(picture)?;
    let dots = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX).saturating_mul(DENSITY);
    let result = upright(&bytes).and_then(|image| make(image, dots(picture.width), dots(picture.height)));
    result.map_err(|fault| {
        let cause = format!("this picture is broken: {fault}. Export it once more, as JPEG, PNG or WebP");
        RenderFault::new(picture.file.display().to_string(), &cause)
    })
}

fn upright(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}
