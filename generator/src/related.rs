//! Lessons about the same: those that share tags, rare tags counting more.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use lyceum_contract::LessonId;
use rayon::prelude::*;

use crate::model::{Academy, Lesson, LessonAt};

/// The most related lessons of one.
const MAX_RELATED: usize = 3;
/// The most tags of one lesson that count, the rarest ones.
const MAX_TAGS: usize = 6;
/// The most lessons that are looked at for each tag and each pair of tags: the neighbours in reading order.
const MAX_CANDIDATES: usize = 12;
/// What the rarest possible tag counts; whole numbers add up alike in any order.
const SCALE: u64 = 1_000_000;

/// Related lessons of every published lesson.
#[derive(Debug, Default)]
pub(crate) struct Related(BTreeMap<LessonId, Vec<LessonAt>>);

/// A lesson in the order of the site.
struct Item<'a> {
    at: LessonAt,
    id: &'a LessonId,
    level: Option<&'a str>,
    /// The numbers of its tags, the rarest first; of two equally rare the lower number.
    tags: Vec<usize>,
}

/// Lessons by tag, and by pair of tags, in the order of the site.
struct Index {
    by_tag: Vec<Vec<usize>>,
    by_pair: BTreeMap<(usize, usize), Vec<usize>>,
    /// What sharing each tag counts: the rarer, the more.
    weights: Vec<u64>,
}

impl Related {
    /// Finds them all, on all cores. Cost: O(lessons), because each looks at a bounded number of others.
    pub(crate) fn new(academy: &Academy) -> Self {
        let items = items(academy);
        let n_tags = items.iter().flat_map(|item| &item.tags).max().map_or(0, |max| max + 1);
        let index = Index::new(&items, n_tags);
        let found: Vec<Vec<LessonAt>> =
            (0..items.len()).into_par_iter().map(|idx| index.related(&items, idx)).collect();
        Self(items.into_iter().map(|item| item.id.clone()).zip(found).collect())
    }

    /// At most three, the nearest first.
    pub(crate) fn of(&self, lesson: &Lesson) -> &[LessonAt] {
        self.0.get(lesson.id()).map(Vec::as_slice).unwrap_or_default()
    }
}

fn items(academy: &Academy) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for (idx, course) in academy.courses.iter().enumerate() {
        for (at, lesson) in course.lessons_at(idx) {
            let found = lesson.tags.iter().filter_map(|used| {
                let number = academy.tags.binary_search_by(|tag| tag.slug.cmp(&used.slug)).ok()?;
                Some((academy.tags[number].lessons.len(), number))
            });
            let mut tags: Vec<(usize, usize)> = found.collect();
            tags.sort_unstable();
            tags.truncate(MAX_TAGS);
            let tags = tags.into_iter().map(|(_, number)| number).collect();
            items.push(Item { at, id: lesson.id(), level: course.level.as_deref(), tags });
        }
    }
    items
}

impl Index {
    fn new(items: &[Item<'_>], n_tags: usize) -> Self {
        let mut index =
            Self { by_tag: vec![Vec::new(); n_tags], by_pair: BTreeMap::new(), weights: Vec::new() };
        for (idx, item) in items.iter().enumerate() {
            item.tags.iter().for_each(|tag| index.by_tag[*tag].push(idx));
            for pair in pairs(&item.tags) {
                index.by_pair.entry(pair).or_default().push(idx);
            }
        }
        index.weights = index.by_tag.iter().map(|list| SCALE / list.len().max(1) as u64).collect();
        index
    }

    fn related(&self, items: &[Item<'_>], idx: usize) -> Vec<LessonAt> {
        let item = &items[idx];
        let single = item.tags.iter().map(|tag| &self.by_tag[*tag]);
        let double = pairs(&item.tags).into_iter().filter_map(|pair| self.by_pair.get(&pair));
        let mut best: Vec<(Rank, usize)> = Vec::with_capacity(MAX_RELATED + 1);
        for other in double.chain(single).flat_map(|list| neighbours(list, idx)).copied() {
            // The same lesson can come from several lists, and the lessons before and after have links already.
            let is_beside = other.abs_diff(idx) == 1 && items[other].at.course == item.at.course;
            if other == idx || is_beside || best.iter().any(|(_, found)| *found == other) {
                continue;
            }
            let rank = self.rank(item, &items[other], other.abs_diff(idx));
            let place = best.partition_point(|found| *found < (rank, other));
            if place < MAX_RELATED {
                best.insert(place, (rank, other));
                best.truncate(MAX_RELATED);
            }
        }
        best.into_iter().map(|(_, other)| items[other].at).collect()
    }

    fn rank(&self, item: &Item<'_>, other: &Item<'_>, distance: usize) -> Rank {
        let shared = other.tags.iter().filter(|tag| item.tags.contains(tag));
        let score: u64 = shared.map(|tag| self.weights[*tag]).sum();
        (Reverse(score), item.level.is_none() || item.level != other.level, distance)
    }
}

/// Lower is nearer: what the shared tags count, whether the level differs, how far apart the lessons stand.
type Rank = (Reverse<u64>, bool, usize);

fn pairs(tags: &[usize]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::with_capacity(tags.len() * tags.len().saturating_sub(1) / 2);
    for (idx, first) in tags.iter().enumerate() {
        pairs.extend(tags[idx + 1..].iter().map(|second| (*first.min(second), *first.max(second))));
    }
    pairs
}

/// The part of a sorted list around `idx`.
fn neighbours(list: &[usize], idx: usize) -> &[usize] {
    let here = list.binary_search(&idx).unwrap_or_else(|place| place);
    let end = (here + MAX_CANDIDATES / 2 + 1).max(MAX_CANDIDATES + 1).min(list.len());
    &list[end.saturating_sub(MAX_CANDIDATES + 1)..end]
}
