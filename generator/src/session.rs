//! A site in a folder, built again and again: what has not changed is not made, and not written.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use lyceum_contract::{Slug, Timestamp};

use crate::assets::{NoStore, Store};
use crate::course::CourseMemory;
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::layout::split_number;
use crate::observer::{Observer, Step, during};
use crate::output::{Changes, Entries, Staging, is_intact};
use crate::publish::Courses;
use crate::shelf::Shelf;
use crate::source::Source;
use crate::state::{self, State};
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

/// What to make first.
#[derive(Debug, Clone, Copy)]
pub enum Focus<'a> {
    /// Everything.
    Whole,
    /// Only the courses in which these files or addresses lie, so that who looks at them waits as little as possible. A
    /// whole build must follow.
    Courses(&'a BTreeSet<Slug>),
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
    /// What the search knows of them.
    shelf: Shelf,
    /// Courses as they were read last.
    memory: CourseMemory,
    /// What is expensive, kept for all sites.
    store: Option<FolderStore>,
    /// Of the last whole build, while nothing has been changed since.
    last: Option<Last>,
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
    staging: Option<Staging>,
    files: Entries,
    next: Option<State>,
    courses: Courses,
    built: Built,
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
            shelf: Shelf::default(),
            memory: CourseMemory::default(),
            last: None,
            is_open: false,
        }
    }

    /// Notes that these files or folders changed. Without a list, everything is read again.
    pub fn changed(&mut self, paths: Option<&[PathBuf]>) {
        match paths {
            None => (self.content, self.theme) = (None, None),
            Some(paths) => {
                for source in self.content.iter_mut().chain(&mut self.theme) {
                    source.refresh(paths);
                }
            }
        }
    }

    /// Builds and puts the site in its place. `options.content` and `options.theme` are those of the session.
    pub fn build(&mut self, options: &Options<'_>, observer: &dyn Observer) -> Result<Built, Failed> {
        let staged = self.stage(options, Focus::Whole, observer)?;
        Ok(self.commit(staged, observer)?)
    }

    /// Makes the files that differ, beside the site that is there.
    pub fn stage(
        &mut self,
        options: &Options<'_>,
        focus: Focus<'_>,
        observer: &dyn Observer,
    ) -> Result<Staged, Failed> {
        during(observer, Step::Read, || self.read());
        let (content, theme) = (self.content.take().unwrap_or_default(), self.theme.take());
        if !self.is_open {
            during(observer, Step::Cache, || self.open(&content));
        }
        let staged = self.staged(&content, theme.as_ref(), options, focus, observer);
        (self.content, self.theme) = (Some(content), theme);
        staged
    }

    /// Puts what was staged in its place.
    pub fn commit(&mut self, staged: Staged, observer: &dyn Observer) -> io::Result<Built> {
        let Staged { staging, files, next, courses, mut built } = staged;
        let Some(staging) = staging else { return Ok(built) };
        let state = self.state_file();
        // From here on until the new memory is written, a crash means that the site is made anew.
        if let Some(file) = &state {
            state::forget(file)?;
        }
        self.last = None;
        let committed = during(observer, Step::Commit, || staging.commit(&files));
        built.changes = committed.inspect_err(|_| self.is_open = false)?;
        self.there = Arc::new(files);
        self.courses = courses;
        if let Some(next) = next {
            let saved = during(observer, Step::Cache, || {
                state.map_or(Ok(()), |file| next.save(&file, &self.place.program))
            });
            self.shelf.keep(self.courses.iter().map(|(slug, portion)| (slug, portion.key)));
            built.cache_error = saved.err().map(|error| error.to_string());
            let State { input, valid, report, warnings, .. } = next;
            self.last = Some(Last { input, valid, report, warnings });
        }
        Ok(built)
    }

    /// The courses in which these files and these addresses of pages lie.
    pub fn courses_of(&self, files: &[PathBuf], addresses: &[String]) -> BTreeSet<Slug> {
        let below = |file: &PathBuf| {
            let content = self.place.content.canonicalize().ok()?;
            let below =
                file.strip_prefix(&content).or_else(|_| file.strip_prefix(&self.place.content)).ok()?;
            course_of(below.iter().filter_map(|segment| segment.to_str()))
        };
        let of_addresses = addresses.iter().filter_map(|address| course_of(address.split('/')));
        files.iter().filter_map(below).chain(of_addresses).collect()
    }

    fn read(&mut self) {
        if self.content.is_none() {
            self.content = Some(Source::read(&self.place.content));
        }
        if let (None, Some(theme)) = (&self.theme, &self.place.theme) {
            self.theme = Some(Source::read(theme));
        }
    }

    /// Recalls what the last session remembered, as far as the files are still as it left them.
    fn open(&mut self, content: &Source) {
        self.is_open = true;
        (self.there, self.courses, self.last) = (Arc::default(), Courses::new(), None);
        self.shelf = Shelf::new(self.state_file().map(|file| file.with_extension("search")));
        let Some(state) = self.state_file().and_then(|file| State::load(&file, &self.place.program, content))
        else {
            return;
        };
        let files = state.files();
        if !is_intact(&self.place.out, &files) {
            // Somebody else was there. A site that is made anew has what it should have and nothing else.
            return;
        }
        self.courses = state.courses;
        self.last = Some(Last {
            input: state.input,
            valid: state.valid,
            report: state.report,
            warnings: state.warnings,
        });
        self.there = Arc::new(files);
    }

    fn staged(
        &self,
        content: &Source,
        theme: Option<&Source>,
        options: &Options<'_>,
        focus: Focus<'_>,
        observer: &dyn Observer,
    ) -> Result<Staged, Failed> {
        let input = input(&self.place.program, content, theme, options);
        if let Some(last) =
            self.last.as_ref().filter(|last| last.input == input && last.is_valid(options.now))
        {
            return Ok(Self::unchanged(last));
        }
        let staging = Staging::begin(&self.place.out, Arc::clone(&self.there))?;
        let only = match focus {
            // Without a site there is nothing that could be served meanwhile.
            Focus::Courses(only) if !self.there.is_empty() => Some(only),
            _ => None,
        };
        let program = &self.place.program;
        let memory = self.place.is_watched.then_some(&self.memory);
        let store: &dyn Store = self.store.as_ref().map_or(&NoStore, |store| store);
        let work = Work {
            program,
            sink: &staging,
            known: &self.courses,
            shelf: &self.shelf,
            store,
            memory,
            only,
            observer,
        };
        let mut published = work.publish(content, theme, options);
        let report = Report::of(&published);
        let warnings = match settled(std::mem::take(&mut published.found)) {
            Ok(warnings) => warnings,
            Err(found) => {
                staging.abandon();
                return Err(Failed::Content(found));
            }
        };
        let is_whole = published.site.is_some();
        let mut files = if is_whole { Entries::new() } else { (*self.there).clone() };
        let mut courses = if is_whole { Courses::new() } else { self.courses.clone() };
        for slug in published.courses.keys() {
            for path in courses.get(slug).iter().flat_map(|old| old.files.keys()) {
                files.remove(path);
            }
        }
        let made = published.courses.values().chain(&published.site);
        files.extend(made.flat_map(|portion| portion.files.clone()));
        courses.extend(published.courses);
        let next = published.site.map(|site| State {
            input,
            valid: (options.now, published.next_change),
            courses: courses.clone(),
            site,
            warnings: warnings.clone(),
            report,
        });
        let built = Built { report: is_whole.then_some(report), warnings, ..Built::default() };
        Ok(Staged { staging: Some(staging), files, next, courses, built })
    }

    fn unchanged(last: &Last) -> Staged {
        let warnings = last.warnings.clone();
        Staged {
            staging: None,
            files: Entries::new(),
            next: None,
            courses: Courses::new(),
            built: Built { report: Some(last.report), warnings, ..Built::default() },
        }
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

/// The course of `courses/01-rust/…` or `/zh/courses/rust/…`.
fn course_of<'a>(mut segments: impl Iterator<Item = &'a str>) -> Option<Slug> {
    segments.find(|segment| *segment == "courses")?;
    split_number(segments.next()?).1.parse().ok()
}
