//! What every comment store must do, and the store that does no more than that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use lyceum_contract::LessonId;
use lyceum_contract::id::{CommentId, MemberId};

use super::random::Random;
use super::{Broken, ensure};
use crate::ports::{CommentKey, CommentStore, Unavailable};

/// Milliseconds for which a location may go on showing what it saw, misses and lists among it.
const STALE_MS: u64 = 60_000;
/// Milliseconds between two writes of one key.
const WRITE_PAUSE_MS: u64 = 1_000;

/// A global key-value store at its worst: every location shows what it once saw for a minute.
#[derive(Debug)]
pub struct World(Mutex<State>);

/// By location and key: when something was seen, and what.
type Seen<T> = BTreeMap<(u32, String), (u64, T)>;

#[derive(Debug)]
struct State {
    now_ms: u64,
    stored: BTreeMap<String, (u64, Vec<u8>)>,
    seen: Seen<Option<Vec<u8>>>,
    seen_lists: Seen<Vec<Vec<u8>>>,
    seen_names: Seen<Vec<String>>,
    failure_percent: u64,
    random: Random,
}

impl World {
    /// An empty store in which this share of writes fails, half of those after all having stored the value.
    pub fn new(seed: u64, failure_percent: u64) -> Arc<Self> {
        let state = State {
            now_ms: 0,
            stored: BTreeMap::new(),
            seen: BTreeMap::new(),
            seen_lists: BTreeMap::new(),
            seen_names: BTreeMap::new(),
            failure_percent,
            random: Random::new(seed),
        };
        Arc::new(Self(Mutex::new(state)))
    }

    /// The store as seen from one location.
    pub fn at(self: &Arc<Self>, location: u32) -> AdversarialComments {
        AdversarialComments { world: Arc::clone(self), location }
    }

    /// Lets time pass.
    pub fn advance_ms(&self, by_ms: u64) {
        if let Ok(mut state) = self.lock() {
            state.now_ms += by_ms;
        }
    }

    /// Everything that is stored now, names and texts, whatever any location has seen of it.
    pub fn text(&self) -> String {
        let Ok(state) = self.lock() else { return String::new() };
        let lines = state.stored.iter();
        let lines = lines.map(|(name, (_, body))| format!("{name} {}", String::from_utf8_lossy(body)));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>, Unavailable> {
        self.0.lock().map_err(|_| Unavailable::new("comments", "poisoned"))
    }
}

/// One location's view of the [`World`].
#[derive(Debug, Clone)]
pub struct AdversarialComments {
    world: Arc<World>,
    location: u32,
}

impl CommentStore for AdversarialComments {
    async fn put(&self, key: &CommentKey, author: &MemberId, comment: &[u8]) -> Result<(), Unavailable> {
        let mut state = self.world.lock()?;
        let (now_ms, key) = (state.now_ms, put_name(&mut state, key, author)?);
        if state.stored.get(&key).is_some_and(|(at_ms, _)| now_ms < at_ms + WRITE_PAUSE_MS) {
            return Err(Unavailable::new("comments", "429: one write per second and key"));
        }
        let failure_percent = state.failure_percent;
        let fails = state.random.percent(failure_percent);
        let stores = !fails || state.random.percent(50);
        if stores {
            state.stored.insert(key, (now_ms, comment.to_vec()));
        }
        if fails { Err(Unavailable::new("comments", "500")) } else { Ok(()) }
    }

    async fn get(&self, key: &CommentKey) -> Result<Option<Vec<u8>>, Unavailable> {
        let mut state = self.world.lock()?;
        let (now_ms, key) = (state.now_ms, key.to_string());
        let place = (self.location, key);
        if let Some((at_ms, seen)) = state.seen.get(&place)
            && now_ms < at_ms + STALE_MS
        {
            return Ok(seen.clone());
        }
        let found = state.stored.get(&place.1).map(|(_, comment)| comment.clone());
        state.seen.insert(place, (now_ms, found.clone()));
        Ok(found)
    }

    async fn list_of(&self, author: &MemberId) -> Result<Vec<CommentKey>, Unavailable> {
        let names = self.names(&CommentKey::prefix_of(author))?;
        Ok(names.iter().filter_map(|name| CommentKey::read_of(author, name)).collect())
    }

    async fn get_many(&self, keys: &[CommentKey]) -> Result<Vec<Vec<u8>>, Unavailable> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(self.get(key).await?);
        }
        Ok(found)
    }

    async fn remove(&self, key: &CommentKey, author: &MemberId) -> Result<(), Unavailable> {
        let mut state = self.world.lock()?;
        for name in [key.to_string(), key.of(author)] {
            let failure_percent = state.failure_percent;
            let fails = state.random.percent(failure_percent);
            if !fails || state.random.percent(50) {
                state.stored.remove(&name);
            }
            if fails {
                return Err(Unavailable::new("comments", "500"));
            }
        }
        Ok(())
    }

    async fn list(&self, lesson: &LessonId) -> Result<Vec<Vec<u8>>, Unavailable> {
        let mut state = self.world.lock()?;
        let (now_ms, prefix) = (state.now_ms, CommentKey::prefix(lesson));
        let place = (self.location, prefix.clone());
        if let Some((at_ms, seen)) = state.seen_lists.get(&place)
            && now_ms < at_ms + STALE_MS
        {
            return Ok(seen.clone());
        }
        let of_thread = state.stored.iter().filter(|(key, _)| key.starts_with(&prefix));
        let found: Vec<Vec<u8>> = of_thread.map(|(_, (_, comment))| comment.clone()).collect();
        state.seen_lists.insert(place, (now_ms, found.clone()));
        Ok(found)
    }
}

