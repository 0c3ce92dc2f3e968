//! A large academy to build: the same for the same number of lessons, on every machine.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

const LESSONS_PER_COURSE: usize = 20;

const WORDS: [&str; 48] = [
    "value", "scope", "owner", "learner", "proof", "table", "cache", "index", "signal", "window", "market",
    "lesson", "reads", "writes", "holds", "moves", "returns", "measures", "explains", "compares", "repeats",
    "derives", "splits", "joins", "small", "exact", "late", "early", "shared", "stable", "common", "useful",
    "quiet", "sparse", "linear", "plain", "because", "while", "although", "before", "after", "until",
    "every", "most", "some", "no", "one", "the",
];

const CODE: [(&str, &str); 4] = [
    (
        "rust",
        "fn total(prices: &[u64]) -> u64 {\n    // Minor units, so that nothing is lost.\n    prices.iter().sum()\n}\n",
    ),
    (
        "python",
        "def share(part, whole):\n    \"\"\"A share of nothing is not a number.\"\"\"\n    return part / whole if whole else None\n",
    ),
    ("sql", "SELECT course, COUNT(*) AS readers\nFROM events\nWHERE kind = 'page_view'\nGROUP BY course;\n"),
    (
        "javascript",
        "export const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];\n",
    ),
];

const MATH: [&str; 3] = [
    r"\frac{1}{n} \sum_{i=1}^{n} x_i",
    r"P(A \mid B) = \frac{P(B \mid A)\, P(A)}{P(B)}",
    r"\sqrt{a^2 + b^2} \le |a| + |b|",
];

/// Writes an academy with this many lessons; returns its folder.
pub(crate) fn write(folder: &Path, n_lessons: usize) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("lyceum.yaml"), SITE)?;
    let mut random = Random(1);
    for lesson_idx in 0..n_lessons {
        let course = course_name(lesson_idx);
        let place = folder.join("courses").join(&course);
        if lesson_idx % LESSONS_PER_COURSE == 0 {
            fs::create_dir_all(&place)?;
            fs::write(place.join("index.md"), course_page(&course, &mut random))?;
        }
        let number = lesson_idx % LESSONS_PER_COURSE + 1;
        fs::write(
            place.join(format!("{number:02}-lesson-{number}.md")),
            lesson(&course, number, &mut random),
        )?;
    }
    Ok(folder.to_owned())
}

const SITE: &str = "\
title: A large academy
summary: Many lessons, to measure how long a build takes.
url: https://academy.example
languages: [en]
time_zone: UTC
tiers:
  - id: pro
    name: Pro
    prices:
      - { id: pro-month, amount: 19.00 USD, every: month }
";

fn course_name(lesson_idx: usize) -> String {
    format!("course-{}", lesson_idx / LESSONS_PER_COURSE + 1)
}

fn course_page(course: &str, random: &mut Random) -> String {
    let (summary, text) = (random.sentence(), random.paragraph());
    format!("---\ntitle: {course}\nsummary: {summary}\naccess: paid\ntiers: [pro]\n---\n\n{text}\n")
}

/// Prose with links, code, a table, mathematics and a list; every fourth lesson is free.
fn lesson(course: &str, number: usize, random: &mut Random) -> String {
    let mut text = format!("---\ntitle: Lesson {number}\nsummary: {}\n", random.sentence());
    if number % 4 == 1 {
        text.push_str("access: free\n");
    }
    let _ = write!(text, "---\n\n{}\n\n<!-- preview-ends -->\n\n", random.paragraph());
    for section in 1..=4 {
        let (language, code) = random.pick(&CODE);
        let formula = random.pick(&MATH);
        let _ = write!(text, "## Part {section} of {course}\n\n{}\n\n", random.paragraph());
        let _ = write!(text, "```{language}\n{code}```\n\n{} ${formula}$.\n\n", random.sentence());
        let _ = write!(text, "$$\n{formula}\n$$\n\n{}\n\n", random.paragraph());
        let _ =
            write!(text, "| What | How much |\n|---|--:|\n| {} | {} |\n", random.word(), random.below(1_000));
        let _ = write!(
            text,
            "| **{}** | {} |\n\n- {}\n- `{}`\n\n",
            random.word(),
            random.below(1_000),
            random.sentence(),
            random.word()
        );
    }
    if number > 1 {
        let _ = writeln!(text, "See [the lesson before](./{:02}-lesson-{}.md).", number - 1, number - 1);
    }
    text
}

/// Numbers that look random and are the same every time (a 64-bit linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }

    fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    fn word(&mut self) -> &'static str {
        self.pick(&WORDS)
    }

    fn sentence(&mut self) -> String {
        let n_words = 6 + self.below(12);
        let words: Vec<&str> = (0..n_words).map(|_| self.word()).collect();
        format!("So {}.", words.join(" "))
    }

    fn paragraph(&mut self) -> String {
        let n_sentences = 3 + self.below(4);
        let sentences: Vec<String> = (0..n_sentences).map(|_| self.sentence()).collect();
        sentences.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_lesson_every_time() {
        let write = || lesson("course-1", 2, &mut Random(7));
        assert_eq!(write(), write());
        assert!(write().len() > 4_000, "a lesson worth building");
    }
}
