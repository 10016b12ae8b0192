//! The canvas: dots of a few inks on paper, and the PNG that they become.

use std::ops::Range;

/// The width that networks and messengers ask for, in pixels.
pub(super) const WIDTH: u16 = 1200;
/// The height, likewise.
pub(super) const HEIGHT: u16 = 630;

/// The shades of an ink, from nearly paper to the ink itself.
pub(super) const SHADES: u8 = 15;

/// An ink, by its place in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Text = 0,
    Quiet = 1,
    Accent = 2,
}

/// A picture whose dots are places in a palette: paper, then the shades of each ink.
pub(super) struct Canvas(Vec<u8>);

impl Canvas {
    pub(super) fn new() -> Self {
        Self(vec![0; usize::from(WIDTH) * usize::from(HEIGHT)])
    }

    /// Fills a stripe from the top to the bottom.
    pub(super) fn fill(&mut self, columns: Range<usize>, ink: Ink) {
        for row in self.0.chunks_mut(usize::from(WIDTH)) {
            row[columns.clone()].fill(place(ink, SHADES));
        }
    }

    /// Inks a dot as far as it is covered (0 to 1). What lies beside the picture is left out.
    pub(super) fn dot(&mut self, x: f32, y: f32, ink: Ink, covered: f32) {
        if !(0.0..f32::from(WIDTH)).contains(&x) || !(0.0..f32::from(HEIGHT)).contains(&y) {
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
        let (at, shade) = (
            y as usize * usize::from(WIDTH) + x as usize,
            (covered.clamp(0.0, 1.0) * f32::from(SHADES)).round() as u8,
        );
        if shade > 0 {
            // Where letters touch, the darker one stays.
            self.0[at] = self.0[at].max(place(ink, shade));
        }
    }

    /// The PNG, with a palette: red, green and blue of paper, then of the shades of each ink.
    pub(super) fn to_png(&self, palette: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH.into(), HEIGHT.into());
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette);
        encoder.set_filter(png::Filter::NoFilter);
        // A third of the time of what libraries take for balanced, and a fifth larger.
        encoder.set_deflate_compression(png::DeflateCompression::Level(2));
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.0)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// The place of a shade in the palette.
fn place(ink: Ink, shade: u8) -> u8 {
    ink as u8 * SHADES + shade
}
