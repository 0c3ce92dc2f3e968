//! Words with a meaning.

pub(super) fn is_primitive(word: &[u8]) -> bool {
    matches!(
        word,
        b"u8"
            | b"i8"
            | b"u16"
            | b"i16"
            | b"u32"
            | b"i32"
            | b"u64"
            | b"i64"
            | b"u128"
            | b"i128"
            | b"usize"
            | b"isize"
            | b"f32"
            | b"f64"
            | b"bool"
            | b"char"
            | b"str"
    )
}

#[rustfmt::skip]
pub(super) fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"as" | b"async" | b"await" | b"break" | b"const" | b"continue" | b"crate" | b"default" | b"dyn" | b"else"
        | b"enum" | b"extern" | b"fn" | b"for" | b"gen" | b"if" | b"impl" | b"in" | b"let" | b"loop" | b"match"
        | b"mod" | b"move" | b"mut" | b"pub" | b"raw" | b"ref" | b"return" | b"self" | b"static" | b"struct" | b"super"
        | b"trait" | b"type" | b"union" | b"unsafe" | b"use" | b"where" | b"while" | b"yield"
    )
}
