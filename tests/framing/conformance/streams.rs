//! Frames and streams: RFC 9113 §4 and §5.

use super::*;

pub fn frames_and_streams() -> Vec<Case> {
    let (first, second) = halves();
    let begun = || frame(HEADERS, END_STREAM, 1, &first);
    let ping = || frame(PING, 0, 0, [7; 8]);
    // Keeps an answer from ending its stream.
    let shut = || settings(&[(4, 0)]);
    let long = |length| "x".repeat(length);
    vec![
        case("4.1", "a frame of an unknown kind", &[frame(0xff, 0, 0, [0; 8]), get(1)], Served(1)),
        heard("4.1", "flags that mean nothing", frame(PING, 0x16, 0, [7; 8]), PING),
        heard("4.1", "a reserved bit", frame(PING, 0, 1 << 31, [7; 8]), PING),
        case(
            "4.2",
            "a frame as large as any may be",
            &[post(1), data(END_STREAM, 1, &long(MAX_FRAME))],
            Served(1),
        ),
        case(
            "4.2",
            "DATA too large",
            &[post(1), data(END_STREAM, 1, &long(MAX_FRAME + 1))],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.2",
            "HEADERS too large",
            &[with(1, &[("x", &long(MAX_FRAME))])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.2",
            "a frame of no known kind too large",
            &[frame(0xff, 0, 0, vec![0; MAX_FRAME + 1])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.3",
            "a block that is none",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [0xff; 6])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "4.3",
            "a block that breaks off",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [0x40])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "4.3",
            "a block interrupted by PRIORITY",
            &[begun(), priority(1, 0, 1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "4.3",
            "a block interrupted by PING",
            &[begun(), ping(), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("4.3", "a block interrupted by another", &[begun(), get(3)], Connection(&[PROTOCOL_ERROR])),
        case(
            "4.3",
            "a block continued on another stream",
            &[begun(), frame(CONTINUATION, END_HEADERS, 3, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.5",
            "a frame of no known kind within a block",
            &[begun(), frame(0xff, 0, 0, []), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("5.1", "idle: DATA", &[data(END_STREAM, 1, "a")], Connection(&[PROTOCOL_ERROR, STREAM_CLOSED])),
        case("5.1", "idle: RST_STREAM", &[reset(1)], Connection(&[PROTOCOL_ERROR])),
        case("5.1", "idle: WINDOW_UPDATE", &[window(1, 100)], Connection(&[PROTOCOL_ERROR])),
        case(
            "5.1",
            "idle: CONTINUATION",
            &[frame(CONTINUATION, END_HEADERS, 1, block(asking("GET")))],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("5.1", "idle: PRIORITY", &[priority(1, 0, 255)], Ignored),
        case("5.1", "half closed: DATA", &[get(1), data(END_STREAM, 1, "a")], Stream(&[STREAM_CLOSED])),
        case("5.1", "half closed: HEADERS", &[get(1), get(1)], Stream(&[STREAM_CLOSED])),
        case(
            "5.1",
            "half closed: CONTINUATION",
            &[get(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case("5.1", "half closed: WINDOW_UPDATE", &[shut(), get(1), window(1, 1)], Piece(1)),
        case("5.1", "half closed: PRIORITY", &[shut(), get(1), priority(1, 0, 255), window(1, 1)], Piece(1)),
        case("5.1", "half closed: RST_STREAM", &[get(1), reset(1)], Ignored),
        case(
            "5.1",
            "closed by a reset: DATA",
            &[post(1), reset(1), data(END_STREAM, 1, "a")],
            Stream(&[STREAM_CLOSED]),
        ),
        case("5.1", "closed by a reset: HEADERS", &[post(1), reset(1), get(1)], Stream(&[STREAM_CLOSED])),
        case(
            "5.1",
            "closed by a reset: CONTINUATION",
            &[post(1), reset(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case("5.1", "closed by a reset: a late RST_STREAM", &[post(1), reset(1), reset(1)], Ignored),
        after("5.1", "closed: DATA", &[data(END_STREAM, 1, "a")], Stream(&[STREAM_CLOSED])),
        after("5.1", "closed: HEADERS", &[get(1)], Connection(&[STREAM_CLOSED, PROTOCOL_ERROR])),
        after(
            "5.1",
            "closed: CONTINUATION",
            &[frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        after("5.1", "closed: a late WINDOW_UPDATE", &[window(1, 1)], Ignored),
        after("5.1", "closed: PRIORITY", &[priority(1, 3, 1)], Ignored),
        case("5.1.1", "a stream of an even number", &[get(2)], Connection(&[PROTOCOL_ERROR])),
        case(
            "5.1.1",
            "a stream of a smaller number",
            &[get(5), get(3)],
            Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        ),
        case("5.1.1", "streams may be left out", &[get(7)], Served(7)),
        case(
            "5.3.1",
            "HEADERS that depend on themselves",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM | WITH_PRIORITY,
                1,
                [vec![0, 0, 0, 1, 1], block(asking("GET"))].concat(),
            )],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.3.1",
            "HEADERS with a priority",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM | WITH_PRIORITY,
                1,
                [vec![0, 0, 0, 0, 1], block(asking("GET"))].concat(),
            )],
            Served(1),
        ),
        case("5.3.1", "PRIORITY that depends on itself", &[priority(1, 1, 1)], Stream(&[PROTOCOL_ERROR])),
        case(
            "5.4.1",
            "an error ends the connection, and is told",
            &[frame(PING, 0, 3, [7; 8])],
            Told(PROTOCOL_ERROR),
        ),
    ]
}
