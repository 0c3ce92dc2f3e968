//! A site in a folder, built again and again: what has not changed is not made, and not written.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use lyceum_contract::{Slug, Timestamp};

use crate::assets::NoStore;
use crate::course::CourseMemory;
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::ground::Ground;
use crate::observer::{Observer, Step, during};
use crate::output::{Changes, Entries, Staging};
use crate::portion::Portion;
use crate::publish::Courses;
use crate::quick::{self, Wanted};
use crate::shelf::Shelf;
use crate::source::Source;
use crate::state::{self, Loaded, State};
use crate::store::FolderStore;
use crate::{Options, Report, Work, settled};

/// Where a session reads, writes and remembers.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder with `lyceum.yaml`.
    pub content: PathBuf,
    /// A theme of one's own.
    pub theme: Option<PathBuf>,
    /// The site goes into `public` below this folder.
    pub out: PathBuf,
    /// The folder for what later builds reuse; nothing is remembered beyond this session without one.
    pub cache: Option<PathBuf>,
    /// Whether the site will be built many times in this process, so that what was read is worth its memory.
    pub is_watched: bool,
    /// Names the program: what another one has remembered is not believed.
    pub program: String,
}

/// Builds one site many times.
#[derive(Debug)]
pub struct Session {
    place: Place,
    content: Option<Source>,
    theme: Option<Source>,
    /// The files that are in the folder, as far as they are known to be as they were written.
    there: Arc<Entries>,
    /// Of every course, as it is in the folder.
    courses: Courses,
    /// Everything around them.
    site: Option<Arc<Portion>>,
    /// What the search knows of them.
    shelf: Shelf,
    /// Courses as they were read last.
    memory: CourseMemory,
    /// What is expensive, kept for all sites.
    store: Option<FolderStore>,
    /// Of the last whole build, while nothing has been changed since.
    last: Option<Last>,
    /// Of the last build, as long as it is known what has changed since.
    ground: Option<Ground>,
    /// The files that were changed since then and are not in the ground.
    touched: Vec<PathBuf>,
    is_open: bool,
}

#[derive(Debug, Clone)]
struct Last {
    input: Digest,
    /// The moments from the first to before the second for which it was made.
    valid: (Timestamp, Option<Timestamp>),
    report: Report,
    warnings: Vec<Diagnostic>,
}

impl Last {
    fn is_valid(&self, now: Timestamp) -> bool {
        let (from, until) = self.valid;
        from <= now && until.is_none_or(|until| now < until)
    }
}

/// A site that is ready to take its place.
#[derive(Debug)]
pub struct Staged {
    outcome: Outcome,
    built: Built,
}

#[derive(Debug)]
enum Outcome {
    /// The site is as it should be.
    Unchanged,
    Whole {
        staging: Staging,
        files: Entries,
        next: Box<State>,
    },
    /// Some pages of these courses.
    Pages {
        staging: Staging,
        files: Entries,
        courses: Vec<Slug>,
    },
}

/// What a build came to.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// Sizes of the whole site; nothing when only some courses were made.
    pub report: Option<Report>,
    /// What is probably not meant, in the order of files and places.
    pub warnings: Vec<Diagnostic>,
    /// The files that are new, different or gone.
    pub changes: Changes,
    /// Why nothing could be remembered for the next session.
    pub cache_error: Option<String>,
}

/// Why there is no new site. The one that is there stays.
#[derive(Debug)]
pub enum Failed {
    /// Every diagnostic of every file, at least one of them an error.
    Content(Vec<Diagnostic>),
    /// The observer said that nobody waits for it.
    Interrupted,
    /// A file could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Session {
    /// Begins. Nothing is read before the first build.
    pub fn new(place: Place) -> Self {
        let store = place.cache.as_ref().map(|cache| FolderStore(cache.join("store")));
        Self {
            place,
            store,
            content: None,
            theme: None,
            there: Arc::default(),
            courses: Courses::new(),
            site: None,
            shelf: Shelf::default(),
            memory: CourseMemory::default(),
            last: None,
            ground: None,
            touched: Vec::new(),
            is_open: false,
        }
    }

    /// Notes that these files or folders changed. Without a list, everything is read again.
    pub fn changed(&mut self, paths: Option<&[PathBuf]>) {
        match paths {
            None => (self.content, self.theme, self.ground) = (None, None, None),
            Some(paths) => {
                for source in self.content.iter_mut().chain(&mut self.theme) {
                    source.refresh(paths);
                }
                self.touched.extend_from_slice(paths);
            }
        }
    }

    /// Builds and puts the site in its place. `options.content` and `options.theme` are those of the session.
    pub fn build(&mut self, options: &Options<'_>, observer: &dyn Observer) -> Result<Built, Failed> {
        let staged = self.stage(options, observer)?;
        Ok(self.commit(staged, observer)?)
    }

