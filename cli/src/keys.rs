//! Where the keys come from.

use std::env::VarError;
use std::fs;
use std::io;
use std::path::Path;

use lyceum_app::Secrets;
use lyceum_app::ports::Entropy;
use lyceum_contract::id::{hex, unhex};
use lyceum_contract::seal::KeyRing;

use crate::adapters::disk::write_durably;
use crate::adapters::system::SystemEntropy;
use crate::failure::Failure;

/// Names the keys that seal and open paid pages.
const SEAL_KEYS: &str = "LYCEUM_SEAL_KEYS";
/// Names the keys that sign cookies.
const SESSION_KEYS: &str = "LYCEUM_SESSION_KEYS";
const HINT: &str =
    "write `name:` and 64 hexadecimal digits, as made by `openssl rand -hex 32`; several with commas";

/// The keys of `LYCEUM_SEAL_KEYS`, else the development key, which keeps no secret.
pub(crate) fn seal_keys() -> Result<KeyRing, Failure> {
    let Some(text) = variable(SEAL_KEYS)? else { return Ok(KeyRing::development()) };
    KeyRing::parse(&text).map_err(|error| Failure::new(format_args!("{SEAL_KEYS}: {error}")).hint(HINT))
}

/// Whether anybody can open what these keys seal.
pub(crate) fn is_development(keys: &KeyRing) -> bool {
    keys.sealing().id() == KeyRing::DEVELOPMENT
}

/// The keys of `LYCEUM_SESSION_KEYS`, else a random one that is kept in this file.
pub(crate) fn session_secrets(file: &Path) -> Result<Secrets, Failure> {
    if let Some(text) = variable(SESSION_KEYS)? {
        return Secrets::parse(&text)
            .map_err(|error| Failure::new(format_args!("{SESSION_KEYS}: {error}")).hint(HINT));
    }
    match fs::read_to_string(file) {
        Ok(text) => read_secret(&text).ok_or_else(|| {
            Failure::new(format_args!("`{}` does not hold a key", file.display()))
                .hint("delete the file; everybody then signs in again")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_secret(file),
        Err(error) => Err(Failure::at("cannot read", file, error)),
    }
}

fn read_secret(text: &str) -> Option<Secrets> {
    unhex(text.trim())?.try_into().ok().map(Secrets::local)
}

fn make_secret(file: &Path) -> Result<Secrets, Failure> {
    let mut secret = [0; 32];
    SystemEntropy.fill(&mut secret).map_err(Failure::new)?;
    let text = format!("{}\n", hex(&secret));
    write_durably(file, text.as_bytes()).map_err(|error| Failure::at("cannot write", file, error))?;
    Ok(Secrets::local(secret))
}

/// A variable of the environment; `None` when it is not set or empty.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::new(format_args!("{name} is not text"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::scratch::Scratch;

    #[test]
    fn a_secret_is_made_once_and_kept_private() {
        let folder = Scratch::new();
        let file = folder.path().join("session.key");
        make_secret(&file).expect("made");
        let text = fs::read_to_string(&file).expect("kept");
        assert!(read_secret(&text).is_some());
        #[cfg(unix)]
        {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&file.metadata().expect("a file").permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn half_a_secret_is_none() {
        for text in ["", "00", &"0".repeat(63), &"x".repeat(64), &"0".repeat(66)] {
            assert!(read_secret(text).is_none(), "{text}");
        }
    }
}
