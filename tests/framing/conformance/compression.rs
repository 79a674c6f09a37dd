//! Header blocks: RFC 7541.

use super::*;

/// RFC 7541: what a block may not say.
pub fn compression() -> Vec<Case> {
    vec![
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
    ]
}
