//! The keys of each kind of file: one table for checking, for "did you mean" and for the documentation.

/// One key.
#[derive(Debug)]
pub struct KeyRule {
    /// How it is written.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it takes, in one line.
    pub about: &'static str,
}

/// The keys of one kind of file or map.
#[derive(Debug)]
pub struct Table {
    /// What has these keys, with its article: `a lesson`.
    pub what: &'static str,
    /// The keys in the order of the documentation.
    pub keys: &'static [KeyRule],
    /// For a translation: keys that only the original may have.
    pub structural: &'static [&'static str],
}

const fn must(name: &'static str, about: &'static str) -> KeyRule {
    KeyRule { name, required: true, about }
}

const fn may(name: &'static str, about: &'static str) -> KeyRule {
    KeyRule { name, required: false, about }
}

/// `lyceum.yaml`.
pub const SITE: Table = Table {
    what: "`lyceum.yaml`",
    keys: &[
        must("title", "name of the academy; a text, or one text per language"),
        may("summary", "one sentence about it; a text, or one text per language"),
        must("url", "canonical address: `https://academy.example`"),
        must("languages", "language tags; the first has no prefix in addresses"),
        may("time_zone", "the owner's time zone, for example `Europe/Berlin`"),
        may("contact", "an e-mail address for readers"),
        may("tiers", "the named levels of access, each with its prices"),
        may("theme", "name of the theme: `default` or `paper`"),
        may("license", "licence of the texts, for example `CC-BY-4.0`"),
        may("highlight", "`false`: code has no colours"),
        may("check", "what `lyceum check` asks of the texts"),
    ],
    structural: &[],
};

/// `check` of `lyceum.yaml`.
pub const CHECK: Table = Table {
    what: "`check`",
    keys: &[
        may("banned_words", "words and phrases that no text should have"),
        may("min_words", "the fewest words of a lesson; `50`"),
        may("stale_after", "how long a lesson stays fresh: `P365D`"),
    ],
    structural: &[],
};

/// One entry of `tiers`.
pub const TIER: Table = Table {
    what: "a tier",
    keys: &[
        must("id", "a slug: what `access` and `tiers` refer to"),
        must("name", "what buyers read; a text, or one text per language"),
        may("summary", "one sentence about it; a text, or one text per language"),
        may("prices", "the ways to pay for it"),
    ],
    structural: &[],
};

/// One entry of `prices` of a tier.
pub const TIER_PRICE: Table = Table {
    what: "a price of a tier",
    keys: &[
        must("id", "a slug, unique in the site"),
        must("amount", "amount and currency: `19.00 USD`"),
        may("every", "`month` or `year`: a subscription"),
        may("for", "a duration such as `P90D`: a pass that ends by itself"),
        may("trial", "free days before the first charge of a subscription: `P7D`"),
    ],
    structural: &[],
};

/// One entry of `prices` of a course.
pub const COURSE_PRICE: Table = Table {
    what: "a price of a course, which is paid once",
    keys: &[must("id", "a slug, unique in the site"), must("amount", "amount and currency: `49.00 USD`")],
    structural: &[],
};

/// `courses/<course>/index.md`.
pub const COURSE: Table = Table {
    what: "a course",
    keys: &[
        must("title", "name of the course"),
        must("summary", "one sentence about it"),
        may("instructors", "file names in `instructors/` without `.md`"),
        may("level", "`beginner`, `intermediate` or `advanced`"),
        may("tags", "what it is about"),
        may("access", "`free`, `members`, `paid` or the id of a tier"),
        may("tiers", "the tiers that open it; without: all"),
        may("prices", "one-off prices of the course itself"),
        may("outcomes", "what the learner can do afterwards"),
    ],
    structural: &[],
};

/// `courses/<course>/<nn-module>/index.md`.
pub const MODULE: Table = Table {
    what: "a module",
    keys: &[
        must("title", "name of the module"),
        may("summary", "one sentence about it"),
        may("access", "`free`, `members`, `paid` or the id of a tier"),
        may("tiers", "the tiers that open it"),
    ],
    structural: &[],
};

/// `courses/<course>/<nn-module>/<nn-lesson>.md`.
pub const LESSON: Table = Table {
    what: "a lesson",
    keys: &[
        must("title", "name of the lesson"),
        may("summary", "one sentence about it; public"),
        may("date", "day of publication: `2026-11-02`"),
        may("tags", "what it is about"),
        may("access", "`free`, `members`, `paid` or the id of a tier"),
        may("tiers", "the tiers that open it"),
        may("minutes", "reading time; without: estimated"),
        may("id", "stable id `course/module/lesson` that survives a move"),
        may("stale_after", "how long this lesson stays fresh: `P365D`"),
    ],
    structural: &[],
};

/// `instructors/<name>.md`.
pub const INSTRUCTOR: Table = Table {
    what: "an instructor",
    keys: &[must("name", "name of the person"), may("role", "one line about what they do")],
    structural: &[],
};

/// `pages/<name>.md`.
pub const PAGE: Table = Table {
    what: "a page",
    keys: &[must("title", "name of the page"), may("summary", "one sentence for search engines")],
    structural: &[],
};

/// `index.<language>.md` of a course.
pub const COURSE_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[
        must("title", "name of the course"),
        may("summary", "one sentence about it"),
        may("outcomes", "what the learner can do afterwards"),
    ],
    structural: &["instructors", "level", "tags", "access", "tiers", "prices"],
};

/// A translation of a module, lesson or page.
pub const TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[must("title", "the translated title"), may("summary", "the translated summary")],
    structural: &["date", "tags", "access", "tiers", "minutes", "id", "stale_after"],
};

/// A translation of an instructor.
pub const INSTRUCTOR_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[may("name", "the name as it is written in this language"), may("role", "the translated role")],
    structural: &[],
};
