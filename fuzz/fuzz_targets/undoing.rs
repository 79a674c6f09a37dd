//! An answer's codings, undone as they stream: cut anywhere the same comes out, all of it or an error.
//!
//! A first byte chooses the codings, a second how much comes at a time; the rest is packed first, or is packed itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::surface::response::Undoing;
use privet_fuzz::pack::Coding;

/// However little came, it may hold so much, and each byte of it so much more.
const LEAST: usize = 1 << 20;
const RATIO: usize = 200;

fuzz_target!(|data: &[u8]| {
    let [choice, step, body @ ..] = data else { return };
    let (inner, outer) = (usize::from(choice & 0x7f) % 5, usize::from(choice & 0x7f) / 5 % 6);
    let codings: Vec<Coding> =
        [Some(Coding::ALL[inner]), Coding::ALL.get(outer).copied()].into_iter().flatten().collect();
    let step = usize::from(*step) + 1;
    if *choice & 0x80 == 0 {
        let packed = codings.iter().fold(body.to_vec(), |body, coding| coding.pack(&body));
        assert_eq!(undone(&codings, &packed, step).as_deref(), Some(body), "{codings:?}");
        let broken = &packed[..packed.len() - 1];
        // An answer without a body has no coding that could be broken.
        assert!(
            broken.is_empty() || undone(&codings, broken, step).as_deref() != Some(body),
            "{codings:?} without its last byte"
        );
    } else {
        let whole = undone(&codings, body, body.len().max(1));
        assert_eq!(undone(&codings, body, step), whole, "{codings:?}, {step} at a time");
        let length = whole.map_or(0, |whole| whole.len());
        assert!(length <= LEAST + RATIO * body.len(), "{} bytes became {length}", body.len());
    }
});

/// What comes out, if all of it does.
fn undone(codings: &[Coding], packed: &[u8], step: usize) -> Option<Vec<u8>> {
    let names: Vec<String> = codings.iter().map(|coding| coding.name().to_owned()).collect();
    let mut undoing = Undoing::new(&names).expect("codings that are known");
    let mut out = Vec::new();
    for piece in packed.chunks(step) {
        undoing.push(piece, &mut out).ok()?;
    }
    undoing.finish(&mut out).ok()?;
    Some(out)
}
