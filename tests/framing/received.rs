//! What the vendor received, judged: nothing, or exactly one well-formed request written by privet.
//!
//! Reads as the strictest reader would. Invariant: a byte more or less than one request is told.

/// Why bytes are not exactly one request as RFC 9112 has it, in privet's own hand.
pub fn judge(bytes: &[u8]) -> Result<(), String> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no end of a head")?;
    let (head, body) = (&bytes[..end], &bytes[end + 4..]);
    let head = std::str::from_utf8(head).map_err(|_| "a head with other than ASCII")?;
    let mut lines = head.split("\r\n");
    start_line(lines.next().unwrap_or_default())?;
    let mut lengths = Vec::new();
    let mut hosts = 0;
    for line in lines {
        let (name, value) = line.split_once(": ").ok_or(format!("no field: {line:?}"))?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) || value.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(format!("no field: {line:?}"));
        }
        match &*name.to_ascii_lowercase() {
            "host" => hosts += 1,
            "content-length" => lengths.push(value.parse::<usize>().map_err(|_| "a length that is none")?),
            "transfer-encoding" | "connection" | "upgrade" | "te" | "trailer" | "keep-alive" => {
                return Err(format!("a field of another hop: {name}"));
            }
            _ => {}
        }
    }
    match (hosts, &lengths[..]) {
        (1, []) if body.is_empty() => Ok(()),
        (1, [length]) if body.len() == *length => Ok(()),
        _ => Err(format!("{hosts} hosts, lengths {lengths:?}, {} bytes of body", body.len())),
    }
}

fn start_line(line: &str) -> Result<(), String> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let is_method =
        method.is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let is_target =
        target.is_some_and(|word| word.starts_with('/') && word.bytes().all(|byte| byte.is_ascii_graphic()));
    if is_method && is_target && version == Some("HTTP/1.1") && words.next().is_none() {
        return Ok(());
    }
    Err(format!("no start line: {line:?}"))
}

#[test]
fn the_judge_tells_one_request_from_what_is_none() {
    let fine = "GET /e?a=b HTTP/1.1\r\nhost: v\r\n\r\n";
    assert_eq!(judge(fine.as_bytes()), Ok(()));
    assert_eq!(judge(b"POST / HTTP/1.1\r\nhost: v\r\ncontent-length: 2\r\n\r\nab"), Ok(()));
    for wrong in [
        "",
        &fine.repeat(2),
        "GET /e HTTP/1.1\r\n\r\n",
        "GET /e HTTP/1.0\r\nhost: v\r\n\r\n",
        "GET e HTTP/1.1\r\nhost: v\r\n\r\n",
        "GET /e HTTP/1.1\nhost: v\r\n\r\n",
        "GET /e HTTP/1.1\r\nhost: v\r\nx: a\nb\r\n\r\n",
        "GET /e HTTP/1.1\r\nhost: v\r\nhost: v\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: v\r\ncontent-length: 2\r\n\r\nabc",
        "POST / HTTP/1.1\r\nhost: v\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        assert!(judge(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
}
