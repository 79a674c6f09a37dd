//! The PROXY protocol's head: read as a second reader reads it, and never before it is whole.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use privet::downstream::proxy_protocol::{Header, read};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const LONGEST: usize = 4096;

fuzz_target!(|data: &[u8]| {
    let header = read(data);
    match header {
        Header::Whole { length, source } => {
            assert!(length <= data.len() && length <= LONGEST);
            for cut in 0..length {
                assert_eq!(read(&data[..cut]), Header::Partial, "believed at {cut} of {length} bytes");
            }
            assert_eq!(read(&data[..length]), header, "what follows a header changes it");
            assert_eq!(source, second_reading(&data[..length]), "{:?}", String::from_utf8_lossy(data));
        }
        Header::Partial => assert!(data.len() < LONGEST, "{} bytes are waited for", data.len()),
        // More bytes mend nothing.
        Header::Absent | Header::Malformed => {
            let more = [data, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"].concat();
            assert_eq!(read(&more), header, "what was broken was mended");
        }
    }
});

/// Version 1 by its words, version 2 by its offsets.
fn second_reading(header: &[u8]) -> Option<IpAddr> {
    if header.starts_with(SIGNATURE) {
        let (proxied, address) = (header[12] & 0x0f == 1, &header[16..]);
        return match header[13] >> 4 {
            1 if proxied => Some(IpAddr::from(<[u8; 4]>::try_from(address.get(..4)?).ok()?)),
            2 if proxied => Some(IpAddr::from(<[u8; 16]>::try_from(address.get(..16)?).ok()?)),
            _ => None,
        };
    }
    let text = std::str::from_utf8(header).ok()?.strip_suffix("\r\n")?;
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["PROXY", "TCP4" | "TCP6", source, ..] => source.parse().ok(),
        _ => None,
    }
}
