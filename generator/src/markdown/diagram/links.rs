//! The lines between the boxes of a flowchart: `-->`, `-- words -->`, `-.->|words|` and their kin.

use super::svg::Stroke;

/// How two boxes are connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Link {
    pub(super) stroke: Stroke,
    pub(super) has_start: bool,
    pub(super) has_end: bool,
    pub(super) label: String,
}

/// Reads the link that a text begins with; what is left behind it.
pub(super) fn link(text: &str) -> Option<(Link, &str)> {
    let (has_start, text) = text.strip_prefix('<').map_or((false, text), |rest| (true, rest));
    let end = text.find(|letter| !matches!(letter, '-' | '=' | '.')).unwrap_or(text.len());
    let (strokes, rest) = text.split_at(end);
    let stroke = stroke(strokes)?;
    let mut link = Link { stroke, has_start, ..Link::default() };
    if let Some(rest) = rest.strip_prefix('>') {
        link.has_end = true;
        return Some(labelled(link, rest));
    }
    // A line of three is whole; of two, words and the other end follow.
    if strokes.len() > 2 {
        return Some(labelled(link, rest));
    }
    let closing = match stroke {
        Stroke::Solid => "--",
        Stroke::Thick => "==",
        Stroke::Dotted => ".-",
    };
    let at = rest.find(closing)?;
    rest[..at].trim().clone_into(&mut link.label);
    let rest = rest[at..].trim_start_matches(['-', '=', '.']);
    link.has_end = rest.starts_with('>');
    Some((link, rest.strip_prefix('>').unwrap_or(rest)))
}

fn stroke(strokes: &str) -> Option<Stroke> {
    match strokes.as_bytes() {
        [b'-', b'.', ..] => Some(Stroke::Dotted),
        [b'-', b'-', ..] => Some(Stroke::Solid),
        [b'=', b'=', ..] => Some(Stroke::Thick),
        _ => None,
    }
}

fn labelled(mut link: Link, rest: &str) -> (Link, &str) {
    let label = rest.trim_start().strip_prefix('|').and_then(|rest| rest.split_once('|'));
    let Some((label, rest)) = label else { return (link, rest) };
    label.trim().clone_into(&mut link.label);
    (link, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        for (text, stroke, has_end, label, rest) in [
            ("--> B", Stroke::Solid, true, "", " B"),
            ("--- B", Stroke::Solid, false, "", " B"),
            ("---->|a b| B", Stroke::Solid, true, "a b", " B"),
            ("-- a b --> B", Stroke::Solid, true, "a b", " B"),
            ("-.-> B", Stroke::Dotted, true, "", " B"),
            ("-. a .-> B", Stroke::Dotted, true, "a", " B"),
            ("== a ==> B", Stroke::Thick, true, "a", " B"),
            ("===B", Stroke::Thick, false, "", "B"),
        ] {
            let (link, left) = link(text).expect(text);
            assert_eq!(
                (link.stroke, link.has_end, link.label.as_str(), left),
                (stroke, has_end, label, rest),
                "{text}"
            );
        }
        assert!(link("<--> B").expect("both ends").0.has_start);
        assert!(link("B").is_none() && link("- B").is_none());
    }
}
