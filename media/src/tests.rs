//! What becomes of images, good and bad.

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder, RgbaImage};

use crate::encode::{Kind, encode};
use crate::pixels::{Pixels, decode};
use crate::sample::{self, photo};
use crate::{Format, Refused, Renditions, renditions};

fn jpeg(pixels: &Pixels) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 92)
        .write_image(&pixels.bytes, pixels.width, pixels.height, ExtendedColorType::Rgb8)
        .expect("a JPEG");
    out
}

fn png(pixels: &Pixels) -> Vec<u8> {
    let mut out = Vec::new();
    let colours = if pixels.has_alpha { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    PngEncoder::new(&mut out)
        .write_image(&pixels.bytes, pixels.width, pixels.height, colours)
        .expect("a PNG");
    out
}

fn webp(pixels: &Pixels) -> Vec<u8> {
    encode(pixels, Format::WebP, Kind::Photo).expect("a WebP")
}

fn gif(n_frames: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    encoder.set_repeat(Repeat::Infinite).expect("repeats");
    for idx in 0..n_frames {
        let pixels =
            RgbaImage::from_pixel(40, 20, image::Rgba([u8::try_from(idx).unwrap_or(9) * 40, 90, 20, 255]));
        encoder
            .encode_frame(Frame::from_parts(pixels, 0, 0, Delay::from_numer_denom_ms(100, 1)))
            .expect("a frame");
    }
    drop(encoder);
    out
}

#[track_caller]
fn made(bytes: &[u8]) -> Renditions {
    renditions(bytes).expect("an image")
}

fn shown(made: &Renditions) -> Vec<(Format, u32)> {
    [&made.fallback].into_iter().chain(&made.variants).map(|file| (file.format, file.width)).collect()
}

#[test]
fn a_photograph_gets_its_sizes_and_formats() {
    use Format::{Avif, Jpeg, WebP};
    let made = made(&jpeg(&photo(600, 300)));
    assert_eq!(shown(&made), [(Jpeg, 600), (Avif, 480), (Avif, 600), (WebP, 480), (WebP, 600)]);
    assert_eq!(made.height, 300);
    assert!(made.tone.is_some());
    for file in &made.variants {
        assert!(file.bytes.len() < made.fallback.bytes.len(), "{} {}", file.format, file.width);
    }
    for pair in made.variants.windows(2).filter(|pair| pair[0].format == pair[1].format) {
        assert!(pair[0].bytes.len() < pair[1].bytes.len());
    }
    for file in made.variants.iter().filter(|file| file.format == WebP) {
        let decoded = decode(WebP, &file.bytes, 9999).expect("a picture");
        assert_eq!(decoded.full, (file.width, file.width / 2));
    }
    let avif = &made.variants[0].bytes;
    assert_eq!(&avif[4..12], b"ftypavif");
}

#[test]
fn nothing_is_made_larger() {
    let small = made(&jpeg(&photo(90, 60)));
    assert!(shown(&small).iter().all(|(_, width)| *width == 90));
    let wide = made(&jpeg(&photo(1700, 40)));
    assert_eq!((wide.fallback.width, wide.height), (1600, 38));
}

#[test]
fn a_variant_that_is_no_gain_is_left_out() {
    // Eight pixels: every container is larger than this GIF.
    let tiny = made(include_bytes!("tests/dot.gif"));
    assert_eq!(shown(&tiny), [(Format::Gif, 1)]);
}

#[test]
fn drawings_in_pixels_stay_exact_when_that_is_smaller() {
    let mut bytes = vec![255; 300 * 200 * 3];
    for y in 40..60 {
        bytes[(y * 300 + 20) * 3..(y * 300 + 280) * 3].fill(20);
    }
    let drawing = Pixels { width: 300, height: 200, has_alpha: false, bytes };
    let made = made(&png(&drawing));
    let webp = made.variants.iter().find(|file| file.format == Format::WebP).expect("a WebP");
    assert_eq!(decode(Format::WebP, &webp.bytes, 9999).expect("a picture").pixels.bytes, drawing.bytes);
}

#[test]
fn transparency_is_kept() {
    let mut pixels = photo(64, 64);
    pixels.bytes = pixels
        .bytes
        .chunks_exact(3)
        .flat_map(|p| [p[0], p[1], p[2], if p[1] > 100 { 0 } else { 255 }])
        .collect();
    pixels.has_alpha = true;
    let made = made(&png(&pixels));
    assert_eq!((made.fallback.format, made.tone), (Format::Png, None));
    for file in made.variants.iter().chain([&made.fallback]).filter(|file| file.format != Format::Avif) {
        assert!(
            decode(file.format, &file.bytes, 9999).expect("a picture").pixels.has_alpha,
            "{}",
            file.format
        );
    }
}

#[test]
fn animations_stay_animations() {
    let made = made(&sample::gif_with_secrets(&gif(3)));
    assert_eq!(made.fallback.bytes, gif(3));
    assert!(made.variants.is_empty());
}

#[test]
fn orientation_is_applied() {
    let upright = photo(60, 40);
    let marked = sample::jpeg_with_secrets(&jpeg(&upright), 6);
    let made = made(&marked);
    assert_eq!((made.fallback.width, made.height), (40, 60));
    let turned = decode(Format::Jpeg, &made.fallback.bytes, 9999).expect("a picture").pixels;
    // Sky is above ground: turned to the right, it is on the right side.
    let at = |x: usize, y: usize| i32::from(turned.bytes[(y * 40 + x) * 3 + 2]);
    assert!(at(38, 5) > at(2, 5) + 40 && at(38, 55) > at(2, 55) + 40, "{} {}", at(38, 5), at(2, 5));
}

#[test]
fn nothing_tells_about_the_maker() {
    let pixels = photo(300, 200);
    for (name, bytes) in [
        ("upright JPEG", sample::jpeg_with_secrets(&jpeg(&pixels), 1)),
        ("turned JPEG", sample::jpeg_with_secrets(&jpeg(&pixels), 8)),
        ("PNG", sample::png_with_secrets(&png(&pixels))),
        ("WebP", sample::webp_with_secrets(&webp(&pixels), &pixels)),
        ("GIF", sample::gif_with_secrets(&gif(1))),
        ("animated GIF", sample::gif_with_secrets(&gif(2))),
    ] {
        assert!(has_secret(&bytes), "{name} has none to begin with");
        let made = made(&bytes);
        for file in [&made.fallback].into_iter().chain(&made.variants) {
            assert!(!has_secret(&file.bytes), "{name} as {} of {}", file.format, file.width);
        }
        assert!(decode(made.fallback.format, &made.fallback.bytes, 9999).is_ok(), "{name}");
    }
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|six| six == sample::SECRET)
}

