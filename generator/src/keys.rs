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
        may("time_zone", "the time zone of all days and times, for example `Europe/Berlin`; without: `UTC`"),
        may("contact", "an e-mail address for readers"),
        may("tiers", "the named levels of access, each with its prices"),
        may("offers", "lower prices for whoever knows a code"),
        may("theme", "name of the theme: `default` or `paper`"),
        may(
            "social_cards",
            "`none`, `site`, `courses` or `lessons`: what has a picture for shared links; `site`",
        ),
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
        may("per", "`seat`: the price of one seat of a team"),
    ],
    structural: &[],
};

/// One entry of `offers`.
pub const OFFER: Table = Table {
    what: "an offer",
    keys: &[
        must("code", "what buyers type in: 3 to 40 of `A-Z`, `0-9` and `-`"),
        may("percent", "how much less the first payment is: `30`"),
        may("amount", "the same as an amount and currency: `10.00 USD`"),
        may("prices", "ids of the prices that it is for; without: all"),
        may("limit", "how many orders may have it; without: any number"),
        may("per_member", "how many orders of one member may have it; `1`"),
        may("until", "its last day: `2027-05-01`"),
    ],
    structural: &[],
};

/// One entry of `prices` of a course.
pub const COURSE_PRICE: Table = Table {
    what: "a price of a course, which is paid once",
    keys: &[must("id", "a slug, unique in the site"), must("amount", "amount and currency: `49.00 USD`")],
    structural: &[],
};

/// `products/<product>.md`.
pub const PRODUCT: Table = Table {
    what: "a product",
    keys: &[
        must("title", "name of the product"),
        must("summary", "one sentence about it"),
        must("kind", "`download`, `ticket`, `coaching` or `question`"),
        must("prices", "what it costs; paid once"),
        may("instructor", "of a coaching or question: a file name in `instructors/` without `.md`"),
        may("event", "of a ticket: a file name in `events/` without `.md`"),
        may("places", "of a ticket: how many there are; without: any number"),
        may("minutes", "of a coaching: how long one takes, `45`"),
        may("slots", "of a coaching: when one can begin, `[2027-02-01T10:00]`"),
        may("within", "of a question: the answer is there so long after the payment, `P3D`"),
        may("aliases", "addresses that it had before"),
    ],
    structural: &[],
};

/// One entry of `prices` of a product.
pub const PRODUCT_PRICE: Table = Table {
    what: "a price of a product, which is paid once",
    keys: &[must("id", "a slug, unique in the site"), must("amount", "amount and currency: `29.00 USD`")],
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
        may("draft", "`true`: only previews show it"),
        may("publish_at", "`2026-12-01` or `2026-12-01T09:00`: nobody sees it before"),
        may("announce", "`true`: the calendar names it before `publish_at`"),
        may("updated", "day of the last change of substance"),
        may("changes", "list of `{date, text}`: what changed"),
        may("after", "`P7D`: its lessons open so long after the learner got it"),
        may("on", "a day or time: its lessons open then"),
        may("requires", "what must be finished before its lessons open"),
        may("aliases", "addresses that it had before"),
        may("disclaimer", "`medicine`, `law`, `finance`, or a text of your own"),
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
        may("after", "`P7D`: its lessons open so long after the learner got the course"),
        may("on", "a day or time: its lessons open then"),
        may("requires", "what must be finished before its lessons open"),
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
        may("draft", "`true`: only previews show it"),
        may("publish_at", "`2026-12-01` or `2026-12-01T09:00`: nobody sees it before"),
        may("announce", "`true`: the calendar names it before `publish_at`"),
        may("updated", "day of the last change of substance"),
        may("changes", "list of `{date, text}`: what changed"),
        may("after", "`P7D`: it opens so long after the learner got the course"),
        may("on", "a day or time: it opens then"),
        may("requires", "what must be finished before it opens"),
        may("aliases", "addresses that it had before"),
    ],
    structural: &[],
};

/// `instructors/<name>.md`.
pub const INSTRUCTOR: Table = Table {
    what: "an instructor",
    keys: &[
        must("name", "name of the person"),
        may("role", "one line about what they do"),
        may("credentials", "degrees, licences, positions: one line each"),
        may("links", "list of `{title, url}`: their pages elsewhere"),
        may("photo", "an image beside the file"),
    ],
    structural: &[],
};

