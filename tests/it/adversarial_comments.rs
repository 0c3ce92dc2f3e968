//! Comments over a store that is as late and as moody as a global key-value store may be.

use lyceum_app::App;
use lyceum_app::conformance::{MemoryLedger, Random, World};
use lyceum_tests::academy::Visitor;
use lyceum_tests::content::small_academy;
use lyceum_tests::{Academy, Place};

const THREAD: &str = "/discuss/rust/start/";
/// Seconds after which everybody sees a comment.
const LATE: u64 = 150;
const PLACES: u32 = 4;
const PEOPLE: usize = 3;

/// A comment that was confirmed to its author.
#[derive(Debug)]
struct Confirmed {
    text: String,
    author: usize,
    at: u64,
}

struct History {
    academy: Academy,
    /// The app at each place.
    apps: Vec<App<Place<MemoryLedger>>>,
    random: Random,
    authors: Vec<Visitor>,
    confirmed: Vec<Confirmed>,
    n_refused: usize,
    now: u64,
}

impl History {
    async fn start(seed: u64) -> Self {
        let academy = Academy::of(small_academy()).in_world(World::new(seed, 25));
        let mut authors = Vec::new();
        for number in 0..PEOPLE {
            authors.push(academy.member(&format!("m{number}@example.org")).await);
        }
        let apps = (0..PLACES).map(|place| academy.app_at(place)).collect();
        Self {
            academy,
            apps,
            random: Random::new(seed),
            authors,
            confirmed: Vec::new(),
            n_refused: 0,
            now: 0,
        }
    }

    fn anybody(&mut self) -> usize {
        usize::try_from(self.random.below(PEOPLE as u64)).expect("few people")
    }

    /// A person's network decides the place anew with each request.
    fn roam(&mut self, author: usize) {
        let place = usize::try_from(self.random.below(PLACES.into())).expect("few places");
        self.authors[author].door = self.apps[place].clone();
    }

    async fn step(&mut self) {
        match self.random.below(10) {
            0..4 => self.post().await,
            4..7 => self.look().await,
            _ => {
                let seconds = [1, 5, 20, 61][usize::try_from(self.random.below(4)).expect("four steps")];
                self.academy.pass(seconds);
                self.now += seconds;
            }
        }
    }

    async fn post(&mut self) {
        let author = self.anybody();
        self.roam(author);
        let text = format!("comment {:016x}", self.random.next_u64());
        let page = self.authors[author].post(THREAD, &[("text", &text)]).await;
        if page.status == 303 {
            self.confirmed.push(Confirmed { text, author, at: self.now });
            self.roam(author);
            self.see(author).await;
        } else {
            assert_eq!(page.status, 503, "{}", page.text());
            self.n_refused += 1;
        }
    }

    /// The author sees the own confirmed comments of all times, and everybody's after a while.
    async fn see(&mut self, reader: usize) {
        let page = self.authors[reader].open(THREAD).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        for comment in &self.confirmed {
            let is_due = comment.author == reader || comment.at + LATE <= self.now;
            let n_shown = text.matches(comment.text.as_str()).count();
            assert!(n_shown <= 1, "{comment:?} is shown {n_shown} times at {}", self.now);
            assert!(!is_due || n_shown == 1, "{comment:?} is not shown to {reader} at {}", self.now);
        }
    }

    async fn look(&mut self) {
        let reader = self.anybody();
        self.roam(reader);
        self.see(reader).await;
    }
}

#[tokio::test]
async fn a_confirmed_comment_is_never_lost() {
    let (mut n_confirmed, mut n_refused) = (0, 0);
    for seed in 0..12 {
        let mut history = History::start(seed).await;
        for _ in 0..80 {
            history.step().await;
        }
        history.academy.pass(LATE);
        history.now += LATE;
        for app in history.apps.clone() {
            for reader in 0..PEOPLE {
                history.authors[reader].door = app.clone();
                history.see(reader).await;
            }
        }
        n_confirmed += history.confirmed.len();
        n_refused += history.n_refused;
    }
    assert!(n_confirmed > 200 && n_refused > 30, "{n_confirmed} confirmed, {n_refused} refused");
}

#[tokio::test]
async fn a_busy_author_sees_the_own_twenty_last_comments() {
    let academy = Academy::of(small_academy());
    let mut ada = academy.member("ada@example.org").await;
    for number in 0..20 {
        let page = ada.post(THREAD, &[("text", &format!("comment {number:03}"))]).await;
        assert_eq!(page.status, 303);
        let text = ada.open(THREAD).await.text();
        for earlier in 0..=number {
            assert!(text.contains(&format!("comment {earlier:03}")), "{earlier} is gone after {number}");
        }
        academy.pass(1);
    }
}
