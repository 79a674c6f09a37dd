//! The front door: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    privet::command::main()
}
