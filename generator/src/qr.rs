//! A QR code (ISO/IEC 18004): in a terminal, two rows of its modules in one line of half blocks; and as an image.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// The light modules around the code, in modules.
const QUIET: usize = 4;
/// Black on white, whatever the terminal's own colours are; and back to those.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The code of a text, each line ended. Without colours, what is light is drawn: most terminals are dark, and cameras
/// read an inverted code too. `None` if no code holds so much.
pub fn drawn(text: &str, colour: bool) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let (colors, width) = (code.to_colors(), code.width());
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        let place = inside(row).zip(inside(column));
        place.is_some_and(|(row, column)| colors[row * width + column] == Color::Dark)
    };
    let side = width + 2 * QUIET;
    let mut drawn = String::new();
    for row in (0..side).step_by(2) {
        let blocks = (0..side).map(|column| {
            let inked = |row: usize| is_dark(row, column) == colour;
            match (inked(row), inked(row + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        });
        let line: String = blocks.collect();
        let _ =
            if colour { writeln!(drawn, "{BLACK_ON_WHITE}{line}{RESET}") } else { writeln!(drawn, "{line}") };
    }
    Some(drawn)
}

/// The code of a text as an SVG image, one unit for each module, with more redundancy than on a screen: print gets
/// creased. `None` if no code holds so much.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (colors, width) = (code.to_colors(), code.width());
    let mut path = String::new();
    for (at, _) in colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
    }
    let side = width + 2 * QUIET;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "https://meet.example.com/host/sign-in/aiko.1796083200-AQEBAQEBAQEBAQEBAQEBAQ";

    /// Row by row, true where the drawing has ink.
    fn ink(drawn: &str) -> Vec<Vec<bool>> {
        let rows = drawn.lines().flat_map(|line| {
            [['█', '▀'], ['█', '▄']].map(|inked| line.chars().map(|block| inked.contains(&block)).collect())
        });
        rows.collect()
    }

    #[test]
    fn it_is_drawn_module_by_module_with_a_quiet_zone() {
        let code = QrCode::with_error_correction_level(TEXT, EcLevel::L).unwrap();
        let coloured = drawn(TEXT, true).unwrap();
        for line in coloured.lines() {
            assert!(line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET), "{line:?}");
        }
        let dark = ink(&coloured.replace(BLACK_ON_WHITE, "").replace(RESET, ""));
        let light = ink(&drawn(TEXT, false).unwrap());
        let side = code.width() + 2 * QUIET;
        for row in 0..side {
            assert_eq!((dark[row].len(), light[row].len()), (side, side));
            for column in 0..side {
                let inside = |at: usize| (QUIET..side - QUIET).contains(&at);
                let expected =
                    inside(row) && inside(column) && code[(column - QUIET, row - QUIET)] == Color::Dark;
                assert_eq!((dark[row][column], light[row][column]), (expected, !expected), "{row} {column}");
            }
        }
    }

    #[test]
    fn what_no_code_holds_is_not_drawn() {
        assert_eq!(drawn(&"x".repeat(3000), true), None);
    }
}
