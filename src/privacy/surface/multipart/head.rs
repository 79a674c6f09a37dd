//! A part's head: its field's name, its file's kind, its type (RFC 7578 §4).
//!
//! Knows quoting as browsers and older clients write it; does not know rules. Invariant: what is written again holds
//! the field's name as it came, an ending of a known kind for a file's name, a media type and a charset; all else is
//! gone.

use std::borrow::Cow;

use super::parameters::{closing_quote, parameters};
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::wrapping::percent;

const BROKEN: Refusal = Refusal::Invalid(Format::Multipart);

/// Lines of a head; browsers write two.
const MOST_LINES: usize = 16;

/// Longest part of a media type.
const LONGEST_WORD: usize = 64;

/// What browsers call a file that has no name.
const NAMELESS: &str = "blob";

/// Endings that say what a file is, and not whose.
const ENDINGS: [&str; 48] = [
    "avif", "bmp", "csv", "doc", "docx", "eml", "flac", "gif", "gz", "heic", "heif", "htm", "html", "ico",
    "ics", "jfif", "jpeg", "jpg", "json", "log", "m4a", "m4v", "md", "mov", "mp3", "mp4", "odp", "ods",
    "odt", "ogg", "opus", "pdf", "png", "ppt", "pptx", "rtf", "svg", "tif", "tiff", "txt", "vcf", "wav",
    "webm", "webp", "xls", "xlsx", "xml", "zip",
];

pub struct Head {
    /// The field's name between its quotes, as written.
    written: String,
    /// What is written for the file's name.
    file: Option<String>,
    /// `type/subtype`.
    pub essence: Option<String>,
    pub charset: Option<String>,
}

impl Head {
    pub fn read(lines: &[u8]) -> Result<Self, Refusal> {
        let (mut disposition, mut kind) = (None, None);
        for (count, line) in lines_of(&percent::text(lines)).enumerate() {
            let (name, value) = line.split_once(':').filter(|_| count < MOST_LINES).ok_or(BROKEN)?;
            let slot = match &*name.to_ascii_lowercase() {
                "content-disposition" => &mut disposition,
                "content-type" => &mut kind,
                "content-transfer-encoding" => {
                    let plain = ["7bit", "8bit", "binary"].iter();
                    if !plain.into_iter().any(|word| value.trim().eq_ignore_ascii_case(word)) {
                        return Err(Refusal::UnknownEncoding);
                    }
                    continue;
                }
                // A name with a space, or a line that goes on from the one before, is read in two ways.
                other if other.is_empty() || !other.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    return Err(BROKEN);
                }
                _ => continue,
            };
            if slot.replace(value.trim().to_owned()).is_some() {
                return Err(BROKEN);
            }
        }
        let (written, file) = disposition.as_deref().and_then(disposed).ok_or(BROKEN)?;
        let (essence, charset) = match kind {
            Some(kind) => media_type(&kind)?,
            None => (None, None),
        };
        Ok(Self { written, file: file.map(|file| file_name(&file)), essence, charset })
    }

    /// The head as it leaves: lines, each with its end.
    pub fn write(&self) -> Vec<u8> {
        let mut text = format!("Content-Disposition: form-data; name=\"{}\"", self.written);
        if let Some(file) = &self.file {
            text.extend(["; filename=\"", file, "\""]);
        }
        if self.essence.is_some() {
            text.extend(["\r\nContent-Type: ", &self.label()]);
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// The field's name as it is spelled, and as it is read.
    pub fn names(&self) -> [Cow<'_, str>; 2] {
        let spelled = unescaped(&self.written);
        let read = percent::decode(spelled.as_bytes()).into_owned();
        [spelled, Cow::Owned(read)]
    }

    pub const fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// The type, with its charset.
    pub fn label(&self) -> String {
        let essence = self.essence.as_deref().unwrap_or_default();
        match &self.charset {
            Some(charset) => format!("{essence};charset={charset}"),
            None => essence.to_owned(),
        }
    }
}

fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_terminator("\r\n")
}

