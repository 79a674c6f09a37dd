//! HTTP/1's framing, read strictly beside hyper, which repairs what RFC 9112 lets it repair.
//!
//! Knows where lines, heads, chunks and trailers end, and the fields that say so; does not know what else a head
//! holds, for hyper refuses malformed names, values and start lines by itself. Invariant: of a message that passes,
//! every reader finds the same end: lines end in CRLF alone, a length is said once, in digits, or there are chunks
//! and no length.

use memchr::memchr;

/// What nobody needs more of: a length of 18 digits fits any count of bytes.
const MOST_DIGITS: usize = 18;

/// Where a stream of requests stands.
#[derive(Debug)]
pub struct Strict {
    place: Place,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    longest: usize,
    head: Head,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a request, where one empty line is nothing.
    Between,
    Fields,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    /// After a wish for a WebSocket: what comes is no HTTP, or is not read any more.
    Beyond,
}

/// What a head has said of its body so far.
#[derive(Debug, Default)]
struct Head {
    length: Option<u64>,
    chunked: bool,
    is_old: bool,
    wishes: bool,
}

/// Something that two readers could read in two ways begins at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    pub at: usize,
    /// Whether hyper still waits for this head's end.
    pub in_head: bool,
}

impl Strict {
    /// No line is longer than `longest`.
    pub fn new(longest: usize) -> Self {
        Self { place: Place::Between, line: Vec::new(), longest, head: Head::default() }
    }

    /// Reads on.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Ambiguous> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match self.place {
                Place::Beyond => return Ok(()),
                Place::Body(left) => self.skip(left, rest, Place::Body, Place::Between),
                Place::Chunk(left) => self.skip(left, rest, Place::Chunk, Place::ChunkEnd),
                _ => self.read_line(rest).map_err(|()| {
                    let in_head = matches!(self.place, Place::Between | Place::Fields);
                    let end = memchr(b'\n', rest).unwrap_or(rest.len() - 1);
                    Ambiguous { at: at + end, in_head }
                })?,
            };
        }
        Ok(())
    }

    /// Passes over what stands within a length.
    fn skip(&mut self, left: u64, rest: &[u8], within: fn(u64) -> Place, after: Place) -> usize {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let left = left - here as u64;
        self.place = if left > 0 { within(left) } else { after };
        here
    }

    /// Takes one line, or the beginning of one, and gives its length.
    fn read_line(&mut self, rest: &[u8]) -> Result<usize, ()> {
        let end = memchr(b'\n', rest);
        if self.line.len() + end.unwrap_or(rest.len()) > self.longest {
            return Err(());
        }
        let Some(end) = end else {
            self.line.extend_from_slice(rest);
            return Ok(rest.len());
        };
        let begun = std::mem::take(&mut self.line);
        let line = if begun.is_empty() { &rest[..end] } else { &[&begun, &rest[..end]].concat() };
        let line = line.strip_suffix(b"\r").ok_or(())?;
        self.place = self.after(line)?;
        Ok(end + 1)
    }

    /// Where a line leads.
    fn after(&mut self, line: &[u8]) -> Result<Place, ()> {
        match self.place {
            Place::Between if line.is_empty() => Ok(Place::Between),
            Place::Between => {
                self.head = Head { is_old: line.ends_with(b" HTTP/1.0"), ..Head::default() };
                Ok(Place::Fields)
            }
            Place::Fields if line.is_empty() => self.head.body(),
            Place::Fields => self.head.field(line).map(|()| Place::Fields),
            Place::ChunkSize => match chunk_size(line).ok_or(())? {
                0 => Ok(Place::Trailers),
                size => Ok(Place::Chunk(size)),
            },
            Place::ChunkEnd if line.is_empty() => Ok(Place::ChunkSize),
            Place::Trailers if line.is_empty() => Ok(Place::Between),
            Place::Trailers if is_trailer(line) => Ok(Place::Trailers),
            _ => Err(()),
        }
    }
}

impl Head {
    fn field(&mut self, line: &[u8]) -> Result<(), ()> {
        // hyper refuses a line without a name, or with a space before the colon.
        let Some(colon) = memchr(b':', line) else { return Err(()) };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = number(value, 10, MOST_DIGITS).ok_or(())?;
            return if self.length.replace(length).is_none() { Ok(()) } else { Err(()) };
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_plain = value.eq_ignore_ascii_case(b"chunked") && !self.chunked && !self.is_old;
            self.chunked = true;
            return if is_plain { Ok(()) } else { Err(()) };
        }
        self.wishes |= name.eq_ignore_ascii_case(b"upgrade") && mentions_websocket(value);
        Ok(())
    }

    fn body(&self) -> Result<Place, ()> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(()),
            _ if self.wishes => Ok(Place::Beyond),
            (None, true) => Ok(Place::ChunkSize),
            (Some(length @ 1..), false) => Ok(Place::Body(length)),
            (Some(0) | None, false) => Ok(Place::Between),
        }
    }
}

/// Whether an `Upgrade` may mean a WebSocket. Whoever says so and gets none is let go, for what follows was not read.
pub fn mentions_websocket(value: &[u8]) -> bool {
    const WORD: &[u8] = b"websocket";
    value.windows(WORD.len()).any(|word| word.eq_ignore_ascii_case(WORD))
}

