//! The visitor's own address where the vendor says it back in a text that streams.
//!
//! Knows where it stands and what is written for it; does not know what is said beside it. Invariants: a text is
//! changed the same however it was cut; what is held back is what may still become the address.

use crate::privacy::category::Category;
use crate::privacy::needle::plain::{CONTEXT, Next, Plain};
use crate::privacy::scrub::{Fate, Place, Scrub};

/// What is looked for, and what is written instead.
#[derive(Clone, Debug)]
pub struct Echo {
    address: Plain,
    stand_in: Box<str>,
}

/// The walk over one text.
#[derive(Debug)]
pub struct Echoes {
    echo: Echo,
    /// What went on and is still looked back at, and what is held back.
    text: Vec<u8>,
    /// Where what is held back begins.
    done: usize,
    pub found: u64,
}

impl Echo {
    pub fn new(address: Plain, stand_in: impl Into<Box<str>>) -> Self {
        Self { address, stand_in: stand_in.into() }
    }

    /// This visitor's address, and what the policy writes for it; `None`: it may be told.
    pub fn of(scrub: &mut Scrub<'_>) -> Option<Self> {
        let address = Plain::new(scrub.visitor.needle());
        let place = Place::Known(scrub.places().of(Category::Address));
        match scrub.value(&address.spelled(), place) {
            Ok(Fate::Keep) => None,
            Ok(Fate::Replace(stand_in)) => Some(Self::new(address, stand_in)),
            Ok(Fate::Remove) | Err(_) => Some(Self::new(address, format!("[{}]", Category::Address.name()))),
        }
    }

    /// The same, where the address stands in a text that is there as a whole.
    pub fn within(scrub: &mut Scrub<'_>, text: &[u8]) -> Option<Self> {
        if Plain::new(scrub.visitor.needle()).stands_in(text) { Self::of(scrub) } else { None }
    }
}

impl Echoes {
    pub const fn of(echo: Echo) -> Self {
        Self { echo, text: Vec::new(), done: 0, found: 0 }
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.text.extend_from_slice(bytes);
        self.walk(false, out);
        let gone = self.done.saturating_sub(CONTEXT);
        self.text.drain(..gone);
        self.done -= gone;
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.walk(true, out);
    }

    fn walk(&mut self, ended: bool, out: &mut Vec<u8>) {
        loop {
            match self.echo.address.next(&self.text, self.done, ended) {
                Next::At(span) => {
                    out.extend_from_slice(&self.text[self.done..span.start]);
                    out.extend_from_slice(self.echo.stand_in.as_bytes());
                    self.done = span.end;
                    self.found += 1;
                }
                Next::NotBefore(known) => {
                    out.extend_from_slice(&self.text[self.done..known]);
                    self.done = known;
                    return;
                }
            }
        }
    }
}
