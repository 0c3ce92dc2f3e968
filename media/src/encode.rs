//! Pixels to files, small ones, always the same.

use std::fmt::Display;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use ravif::{BitDepth, Img, RGB8, RGBA8};

use crate::format::{Format, Refused};
use crate::pixels::Pixels;

/// What the picture is, as far as its file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From a camera: JPEG, lossy WebP. Losses do not show.
    Photo,
    /// Possibly drawn: PNG, GIF. Losses show at edges and letters.
    Drawing,
}

/// The quickest: a tenth larger than the next, and a third less time.
const AVIF_SPEED: u8 = 10;

/// Encodes pixels. Cost: AVIF about half a second a megapixel, the others a tenth of it.
pub(crate) fn encode(pixels: &Pixels, format: Format, kind: Kind) -> Result<Vec<u8>, Refused> {
    match format {
        Format::Avif => avif(pixels, kind),
        Format::WebP => webp(pixels, kind),
        Format::Jpeg => jpeg(pixels),
        // A GIF is never made anew; a still one that is too wide becomes a PNG.
        Format::Png | Format::Gif => png(pixels),
    }
}

fn failed(format: Format, error: &dyn Display) -> Refused {
    Refused::Broken(format!("the picture cannot be written as {format}: {error}"))
}

fn avif(pixels: &Pixels, kind: Kind) -> Result<Vec<u8>, Refused> {
    let quality = if kind == Kind::Photo { 68. } else { 82. };
    // One thread: the number of tiles, and so the bytes, would depend on it.
    let settings = ravif::Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(AVIF_SPEED)
        .with_bit_depth(BitDepth::Eight)
        .with_num_threads(Some(1));
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let encoded = if pixels.has_alpha {
        let rgba = |p: &[u8]| RGBA8::new(p[0], p[1], p[2], p[3]);
        let colours: Vec<RGBA8> = pixels.bytes.chunks_exact(4).map(rgba).collect();
        settings.encode_rgba(Img::new(&colours, width, height))
    } else {
        let rgb = |p: &[u8]| RGB8::new(p[0], p[1], p[2]);
        let colours: Vec<RGB8> = pixels.bytes.chunks_exact(3).map(rgb).collect();
        settings.encode_rgb(Img::new(&colours, width, height))
    };
    Ok(encoded.map_err(|error| failed(Format::Avif, &error))?.avif_file)
}

/// For a drawing the smaller of an exact file and a fine one.
fn webp(pixels: &Pixels, kind: Kind) -> Result<Vec<u8>, Refused> {
    let Pixels { width, height, has_alpha, bytes } = pixels;
    let encoder = if *has_alpha {
        webp::Encoder::from_rgba(bytes, *width, *height)
    } else {
        webp::Encoder::from_rgb(bytes, *width, *height)
    };
    let write = |lossless: bool, quality: f32| {
        let written = encoder.encode_simple(lossless, quality);
        written.map(|file| file.to_vec()).map_err(|error| failed(Format::WebP, &format!("{error:?}")))
    };
    if kind == Kind::Photo {
        return write(false, 76.);
    }
    let (exact, fine) = (write(true, 75.)?, write(false, 90.)?);
    Ok(if exact.len() <= fine.len() { exact } else { fine })
}

fn jpeg(pixels: &Pixels) -> Result<Vec<u8>, Refused> {
    let mut out = Vec::new();
    let colours: Vec<u8>;
    let bytes = if pixels.has_alpha {
        colours = pixels.bytes.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
        &colours
    } else {
        &pixels.bytes
    };
    JpegEncoder::new_with_quality(&mut out, 82)
        .write_image(bytes, pixels.width, pixels.height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(Format::Jpeg, &error))?;
    Ok(out)
}

fn png(pixels: &Pixels) -> Result<Vec<u8>, Refused> {
    let mut out = Vec::new();
    let colours = if pixels.has_alpha { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    PngEncoder::new_with_quality(&mut out, CompressionType::Best, FilterType::Adaptive)
        .write_image(&pixels.bytes, pixels.width, pixels.height, colours)
        .map_err(|error| failed(Format::Png, &error))?;
    Ok(out)
}
