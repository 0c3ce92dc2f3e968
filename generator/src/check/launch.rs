//! What a site needs before it opens.

use lyceum_contract::Access;
use lyceum_contract::manifest::Language;
use lyceum_contract::seal::KeyRing;

use super::Subject;
use super::front::{as_text, entry};
use crate::Options;
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::model::{Article, Course};
use crate::yaml;

/// What is known about the place that the site will run in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether a key for payments is set.
    pub has_payment_key: bool,
}

/// Collects what is missing.
struct Launch<'a> {
    subject: Subject<'a>,
    found: &'a mut Vec<Diagnostic>,
}

/// Reports everything that is not ready. What would break something is an error, the rest a warning.
pub(super) fn check(
    subject: Subject<'_>,
    environment: Environment,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut launch = Launch { subject, found };
    launch.address();
    launch.people();
    launch.pages();
    launch.languages();
    launch.pictures();
    launch.money(environment);
    if options.keys.sealing().id() == KeyRing::DEVELOPMENT {
        let hint =
            "set `LYCEUM_SEAL_KEYS` to a name, `:`, and what `openssl rand -hex 32` prints; keep it secret";
        launch.site_error("paid pages are sealed with the development key, which everybody has", hint);
    }
}

impl Launch<'_> {
    fn site_error(&mut self, message: &str, hint: &str) {
        self.found.push(self.subject.site_file().error(Code::NotReady, 0..0, message).hint(hint));
    }

    fn site_warning(&mut self, message: &str, hint: &str) {
        self.found.push(self.subject.site_file().error(Code::NotReady, 0..0, message).hint(hint).warning());
    }

    fn address(&mut self) {
        let file = self.subject.site_file();
        let place = |key: &str| {
            let node = yaml::parse(&file, 0..file.source.len()).ok()?;
            entry(&node, key).map(|node| (node.span.clone(), as_text(node).unwrap_or_default().to_owned()))
        };
        if let Some((span, url)) = place("url") {
            let host = url.split("://").nth(1).unwrap_or_default().trim_end_matches('/');
            let is_example =
                ["example", "example.com", "example.org", "example.net", "invalid", "test", "localhost"]
                    .iter()
                    .any(|name| host == *name || host.ends_with(&format!(".{name}")));
            if is_example {
                let message = format!("`{url}` is an address for examples, expected that of your site");
                self.found.push(
                    file.error(Code::NotReady, span, message)
                        .hint("write the address that readers will type"),
                );
            } else if !url.starts_with("https://") {
                let message = format!("`{url}` is not encrypted, expected `https://`");
                self.found.push(file.error(Code::NotReady, span, message).hint("sign-in needs `https://`"));
            }
        }
        match place("contact") {
            None => self
                .site_error("no `contact`, expected an e-mail address for readers", "add `contact: hello@…`"),
            Some((span, contact)) if contact.ends_with(".example") || contact.ends_with("@example.com") => {
                let message = format!("`{contact}` is an address for examples, expected yours");
                self.found.push(
                    file.error(Code::NotReady, span, message).hint("readers and processors write to it"),
                );
            }
            Some(_) => {}
        }
        if self.subject.academy.config.summary.0.is_empty() {
            self.site_warning(
                "no `summary`, expected one sentence about the academy",
                "search engines show it",
            );
        }
    }

    fn people(&mut self) {
        let academy = self.subject.academy;
        let default = academy.config.default_language();
        for course in academy.courses.iter().filter(|course| course.instructors.is_empty()) {
            let Some(text) = course.article.texts.get(default) else { continue };
            self.not_ready(
                &text.body.text,
                "no `instructors`, expected who teaches this course",
                "readers buy from people",
            );
        }
        for person in &academy.instructors {
            let Some(text) = person.texts.get(default).filter(|text| text.role.is_none()) else { continue };
            self.not_ready(
                &text.body.text,
                "no `role`, expected one line about this person",
                "say why readers can trust them",
            );
        }
        if academy.courses.is_empty() {
            self.site_error("no course, expected at least one", "`lyceum new course first-course` makes one");
        }
    }

    fn not_ready(&mut self, file: &TextFile, message: &str, hint: &str) {
        self.found.push(file.error(Code::NotReady, 0..0, message).hint(hint).warning());
    }

    /// Pages that the law or a payment processor asks for.
    fn pages(&mut self) {
        let has =
            |names: &[&str]| self.subject.academy.pages.iter().any(|page| names.contains(&page.id.as_str()));
        let terms = !self.is_for_sale() || has(&["terms", "terms-of-service", "agb"]);
        let privacy = has(&["privacy", "privacy-policy", "datenschutz"]);
        let imprint = has(&["imprint", "impressum", "about", "legal"]);
        let message = |name: &str| format!("no page `pages/{name}.md`");
        if !terms {
            self.site_error(
                &message("terms"),
                "say what is sold, how it is cancelled, and who gets money back when",
            );
        }
        if !privacy {
            self.site_error(&message("privacy"), "say what is stored about readers, why and for how long");
        }
        if !imprint {
            self.site_warning(&message("imprint"), "say who runs the site and how to reach them");
        }
    }

    fn is_for_sale(&self) -> bool {
        let academy = self.subject.academy;
        let has_price = |course: &Course| !course.prices.is_empty();
        academy.courses.iter().any(has_price)
            || !academy.products.is_empty()
            || academy.config.tiers.iter().any(|tier| !tier.prices.is_empty())
    }

    /// Every text in every language.
    fn languages(&mut self) {
        let academy = self.subject.academy;
        let default = academy.config.default_language();
        for language in academy.config.languages.iter().filter(|language| *language != default) {
            let mut missing = Vec::new();
            for course in &academy.courses {
                missing.extend(untranslated(&course.article, language, default));
                missing.extend(
                    course.lessons().filter_map(|lesson| untranslated(&lesson.article, language, default)),
                );
            }
            let others = academy.instructors.iter().chain(&academy.pages);
            let others = others.chain(academy.products.iter().map(|product| &product.article));
            missing.extend(others.filter_map(|article| untranslated(article, language, default)));
            if let Some(first) = missing.first() {
                let message =
                    format!("{} texts have no `{language}` version, the first is this one", missing.len());
                let hint =
                    format!("translate them as `….{language}.md`, or take `{language}` out of `languages`");
                self.found.push(first.error(Code::NotReady, 0..0, message).hint(hint).warning());
            }
        }
    }

    fn pictures(&mut self) {
        let files = &self.subject.source.files;
        let has = |path: &str| files.contains_key(path);
        if !has("static/favicon.svg") && !has("static/favicon.ico") {
            self.site_warning(
                "no `static/favicon.svg` of your own",
                "browsers show it in front of the title",
            );
        }
    }

    /// What is sold has a price, and somebody can take the money.
    fn money(&mut self, environment: Environment) {
        let academy = self.subject.academy;
        let is_paid =
            |course: &Course| course.lessons().any(|lesson| matches!(lesson.access, Access::Paid(_)));
        let sells = academy.courses.iter().any(is_paid) || !academy.products.is_empty();
        if sells && !self.is_for_sale() {
            self.site_error("paid lessons and no price", "add `prices` to a tier or to a course");
        }
        if sells && !environment.has_payment_key {
            self.site_warning(
                "no `STRIPE_SECRET_KEY`, so that only the sandbox till sells",
                "set the key of your account where the site runs",
            );
        }
    }
}

/// The original of an article without this language.
fn untranslated<'a, Id>(
    article: &'a Article<Id>,
    language: &Language,
    default: &Language,
) -> Option<&'a TextFile> {
    let original = article.texts.get(default).filter(|_| !article.has(language))?;
    Some(&original.body.text)
}
