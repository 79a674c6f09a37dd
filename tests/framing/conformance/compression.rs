//! Header blocks: RFC 7541. A path that is read wrongly would ask the vendor for something else.

use super::*;

/// RFC 7541: what a block may not say.
pub fn compression() -> Vec<Case> {
    let cases = vec![
        case(
            "HPACK 2.3.3",
            "an index beyond both tables",
            &[ending(&[0xbe + 4])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 2.3.3",
            "a name by an index beyond both tables",
            &[ending(&[0x7f, 0x10, 1, b'y'])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 4.2",
            "a table's size at the end of a block",
            &[ending(&[0x3f, 0x01])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.1",
            "an integer beyond all sense",
            &[ending(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case("HPACK 5.2", "a text that is cut", &[ending(&[0, 5, b'x'])], Connection(&[COMPRESSION_ERROR])),
        case(
            "HPACK 5.2",
            "a padding of more than seven bits",
            &[ending(&[0, 1, b'x', 0x83, 0xff, 0xff, 0xff])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.2",
            "a padding of zeros",
            &[ending(&[0, 1, b'x', 0x81, 0x18 << 1])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.2",
            "a text with the end of texts",
            &[ending(&[0, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case("HPACK 6.1", "the index 0", &[ending(&[0x80])], Connection(&[COMPRESSION_ERROR])),
        case(
            "HPACK 6.3",
            "a table larger than agreed",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                [vec![0x3f, 0xe2, 0x7f], block(asking("GET"))].concat(),
            )],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 6.3",
            "a table of nothing",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [vec![0x20], block(asking("GET"))].concat())],
            Served(1),
        ),
        case(
            "HPACK 6.3",
            "a table made smaller",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [vec![0x3f, 0x61], block(asking("GET"))].concat())],
            Served(1),
        ),
        case(
            "HPACK 4.2",
            "a table made smaller and larger again",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                [vec![0x3f, 0x61, 0x3f, 0xe1, 0x1f], block(asking("GET"))].concat(),
            )],
            Served(1),
        ),
        case("HPACK 6.1", "a field of the table", &[ending(&[0xba])], Served(1)),
        case(
            "HPACK 6.2.1",
            "a path that an earlier block put into the table",
            &[path_in(1, &[0x44, 2, b'/', b'e']), path_in(3, &[0xbe])],
            Served(3),
        ),
    ];
    let paths = PATHS.iter().map(|(section, says, path)| case(section, says, &[path_in(1, path)], Served(1)));
    cases.into_iter().chain(paths).collect()
}

/// A request whose path is said in these bytes.
fn path_in(stream: u32, path: &[u8]) -> Vec<u8> {
    let [method, scheme, _, authority] = asking("GET");
    let fields = [block([method, scheme]), path.to_vec(), block([authority])].concat();
    frame(HEADERS, END_HEADERS | END_STREAM, stream, fields)
}

/// RFC 7541 §6.2: each way to say the path, with a name of the table or a new one, in Huffman's code or not.
const PATHS: [(&str, &str, &[u8]); 12] = [
    ("HPACK 6.2.1", "for the table: a name of the table", b"\x44\x02/e"),
    ("HPACK 6.2.1", "for the table: a name of the table, coded", b"\x44\x82\x60\xbf"),
    ("HPACK 6.2.1", "for the table: a new name", b"\x40\x05:path\x02/e"),
    ("HPACK 6.2.1", "for the table: a new name, coded", b"\x40\x84\xb9\x58\xd3\x3f\x82\x60\xbf"),
    ("HPACK 6.2.2", "for once: a name of the table", b"\x04\x02/e"),
    ("HPACK 6.2.2", "for once: a name of the table, coded", b"\x04\x82\x60\xbf"),
    ("HPACK 6.2.2", "for once: a new name", b"\x00\x05:path\x02/e"),
    ("HPACK 6.2.2", "for once: a new name, coded", b"\x00\x84\xb9\x58\xd3\x3f\x82\x60\xbf"),
    ("HPACK 6.2.3", "for no table: a name of the table", b"\x14\x02/e"),
    ("HPACK 6.2.3", "for no table: a name of the table, coded", b"\x14\x82\x60\xbf"),
    ("HPACK 6.2.3", "for no table: a new name", b"\x10\x05:path\x02/e"),
    ("HPACK 6.2.3", "for no table: a new name, coded", b"\x10\x84\xb9\x58\xd3\x3f\x82\x60\xbf"),
];
