//! A key that several instances share, in a Redis store.
//!
//! Knows four commands of its protocol (RESP 2): AUTH, SELECT, SET NX PX and GET. Invariants: the store forgets the key
//! when its epoch ends, whoever comes first makes it and all others read it, and asking has a deadline.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::config::StoreAddress;
use crate::privacy::{Epoch, Secret};
use crate::upstream;

/// For the whole conversation, from the name to the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longer lines are none of a store's.
const LONGEST_LINE: usize = 1024;

pub struct Store {
    address: StoreAddress,
    tls: OnceLock<TlsConnector>,
}

/// Why the store gave no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    Unreachable,
    Certificate,
    Slow,
    Refused,
    Malformed,
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<L: AsyncRead + AsyncWrite + Unpin + Send> Line for L {}

impl StoreError {
    /// A short word for the log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unreachable => "store_unreachable",
            Self::Certificate => "store_certificate",
            Self::Slow => "store_timeout",
            Self::Refused => "store_refused",
            Self::Malformed => "store_answer",
        }
    }
}

impl Store {
    pub fn new(address: StoreAddress) -> Self {
        Self { address, tls: OnceLock::new() }
    }

    /// The epoch's secret as all instances have it; the fresh one if nobody was here before.
    pub async fn key(&self, epoch: Epoch, fresh: &Secret) -> Result<Secret, StoreError> {
        timeout(PATIENCE, self.conversation(epoch, fresh)).await.map_err(|_| StoreError::Slow)?
    }

    async fn conversation(&self, epoch: Epoch, fresh: &Secret) -> Result<Secret, StoreError> {
        let mut line = self.connected().await?;
        let StoreAddress { user, password, database, .. } = &self.address;
        if let Some(password) = password {
            let words = ["AUTH"].into_iter().chain(user.as_deref()).chain([password.text()]);
            say(&mut line, &words.collect::<Vec<_>>()).await?;
            heard(&mut line).await?;
        }
        if *database > 0 {
            say(&mut line, &["SELECT", &database.to_string()]).await?;
            heard(&mut line).await?;
        }
        let name = format!("privet:key:{}:{}", epoch.seconds(), epoch.number());
        let left = remaining(epoch).to_string();
        say(&mut line, &["SET", &name, &fresh.spelled(), "NX", "PX", &left]).await?;
        heard(&mut line).await?;
        say(&mut line, &["GET", &name]).await?;
        let told = heard(&mut line).await?.ok_or(StoreError::Malformed)?;
        Secret::read(&told).ok_or(StoreError::Malformed)
    }

    async fn connected(&self) -> Result<Box<dyn Line>, StoreError> {
        let place = (self.address.host.as_str(), self.address.port);
        let tcp = TcpStream::connect(place).await.map_err(|_| StoreError::Unreachable)?;
        if !self.address.tls {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(self.address.host.clone()).map_err(|_| StoreError::Certificate)?;
        let tls = self.connector()?.connect(name, tcp).await.map_err(|_| StoreError::Certificate)?;
        Ok(Box::new(tls))
    }

    fn connector(&self) -> Result<&TlsConnector, StoreError> {
        if self.tls.get().is_none() {
            let read =
                |file: &PathBuf| upstream::authorities(file).map(Arc::new).ok_or(StoreError::Certificate);
            let authorities = self.address.ca.as_ref().map(read).transpose()?;
            let mut config = upstream::tls(authorities, None).map_err(|_| StoreError::Certificate)?;
            // It speaks no HTTP.
            config.alpn_protocols.clear();
            let _ = self.tls.set(TlsConnector::from(Arc::new(config)));
        }
        self.tls.get().ok_or(StoreError::Certificate)
    }
}

/// Milliseconds until the epoch ends.
fn remaining(epoch: Epoch) -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    (u128::from(epoch.ends()) * 1000).saturating_sub(now).max(1)
}

/// A command: an array of bulk strings.
async fn say(line: &mut Box<dyn Line>, words: &[&str]) -> Result<(), StoreError> {
    let length = words.iter().map(|word| word.len() + 16).sum::<usize>() + 16;
    let mut text = Zeroizing::new(String::with_capacity(length));
    text.push_str(&format!("*{}\r\n", words.len()));
    for word in words {
        text.push_str(&format!("${}\r\n", word.len()));
        text.push_str(word);
        text.push_str("\r\n");
    }
    line.write_all(text.as_bytes()).await.map_err(|_| StoreError::Unreachable)?;
    line.flush().await.map_err(|_| StoreError::Unreachable)
}

/// An answer: the text of a string, or nothing. What a store says of an error is not repeated.
pub async fn heard(line: &mut (impl AsyncRead + Unpin)) -> Result<Option<Zeroizing<String>>, StoreError> {
    let head = read_line(line).await?;
    let Some((kind, rest)) = head.split_at_checked(1) else { return Err(StoreError::Malformed) };
    match kind {
        "+" | ":" => Ok(Some(Zeroizing::new(rest.to_owned()))),
        "-" => Err(StoreError::Refused),
        "$" if rest == "-1" => Ok(None),
        "_" => Ok(None),
        "$" => {
            let told = read_line(line).await?;
            if rest.parse() == Ok(told.len()) { Ok(Some(told)) } else { Err(StoreError::Malformed) }
        }
        _ => Err(StoreError::Malformed),
    }
}

/// Byte by byte, so that no buffer keeps what was read.
async fn read_line(line: &mut (impl AsyncRead + Unpin)) -> Result<Zeroizing<String>, StoreError> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_LINE));
    loop {
        match line.read_u8().await.map_err(|_| StoreError::Unreachable)? {
            b'\n' => return Ok(text),
            b'\r' => {}
            byte if byte.is_ascii() && text.len() < LONGEST_LINE => text.push(char::from(byte)),
            _ => return Err(StoreError::Malformed),
        }
    }
}
