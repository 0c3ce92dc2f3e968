//! JPEG: segments between markers, and entropy-coded data behind each start of scan.

use super::{Reader, Stripped};
use crate::format::Refused;

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
/// Says how the colours of CMYK and some RGB files are to be read; it names nobody.
const ADOBE: u8 = 0xEE;

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, Refused> {
    let mut rest = Reader(bytes);
    rest.take(2)?;
    let mut out = vec![0xFF, START];
    let mut size = None;
    loop {
        let marker = marker(&mut rest)?;
        if marker == END {
            out.extend([0xFF, END]);
            break;
        }
        let segment = segment(&mut rest)?;
        if is_frame(marker) {
            let mut frame = Reader(segment);
            frame.take(3)?;
            let height = frame.big_16()?;
            size = Some((u32::from(frame.big_16()?), u32::from(height)));
        }
        if is_needed(marker, segment) {
            out.extend([0xFF, marker]);
            out.extend(segment);
        }
        if marker == SCAN {
            out.extend(scan(&mut rest)?);
        }
    }
    let (width, height) = size.ok_or_else(|| Refused::Broken("the file has no picture".to_owned()))?;
    Ok(Stripped { bytes: out, width, height, is_animated: false })
}

fn marker(rest: &mut Reader<'_>) -> Result<u8, Refused> {
    if rest.byte()? != 0xFF {
        return Err(Refused::Broken("a JPEG marker is missing".to_owned()));
    }
    loop {
        match rest.byte()? {
            // Any number of fill bytes may stand before a marker.
            0xFF => {}
            marker => return Ok(marker),
        }
    }
}

/// The segment with its length in front.
fn segment<'a>(rest: &mut Reader<'a>) -> Result<&'a [u8], Refused> {
    let n_bytes = usize::from(rest.clone().big_16()?);
    if n_bytes < 2 {
        return Err(Refused::Broken("a JPEG segment without a length".to_owned()));
    }
    rest.take(n_bytes)
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// Frames, tables, restart intervals and scans; of the applications' segments only the one about colours.
fn is_needed(marker: u8, segment: &[u8]) -> bool {
    matches!(marker, 0xC0..=0xCF | SCAN | 0xDB | 0xDD)
        || (marker == ADOBE && segment.len() == 14 && segment[2..].starts_with(b"Adobe"))
}

/// Coded data up to the next marker that is neither a stuffed zero nor a restart.
fn scan<'a>(rest: &mut Reader<'a>) -> Result<&'a [u8], Refused> {
    let is_end = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7);
    let n_bytes = rest.0.windows(2).position(is_end).ok_or_else(Refused::cut)?;
    rest.take(n_bytes)
}