/// The name and the file's name, as written.
fn disposed(value: &str) -> Option<(String, Option<String>)> {
    let (kind, rest) = value.split_once(';')?;
    let clean = |text: &str| !text.chars().any(char::is_control);
    if !kind.trim().eq_ignore_ascii_case("form-data") || !clean(value) {
        return None;
    }
    let (mut name, mut file, mut other) = (None, None, None);
    for (key, value) in parameters(rest)? {
        let slot = match &*key {
            "name" => &mut name,
            "filename" => &mut file,
            "filename*" => &mut other,
            "name*" => return None,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    // What had no quotes gets them, so it may hold none.
    let name: String = name.filter(|name| closing_quote(&format!("{name}\"")) == Some(name.len()))?;
    Some((name, file.or(other)))
}

fn unescaped(written: &str) -> Cow<'_, str> {
    if written.contains('\\') {
        Cow::Owned(written.replace("\\\"", "\"").replace("\\\\", "\\"))
    } else {
        Cow::Borrowed(written)
    }
}

/// A file's name without what its owner called it. No name at all stays none: a form sends that where no file was
/// chosen.
fn file_name(written: &str) -> String {
    let ending = written.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.filter(|ending| ENDINGS.contains(&ending.as_str())) {
        _ if written.is_empty() || written == NAMELESS => written.to_owned(),
        Some(ending) => format!("file.{ending}"),
        None => "file".to_owned(),
    }
}

/// The type and charset of a part.
fn media_type(value: &str) -> Result<(Option<String>, Option<String>), Refusal> {
    let word = |word: &str| {
        (1..=LONGEST_WORD).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    let (essence, rest) = value.split_once(';').unwrap_or((value, ""));
    let essence = essence.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/').ok_or(BROKEN)?;
    if !word(kind) || !word(subtype) {
        return Err(BROKEN);
    }
    if kind == "multipart" || kind == "message" {
        return Err(Refusal::UnknownType);
    }
    let charset = parameters(rest).ok_or(BROKEN)?.into_iter().find(|(name, _)| name == "charset");
    let charset = charset.map(|(_, charset)| charset.to_ascii_lowercase()).filter(|charset| word(charset));
    Ok((Some(essence), charset))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rewritten(head: &str) -> Option<String> {
        Head::read(head.as_bytes()).ok().map(|head| String::from_utf8(head.write()).unwrap())
    }

    fn read_name(head: &str) -> String {
        Head::read(head.as_bytes()).ok().unwrap().names()[1].clone().into_owned()
    }

    #[test]
    fn a_head_as_browsers_write_it_stays_as_it_is() {
        for head in [
            "Content-Disposition: form-data; name=\"a\"\r\n",
            "Content-Disposition: form-data; name=\"a b%22c\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n",
            "Content-Disposition: form-data; name=\"f\"; filename=\"blob\"\r\nContent-Type: text/plain;charset=utf-8\r\n",
            "Content-Disposition: form-data; name=\"prix €\"; filename=\"file.jpg\"\r\nContent-Type: image/jpeg\r\n",
        ] {
            assert_eq!(rewritten(head).as_deref(), Some(head));
        }
    }

    #[test]
    fn what_tells_of_the_client_or_its_owner_goes() {
        let head = "content-disposition:form-data;name=a; Filename=\"C:\\jane\\IMG \\\"1\\\".JPEG\"; size=12; creation-date=\"x;y\"\r\n\
                    Content-Type: Image/JPEG; name=\"jane.jpg\"\r\nX-Owner: jane\r\nContent-Transfer-Encoding: BINARY\r\n";
        let left = "Content-Disposition: form-data; name=\"a\"; filename=\"file.jpeg\"\r\nContent-Type: image/jpeg\r\n";
        assert_eq!(rewritten(head).as_deref(), Some(left));
        for (name, left) in [
            ("jane.doe", "file"),
            ("cv", "file"),
            ("x.tar.gz", "file.gz"),
            ("x.", "file"),
            ("", ""),
            ("blob", "blob"),
        ] {
            assert_eq!(file_name(name), left, "{name}");
        }
        let starred = "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''jane%20doe.pdf\r\n";
        assert!(rewritten(starred).unwrap().contains("; filename=\"file.pdf\""));
    }

    #[test]
    fn a_name_is_read_through_its_escapes() {
        let name =
            |written: &str| read_name(&format!("Content-Disposition: form-data; name=\"{written}\"\r\n"));
        assert_eq!(name("pass%77ord"), "password");
        assert_eq!(name("a\\\"b\\\\c"), "a\"b\\c");
        assert_eq!(name("a;b=c"), "a;b=c");
        assert_eq!(name(""), "");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let disposition = "Content-Disposition: form-data; name=\"a\"\r\n";
        for head in [
            "",
            "Content-Type: text/plain\r\n",
            "Content-Disposition: attachment; name=\"a\"\r\n",
            "Content-Disposition: form-data\r\n",
            "Content-Disposition: form-data; filename=\"a\"\r\n",
            "Content-Disposition: form-data; name=\"a\"; name=\"b\"\r\n",
            "Content-Disposition: form-data; name=\"a\"; name*=UTF-8''b\r\n",
            "Content-Disposition: form-data; name=\"a\" b\r\n",
            "Content-Disposition: form-data; name=\"a\r\n",
            "Content-Disposition: form-data; name=a\"b\r\n",
            "Content-Disposition: form-data; name=a\\\r\n",
            "Content-Disposition: form-data; name=\"a\nb\"\r\n",
            "Content-Disposition: form-data;\r\n name=\"a\"\r\n",
            "Content-Disposition : form-data; name=\"a\"\r\n",
            &format!("{disposition}{disposition}"),
            &format!("{disposition}no colon\r\n"),
            &format!("{disposition}Content-Type: jpeg\r\n"),
            &format!("{disposition}Content-Type: a/b\r\nContent-Type: a/b\r\n"),
            &format!("{disposition}{}", "X: 1\r\n".repeat(MOST_LINES)),
        ] {
            assert_eq!(Head::read(head.as_bytes()).err(), Some(BROKEN), "{head:?}");
        }
        let refused = |line: &str| Head::read(format!("{disposition}{line}\r\n").as_bytes()).err();
        assert_eq!(refused("Content-Type: multipart/mixed; boundary=x"), Some(Refusal::UnknownType));
        assert_eq!(refused("Content-Transfer-Encoding: base64"), Some(Refusal::UnknownEncoding));
    }
}
