//! Colours of a stylesheet: custom properties of `:root`, worked out for light and dark.

use std::collections::BTreeMap;
use std::ops::Range;

/// Red, green and blue from 0 to 1.
pub(super) type Rgb = [f64; 3];

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// The custom properties of a stylesheet, with their places.
#[derive(Debug, Default)]
pub(super) struct Tokens(BTreeMap<String, (String, Range<usize>)>);

/// References from one token to another may be this deep.
const MAX_DEPTH: usize = 16;

impl Tokens {
    /// Reads all `--name: value;`. The first of a name counts: themes define their colours at the top.
    pub(super) fn read(css: &str) -> Self {
        let mut tokens = Self::default();
        let css = without_comments(css);
        let mut at = 0;
        while let Some(found) = css[at..].find("--") {
            let start = at + found;
            let name_len = css[start..]
                .find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'))
                .unwrap_or(css.len() - start);
            at = start + name_len;
            let Some(value) = css[at..].trim_start().strip_prefix(':') else { continue };
            let from = css.len() - value.len();
            let len = value.find([';', '}']).unwrap_or(value.len());
            let name = css[start..at].to_owned();
            tokens.0.entry(name).or_insert_with(|| (value[..len].trim().to_owned(), start..from + len));
            at = from + len;
        }
        tokens
    }

    /// Where a token is defined.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.0.get(name).map(|(_, place)| place.clone())
    }

    /// The colour of a token; nothing when there is none, or it is written in a way that we cannot work out.
    pub(super) fn colour(&self, name: &str, scheme: Scheme) -> Option<Rgb> {
        self.value(&format!("var({name})"), scheme, 0)
    }

    fn value(&self, text: &str, scheme: Scheme, depth: usize) -> Option<Rgb> {
        if depth > MAX_DEPTH {
            return None;
        }
        let text = text.trim();
        if let Some(hex) = text.strip_prefix('#') {
            return of_hex(hex);
        }
        let Some((function, inner)) = call(text) else { return of_name(text) };
        let parts = arguments(inner);
        match (function, parts.as_slice()) {
            ("var", [name, ..]) => match self.0.get(name.trim()) {
                Some((value, _)) => self.value(value, scheme, depth + 1),
                None => parts.get(1).and_then(|other| self.value(other, scheme, depth + 1)),
            },
            ("light-dark", [light, dark]) => {
                self.value(if scheme == Scheme::Light { light } else { dark }, scheme, depth + 1)
            }
            ("color-mix", [space, one, other]) if space.trim() == "in srgb" => {
                self.mixed(one, other, scheme, depth + 1)
            }
            ("rgb" | "rgba", _) => of_rgb(inner),
            _ => None,
        }
    }

    fn mixed(&self, one: &str, other: &str, scheme: Scheme, depth: usize) -> Option<Rgb> {
        let (one, of_one) = self.with_share(one, depth);
        let (other, of_other) = self.with_share(other, depth);
        let share = match (of_one, of_other) {
            (Some(one), _) => one,
            (None, Some(other)) => 1.0 - other,
            (None, None) => 0.5,
        };
        let (one, other) = (self.value(&one, scheme, depth)?, self.value(&other, scheme, depth)?);
        Some(std::array::from_fn(|idx| one[idx] * share + other[idx] * (1.0 - share)))
    }

    /// `var(--accent) 6%` → the colour and 0.06.
    fn with_share(&self, text: &str, depth: usize) -> (String, Option<f64>) {
        let text = text.trim();
        let split = text.rfind(|letter: char| letter.is_whitespace()).map(|at| text.split_at(at));
        let shared = split.and_then(|(colour, share)| Some((colour, self.share(share.trim(), depth)?)));
        match shared {
            Some((colour, share)) => (colour.to_owned(), Some(share)),
            None => (text.to_owned(), None),
        }
    }

    fn share(&self, text: &str, depth: usize) -> Option<f64> {
        if let Some(percent) = text.strip_suffix('%') {
            return percent.parse::<f64>().ok().map(|percent| percent / 100.0);
        }
        let (function, inner) = call(text)?;
        let value = self.0.get(inner.trim()).filter(|_| function == "var" && depth <= MAX_DEPTH)?;
        self.share(&value.0, depth + 1)
    }
}

