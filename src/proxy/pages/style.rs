//! How the pages look: one sheet, its colours mixed from three.
//!
//! Does not know what a page says. Invariant: in the built-in palettes every text has the contrast that WCAG 2 asks
//! for at level AA, on every ground it stands on.

use std::fmt::Write as _;

use crate::config::pages::{Colour, Pages, Palette};

const SHEET: &str = include_str!("pages.css");

/// What the sheet calls the colours mixed from a palette.
const NAMES: [&str; 9] = ["accent", "on-accent", "ground", "card", "text", "soft", "line", "wash", "edge"];

/// The pages' style sheet in the settings' colours.
pub fn sheet(pages: &Pages) -> String {
    let mut sheet = String::with_capacity(SHEET.len() + 1024);
    let schemes = if pages.dark.is_some() { "light dark" } else { "light" };
    let _ = write!(sheet, ":root{{color-scheme:{schemes};{}}}", variables(&pages.light));
    if let Some(dark) = &pages.dark {
        let _ = write!(sheet, "@media(prefers-color-scheme:dark){{:root{{{}}}}}", variables(dark));
    }
    sheet.push_str(SHEET);
    sheet
}

fn variables(palette: &Palette) -> String {
    let mut text = String::new();
    for (name, colour) in NAMES.iter().zip(mixed(palette)) {
        let _ = write!(text, "--{name}:{colour};");
    }
    text
}

/// The colours in the order of [`NAMES`].
fn mixed(palette: &Palette) -> [Colour; 9] {
    let Palette { accent, background, text } = *palette;
    let is_light = background.ink() == Colour([0; 3]);
    let card = if is_light { Colour([255; 3]).over(background, 70) } else { text.over(background, 5) };
    let line = text.over(background, 16);
    [
        accent,
        accent.ink(),
        background,
        card,
        text,
        text.over(background, 74),
        line,
        accent.over(card, 10),
        text.over(background, 55),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_read_by_day_and_by_night() {
        for palette in [Palette::LIGHT, Palette::DARK] {
            let [accent, on_accent, ground, card, text, soft, _, wash, edge] = mixed(&palette);
            for (ink, on) in [
                (text, ground),
                (text, card),
                (text, wash),
                (soft, ground),
                (soft, card),
                (soft, wash),
                (accent, ground),
                (accent, card),
                (accent, wash),
                (on_accent, accent),
            ] {
                assert!(ink.contrast(on) >= 4.5, "{ink} on {on}: {}", ink.contrast(on));
            }
            // What bounds a control needs 3 : 1.
            assert!(edge.contrast(card) >= 3.0 && edge.contrast(ground) >= 3.0, "{edge}");
        }
    }

    #[test]
    fn own_colours_hold_at_night_unless_there_are_others() {
        let own = Pages { dark: None, ..Pages::default() };
        assert!(!sheet(&own).contains("prefers-color-scheme") && sheet(&own).contains("color-scheme:light;"));
        assert!(sheet(&Pages::default()).contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn the_sheet_uses_no_other_colours_and_loads_nothing() {
        assert!(!SHEET.contains("url(") && !SHEET.contains("@import") && !SHEET.contains('#'));
        for used in SHEET.split("var(--").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(NAMES.contains(&used) || ["serif", "sans", "mono"].contains(&used), "{used}");
        }
    }
}
