//! The published files of `dist/`, all except `_edge/`: with validators, caching headers and compression.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::body::Body;
use base16ct::lower as hex;
use bytes::Bytes;
use http::header;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use lru::LruCache;
use percent_encoding::percent_decode_str;
use scheduling::definition::LocaleCode;
use scheduling::paths;
use scheduling::web::{Framing, Served, caching};
use sha2::{Digest, Sha256};

use super::compression::{Coding, Forms};
use super::reload_script;
use crate::call::security::add_published_headers;
use crate::local::locked::locked;
use crate::page::answer::set;
use crate::protocol::conditional::lists_tag;

/// Bytes of files that are kept in memory, in all their forms; one file is kept whatever its size.
const MOST_KEPT_BYTES: usize = 48 * 1024 * 1024;
/// The size above which a file takes so long to compress that nobody who wants another may wait for it, in bytes.
const LARGE_BYTES: u64 = 256 * 1024;

/// A folder of published files.
pub(in crate::local) struct Files {
    root: PathBuf,
    /// Pages get the script that reloads them.
    development: bool,
    kept: Mutex<Kept>,
}

struct Kept {
    files: LruCache<PathBuf, Arc<File>>,
    bytes: usize,
}

/// A file as it is sent.
struct File {
    modified: SystemTime,
    size: u64,
    forms: Forms,
    /// A digest of the content.
    digest: String,
    media_type: &'static str,
}

/// The answer to a request for a file, or that making it takes long.
pub(in crate::local) enum Answered {
    Now(Response<Body>),
    /// The file is large, and not in memory: [`Files::answer_large`] answers.
    Large(Request<Body>),
}

/// How much work an answer may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// Nothing that takes long.
    Little,
    All,
}

/// The result of looking a path up.
enum Found {
    File(PathBuf, Metadata),
    /// A page that is asked for without its slash, or in other letters.
    Folder(String),
    Nothing,
}

impl Files {
    pub(in crate::local) fn new(root: PathBuf, development: bool) -> Self {
        Self { root, development, kept: Mutex::new(Kept { files: LruCache::unbounded(), bytes: 0 }) }
    }

    /// Answers a request for a file, unless that takes long. `locales` are the site's. May read from the disk.
    pub(in crate::local) fn answer(
        &self,
        request: Request<Body>,
        served: &Served,
        locales: &dyn Fn() -> Vec<LocaleCode>,
    ) -> io::Result<Answered> {
        match self.answer_with(&request, served, locales, Effort::Little)? {
            Some(response) => Ok(Answered::Now(response)),
            None => Ok(Answered::Large(request)),
        }
    }

    /// Answers a request for a large file: whoever calls this lets only one call in at a time, so that each is
    /// compressed once.
    pub(in crate::local) fn answer_large(
        &self,
        request: &Request<Body>,
        served: &Served,
        locales: &dyn Fn() -> Vec<LocaleCode>,
    ) -> io::Result<Response<Body>> {
        let answered = self.answer_with(request, served, locales, Effort::All)?;
        Ok(answered.unwrap_or_else(|| empty(StatusCode::SERVICE_UNAVAILABLE, served)))
    }