/// Packed, a profile of gigabytes is a file of kilobytes: neither form may take so much memory.
#[test]
fn a_profile_larger_than_any_is_not_read() {
    let plain = png(&photo(40, 30));
    let read = |n_bytes| decode(Format::Png, &sample::png_with_profile(&plain, &vec![7; n_bytes]), 40);
    assert!(!read(1_000).expect("a picture").is_plain);
    assert!(matches!(read(20_000_000), Err(Refused::Broken(_))));
}

#[test]
fn colours_of_a_profile_become_srgb() {
    let pixels = Pixels { width: 8, height: 8, has_alpha: false, bytes: [200, 40, 40].repeat(64) };
    let mut profile = moxcms::ColorProfile::new_display_p3();
    profile.copyright = None;
    let with = sample::png_with_profile(&png(&pixels), &profile.encode().expect("a profile"));
    let made = made(&with);
    let colour = decode(Format::Png, &made.fallback.bytes, 99).expect("a picture").pixels.bytes;
    assert!(colour[0] > 212 && colour[1] < 40, "P3 red is a stronger red: {:?}", &colour[..3]);
}

#[test]
fn bombs_are_refused_by_their_header() {
    for (width, height) in [(50_000, 50_000), (u32::MAX, 1), (16_384, 1), (10_000, 10_000), (0, 5)] {
        let found = renditions(&sample::png_head(width, height)).expect_err("refused");
        let is_large = matches!(found, Refused::TooLarge { .. });
        assert!(is_large || width == 0, "{width} × {height}: {found:?}");
    }
    let mut wide = gif(1);
    wide[6..10].copy_from_slice(&[0xFF; 4]);
    assert!(matches!(renditions(&wide), Err(Refused::TooLarge { .. })));
}

#[test]
fn broken_files_are_refused() {
    let pixels = photo(120, 80);
    for (name, bytes) in
        [("JPEG", jpeg(&pixels)), ("PNG", png(&pixels)), ("WebP", webp(&pixels)), ("GIF", gif(2))]
    {
        for share in [10, 40, 70, 95] {
            let cut = &bytes[..bytes.len() * share / 100];
            assert!(renditions(cut).is_err(), "{name} cut to {share} %");
        }
        assert!(renditions(&bytes).is_ok(), "{name}");
    }
    assert_eq!(renditions(b"<svg/>"), Err(Refused::Unknown));
    assert_eq!(renditions(b""), Err(Refused::Unknown));
}

#[test]
fn damaged_files_never_panic() {
    let pixels = photo(24, 16);
    let mut state = 7_usize;
    for bytes in [jpeg(&pixels), png(&pixels), webp(&pixels), gif(2), gif(1)] {
        for _ in 0..60 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 20) % damaged.len();
                damaged[at] = u8::try_from(state >> 56 & 0xFF).unwrap_or(0);
            }
            let _ = renditions(&damaged);
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_bytes() {
    let bytes = jpeg(&photo(300, 200));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let four = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
    assert_eq!(one.install(|| made(&bytes)), four.install(|| made(&bytes)));
}
