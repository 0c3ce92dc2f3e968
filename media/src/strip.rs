//! Takes everything out of an image file that is not needed to show it, without touching its pixels.
//!
//! Only parts that are known to be needed are kept. What cameras and programs add - place, time, names, thumbnails,
//! comments, colour profiles with their texts, bytes behind the end - is not on the list.

mod gif;
mod jpeg;
mod png;
mod webp;

use crate::format::{Format, Refused};

/// An image file without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stripped {
    pub(crate) bytes: Vec<u8>,
    /// Pixels as they are stored, before any orientation.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_animated: bool,
}

/// Copies what has to stay. Cost: one pass.
pub(crate) fn strip(format: Format, bytes: &[u8]) -> Result<Stripped, Refused> {
    match format {
        Format::Jpeg => jpeg::strip(bytes),
        Format::Png => png::strip(bytes),
        Format::Gif => gif::strip(bytes),
        Format::WebP => webp::strip(bytes),
        Format::Avif => Err(Refused::Unknown),
    }
}

/// Reads from the front of a file; every step says when the file is too short.
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], Refused> {
        let (taken, rest) = self.0.split_at_checked(n_bytes).ok_or_else(Refused::cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Refused> {
        Ok(self.take(1)?[0])
    }

    fn big_16(&mut self) -> Result<u16, Refused> {
        Ok(self.take(2)?.iter().fold(0, |number, byte| number << 8 | u16::from(*byte)))
    }

    fn big_32(&mut self) -> Result<u32, Refused> {
        Ok(self.take(4)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Little-endian, of up to four bytes.
    fn little(&mut self, n_bytes: usize) -> Result<u32, Refused> {
        Ok(self.take(n_bytes)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}
