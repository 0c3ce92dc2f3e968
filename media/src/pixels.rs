//! An image in memory: decoded within limits, upright, in sRGB, and no wider than a page needs.

use std::io::Cursor;
use std::sync::Mutex;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, Limits};
use moxcms::{ColorProfile, Layout, TransformOptions};

use crate::format::{Format, Refused};

/// The most pixels of an image; cameras of telephones make up to 50 million.
pub(crate) const MAX_PIXELS: u64 = 50_000_000;
/// The longest side: more than WebP can hold is of no use.
pub(crate) const MAX_SIDE: u32 = 16_383;
/// The most bytes that one decoder may take: a JPEG of the largest size with its coefficients.
const MAX_DECODER_BYTES: u64 = 512 * 1024 * 1024;
/// The most bytes of the colour profile of a PNG and of one of its rows.
const MAX_PROFILE_BYTES: u64 = 16 * 1024 * 1024;
/// From here on images are decoded one after the other, so that many cores do not hold many large ones.
const LARGE_PIXELS: u64 = 8_000_000;

static ONE_LARGE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Rows of 8-bit sRGB, with or without alpha.
#[derive(Debug, Clone)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) has_alpha: bool,
    /// Three bytes a pixel, or four.
    pub(crate) bytes: Vec<u8>,
}

/// A decoded image and what its file said besides.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) pixels: Pixels,
    /// Size when upright, before it was reduced.
    pub(crate) full: (u32, u32),
    /// Whether the stored pixels are those to be seen: upright, without a colour profile.
    pub(crate) is_plain: bool,
}

/// Refuses an image that would take too much memory, by what its header says.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Refused> {
    if width == 0 || height == 0 {
        return Err(Refused::Broken("the picture has no pixels".to_owned()));
    }
    let is_small = width.max(height) <= MAX_SIDE && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    is_small.then_some(()).ok_or(Refused::TooLarge { width, height })
}

/// Decodes an image (the first of an animation) and reduces it to `max_width`.
/// Cost: up to [`MAX_DECODER_BYTES`] while it runs, only one such at a time.
pub(crate) fn decode(format: Format, bytes: &[u8], max_width: u32) -> Result<Decoded, Refused> {
    let mut decoder = decoder(format, bytes)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(|error| broken(&error))?;
    // Broken metadata is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let is_large = u64::from(width) * u64::from(height) > LARGE_PIXELS;
    let guard = is_large.then(|| ONE_LARGE_AT_A_TIME.lock());
    let image = DynamicImage::from_decoder(decoder).map_err(|error| broken(&error))?;
    let pixels = Pixels::of(image);
    let turned = turns(orientation);
    let full = if turned { (height, width) } else { (width, height) };
    let kept = full.0.min(max_width);
    let (kept_width, kept_height) = (kept, scaled(full, kept));
    let stored = if turned { (kept_height, kept_width) } else { (kept_width, kept_height) };
    let pixels = pixels.resized(stored.0, stored.1)?;
    drop(guard);
    let mut pixels = pixels.upright(orientation)?;
    if let Some(profile) = &profile {
        pixels.convert_from(profile);
    }
    let is_plain = orientation == Orientation::NoTransforms && profile.is_none();
    Ok(Decoded { pixels, full, is_plain })
}

fn decoder(format: Format, bytes: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, Refused> {
    let input = Cursor::new(bytes);
    let decoder: Result<Box<dyn ImageDecoder + '_>, _> = match format {
        Format::Jpeg => JpegDecoder::new(input).map(|decoder| Box::new(decoder) as Box<_>),
        Format::Png => {
            // A colour profile is unpacked with the header, and a small file may hold a huge one.
            let mut limits = Limits::no_limits();
            limits.max_alloc = Some(MAX_PROFILE_BYTES);
            PngDecoder::with_limits(input, limits).map(|decoder| Box::new(decoder) as Box<_>)
        }
        Format::Gif => GifDecoder::new(input).map(|decoder| Box::new(decoder) as Box<_>),
        Format::WebP => WebPDecoder::new(input).map(|decoder| Box::new(decoder) as Box<_>),
        Format::Avif => return Err(Refused::Unknown),
    };
    decoder.map_err(|error| broken(&error))
}

fn broken(error: &image::ImageError) -> Refused {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    Refused::Broken(format!("the picture cannot be decoded: {reason}"))
}

/// Whether width and height change places.
fn turns(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// The height that goes with a width, at least 1.
pub(crate) fn scaled((width, height): (u32, u32), to_width: u32) -> u32 {
    let rounded = (u64::from(height) * u64::from(to_width) + u64::from(width) / 2) / u64::from(width.max(1));
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

impl Pixels {
    fn of(image: DynamicImage) -> Self {
        let (width, height) = (image.width(), image.height());
        if image.color().has_alpha() {
            let bytes = image.into_rgba8().into_raw();
            if bytes.chunks_exact(4).any(|pixel| pixel[3] < u8::MAX) {
                return Self { width, height, has_alpha: true, bytes };
            }
            let opaque = bytes.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
            return Self { width, height, has_alpha: false, bytes: opaque };
        }
        Self { width, height, has_alpha: false, bytes: image.into_rgb8().into_raw() }
    }

    /// The same in another size.
    pub(crate) fn resized(&self, width: u32, height: u32) -> Result<Self, Refused> {
        if (width, height) == (self.width, self.height) {
            return Ok(self.clone());
        }
        let kind = if self.has_alpha { PixelType::U8x4 } else { PixelType::U8x3 };
        let failed = |error: &dyn std::fmt::Display| {
            Refused::Broken(format!("the picture cannot be resized: {error}"))
        };
        let source =
            ImageRef::new(self.width, self.height, &self.bytes, kind).map_err(|error| failed(&error))?;
        let mut target = Image::new(width, height, kind);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize(&source, &mut target, &options).map_err(|error| failed(&error))?;
        Ok(Self { width, height, has_alpha: self.has_alpha, bytes: target.into_vec() })
    }

    fn upright(self, orientation: Orientation) -> Result<Self, Refused> {
        if orientation == Orientation::NoTransforms {
            return Ok(self);
        }
        let Self { width, height, has_alpha, bytes } = self;
        let image = if has_alpha {
            image::RgbaImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
        } else {
            image::RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
        };
        let mut image = image.ok_or_else(Refused::cut)?;
        image.apply_orientation(orientation);
        Ok(Self { width: image.width(), height: image.height(), has_alpha, bytes: image.into_bytes() })
    }

    /// Converts from the colours of an ICC profile. A profile that cannot be used leaves the colours as they are,
    /// which is what browsers do too.
    fn convert_from(&mut self, profile: &[u8]) {
        let layout = if self.has_alpha { Layout::Rgba } else { Layout::Rgb };
        let Ok(source) = ColorProfile::new_from_slice(profile) else { return };
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let Ok(transform) = source.create_transform_8bit(layout, &srgb, layout, options) else { return };
        let mut converted = vec![0; self.bytes.len()];
        if transform.transform(&self.bytes, &mut converted).is_ok() {
            self.bytes = converted;
        }
    }

    /// The mean colour of an opaque image.
    pub(crate) fn tone(&self) -> Option<[u8; 3]> {
        if self.has_alpha {
            return None;
        }
        let mut sums = [0_u64; 3];
        for pixel in self.bytes.chunks_exact(3) {
            for (sum, byte) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*byte);
            }
        }
        let n_pixels = (self.bytes.len() as u64 / 3).max(1);
        Some(sums.map(|sum| u8::try_from(sum / n_pixels).unwrap_or(u8::MAX)))
    }
}
