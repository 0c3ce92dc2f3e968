//! Everything that is known of a site before its first page is made.

use lyceum_contract::seal::KeyRing;

use crate::assets::{Assets, Measured, Store};
use crate::diagnostic::Diagnostic;
use crate::layout::Layout;
use crate::links::{Links, Targets};
use crate::model::Academy;
use crate::observer::during;
use crate::publish::Inputs;
use crate::related::Related;
use crate::release::When;
use crate::source::Source;
use crate::theme::Theme;
use crate::{Options, Step, Work, academy, article, check, layout};

/// What a build finds out about all files together. A watched site keeps it, so that a change of one text need not ask
/// for all the others again.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) when: When,
    pub(crate) layout: Layout,
    pub(crate) academy: Academy,
    pub(crate) theme: Theme,
    pub(crate) targets: Targets,
    measured: Measured,
    related: Related,
}

impl Ground {
    /// Reads the model and the theme, with every check that needs no text.
    pub(crate) fn read(
        work: &Work<'_>,
        content: &Source,
        theme: Option<&Source>,
        options: &Options<'_>,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let when = When { now: options.now, drafts: options.drafts };
        let (layout, academy) = during(work.observer, Step::Model, || {
            let layout = layout::read(content, found);
            let academy = match work.memory {
                // Without a second build in this process, to keep a course would only cost memory.
                None => academy::read(content, &layout, when, found),
                Some(memory) => {
                    let read = |files: &_, known: article::Known<'_>| memory.read(files, known);
                    academy::read_with(content, &layout, when, read, found)
                }
            };
            check::ignored(content, theme, &academy, found);
            (layout, academy)
        });
        let measured = Measured::new(content, &layout, work.store, found);
        let targets = Targets::new(&layout, &academy);
        let theme = during(work.observer, Step::Theme, || {
            Theme::load(academy.config.theme, theme, &academy.config.languages, found)
        });
        let related = Related::new(&academy);
        Self { when, layout, academy, theme, targets, measured, related }
    }

    /// What pages are made from.
    pub(crate) fn with_inputs<T>(
        &self,
        work: &Work<'_>,
        content: &Source,
        (keys, live_reload): (&KeyRing, bool),
        then: impl FnOnce(Inputs<'_>) -> T,
    ) -> T {
        let store: &dyn Store = work.store;
        let assets = Assets::new(content, store, &self.measured);
        then(Inputs {
            source: content,
            academy: &self.academy,
            theme: &self.theme,
            links: &Links::new(content, &self.academy, &self.targets, assets),
            related: &self.related,
            keys,
            live_reload,
            program: work.program,
            sink: work.sink,
            shelf: work.shelf,
            store,
            observer: work.observer,
        })
    }
}