    /// The answer; `None` if that is more effort than it may be.
    fn answer_with(
        &self,
        request: &Request<Body>,
        served: &Served,
        locales: &dyn Fn() -> Vec<LocaleCode>,
        effort: Effort,
    ) -> io::Result<Option<Response<Body>>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED, served);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Ok(Some(response));
        }
        match self.find_typed(request.uri().path(), locales)? {
            Found::File(path, metadata) => {
                let framing = self.framing(&path, locales);
                let Some(file) = self.file(path, &metadata, effort)? else { return Ok(None) };
                let mut response = send(&file, request, StatusCode::OK, framing, served);
                let caching = HeaderValue::from_static(caching(request.uri().path()));
                response.headers_mut().insert(header::CACHE_CONTROL, caching);
                Ok(Some(response))
            }
            Found::Folder(path) => {
                let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
                let mut response = empty(StatusCode::PERMANENT_REDIRECT, served);
                set(response.headers_mut(), header::LOCATION, &format!("{path}{query}"));
                Ok(Some(response))
            }
            Found::Nothing => self.not_found(request, served).map(Some),
        }
    }

    /// Who may frame a file: nobody the hosts' own pages, in whatever language.
    fn framing(&self, path: &Path, locales: &dyn Fn() -> Vec<LocaleCode>) -> Framing {
        let folders = path.strip_prefix(&self.root).unwrap_or(path);
        let desk = folders.starts_with(paths::DESK)
            || folders.iter().nth(1).is_some_and(|second| second == paths::DESK)
                && locales().iter().any(|locale| folders.starts_with(locale));
        if desk { Framing::Desk } else { Framing::Parents }
    }

    /// What is at a path; a page also in other letters than it is published with.
    fn find_typed(&self, path: &str, locales: &dyn Fn() -> Vec<LocaleCode>) -> io::Result<Found> {
        let find = |path: &str| {
            segments(path).map_or(Ok(Found::Nothing), |segments| self.find(&segments, path.ends_with('/')))
        };
        let found = find(path)?;
        if !matches!(found, Found::Nothing) {
            return Ok(found);
        }
        let published = paths::as_published(path, &locales()).filter(|published| published != path);
        match published {
            Some(published) if matches!(find(&published)?, Found::File(..)) => Ok(Found::Folder(published)),
            _ => Ok(Found::Nothing),
        }
    }

    fn find(&self, segments: &[String], is_folder: bool) -> io::Result<Found> {
        let mut path = self.root.clone();
        path.extend(segments);
        let metadata = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() && !is_folder => return Ok(Found::File(path, metadata)),
            Ok(metadata) => metadata,
            Err(cause) if is_absent(&cause) => return Ok(Found::Nothing),
            Err(cause) => return Err(cause),
        };
        let index = path.join("index.html");
        match fs::metadata(&index) {
            Ok(_) if metadata.is_dir() && !is_folder => {
                let encode = |segment: &String| {
                    percent_encoding::utf8_percent_encode(segment, percent_encoding::NON_ALPHANUMERIC)
                        .to_string()
                };
                let encoded: Vec<String> = segments.iter().map(encode).collect();
                Ok(Found::Folder(format!("/{}/", encoded.join("/").replace("%2D", "-"))))
            }
            Ok(metadata) if metadata.is_file() => Ok(Found::File(index, metadata)),
            Ok(_) => Ok(Found::Nothing),
            Err(cause) if is_absent(&cause) => Ok(Found::Nothing),
            Err(cause) => Err(cause),
        }
    }

    fn not_found(&self, request: &Request<Body>, served: &Served) -> io::Result<Response<Body>> {
        // The page of a locale, if the address is below its folder; else the site's.
        let folder = segments(request.uri().path()).and_then(|segments| segments.into_iter().next());
        let own = folder.map(|folder| self.root.join(folder).join("404.html"));
        for path in own.into_iter().chain([self.root.join("404.html")]) {
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(cause) if is_absent(&cause) => continue,
                Err(cause) => return Err(cause),
            };
            if let Some(file) = self.file(path, &metadata, Effort::All)? {
                return Ok(send(&file, request, StatusCode::NOT_FOUND, Framing::Parents, served));
            }
        }
        Ok(empty(StatusCode::NOT_FOUND, served))
    }

    /// The file as it is sent, kept until it changes on the disk; `None` if making that is more effort than it may be.
    fn file(&self, path: PathBuf, metadata: &Metadata, effort: Effort) -> io::Result<Option<Arc<File>>> {
        let modified = metadata.modified()?;
        if let Some(file) = locked(&self.kept).files.get(&path)
            && (file.modified, file.size) == (modified, metadata.len())
        {
            return Ok(Some(Arc::clone(file)));
        }
        if effort == Effort::Little && metadata.len() > LARGE_BYTES {
            return Ok(None);
        }
        let mut content = fs::read(&path)?;
        let media_type = media_type(&path);
        let is_page = media_type.starts_with("text/html");
        if self.development && is_page {
            content = reload_script::with_script(&content);
        }
        let digest = hex::encode_string(&Sha256::digest(&content)[..16]);
        let compressible = media_type.starts_with("text/")
            || media_type.starts_with("application/")
            || media_type.ends_with("svg+xml");
        let forms = if compressible && !self.development {
            Forms::compressed(Bytes::from(content))
        } else {
            Forms::plain(Bytes::from(content))
        };
        let file = Arc::new(File { modified, size: metadata.len(), forms, digest, media_type });
        locked(&self.kept).keep(path, Arc::clone(&file));
        Ok(Some(file))
    }
}

