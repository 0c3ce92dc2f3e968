//! Any bytes as a source to import: the first byte says which kind; files are `path`, a byte 0, text, and a byte 0xFF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lyceum_import::{Files, Kind, convert};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let kind = [Kind::MdBook, Kind::Hugo, Kind::Zola, Kind::Folder][usize::from(first % 4)];
    let mut files = Files::new();
    for file in rest.split(|byte| *byte == 0xFF) {
        let at = file.iter().position(|byte| *byte == 0).unwrap_or(file.len());
        let path = String::from_utf8_lossy(&file[..at]).into_owned();
        files.insert(path, file.get(at + 1..).unwrap_or_default().to_vec());
    }
    let converted = convert(kind, &files);
    assert_eq!(converted, convert(kind, &files), "two imports are the same");
    assert_eq!(converted.files.is_empty(), converted.n_chapters == 0, "files are there when chapters are");
    for path in converted.files.keys() {
        assert!(
            path.split('/').all(is_plain),
            "a file outside of the folder, or a name that is refused: {path:?}"
        );
        let first = path.split('/').next();
        let is_known = matches!(first, Some("lyceum.yaml" | "courses" | "instructors" | "static"));
        assert!(is_known, "a file that an academy does not read: {path:?}");
    }
});

/// Whether a segment of a path is what the generator takes as a name.
fn is_plain(segment: &str) -> bool {
    let of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !matches!(segment, "" | "." | "..") && segment.bytes().all(of_alphabet)
}
