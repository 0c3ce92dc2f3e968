//! Any bytes as a source to import: the first byte says which kind; files are `path`, a byte 0, text, and a byte 0xFF.
//!
//! Not built until `Cargo.toml` names it.
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
    for path in converted.files.keys() {
        let is_inside = path.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
        assert!(is_inside, "a file outside of the folder: {path:?}");
    }
});
