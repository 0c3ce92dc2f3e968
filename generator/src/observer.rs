//! Lets the caller see how far a build is and where its time goes. The generator itself has no clock.

/// A part of the work whose time is worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Files are read from the disk.
    Read,
    /// Front matter becomes the model.
    Model,
    /// The theme's templates and texts are read.
    Theme,
    /// Markdown becomes HTML, code is highlighted, formulas become MathML.
    Texts,
    /// Templates are filled.
    Templates,
    /// Pages are compressed and sealed.
    Seal,
    /// Finished files are compared and written.
    Write,
    /// Everything around the courses: home page, people, feeds, manifests, assets.
    Site,
    /// New files take the place of old ones.
    Commit,
    /// What the next build may reuse is loaded and kept.
    Cache,
}

impl Step {
    /// All of them in the order in which they begin.
    pub const ALL: [Self; 10] = [
        Self::Cache,
        Self::Read,
        Self::Model,
        Self::Theme,
        Self::Texts,
        Self::Templates,
        Self::Seal,
        Self::Write,
        Self::Site,
        Self::Commit,
    ];
}

/// Watches a build, from all its threads.
pub trait Observer: Sync {
    /// A step begins on this thread. Steps may be nested.
    fn begin(&self, _step: Step) {}
    /// The step that began last on this thread ends.
    fn end(&self, _step: Step) {}
    /// How many lessons there are.
    fn total(&self, _n_lessons: usize) {}
    /// So many lessons more are done.
    fn done(&self, _n_lessons: usize) {}
    /// Whether nobody waits for this build any more, so that it may end without a site.
    fn is_interrupted(&self) -> bool {
        false
    }
}

/// Looks away.
#[derive(Debug, Clone, Copy)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// Does something as one step.
pub(crate) fn during<T>(observer: &dyn Observer, step: Step, work: impl FnOnce() -> T) -> T {
    observer.begin(step);
    let done = work();
    observer.end(step);
    done
}
