//! A QR code as the path of an SVG: one stroke for each run of dark modules, so that a page
//! with it stays small and needs no picture from elsewhere.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};
use serde::Serialize;

use crate::fault::Fault;

/// The width of the light margin, in modules (ISO/IEC 18004 §6.3.8).
const MARGIN: usize = 4;

/// A QR code, as its template draws it.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnCode {
    /// The `viewBox`, with the light margin.
    pub view_box: String,
    /// The path of the dark modules, to be stroked one module wide.
    pub path: String,
}

/// Draws the QR code of a text.
///
/// # Errors
/// `Fault` if the text is too long for any QR code.
pub(super) fn drawn(text: &str) -> Result<DrawnCode, Fault> {
    let code = QrCode::new(text).map_err(Fault::because)?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (row, modules) in colors.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                // The stroke is centred on the row.
                let length = run.len();
                write!(path, "M{column} {row}.5h{length}").map_err(Fault::because)?;
            }
            column += run.len();
        }
    }
    let side = width + 2 * MARGIN;
    Ok(DrawnCode {
        view_box: format!("-{MARGIN} -{MARGIN} {side} {side}"),
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strokes_are_the_dark_modules_of_the_code() {
        let drawn = drawn("otpauth://totp/id.toyota.jp:hanako").unwrap();
        let code = QrCode::new("otpauth://totp/id.toyota.jp:hanako").unwrap();
        let strokes = drawn.path.split('M').skip(1).map(|stroke| {
            let (_, length) = stroke.split_once('h').unwrap();
            length.parse::<usize>().unwrap()
        });
        let dark = code
            .to_colors()
            .iter()
            .filter(|color| **color == Color::Dark)
            .count();
        assert_eq!(strokes.sum::<usize>(), dark);
        assert!(drawn.path.starts_with("M0 0.5h7M"), "{}", drawn.path);
        assert_eq!(drawn.view_box, format!("-4 -4 {0} {0}", code.width() + 8));
    }
}
