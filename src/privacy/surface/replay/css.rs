//! Addresses inside style sheets and lists of images.
//!
//! Knows `url(…)`, `@import "…"` (CSS Values 4 §4.5) and `srcset` (HTML §4.8.4.3.4); does not know what becomes of an
//! address. Invariant: what stands between addresses stays as it is spelled.

use std::ops::Range;

use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;

/// Treats every address of a style sheet.
pub fn addresses(text: &str, treat: impl FnMut(&str) -> Result<Fate, Refusal>) -> Result<Fate, Refusal> {
    exchange(text, spans(text), treat)
}

/// Treats every address of a `srcset`.
pub fn candidates(text: &str, treat: impl FnMut(&str) -> Result<Fate, Refusal>) -> Result<Fate, Refusal> {
    let mut spans = Vec::new();
    let mut at = 0;
    let separates = |c: char| c.is_ascii_whitespace() || c == ',';
    while let Some(start) = text[at..].find(|c| !separates(c)).map(|skip| at + skip) {
        let end =
            text[start..].find(|c: char| c.is_ascii_whitespace()).map_or(text.len(), |length| start + length);
        // Commas inside an address are its own, those at its end are the list's.
        let url = text[start..end].trim_end_matches(',');
        spans.push(start..start + url.len());
        at = match text[start + url.len()..].find(',') {
            Some(comma) => start + url.len() + comma + 1,
            None => text.len(),
        };
    }
    exchange(text, spans, treat)
}

fn exchange(
    text: &str,
    spans: Vec<Range<usize>>,
    mut treat: impl FnMut(&str) -> Result<Fate, Refusal>,
) -> Result<Fate, Refusal> {
    let mut new = String::new();
    let mut copied = 0;
    for span in spans {
        if let Fate::Replace(url) = treat(&text[span.clone()])? {
            new.push_str(&text[copied..span.start]);
            new.push_str(&url);
            copied = span.end;
        }
    }
    if copied == 0 {
        return Ok(Fate::Keep);
    }
    new.push_str(&text[copied..]);
    Ok(Fate::Replace(new))
}

/// Where addresses stand in a style sheet.
fn spans(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(mark) = memchr::memchr2(b'(', b'@', &bytes[at..]).map(|skip| at + skip) {
        at = mark + 1;
        let is_url = bytes[mark] == b'(' && last(&text[..mark], 3).eq_ignore_ascii_case("url");
        let is_import = bytes[mark] == b'@'
            && text[at..].get(..6).is_some_and(|word| word.eq_ignore_ascii_case("import"));
        let after = text[if is_import { at + 6 } else { at }..].trim_start();
        let (start, close) = match after.bytes().next() {
            Some(quote @ (b'"' | b'\'')) if is_url || is_import => (text.len() - after.len() + 1, quote),
            _ if is_url => (text.len() - after.len(), b')'),
            _ => continue,
        };
        let Some(length) = memchr::memchr(close, &bytes[start..]) else { break };
        spans.push(start..start + text[start..start + length].trim_end().len());
        at = start + length;
    }
    spans
}

/// The last bytes of a text, if they are whole characters.
fn last(text: &str, length: usize) -> &str {
    text.len().checked_sub(length).and_then(|at| text.get(at..)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn star(_: &str) -> Result<Fate, Refusal> {
        Ok(Fate::Replace("*".to_owned()))
    }

    #[test]
    fn every_address_of_a_style_sheet_is_found() {
        for (before, after) in [
            ("a{background:url(/x.png?id=7) no-repeat}", "a{background:url(*) no-repeat}"),
            ("URL( \"a'(.png\" ) url('b') url()", "URL( \"*\" ) url('*') url(*)"),
            ("@import 'a.css' print;@import url(b.css);", "@import '*' print;@import url(*);"),
        ] {
            assert_eq!(addresses(before, star).unwrap(), Fate::Replace(after.to_owned()), "{before}");
        }
        for plain in
            ["", "a{width:calc(1px + 2px)}", "@media print{}", "url(", "@import \"", "\u{e9}(", "@importé"]
        {
            assert_eq!(addresses(plain, star).unwrap(), Fate::Keep, "{plain}");
        }
    }

    #[test]
    fn every_image_of_a_list_is_found() {
        for (before, after) in [
            ("a.png 1x, b.png?u=1 2x", "* 1x, * 2x"),
            ("a,b.png 100w,c.png", "* 100w,*"),
            (" a.png, b.png", " *, *"),
        ] {
            assert_eq!(candidates(before, star).unwrap(), Fate::Replace(after.to_owned()), "{before}");
        }
        assert_eq!(candidates(" , ", star).unwrap(), Fate::Keep);
    }
}
