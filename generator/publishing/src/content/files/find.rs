//! Finding the files of content/: which of them are the site's, a host's, a page's, and which are not ours.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use scheduling::token::is_ledger_name;
use walkdir::{DirEntry, WalkDir};

use super::copies::{self, Original};
use crate::content::toml::source::{MOST_BYTES, Source, whole_file, whole_file_doubt};
use crate::content::toml::suggest::as_name;
use crate::diagnostics::Diagnostic;

/// The name of a file beside pages that is no page, but for readers of the folder.
pub const README: &str = "readme";

/// The files of a content folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// True if there is a `site.toml`.
    pub site: bool,
    /// The hosts, sorted by folder.
    pub hosts: Vec<HostFiles>,
    /// Errors and warnings about names and folders.
    pub diagnostics: Vec<Diagnostic>,
}

/// A host's files.
#[derive(Debug)]
pub(crate) struct HostFiles {
    pub folder: String,
    /// The pages, sorted by slug.
    pub pages: Vec<PageFiles>,
}

/// A page's files.
#[derive(Debug)]
pub(crate) struct PageFiles {
    pub slug: String,
    /// The locales that have a file of their own, sorted.
    pub locales: Vec<String>,
}

impl PageFiles {
    /// The page's own file, relative to the content folder.
    pub(crate) fn file(&self, folder: &str) -> String {
        format!("{folder}/{}.md", self.slug)
    }

    /// The file of its words in a locale.
    pub(crate) fn translation(&self, folder: &str, locale: &str) -> String {
        format!("{folder}/{}.{locale}.md", self.slug)
    }
}

/// The kinds of files in a folder of the content.
#[derive(Debug, Default)]
struct Folder {
    host: bool,
    team: bool,
    /// Pages by slug, with the locales of their words; `""` stands for the page's own file.
    pages: BTreeMap<String, Vec<String>>,
    entries: usize,
}

/// Looks through a content folder. Hidden files are not looked at.
pub(crate) fn find(root: &Path) -> Found {
    let mut found = Found::default();
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut entries = WalkDir::new(root).max_depth(3).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let path = match &entry {
            Ok(entry) => Some(entry.path()),
            Err(error) => error.path(),
        };
        let is_passed_over = path.is_some_and(|path| is_hidden(path, root))
            || match &entry {
                Ok(entry) => passed_over(entry, root, &mut found),
                Err(_) => false,
            };
        match entry {
            Ok(entry) if is_passed_over => {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
            }
            Ok(entry) => sort_in(&entry, root, &mut folders, &mut found),
            Err(_) if is_passed_over => {}
            Err(error) => found.diagnostics.push(unreadable(&error, root)),
        }
    }
    for (name, folder) in folders {
        check_folder(&name, folder, &mut found);
    }
    found
}

/// Hidden files are not looked at, whatever they are: locks of editors that lead nowhere, sockets, folders of others.
fn is_hidden(path: &Path, root: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().any(|part| {
        matches!(part, std::path::Component::Normal(name) if name.as_encoded_bytes().starts_with(b"."))
    })
}

/// True for what is not read, and was said to be so: a link that leads out of the content, and a copy.
fn passed_over(entry: &DirEntry, root: &Path, found: &mut Found) -> bool {
    if entry.depth() == 0 {
        return false;
    }
    let path = relative(entry.path(), root);
    if entry.path_is_symlink() && leads_out(entry.path(), root) {
        found.site |= path == "site.toml";
        found.diagnostics.push(leading_out(path));
        return true;
    }
    let name = entry.file_name().to_string_lossy();
    let has = |other: &str| entry.path().with_file_name(other).exists();
    let extensions: &[&str] = if entry.file_type().is_dir() { &[""] } else { &[".md", ".toml"] };
    let Some(original) = extensions.iter().find_map(|extension| copies::original_of(&name, extension, has))
    else {
        return false;
    };
    let mut doubt = whole_file_doubt(path, "this looks like a copy that a program left, and is not read");
    match original {
        Original::Named(original) => doubt.help(format!(
            "if it has something that `{original}` lacks, move that there; then remove the copy"
        )),
        Original::Unknown => {
            doubt.help("if it is to be read, give it a name of lower-case letters, digits and hyphens")
        }
    };
    found.diagnostics.push(doubt);
    true
}

