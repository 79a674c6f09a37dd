//! Email addresses in text.
//!
//! Knows what mailboxes look like in practice, quoted and international ones included; does not know
//! whether one exists. Invariant: a file name or a handle with an @ is not an email address.

use memchr::memchr_iter;

use super::Find;
use crate::privacy::Category;

/// RFC 5321 §4.5.3.1.
const LOCAL_MOST: usize = 64;
const DOMAIN_MOST: usize = 255;

/// Endings of file names that are no top-level domains: `logo@2x.png`.
const FILES: [&str; 30] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "css", "scss", "js", "mjs", "jsx",
    "ts", "tsx", "json", "html", "htm", "xml", "php", "pdf", "txt", "csv", "map", "woff", "ttf", "mp",
    "webm", "wasm",
];

pub fn find(text: &str, finds: &mut Vec<Find>) {
    let mut done = 0;
    for at in memchr_iter(b'@', text.as_bytes()) {
        if at < done {
            continue;
        }
        let local = local_part(&text[done..at]);
        let domain = domain(&text[at + 1..]);
        if local > 0 && domain > 0 {
            done = at + 1 + domain;
            finds.push(Find { span: at - local..done, category: Category::Contact, address: None });
        }
    }
}

/// The length of the mailbox's name that a text ends with.
fn local_part(text: &str) -> usize {
    let near = &text[text.ceil_char_boundary(text.len().saturating_sub(LOCAL_MOST))..];
    if let Some(inner) = near.strip_suffix('"')
        && let Some(open) = inner.rfind('"')
        && open + 1 < inner.len()
    {
        return near.len() - open;
    }
    let length = |is: fn(char) -> bool| {
        let start = near.rfind(|char| !is(char)).map_or(0, |at| near.ceil_char_boundary(at + 1));
        near[start..].trim_start_matches(['.', '\'', '-', '~', '+', '%']).len()
    };
    let spaced = length(|char| {
        // Scripts that part words by spaces; others would take the sentence before along.
        let letter = char.is_alphanumeric() && char < '\u{2e80}';
        letter || matches!(char, '.' | '_' | '+' | '-' | '\'' | '~' | '%')
    });
    if spaced > 0 { spaced } else { length(char::is_alphanumeric) }
}

/// The length of the domain that a text starts with, up to a top-level domain.
fn domain(text: &str) -> usize {
    let near = &text[..text.floor_char_boundary(DOMAIN_MOST)];
    if near.starts_with('[') {
        return near.find(']').map_or(0, |close| close + 1);
    }
    let end =
        near.find(|char: char| !(char.is_alphanumeric() || matches!(char, '-' | '.'))).unwrap_or(near.len());
    let mut domain = near[..end].trim_end_matches(['.', '-']);
    let is_file = domain.rsplit_once('.').is_some_and(|(_, last)| is_file_ending(last));
    if is_file && domain.starts_with(|char: char| char.is_ascii_digit()) {
        return 0;
    }
    while let Some((rest, last)) = domain.rsplit_once('.') {
        let last = unmixed(last);
        if is_top_level(last) && !rest.is_empty() && !rest.starts_with('.') && !rest.contains("..") {
            return rest.len() + 1 + last.len();
        }
        domain = rest;
    }
    0
}

/// A label up to where its script changes: `org` in `orgです`.
fn unmixed(label: &str) -> &str {
    match label.find(|char: char| !char.is_ascii()) {
        Some(0) | None => label,
        Some(foreign) => &label[..foreign],
    }
}

fn is_top_level(label: &str) -> bool {
    let letters = label.chars().count() >= 2 && label.chars().all(char::is_alphabetic);
    let punycode = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    (letters || punycode) && !is_file_ending(label)
}

fn is_file_ending(label: &str) -> bool {
    FILES.iter().any(|ending| label.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::super::stretches;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        stretches(text, |_, finds| find(text, finds))
    }

    #[test]
    fn email_addresses_are_found() {
        for (text, email) in [
            ("jane@example.org", "jane@example.org"),
            ("JANE.Q.Visitor+77@Mail.Example.ORG!", "JANE.Q.Visitor+77@Mail.Example.ORG"),
            ("mailto:jane@example.org?subject=x", "jane@example.org"),
            ("\"Jane V\" <jane@example.org>", "jane@example.org"),
            ("email='jane@example.org'", "jane@example.org"),
            ("Write to jane@example.org.", "jane@example.org"),
            ("o'hara@example.co.uk", "o'hara@example.co.uk"),
            ("\"jane doe\"@example.org", "\"jane doe\"@example.org"),
            ("jane@[203.0.113.77]", "jane@[203.0.113.77]"),
            ("müller@bücher.example", "müller@bücher.example"),
            ("用户@例子.广告", "用户@例子.广告"),
            ("jane@xn--bcher-kva.xn--p1ai", "jane@xn--bcher-kva.xn--p1ai"),
            ("連絡先はjane@example.orgです", "jane@example.org"),
            ("@jane@mastodon.social", "jane@mastodon.social"),
            ("jane@example.org.", "jane@example.org"),
            ("ftp://jane@mail.example.org/", "jane@mail.example.org"),
            ("jane@example.org.png", "jane@example.org"),
        ] {
            assert_eq!(found(text), [email], "{text}");
        }
        assert_eq!(found("a@b.cc,c@d.ee;f@g.hh").len(), 3);
    }

    #[test]
    fn other_uses_of_the_sign_are_left_alone() {
        for text in [
            "logo@2x.png",
            "icons/logo@2x.min.js",
            "@handle",
            "https://medium.com/@jane.doe",
            "lodash@4.17.21",
            "@media (min-width: 1px)",
            "jane@localhost",
            "a@b.c",
            "me @ example.org",
            "@@@@@@",
            "jane@.org",
            "jane@-",
            "\"\"@",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
