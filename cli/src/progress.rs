//! How far a build is, and where its time went.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lyceum_generator::{Observer, Step};

/// A build that is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_millis(700);

/// Measures the steps of a build and shows a bar when it takes long.
pub(crate) struct Progress {
    started: Instant,
    is_shown: bool,
    bar: OnceLock<ProgressBar>,
    total: OnceLock<usize>,
    done: Mutex<usize>,
    spent: Mutex<BTreeMap<Step, Spent>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    n_times: u64,
    time: Duration,
}

thread_local! {
    /// The steps that are open on this thread: since when, and how much of that belongs to steps within.
    static OPEN: RefCell<Vec<(Instant, Duration)>> = const { RefCell::new(Vec::new()) };
}

impl Progress {
    /// Begins to measure. `is_shown`: whether a person looks at stderr.
    pub(crate) fn new(is_shown: bool) -> Self {
        Self {
            started: Instant::now(),
            is_shown,
            bar: OnceLock::new(),
            total: OnceLock::new(),
            done: Mutex::new(0),
            spent: Mutex::default(),
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    /// The steps in the order in which they begin, with the time of all threads together.
    pub(crate) fn table(&self) -> String {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let total: Duration = spent.values().map(|spent| spent.time).sum();
        let mut lines = vec![format!("{:<34} {:>8} {:>10} {:>6}", "step", "times", "seconds", "share")];
        for step in Step::ALL {
            let Some(Spent { n_times, time }) = spent.get(&step) else { continue };
            let share = 100.0 * time.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
            lines.push(format!("{:<34} {n_times:>8} {:>10.3} {share:>5.1}%", name(step), time.as_secs_f64()));
        }
        lines.push(format!("{:<34} {:>8} {:>10.3}", "all threads together", "", total.as_secs_f64()));
        lines.push(format!(
            "{:<34} {:>8} {:>10.3}",
            "on the clock",
            "",
            self.started.elapsed().as_secs_f64()
        ));
        lines.join("\n")
    }

    fn bar(&self) -> &ProgressBar {
        self.bar.get_or_init(|| {
            let total = self.total.get().copied().unwrap_or_default() as u64;
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("  {bar:30} {pos} of {len} lessons, {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        })
    }
}

impl Observer for Progress {
    fn begin(&self, _: Step) {
        OPEN.with_borrow_mut(|open| open.push((Instant::now(), Duration::ZERO)));
    }

    fn end(&self, step: Step) {
        let Some((time, own)) = OPEN.with_borrow_mut(|open| {
            let (since, within) = open.pop()?;
            let time = since.elapsed();
            if let Some((_, within)) = open.last_mut() {
                *within += time;
            }
            Some((time, time.saturating_sub(within)))
        }) else {
            return;
        };
        debug_assert!(own <= time);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = spent.entry(step).or_default();
        spent.n_times += 1;
        spent.time += own;
    }

    fn total(&self, n_lessons: usize) {
        let _ = self.total.set(n_lessons);
    }

    fn done(&self, n_lessons: usize) {
        if !self.is_shown {
            return;
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += n_lessons;
        if self.started.elapsed() > SHOWN_AFTER {
            self.bar().set_position(*done as u64);
        }
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Cache => "recall and remember",
        Step::Read => "read files",
        Step::Model => "front matter to model",
        Step::Theme => "theme",
        Step::Texts => "Markdown, code, formulas to HTML",
        Step::Templates => "fill templates",
        Step::Seal => "compress and seal",
        Step::Write => "compare and write files",
        Step::Site => "home, people, feeds, manifests",
        Step::Commit => "put in place",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_within_a_step_counts_once() {
        let progress = Progress::new(false);
        progress.begin(Step::Site);
        progress.begin(Step::Templates);
        progress.end(Step::Templates);
        progress.end(Step::Site);
        progress.end(Step::Write);
        let spent = progress.spent.lock().expect("no panic");
        assert_eq!(spent.keys().collect::<Vec<_>>(), [&Step::Templates, &Step::Site]);
        drop(spent);
        let table = progress.table();
        assert!(table.contains("fill templates") && !table.contains("put in place"), "{table}");
    }
}