/// `pages/<name>.md`.
pub const PAGE: Table = Table {
    what: "a page",
    keys: &[
        must("title", "name of the page"),
        may("summary", "one sentence for search engines"),
        may("aliases", "addresses that it had before"),
    ],
    structural: &[],
};

/// `tracks/<track>.md`.
pub const TRACK: Table = Table {
    what: "a track",
    keys: &[
        must("title", "name of the track"),
        may("summary", "one sentence about it"),
        must("courses", "its courses in the order to take them"),
        may("level", "`beginner`, `intermediate` or `advanced`"),
        may("aliases", "addresses that it had before"),
    ],
    structural: &[],
};

/// `tags/<tag>.md`.
pub const TAG: Table = Table {
    what: "a tag",
    keys: &[must("name", "how the tag is shown"), may("summary", "one sentence about it")],
    structural: &[],
};

/// `events/<event>.md`.
pub const EVENT: Table = Table {
    what: "an event",
    keys: &[
        must("title", "name of the event"),
        may("summary", "one sentence about it"),
        must("starts", "a day or time: `2026-12-01T19:00`"),
        may("ends", "a day or time; without: unknown"),
        may("kind", "`lecture`, `seminar`, `live` or `other`"),
        may("location", "where it is, or how to join; public"),
    ],
    structural: &[],
};

/// One entry of `changes`.
pub const CHANGE: Table = Table {
    what: "a change",
    keys: &[must("date", "the day: `2026-11-02`"), must("text", "one sentence; public")],
    structural: &[],
};

/// One entry of `links`.
pub const LINK: Table = Table {
    what: "a link",
    keys: &[must("title", "what the link says"), must("url", "an address that starts with `https://`")],
    structural: &[],
};

/// An entry of `requires` about a quiz.
pub const QUIZ: Table = Table {
    what: "a required quiz",
    keys: &[
        must("quiz", "the lesson with the quiz: its id or its file"),
        must("score", "the percent that are needed: 1 to 100"),
    ],
    structural: &[],
};

/// `index.<language>.md` of a course.
pub const COURSE_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[
        must("title", "name of the course"),
        may("summary", "one sentence about it"),
        may("outcomes", "what the learner can do afterwards"),
        may("changes", "the texts of the original's changes, by the same days"),
        may("disclaimer", "the translated text, when the original has one of its own"),
    ],
    structural: &[
        "instructors",
        "level",
        "tags",
        "access",
        "tiers",
        "prices",
        "draft",
        "publish_at",
        "announce",
        "updated",
        "after",
        "on",
        "requires",
        "aliases",
    ],
};

/// A translation of a module, page or track.
pub const TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[must("title", "the translated title"), may("summary", "the translated summary")],
    structural: &["access", "tiers", "after", "on", "requires", "aliases", "courses", "level"],
};

/// A translation of a lesson.
pub const LESSON_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[
        must("title", "the translated title"),
        may("summary", "the translated summary"),
        may("changes", "the texts of the original's changes, by the same days"),
    ],
    structural: &[
        "date",
        "tags",
        "access",
        "tiers",
        "minutes",
        "id",
        "stale_after",
        "draft",
        "publish_at",
        "announce",
        "updated",
        "after",
        "on",
        "requires",
        "aliases",
    ],
};

/// A translation of a product.
pub const PRODUCT_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[must("title", "the translated title"), may("summary", "the translated summary")],
    structural: &["kind", "prices", "instructor", "event", "places", "minutes", "slots", "within", "aliases"],
};

/// A translation of a tag.
pub const TAG_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[must("name", "the translated name"), may("summary", "the translated summary")],
    structural: &[],
};

/// A translation of an event.
pub const EVENT_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[
        must("title", "the translated title"),
        may("summary", "the translated summary"),
        may("location", "the translated location"),
    ],
    structural: &["starts", "ends", "kind"],
};

/// A translation of an instructor.
pub const INSTRUCTOR_TRANSLATION: Table = Table {
    what: "a translation",
    keys: &[
        may("name", "the name as it is written in this language"),
        may("role", "the translated role"),
        may("credentials", "the translated credentials"),
        may("links", "the links for readers of this language"),
    ],
    structural: &["photo"],
};
