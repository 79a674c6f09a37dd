//! Binary messages on a socket: packed documents are treated as documents, and what is no text is refused.
//!
//! After the stage, a byte says how the rest is packed, or that it comes as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::{Message, Refusal};
use privet_fuzz::pack::Coding;
use privet_fuzz::send::is_json;
use privet_fuzz::stage::BODY_LIMIT;
use privet_fuzz::{Stage, laws};

/// Codings that are known by their beginning: a message has no label.
const TOLD: [Coding; 3] = [Coding::Gzip, Coding::Zlib, Coding::Zstd];

fuzz_target!(|data: &[u8]| {
    let Some((stage, rest)) = Stage::of(data) else { return };
    let Some((choice, body)) = rest.split_first() else { return };
    match TOLD.get(usize::from(*choice & 3)) {
        Some(coding) => {
            let plain = leaving(&stage, body);
            let packed = leaving(&stage, &coding.pack(body));
            // Unpacked, a text in a framing would be read as one; packed, only a document is.
            if let (Ok(plain), true) = (plain, std::str::from_utf8(body).is_ok_and(is_document)) {
                let left = coding.unpack(&packed.expect("a packed document leaves as well"));
                let left = left.expect("what is packed again opens");
                assert_eq!(plain, left, "{:?}", String::from_utf8_lossy(body));
                assert!(std::str::from_utf8(&left).is_ok_and(is_json));
            }
        }
        None => {
            let Ok(left) = leaving(&stage, body) else { return };
            laws::nobody_in_frames(&left, stage.address);
            laws::bounded(body.len() + BODY_LIMIT, left.len());
            if stage.is_idempotent() {
                laws::settles(&left, |bytes| leaving(&stage, bytes));
            }
        }
    }
});

fn is_document(text: &str) -> bool {
    text.starts_with(['{', '[']) && is_json(text) && !text.contains('\u{1e}')
}

fn leaving(stage: &Stage, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let treated = stage.message(Message::Binary(bytes.to_vec().into()))?;
    match treated.message.expect("a message is refused or leaves").into_inner() {
        Message::Binary(left) => Ok(left.to_vec()),
        Message::Text(_) => panic!("binary became a text"),
    }
}
