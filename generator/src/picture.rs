//! One image of an author and the files that it becomes: made once, kept in the store, known by their addresses.

use lyceum_contract::id::hex;
use lyceum_media::{ENCODER, Format, Refused, Rendition, Renditions, renditions};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::assets::Store;

/// A file of an image, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// `avif`, `webp`, `jpg`, `png` or `gif`.
    pub(crate) extension: String,
    pub(crate) width: u32,
    pub(crate) n_bytes: usize,
}

/// What an image becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) fallback: File,
    pub(crate) height: u32,
    pub(crate) variants: Vec<File>,
    /// `#8a9b7c`: what to show while it loads.
    pub(crate) tone: Option<String>,
}

/// An image with its plan, and with its files where they had to be made.
#[derive(Debug)]
pub(crate) struct Picture {
    /// SHA-256 of the original and the version of the encoder, in hexadecimal digits.
    digest: String,
    pub(crate) plan: Plan,
    /// Empty when the store had the plan.
    made: Vec<(String, Vec<u8>)>,
}

impl Picture {
    /// The image as it was made before, or made now. Cost: a hash when the store knows it, a second when not.
    pub(crate) fn new(source: &[u8], store: &dyn Store) -> Result<Self, Refused> {
        let digest = digest(source);
        let kept = store.get(&format!("image-{digest}.json"));
        if let Some(plan) = kept.and_then(|plan| serde_json::from_slice(&plan).ok()) {
            return Ok(Self { digest, plan, made: Vec::new() });
        }
        let made = renditions(source)?;
        let plan = Plan::of(&made);
        let picture = Self { plan, made: files(made).collect(), digest };
        for (name, bytes) in &picture.made {
            store.put(&picture.key(name), bytes);
        }
        // The plan comes last: when it is there, so were the files.
        let plan = serde_json::to_vec(&picture.plan).expect("a plan is plain data");
        store.put(&format!("image-{}.json", picture.digest), &plan);
        Ok(picture)
    }

    /// The files behind the name of the original: the fallback first, then the variants.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        [&self.plan.fallback].into_iter().chain(&self.plan.variants)
    }

    /// Eight digits that change with the original and with the encoder.
    pub(crate) fn short_digest(&self) -> &str {
        &self.digest[..8]
    }

    /// The bytes of one of the files. What the store has lost is made again.
    pub(crate) fn bytes(&self, file: &File, source: &[u8], store: &dyn Store) -> Vec<u8> {
        let name = file.name();
        let held = |made: &[(String, Vec<u8>)]| made.iter().find(|(held, _)| *held == name).cloned();
        if let Some((_, bytes)) = held(&self.made) {
            return bytes;
        }
        if let Some(bytes) = store.get(&self.key(&name)).filter(|bytes| bytes.len() == file.n_bytes) {
            return bytes;
        }
        let made: Vec<_> = renditions(source).map(|made| files(made).collect()).unwrap_or_default();
        for (name, bytes) in &made {
            store.put(&self.key(name), bytes);
        }
        held(&made).map(|(_, bytes)| bytes).unwrap_or_default()
    }

    fn key(&self, name: &str) -> String {
        format!("image-{}-{name}", self.digest)
    }
}

fn digest(source: &[u8]) -> String {
    let hash = Sha256::new().chain_update(ENCODER.to_le_bytes()).chain_update(source);
    hex(&hash.finalize())
}

/// The files by their names within the image.
fn files(made: Renditions) -> impl Iterator<Item = (String, Vec<u8>)> {
    let all = [made.fallback].into_iter().chain(made.variants);
    all.map(|made| (File::of(&made).name(), made.bytes))
}

impl Plan {
    fn of(made: &Renditions) -> Self {
        Self {
            fallback: File::of(&made.fallback),
            height: made.height,
            variants: made.variants.iter().map(File::of).collect(),
            tone: made.tone.map(|tone| format!("#{}", hex(&tone))),
        }
    }

    /// The variants of one format, from narrow to wide.
    pub(crate) fn of_format(&self, format: Format) -> impl Iterator<Item = &File> {
        self.variants.iter().filter(move |file| file.extension == format.extension())
    }

    /// What a reader with a wide, dense screen downloads.
    pub(crate) fn n_bytes_read(&self) -> usize {
        let widest =
            [Format::Avif, Format::WebP].into_iter().find_map(|format| self.of_format(format).last());
        widest.unwrap_or(&self.fallback).n_bytes
    }
}

impl File {
    fn of(made: &Rendition) -> Self {
        let extension = made.format.extension().to_owned();
        Self { extension, width: made.width, n_bytes: made.bytes.len() }
    }

    /// `800.avif`.
    fn name(&self) -> String {
        format!("{}.{}", self.width, self.extension)
    }
}

#[cfg(test)]
pub(crate) mod tests;
