//! Sealing: what is not free leaves the generator only in this form.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use lyceum_contract::Access;
use lyceum_contract::seal::{Encoding, Header, SealKey, seal};

/// Compresses a page and seals it. `id` is the lesson id with its language: `rust/moves@en`.
pub(crate) fn page(key: &SealKey, id: String, access: &Access, html: &[u8]) -> Vec<u8> {
    // No time in the head of the stream: the same page gives the same bytes.
    let mut encoder =
        GzBuilder::new().mtime(0).write(Vec::with_capacity(html.len() / 4), Compression::default());
    encoder.write_all(html).expect("a vector takes all bytes");
    let packed = encoder.finish().expect("a vector takes all bytes");
    sealed(key, id, access, "text/html; charset=utf-8", Encoding::Gzip, &packed)
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