impl Kept {
    /// Keeps a file, and drops those that have gone unasked for longest.
    fn keep(&mut self, path: PathBuf, file: Arc<File>) {
        self.bytes += file.forms.len();
        if let Some(replaced) = self.files.put(path, file) {
            self.bytes -= replaced.forms.len();
        }
        while self.bytes > MOST_KEPT_BYTES && self.files.len() > 1 {
            let Some((_, dropped)) = self.files.pop_lru() else { break };
            self.bytes -= dropped.forms.len();
        }
    }
}

/// The parts of a path, decoded; `None` if it leads out of the published files, or to those that are not for visitors:
/// names that begin with a dot, and at the root, with an underscore.
fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    for encoded in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = percent_decode_str(encoded).decode_utf8().ok()?.into_owned();
        let hidden = segment.starts_with('.') && segment != ".well-known";
        if hidden
            || segment.contains(['/', '\\', '\0', ':'])
            || (segments.is_empty() && segment.starts_with('_'))
        {
            return None;
        }
        segments.push(segment);
    }
    Some(segments)
}

/// True also for a path that goes through a file, or that is longer than names can be.
fn is_absent(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

fn send(
    file: &File,
    request: &Request<Body>,
    status: StatusCode,
    framing: Framing,
    served: &Served,
) -> Response<Body> {
    let (coding, body) = file.forms.for_client(request.headers());
    // Each form has different bytes, so a strong tag names the form too.
    let tag = match coding {
        Coding::Plain => format!("\"{}\"", file.digest),
        Coding::Gzip => format!("\"{}-gzip\"", file.digest),
        Coding::Brotli => format!("\"{}-br\"", file.digest),
    };
    let known = status == StatusCode::OK
        && request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .any(|known| known.to_str().is_ok_and(|known| lists_tag(known, &tag)));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { status };
    let headers = response.headers_mut();
    add_published_headers(headers, framing, served);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    set(headers, header::ETAG, &tag);
    if file.forms.vary() {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if known {
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    if file.media_type.starts_with("text/markdown") {
        // A page for programs: whoever searches is to find the page itself, as `_headers` says too.
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if let Some(name) = coding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    if request.method() != Method::HEAD {
        *response.body_mut() = Body::from(body.clone());
    }
    response
}

fn empty(status: StatusCode, served: &Served) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    add_published_headers(response.headers_mut(), Framing::Parents, served);
    response
}

fn media_type(path: &std::path::Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "md" => "text/markdown; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_published_names_lead_to_files() {
        for hidden in [
            "/_edge/site.json",
            "/%5fedge/site.json",
            "/_EDGE/x",
            "/_headers",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/a%2fb",
            "/a%5cb",
            "/.git/config",
            "/%00",
            "//_edge/x",
            "/%ff",
        ] {
            assert_eq!(segments(hidden), None, "{hidden}");
        }
        for open in ["/", "/aiko/intro/", "/.well-known/x", "//aiko//", "/aiko/_x"] {
            assert!(segments(open).is_some(), "{open}");
        }
    }
}
