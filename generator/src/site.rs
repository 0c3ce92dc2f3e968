//! Reads `lyceum.yaml`.

use std::collections::BTreeMap;

use lyceum_contract::manifest::{Language, Localized};
use lyceum_contract::{Price, Slug, Term};

use crate::cards::SocialCards;
use crate::claims::{Found, PriceClaim};
use crate::diagnostic::Code;
use crate::front_matter::{Expected, Fields, Located, days, interval, money, slug};
use crate::keys;
use crate::markdown::punctuated;
use crate::model::{Config, Tier};
use crate::offers;
use crate::source::{Content, Source};
use crate::theme_files::{self, DEFAULT as DEFAULT_THEME};
use crate::yaml::{self, Value};
use crate::zone::Zone;

/// Reads the site's own file. There is always a result; it is only used for publishing when nothing was wrong.
pub(crate) fn read(source: &Source, found: &mut Found) -> Config {
    let Some(text) = source.text("lyceum.yaml") else {
        let is_reported = matches!(source.files.get("lyceum.yaml"), Some(Content::Broken))
            || source.diagnostics.iter().any(|found| found.file == source.root);
        if !is_reported {
            let message = "no `lyceum.yaml`, expected it in the content folder";
            let hint = "create it with `title`, `url` and `languages`, or name another folder";
            found.diagnostics.push(source.error("lyceum.yaml", Code::MissingSite, message).hint(hint));
        }
        return uncertain();
    };
    let mut fields = match yaml::parse(text, 0..text.source.len()) {
        Ok(node) => Fields::of_node(text, node, &keys::SITE, 0..0),
        Err(diagnostic) => Fields::unreadable(text, &keys::SITE, *diagnostic),
    };
    let meant = |name: &str, fields: &Fields<'_>| fields.meant.contains(&name);
    let shaky = meant("tiers", &fields) || meant("languages", &fields);
    let n_found = fields.n_found();
    let languages = languages(&mut fields);
    let default = languages.first().cloned().unwrap_or_else(english);
    let has_all = !languages.is_empty() && fields.n_found() == n_found;
    let known = has_all.then_some(languages.as_slice());
    let title = localized(&mut fields, "title", known, &default);
    let summary = localized(&mut fields, "summary", known, &default);
    let url = fields.parsed("url", Code::BadValue, url).map(|url| url.value).unwrap_or_default();
    let contact = fields.parsed("contact", Code::BadValue, contact).map(|contact| contact.value);
    let zone = fields.parsed("time_zone", Code::BadValue, Zone::named).map(|zone| zone.value);
    let theme = fields.parsed("theme", Code::UnknownTheme, theme).map_or(DEFAULT_THEME, |theme| theme.value);
    let license = fields.text("license").map(|license| license.value);
    let highlight = fields.parsed("highlight", Code::BadValue, truth).is_none_or(|found| found.value);
    let cards = fields.parsed("social_cards", Code::BadValue, social_cards);
    let social_cards = cards.map_or(SocialCards::Site, |cards| cards.value);
    crate::check::Settings::read(&mut fields);
    let (tiers, has_all_tiers) = tiers(&mut fields, known, &default, found);
    let zone = zone.unwrap_or_default();
    let offers = offers::read(&mut fields, &zone, found);
    fields.finish(&mut found.diagnostics);
    let is_certain = !shaky && known.is_some() && has_all_tiers;
    let languages = if languages.is_empty() { vec![english()] } else { languages };
    Config {
        title,
        summary,
        url,
        languages,
        contact,
        tiers,
        offers,
        theme,
        highlight,
        zone,
        license,
        social_cards,
        is_certain,
    }
}

fn uncertain() -> Config {
    Config {
        title: Localized::default(),
        summary: Localized::default(),
        url: String::new(),
        languages: vec![english()],
        contact: None,
        tiers: Vec::new(),
        offers: Vec::new(),
        theme: DEFAULT_THEME,
        highlight: true,
        zone: Zone::default(),
        license: None,
        social_cards: SocialCards::Site,
        is_certain: false,
    }
}

