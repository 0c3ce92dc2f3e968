//! What search engines read about a page. Only public fields go in.

use lyceum_contract::manifest::Language;
use serde_json::{Value, json};

use crate::model::Lesson;
use crate::view::{CourseView, SiteView};

/// JSON that can stand inside a script element.
fn written(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn organization(site: &SiteView) -> Value {
    json!({ "@type": "Organization", "name": site.title, "url": format!("{}/", site.url) })
}

/// The home page.
pub(crate) fn home(site: &SiteView, language: &Language) -> String {
    written(&json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": site.title,
        "description": site.summary,
        "url": format!("{}{}", site.url, site.home),
        "inLanguage": language.as_str(),
        "publisher": organization(site),
    }))
}

/// A landing page.
pub(crate) fn course(site: &SiteView, course: &CourseView, language: &Language) -> String {
    let people: Vec<Value> = course
        .instructors
        .iter()
        .map(|person| json!({ "@type": "Person", "name": person.name, "url": format!("{}{}", site.url, person.path) }))
        .collect();
    written(&json!({
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course.title,
        "description": course.summary,
        "url": format!("{}{}", site.url, course.path),
        "inLanguage": language.as_str(),
        "provider": organization(site),
        "instructor": people,
        "isAccessibleForFree": course.is_free,
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": format!("PT{}M", course.minutes),
        },
    }))
}

/// A lesson; `language` is that of the text, `canonical` the address with the host.
pub(crate) fn lesson(
    site: &SiteView,
    course: &CourseView,
    lesson: &Lesson,
    language: &Language,
    title: &str,
    summary: &str,
    canonical: &str,
) -> String {
    let is_free = lesson.access.is_public();
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": ["Article", "LearningResource"],
        "headline": title,
        "description": summary,
        "url": canonical,
        "inLanguage": language.as_str(),
        "isAccessibleForFree": is_free,
        "isPartOf": { "@type": "Course", "name": course.title, "url": format!("{}{}", site.url, course.path) },
        "publisher": organization(site),
    });
    if let Some(date) = lesson.date {
        value["datePublished"] = json!(date.to_string());
    }
    if !is_free {
        value["hasPart"] =
            json!({ "@type": "WebPageElement", "isAccessibleForFree": false, "cssSelector": ".paywall" });
    }
    written(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_the_script_element() {
        assert_eq!(written(&json!("</script>&")), "\"\\u003c/script\\u003e\\u0026\"");
    }
}
