//! Looks at images and drawings before they are published: what cannot be used is an error, what is odd a warning.

use std::path::Path;

use lyceum_media::{Format, Refused, svg};

use crate::assets::Store;
use crate::diagnostic::{Code, Diagnostic, TextFile};
use crate::picture::Picture;
use crate::source::Source;

/// What a reader should have to download at most for one image: an AVIF of 1600 pixels is far below.
const MAX_STILL_BYTES: usize = 400 * 1024;
/// The same for an animation, which cannot be made smaller here.
const MAX_ANIMATED_BYTES: usize = 1024 * 1024;

/// The files that become of an image; nothing, and a diagnostic, when it cannot be used.
pub(crate) fn picture(
    source: &Source,
    path: &str,
    bytes: &[u8],
    store: &dyn Store,
    found: &mut Vec<Diagnostic>,
) -> Option<Picture> {
    let (promised, real) = (Format::promised_by(path)?, Format::of(bytes));
    if let Some(real) = real.filter(|real| *real != promised) {
        let message = format!("the file is a {real} image, expected {promised} by its name");
        let hint = format!("rename it so that it ends in `.{}`", real.extension());
        found.push(source.error(path, Code::BadImage, message).hint(hint));
        return None;
    }
    match Picture::new(bytes, store) {
        Ok(picture) => {
            found.extend(heavy(source, path, &picture));
            Some(picture)
        }
        Err(refused) => {
            found.push(unusable(source, path, promised, &refused));
            None
        }
    }
}

fn unusable(source: &Source, path: &str, promised: Format, refused: &Refused) -> Diagnostic {
    match refused {
        Refused::TooLarge { .. } => {
            let message = format!("an image of {refused}, expected at most 50 million and 16383 on a side");
            source.error(path, Code::HugeImage, message).hint("reduce it; a page shows 1600 pixels at most")
        }
        Refused::Unknown => {
            let message = format!("the file is {refused}, expected {promised} by its name");
            source.error(path, Code::BadImage, message).hint("export the image again, or remove the file")
        }
        Refused::Broken(why) => {
            let message = format!("{why}, expected a whole {promised} image");
            source.error(path, Code::BadImage, message).hint("export the image again, or copy it once more")
        }
    }
}

fn heavy(source: &Source, path: &str, picture: &Picture) -> Option<Diagnostic> {
    let n_bytes = picture.plan.n_bytes_read();
    let is_still = !picture.plan.variants.is_empty();
    let limit = if is_still { MAX_STILL_BYTES } else { MAX_ANIMATED_BYTES };
    if n_bytes <= limit {
        return None;
    }
    let message =
        format!("readers download {} kB for this image, expected at most {}", n_bytes / 1024, limit / 1024);
    let hint = if is_still {
        "reduce it to what the text needs: crop it, or take out noise"
    } else {
        "make it shorter or smaller, or publish it as a video"
    };
    Some(source.error(path, Code::HeavyImage, message).hint(hint).warning())
}

/// A drawing with something taken out; nothing when it can stay as it is, or cannot be used at all.
pub(crate) fn drawing(
    source: &Source,
    path: &str,
    bytes: &[u8],
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    if is_drawing(path) && std::str::from_utf8(bytes).is_err() {
        let error = source.error(path, Code::BadDrawing, "a drawing that is not UTF-8, expected UTF-8 text");
        found.push(error.hint("export the drawing again as plain SVG"));
    }
    let text = text_of(source, path, bytes)?;
    match svg::clean(&text.source) {
        Ok(clean) => {
            for removed in &clean.removed {
                let message = format!("`{}` in a drawing, which is left out", removed.what);
                let warning = text.error(Code::UnsafeDrawing, removed.place.clone(), message).warning();
                found
                    .push(warning.hint("a drawing must not run anything nor load from elsewhere; remove it"));
            }
            Some(clean.text).filter(|cleaned| **cleaned != *text.source)
        }
        Err(unusable) => {
            let error = text.error(Code::BadDrawing, unusable.place.clone(), unusable.why);
            found.push(error.hint("export the drawing again as plain SVG"));
            None
        }
    }
}

/// A drawing that is copied as it is: its owner chose it, but may not know all that is in it.
pub(crate) fn static_drawing(source: &Source, path: &str, bytes: &[u8], found: &mut Vec<Diagnostic>) {
    let Some(text) = text_of(source, path, bytes) else { return };
    let Ok(clean) = svg::clean(&text.source) else { return };
    let runs = |what: &str| {
        let what = what.to_ascii_lowercase();
        what == "<script>" || what.starts_with("on") || what.contains("javascript:")
    };
    for removed in clean.removed.iter().filter(|removed| runs(&removed.what)) {
        let message = format!("`{}` in a file that is copied as it is", removed.what);
        let warning = text.error(Code::StaticScript, removed.place.clone(), message).warning();
        found.push(warning.hint("the site's content policy does not run it; remove it"));
    }
}

fn is_drawing(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"))
}

/// An SVG as text.
fn text_of(source: &Source, path: &str, bytes: &[u8]) -> Option<TextFile> {
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_drawing(path))?;
    Some(TextFile::new(&source.shown(path), text))
}
