//! Colours for code, computed at build time by the crate `lyceum-highlight`.

/// Colours code, unless the site wants it plain.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Highlighter {
    is_off: bool,
}

impl Highlighter {
    /// `colours`: the key `highlight` of the site.
    pub(crate) fn new(colours: bool) -> Self {
        Self { is_off: !colours }
    }

    /// Appends code as HTML and returns the number of lines; see [`lyceum_highlight::write`]. Unknown languages stay plain.
    pub(crate) fn write(
        self,
        out: &mut String,
        language: &str,
        code: &str,
        open_line: &mut dyn FnMut(usize, &mut String),
        close_line: &str,
    ) -> usize {
        lyceum_highlight::write(out, if self.is_off { "" } else { language }, code, open_line, close_line)
    }

    /// One string per line without its line end, for lines that come into another order.
    pub(crate) fn lines(self, language: &str, code: &str) -> Vec<String> {
        let mut html = String::new();
        // A line end is never inside of a line, so it can part them.
        let n_lines = self.write(&mut html, language, code, &mut |_, _| {}, "\n");
        html.split('\n').take(n_lines).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_end_with_their_line() {
        let lines = Highlighter::default().lines("rust", "/* a\nb */ fn x() {}\n");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "<span class=\"c\">/* a</span>");
        assert!(
            lines[1].starts_with("<span class=\"c\">b */</span> <span class=\"k\">fn</span>"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn what_has_no_colours_is_plain_and_escaped() {
        assert_eq!(Highlighter::default().lines("brain", "a<b\n\nc"), ["a&lt;b", "", "c"]);
        assert_eq!(Highlighter::new(false).lines("rust", "fn a"), ["fn a"]);
    }
}
