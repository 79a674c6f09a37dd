//! What a command says: to a person or a program at the other end of a pipe.
//!
//! Invariant: a reader who leaves early is no error.

use std::fmt::Display;
use std::io::{self, Write};

/// Says what was found, and ends the line.
pub fn say(text: impl Display) {
    line(&mut io::stdout().lock(), &text);
}

/// Says what went wrong, and ends the line.
pub fn complain(text: impl Display) {
    line(&mut io::stderr().lock(), &text);
}

fn line(to: &mut impl Write, text: &dyn Display) {
    // A closed pipe is the reader's choice, and there is nobody else to tell.
    let _ = writeln!(to, "{text}").and_then(|()| to.flush());
}
