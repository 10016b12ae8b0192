//! The colours of a site's pictures: those that its pages have in the light.

use serde::Serialize;

use super::canvas::SHADES;
use crate::render::theme::bundles::PAGE;
use crate::render::work::Work;

/// Colours as red, green and blue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Colours {
    paper: [u8; 3],
    text: [u8; 3],
    accent: [u8; 3],
}

impl Colours {
    /// The site's own, or the theme's where the site sets none, or one that only browsers can work out.
    pub(super) fn of(work: &Work) -> Self {
        let styles = work.theme.styles.get(PAGE).map_or("", String::as_str);
        let colour = |token: &str, or: [u8; 3]| {
            let own = work.site.theme.get(token).and_then(|value| read(value));
            own.or_else(|| read(declared(styles, token)?)).unwrap_or(or)
        };
        Self {
            paper: colour("paper", [255; 3]),
            text: colour("ink", [0; 3]),
            accent: colour("accent", [0; 3]),
        }
    }

    /// The palette: paper, then the shades of the text, of quiet text, and of the accent.
    pub(super) fn palette(&self) -> Vec<u8> {
        // As `--quiet` in base.css.
        let quiet = mixed(self.text, self.paper, 0.68);
        let shades = |ink: [u8; 3]| {
            (1..=SHADES).flat_map(move |shade| mixed(ink, self.paper, f32::from(shade) / f32::from(SHADES)))
        };
        self.paper.into_iter().chain([self.text, quiet, self.accent].into_iter().flat_map(shades)).collect()
    }
}

/// The value of a custom property, where styles declare it first.
fn declared<'s>(styles: &'s str, token: &str) -> Option<&'s str> {
    let (_, rest) = styles.split_once(&format!("--{token}:"))?;
    rest.split(';').next()
}

/// A CSS colour; of `light-dark()`, the one in the light.
fn read(value: &str) -> Option<[u8; 3]> {
    let value = value.trim();
    let value = match value.strip_prefix("light-dark(") {
        Some(both) => first_argument(both),
        None => value,
    };
    let [red, green, blue, _] = csscolorparser::parse(value).ok()?.to_rgba8();
    Some([red, green, blue])
}

/// What stands before the first comma that is in no brackets.
fn first_argument(arguments: &str) -> &str {
    let mut depth = 0_usize;
    let end = arguments.find(|letter| {
        depth = match letter {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        letter == ',' && depth == 0
    });
    &arguments[..end.unwrap_or(arguments.len())]
}

/// A colour mixed into another: 1 is all of the first.
fn mixed(over: [u8; 3], under: [u8; 3], part: f32) -> [u8; 3] {
    std::array::from_fn(|index| {
        let mixed = f32::from(over[index]) * part + f32::from(under[index]) * (1.0 - part);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let byte = mixed.round() as u8;
        byte
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_writes_them() {
        for (value, expected) in [
            ("#0b6e63", Some([11, 110, 99])),
            (" #fff ", Some([255; 3])),
            ("rebeccapurple", Some([102, 51, 153])),
            ("rgb(1 2 3)", Some([1, 2, 3])),
            ("light-dark(#1d2226, #e9eaeb)", Some([29, 34, 38])),
            ("light-dark(rgb(1, 2, 3), white)", Some([1, 2, 3])),
            ("color-mix(in oklab, red 55%, white)", None),
            ("var(--accent)", None),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn shades_end_with_the_ink_itself() {
        let colours = Colours { paper: [255; 3], text: [0; 3], accent: [11, 110, 99] };
        let palette = colours.palette();
        assert_eq!(palette.len(), 3 * (1 + 3 * usize::from(SHADES)));
        assert_eq!((&palette[..3], &palette[45..48]), (&[255; 3][..], &[0; 3][..]));
        assert_eq!(&palette[palette.len() - 3..], [11, 110, 99]);
    }
}