    /// Makes the files that differ, beside the site that is there.
    pub fn stage(&mut self, options: &Options<'_>, observer: &dyn Observer) -> Result<Staged, Failed> {
        // What the disk has of the last site is looked at while the content is read.
        let recall = || (!self.is_open).then(|| during(observer, Step::Cache, || self.recall())).flatten();
        let read = || during(observer, Step::Read, || self.read());
        let ((content, theme), loaded) = rayon::join(read, recall);
        let content = self.content.take().or(content).unwrap_or_default();
        let theme = self.theme.take().or(theme);
        if !self.is_open {
            self.open(&content, loaded);
        }
        let staged = self.staged(&content, theme.as_ref(), options, observer);
        (self.content, self.theme) = (Some(content), theme);
        staged
    }

    /// Makes only the pages whose own texts were changed since the last build, and those at these addresses if it was the
    /// theme, so that who looks at them waits as little as possible. Nothing when that cannot be told without a whole
    /// build, which must follow in any case.
    pub fn stage_pages(
        &mut self,
        options: &Options<'_>,
        addresses: &[String],
        observer: &dyn Observer,
    ) -> Option<Staged> {
        // The ground is only put back when everything that was touched is in it.
        let mut ground = self.ground.take()?;
        let wanted = self.take_touched(&mut ground, addresses)?;
        self.touched.clear();
        let staged = self.staged_pages(&ground, &wanted, options, observer);
        self.ground = Some(ground);
        staged
    }

    fn take_touched(&self, ground: &mut Ground, addresses: &[String]) -> Option<Wanted> {
        let content = self.content.as_ref()?;
        let mut wanted = Wanted::default();
        let (mut texts, mut is_theme) = (BTreeSet::new(), false);
        for path in &self.touched {
            if let Some(file) = content.name_of(path) {
                texts.insert(file);
            } else if self.theme.as_ref().is_some_and(|theme| theme.name_of(path).is_some()) {
                is_theme = true;
            }
        }
        ground.take_texts(content, &texts, &mut wanted)?;
        if is_theme {
            ground.take_theme(self.theme.as_ref())?;
            ground.add_pages(addresses.iter().map(String::as_str), &mut wanted);
        }
        Some(wanted)
    }

    fn staged_pages(
        &self,
        ground: &Ground,
        wanted: &Wanted,
        options: &Options<'_>,
        observer: &dyn Observer,
    ) -> Option<Staged> {
        if wanted.is_empty() || self.there.is_empty() {
            return None;
        }
        let content = self.content.as_ref()?;
        let staging = Staging::begin(&self.place.out, Arc::clone(&self.there)).ok()?;
        let minutes = |slug: &Slug| self.courses.get(slug).map(|portion| portion.minutes.clone());
        let with = (options.keys, options.live_reload);
        let files = ground.with_inputs(&self.work(&staging, observer), content, with, |inputs| {
            quick::make(inputs, wanted, &minutes)
        });
        let Some(files) = files else {
            staging.abandon();
            return None;
        };
        let courses = wanted.courses().cloned().collect();
        Some(Staged { outcome: Outcome::Pages { staging, files, courses }, built: Built::default() })
    }

    /// Puts what was staged in its place.
    pub fn commit(&mut self, staged: Staged, observer: &dyn Observer) -> io::Result<Built> {
        let Staged { outcome, mut built } = staged;
        if matches!(outcome, Outcome::Unchanged) {
            return Ok(built);
        }
        // From here on until the new memory is written, a crash means that the site is made anew.
        let state = self.state_file();
        if let Some(file) = &state {
            state::forget(file)?;
        }
        self.last = None;
        match outcome {
            Outcome::Unchanged => {}
            Outcome::Whole { staging, files, next } => {
                let committed = during(observer, Step::Commit, || staging.commit(&files));
                built.changes = committed.inspect_err(|_| self.is_open = false)?;
                self.there = Arc::new(files);
                built.cache_error = during(observer, Step::Cache, || self.remember(*next, state));
            }
            Outcome::Pages { staging, files, courses } => {
                let committed = during(observer, Step::Commit, || staging.commit_some(&files));
                built.changes = committed.inspect_err(|_| self.is_open = false)?;
                Arc::make_mut(&mut self.there).extend(files);
                for course in courses {
                    // What was made of it last time is no longer what is there.
                    if let Some(portion) = self.courses.get_mut(&course) {
                        Arc::make_mut(portion).key = Digest::default();
                    }
                }
            }
        }
        Ok(built)
    }

    /// Keeps what the next build can use, in this process and beyond. Gives the reason why the latter failed.
    fn remember(&mut self, next: State, file: Option<PathBuf>) -> Option<String> {
        // What the search knows is only believed together with the state that has the same input.
        let save = || file.map_or(Ok(()), |file| next.save(&file, &self.place.program));
        let (saved, ()) = rayon::join(save, || self.shelf.keep(next.input));
        let State { input, valid, courses, site, report, warnings } = next;
        (self.courses, self.site) = (courses, Some(site));
        self.last = Some(Last { input, valid, report, warnings });
        saved.err().map(|error| error.to_string())
    }

