//! Each kind of frame, and codes: RFC 9113 §6 and §7.

use super::*;

pub fn each_kind() -> Vec<Case> {
    let (first, second) = halves();
    let begun = || frame(HEADERS, END_STREAM, 1, &first);
    let padded = |pad: u8| [vec![pad], block(asking("GET"))].concat();
    vec![
        case("6.1", "DATA on no stream", &[data(END_STREAM, 0, "a")], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.1",
            "DATA with padding",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [3, b'a', 0, 0, 0])],
            Served(1),
        ),
        case(
            "6.1",
            "DATA with more padding than data",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [6, 0, 0])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.1",
            "DATA without the length of its padding",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS on no stream",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 0, block(asking("GET")))],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS with padding",
            &[frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, [padded(2), vec![0, 0]].concat())],
            Served(1),
        ),
        case(
            "6.2",
            "HEADERS with more padding than block",
            &[frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, [200, 0x82])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS too short for a priority",
            &[frame(HEADERS, END_HEADERS | END_STREAM | WITH_PRIORITY, 1, [0, 0])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.3",
            "PRIORITY on no stream",
            &[frame(PRIORITY, 0, 0, [0, 0, 0, 0, 1])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.3",
            "PRIORITY of another length",
            &[post(1), frame(PRIORITY, 0, 1, [0, 0, 0, 1])],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.4",
            "RST_STREAM on no stream",
            &[frame(RST_STREAM, 0, 0, [0, 0, 0, 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.4", "RST_STREAM on an idle stream", &[reset(9)], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.4",
            "RST_STREAM of another length",
            &[post(1), frame(RST_STREAM, 0, 1, [0, 0, 8])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.4",
            "RST_STREAM with an unknown code",
            &[post(1), frame(RST_STREAM, 0, 1, [0, 0, 0, 0xff])],
            Ignored,
        ),
        case(
            "6.5",
            "an acknowledgement with a payload",
            &[frame(SETTINGS, ACK, 0, [0; 6])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case("6.5", "SETTINGS on a stream", &[frame(SETTINGS, 0, 1, [])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.5",
            "SETTINGS of another length",
            &[frame(SETTINGS, 0, 0, [0, 3, 0])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case("6.5.2", "ENABLE_PUSH is neither", &[settings(&[(2, 2)])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.5.2",
            "INITIAL_WINDOW_SIZE beyond the largest",
            &[settings(&[(4, 1 << 31)])],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE below the least",
            &[settings(&[(5, 16383)])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE beyond the largest",
            &[settings(&[(5, 1 << 24)])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.5.2", "a setting of no known kind", &[settings(&[(0xff, 1)])], Ignored),
        case("6.5.3", "settings twice", &[settings(&[(4, 100), (4, 1)]), get(1)], Ignored),
        case(
            "6.6",
            "PUSH_PROMISE of a visitor",
            &[
                post(1),
                frame(PUSH_PROMISE, END_HEADERS, 1, [vec![0, 0, 0, 2], block(asking("GET"))].concat()),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.7", "PING is answered", &[frame(PING, 0, 0, [7; 8])], Ignored),
        case("6.7", "an answer to no PING", &[frame(PING, ACK, 0, [9; 8])], Ignored),
        case("6.7", "PING on a stream", &[frame(PING, 0, 1, [7; 8])], Connection(&[PROTOCOL_ERROR])),
        case("6.7", "PING of another length", &[frame(PING, 0, 0, [7; 6])], Connection(&[FRAME_SIZE_ERROR])),
        case("6.8", "GOAWAY on a stream", &[frame(GOAWAY, 0, 1, [0; 8])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.8",
            "GOAWAY too short",
            &[frame(GOAWAY, 0, 0, [0; 4])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE by nothing, of the connection",
            &[window(0, 0)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE by nothing, of a stream",
            &[post(1), window(1, 0)],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE of another length",
            &[frame(WINDOW_UPDATE, 0, 0, [0, 0, 1])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.9.1",
            "a window of the connection beyond the largest",
            &[window(0, 0x7fff_ffff), window(0, 0x7fff_ffff)],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9.1",
            "a window of a stream beyond the largest",
            &[post(1), window(1, 0x7fff_ffff), window(1, 0x7fff_ffff)],
            Stream(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9.2",
            "a window made too large by settings",
            &[post(1), window(1, 0x7fff_0000), settings(&[(4, 0x7fff_ffff)])],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.10",
            "a block in three parts",
            &[
                frame(HEADERS, END_STREAM, 1, &first),
                frame(CONTINUATION, 0, 1, &second[..5]),
                frame(CONTINUATION, END_HEADERS, 1, &second[5..]),
            ],
            Served(1),
        ),
        case(
            "6.10",
            "a block interrupted by DATA",
            &[begun(), data(END_STREAM, 1, "a")],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION on no stream",
            &[begun(), frame(CONTINUATION, END_HEADERS, 0, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind a whole block",
            &[post(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind the last one",
            &[
                begun(),
                frame(CONTINUATION, END_HEADERS, 1, &second),
                frame(CONTINUATION, END_HEADERS, 1, &second),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind DATA",
            &[post(1), data(0, 1, "a"), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "7",
            "GOAWAY with an unknown code",
            &[post(1), frame(GOAWAY, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0xff])],
            Ignored,
        ),
    ]
}
