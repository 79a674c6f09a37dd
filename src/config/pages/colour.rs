//! A colour, from the few ways of writing one that need no style sheet to be understood.
//!
//! Knows hex, `rgb()` and `hsl()` of CSS; no names, no alpha. Invariant: what is written out again is `#rrggbb`, so
//! nothing an operator wrote reaches a page as it was.

use std::fmt;
use std::str::FromStr;

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no colour")]
pub struct NoColour;

impl Colour {
    const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([255; 3]);

    /// So many hundredths of this colour on another.
    pub fn over(self, ground: Self, hundredths: u32) -> Self {
        let mix = |index: usize| {
            let (own, other) = (u32::from(self.0[index]), u32::from(ground.0[index]));
            ((own * hundredths + other * (100 - hundredths) + 50) / 100) as u8
        };
        Self([mix(0), mix(1), mix(2)])
    }

    /// The contrast ratio of WCAG 2: 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Black or white, whichever is easier to read on this colour.
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    fn luminance(self) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = NoColour;

    fn from_str(text: &str) -> Result<Self, NoColour> {
        let text = text.to_ascii_lowercase();
        let read = if let Some(digits) = text.strip_prefix('#') {
            hex(digits)
        } else if let Some(arguments) = call(&text, "rgb") {
            rgb(&arguments)
        } else {
            call(&text, "hsl").and_then(|arguments| hsl(&arguments))
        };
        read.map(Self).ok_or(NoColour)
    }
}

fn hex(digits: &str) -> Option<[u8; 3]> {
    let nibbles: Vec<u8> =
        digits.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect::<Option<_>>()?;
    match nibbles[..] {
        [red, green, blue] => Some([red * 17, green * 17, blue * 17]),
        [r, red, g, green, b, blue] => Some([r * 16 + red, g * 16 + green, b * 16 + blue]),
        _ => None,
    }
}

/// The three arguments of a function, with commas or without.
fn call(text: &str, name: &str) -> Option<[String; 3]> {
    let inner = text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
    let parts: Vec<String> = if inner.contains(',') {
        inner.split(',').map(|part| part.trim().to_owned()).collect()
    } else {
        inner.split_ascii_whitespace().map(str::to_owned).collect()
    };
    parts.try_into().ok()
}

fn rgb(arguments: &[String; 3]) -> Option<[u8; 3]> {
    let [red, green, blue] = arguments;
    Some([number(red, 255)? as u8, number(green, 255)? as u8, number(blue, 255)? as u8])
}

fn hsl([hue, saturation, lightness]: &[String; 3]) -> Option<[u8; 3]> {
    let hue = f64::from(number(hue.strip_suffix("deg").unwrap_or(hue), 360)?);
    let share = |text: &str| Some(f64::from(number(text.strip_suffix('%')?, 100)?) / 100.0);
    let (saturation, lightness) = (share(saturation)?, share(lightness)?);
    // CSS Color 4, 7.1: HSL to RGB.
    let reach = saturation * lightness.min(1.0 - lightness);
    let channel = |offset: f64| {
        let turn = (offset + hue / 30.0) % 12.0;
        let value = lightness - reach * (turn - 3.0).min(9.0 - turn).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    Some([channel(0.0), channel(8.0), channel(4.0)])
}

/// A whole number in digits alone.
fn number(digits: &str, most: u32) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && *number <= most)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_in_three_ways_and_written_in_one() {
        for (written, meant) in [
            ("#2C623B", "#2c623b"),
            ("#fa0", "#ffaa00"),
            ("rgb(1, 2,255)", "#0102ff"),
            ("rgb(1 2 3)", "#010203"),
            ("hsl(0 100% 50%)", "#ff0000"),
            ("hsl(120deg, 100%, 25%)", "#008000"),
            ("hsl(210 29% 24%)", "#2b3d4f"),
        ] {
            assert_eq!(written.parse::<Colour>().unwrap().to_string(), meant, "{written}");
        }
    }

    #[test]
    fn nothing_else_is_a_colour() {
        for text in [
            "",
            "#",
            "#12",
            "#12345",
            "#12345g",
            "red",
            "rgb(1,2)",
            "rgb(1,2,256)",
            "rgb(+1,2,3)",
            "rgb(1 2 3 / 4)",
            "hsl(1 2 3)",
            "hsl(361 1% 1%)",
            "#fff;} body{display:none",
            "url(https://x.example)",
            "var(--a)",
            "#ｆｆｆ",
        ] {
            assert_eq!(text.parse::<Colour>(), Err(NoColour), "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 0.001);
        let grey = Colour([0x76; 3]);
        assert!((4.5..4.6).contains(&grey.contrast(Colour::WHITE)));
        assert_eq!(Colour([0x2c, 0x62, 0x3b]).ink(), Colour::WHITE);
        assert_eq!(Colour([0x8c, 0xcb, 0x98]).ink(), Colour::BLACK);
        assert_eq!(Colour::WHITE.over(Colour::BLACK, 50), Colour([128; 3]));
    }
}
