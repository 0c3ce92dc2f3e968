//! The `lyceum` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lyceum::run()
}
