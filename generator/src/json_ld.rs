//! What search engines read about a page. Only public fields go in.

use lyceum_contract::Price;
use lyceum_contract::manifest::Language;
use serde_json::{Value, json};

use crate::model::{Article, Lesson};
use crate::product::Product;
use crate::view::{CourseView, InstructorView, ProductView, SiteView};
use crate::views::Locale;

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

/// The way from the home page to this page: names and addresses with the host.
fn breadcrumbs(steps: &[(&str, String)]) -> Value {
    let item = |(idx, (name, url)): (usize, &(&str, String))| json!({ "@type": "ListItem", "position": idx + 1, "name": name, "item": url });
    let items: Vec<Value> = steps.iter().enumerate().map(item).collect();
    json!({ "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items })
}

fn people(site: &SiteView, course: &CourseView) -> Vec<Value> {
    let person = |person: &InstructorView| json!({ "@type": "Person", "name": person.name, "url": format!("{}{}", site.url, person.path) });
    course.instructors.iter().map(person).collect()
}

/// Free, sold once, or part of a membership.
fn offers(site: &SiteView, course: &CourseView) -> Vec<Value> {
    let offer = |category: &str| {
        let url = format!("{}{}", site.url, course.path);
        json!({ "@type": "Offer", "category": category, "url": url })
    };
    let has = |kind: &str| course.offers.iter().any(|offer| offer.kind == kind);
    let found = [(course.is_free, "Free"), (has("course"), "Paid"), (has("tier"), "Subscription")];
    found.into_iter().filter(|(applies, _)| *applies).map(|(_, category)| offer(category)).collect()
}

/// A list of courses, or of anything else without them. `steps` lead from below the home page to the list: names and
/// addresses without the host.
pub(crate) fn list(site: &SiteView, steps: &[(&str, String)], courses: &[CourseView]) -> String {
    let at = |path: &str| format!("{}{path}", site.url);
    let mut way = vec![(site.title.as_str(), at(&site.home))];
    way.extend(steps.iter().map(|(name, path)| (*name, at(path))));
    let breadcrumbs = breadcrumbs(&way);
    if courses.is_empty() {
        return written(&breadcrumbs);
    }
    let item = |(idx, course): (usize, &CourseView)| json!({ "@type": "ListItem", "position": idx + 1, "name": course.title, "url": at(&course.path) });
    let items: Vec<Value> = courses.iter().enumerate().map(item).collect();
    let name = steps.last().map(|(name, _)| *name).unwrap_or_default();
    let list = json!({
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": name,
        "itemListElement": items,
    });
    written(&json!([list, breadcrumbs]))
}

/// The list of products, with its name and its address without the host.
pub(crate) fn products(site: &SiteView, (name, path): (&str, &str), products: &[ProductView]) -> String {
    let at = |path: &str| format!("{}{path}", site.url);
    let item = |(idx, product): (usize, &ProductView)| json!({ "@type": "ListItem", "position": idx + 1, "name": product.title, "url": at(&product.path) });
    let items: Vec<Value> = products.iter().enumerate().map(item).collect();
    let way = [(site.title.as_str(), at(&site.home)), (name, at(path))];
    let list = json!({
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": name,
        "itemListElement": items,
    });
    written(&json!([list, breadcrumbs(&way)]))
}

/// A product, or the event that a ticket is for, with its prices. `list` is what the page of all of them is called.
pub(crate) fn product(
    site: &SiteView,
    view: &ProductView,
    product: &Product,
    (language, list): (&Language, &str),
) -> String {
    let at = |path: &str| format!("{}{path}", site.url);
    let url = at(&view.path);
    let offer = |price: &Price| {
        let mut offer = json!({
            "@type": "Offer",
            "category": "Paid",
            "url": url,
            "price": price.amount.decimal(),
            "priceCurrency": price.amount.currency.code(),
        });
        if let Some(ticket) = &view.ticket {
            offer["validThrough"] = json!(ticket.starts.datetime);
        }
        offer
    };
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": if view.ticket.is_some() { "Event" } else { "Product" },
        "name": view.title,
        "description": view.summary,
        "url": url,
    });
    if view.is_sold {
        value["offers"] = product.prices.iter().map(offer).collect();
    }
    if let Some(ticket) = &view.ticket {
        value["startDate"] = json!(ticket.starts.datetime);
        value["inLanguage"] = json!(language.as_str());
        value["organizer"] = organization(site);
        value["isAccessibleForFree"] = json!(false);
        if let Some(ends) = &ticket.ends {
            value["endDate"] = json!(ends.datetime);
        }
        if let Some(location) = &ticket.location {
            value["location"] = json!(location);
        }
    }
    let home = (site.title.as_str(), at(&site.home));
    let mut steps = vec![home];
    steps.extend(site.sections.products.as_ref().map(|path| (list, at(path))));
    steps.push((view.title.as_str(), url.clone()));
    written(&json!([value, breadcrumbs(&steps)]))
}

