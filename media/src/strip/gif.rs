//! GIF: a screen, then images and extensions.

use super::{Reader, Stripped};
use crate::format::Refused;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const END: u8 = 0x3B;
/// How long a frame stands and what is transparent in it.
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, Refused> {
    let mut rest = Reader(bytes);
    rest.take(6)?;
    let (width, height) = (rest.little(2)?, rest.little(2)?);
    let flags = rest.byte()?;
    rest.take(2 + palette(flags))?;
    let mut out = bytes[..bytes.len() - rest.0.len()].to_vec();
    let mut n_frames = 0;
    loop {
        let block = rest;
        let is_needed = match rest.byte()? {
            END => break,
            IMAGE => {
                n_frames += 1;
                rest.take(8)?;
                let flags = rest.byte()?;
                rest.take(palette(flags) + 1)?;
                sub_blocks(&mut rest)?;
                true
            }
            EXTENSION => {
                let (kind, data) = (rest.byte()?, rest.0);
                sub_blocks(&mut rest)?;
                // The one application that makes an animation run again.
                kind == CONTROL || (kind == APPLICATION && data.starts_with(b"\x0bNETSCAPE2.0\x03\x01"))
            }
            _ => return Err(Refused::Broken("a GIF block of an unknown kind".to_owned())),
        };
        if is_needed {
            out.extend(&block.0[..block.0.len() - rest.0.len()]);
        }
    }
    if n_frames == 0 {
        return Err(Refused::Broken("the file has no picture".to_owned()));
    }
    out.push(END);
    Ok(Stripped { bytes: out, width, height, is_animated: n_frames > 1 })
}

/// Bytes of the palette that the flags announce.
fn palette(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn sub_blocks(rest: &mut Reader<'_>) -> Result<(), Refused> {
    loop {
        match rest.byte()? {
            0 => return Ok(()),
            n_bytes => rest.take(usize::from(n_bytes))?,
        };
    }
}
