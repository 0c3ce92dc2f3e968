//! Words with a meaning.

pub(super) fn is_primitive(word: &[u8]) -> bool {
    matches!(
        word,
        b"string"
            | b"number"
            | b"boolean"
            | b"any"
            | b"unknown"
            | b"never"
            | b"object"
            | b"bigint"
            | b"symbol"
    )
}

#[rustfmt::skip]
pub(super) fn is_typed_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"type" | b"namespace" | b"declare" | b"abstract" | b"readonly" | b"private" | b"protected" | b"public"
        | b"implements" | b"keyof" | b"infer" | b"is" | b"satisfies" | b"override" | b"asserts"
    )
}

/// Words that stand before a parenthesis and are no function.
pub(super) fn is_control(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"for"
            | b"while"
            | b"switch"
            | b"return"
            | b"super"
            | b"await"
            | b"in"
            | b"typeof"
            | b"yield"
    )
}

#[rustfmt::skip]
pub(super) fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"await" | b"break" | b"case" | b"catch" | b"class" | b"const" | b"continue" | b"debugger" | b"default"
        | b"delete" | b"do" | b"else" | b"export" | b"extends" | b"finally" | b"for" | b"function" | b"if"
        | b"import" | b"in" | b"instanceof" | b"let" | b"new" | b"return" | b"switch" | b"throw" | b"try"
        | b"typeof" | b"var" | b"void" | b"while" | b"with" | b"yield"
    )
}
