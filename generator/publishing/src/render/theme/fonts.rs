//! The fonts of pictures: each letter is taken from the first that has it, in the order of their names.

use ab_glyph::{Font as _, FontVec, GlyphId, PxScale, point};

use crate::render::fault::RenderFault;

/// The kinds of fonts that are read, by their extensions.
pub(super) const KINDS: [&str; 2] = ["otf", "ttf"];

/// The fonts of a theme.
pub(crate) struct Fonts(Vec<FontVec>);

/// A letter of one of them.
#[expect(clippy::struct_field_names, reason = "the letter itself, apart from its outline")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter {
    pub(crate) letter: char,
    font: usize,
    glyph: GlyphId,
    /// From this letter to the next, in ems.
    pub(crate) advance: f32,
}

impl Fonts {
    /// Reads fonts, by the names of their files.
    pub(super) fn of(files: Vec<(String, Vec<u8>)>) -> Result<Self, RenderFault> {
        let font = |(name, bytes)| {
            FontVec::try_from_vec(bytes).map_err(|fault| RenderFault::new(format!("fonts/{name}"), &fault))
        };
        files.into_iter().map(font).collect::<Result<_, _>>().map(Self)
    }

    /// The letters of a line of text. A sign that no font has, such as an emoji, is left out; `None` where a letter or
    /// a digit is missing, or one that would have to be joined to its neighbours, as the rest would say something else.
    pub(crate) fn letters(&self, text: &str) -> Option<Vec<Letter>> {
        let mut letters: Vec<Letter> = Vec::new();
        for letter in text.trim().chars().filter(|letter| !is_unseen(*letter)) {
            let letter = if letter.is_whitespace() { ' ' } else { letter };
            if is_joined(letter) {
                return None;
            }
            let after_space = letters.last().is_none_or(|last| last.letter == ' ');
            match self.find(letter) {
                Some(_) if letter == ' ' && after_space => {}
                Some(found) => letters.push(found),
                None if letter.is_alphanumeric() => return None,
                None => {}
            }
        }
        while letters.last().is_some_and(|last| last.letter == ' ') {
            letters.pop();
        }
        (!letters.is_empty()).then_some(letters)
    }

    /// A letter of the first font that has it.
    pub(crate) fn find(&self, letter: char) -> Option<Letter> {
        self.0.iter().enumerate().find_map(|(index, font)| {
            let glyph = font.glyph_id(letter);
            let advance = font.h_advance_unscaled(glyph) / units(font);
            (glyph != GlyphId(0)).then_some(Letter { letter, font: index, glyph, advance })
        })
    }

    /// Draws a letter whose em is that many pixels, from a point on the baseline: calls `dot` with each pixel, and how
    /// much of it is covered (0 to 1).
    pub(crate) fn draw(
        &self,
        letter: Letter,
        em: f32,
        (x, y): (f32, f32),
        mut dot: impl FnMut(f32, f32, f32),
    ) {
        let font = &self.0[letter.font];
        let scale = PxScale::from(em * font.height_unscaled() / units(font));
        let Some(outline) = font.outline_glyph(letter.glyph.with_scale_and_position(scale, point(x, y)))
        else {
            return;
        };
        let corner = outline.px_bounds().min;
        #[expect(clippy::cast_precision_loss, reason = "a letter is a few hundred pixels wide")]
        outline.draw(|right, down, covered| dot(corner.x + right as f32, corner.y + down as f32, covered));
    }
}

fn units(font: &FontVec) -> f32 {
    font.units_per_em().unwrap_or(1000.0)
}

/// Marks of direction, joiners, variation selectors and controls: drawn, they would be boxes.
fn is_unseen(letter: char) -> bool {
    let is_control = letter.is_control() && !letter.is_whitespace();
    is_control
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters of scripts that are written from right to left, or whose letters change with their neighbours, and marks
/// that stand on another letter: fonts alone do not say how to draw these.
fn is_joined(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{590}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1700}'..='\u{1cff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}' | '\u{a800}'..='\u{abff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe20}'..='\u{fe2f}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{1efff}')
}
