//! Access rules as authors say them: inherited from course to module to lesson, and paid when nobody says.

use std::collections::BTreeSet;
use std::ops::Range;

use lyceum_contract::{Access, Scope, Slug};

use crate::diagnostic::Code;
use crate::front_matter::{Expected, Fields};
use crate::model::Config;

/// What `access` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    Free,
    Members,
    Paid,
    /// Paid, and only this tier opens it: not even buying the course.
    Tier(Slug),
}

/// What one file says, or what holds after all files above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) word: Option<Word>,
    pub(crate) tiers: Option<Vec<Slug>>,
}

impl Rule {
    /// The rule for what lies below: what is said there wins, the rest is inherited.
    pub(crate) fn then(&self, said: &Self) -> Self {
        let narrowed = said.tiers.is_some() && said.word.is_none();
        let word = match (&said.word, &self.word) {
            (Some(word), _) => Some(word.clone()),
            (None, Some(Word::Tier(_))) if narrowed => Some(Word::Paid),
            (None, inherited) => inherited.clone(),
        };
        Self { word, tiers: said.tiers.clone().or_else(|| self.tiers.clone()) }
    }

    /// The rule of a lesson. `course` is given when the course itself can be bought.
    pub(crate) fn access(&self, config: &Config, course: Option<&Slug>) -> Access {
        let tier = |id: &Slug| Scope::Tier(id.clone());
        match &self.word {
            Some(Word::Free) => Access::Free,
            Some(Word::Members) => Access::Members,
            Some(Word::Tier(id)) => Access::Paid(BTreeSet::from([tier(id)])),
            Some(Word::Paid) | None => {
                let mut scopes: BTreeSet<Scope> = match &self.tiers {
                    Some(tiers) => tiers.iter().map(tier).collect(),
                    None => config.tiers.iter().map(|known| tier(&known.id)).collect(),
                };
                scopes.extend(course.cloned().map(Scope::Course));
                Access::Paid(scopes)
            }
        }
    }
}

/// Reads `access` and `tiers` of one file. `above` is what would hold without them.
pub(crate) fn read(fields: &mut Fields<'_>, above: &Rule, config: &Config) -> Rule {
    let word = fields.parsed("access", Code::UnknownAccess, |text| word(text, config)).map(|word| word.value);
    let Some(place) = fields.span_of("tiers") else { return Rule { word, tiers: None } };
    let mut tiers = Vec::new();
    for found in fields.texts("tiers") {
        let tier = fields.read(found, Code::UnknownTier, "tiers", |text| tier(text, config));
        tiers.extend(tier.map(|tier| tier.value));
    }
    let said = Rule { word, tiers: Some(tiers) };
    check_effect(fields, above, &said, place);
    said
}

/// Tiers beside `free` are a contradiction; guessing which of the two was meant would open a door.
fn check_effect(fields: &mut Fields<'_>, above: &Rule, said: &Rule, place: Range<usize>) {
    if fields.meant.contains(&"access") || !fields.is_clean() {
        return;
    }
    let without_effect = match above.then(said).word {
        Some(Word::Free) => "free",
        Some(Word::Members) => "members",
        Some(Word::Tier(_)) => "a tier",
        Some(Word::Paid) | None => return,
    };
    let message = format!("`tiers` where access is {without_effect}, expected it only beside `paid`");
    fields.error(Code::TiersWithoutPaid, place, message, "remove `tiers`, or add `access: paid`");
}

fn word(text: &str, config: &Config) -> Result<Word, Expected> {
    match text {
        "free" => return Ok(Word::Free),
        "members" => return Ok(Word::Members),
        "paid" => return Ok(Word::Paid),
        _ => {}
    }
    let known = config.tiers.iter().find(|tier| tier.id.as_str() == text);
    match (known, text.parse()) {
        (Some(tier), _) => Ok(Word::Tier(tier.id.clone())),
        (None, Ok(slug)) if !config.is_certain => Ok(Word::Tier(slug)),
        _ => {
            let mut words = vec!["free", "members", "paid"];
            words.extend(config.tiers.iter().map(|tier| tier.id.as_str()));
            Err(Expected::one_of("`free`, `members`, `paid` or the id of a tier", text, &words))
        }
    }
}

fn tier(text: &str, config: &Config) -> Result<Slug, Expected> {
    let known: Vec<&str> = config.tiers.iter().map(|tier| tier.id.as_str()).collect();
    match text.parse() {
        Ok(slug) if !config.is_certain || known.contains(&text) => Ok(slug),
        _ => Err(Expected::one_of("the id of a tier in `lyceum.yaml`", text, &known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lyceum_contract::manifest::Localized;

    fn config(tiers: &[&str]) -> Config {
        let tier = |id: &&str| crate::model::Tier {
            id: id.parse().expect("a slug"),
            name: Localized::default(),
            summary: Localized::default(),
            prices: Vec::new(),
        };
        Config { tiers: tiers.iter().map(tier).collect(), ..crate::fixture::config() }
    }

    fn rule(access: &str, tiers: &str) -> Rule {
        let config = config(&["pro", "team"]);
        let list = || tiers.split_whitespace().map(|id| id.parse().expect("a slug")).collect();
        Rule {
            word: (!access.is_empty()).then(|| word(access, &config).expect("known")),
            tiers: (!tiers.is_empty()).then(list),
        }
    }

    #[test]
    fn rules_are_inherited_and_overridden() {
        let none = ("", "");
        for (course, module, lesson, sold, expected) in [
            (none, none, none, false, "paid:tier:pro,tier:team"),
            (none, none, none, true, "paid:course:rust,tier:pro,tier:team"),
            (("free", ""), none, none, true, "free"),
            (("free", ""), none, ("paid", ""), true, "paid:course:rust,tier:pro,tier:team"),
            (("paid", "pro"), none, none, true, "paid:course:rust,tier:pro"),
            (("paid", "pro"), ("members", ""), none, true, "members"),
            (("paid", "pro"), ("members", ""), ("paid", ""), true, "paid:course:rust,tier:pro"),
            (("paid", "pro"), none, ("", "team"), false, "paid:tier:team"),
            (("paid", ""), none, ("pro", ""), true, "paid:tier:pro"),
            (("pro", ""), none, ("", "team"), true, "paid:course:rust,tier:team"),
            (("pro", ""), ("free", ""), none, true, "free"),
        ] {
            let rules = [course, module, lesson].map(|(access, tiers)| rule(access, tiers));
            let resolved = rules.iter().fold(Rule::default(), |above, said| above.then(said));
            let slug = "rust".parse().expect("a slug");
            let access = resolved.access(&config(&["pro", "team"]), sold.then_some(&slug));
            assert_eq!(access.to_string(), expected, "{course:?} {module:?} {lesson:?}");
        }
    }

    #[test]
    fn a_typo_is_not_a_rule() {
        for text in ["payd", "Free", "public", "member", ""] {
            assert!(word(text, &config(&["pro"])).is_err(), "{text}");
        }
    }
}
