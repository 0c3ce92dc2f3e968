//! The generated site in a folder, and the part of it that was asked for in memory.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderValue, Method, Response, StatusCode};
use lyceum_app::ports::{AssetRequest, Assets, Unavailable};
use lyceum_contract::id::hex;
use lyceum_contract::media_type::media_type;
use sha2::{Digest, Sha256};

use super::disk::blocking;

/// Bytes that are kept in memory.
const MAX_CACHE_BYTES: usize = 128 * 1024 * 1024;
/// A file that is larger than this is read each time.
const MAX_CACHED_FILE_BYTES: usize = MAX_CACHE_BYTES / 16;
/// Folders above a missing page in which a page that says so is looked for.
const MAX_NOT_FOUND_DEPTH: usize = 8;

/// The files of one site. Nothing outside of the folder is ever read, by no path and through no link.
#[derive(Debug, Clone)]
pub struct FolderAssets {
    site: Arc<Site>,
}

#[derive(Debug)]
struct Site {
    folder: PathBuf,
    /// Held for reading while a file is read and cached, and for writing while the site is replaced.
    replacing: RwLock<()>,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    files: HashMap<String, Arc<File>>,
    n_bytes: usize,
}

#[derive(Debug)]
struct File {
    bytes: Bytes,
    etag: HeaderValue,
    media_type: &'static str,
}

impl FolderAssets {
    /// The site in this folder, which may be missing until the first [`FolderAssets::replace`].
    pub fn new(folder: PathBuf) -> Self {
        let site = Site { folder, replacing: RwLock::default(), cache: Mutex::default() };
        Self { site: Arc::new(site) }
    }

    /// Runs `write`, which changes the site in the folder, while nobody reads from it. It returns what it did and the
    /// paths below the folder of all files that are not as they were. Blocks.
    pub fn replace<T, E>(&self, write: impl FnOnce() -> Result<(T, Vec<String>), E>) -> Result<T, E> {
        let _guard = self.site.replacing.write().unwrap_or_else(PoisonError::into_inner);
        let written = write();
        let mut cache = self.site.cache.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Ok((done, changed)) => {
                for path in changed {
                    cache.forget(&format!("/{path}"));
                }
                Ok(done)
            }
            Err(error) => {
                *cache = Cache::default();
                Err(error)
            }
        }
    }

    async fn file(&self, path: &str) -> Result<Option<Arc<File>>, Unavailable> {
        if let Some(file) = self.site.cached(path) {
            return Ok(Some(file));
        }
        let Some(relative) = relative(path) else { return Ok(None) };
        let (site, path) = (Arc::clone(&self.site), path.to_owned());
        blocking("assets", move || {
            site.load(path, &relative).map_err(|error| Unavailable::new("assets", error))
        })
        .await
    }

    /// The nearest page that says that nothing is here: `/zh/404.html` for `/zh/lost/`, else `/404.html`.
    async fn not_found_page(&self, path: &str) -> Result<Option<Arc<File>>, Unavailable> {
        let folders: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        for folder in folders.iter().take(MAX_NOT_FOUND_DEPTH).rev() {
            if let Some(file) = self.file(&format!("{folder}/404.html")).await? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }
}

impl Assets for FolderAssets {
    async fn fetch(&self, request: AssetRequest) -> Result<Response<Body>, Unavailable> {
        let AssetRequest { method, path, if_none_match } = request;
        let index = if path.ends_with('/') { "index.html" } else { "" };
        let found = if is_public(&path) { self.file(&format!("{path}{index}")).await? } else { None };
        let Some(file) = found else {
            let page = self.not_found_page(&path).await?;
            return Ok(answer(&method, StatusCode::NOT_FOUND, page.as_deref()));
        };
        if if_none_match.is_some_and(|header| names(&header, &file.etag)) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().insert(ETAG, file.etag.clone());
            return Ok(response);
        }
        let mut response = answer(&method, StatusCode::OK, Some(&file));
        response.headers_mut().insert(ETAG, file.etag.clone());
        Ok(response)
    }

    async fn read(&self, path: &str) -> Result<Option<Bytes>, Unavailable> {
        Ok(self.file(path).await?.map(|file| file.bytes.clone()))
    }
}

impl Site {
    fn cached(&self, path: &str) -> Option<Arc<File>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).files.get(path).cloned()
    }

    fn load(&self, path: String, relative: &Path) -> io::Result<Option<Arc<File>>> {
        let _guard = self.replacing.read().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = read_inside(&self.folder, relative)? else { return Ok(None) };
        let digest = Sha256::digest(&bytes);
        let etag = HeaderValue::try_from(format!("\"{}\"", hex(&digest[..16]))).map_err(io::Error::other)?;
        let file = Arc::new(File { bytes: bytes.into(), etag, media_type: media_type(&path) });
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.keep(path, &file);
        Ok(Some(file))
    }
}

impl Cache {
    fn forget(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.n_bytes = self.n_bytes.saturating_sub(file.bytes.len() + path.len());
        }
    }

    fn keep(&mut self, path: String, file: &Arc<File>) {
        let n_bytes = file.bytes.len() + path.len();
        if n_bytes > MAX_CACHED_FILE_BYTES {
            return;
        }
        // Rather than to track which file was used last: a site that is larger than the cache fills it anew.
        if self.n_bytes + n_bytes > MAX_CACHE_BYTES {
            *self = Self::default();
        }
        if self.files.insert(path, Arc::clone(file)).is_none() {
            self.n_bytes += n_bytes;
        }
    }
}

/// The file system's path for a path of the site; `None` when it could mean anything else than what it says.
fn relative(path: &str) -> Option<PathBuf> {
    let plain = |segment: &&str| {
        !segment.is_empty()
            && *segment != "."
            && *segment != ".."
            && !segment.contains(['\\', ':', '\0'])
            && !segment.ends_with(['.', ' '])
    };
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    segments.iter().all(plain).then(|| segments.iter().collect())
}

/// What starts with `_` or `.` is for programs. Only [`Assets::read`] gives it out.
fn is_public(path: &str) -> bool {
    !path.split('/').any(|segment| segment.starts_with(['_', '.']))
}

/// The file's bytes, if it is a file in this folder under exactly this name, and no link leads to it.
fn read_inside(folder: &Path, relative: &Path) -> io::Result<Option<Vec<u8>>> {
    let missing = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
        )
    };
    let found = || {
        let expected = folder.canonicalize()?.join(relative);
        // The canonical name differs when a part of the path is a link, or is written in another case.
        let is_itself = expected.canonicalize()? == expected && expected.is_file();
        if is_itself { std::fs::read(expected).map(Some) } else { Ok(None) }
    };
    found().or_else(|error| if missing(&error) { Ok(None) } else { Err(error) })
}

fn answer(method: &Method, status: StatusCode, file: Option<&File>) -> Response<Body> {
    let (bytes, media_type) = match file {
        Some(file) => (file.bytes.clone(), file.media_type),
        None => (Bytes::from_static(b"404 Not Found\n"), "text/plain; charset=utf-8"),
    };
    let n_bytes = bytes.len();
    let mut response = Response::new(if method == Method::HEAD { Body::empty() } else { Body::from(bytes) });
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if method == Method::HEAD {
        response.headers_mut().insert(CONTENT_LENGTH, n_bytes.into());
    }
    response
}

/// Whether `If-None-Match` names this tag. Weak comparison, as RFC 9110 asks for.
fn names(header: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(header), Ok(etag)) = (header.to_str(), etag.to_str()) else { return false };
    let tags = header.split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests;
