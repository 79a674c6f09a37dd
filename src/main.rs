//! The front door: arguments in, exit code out; and who hands out memory.

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    privet::command::main()
}
