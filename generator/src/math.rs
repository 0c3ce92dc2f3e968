//! Mathematics: TeX notation to `MathML`, which browsers draw without a script.

use std::cell::RefCell;
use std::collections::HashMap;

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, ParserError, Storage, push_mathml};

/// The most bytes of one formula. The library takes time by the square of the depth, which the length bounds.
const MAX_BYTES: usize = 16 * 1024;

/// The most bytes of formulas and results that one thread keeps.
const MAX_KEPT_BYTES: usize = 4 << 20;

/// What one formula became.
type Outcome = Result<String, String>;

/// Formulas that were rendered before, in the line and on lines of their own. The same notation gives the same result, so
/// what is kept changes how long a build takes and nothing else.
#[derive(Default)]
struct Memo {
    known: [HashMap<String, Outcome>; 2],
    n_bytes: usize,
}

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}

/// Renders one formula. The error says what the notation lacks.
pub(crate) fn render(tex: &str, display: bool) -> Outcome {
    if let Some(outcome) = MEMO.with_borrow(|memo| memo.known[usize::from(display)].get(tex).cloned()) {
        return outcome;
    }
    let outcome = checked(tex, display);
    MEMO.with_borrow_mut(|memo| memo.keep(tex, display, &outcome));
    outcome
}

impl Memo {
    fn keep(&mut self, tex: &str, display: bool, outcome: &Outcome) {
        let (Ok(text) | Err(text)) = outcome;
        self.n_bytes += tex.len() + text.len();
        if self.n_bytes > MAX_KEPT_BYTES {
            // All at once: formulas that are common come back soon.
            *self = Self { n_bytes: tex.len() + text.len(), ..Self::default() };
        }
        self.known[usize::from(display)].insert(tex.to_owned(), outcome.clone());
    }
}

fn checked(tex: &str, display: bool) -> Outcome {
    if tex.len() > MAX_BYTES {
        return Err(format!("{} bytes, expected at most {MAX_BYTES}", tex.len()));
    }
    // Random notation has not made the library panic so far. If one does, it is that formula's mistake to report.
    let rendered = std::panic::catch_unwind(|| rendered(tex, display));
    rendered.unwrap_or_else(|_| Err("this notation is not supported".to_owned()))
}

fn rendered(tex: &str, display: bool) -> Outcome {
    let storage = Storage::new();
    let events: Vec<Result<_, ParserError>> = Parser::new(tex, &storage).collect();
    if let Some(error) = events.iter().find_map(|event| event.as_ref().err()) {
        let text = error.to_string();
        let reason = text.lines().find(|line| !line.trim().is_empty() && !line.contains("context"));
        return Err(reason.unwrap_or("it cannot be read").trim().to_owned());
    }
    let display_mode = if display { DisplayMode::Block } else { DisplayMode::Inline };
    let mut html = String::with_capacity(tex.len() * 8);
    let written =
        push_mathml(&mut html, events.into_iter(), RenderConfig { display_mode, ..RenderConfig::default() });
    written.map_err(|error| error.to_string())?;
    Ok(tidied(&html))
}

/// What the library leaves undone: it writes `<` and `&` as operators without escaping them, and `style` attributes,
/// which the site's content policy refuses. Colours of `\color` and the exact width of some spaces are lost.
fn tidied(html: &str) -> String {
    let escaped = html.replace("<mo><</mo>", "<mo>&lt;</mo>").replace(">&<", ">&amp;<");
    let mut out = String::with_capacity(escaped.len());
    let mut rest = escaped.as_str();
    while let Some((before, after)) = rest.split_once(" style=\"") {
        out.push_str(before);
        if out.rfind('<') > out.rfind('>') {
            rest = after.split_once('"').map_or("", |(_, rest)| rest);
        } else {
            out.push_str(" style=\"");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml() {
        let html = render(r"\frac{1}{\mu}", true).expect("a formula");
        assert!(html.starts_with("<math display=\"block\"") && html.contains("<mfrac>"), "{html}");
        let html = render("a < b", false).expect("a formula");
        assert!(html.contains("&lt;"), "{html}");
    }

    #[test]
    fn a_formula_is_rendered_once() {
        let kept = || MEMO.with_borrow(|memo| memo.n_bytes);
        let first = render("x_1", false);
        let n_bytes = kept();
        assert!(n_bytes > 0);
        assert_eq!(render("x_1", false), first);
        assert_eq!(kept(), n_bytes, "nothing new is kept");
        assert_ne!(render("x_1", true), first, "a line of its own is another formula");
        for number in 0..400 {
            render(&"x".repeat(number * 10), false).expect("a formula");
            assert!(kept() <= MAX_KEPT_BYTES + MAX_BYTES * 40, "what is kept is bounded");
        }
    }

    #[test]
    fn formulas_fit_into_the_page() {
        for tex in [
            r"a < b \& c",
            r"\color{red} x \qquad y",
            r"\text{a style='x' & <b>}",
            r"\begin{matrix} a & b \\ c & d \end{matrix}",
        ] {
            let html = render(tex, true).expect(tex);
            assert!(!html.contains(" style=\"") && !html.contains("><<") && !html.contains(">&<"), "{html}");
            assert!(html.starts_with("<math") && html.ends_with("</math>"), "{html}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for tex in [r"\frac{1}{", r"\nosuchcommand", "{", &"{".repeat(MAX_BYTES + 1)] {
            assert!(!render(tex, false).expect_err(tex).is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_notation_ends_a_build(
            parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..12),
            display: bool,
        ) {
            let _ = render(&parts.concat(), display);
        }
    }

    const PARTS: &[&str] = &[
        "a",
        "1",
        " ",
        "{",
        "}",
        "^",
        "_",
        "&",
        "\\\\",
        "$",
        "%",
        "'",
        "(",
        "[",
        "]",
        "|",
        "<",
        "é",
        "语",
        "\u{0}",
        r"\frac",
        r"\sqrt",
        r"\left(",
        r"\right)",
        r"\left.",
        r"\middle|",
        r"\begin{matrix}",
        r"\end{matrix}",
        r"\begin{cases}",
        r"\end{cases}",
        r"\text{",
        r"\mathrm",
        r"\sum",
        r"\limits",
        r"\color{red}",
        r"\hat",
        r"\not",
        r"\def\x",
        r"\x",
        r"#1",
        r"\let",
        r"\over",
        r"\binom",
        r"\rule{1em}{2pt}",
        r"\kern",
        r"\hskip 1em",
        r"\",
        r"\\[",
    ];
}
