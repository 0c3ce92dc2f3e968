//! WebP: chunks in a RIFF file.

use super::{Reader, Stripped};
use crate::format::Refused;

/// Pixels, transparency and frames.
const NEEDED: [&[u8; 4]; 6] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"];
/// The flags of `VP8X` that stay: transparency and animation. Those of colour profile, EXIF and XMP go.
const FLAGS: u8 = 0x12;
const ANIMATED: u8 = 0x02;

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, Refused> {
    let mut rest = Reader(bytes);
    rest.take(4)?;
    let n_bytes = rest.little(4)? as usize;
    let mut rest = Reader(rest.take(n_bytes)?);
    rest.take(4)?;
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    let (mut size, mut is_animated, mut has_picture) = (None, false, false);
    while !rest.0.is_empty() {
        let (name, n_bytes) = (rest.take(4)?, rest.little(4)?);
        let data = rest.take(n_bytes as usize)?;
        let padding = rest.take((n_bytes % 2) as usize)?;
        if !NEEDED.iter().any(|needed| needed.as_slice() == name) {
            continue;
        }
        size = size.or(dimensions(name, data)?);
        has_picture |= matches!(name, b"VP8 " | b"VP8L" | b"ANMF");
        out.extend(name);
        out.extend(n_bytes.to_le_bytes());
        let start = out.len();
        out.extend(data);
        out.extend(padding);
        if name == b"VP8X" {
            is_animated = data[0] & ANIMATED != 0;
            out[start] &= FLAGS;
        }
    }
    let Some((width, height)) = size.filter(|_| has_picture) else {
        return Err(Refused::Broken("the file has no picture".to_owned()));
    };
    let n_bytes = u32::try_from(out.len() - 8).map_err(|_| Refused::cut())?;
    out[4..8].copy_from_slice(&n_bytes.to_le_bytes());
    Ok(Stripped { bytes: out, width, height, is_animated })
}

/// What a chunk says about the size; the first one that does is right.
fn dimensions(name: &[u8], data: &[u8]) -> Result<Option<(u32, u32)>, Refused> {
    let mut rest = Reader(data);
    Ok(match name {
        b"VP8X" => {
            rest.take(4)?;
            Some((rest.little(3)? + 1, rest.little(3)? + 1))
        }
        b"VP8L" => {
            rest.take(1)?;
            let bits = rest.little(4)?;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8 " => {
            rest.take(6)?;
            Some((rest.little(2)? & 0x3FFF, rest.little(2)? & 0x3FFF))
        }
        _ => None,
    })
}
