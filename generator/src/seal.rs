//! Sealing: what is not free leaves the generator only in this form.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use lyceum_contract::Access;
use lyceum_contract::seal::{Encoding, Header, SealKey, seal};

/// Compresses a page and seals it. `id` is the lesson id with its language: `rust/moves@en`.
pub(crate) fn page(key: &SealKey, id: String, access: &Access, html: &[u8]) -> Vec<u8> {
    sealed(key, id, access, "text/html; charset=utf-8", Encoding::Gzip, &packed(html))
}

/// How hard pages are compressed; `docs/DEPENDENCIES.md` has the figures.
const LEVEL: u32 = 5;

thread_local! {
    /// The tables of the compressor, a few hundred kilobytes; set back before each page.
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

/// The page as a gzip file (RFC 1952) without a time and without a system: the same page gives the same bytes.
fn packed(html: &[u8]) -> Vec<u8> {
    const HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let mut packed = Vec::with_capacity(HEAD.len() + html.len() / 3 + 64);
    packed.extend(HEAD);
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        loop {
            let read = usize::try_from(compress.total_in()).expect("a page fits into memory");
            let status = compress.compress_vec(&html[read..], &mut packed, FlushCompress::Finish);
            if status.expect("the compressor was set back") == Status::StreamEnd {
                break;
            }
            packed.reserve(html.len() / 4 + 64);
        }
    });
    let mut crc = Crc::new();
    crc.update(html);
    packed.extend(crc.sum().to_le_bytes());
    packed.extend(crc.amount().to_le_bytes());
    packed
}

/// Seals an asset as it is, so that parts of it can be served. `path` is its public address.
pub(crate) fn asset(key: &SealKey, path: &str, access: &Access, media_type: &str, bytes: &[u8]) -> Vec<u8> {
    sealed(key, path.to_owned(), access, media_type, Encoding::Identity, bytes)
}

fn sealed(
    key: &SealKey,
    id: String,
    access: &Access,
    media_type: &str,
    encoding: Encoding,
    body: &[u8],
) -> Vec<u8> {
    let header = Header { id, access: access.clone(), media_type: media_type.to_owned() };
    seal(key, &header, encoding, body).expect("ids, rules and media types are far below 64 KiB together")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_packed_can_be_read() {
        let pages = ["", "a", "<p>page</p>"].map(str::to_owned);
        let random =
            (0..60_000_u32).map(|n| char::from(b'!' + u8::try_from(n.wrapping_mul(n) % 91).expect("small")));
        for page in pages.into_iter().chain(["<li>".repeat(50_000), random.collect()]) {
            let packed = packed(page.as_bytes());
            let mut read = String::new();
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut read).expect("gzip");
            assert_eq!(read, page);
            assert_eq!(super::packed(page.as_bytes()), packed, "the page before leaves no trace");
        }
    }

    #[test]
    fn a_page_has_the_same_bytes_on_every_machine() {
        let mut page = String::new();
        for number in 0..400 {
            crate::html::push(
                &mut page,
                format_args!("<li><a href=\"/l/{number}/\">Lesson {number}</a></li>\n"),
            );
        }
        let packed = packed(page.as_bytes());
        assert_eq!((packed.len(), hash(&packed)), (1994, 7_528_814_576_951_535_887));
    }

    /// FNV-1a, which needs no crate.
    fn hash(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        })
    }
}