fn english() -> Language {
    "en".parse().expect("`en` is a language tag")
}

fn languages(fields: &mut Fields<'_>) -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    let span = fields.span.clone();
    let found = fields.texts("languages");
    if found.is_empty() && fields.is_clean() && !fields.meant.contains(&"languages") {
        let hint = "write `languages: [en]`";
        fields.error(Code::BadValue, span, "no language in `languages`, expected at least one", hint);
    }
    for language in found {
        let place = language.span.clone();
        let read = |text: &str| text.parse().map_err(|error| Expected::hint(&error, "small letters only"));
        let Some(language) = fields.read(language, Code::BadValue, "languages", read) else { continue };
        if languages.contains(&language.value) {
            let message = format!("`{}` stands twice in `languages`, expected it once", language.value);
            fields.error(Code::DuplicateId, place, message, "remove one");
        } else {
            languages.push(language.value);
        }
    }
    languages
}

/// A text, or a map from language to text with the default language in it.
fn localized(
    fields: &mut Fields<'_>,
    name: &str,
    known: Option<&[Language]>,
    default: &Language,
) -> Localized {
    let Some(node) = fields.node(name) else { return Localized::default() };
    let place = node.span.clone();
    let Value::Map(entries) = node.value else {
        let text = fields.as_text(node, name);
        return Localized(text.into_iter().map(|text| (default.clone(), punctuated(&text.value))).collect());
    };
    let mut texts = BTreeMap::new();
    for (key, node) in entries {
        let text = fields.as_text(node, name);
        let found = Located { value: key.name, span: key.span };
        let language = fields.read(found, Code::UnknownLanguage, name, |tag| language_in(tag, known));
        if let (Some(language), Some(text)) = (language, text) {
            texts.insert(language.value, punctuated(&text.value));
        }
    }
    if known.is_some() && !texts.contains_key(default) && fields.is_clean() {
        let message = format!("no `{default}` text for `{name}`, expected one in the first of `languages`");
        fields.error(Code::MissingKey, place, message, "add it: other languages fall back to it");
    }
    Localized(texts)
}

fn language_in(tag: &str, known: Option<&[Language]>) -> Result<Language, Expected> {
    let language: Language = tag.parse().map_err(|error| Expected::hint(&error, "small letters only"))?;
    match known {
        Some(known) if !known.contains(&language) => {
            let words: Vec<&str> = known.iter().map(Language::as_str).collect();
            Err(Expected::one_of("a language of `languages`", tag, &words))
        }
        _ => Ok(language),
    }
}

fn url(text: &str) -> Result<String, Expected> {
    let trimmed = text.strip_suffix('/').unwrap_or(text);
    let host =
        trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://")).unwrap_or_default();
    let of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if !host.is_empty() && host.bytes().all(of_alphabet) {
        return Ok(trimmed.to_owned());
    }
    let hint = "a site stands at the root of its host";
    Err(Expected::hint(&"expected an address without a path such as `https://academy.example`", hint))
}

fn contact(text: &str) -> Result<String, Expected> {
    let valid = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if valid && !text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    Err(Expected::hint(&"expected an e-mail address", "write `hello@academy.example`"))
}

fn theme(text: &str) -> Result<&'static str, Expected> {
    let names = theme_files::names();
    let found = names.iter().find(|name| **name == text).copied();
    found.ok_or_else(|| Expected::one_of("the name of a theme", text, &names))
}

fn truth(text: &str) -> Result<bool, Expected> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Expected::one_of("`true` or `false`", other, &["true", "false"])),
    }
}

fn social_cards(text: &str) -> Result<SocialCards, Expected> {
    let expected = || Expected::one_of("a kind of social cards", text, &SocialCards::WORDS);
    SocialCards::of_word(text).ok_or_else(expected)
}

