//! Content codings: whatever a document is packed into, it is treated as if it were not, and packed again the same way.
//!
//! After the stage, a byte chooses the codings: two of five upon one another, or what follows is itself packed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet_fuzz::pack::Coding;
use privet_fuzz::send::{self, JSON};
use privet_fuzz::stage::BODY_LIMIT;
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, rest)) = Stage::of(data) else { return };
    let Some((choice, body)) = rest.split_first() else { return };
    if body.is_empty() {
        return;
    }
    let codings = codings(*choice);
    let names = codings.iter().map(|coding| coding.name()).collect::<Vec<_>>().join(", ");
    let labels = [("content-type", JSON), ("content-encoding", &*names)];
    if *choice & 0x80 == 0 {
        let packed = codings.iter().fold(body.to_vec(), |body, coding| coding.pack(&body));
        let plain = send::body(&stage, JSON, body, laws::nobody);
        let left = send::post(&stage, &labels, &packed);
        assert_eq!(plain.as_ref().err(), left.as_ref().err(), "{body:?} as {names}");
        if let (Ok(plain), Ok((left, _))) = (plain, left) {
            assert_eq!(left.headers()["content-encoding"], names);
            let opened = opened(&codings, left.body()).expect("what is packed again opens");
            assert_eq!(plain, opened, "{body:?} as {names}");
        }
    } else if let Ok((left, treated)) = send::post(&stage, &labels, body) {
        let opened = opened(&codings, left.body()).expect("what left opens");
        laws::bounded(BODY_LIMIT, opened.len());
        laws::nobody(&opened, stage.address);
        if stage.is_open() {
            laws::untouched(treated, body, left.body());
        }
    }
});

/// Low digits of five are the inner coding and, if there is one, the outer.
fn codings(choice: u8) -> Vec<Coding> {
    let choice = usize::from(choice & 0x7f) % 30;
    let inner = Coding::ALL[choice % 5];
    [inner].into_iter().chain((choice >= 5).then(|| Coding::ALL[choice / 5 - 1])).collect()
}

fn opened(codings: &[Coding], bytes: &[u8]) -> Option<Vec<u8>> {
    codings.iter().rev().try_fold(bytes.to_vec(), |bytes, coding| coding.unpack(&bytes))
}
