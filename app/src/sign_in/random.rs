//! Randomness in the forms that signing in needs.

use lyceum_contract::id::hex;

use crate::ports::{Entropy, Platform, Unavailable};
use crate::request::Context;

impl<P: Platform> Context<P> {
    /// Random bytes for an id or a secret.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Unavailable> {
        let mut bytes = [0; N];
        self.platform.entropy().fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A secret of 256 bits, in hexadecimal digits.
    pub(crate) fn secret(&self) -> Result<String, Unavailable> {
        self.random::<32>().map(|bytes| hex(&bytes))
    }

    /// Six digits. The remainder's bias is below one in 10^13.
    pub(super) fn code(&self) -> Result<String, Unavailable> {
        let number = u64::from_be_bytes(self.random()?);
        Ok(format!("{:06}", number % 1_000_000))
    }
}
