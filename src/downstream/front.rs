//! The first thread: where signals are heard and operators served.
//!
//! Invariant: signals are heard before anyone is told of an address.

use std::io;

use tokio::runtime::Runtime;

use super::shutdown::Signals;

pub struct Front {
    pub runtime: Runtime,
    pub signals: Signals,
}

impl Front {
    pub fn open() -> io::Result<Self> {
        let runtime = runtime()?;
        let signals = {
            let _within = runtime.enter();
            Signals::listen()?
        };
        Ok(Self { runtime, signals })
    }
}

/// What one thread runs on.
pub fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
