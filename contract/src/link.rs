//! Links between files of a content folder: how an import writes them and the generator reads them. Paths have `/` between
//! segments.

/// A path relative to a folder; `None` when it leads out of the folder in which all paths begin.
pub fn join(folder: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

/// How `to` is written in a link from the file `from`.
pub fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let most = (from.len() - 1).min(to.len() - 1);
    let n_shared = from.iter().zip(&to).take(most).take_while(|(a, b)| a == b).count();
    format!("{}{}", "../".repeat(from.len() - 1 - n_shared), to[n_shared..].join("/"))
}

/// Decodes `%20` and the like; what is not valid stays as it is.
pub fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let is_escape = |pair: &&str| *first == b'%' && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).filter(is_escape);
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_between_two_files_leads_from_one_to_the_other() {
        for (from, to, link) in [
            ("a/b/x.md", "a/c/y.md", "../c/y.md"),
            ("a/x.md", "a/y.md", "y.md"),
            ("x.md", "a/y.md", "a/y.md"),
            ("a/b/x.md", "y.md", "../../y.md"),
        ] {
            assert_eq!(relative(from, to), link);
            let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
            assert_eq!(join(folder, link).as_deref(), Some(to));
        }
        assert_eq!(join("a", "./b//c.svg").as_deref(), Some("a/b/c.svg"));
        assert_eq!(join("a", "../../x"), None);
    }

    #[test]
    fn only_two_digits_are_an_escape() {
        for (text, expected) in
            [("a%20b", "a b"), ("%E4%B8%AD", "中"), ("%zz%", "%zz%"), ("%+f", "%+f"), ("%ff", "%ff")]
        {
            assert_eq!(decoded(text), expected);
        }
    }
}
