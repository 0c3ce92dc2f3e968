//! The courses and tracks of the site, read where somebody chooses among them.

use lyceum_contract::catalogue::{Catalogue, CourseSummary};
use lyceum_contract::manifest::{self, VERSION};
use lyceum_contract::{Scope, Slug, paths};

use crate::error::AppError;
use crate::ledger::{CourseOrTrack, Learning};
use crate::ports::{Assets, Platform, Unavailable};
use crate::request::Context;

impl<P: Platform> Context<P> {
    /// What there is to learn; nothing on a site of an older generator, which has no such list.
    pub(crate) async fn catalogue(&self) -> Result<Catalogue, AppError> {
        let Some(file) = self.platform.assets().read(paths::CATALOGUE).await? else {
            return Ok(Catalogue { version: VERSION, courses: Vec::new(), tracks: Vec::new() });
        };
        Ok(manifest::parse(&file).map_err(|error| Unavailable::new("assets", error))?)
    }
}

/// The courses that somebody with this scope may read all of.
pub(crate) fn courses_within(catalogue: &Catalogue, scope: &Scope) -> Vec<Learning> {
    let courses = catalogue.courses.iter().filter(|course| is_within(course, scope));
    let learning = |course: &CourseSummary| Learning {
        what: CourseOrTrack::Course(course.id.clone()),
        name: course.title.clone(),
        path: course.path.clone(),
    };
    courses.map(learning).collect()
}

/// The tracks of which somebody with this scope may read every course.
pub(crate) fn tracks_within(catalogue: &Catalogue, scope: &Scope) -> Vec<Learning> {
    let is_open = |slug: &Slug| {
        catalogue.courses.iter().any(|course: &CourseSummary| course.id == *slug && is_within(course, scope))
    };
    let tracks = catalogue.tracks.iter();
    let tracks = tracks.filter(|track| !track.courses.is_empty() && track.courses.iter().all(is_open));
    tracks
        .map(|track| Learning {
            what: CourseOrTrack::Track(track.id.clone()),
            name: track.title.clone(),
            path: track.path.clone(),
        })
        .collect()
}

fn is_within(course: &CourseSummary, scope: &Scope) -> bool {
    course.n_lessons > 0 && course.is_within(scope)
}