impl AdversarialComments {
    /// The names that start with this, as this location has seen them.
    fn names(&self, prefix: &str) -> Result<Vec<String>, Unavailable> {
        let mut state = self.world.lock()?;
        let (now_ms, place) = (state.now_ms, (self.location, prefix.to_owned()));
        if let Some((at_ms, seen)) = state.seen_names.get(&place)
            && now_ms < at_ms + STALE_MS
        {
            return Ok(seen.clone());
        }
        let found: Vec<String> =
            state.stored.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        state.seen_names.insert(place, (now_ms, found.clone()));
        Ok(found)
    }
}

/// Puts the key that says whose comment it is, which may fail as any put may. The comment's own name, if it did not.
fn put_name(state: &mut State, key: &CommentKey, author: &MemberId) -> Result<String, Unavailable> {
    let (now_ms, failure_percent) = (state.now_ms, state.failure_percent);
    let fails = state.random.percent(failure_percent);
    if !fails || state.random.percent(50) {
        state.stored.insert(key.of(author), (now_ms, Vec::new()));
    }
    if fails { Err(Unavailable::new("comments", "500")) } else { Ok(key.to_string()) }
}

/// The promises of a comment store, on a thread that only this run knows.
///
/// A store may show lists a minute late, so the thread is listed once only, after everything was put.
pub async fn comment_store<S: CommentStore>(store: &S, seed: u64) -> Result<(), Broken> {
    let mut random = Random::new(seed);
    let lesson = |name: &str| -> Result<LessonId, Broken> {
        format!("conformance-{seed:x}/{name}").parse().map_err(|_| Broken("a lesson id".to_owned()))
    };
    let (thread, below, empty) = (lesson("thread")?, lesson("thread/below")?, lesson("empty")?);
    let long = "长".repeat(6_000);
    let author = MemberId::from_bytes(random.bytes16());
    let bodies = ["first", "{\"second\":\"line\\nbreak \u{0} \u{202e}\"}", &long];
    for (at_ms, body) in (1_000..).zip(bodies) {
        let key = CommentKey { lesson: thread.clone(), id: comment_id(at_ms, &mut random) };
        store.put(&key, &author, body.as_bytes()).await?;
        let found = store.get(&key).await?;
        ensure!(
            found.as_deref() == Some(body.as_bytes()),
            "a comment is not there right after its put: {found:?}"
        );
    }
    let other = CommentKey { lesson: below.clone(), id: comment_id(1, &mut random) };
    let stranger = MemberId::from_bytes(random.bytes16());
    store.put(&other, &stranger, b"another thread").await?;
    let missing = CommentKey { lesson: thread.clone(), id: comment_id(9, &mut random) };
    let found = store.get(&missing).await?;
    ensure!(found.is_none(), "a comment that nobody posted: {found:?}");
    let listed = store.list(&thread).await?;
    let expected: Vec<&[u8]> = bodies.iter().map(|body| body.as_bytes()).collect();
    ensure!(listed == expected, "the thread lists {} comments, not its three in order", listed.len());
    let listed = store.list(&empty).await?;
    ensure!(listed.is_empty(), "an empty thread lists {} comments", listed.len());
    an_author_finds_and_removes_their_own(store, &mut random, (&author, &stranger, &below)).await
}

/// What is listed, read and removed by author. Each list is looked at once, because it may be a minute old.
async fn an_author_finds_and_removes_their_own<S: CommentStore>(
    store: &S,
    random: &mut Random,
    (author, stranger, thread): (&MemberId, &MemberId, &LessonId),
) -> Result<(), Broken> {
    let own = store.list_of(author).await?;
    ensure!(own.len() == 3, "an author of three comments has {}", own.len());
    let mut texts = store.get_many(&own).await?;
    texts.sort();
    ensure!(texts.len() == 3 && texts.first().is_some_and(|text| text == b"first"), "they read {texts:?}");
    let nobody = MemberId::from_bytes(random.bytes16());
    let none = store.list_of(&nobody).await?;
    ensure!(none.is_empty(), "somebody who wrote nothing has {} comments", none.len());
    let key = CommentKey { lesson: thread.clone(), id: comment_id(77, random) };
    store.put(&key, &nobody, b"to be removed").await?;
    for _ in 0..2 {
        store.remove(&key, &nobody).await?;
    }
    let found = store.get(&key).await?;
    ensure!(found.is_none(), "a removed comment is there: {found:?}");
    let left = store.list_of(stranger).await?;
    ensure!(left.len() == 1, "somebody else's one comment is {} now", left.len());
    Ok(())
}

fn comment_id(at_ms: u64, random: &mut Random) -> CommentId {
    let mut tail = [0; 10];
    tail.iter_mut().zip(random.bytes16()).for_each(|(to, from)| *to = from);
    CommentId::at(at_ms, tail)
}
