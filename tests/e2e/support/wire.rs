//! HTTP/1.1 as bytes, read as far as tests need it: heads, and bodies by length, by chunks or to the end.
//!
//! Shares no code with the server it looks at. Invariant: what is not a whole message is told as such.

/// A message's start line, fields and body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub start: String,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// As it was on the wire, head and framing included.
    pub raw: Vec<u8>,
    pub trailers: Vec<(String, String)>,
}

/// A response.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub message: Message,
    /// Whether all of it came.
    pub whole: bool,
}

impl Message {
    /// The value of a field that is there once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| &**value);
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Answer {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.message.field(name)
    }

    pub fn text(&self) -> String {
        self.message.text()
    }
}

/// Takes one whole message from the front of the bytes; `Err`: more bytes are needed.
pub fn take(bytes: &mut Vec<u8>, ended: bool, to_the_end: bool, no_body: bool) -> Result<Message, ()> {
    let head_end = find(bytes, b"\r\n\r\n").ok_or(())? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let mut message = Message { start: lines.next().unwrap_or_default().to_owned(), ..Message::default() };
    message.fields = lines.filter_map(field).collect();
    let rest = &bytes[head_end..];
    let taken = if no_body {
        0
    } else if message.field("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        chunks(rest, &mut message)?
    } else if let Some(length) = message.field("content-length") {
        let length = length.parse().map_err(|_| ())?;
        message.body = rest.get(..length).ok_or(())?.to_vec();
        length
    } else if to_the_end {
        if !ended {
            return Err(());
        }
        message.body = rest.to_vec();
        rest.len()
    } else {
        0
    };
    message.raw = bytes.drain(..head_end + taken).collect();
    Ok(message)
}

/// Takes the answers to one request: interim ones, then the final one.
pub fn answer(mut bytes: Vec<u8>, ended: bool, head_only: bool) -> Answer {
    loop {
        let status = status(&bytes);
        let interim = (100..200).contains(&status) && status != 101;
        let no_body = head_only || interim || matches!(status, 101 | 204 | 304);
        match take(&mut bytes, ended, true, no_body) {
            Ok(_) if interim => {}
            Ok(message) => return Answer { status, message, whole: true },
            Err(()) => return partial(bytes, status),
        }
    }
}

fn partial(bytes: Vec<u8>, status: u16) -> Answer {
    let mut message = Message { raw: bytes.clone(), ..Message::default() };
    if let Some(end) = find(&bytes, b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        message.fields = head.split("\r\n").skip(1).filter_map(field).collect();
        message.body = bytes[end + 4..].to_vec();
    }
    Answer { status, message, whole: false }
}

fn status(bytes: &[u8]) -> u16 {
    let line = String::from_utf8_lossy(&bytes[..bytes.len().min(12)]).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn chunks(bytes: &[u8], message: &mut Message) -> Result<usize, ()> {
    let mut at = 0;
    loop {
        let line_end = at + find(&bytes[at..], b"\r\n").ok_or(())?;
        let line = String::from_utf8_lossy(&bytes[at..line_end]).into_owned();
        let size =
            usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).map_err(|_| ())?;
        at = line_end + 2;
        if size == 0 {
            break;
        }
        message.body.extend_from_slice(bytes.get(at..at + size).ok_or(())?);
        at += size + 2;
    }
    loop {
        let line_end = at + find(bytes.get(at..).ok_or(())?, b"\r\n").ok_or(())?;
        let line = String::from_utf8_lossy(&bytes[at..line_end]).into_owned();
        at = line_end + 2;
        if line.is_empty() {
            return Ok(at);
        }
        message.trailers.extend(field(&line));
    }
}

fn field(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_owned(), value.trim().to_owned()))
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
