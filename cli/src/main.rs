//! The `lyceum` command.

use std::process::ExitCode;

/// Builds make millions of small things on all threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lyceum::run()
}
