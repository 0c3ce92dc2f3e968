//! The feed of each language: dated lessons, newest first, with title and summary only.

use lyceum_contract::Timestamp;
use lyceum_contract::time::Date;

use crate::html::{self, escaped};
use crate::model::Lesson;
use crate::view::SiteView;
use crate::views::Locale;

/// The most entries in a feed.
const MAX_ENTRIES: usize = 50;

/// What a feed is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Channel<'a> {
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    /// Its own address.
    pub(crate) path: &'a str,
    /// The page that it belongs to.
    pub(crate) page: &'a str,
}

/// The feed of the whole site.
pub(crate) fn render(locale: Locale<'_>, site: &SiteView) -> String {
    let lessons = locale.academy.courses.iter().flat_map(crate::model::Course::lessons);
    let channel = Channel { title: &site.title, subtitle: &site.summary, path: &site.feed, page: &site.home };
    written(locale, site, channel, dated(locale, lessons))
}

/// The feed of some lessons; nothing when none of them has a date.
pub(crate) fn of_lessons<'a>(
    locale: Locale<'_>,
    site: &SiteView,
    channel: Channel<'_>,
    lessons: impl Iterator<Item = &'a Lesson>,
) -> Option<String> {
    let dated = dated(locale, lessons);
    (!dated.is_empty()).then(|| written(locale, site, channel, dated))
}

/// Those with a date and a text in this language, the newest first.
fn dated<'a>(locale: Locale<'_>, lessons: impl Iterator<Item = &'a Lesson>) -> Vec<(Date, &'a Lesson)> {
    let here = lessons.filter(|lesson| lesson.article.has(locale.language));
    let mut dated: Vec<(Date, &Lesson)> = here.filter_map(|lesson| Some((lesson.date?, lesson))).collect();
    dated.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id().cmp(b.1.id())));
    // A lesson of two lists is one entry.
    dated.dedup_by(|a, b| a.1.id() == b.1.id());
    dated.truncate(MAX_ENTRIES);
    dated
}

/// Renders Atom. Its time is that of its newest entry, so that a build at another time is the same.
fn written(locale: Locale<'_>, site: &SiteView, channel: Channel<'_>, dated: Vec<(Date, &Lesson)>) -> String {
    let updated = dated.first().map_or(Timestamp(0), |(date, _)| Timestamp::from_date(*date));
    let url = escaped(&site.url);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <title>{}</title>\n<subtitle>{}</subtitle>\n<id>{url}{}</id>\n<link rel=\"self\" href=\"{url}{}\"/>\n\
         <link href=\"{url}{}\"/>\n<author><name>{}</name></author>\n<updated>{updated}</updated>\n",
        locale.language,
        escaped(channel.title),
        escaped(channel.subtitle),
        channel.path,
        channel.path,
        channel.page,
        escaped(&site.title),
    );
    for (date, lesson) in dated {
        push_entry(&mut out, locale, lesson, date, &url);
    }
    out.push_str("</feed>\n");
    out
}

fn push_entry(out: &mut String, locale: Locale<'_>, lesson: &Lesson, date: Date, url: &str) {
    let (language, config) = (locale.language, locale.config());
    let text = lesson.article.text(language, config).0;
    let summary = lesson.article.summary(language, config).unzip().0.unwrap_or_default();
    let path = locale.path(&lesson.path);
    html::push(
        out,
        format_args!(
            "<entry>\n<title>{}</title>\n<id>{url}{path}</id>\n<link href=\"{url}{path}\"/>\n<updated>{}</updated>\n\
         <summary>{}</summary>\n</entry>\n",
            escaped(&text.title),
            Timestamp::from_date(date),
            escaped(summary),
        ),
    );
}
