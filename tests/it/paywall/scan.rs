//! Finds guarded words in bytes, packed ones too.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::canaries::{MEMBERS, PAID};

/// Every guarded word in these bytes, in either case, and in whatever is packed in them.
pub(crate) fn words_in(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = plain(bytes);
    for at in 0..bytes.len().saturating_sub(2) {
        let rest = &bytes[at..];
        if rest.starts_with(&[0x1f, 0x8b, 8]) {
            found.extend(plain(&unpacked(GzDecoder::new(rest))));
            found.extend(plain(&unpacked(DeflateDecoder::new(rest.get(10..).unwrap_or_default()))));
        } else if rest[0] == 0x78 && u16::from_be_bytes([rest[0], rest[1]]).is_multiple_of(31) {
            found.extend(plain(&unpacked(ZlibDecoder::new(rest))));
        }
    }
    found
}

/// As much as can be unpacked.
fn unpacked(mut reader: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n_read @ 1..) = reader.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..n_read]);
    }
    bytes
}

fn plain(bytes: &[u8]) -> BTreeSet<String> {
    let text: String = bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let starts = [PAID, MEMBERS].into_iter().flat_map(|prefix| text.match_indices(prefix).map(|(at, _)| at));
    let word = |at: usize| {
        let letters = text[at..].chars().take_while(char::is_ascii_lowercase).take(80).collect::<String>();
        // Words end with the letters that they start with.
        letters[2..].find("zq").map_or(letters.clone(), |end| letters[..end + 4].to_owned())
    };
    starts.map(word).collect()
}

#[test]
fn packed_words_are_found() {
    use std::io::Write;
    let mut packed = b"junk".to_vec();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"<p>ZQPaidwholeenbodyzq</p>").expect("packed");
    packed.extend(encoder.finish().expect("packed"));
    assert_eq!(words_in(&packed).into_iter().collect::<Vec<_>>(), ["zqpaidwholeenbodyzq"]);
}
