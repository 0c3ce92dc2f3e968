//! Pixels to a PNG with a palette: a card has few colours, and a palette is a quarter of the bytes.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};

/// Five bits of each channel: near colours share a bucket.
const N_BUCKETS: usize = 1 << 15;
const MAX_COLOURS: usize = 256;

/// The colours that fell into one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    sums: [u64; 3],
    n_pixels: u64,
}

/// Encodes opaque pixels of four bytes.
pub(super) fn png(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, EncodingError> {
    let (palette, index_of) = palette(pixels);
    let indexed: Vec<u8> = pixels.chunks_exact(4).map(|pixel| index_of[bucket(pixel)]).collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::NoFilter);
    encoder.write_header()?.write_image_data(&indexed)?;
    Ok(out)
}

fn bucket(pixel: &[u8]) -> usize {
    pixel[..3].iter().fold(0, |number, byte| number << 5 | usize::from(byte >> 3))
}

/// The mean colours of the fullest buckets, and for each bucket the nearest of them.
fn palette(pixels: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut buckets = vec![Bucket::default(); N_BUCKETS];
    for pixel in pixels.chunks_exact(4) {
        let bucket = &mut buckets[bucket(pixel)];
        bucket.n_pixels += 1;
        for (sum, byte) in bucket.sums.iter_mut().zip(pixel) {
            *sum += u64::from(*byte);
        }
    }
    let mut used: Vec<usize> = (0..N_BUCKETS).filter(|idx| buckets[*idx].n_pixels > 0).collect();
    used.sort_by_key(|idx| (std::cmp::Reverse(buckets[*idx].n_pixels), *idx));
    let mean = |idx: &usize| {
        let Bucket { sums, n_pixels } = buckets[*idx];
        sums.map(|sum| u8::try_from(sum / n_pixels.max(1)).unwrap_or(u8::MAX))
    };
    let colours: Vec<[u8; 3]> = used.iter().take(MAX_COLOURS).map(mean).collect();
    let mut index_of = vec![0; N_BUCKETS];
    for idx in &used {
        let colour = mean(idx);
        let nearest = (0..colours.len()).min_by_key(|at| distance(colours[*at], colour)).unwrap_or(0);
        index_of[*idx] = u8::try_from(nearest).unwrap_or(0);
    }
    (colours.concat(), index_of)
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(&b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
}
