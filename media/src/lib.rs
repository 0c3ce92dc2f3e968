//! Pictures of an academy: bytes in, bytes out.
//!
//! - [`renditions`] makes the files that a page offers for one image, without anything that tells about its maker;
//! - [`svg::clean`] takes out of a drawing what could run or call home;
//! - [`card`] draws social cards from SVG, with fonts of its own.
//!
//! There is no I/O, no clock and no randomness, and the same bytes give the same bytes on any number of threads.
//! Nothing here trusts its input: sizes are checked before memory is taken.

pub mod card;
mod encode;
mod format;
mod pixels;
mod rendition;
#[cfg(test)]
mod sample;
mod strip;
pub mod svg;
#[cfg(test)]
mod tests;

pub use format::{Format, Refused};
pub use rendition::{MAX_WIDTH, Rendition, Renditions, renditions};

/// Part of every address and cache key. It changes whenever the same image would give other bytes.
pub const ENCODER: u32 = 1;
