//! Small helpers around the disk: what is written is there after a power cut.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use lyceum_app::ports::Unavailable;

/// Makes a folder, and those above it, that only its owner may look into.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new file that only its owner may read. An error of kind `AlreadyExists` when there is one.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a folder durable. A new file is only safe once its folder is.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows neither needs this nor opens a folder as a file.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Writes a new private file under its final name only when it is whole and on the disk.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("part");
    let _ = fs::remove_file(&unfinished);
    let mut file = private_file(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Runs `work` on a thread that may wait for the disk or the network. A panic there is an outage here.
pub(crate) async fn blocking<T: Send + 'static>(
    port: &'static str,
    work: impl FnOnce() -> Result<T, Unavailable> + Send + 'static,
) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Unavailable::new(port, error)))
}
