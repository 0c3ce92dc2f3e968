#![allow(dead_code)]
//! Outer documentation with `code`.
use std::{collections::BTreeMap, fmt::{self, Display}};
use super::parser::{self, Parser as _};

/* a comment /* in a comment */ goes on */
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Point<'a, T: Copy + 'static, const N: usize = 3> where T: Into<f64> {
    pub name: &'a str,
    pub(crate) axes: [T; N],
    r#type: Option<Box<dyn Fn(T) -> Result<(), Error> + Send + 'a>>,
}

pub enum Shape { Empty, Circle(f32), Rect { width: u32, height: u32 }, Text(String) }

const LIMIT: usize = 0xFF_usize + 0b1010 + 0o17 + 1_000;
static GREETING: &[u8] = b"bytes \x41 \n \\ \"";

impl<'a, T> Display for Point<'a, T> where T: Copy + Into<f64> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.axes.iter().map(|axis| (*axis).into()).sum::<f64>();
        write!(out, "{} {:>8.3} {{literal}} \u{1F980}", self.name, total)
    }
}

fn classify(shape: &Shape, limit: Option<u32>) -> Option<&'static str> {
    let Some(limit) = limit else { return None };
    let c = 'c'; let quote = '\''; let newline = '\n'; let crab = '🦀';
    'outer: loop {
        for idx in 0..=limit {
            if idx % 3 == 0 && idx < 10 || idx > 100 { continue 'outer; }
            break 'outer;
        }
    }
    let kind = match shape {
        Shape::Empty => "empty",
        Shape::Circle(radius) if *radius < 1.5e-3 => "point",
        Shape::Circle(_) => { "circle" }
        Shape::Rect { width, height: h } if width == h => "square",
        Shape::Rect { .. } => r#"a "raw" text"#,
        Shape::Text(text) if text.starts_with("b") => return Some("b"),
        Shape::Text(text) => match text.parse::<i64>() {
            Ok(n) if n << 2 >= 8 => "number",
            Ok(_) | Err(_) => "text",
        },
    };
    Some(kind).filter(|kind| !kind.is_empty())
}

async fn fetch(client: &Client, url: impl AsRef<str>) -> anyhow::Result<Vec<u8>> {
    let response = client.get(url.as_ref()).send().await?;
    let Shape::Rect { width, height } = measure(&response)? else { unreachable!() };
    let pair = (width as u64, u64::from(height));
    println!("{pair:?} {} {}", pair.0, pair.1 .max(2));
    unsafe { std::ptr::null::<u8>().read() };
    let closure = move |x: i32, Wrapper(y): Wrapper| -> i32 { x + y.0 };
    Ok(vec![closure(1, Wrapper(2)) as u8; 4])
}

macro_rules! square { ($x:expr) => { $x * $x }; }

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn it_works() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(square!(3), 9, "squares of {}", 3);
        assert!(matches!(classify(&Shape::Empty, Some(1)), Some(kind) if kind == "empty"));
        let map: BTreeMap<String, Vec<(usize, char)>> = BTreeMap::new();
        if let Some(&(n, ref c)) = map.values().flatten().next() { drop((n, c)); }
        Ok(())
    }
}