/// The tiers, and whether the id of every one could be read.
fn tiers(
    fields: &mut Fields<'_>,
    known: Option<&[Language]>,
    default: &Language,
    found: &mut Found,
) -> (Vec<Tier>, bool) {
    let mut tiers: Vec<Tier> = Vec::new();
    let n_found = fields.n_found();
    let maps = fields.maps("tiers", &keys::TIER);
    let (n_maps, is_list) = (maps.len(), fields.n_found() == n_found);
    for mut tier in maps {
        let id = tier.parsed("id", Code::BadValue, slug);
        let name = localized(&mut tier, "name", known, default);
        let summary = localized(&mut tier, "summary", known, default);
        let maps = tier.maps("prices", &keys::TIER_PRICE);
        let prices = maps.into_iter().filter_map(|price| tier_price(price, found)).collect();
        if let Some(id) = id {
            if matches!(id.value.as_str(), "free" | "members" | "paid") {
                let message = format!("`{}` for `id`, expected another word", id.value);
                tier.error(Code::BadValue, id.span, message, "`access` already gives this word a meaning");
            } else if tiers.iter().any(|tier| tier.id == id.value) {
                let message = format!("a second tier `{}`, expected one", id.value);
                tier.error(Code::DuplicateId, id.span, message, "give each tier its own id");
            } else {
                tiers.push(Tier { id: id.value, name, summary, prices });
            }
        }
        tier.finish(&mut found.diagnostics);
    }
    let has_all = is_list && tiers.len() == n_maps;
    (tiers, has_all)
}

fn tier_price(mut fields: Fields<'_>, found: &mut Found) -> Option<Price> {
    let place = fields.span.clone();
    let every = fields.parsed("every", Code::BadDuration, interval);
    let pass = fields.parsed("for", Code::BadDuration, days);
    let trial = fields.parsed("trial", Code::BadDuration, days);
    let per_seat = fields.parsed("per", Code::BadValue, seat).is_some();
    let price = price(&mut fields, found);
    let clean = fields.is_clean();
    let term = match (every, pass) {
        (Some(every), None) => Some(Term::Every(every.value)),
        (None, Some(pass)) => Some(Term::For(pass.value)),
        (Some(_), Some(pass)) => {
            let message = "both `every` and `for`, expected one of them";
            fields.error(Code::BadPrice, pass.span, message, "`every` renews, `for` ends by itself");
            None
        }
        (None, None) if clean => {
            let message = "neither `every` nor `for`, expected one of them";
            fields.error(Code::BadPrice, place, message, "add `every: month`, or `for: P90D` for a pass");
            None
        }
        (None, None) => None,
    };
    if let (Some(trial), Some(Term::For(_))) = (&trial, term) {
        let message = "`trial` on a pass, expected it only beside `every`";
        fields.error(Code::BadPrice, trial.span.clone(), message, "remove it: a pass is paid at once");
    }
    fields.finish(&mut found.diagnostics);
    let (id, amount) = price?;
    let price = Price { id, amount, term: term?, trial: trial.map(|trial| trial.value), per_seat };
    found.sold.push(price.clone());
    Some(price)
}

fn seat(text: &str) -> Result<(), Expected> {
    let expected = || Expected::one_of("`seat`", text, &["seat"]);
    (text == "seat").then_some(()).ok_or_else(expected)
}

/// A price of a course: paid once.
pub(crate) fn course_price(mut fields: Fields<'_>, found: &mut Found) -> Option<Price> {
    let price = price(&mut fields, found);
    fields.finish(&mut found.diagnostics);
    let (id, amount) = price?;
    let price = Price { id, amount, term: Term::Once, trial: None, per_seat: false };
    found.sold.push(price.clone());
    Some(price)
}

fn price(fields: &mut Fields<'_>, found: &mut Found) -> Option<(Slug, lyceum_contract::Money)> {
    let id = fields.parsed("id", Code::BadValue, slug);
    let amount = fields.parsed("amount", Code::BadPrice, money);
    let id = id?;
    let place = fields.located(id.span);
    found.prices.push(PriceClaim { id: id.value.clone(), place });
    Some((id.value, amount?.value))
}
