//! Images without what a camera or an editor wrote beside the picture: place, time, owner, device, previews.
//!
//! Knows five containers, each in its own file or room; never touches a pixel and decodes none. Invariants: only
//! parts that are known to be needed to show the picture are copied, so an unknown part does not leave; stripping
//! twice is stripping once.

mod gif;
mod heif;
mod jpeg;
mod orientation;
mod png;
mod reader;
mod webp;

use std::borrow::Cow;

use super::refusal::{Format, Refusal};

/// The image without its metadata; `None` when the bytes are no image of a kind known here.
pub fn strip(bytes: &[u8]) -> Option<Result<Cow<'_, [u8]>, Refusal>> {
    let kind = match bytes {
        [0xff, 0xd8, 0xff, ..] => jpeg::strip,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => png::strip,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::strip,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => gif::strip,
        _ if heif::is_ours(bytes) => heif::strip,
        _ => return None,
    };
    Some(match kind(bytes) {
        None => Err(Refusal::Invalid(Format::Image)),
        Some(stripped) if stripped == bytes => Ok(Cow::Borrowed(bytes)),
        Some(stripped) => Ok(Cow::Owned(stripped)),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One small image of each kind, with a canary in every place for words.
    fn talkative() -> [Vec<u8>; 6] {
        [
            heif::tests::HEIC.to_vec(),
            heif::tests::AVIF.to_vec(),
            jpeg::tests::talkative(6),
            png::tests::talkative(),
            webp::tests::talkative(),
            gif::tests::talkative(),
        ]
    }

    fn holds_canary(bytes: &[u8]) -> bool {
        memchr::memmem::find(bytes, b"CANARY").is_some()
    }

    #[test]
    fn no_word_beside_the_picture_leaves_and_a_second_look_finds_nothing() {
        for image in talkative() {
            assert!(holds_canary(&image));
            let once = strip(&image).unwrap().unwrap();
            assert!(!holds_canary(&once), "{:?}", &image[..4]);
            assert!(matches!(strip(&once).unwrap().unwrap(), Cow::Borrowed(_)), "{:?}", &image[..4]);
        }
    }

    #[test]
    fn an_image_cut_anywhere_is_refused() {
        for image in talkative().into_iter().filter(|image| !image.starts_with(b"GIF")) {
            let whole = strip(&image).unwrap().unwrap().into_owned();
            for end in 12..whole.len() {
                assert_eq!(
                    strip(&whole[..end]).unwrap(),
                    Err(Refusal::Invalid(Format::Image)),
                    "{:?} cut at {end}",
                    &image[..4]
                );
            }
        }
    }

    #[test]
    fn what_is_no_known_image_is_not_looked_at() {
        for bytes in [&b""[..], b"\xff\xd8", b"GIF", b"GIF88a", b"RIFF\0\0\0\0WAVE", b"II*\0", b"<svg/>"] {
            assert!(strip(bytes).is_none());
        }
    }

    proptest! {
        #[test]
        fn nonsense_never_panics_and_what_passes_is_stable(
            which in 0..6usize,
            cuts in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
            tail in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut image = talkative()[which].clone();
            for (at, byte) in cuts {
                let at = at.index(image.len());
                image[at] = byte;
            }
            image.extend(tail);
            if let Some(Ok(once)) = strip(&image) {
                prop_assert_eq!(strip(&once), Some(Ok(once.clone())));
            }
        }
    }
}
