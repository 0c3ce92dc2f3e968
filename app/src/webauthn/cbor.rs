//! The little of CBOR (RFC 8949) that a public key is written in: one map of small numbers to numbers and bytes.

/// A value of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
}

/// The most entries that are read. The keys that we know have five.
const MAX_ENTRIES: u64 = 8;

/// Reads one map and moves on behind it. `None` for anything else than such a map, and when a key stands twice.
pub(super) fn read_map<'a>(bytes: &mut &'a [u8]) -> Option<Vec<(i64, Value<'a>)>> {
    let (5, n_entries) = read_head(bytes)? else { return None };
    if n_entries > MAX_ENTRIES {
        return None;
    }
    let mut entries: Vec<(i64, Value<'a>)> = Vec::new();
    for _ in 0..n_entries {
        let Value::Number(key) = read_value(bytes)? else { return None };
        let value = read_value(bytes)?;
        if entries.iter().any(|(known, _)| *known == key) {
            return None;
        }
        entries.push((key, value));
    }
    Some(entries)
}

fn read_value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (kind, argument) = read_head(bytes)?;
    match kind {
        0 => i64::try_from(argument).ok().map(Value::Number),
        1 => i64::try_from(argument).ok().map(|number| Value::Number(-1 - number)),
        2 => {
            let (value, rest) = bytes.split_at_checked(usize::try_from(argument).ok()?)?;
            *bytes = rest;
            Some(Value::Bytes(value))
        }
        _ => None,
    }
}

/// The kind of what follows (0 number, 1 negative number, 2 bytes, 5 map …) and its argument.
fn read_head(bytes: &mut &[u8]) -> Option<(u8, u64)> {
    let (&first, mut rest) = bytes.split_first()?;
    let argument = match first & 31 {
        small @ 0..=23 => u64::from(small),
        24 => {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            u64::from(byte)
        }
        25 => {
            let (pair, after) = rest.split_first_chunk::<2>()?;
            rest = after;
            u64::from(u16::from_be_bytes(*pair))
        }
        _ => return None,
    };
    *bytes = rest;
    Some((first >> 5, argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<&[(i64, Value<'_>)]>) {
        assert_eq!(read_map(&mut &*bytes).as_deref(), expected, "{bytes:x?}");
    }

    #[test]
    fn a_map_of_numbers_and_bytes_is_read() {
        check(&[0xa0], Some(&[]));
        check(&[0xa1, 0x01, 0x02], Some(&[(1, Value::Number(2))]));
        check(&[0xa1, 0x20, 0x42, 7, 8], Some(&[(-1, Value::Bytes(&[7, 8]))]));
        check(&[0xa1, 0x03, 0x39, 0x01, 0x00], Some(&[(3, Value::Number(-257))]));
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [
            &[][..],
            &[0x01],
            &[0x80],
            &[0xa1],
            &[0xa1, 0x01],
            &[0xa1, 0x61, b'a', 0x01],
            &[0xa2, 0x01, 0x02, 0x01, 0x03],
            &[0xa1, 0x01, 0x42, 7],
            &[0xa1, 0x01, 0x9b],
            &[0xbf, 0x01, 0x02, 0xff],
            &[0xb8, 200, 0x01, 0x02],
        ] {
            check(bytes, None);
        }
    }
}
