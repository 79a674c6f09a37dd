//! Requests as messages: RFC 9113 §8.

use super::*;

pub fn messages() -> Vec<Case> {
    let only = |fields: &[(&str, &str)]| frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fields.to_vec()));
    let posting =
        |name, value| frame(HEADERS, END_HEADERS, 1, block([&asking("POST")[..], &[(name, value)]].concat()));
    let long = |length| posting("content-length", length);
    let promising = || posting("trailer", "x");
    let trailers =
        |flags, fields: &[(&str, &str)]| frame(HEADERS, END_HEADERS | flags, 1, block(fields.to_vec()));
    vec![
        case(
            "8.1",
            "a second block that does not end the stream",
            &[post(1), trailers(0, &[("x", "y")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.1",
            "trailers",
            &[promising(), data(0, 1, "a"), trailers(END_STREAM, &[("x", "y")])],
            Served(1),
        ),
        case("8.1", "GET", &[get(1)], Served(1)),
        case("8.1", "HEAD", &[only(&asking("HEAD"))], Served(1)),
        case(
            "8.1.1",
            "a length that is not the DATA's",
            &[long("1"), data(END_STREAM, 1, "test")],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.1.1",
            "a length that is not that of several DATA",
            &[long("1"), data(0, 1, "te"), data(END_STREAM, 1, "st")],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case("8.2", "a name in capitals", &[with(1, &[("X-TEST", "y")])], Stream(&[PROTOCOL_ERROR])),
        case("8.2.2", "Connection", &[with(1, &[("connection", "keep-alive")])], Stream(&[PROTOCOL_ERROR])),
        case(
            "8.2.2",
            "TE with other than trailers",
            &[with(1, &[("te", "trailers, deflate")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case("8.3", "a pseudo-header of no kind", &[with(1, &[(":test", "y")])], Stream(&[PROTOCOL_ERROR])),
        case(
            "8.3",
            "a pseudo-header of an answer",
            &[with(1, &[(":status", "200")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3",
            "a pseudo-header behind the body",
            &[post(1), data(0, 1, "a"), trailers(0, &[(":method", "POST")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3",
            "a pseudo-header behind a field",
            &[only(&[
                (":method", "GET"),
                (":scheme", "https"),
                (":path", "/e"),
                ("x", "y"),
                (":authority", "vendor.test"),
            ])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "no path",
            &[only(&[(":method", "GET"), (":scheme", "https"), (":authority", "vendor.test")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "an empty path",
            &[only(&[
                (":method", "GET"),
                (":scheme", "https"),
                (":path", ""),
                (":authority", "vendor.test"),
            ])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "no method",
            &[only(&[(":scheme", "https"), (":path", "/e"), (":authority", "vendor.test")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "no scheme",
            &[only(&[(":method", "GET"), (":path", "/e"), (":authority", "vendor.test")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case("8.3.1", "the method twice", &[with(1, &[(":method", "GET")])], Stream(&[PROTOCOL_ERROR])),
        case("8.3.1", "the scheme twice", &[with(1, &[(":scheme", "https")])], Stream(&[PROTOCOL_ERROR])),
        case("8.3.1", "the path twice", &[with(1, &[(":path", "/e")])], Stream(&[PROTOCOL_ERROR])),
    ]
}