    fn work<'a>(&'a self, sink: &'a Staging, observer: &'a dyn Observer) -> Work<'a> {
        Work {
            program: &self.place.program,
            sink,
            known: &self.courses,
            known_site: self.site.as_deref(),
            shelf: &self.shelf,
            store: self.store.as_ref().map_or(&NoStore, |store| store),
            memory: self.place.is_watched.then_some(&self.memory),
            observer,
        }
    }

    /// When the site will be another one although nothing changes: something is published or over then.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.last.as_ref()?.valid.1
    }

    /// Content and theme, if they are not known.
    fn read(&self) -> (Option<Source>, Option<Source>) {
        let content = self.content.is_none().then(|| Source::read(&self.place.content));
        let theme = self.place.theme.as_ref().filter(|_| self.theme.is_none());
        (content, theme.map(|theme| Source::read(theme)))
    }

    /// What the last session remembered.
    fn recall(&self) -> Option<Loaded> {
        Loaded::read(&self.state_file()?, &self.place.program, &self.place.out)
    }

    /// Believes what the last session remembered, as far as the files are still as it left them.
    fn open(&mut self, content: &Source, loaded: Option<Loaded>) {
        self.is_open = true;
        (self.there, self.courses, self.site, self.last) = (Arc::default(), Courses::new(), None, None);
        let folder = self.state_file().map(|file| file.with_extension("search"));
        let input = loaded.as_ref().map(Loaded::input);
        self.shelf = match folder {
            Some(folder) => Shelf::new(folder, input),
            None if self.place.is_watched => Shelf::default(),
            None => Shelf::passing(self.place.out.join(".public.words")),
        };
        let Some(mut loaded) = loaded else { return };
        // Without them, somebody else was there. A site that is made anew has what it should have and nothing else.
        let Some(files) = loaded.files.take() else { return };
        let state = loaded.state(content);
        self.courses = state.courses;
        self.site = Some(state.site);
        self.last = Some(Last {
            input: state.input,
            valid: state.valid,
            report: state.report,
            warnings: state.warnings,
        });
        self.there = Arc::new(files);
    }

    fn staged(
        &mut self,
        content: &Source,
        theme: Option<&Source>,
        options: &Options<'_>,
        observer: &dyn Observer,
    ) -> Result<Staged, Failed> {
        let input = input(&self.place.program, content, theme, options);
        if let Some(last) =
            self.last.as_ref().filter(|last| last.input == input && last.is_valid(options.now))
        {
            let built =
                Built { report: Some(last.report), warnings: last.warnings.clone(), ..Built::default() };
            return Ok(Staged { outcome: Outcome::Unchanged, built });
        }
        let staging = Staging::begin(&self.place.out, Arc::clone(&self.there))?;
        let (mut published, ground) = self.work(&staging, observer).publish(content, theme, options);
        let is_clean = !published.found.iter().any(Diagnostic::is_error);
        self.ground = is_clean.then_some(ground);
        self.touched.clear();
        if observer.is_interrupted() {
            staging.abandon_at_once();
            return Err(Failed::Interrupted);
        }
        let report = Report::of(&published);
        let warnings = settled(std::mem::take(&mut published.found));
        let (site, warnings) = match (published.site, warnings) {
            (Some(site), Ok(warnings)) => (site, warnings),
            (_, found) => {
                self.shelf.leave();
                staging.abandon();
                return Err(Failed::Content(found.err().unwrap_or_default()));
            }
        };
        let made = published.courses.values().chain([&site]);
        let files = made.flat_map(|portion| portion.files.clone()).collect();
        let built = Built { report: Some(report), warnings: warnings.clone(), ..Built::default() };
        let valid = (options.now, published.next_change);
        let next = Box::new(State { input, valid, courses: published.courses, site, warnings, report });
        Ok(Staged { outcome: Outcome::Whole { staging, files, next }, built })
    }

    /// The memory of a site belongs to the folder that it is in.
    fn state_file(&self) -> Option<PathBuf> {
        let out = std::path::absolute(&self.place.out).ok()?;
        let name = Digest::of(out.as_os_str().as_encoded_bytes()).hex();
        Some(self.place.cache.as_ref()?.join("sites").join(name))
    }
}

/// Of everything that a site is made from.
fn input(program: &str, content: &Source, theme: Option<&Source>, options: &Options<'_>) -> Digest {
    let of_folder =
        |source: &Source| Digest::of_value(&(source.root.as_path(), source.digests(), source.n_broken()));
    let seal = crate::publish::seal_of_nothing(options.keys);
    let settings = (options.live_reload, options.drafts);
    Digest::of_value(&(program, of_folder(content), theme.map(of_folder), seal, settings))
}