/// RFC 9112 §7.1.1: hexadecimal digits, and extensions that nobody needs, as long as they hide nothing.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let (size, extensions) = line.split_at(digits);
    let is_extension = extensions.trim_ascii_start().starts_with(b";");
    let is_plain = extensions.is_empty() || (is_extension && !extensions.iter().any(is_control));
    is_plain.then(|| number(size, 16, 15)).flatten()
}

/// A field as a trailer may be one; it is dropped, but must not look like something else.
fn is_trailer(line: &[u8]) -> bool {
    let colon = memchr(b':', line).unwrap_or(0);
    let (name, value) = line.split_at(colon);
    !name.is_empty() && name.iter().all(is_token) && !value.iter().any(is_control)
}

fn number(digits: &[u8], radix: u32, most: usize) -> Option<u64> {
    let all = !digits.is_empty() && digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let fits = digits.len() - zeros <= most;
    let text = std::str::from_utf8(digits).ok().filter(|_| all && fits)?;
    u64::from_str_radix(text, radix).ok()
}

fn is_control(byte: &u8) -> bool {
    byte.is_ascii_control() && *byte != b'\t'
}

fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text in two parts, cut everywhere, which must come to one verdict: the place, or where it stopped.
    fn read(text: &str) -> Result<Place, Ambiguous> {
        let mut whole = Strict::new(1000);
        let verdict = whole.read(text.as_bytes()).map(|()| whole.place);
        for cut in 0..text.len() {
            let (one, other) = text.as_bytes().split_at(cut);
            let mut parts = Strict::new(1000);
            let told = parts
                .read(one)
                .and_then(|()| parts.read(other).map_err(|found| Ambiguous { at: found.at + cut, ..found }));
            assert_eq!(told.map(|()| parts.place), verdict, "{text:?} cut at {cut}");
        }
        verdict
    }

    fn post(fields: &str, body: &str) -> String {
        format!("POST / HTTP/1.1\r\nhost: h\r\n{fields}\r\n\r\n{body}")
    }

    #[test]
    fn what_has_one_end_for_every_reader_passes() {
        for (fields, body) in [
            ("a: b", ""),
            ("content-length: 5", "he\nlo"),
            ("Content-Length:\t00005 ", "hello"),
            ("Transfer-Encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n"),
            ("transfer-encoding: chunked", "5;a=\"b;c\"\r\nh\r\nlo\r\n00\r\nx-t: 1\r\n\r\n"),
            ("transfer-encoding: chunked", "A ;a\r\n0123456789\r\n0\r\n\r\n"),
        ] {
            assert_eq!(read(&post(fields, body)), Ok(Place::Between), "{fields} {body:?}");
            let two = post(fields, body) + "\r\nGET / HTTP/1.1\r\nhost: h\r\n\r\n";
            assert_eq!(read(&two), Ok(Place::Between), "{fields} {body:?}");
        }
    }

    #[test]
    fn a_head_that_could_end_elsewhere_stops_at_the_line_that_says_so() {
        for fields in [
            "a: b\nc: d",
            "a: b\r\n\n",
            "content-length: 5\r\ncontent-length: 5",
            "content-length: 5, 5",
            "content-length: +5",
            "content-length: 0x5",
            "content-length:",
            "content-length: 1000000000000000000",
            "content-length: 5\r\ntransfer-encoding: chunked",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding: chunked, ",
            "transfer-encoding:",
            "no colon",
        ] {
            let told = read(&post(fields, ""));
            assert!(matches!(told, Err(Ambiguous { in_head: true, .. })), "{fields:?}: {told:?}");
        }
        assert!(read("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert_eq!(read("GET / HTTP/1.1\nhost: h"), Err(Ambiguous { at: 14, in_head: true }));
    }

    #[test]
    fn chunks_and_trailers_that_hide_something_stop_within_the_body() {
        for body in [
            "5\nhello",
            "5\r\nhello\n",
            "5\r\nhelloX\r\n",
            "0x5\r\n",
            "\r\n",
            "5 \r\n",
            "5 a=b\r\n",
            "5;a=\0\r\n",
            "5;a\rb\r\n",
            "1000000000000000\r\n",
            "0\r\nx: 1\n",
            "0\r\nx: \0\r\n",
            "0\r\nx : 1\r\n",
            "0\r\n: 1\r\n",
            "0\r\nGET / HTTP/1.1\r\n",
        ] {
            let told = read(&post("transfer-encoding: chunked", body));
            assert!(matches!(told, Err(Ambiguous { in_head: false, .. })), "{body:?}: {told:?}");
        }
    }

    #[test]
    fn after_a_wish_for_a_websocket_nothing_is_read_as_http() {
        let wish = post("connection: upgrade\r\nUpgrade: x, WebSocket", "\x01\n\n\n");
        assert_eq!(read(&wish), Ok(Place::Beyond));
        assert_eq!(read(&post("upgrade: h2c", "")), Ok(Place::Between));
    }

    #[test]
    fn a_line_that_is_too_long_is_not_kept_nor_read_when_it_comes_at_once() {
        let mut strict = Strict::new(10);
        assert_eq!(strict.read(b"GET /0123"), Ok(()));
        assert!(strict.read(b"456789").is_err());
        assert_eq!(Strict::new(10).read(b"GET /0123\r\n"), Ok(()));
        assert!(Strict::new(10).read(b"GET /01234\r\n").is_err());
    }
}
