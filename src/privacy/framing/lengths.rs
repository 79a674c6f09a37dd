//! Framings that say how long is what they hold, where what they hold becomes another text: the lengths are told anew.
//!
//! Does not know what is changed. Invariants: what is not changed stays byte for byte; a framing that cannot be read is
//! one text.

use super::{Framing, engine_io, records, sockjs, stomp};

/// The header of STOMP, also within strings.
const STATED: &str = "content-length";

/// Whether a text says how long a part of it is.
pub fn are_told_in(text: &str) -> bool {
    match Framing::of(text) {
        Some(Framing::Lengths) => true,
        Some(Framing::Stomp | Framing::SockJs | Framing::Records) => text.contains(STATED),
        Some(Framing::EngineIo) | None => false,
    }
}

/// The same framing around other parts; `None`: none of them changes.
pub fn change(text: &str, part: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    match Framing::of(text) {
        Some(Framing::Lengths) => engine_io::change(text, part),
        Some(Framing::Stomp) => stomp::change(text, part),
        Some(Framing::SockJs) => sockjs::change(text, &mut |message| change(message, part)),
        Some(Framing::Records) => records::change(text, &mut |record| change(record, part)),
        Some(Framing::EngineIo) | None => part(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> Option<String> {
        change(text, &mut |part| part.contains("é").then(|| part.replace('é', "longer\u{1d11e}")))
    }

    #[test]
    fn lengths_are_told_anew_where_a_part_changed() {
        for (before, after) in [
            ("7:42[\"é\"]1:2", "14:42[\"longer\u{1d11e}\"]1:2"),
            ("1:29:42[\"\u{1d11e}é\"]", "1:216:42[\"\u{1d11e}longer\u{1d11e}\"]"),
            (
                "MESSAGE\nx:é\ncontent-length:2\n\né\0\nMESSAGE\ncontent-length:1\n\na\0",
                "MESSAGE\nx:longer\u{1d11e}\ncontent-length:10\n\nlonger\u{1d11e}\0\nMESSAGE\ncontent-length:1\n\na\0",
            ),
            (
                "MESSAGE\r\ncontent-length:2\r\n\r\né\0",
                "MESSAGE\r\ncontent-length:10\r\n\r\nlonger\u{1d11e}\0",
            ),
            (
                "a[\"MESSAGE\\ncontent-length:2\\n\\né\\u0000\",\"o\"]\n",
                "a[\"MESSAGE\\ncontent-length:10\\n\\nlonger\u{1d11e}\\u0000\",\"o\"]\n",
            ),
            (
                "MESSAGE\ncontent-length:2\n\né\0\u{1e}x",
                "MESSAGE\ncontent-length:10\n\nlonger\u{1d11e}\0\u{1e}x",
            ),
        ] {
            assert_eq!(changed(before).as_deref(), Some(after), "{before:?}");
            assert!(are_told_in(before), "{before:?}");
        }
    }

    #[test]
    fn what_tells_no_length_is_changed_as_it_stands() {
        for text in ["42[\"é\"]", "é", "a[\"é\"]", "MESSAGE\n\né\0"] {
            assert!(!are_told_in(text), "{text:?}");
            assert_eq!(changed(text), Some(text.replace('é', "longer\u{1d11e}")), "{text:?}");
        }
        assert_eq!(changed("7:42[\"e\"]1:2"), None);
        assert_eq!(changed("MESSAGE\ncontent-length:1\n\ne\0"), None);
    }
}
