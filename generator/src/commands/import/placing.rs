//! Files of new hosts, into the content: checked first, then all of them or none, and never over what is there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use publishing::content::{self, Loaded};
use publishing::diagnostics::{Diagnostic, Severity};
use publishing::render::Theme;
use tempfile::TempDir;

use super::draft::Skipped;
use super::files::HostFiles;
use crate::commands::new::SITE_FILE;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// Puts the hosts into the content, unless it is only tried. A page that would not pass `check` by itself is left out,
/// and its host says so. True if there was no `site.toml`, so that one was made.
pub(super) fn place(
    hosts: &mut [HostFiles],
    sources: &Sources,
    dry_run: bool,
    printer: Printer,
) -> Result<bool, Failure> {
    sources.check_theme()?;
    let theme = Theme::load(&sources.theme)?;
    let root = &sources.content;
    for host in hosts.iter() {
        check_free(root, &host.folder)?;
    }
    let has_site = root.join("site.toml").is_file();
    if has_site {
        check_sound(sources, &theme, printer)?;
    }
    let made_root = !root.exists() && !dry_run;
    if made_root {
        fs::create_dir_all(root).map_err(|cause| unwritable(root, &cause))?;
    }
    let placed = stage(hosts, sources, dry_run).and_then(|staged| {
        check_staged(staged.path(), hosts, sources, &theme, printer)?;
        if dry_run { Ok(()) } else { move_in(staged.path(), hosts, sources, &theme, printer) }
    });
    if placed.is_err() && made_root {
        // Only if nothing is in it.
        let _ = fs::remove_dir(root);
    }
    placed.map(|()| !has_site)
}

/// Nothing may be at a host's place, nor may its links be somebody else's.
fn check_free(root: &Path, folder: &str) -> Result<(), Failure> {
    if let Some(whose) = content::whose_folder(root, folder) {
        return Err(Failure::saying(format!(
            "`/{folder}/` is {whose}: choose another folder with `--host`. Nothing was written."
        )));
    }
    let path = root.join(folder);
    if path.symlink_metadata().is_ok() {
        return Err(Failure::saying(format!(
            "{} already exists, and nothing is written over it. Choose another folder with `--host`, then move over \
             what you want to have. Nothing was written.",
            path.display()
        )));
    }
    Ok(())
}

/// What is there must be right, or nobody could say whether what is new is. Content without hosts never is.
fn check_sound(sources: &Sources, theme: &Theme, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&sources.content, sources, theme);
    let is_error = |found: &&Diagnostic| found.severity == Severity::Mistake && !found.file.is_empty();
    if loaded.diagnostics.iter().any(|found| is_error(&found)) {
        printer.show(&loaded.diagnostics.without_doubts().draw(&sources.drawing(printer)));
        return Err(Failure::saying("the content has errors: mend them first. Nothing was written."));
    }
    Ok(())
}

/// Writes all files to a folder of their own, beside their place, as a folder is moved in one step there.
fn stage(hosts: &[HostFiles], sources: &Sources, dry_run: bool) -> Result<TempDir, Failure> {
    let root = &sources.content;
    let mut builder = tempfile::Builder::new();
    // Hidden folders are not looked at.
    let staged = builder.prefix(".import-");
    let staged = if dry_run { staged.tempdir() } else { staged.tempdir_in(root) };
    let staged = staged.map_err(|cause| unwritable(root, &cause))?;
    let write =
        |path: PathBuf, text: &[u8]| fs::write(&path, text).map_err(|cause| unwritable(&path, &cause));
    let site = fs::read(root.join("site.toml")).unwrap_or_else(|_| SITE_FILE.as_bytes().to_vec());
    write(staged.path().join("site.toml"), &site)?;
    for host in hosts {
        let folder = staged.path().join(&host.folder);
        fs::create_dir(&folder).map_err(|cause| unwritable(&folder, &cause))?;
        write(folder.join("host.toml"), host.host.as_bytes())?;
        for page in &host.pages {
            write(folder.join(format!("{}.md", page.name)), page.text.as_bytes())?;
        }
    }
    Ok(staged)
}

/// Checks the staged files as `check` does, and takes out what does not pass.
fn check_staged(
    staged: &Path,
    hosts: &mut [HostFiles],
    sources: &Sources,
    theme: &Theme,
    printer: Printer,
) -> Result<(), Failure> {
    let loaded = load(staged, sources, theme);
    if loaded.site.is_some() {
        return Ok(());
    }
    for host in hosts.iter_mut() {
        let HostFiles { folder, pages, skipped, .. } = host;
        pages.retain(|page| {
            let file = format!("{folder}/{}.md", page.name);
            let mut wrong = loaded.diagnostics.iter().filter(|found| found.file == file);
            let Some(wrong) = wrong.find(|found| found.severity == Severity::Mistake) else { return true };
            skipped.push(Skipped { title: page.title.clone(), why: why(wrong) });
            fs::remove_file(staged.join(&file)).is_err()
        });
    }
    let loaded = load(staged, sources, theme);
    if loaded.site.is_some() {
        return Ok(());
    }
    printer.show(&loaded.diagnostics.without_doubts().draw(&sources.drawing(printer)));
    Err(Failure::saying("the account cannot be imported with these errors. Nothing was written."))
}

/// Why a page does not pass, in words that follow its title.
fn why(wrong: &Diagnostic) -> String {
    let more = [wrong.label.as_str()].into_iter().chain(wrong.help.first().map(String::as_str));
    let more = more.filter(|more| !more.is_empty()).collect::<Vec<_>>().join("; ");
    let more = if more.is_empty() { more } else { format!(" ({more})") };
    format!("`check` finds an error in it: {}{more}", wrong.message)
}

/// Moves the hosts to their place, and back if all of the content is not right then.
fn move_in(
    staged: &Path,
    hosts: &[HostFiles],
    sources: &Sources,
    theme: &Theme,
    printer: Printer,
) -> Result<(), Failure> {
    let root = &sources.content;
    let mut moved: Vec<PathBuf> = Vec::new();
    let made_site = make_site(&root.join("site.toml")).map_err(|cause| unwritable(root, &cause))?;
    let mut placed = Ok(());
    for host in hosts {
        let path = root.join(&host.folder);
        placed = match check_free(root, &host.folder) {
            Ok(()) => fs::rename(staged.join(&host.folder), &path).map_err(|cause| unwritable(&path, &cause)),
            Err(taken) => Err(taken),
        };
        if placed.is_err() {
            break;
        }
        moved.push(path);
    }
    if placed.is_ok() {
        let loaded = load(root, sources, theme);
        if loaded.site.is_some() {
            return Ok(());
        }
        printer.show(&loaded.diagnostics.without_doubts().draw(&sources.drawing(printer)));
        placed =
            Err(Failure::saying("the content would not be right with this account. Nothing was written."));
    }
    for path in moved {
        fs::remove_dir_all(&path).map_err(|cause| unwritable(&path, &cause))?;
    }
    if made_site {
        fs::remove_file(root.join("site.toml"))?;
    }
    placed
}

/// Makes a `site.toml` where there is none. True if it did.
fn make_site(path: &Path) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(SITE_FILE.as_bytes()).map(|()| true),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// Reads content with its drafts, as `check` does.
fn load(root: &Path, sources: &Sources, theme: &Theme) -> Loaded {
    let options = content::LoadOptions { drafts: true, ..sources.load_options(theme) };
    content::load(root, &options)
}

fn unwritable(path: &Path, cause: &io::Error) -> Failure {
    Failure::saying(format!("{} cannot be written: {cause}. Nothing was written.", path.display()))
}
