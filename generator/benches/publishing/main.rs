//! The cost of publishing: a whole site from nothing, again with nothing changed, beside plain writes of the same
//! bytes; and how soon an edited page is served.
//!
//! `cargo bench -p generator --bench publishing [-- <pages> | follow]` runs the built command, as its users do, in
//! processes of its own, so that each one's CPU time and memory are its own. The sizes of the folders and the
//! processes' own numbers are printed; nothing here fails because a machine is slow.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run ends")]

mod following;
mod sample;
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use usage::Usage;

const PAGES: usize = 10_000;
/// The number of pages while one is edited.
const PAGES_SERVED: usize = 1_000;
/// A fixed time, so that two runs publish the same bytes.
const NOW: &str = "2026-12-01T06:00:00Z";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["copy", from, to] => copy(Path::new(from), Path::new(to)),
        ["run", command @ ..] => usage::run_and_report(command),
        [] => {
            measure(PAGES);
            measure_following(PAGES_SERVED);
        }
        ["follow"] => measure_following(PAGES_SERVED),
        [pages] => measure(pages.parse().unwrap_or(PAGES)),
        _ => say("usage: cargo bench -p generator --bench publishing [-- <pages> | follow]"),
    }
}

fn measure(pages: usize) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the benchmark");
    let (content, dist) = (folder.path().join("content"), folder.path().join("dist"));
    sample::write(&content, pages);

    let first = build(&content, &dist);
    let files = files_below(&dist);
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    let times = sample::times_in(&dist);
    say(&format!("{pages} pages, {times} times on each; {} files, {} MB", files.len(), bytes / 1_000_000));
    say(&format!("from an empty folder:  {first}"));

    let again = build(&content, &dist);
    let rewritten = changed(&files, &files_below(&dist));
    say(&format!("nothing changed:       {again}; {rewritten} files written"));

    let plain = measured_copy(&dist, &folder.path().join("plain"));
    say(&format!("plain writes:          {plain}"));
    say(&format!("CPU above plain writes: {:.2} s", first.cpu_seconds - plain.cpu_seconds));

    let taken = take_previews(&dist);
    let drawn = build(&content, &dist);
    say(&format!("previews taken out:    {drawn}; {taken} drawn again"));

    sample::change_one(&content);
    let one = build(&content, &dist);
    let rewritten = changed(&files, &files_below(&dist));
    say(&format!("one page changed:      {one}; {rewritten} files written"));
}

/// From a saved file to the page that is served.
fn measure_following(pages: usize) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the benchmark");
    let (content, dist) = (folder.path().join("content"), folder.path().join("dist"));
    sample::write(&content, pages);
    let rounds = following::measure(folder.path(), &options(&content, &dist));
    let (median, longest) = (rounds[rounds.len() / 2], rounds[rounds.len() - 1]);
    say(&format!("saved until served, {pages} pages: median {median:.0} ms, longest {longest:.0} ms"));
}

fn build(content: &Path, dist: &Path) -> Usage {
    let command = [env!("CARGO_BIN_EXE_generator").to_owned(), "build".to_owned()];
    usage::of(&[command.as_slice(), &options(content, dist)].concat())
}

fn options(content: &Path, dist: &Path) -> Vec<String> {
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../site");
    let options =
        [("--content", content), ("--output", dist), ("--theme", &theme), ("--now", Path::new(NOW))];
    options.iter().flat_map(|(option, value)| [(*option).to_owned(), value.display().to_string()]).collect()
}

/// The cost of writing the same bytes into folders of the same names, and nothing else.
fn measured_copy(from: &Path, to: &Path) -> Usage {
    let own = std::env::current_exe().expect("this program's path");
    let output = Command::new(own).args([Path::new("copy"), from, to]).output().expect("this program runs");
    Usage::parse(&String::from_utf8_lossy(&output.stdout))
}

/// Copies a folder, and prints the cost of the writing alone: what is read is read beside it, a few files at a time.
fn copy(from: &Path, to: &Path) {
    let mut total = Usage::default();
    for batch in files_below(from).chunks(64) {
        let read: Vec<(PathBuf, Vec<u8>)> = batch
            .iter()
            .map(|file| (to.join(&file.path), fs::read(from.join(&file.path)).expect("a file")))
            .collect();
        let begin = Usage::of_this_process();
        for (path, bytes) in &read {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
            fs::write(path, bytes).expect("a file is written");
        }
        total.add(&Usage::of_this_process().since(&begin));
    }
    say(&total.encode());
}

#[derive(Debug, PartialEq)]
struct Found {
    path: PathBuf,
    size: u64,
    modified: SystemTime,
}

/// Every file that belongs to the site, sorted.
fn files_below(folder: &Path) -> Vec<Found> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let found = |entry: walkdir::DirEntry| {
        let metadata = entry.metadata().ok()?;
        let path = entry.path().strip_prefix(folder).ok()?.to_owned();
        Some(Found { path, size: metadata.len(), modified: metadata.modified().ok()? })
    };
    entries.filter(|entry| entry.file_type().is_file()).filter_map(found).collect()
}

/// Deletes every preview, and returns how many there were.
fn take_previews(dist: &Path) -> usize {
    let is_preview = |file: &&Found| file.path.to_string_lossy().starts_with("assets/preview.");
    let files = files_below(dist);
    let previews = files.iter().filter(is_preview);
    previews.map(|file| fs::remove_file(dist.join(&file.path)).expect("a preview is deleted")).count()
}

fn changed(before: &[Found], after: &[Found]) -> usize {
    after
        .iter()
        .filter(|file| {
            before.binary_search_by(|old| old.path.cmp(&file.path)).map_or(true, |at| before[at] != **file)
        })
        .count()
}

#[expect(clippy::print_stdout, reason = "a benchmark's answer")]
fn say(line: &str) {
    println!("{line}");
}
