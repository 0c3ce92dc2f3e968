//! The Ledger of an academy on this machine, for commands that run beside `serve`.

use std::future::Future;
use std::path::Path;

use lyceum_app::ports::{Entropy, Unavailable};

use crate::adapters::SqliteLedger;
use crate::adapters::system::SystemEntropy;
use crate::failure::Failure;

/// The Ledger in a folder of `serve`. It may run meanwhile: each command is one transaction of the same file.
pub(crate) fn open(data: &Path) -> Result<SqliteLedger, Failure> {
    let file = data.join("ledger.sqlite");
    if !file.is_file() {
        return Err(Failure::new(format_args!("there is no academy in `{}`", data.display()))
            .hint("name the folder that `lyceum serve --data DIR` was given"));
    }
    SqliteLedger::open(&file).map_err(unavailable)
}

/// Runs a command that waits.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Failure::new)?;
    runtime.block_on(work)
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
pub(crate) fn unavailable(unavailable: Unavailable) -> Failure {
    let is_busy = unavailable.reason.contains("locked") || unavailable.reason.contains("busy");
    let failure = Failure::new(&unavailable);
    if is_busy { failure.hint("another program is writing; try again in a moment") } else { failure }
}

/// The bytes of a new id.
pub(crate) fn random() -> Result<[u8; 16], Failure> {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes).map_err(unavailable)?;
    Ok(bytes)
}
