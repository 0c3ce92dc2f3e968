//! PNG: chunks with a length, a name and a checksum.

use super::{Reader, Stripped};
use crate::format::Refused;

/// Pixels, palette, transparency, brightness and frames of an animation.
const NEEDED: [&[u8; 4]; 10] =
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"acTL", b"fcTL", b"fdAT"];

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, Refused> {
    let mut rest = Reader(bytes);
    let mut out = rest.take(8)?.to_vec();
    let (mut size, mut is_animated) = (None, false);
    loop {
        let chunk = rest;
        let n_bytes = rest.big_32()? as usize;
        let name = rest.take(4)?;
        let mut data = Reader(rest.take(n_bytes)?);
        rest.take(4)?;
        match name {
            b"IHDR" => size = Some((data.big_32()?, data.big_32()?)),
            b"acTL" => is_animated = data.big_32()? > 1,
            _ => {}
        }
        if NEEDED.iter().any(|needed| needed.as_slice() == name) {
            out.extend(&chunk.0[..chunk.0.len() - rest.0.len()]);
        }
        if name == b"IEND" {
            break;
        }
    }
    let (width, height) = size.ok_or_else(|| Refused::Broken("the file has no picture".to_owned()))?;
    Ok(Stripped { bytes: out, width, height, is_animated })
}
