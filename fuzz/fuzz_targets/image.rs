//! Images: what is left is an image of the same kind with the blocks that make the picture, and nothing more to take.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::image;

/// Blocks that show a picture; those that tell of the camera, the place or the owner are not among them.
const PNG: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"mDCv", b"cLLi", b"bKGD", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT", b"eXIf",
];

fuzz_target!(|data: &[u8]| {
    let Some(Ok(once)) = image::strip(data) else { return };
    assert!(once.len() <= data.len() + 64, "{} bytes became {}", data.len(), once.len());
    assert_eq!(once[..3], data[..3], "an image changed its kind");
    let twice = image::strip(&once).expect("an image stays one").expect("what was read once is read again");
    assert_eq!(once, twice, "the second time there was more to take");
    if once.starts_with(b"\x89PNG") {
        png(&once);
    }
    for told in [&b"http://ns.adobe.com"[..], b"<x:xmpmeta", b"Photoshop 3.0\0", b"tEXt", b"zTXt", b"iTXt"] {
        let marked = |bytes: &[u8]| bytes.windows(told.len()).filter(|window| *window == told).count();
        assert!(marked(&once) <= marked(data), "words were made up");
    }
});

/// Length, name, content, checksum: block by block to the last byte.
fn png(image: &[u8]) {
    let mut rest = &image[8..];
    while let Some((head, after)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let name = &head[4..8];
        assert!(PNG.iter().any(|known| *known == name), "the block {name:?} left");
        let (_, after) = after.split_at_checked(length + 4).expect("a block is whole");
        assert!(name != b"IEND" || after.is_empty(), "something follows the picture");
        rest = after;
    }
    assert!(rest.is_empty(), "half a block left");
}
