//! Previews: the picture that messengers and networks show of a link, for each page and language.
//!
//! A [`Preview`] is what it says. It is drawn without a browser, from the theme's fonts and the site's colours alone,
//! so that the same content makes the same picture everywhere.

mod canvas;
mod colours;
mod lines;

use serde::Serialize;

use crate::content::asset_path;
use crate::render::fault::RenderFault;
use crate::render::theme::fonts::{Fonts, Letter};
use crate::render::work::Work;
use canvas::{Canvas, HEIGHT, Ink, WIDTH};
use colours::Colours;

/// The size of every preview: width and height, in pixels.
pub(crate) const SIZE: (u16, u16) = (WIDTH, HEIGHT);

/// The stripe along the edge, as pages have it, in pixels.
const STRIPE: usize = 28;
/// From the edge to the text, in pixels.
const LEFT: f32 = 112.0;
/// The width of the text, in pixels.
const ACROSS: f32 = 1004.0;
/// The top of the title, in pixels.
const TITLE_TOP: f32 = 156.0;
/// The room for the title, in pixels.
const TITLE_HEIGHT: f32 = 276.0;
/// From line to line of a title, in ems.
const LEADING: f32 = 1.2;
/// The sizes of a title, the largest first, in pixels.
const TITLE_SIZES: [f32; 5] = [96.0, 84.0, 72.0, 60.0, 52.0];
/// The smallest text that can be read where the picture is shown small, in pixels.
const SMALLEST: f32 = 26.0;

/// What the picture of a link says. A text whose letters the theme's fonts do not have is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Preview {
    /// The site's title, above; empty where the page's own title is the same.
    pub(crate) site: String,
    pub(crate) title: String,
    /// The person; may be empty.
    pub(crate) who: String,
    /// The last line: how long, or what to do there.
    pub(crate) what: String,
}

impl Preview {
    /// The path of the picture, which changes with all that it is made from.
    pub(crate) fn path(&self, work: &Work) -> String {
        let made_from = (self, Colours::of(work), work.theme.digest);
        asset_path("preview", "png", &serde_json::to_vec(&made_from).unwrap_or_default())
    }

    /// The address of the picture.
    pub(crate) fn address(&self, work: &Work) -> String {
        format!("{}{}", work.site.definition.base_url, self.path(work))
    }

    /// The picture: a PNG of 1200 by 630 pixels.
    pub(crate) fn draw(&self, work: &Work) -> Result<Vec<u8>, RenderFault> {
        let mut sheet = Sheet { canvas: Canvas::new(), fonts: &work.theme.fonts };
        sheet.canvas.fill(0..STRIPE, Ink::Accent);
        sheet.line(&self.site, 36.0, 112.0, Ink::Quiet);
        sheet.title(&self.title);
        let bottom = f32::from(HEIGHT) - 62.0;
        sheet.line(&self.who, 44.0, bottom - 60.0, Ink::Text);
        sheet.line(&self.what, 36.0, bottom, Ink::Quiet);
        sheet
            .canvas
            .to_png(&Colours::of(work).palette())
            .map_err(|fault| RenderFault::new(self.path(work), &fault))
    }
}

struct Sheet<'a> {
    canvas: Canvas,
    fonts: &'a Fonts,
}

impl Sheet<'_> {
    /// A title in as many lines as it needs, as large as there is room for it.
    fn title(&mut self, text: &str) {
        let Some(letters) = self.fonts.letters(text) else { return };
        let fits = |size: f32| {
            let lines = lines::balanced(&letters, ACROSS / size);
            let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            (f32::from(count) * size * LEADING <= TITLE_HEIGHT).then_some((size, lines))
        };
        let smallest = TITLE_SIZES[TITLE_SIZES.len() - 1];
        let fitting = TITLE_SIZES.into_iter().find_map(fits);
        let (size, lines) =
            fitting.unwrap_or_else(|| (smallest, lines::balanced(&letters, ACROSS / smallest)));
        let mut baseline = TITLE_TOP + size;
        let count = lines.len();
        for (index, line) in lines.into_iter().enumerate() {
            let is_last = baseline + size * LEADING > TITLE_TOP + TITLE_HEIGHT + size * 0.2;
            if is_last && index + 1 < count {
                // The rest, cut where the line ends.
                let rest = self.cut(&letters[line.start..], ACROSS / size);
                self.draw(&rest, size, baseline, Ink::Text);
                return;
            }
            self.draw(&letters[line], size, baseline, Ink::Text);
            baseline += size * LEADING;
        }
    }

    /// One line, which is made smaller, then cut, where it is too long.
    fn line(&mut self, text: &str, size: f32, baseline: f32, ink: Ink) {
        let Some(letters) = self.fonts.letters(text) else { return };
        let size = (ACROSS / lines::width(&letters)).clamp(SMALLEST, size);
        let letters = self.cut(&letters, ACROSS / size);
        self.draw(&letters, size, baseline, ink);
    }

    /// As many letters as fit into a width in ems, with an ellipsis where some do not.
    fn cut(&self, letters: &[Letter], most: f32) -> Vec<Letter> {
        let mut kept = letters.to_vec();
        // A hair more than it is, as sums of fractions are.
        if lines::width(&kept) <= most + 0.001 {
            return kept;
        }
        let ellipsis = self.fonts.find('…');
        let room = most - ellipsis.map_or(0.0, |ellipsis| ellipsis.advance);
        while lines::width(&kept) > room || kept.last().is_some_and(|last| last.letter == ' ') {
            kept.pop();
        }
        kept.extend(ellipsis);
        kept
    }

    fn draw(&mut self, letters: &[Letter], size: f32, baseline: f32, ink: Ink) {
        let mut x = LEFT;
        for letter in letters {
            let canvas = &mut self.canvas;
            self.fonts.draw(*letter, size, (x, baseline), |x, y, covered| canvas.dot(x, y, ink, covered));
            x += letter.advance * size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_within_the_picture() {
        assert!(LEFT + ACROSS < f32::from(WIDTH));
        assert!(TITLE_TOP + TITLE_HEIGHT < f32::from(HEIGHT) - 62.0 - 60.0 - 44.0);
    }
}
