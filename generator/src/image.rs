//! Width and height of an image, so that the page does not jump while it loads.

/// Pixels of a PNG, JPEG, GIF or WebP image, or of the view box of an SVG; `None` when the file does not say.
pub(crate) fn dimensions(path: &str, bytes: &[u8]) -> Option<(u32, u32)> {
    match path.rsplit('.').next()?.to_ascii_lowercase().as_str() {
        "png" => png(bytes),
        "gif" => Some((little(bytes, 6)?, little(bytes, 8)?)),
        "jpg" | "jpeg" => jpeg(bytes),
        "webp" => webp(bytes),
        "svg" => svg(std::str::from_utf8(bytes).ok()?),
        _ => None,
    }
    .filter(|(width, height)| *width > 0 && *height > 0)
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let number =
        |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some(())?;
    Some((number(16)?, number(20)?))
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at)?) | u32::from(*bytes.get(at + 1)?) << 8)
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at)?) << 8 | u32::from(*bytes.get(at + 1)?))
}

/// Walks the segments up to the first frame header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        let frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        if frame {
            return Some((big(bytes, at + 7)?, big(bytes, at + 5)?));
        }
        at += 2 + big(bytes, at + 2)?.max(2) as usize;
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((little(bytes, 26)? & 0x3FFF, little(bytes, 28)? & 0x3FFF)),
        b"VP8L" => {
            let bits = little(bytes, 21)? | little(bytes, 23)? << 16;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8X" => {
            let three = |at: usize| Some(little(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16);
            Some((three(24)? + 1, three(27)? + 1))
        }
        _ => None,
    }
}

fn svg(text: &str) -> Option<(u32, u32)> {
    let tag = &text[text.find("<svg")?..];
    let tag = &tag[..tag.find('>')?];
    let view_box = attribute(tag, "viewBox")?;
    let numbers: Vec<u32> =
        view_box.split([' ', ',']).filter(|part| !part.is_empty()).filter_map(rounded).collect();
    match numbers.as_slice() {
        [_, _, width, height] => Some((*width, *height)),
        _ => None,
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(&format!(" {name}=")).or_else(|| tag.find(&format!("\n{name}=")))?;
    let value = &tag[at + name.len() + 2..];
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next()
}

/// The whole part of a number; the sign of an offset is not needed.
fn rounded(number: &str) -> Option<u32> {
    number.trim_start_matches('-').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_say_their_size() {
        let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0, 0, 2, 0, 0, 0, 1, 0]].concat();
        assert_eq!(dimensions("a.png", &png), Some((512, 256)));
        assert_eq!(dimensions("a.GIF", b"GIF89a\x10\0\x08\0"), Some((16, 8)));
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 7];
        assert_eq!(dimensions("a.jpg", &jpeg), Some((7, 9)));
        let svg = b"<?xml version='1.0'?>\n<svg xmlns='x' viewBox=\"0 -5 640.5 360\"><g/></svg>";
        assert_eq!(dimensions("a.svg", svg), Some((640, 360)));
    }

    #[test]
    fn cut_files_say_nothing() {
        for name in ["a.png", "a.gif", "a.jpg", "a.webp", "a.svg", "a.txt"] {
            assert_eq!(dimensions(name, b"\xFF\xD8"), None, "{name}");
        }
    }
}
