//! What a vendor's settings say a chat can do: a call. Said to be unable, it offers none, instead of one that reaches
//! nobody.
//!
//! Knows words of names and how documents, scripts and pages write that something is so; does not know vendors, who
//! name it as they like: `canCall`, `video_call_enabled`, `isWebRTCSupported`. Invariants: a name with a word that is
//! not known here is left alone, for it may say the contrary; so is what is compared, or made out of something else.

use super::super::spelling::behind;
use super::Unreachable;
use super::signs::{Short, Signs};

/// What stands in all such names, in lower case.
pub const STEMS: [&str; 13] = [
    "call",
    "webrtc",
    "web_rtc",
    "web-rtc",
    "videochat",
    "video_chat",
    "video-chat",
    "voicechat",
    "voice_chat",
    "voice-chat",
    "screenshar",
    "screen_shar",
    "screen-shar",
];
/// Words that make a name one of a call's, with those that stand beside them.
const TELLING: [&str; 20] = [
    "allow",
    "allowed",
    "allows",
    "audio",
    "available",
    "can",
    "enable",
    "enabled",
    "enables",
    "permitted",
    "rtc",
    "screen",
    "show",
    "support",
    "supported",
    "supports",
    "use",
    "video",
    "voice",
    "web",
];
const BESIDE: [&str; 37] = [
    "access", "active", "agent", "and", "app", "browser", "button", "call", "calling", "calls", "chat",
    "chats", "customer", "data", "direct", "feature", "features", "has", "in", "incoming", "is", "live",
    "make", "mode", "option", "or", "outgoing", "phone", "receive", "request", "share", "sharing", "site",
    "start", "user", "visitor", "widget",
];
/// A member of such a name's object that says whether the object holds.
const SWITCHES: [&str; 6] = ["active", "allowed", "available", "enabled", "isEnabled", "is_enabled"];
/// How it is said that something is so, and what says that it is not.
const SAID: [(&str, &str); 7] = [
    ("true", "false"),
    ("!0", "!1"),
    ("1", "0"),
    ("yes", "no"),
    ("on", "off"),
    ("enabled", "disabled"),
    ("allowed", "denied"),
];
/// A longer name is no name of a setting.
const LONGEST_NAME: usize = 48;
/// What may stand between a name and what is said of it: quotes with their backslashes, a joint, space.
const MOST_BETWEEN: usize = 16;
/// An object whose switch comes later is left alone.
const LONGEST_OBJECT: usize = 1024;

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether a name is made of known words, and one of them tells if one `must`.
fn is_of_call(name: &[u8], must: bool) -> bool {
    let letters: Vec<u8> =
        name.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase).collect();
    reads(&letters, !must)
}

/// Whether letters are words one after another, and it is told by then what they are of.
fn reads(letters: &[u8], told: bool) -> bool {
    let goes_on = |words: &[&str], told| {
        let mut rests = words.iter().filter_map(|word| letters.strip_prefix(word.as_bytes()));
        rests.any(|rest| reads(rest, told))
    };
    if letters.is_empty() { told } else { goes_on(&TELLING, true) || goes_on(&BESIDE, told) }
}

impl Signs<'_> {
    /// That a call can be made, where the stem that begins at `start` is of such a name.
    pub fn ability(mut self, start: usize) -> Result<Option<Unreachable>, Short> {
        let Some(rest) = self.run(LONGEST_NAME, is_of_name)? else { return Ok(None) };
        self.at += rest;
        let begun = |at: usize| matches!(behind(&self.text[..at]), Some((sign, 1)) if is_of_name(sign));
        let before = (0..LONGEST_NAME).find(|before| !begun(start - before)).unwrap_or(LONGEST_NAME);
        let name = &self.text[start - before..self.at];
        if !is_of_call(name, false) || !self.join()? {
            return Ok(None);
        }
        match self.peek()? {
            Some((b'{', length)) => {
                self.at += length;
                self.switch()
            }
            _ if is_of_call(name, true) => self.said(),
            _ => Ok(None),
        }
    }

    /// Passes what joins a name with what is said of it, if that follows.
    fn join(&mut self) -> Result<bool, Short> {
        let (mut joined, mut between) = (false, 0);
        while between < MOST_BETWEEN
            && let Some((sign, length)) = self.peek()?
        {
            match sign {
                b':' | b'=' if joined => return Ok(false),
                b':' | b'=' => joined = true,
                b'"' | b'\'' | b'`' | b'\\' if joined => return Ok(true),
                b'"' | b'\'' | b'`' | b'\\' => {}
                sign if sign.is_ascii_whitespace() => {}
                _ => return Ok(joined),
            }
            self.at += length;
            between += 1;
        }
        Ok(false)
    }

    /// That something is so, in quotes or without, and nothing more.
    fn said(mut self) -> Result<Option<Unreachable>, Short> {
        let quoted = |sign: u8| matches!(sign, b'"' | b'\'' | b'`' | b'\\');
        let before = self.at;
        self.skip(quoted)?;
        let (start, is_quoted) = (self.at, self.at > before);
        let Some(length) = self.run(SAID.len() + 2, |byte| byte.is_ascii_alphanumeric() || byte == b'!')?
        else {
            return Ok(None);
        };
        self.at += length;
        let ends = match self.peek()? {
            None => true,
            Some((sign, _)) if is_quoted => quoted(sign),
            Some((sign, _)) => sign.is_ascii_whitespace() || b",;}])&".contains(&sign),
        };
        let said = &self.text[start..start + length];
        let bare = |word: &str| is_quoted || matches!(word, "true" | "!0" | "1");
        let mut known =
            SAID.iter().filter(|(word, _)| bare(word) && said.eq_ignore_ascii_case(word.as_bytes()));
        Ok(known.next().filter(|_| ends).map(|(_, new)| Unreachable { start, end: start + length, new }))
    }

    /// That an object holds, somewhere in it but not in what it holds itself.
    fn switch(mut self) -> Result<Option<Unreachable>, Short> {
        let (start, mut depth) = (self.at, 1);
        while self.at - start < LONGEST_OBJECT
            && let Some((sign, length)) = self.peek()?
        {
            match sign {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' if depth == 1 => return Ok(None),
                b'}' | b']' | b')' => depth -= 1,
                sign if depth == 1 && is_of_name(sign) && length == 1 => {
                    let name = self.at;
                    let Some(length) = self.run(LONGEST_NAME, is_of_name)? else { return Ok(None) };
                    self.at += length;
                    let name = &self.text[name..self.at];
                    if SWITCHES.iter().any(|switch| name.eq_ignore_ascii_case(switch.as_bytes()))
                        && self.join()?
                    {
                        return self.said();
                    }
                    continue;
                }
                _ => {}
            }
            self.at += length;
        }
        Ok(None)
    }
}