/// A landing page.
pub(crate) fn course(site: &SiteView, course: &CourseView, language: &Language) -> String {
    let url = format!("{}{}", site.url, course.path);
    let home = (site.title.as_str(), format!("{}{}", site.url, site.home));
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": "Course",
        "name": course.title,
        "description": course.summary,
        "url": url,
        "inLanguage": language.as_str(),
        "provider": organization(site),
        "isAccessibleForFree": course.is_free,
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": format!("PT{}M", course.minutes),
            "instructor": people(site, course),
        },
    });
    let offers = offers(site, course);
    if !offers.is_empty() {
        value["offers"] = json!(offers);
    }
    if let Some(level) = &course.level {
        value["educationalLevel"] = json!(level);
    }
    if !course.outcomes.is_empty() {
        value["teaches"] = json!(course.outcomes);
    }
    written(&json!([value, breadcrumbs(&[home, (&course.title, url)])]))
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
    let course_url = format!("{}{}", site.url, course.path);
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": ["Article", "LearningResource"],
        "headline": title,
        "url": canonical,
        "inLanguage": language.as_str(),
        "isAccessibleForFree": is_free,
        "isPartOf": { "@type": "Course", "name": course.title, "description": course.summary, "url": course_url },
        "publisher": organization(site),
        "author": people(site, course),
    });
    if !summary.is_empty() {
        value["description"] = json!(summary);
    }
    if course.instructors.is_empty() {
        value["author"] = organization(site);
    }
    if let Some(date) = lesson.date {
        value["datePublished"] = json!(date.to_string());
    }
    if !is_free {
        value["hasPart"] =
            json!({ "@type": "WebPageElement", "isAccessibleForFree": false, "cssSelector": ".paywall" });
    }
    let home = (site.title.as_str(), format!("{}{}", site.url, site.home));
    let steps = [home, (course.title.as_str(), course_url), (title, canonical.to_owned())];
    written(&json!([value, breadcrumbs(&steps)]))
}

/// What a page with a text of its own is about.
pub(crate) struct About<'a> {
    title: &'a str,
    description: &'a str,
    /// The language of the text.
    language: &'a Language,
    /// The address of the page in that language, with the host.
    canonical: String,
}

impl<'a> About<'a> {
    /// `path` is the address without the language's prefix.
    pub(crate) fn article<Id>(
        locale: Locale<'a>,
        article: &'a Article<Id>,
        path: &str,
        description: &'a str,
    ) -> Self {
        let config = locale.config();
        let (text, language) = article.text(locale.language, config);
        let canonical = format!("{}{}{path}", config.url, config.prefix(language));
        Self { title: &text.title, description, language, canonical }
    }

    fn page(&self, site: &SiteView, kind: &str) -> Value {
        let mut value = json!({
            "@context": "https://schema.org",
            "@type": kind,
            "name": self.title,
            "url": self.canonical,
            "inLanguage": self.language.as_str(),
            "isPartOf": { "@type": "WebSite", "name": site.title, "url": format!("{}{}", site.url, site.home) },
        });
        if !self.description.is_empty() {
            value["description"] = json!(self.description);
        }
        value
    }
}

/// A page of the site's own, such as its terms.
pub(crate) fn page(site: &SiteView, about: &About<'_>) -> String {
    let home = (site.title.as_str(), format!("{}{}", site.url, site.home));
    let steps = [home, (about.title, about.canonical.clone())];
    written(&json!([about.page(site, "WebPage"), breadcrumbs(&steps)]))
}

/// The page of a person; `list` is what the page of all of them is called.
pub(crate) fn instructor(
    site: &SiteView,
    instructor: &InstructorView,
    about: &About<'_>,
    list: &str,
) -> String {
    let mut person = json!({
        "@type": "Person",
        "name": instructor.name,
        "url": about.canonical,
        "affiliation": organization(site),
    });
    if let Some(role) = &instructor.role {
        person["jobTitle"] = json!(role);
    }
    if let Some(photo) = &instructor.photo {
        person["image"] = json!(format!("{}{}", site.url, photo.path));
    }
    let elsewhere: Vec<&str> = instructor.links.iter().map(|link| link.path.as_str()).collect();
    if !elsewhere.is_empty() {
        person["sameAs"] = json!(elsewhere);
    }
    let mut value = about.page(site, "ProfilePage");
    value["mainEntity"] = person;
    let at = |path: &str| format!("{}{path}", site.url);
    let mut steps = vec![(site.title.as_str(), at(&site.home))];
    steps.extend(site.sections.instructors.as_ref().map(|path| (list, at(path))));
    steps.push((about.title, about.canonical.clone()));
    written(&json!([value, breadcrumbs(&steps)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_the_script_element() {
        assert_eq!(written(&json!("</script>&")), "\"\\u003c/script\\u003e\\u0026\"");
    }
}
