//! What `observe` reads of a request or message: places and kinds, and nothing of what stood there.
#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use privet::privacy::{Message, Selector, Shapes};
use privet_fuzz::send::{ENVELOPE, FORM, JSON, TEXT};
use privet_fuzz::{Stage, laws};

/// Places of one request, and values looked at in it.
const MOST: usize = 1000;
const MOST_VALUES: u64 = 10_000;

const PARTS: &str = "multipart/form-data; boundary=b";

fuzz_target!(|data: &[u8]| {
    let Some((stage, rest)) = Stage::of(data) else { return };
    let Some((door, bytes)) = rest.split_first() else { return };
    let policy = stage.policy();
    let shapes = match (door % 8, std::str::from_utf8(bytes)) {
        (0, Ok(text)) => policy.shapes_of_message(&Message::Text(text.to_owned())),
        (0 | 1, _) => policy.shapes_of_message(&Message::Binary(Bytes::copy_from_slice(bytes))),
        (2, Ok(target)) => {
            let Ok(request) = Request::get(format!("/{target}")).header("cookie", bytes).body(Bytes::new())
            else {
                return;
            };
            policy.shapes_of_request(&request)
        }
        (label, _) => {
            let label = [JSON, FORM, TEXT, ENVELOPE, PARTS][usize::from(label) % 5];
            let request = Request::post("/e").header("content-type", label);
            policy
                .shapes_of_request(&request.body(Bytes::copy_from_slice(bytes)).expect("labels are headers"))
        }
    };
    bounded(&shapes);
    for (place, _, _) in shapes.iter() {
        let text = place.to_string();
        assert_eq!(text.parse::<Selector>().as_ref(), Ok(place), "a rule would mean another place");
        laws::nobody(text.as_bytes(), stage.address);
    }
});

fn bounded(shapes: &Shapes) {
    assert!(shapes.iter().count() <= MOST);
    assert!(shapes.iter().map(|(_, _, count)| count).sum::<u64>() <= MOST_VALUES + MOST as u64);
}