/// True for a path that leads, by whatever links, to something outside of the content folder.
pub(super) fn leads_out(path: &Path, root: &Path) -> bool {
    let inside = |path: PathBuf| fs::canonicalize(root).is_ok_and(|root| path.starts_with(root));
    fs::canonicalize(path).is_ok_and(|whole| !inside(whole))
}

/// Nothing of what it leads to is read, so nothing of it can be shown.
fn leading_out(file: String) -> Diagnostic {
    let mut mistake = whole_file(file, "this link leads out of the content folder");
    mistake.help("only what lies in the content folder is published: copy into it what the link leads to");
    mistake
}

fn sort_in(entry: &DirEntry, root: &Path, folders: &mut BTreeMap<String, Folder>, found: &mut Found) {
    let path = relative(entry.path(), root);
    let parts: Vec<&str> = path.split('/').collect();
    let is_folder = entry.file_type().is_dir();
    if !is_folder && !entry.file_type().is_file() {
        // Opening a pipe would wait for whoever writes into it.
        found.diagnostics.push(whole_file(path, "this is neither a file nor a folder"));
        return;
    }
    match (parts.as_slice(), is_folder) {
        ([""], true) => {}
        ([""], false) => found.diagnostics.push(whole_file(String::new(), "the content is not a folder")),
        ([folder], true) => {
            folders.entry((*folder).to_owned()).or_default();
        }
        (["site.toml"], false) => found.site = true,
        ([file], false) => doubt_unknown(&path, file, "`site.toml` is the only TOML file read here", found),
        ([folder, name], true) => {
            folders.entry((*folder).to_owned()).or_default().entries += 1;
            if is_markdown(name) {
                doubt_unread(&path, "pages are files, and this is a folder", found);
            }
        }
        ([folder, file], false) => {
            let folder = folders.entry((*folder).to_owned()).or_default();
            folder.entries += 1;
            sort_into_folder(folder, &path, file, found);
        }
        ([_, _, file], false) if is_markdown(file) || has_extension(file, "toml") => {
            let message = "this file is not read: it is nested too deeply";
            let help = "put pages directly in their host's folder: `aiko/intro.md`";
            let mut doubt = whole_file_doubt(path.clone(), message);
            doubt.help(help);
            found.diagnostics.push(doubt);
        }
        _ => {}
    }
}

fn sort_into_folder(folder: &mut Folder, path: &str, file: &str, found: &mut Found) {
    match file {
        "host.toml" => folder.host = true,
        "team.toml" => folder.team = true,
        _ if is_readme(file) => {}
        _ => match file.strip_suffix(".md") {
            Some(stem) => {
                let (slug, locale) = stem.split_once('.').unwrap_or((stem, ""));
                check_name(path, slug, "page", found);
                folder.pages.entry(slug.to_owned()).or_default().push(locale.to_owned());
            }
            None => doubt_unknown(path, file, "`host.toml` is the only TOML file read here", found),
        },
    }
}

fn is_readme(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(name, extension)| {
        name.eq_ignore_ascii_case(README) && extension.eq_ignore_ascii_case("md")
    })
}

/// A file that is not ours is passed over, but for one that looks as if its author thought otherwise.
fn doubt_unknown(path: &str, file: &str, help: &str, found: &mut Found) {
    if has_extension(file, "toml") {
        doubt_unread(path, help, found);
    } else if is_markdown(file) && Path::new(file).extension().is_some_and(|found| found != "md") {
        doubt_unread(path, "the names of pages end in lower-case `.md`", found);
    }
}

fn doubt_unread(path: &str, help: &str, found: &mut Found) {
    let mut doubt = whole_file_doubt(path.to_owned(), "this file is not read");
    doubt.help(help);
    found.diagnostics.push(doubt);
}

/// What Markdown is called, here and elsewhere.
fn is_markdown(file: &str) -> bool {
    ["md", "markdown", "mdown", "mkd", "mdx"].iter().any(|extension| has_extension(file, extension))
}

fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn check_folder(name: &str, folder: Folder, found: &mut Found) {
    if folder.team {
        let mut mistake = whole_file(format!("{name}/team.toml"), "teams are not supported yet");
        mistake.help("for now, give each member a folder with a `host.toml`");
        found.diagnostics.push(mistake);
        return;
    }
    if !folder.host {
        found.diagnostics.extend(without_host(name, &folder));
        return;
    }
    check_name(&format!("{name}/host.toml"), name, "host's folder", found);
    let mut pages = Vec::new();
    for (slug, mut locales) in folder.pages {
        let own = locales.iter().position(String::is_empty);
        match own {
            Some(index) => {
                locales.remove(index);
                pages.push(PageFiles { slug, locales });
            }
            None => found.diagnostics.extend(locales.iter().map(|locale| without_page(name, &slug, locale))),
        }
    }
    if pages.is_empty() {
        let mut doubt = whole_file_doubt(format!("{name}/host.toml"), "this host has no pages to book");
        doubt.help(format!("create one: `generator new meeting {name}/intro`"));
        found.diagnostics.push(doubt);
    }
    found.hosts.push(HostFiles { folder: name.to_owned(), pages });
}

fn without_host(name: &str, folder: &Folder) -> Option<Diagnostic> {
    if let Some(slug) = folder.pages.keys().next() {
        let mut mistake = whole_file(format!("{name}/host.toml"), "this file is missing");
        mistake.help(format!("the page `{slug}` needs its host's name, email address and time zone"));
        mistake.help(format!("create one: `generator new host {name}`"));
        return Some(mistake);
    }
    (folder.entries == 0).then(|| {
        let mut doubt = whole_file_doubt(name.to_owned(), "this folder is empty");
        doubt.help(format!("turn it into a host: `generator new host {name}`"));
        doubt
    })
}

fn without_page(folder: &str, slug: &str, locale: &str) -> Diagnostic {
    let mut mistake = whole_file(
        format!("{folder}/{slug}.{locale}.md"),
        format!("this is the `{locale}` text of a page that does not exist"),
    );
    mistake.help(format!("the page itself would be `{folder}/{slug}.md`"));
    mistake
}

/// Names stand in links, so they are the same however people type them.
fn check_name(path: &str, name: &str, what: &str, found: &mut Found) {
    if is_ledger_name(name) {
        return;
    }
    let mut mistake = whole_file(path.to_owned(), format!("`{name}` cannot be the name of a {what}"));
    mistake.help("names appear in links: use up to 64 lower-case letters, digits and hyphens");
    if let Some(proposed) = as_name(name) {
        mistake.help(format!("did you mean `{proposed}`?"));
    }
    found.diagnostics.push(mistake);
}

fn unreadable(error: &walkdir::Error, root: &Path) -> Diagnostic {
    let file = error.path().map(|path| relative(path, root)).unwrap_or_default();
    let cause = error.io_error().map_or_else(String::new, explain_io);
    if error.depth() == 0 {
        let mut mistake = whole_file(file, format!("the content folder cannot be read: {cause}"));
        mistake.help("`generator new host aiko` creates one, with a host in it");
        return mistake;
    }
    if let Some(ancestor) = error.loop_ancestor() {
        let mut mistake = whole_file(file, "this symbolic link leads back to a folder that contains it");
        let ancestor = relative(ancestor, root);
        mistake.help(match ancestor.as_str() {
            "" => "it leads to the content folder itself".to_owned(),
            ancestor => format!("it leads to `{ancestor}`"),
        });
        return mistake;
    }
    whole_file(file, format!("this cannot be read: {cause}"))
}

/// Reads a file. `Err` holds what is wrong with it.
pub(crate) fn read(root: &Path, file: &str) -> Result<Source, Box<Diagnostic>> {
    let path: PathBuf = root.join(file);
    if leads_out(&path, root) {
        return Err(Box::new(leading_out(file.to_owned())));
    }
    let mut bytes = Vec::with_capacity(4096);
    // Opening a pipe would wait for whoever writes into it.
    if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return Err(Box::new(whole_file(file.to_owned(), "this is neither a file nor a folder")));
    }
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Source::new(file.to_owned(), bytes),
        Err(error) => {
            let message = format!("this cannot be read: {}", explain_io(&error));
            Err(Box::new(whole_file(file.to_owned(), message)))
        }
    }
}

/// The system's message without its error number, which differs between systems.
fn explain_io(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

fn relative(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
