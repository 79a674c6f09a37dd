//! Work with keys that leaves nothing of them on the stack.
//!
//! What is moved is copied, and the copies of a key's state below the frame of whoever worked with it would stay until
//! something else happens to lie there. Knows no key. Invariant: what a thread's stack held of the work is overwritten
//! before anything else is done.

use std::hint::black_box;

/// More than hashing takes, which is 2.3 KiB where it is optimized and 4.8 where it is not.
const DEPTH: usize = if cfg!(debug_assertions) { 16 * 1024 } else { 4 * 1024 };

/// Does some work and overwrites the stack it used. What it gives back must not hold a key by value.
pub fn washed<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wash();
    done
}

/// In a frame of its own, so that all it leaves lies where [`wash`] goes.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wash() {
    let mut water = [0_u8; DEPTH];
    black_box(&mut water);
}
