//! Everything that is not a page: assets, static files, feeds, manifests, shells and headers.

use std::collections::BTreeMap;

use lyceum_contract::headers::SECURITY_HEADERS;
use lyceum_contract::manifest::Language;
use lyceum_contract::paths;

use crate::diagnostic::Code;
use crate::publish::{Edition, Publisher};
use crate::source::Content;
use crate::{feed, html, manifest, seal, sitemap};

impl<'a> Publisher<'a> {
    /// Adds what every site has besides its pages.
    pub(crate) fn finish(&mut self, editions: &[Edition<'a>]) {
        let inputs = self.inputs;
        for (path, bytes) in &inputs.theme.assets {
            self.add(path, bytes.clone());
        }
        self.assets();
        for edition in editions {
            let feed = feed::render(edition.locale, &edition.site);
            self.add(&edition.site.feed, feed.into_bytes());
        }
        let map = sitemap::render(&inputs.academy.config, &self.listed);
        self.add("/sitemap.xml", map.into_bytes());
        self.add("/_headers", headers().into_bytes());
        self.manifest(editions);
        self.statics();
        let robots = sitemap::robots(&inputs.academy.config);
        // An owner's own `static/robots.txt` wins.
        self.site.add("/robots.txt", robots.into_bytes());
    }

    /// Each asset goes out in the form that the widest of its readers needs.
    fn assets(&mut self) {
        let source = self.inputs.source;
        let assets = self.inputs.links.assets;
        let audience = std::mem::take(&mut self.audience);
        for (path, access) in audience.iter() {
            let (Some(url), Some(Content::Bytes(bytes))) = (assets.url(path), source.files.get(path)) else {
                continue;
            };
            // Two equal files of equal name share an address; the bytes are the same, whoever comes first.
            if access.is_public() {
                self.site.add(url, bytes.clone());
            } else {
                let sealed = seal::asset(
                    self.inputs.keys.sealing(),
                    url,
                    access,
                    lyceum_contract::media_type::media_type(url),
                    bytes,
                );
                self.sealed.insert(url.to_owned());
                self.site.add(&paths::sealed_path(url), sealed);
            }
        }
        for path in assets.paths().filter(|path| assets.url(path).is_some() && !audience.has(path)) {
            let warning =
                source.error(path, Code::UnusedAsset, format!("no text refers to `{path}`")).warning();
            let hint = "it is not published; refer to it, remove it, or move it to `static/`";
            self.diagnostics.push(warning.hint(hint));
        }
    }

    fn statics(&mut self) {
        let source = self.inputs.source;
        for (path, content) in &source.files {
            let (Some(target), Content::Bytes(bytes)) = (path.strip_prefix("static"), content) else {
                continue;
            };
            if !target.split('/').skip(1).all(is_safe) {
                let message =
                    format!("the name `{path}`, expected `A-Z`, `a-z`, `0-9`, `.`, `_`, `~` and `-`");
                let error = source.error(path, Code::BadFileName, message);
                self.diagnostics.push(error.hint("rename it; names do not start with `_` or `.`"));
            } else if is_taken_by_app(target, &self.inputs.academy.config.languages)
                || !self.site.add(target, bytes.clone())
            {
                let message = format!("`{target}` is an address of the site itself, expected another name");
                self.diagnostics.push(source.error(path, Code::PathTaken, message).hint("rename the file"));
            }
        }
    }

    fn manifest(&mut self, editions: &[Edition<'a>]) {
        let mut shells = BTreeMap::new();
        for edition in editions {
            shells.extend(self.shell(edition));
        }
        let texts = editions.iter().map(|edition| {
            let texts = self.inputs.theme.texts(edition.locale.language).0.iter();
            let of_app = texts.filter(|(key, _)| key.starts_with("app_"));
            (edition.locale.language.clone(), of_app.map(|(key, text)| (key.clone(), text.clone())).collect())
        });
        let parts = manifest::Parts {
            key_id: self.inputs.keys.sealing().id().to_owned(),
            shells,
            texts: texts.collect(),
            worker_first: manifest::worker_first(&self.inputs.academy.config, &self.sealed),
        };
        let manifest = manifest::site(self.inputs.academy, parts);
        let json = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
        self.add(paths::MANIFEST, json);
    }

    fn shell(&mut self, edition: &Edition<'a>) -> Option<(Language, lyceum_contract::manifest::Shell)> {
        let language = edition.locale.language;
        let path = format!("{}/shell/{language}.html", paths::LYCEUM);
        let rendered = self.frame("shell", "", "", edition)?;
        let template = self.inputs.theme.template("shell.html")?;
        match manifest::shell(&rendered, path.clone(), template) {
            Ok((html, shell)) => {
                self.add(&path, html.into_bytes());
                Some((language.clone(), shell))
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }
}

/// A segment that every server passes on as it is and that no program keeps for itself.
fn is_safe(segment: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-');
    !segment.is_empty() && !segment.starts_with(['_', '.']) && segment.bytes().all(allowed)
}

fn is_taken_by_app(target: &str, languages: &[Language]) -> bool {
    let inner = languages.iter().find_map(|language| target.strip_prefix(&format!("/{language}")));
    let mut forms = [Some(target), inner.filter(|inner| inner.starts_with('/'))].into_iter().flatten();
    forms.any(|form| {
        let below_app = paths::APP_PREFIXES.iter().any(|prefix| form.starts_with(prefix));
        // Files of the theme are kept for good under their names, which a copied file does not change.
        below_app || form.starts_with("/assets/") || matches!(form, paths::EVENTS | paths::HEALTH)
    })
}

/// Headers for the static server, in the format of Cloudflare and Netlify.
fn headers() -> String {
    let mut out = String::from("/*\n");
    for (name, value) in SECURITY_HEADERS {
        html::push(&mut out, format_args!("  {name}: {value}\n"));
    }
    out.push_str("/assets/*\n  cache-control: public, max-age=31536000, immutable\n");
    out
}
