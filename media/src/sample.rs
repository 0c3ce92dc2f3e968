//! Images for tests, made and not kept: something like a photograph, and files with secrets in every corner.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of a picture that nobody looks at"
)]

use crate::pixels::Pixels;

/// Hills under a sky with grain, so that coders have to work as for a photograph.
pub(crate) fn photo(width: u32, height: u32) -> Pixels {
    let mut bytes = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            bytes.extend(colour(x as f32 / width as f32, y as f32 / height as f32));
        }
    }
    Pixels { width, height, has_alpha: false, bytes }
}

fn colour(x: f32, y: f32) -> [u8; 3] {
    let (mut hill, mut grain, mut size) = (0.55, 0.0, 1.0);
    for octave in 1..7_u8 {
        let scale = f32::from(1_u16 << octave);
        hill += (x * scale * 2.3 + f32::from(octave)).sin() * 0.12 / scale;
        grain += noise(x * scale * 9.0, y * scale * 9.0) * size;
        size *= 0.6;
    }
    let is_ground = y > hill;
    let light = if is_ground { 0.35 + 0.25 * grain } else { 0.75 - 0.3 * y + 0.05 * grain };
    let tint = if is_ground { [0.75, 1.0, 0.55] } else { [0.7, 0.85, 1.0] };
    tint.map(|part| (light * part * 255.0).clamp(0.0, 255.0) as u8)
}

/// Smooth value noise in -1..1.
fn noise(x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (ease(x - column), ease(y - row));
    let at = |dx: f32, dy: f32| {
        let mut seed =
            ((column + dx) as u32).wrapping_mul(374_761_393) ^ ((row + dy) as u32).wrapping_mul(668_265_263);
        seed = (seed ^ (seed >> 13)).wrapping_mul(1_274_126_177);
        f32::from((seed >> 16) as u8) / 127.5 - 1.0
    };
    let top = at(0.0, 0.0) * (1.0 - tx) + at(1.0, 0.0) * tx;
    let bottom = at(0.0, 1.0) * (1.0 - tx) + at(1.0, 1.0) * tx;
    top * (1.0 - ty) + bottom * ty
}

/// What must be in no output.
pub(crate) const SECRET: &[u8] = b"CANARY";

/// Puts a JFIF head with a thumbnail's place, EXIF with an orientation and a place on earth, XMP, a colour profile's
/// neighbour and a comment in front, and something behind the end.
pub(crate) fn jpeg_with_secrets(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    for (marker, data) in [
        (0xE1, [b"Exif\0\0", exif(orientation).as_slice()].concat()),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>CANARY</x>".to_vec()),
        (0xED, b"Photoshop 3.0\0CANARY".to_vec()),
        (0xFE, b"CANARY by Ada".to_vec()),
    ] {
        out.extend([0xFF, marker]);
        out.extend(u16::try_from(data.len() + 2).expect("short").to_be_bytes());
        out.extend(data);
    }
    out.extend(&jpeg[2..]);
    out.extend(SECRET);
    out
}

/// A TIFF directory with an orientation and a text where cameras write the place.
fn exif(orientation: u8) -> Vec<u8> {
    let mut out = b"MM\0\x2A\0\0\0\x08\0\x02".to_vec();
    out.extend([0x01, 0x0E, 0, 2, 0, 0, 0, 7, 0, 0, 0, 38]);
    out.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    out.extend([0, 0, 0, 0]);
    out.extend(b"CANARY\0");
    out
}

/// Puts texts, a time and EXIF behind the head, and something behind the end.
pub(crate) fn png_with_secrets(png: &[u8]) -> Vec<u8> {
    let mut out = png[..33].to_vec();
    for (name, data) in [
        (b"tEXt", b"Author\0CANARY".as_slice()),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0CANARY"),
        (b"eXIf", &exif(1)),
        (b"prVt", SECRET),
    ] {
        out.extend(chunk(*name, data));
    }
    out.extend(&png[33..]);
    out.extend(SECRET);
    out
}

/// A chunk with its checksum.
fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [name.as_slice(), data].concat();
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let n_bytes = u32::try_from(data.len()).expect("short").to_be_bytes();
    [n_bytes.as_slice(), &body, &(!crc).to_be_bytes()].concat()
}

/// Puts a colour profile behind the head.
pub(crate) fn png_with_profile(png: &[u8], profile: &[u8]) -> Vec<u8> {
    let mut data = b"p\0\0".to_vec();
    data.extend(stored_zlib(profile));
    [&png[..33], &chunk(*b"iCCP", &data), &png[33..]].concat()
}

/// A zlib stream that packs nothing.
fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut out = vec![0x78, 0x01];
    let n_blocks = data.chunks(0xffff).len();
    for (idx, block) in data.chunks(0xffff).enumerate() {
        let n_bytes = u16::try_from(block.len()).expect("short");
        out.push(u8::from(idx + 1 == n_blocks));
        out.extend([n_bytes.to_le_bytes(), (!n_bytes).to_le_bytes()].concat());
        out.extend(block);
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

/// The head of a PNG that promises so many pixels, and nothing of them.
pub(crate) fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut data = [width.to_be_bytes(), height.to_be_bytes()].concat();
    data.extend([8, 2, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(*b"IHDR", &data), &chunk(*b"IDAT", b""), &chunk(*b"IEND", b"")]
        .concat()
}

/// Puts EXIF and XMP around the picture.
pub(crate) fn webp_with_secrets(webp: &[u8], pixels: &Pixels) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    let (width, height) = ((pixels.width - 1).to_le_bytes(), (pixels.height - 1).to_le_bytes());
    let extended = [[0x0C, 0, 0, 0].as_slice(), &width[..3], &height[..3]].concat();
    for (name, data) in [(b"VP8X", extended), (b"junk", SECRET.to_vec())] {
        body.extend(name);
        body.extend(u32::try_from(data.len()).expect("short").to_le_bytes());
        body.extend(data);
    }
    body.extend(&webp[12..]);
    for (name, data) in [(b"EXIF", [exif(1), vec![0]].concat()), (b"XMP ", SECRET.to_vec())] {
        body.extend(name);
        body.extend(u32::try_from(data.len()).expect("short").to_le_bytes());
        body.extend(&data);
        body.extend(vec![0; data.len() % 2]);
    }
    let n_bytes = u32::try_from(body.len()).expect("short").to_le_bytes();
    [b"RIFF".as_slice(), &n_bytes, &body].concat()
}

/// Puts a comment and an application's block behind the head, and something behind the end.
pub(crate) fn gif_with_secrets(gif: &[u8]) -> Vec<u8> {
    let head = 13 + if gif[10] & 0x80 == 0 { 0 } else { 3 << ((gif[10] & 7) + 1) };
    let blocks = b"\x21\xFE\x06CANARY\0\x21\xFF\x0BXMP DataXMP\x06CANARY\0";
    [&gif[..head], blocks, &gif[head..], SECRET].concat()
}
