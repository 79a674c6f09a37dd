//! The shapes that a running privet tells.
//!
//! Knows one question and the form of its answer; needs no runtime. Invariant: it ends within its deadline and holds
//! no more than it has room for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::super::healthcheck::{left, reachable};
use super::Unusable;
use crate::config::Admin;

const PATIENCE: Duration = Duration::from_secs(10);
const QUESTION: &[u8] = b"GET /shapes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const YES: &[u8] = b"HTTP/1.1 200 ";

/// More than the places of any number of routes come to.
const LARGEST: u64 = 256 << 20;

/// The body of a good answer.
pub fn shapes(admin: Option<Admin>) -> Result<Vec<u8>, Unusable> {
    let admin = admin.ok_or(Unusable::NoAdmin)?;
    let answer = answer(admin).map_err(Unusable::Silent)?;
    let body = memchr::memmem::find(&answer, b"\r\n\r\n").filter(|_| answer.starts_with(YES));
    Ok(answer[body.ok_or(Unusable::Other)? + 4..].to_vec())
}

fn answer(admin: Admin) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + PATIENCE;
    let mut socket = TcpStream::connect_timeout(&reachable(admin.address), PATIENCE)?;
    socket.set_write_timeout(Some(left(deadline)?))?;
    socket.write_all(QUESTION)?;
    let (mut answer, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        socket.set_read_timeout(Some(left(deadline)?))?;
        match socket.read(&mut piece)? {
            0 => return Ok(answer),
            _ if answer.len() as u64 > LARGEST => return Err(ErrorKind::FileTooLarge.into()),
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
}