/// The same length, with spaces for comments, so that places stay places.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        let (inner, after) = comment.split_once("*/").unwrap_or((comment, ""));
        out.push_str(before);
        let len = rest.len() - before.len() - after.len();
        debug_assert!(inner.len() <= len);
        out.push_str(&" ".repeat(len));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `f(x)` → `f` and `x`.
fn call(text: &str) -> Option<(&str, &str)> {
    let (function, rest) = text.split_once('(')?;
    Some((function.trim(), rest.strip_suffix(')')?))
}

/// Splits at commas outside of brackets.
fn arguments(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn of_hex(hex: &str) -> Option<Rgb> {
    let digits: Vec<f64> =
        hex.chars().map(|digit| digit.to_digit(16).map(f64::from)).collect::<Option<_>>()?;
    let part = |idx: usize| match digits.len() {
        3 | 4 => Some(digits[idx] / 15.0),
        6 | 8 => Some(digits[idx * 2].mul_add(16.0, digits[idx * 2 + 1]) / 255.0),
        _ => None,
    };
    Some([part(0)?, part(1)?, part(2)?])
}

fn of_rgb(inner: &str) -> Option<Rgb> {
    let numbers = inner.split([',', ' ', '/']).filter(|part| !part.is_empty()).take(3);
    let read = |part: &str| match part.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok().map(|percent| percent / 100.0),
        None => part.parse::<f64>().ok().map(|number| number / 255.0),
    };
    let parts: Vec<f64> = numbers.map(read).collect::<Option<_>>()?;
    parts.try_into().ok()
}

fn of_name(name: &str) -> Option<Rgb> {
    match name {
        "black" => Some([0.0; 3]),
        "white" => Some([1.0; 3]),
        _ => None,
    }
}

/// Contrast of two colours from 1 to 21, by WCAG 2.2.
pub(super) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    let luminance = |[red, green, blue]: Rgb| {
        0.2126_f64.mul_add(linear(red), 0.7152_f64.mul_add(linear(green), 0.0722 * linear(blue)))
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_worked_out() {
        let css = "/* --a: red; */ :root { --a: light-dark(#fff, #000); --t: 50%; --b: color-mix(in srgb, var(--a) var(--t), black);\
            --c: rgb(255 0 0 / 50%); --d: var(--none, #0f0); --loop: var(--loop) } p { color: var(--a) }";
        let tokens = Tokens::read(css);
        for (name, scheme, expected) in [
            ("--a", Scheme::Light, Some([1.0; 3])),
            ("--a", Scheme::Dark, Some([0.0; 3])),
            ("--b", Scheme::Light, Some([0.5; 3])),
            ("--c", Scheme::Dark, Some([1.0, 0.0, 0.0])),
            ("--d", Scheme::Dark, Some([0.0, 1.0, 0.0])),
            ("--loop", Scheme::Light, None),
            ("--none", Scheme::Light, None),
        ] {
            assert_eq!(tokens.colour(name, scheme), expected, "{name}");
        }
        assert_eq!(tokens.place("--a").map(|place| &css[place]), Some("--a: light-dark(#fff, #000)"));
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        for (one, other, expected) in
            [("#000", "#fff", 21.0), ("#767676", "#fff", 4.54), ("#595959", "#fff", 7.0)]
        {
            let colour = |text: &str| of_hex(&text[1..]).expect("a colour");
            let found = contrast(colour(one), colour(other));
            assert!((found - expected).abs() < 0.01, "{one} on {other}: {found}");
        }
    }
}
