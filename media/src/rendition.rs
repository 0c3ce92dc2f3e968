//! Which files a page offers for one image.

use rayon::prelude::*;

use crate::encode::{Kind, encode};
use crate::format::{Format, Refused};
use crate::pixels::{self, Decoded, Pixels, check_size, scaled};
use crate::strip::{Stripped, strip};

/// The widest that any file gets: twice the width of a column of text, for dense screens.
pub const MAX_WIDTH: u32 = 1600;
/// Widths below the widest.
const WIDTHS: [u32; 3] = [480, 800, 1200];
/// A width between this share of the widest and the widest itself is left out: it would hardly be smaller.
const NEARLY: (u32, u32) = (9, 10);

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Its format.
    pub format: Format,
    /// Pixels from left to right.
    pub width: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The files for one image, none of which says more than what is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renditions {
    /// For every browser, in the format of the original.
    pub fallback: Rendition,
    /// Height of the fallback.
    pub height: u32,
    /// AVIF, then WebP, each from narrow to wide; every one smaller than the fallback and than the wider ones of its
    /// format. Empty for animations.
    pub variants: Vec<Rendition>,
    /// The mean colour, to stand in the place of the image while it loads; nothing for one with transparent parts.
    pub tone: Option<[u8; 3]>,
}

/// Makes the files for an image. Animations stay as they are, but for what they tell.
/// Cost: about a second for a photograph, on all cores; see [`crate::ENCODER`] for when the bytes change.
pub fn renditions(bytes: &[u8]) -> Result<Renditions, Refused> {
    let format = Format::of(bytes).ok_or(Refused::Unknown)?;
    let stripped = strip(format, bytes)?;
    check_size(stripped.width, stripped.height)?;
    if stripped.is_animated {
        let Stripped { bytes, width, height, .. } = stripped;
        let fallback = Rendition { format, width, bytes };
        return Ok(Renditions { fallback, height, variants: Vec::new(), tone: None });
    }
    let decoded = pixels::decode(format, bytes, MAX_WIDTH)?;
    let kind = match format {
        Format::Png | Format::Gif => Kind::Drawing,
        _ => Kind::Photo,
    };
    let (height, tone) = (decoded.pixels.height, decoded.pixels.tone());
    let variants = encode_all(&decoded, format, kind)?;
    let fallback = fallback(format, stripped, &decoded, kind)?;
    let variants = kept(variants, fallback.bytes.len());
    Ok(Renditions { fallback, height, variants, tone })
}

/// The widths for an image of this width, from narrow to wide, never more than it has.
fn widths(width: u32) -> Vec<u32> {
    let widest = width.min(MAX_WIDTH);
    let narrower = WIDTHS.into_iter().filter(|width| width * NEARLY.1 <= widest * NEARLY.0);
    narrower.chain([widest]).collect()
}

fn encode_all(decoded: &Decoded, format: Format, kind: Kind) -> Result<Vec<Rendition>, Refused> {
    let full = (decoded.pixels.width, decoded.pixels.height);
    let sizes: Result<Vec<Pixels>, Refused> =
        widths(full.0).into_iter().map(|width| decoded.pixels.resized(width, scaled(full, width))).collect();
    let sizes = sizes?;
    let formats = [Format::Avif, Format::WebP].into_iter().filter(|variant| *variant != format);
    let jobs: Vec<(Format, &Pixels)> =
        formats.flat_map(|format| sizes.iter().map(move |pixels| (format, pixels))).collect();
    let encoded = jobs.par_iter().map(|(format, pixels)| {
        let bytes = encode(pixels, *format, kind)?;
        Ok(Rendition { format: *format, width: pixels.width, bytes })
    });
    encoded.collect()
}

/// The smaller of the original without metadata and a file made anew; only the latter when the original has to be
/// turned, reduced, or brought to other colours.
fn fallback(format: Format, stripped: Stripped, decoded: &Decoded, kind: Kind) -> Result<Rendition, Refused> {
    let width = decoded.pixels.width;
    let may_stay = decoded.is_plain && decoded.full.0 == width;
    if may_stay && format == Format::Gif {
        return Ok(Rendition { format, width, bytes: stripped.bytes });
    }
    let bytes = encode(&decoded.pixels, format, kind)?;
    if may_stay && stripped.bytes.len() <= bytes.len() {
        return Ok(Rendition { format, width, bytes: stripped.bytes });
    }
    let format = if format == Format::Gif { Format::Png } else { format };
    Ok(Rendition { format, width, bytes })
}

/// Leaves out what no reader is better off with. Files come in the order of formats, each from narrow to wide.
fn kept(variants: Vec<Rendition>, n_fallback_bytes: usize) -> Vec<Rendition> {
    let widest = |format: Format| {
        let last = variants.iter().rfind(|variant| variant.format == format);
        last.map_or(usize::MAX, |variant| variant.bytes.len())
    };
    // A browser takes the first format that it knows, so AVIF has to earn its place before WebP.
    let has_avif = widest(Format::Avif) < n_fallback_bytes.min(widest(Format::WebP));
    let has_webp = widest(Format::WebP) < n_fallback_bytes;
    let mut kept: Vec<Rendition> = Vec::new();
    for variant in variants.into_iter().rev() {
        let is_wanted = if variant.format == Format::Avif { has_avif } else { has_webp };
        let wider = kept.last().filter(|wider| wider.format == variant.format);
        if is_wanted && wider.is_none_or(|wider| variant.bytes.len() < wider.bytes.len()) {
            kept.push(variant);
        }
    }
    kept.reverse();
    kept
}
