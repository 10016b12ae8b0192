//! Plans of a few files, written to a folder of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use std::fs::File;
use std::time::SystemTime;

use super::*;
use crate::render::RenderFault;

#[test]
fn a_second_build_renders_and_writes_nothing() {
    let dist = tempfile::tempdir().unwrap();
    let plan = Plan::of(&[("index.html", "one"), ("aiko/index.html", "two"), ("_edge/site.json", "{}")]);
    assert_eq!(plan.build(&dist), Written { written: 3, unchanged: 0, removed: 0 });
    assert_eq!(plan.rendered(), 3);
    assert_eq!(plan.build(&dist), Written { written: 0, unchanged: 3, removed: 0 });
    assert_eq!(plan.rendered(), 3);
    assert_eq!(read(&dist, "aiko/index.html"), "two");
}

#[test]
fn only_what_changed_is_written_and_what_is_gone_is_deleted() {
    let dist = tempfile::tempdir().unwrap();
    Plan::of(&[("index.html", "one"), ("aiko/index.html", "two"), ("aiko/intro/index.html", "three")])
        .build(&dist);
    fs::write(dist.path().join("aiko/notes.txt"), "mine").unwrap();
    let outcome = Plan::of(&[("index.html", "one"), ("jonas/index.html", "four")]).build(&dist);
    assert_eq!(outcome, Written { written: 1, unchanged: 1, removed: 2 });
    assert_eq!(read(&dist, "aiko/notes.txt"), "mine");
    assert!(!dist.path().join("aiko/intro").exists());
    assert!(!dist.path().join("aiko/index.html").exists());
}

#[test]
fn a_new_fingerprint_with_the_same_bytes_is_not_written() {
    let dist = tempfile::tempdir().unwrap();
    Plan::of(&[("index.html", "one")]).build(&dist);
    let mut plan = Plan::of(&[("index.html", "one")]);
    plan.jobs[0].fingerprint = [9; 16];
    assert_eq!(plan.build(&dist), Written { written: 0, unchanged: 1, removed: 0 });
}

#[test]
fn a_file_that_somebody_edited_or_deleted_is_made_again() {
    let dist = tempfile::tempdir().unwrap();
    let plan = Plan::of(&[("index.html", "one"), ("404.html", "none")]);
    plan.build(&dist);
    fs::write(dist.path().join("index.html"), "two").unwrap();
    let later =
        fs::metadata(dist.path().join("index.html")).unwrap().modified().unwrap() + Duration::from_secs(5);
    File::options().write(true).open(dist.path().join("index.html")).unwrap().set_modified(later).unwrap();
    fs::remove_file(dist.path().join("404.html")).unwrap();
    assert_eq!(plan.build(&dist), Written { written: 2, unchanged: 0, removed: 0 });
    assert_eq!(read(&dist, "index.html"), "one");
}

#[test]
fn a_file_that_no_build_made_is_never_written_over() {
    let dist = tempfile::tempdir().unwrap();
    fs::write(dist.path().join("index.html"), "mine").unwrap();
    let fault = write(dist.path(), &Plan::of(&[("index.html", "one")]).jobs).unwrap_err();
    let path = dist.path().join("index.html");
    let expected = format!(
        "{} is in the way, and was not made by a build. Move it away, or choose another folder with `--output`.",
        path.display()
    );
    assert_eq!(fault.to_string(), expected);
    assert_eq!(read(&dist, "index.html"), "mine");
}

#[test]
fn a_build_that_was_cut_off_is_put_right_by_the_next() {
    let dist = tempfile::tempdir().unwrap();
    let mut plan = Plan::of(&[("a.html", "one"), ("b.html", "two")]);
    plan.jobs[1].render =
        Box::new(|| Err(RenderFault { path: "b.html".to_owned(), cause: "cut off".to_owned() }));
    let fault = write(dist.path(), &plan.jobs).unwrap_err();
    assert_eq!(fault.to_string(), "the theme could not be rendered: b.html: cut off");
    let outcome = Plan::of(&[("a.html", "one"), ("b.html", "two")]).build(&dist);
    assert_eq!(outcome.written + outcome.unchanged, 2);
    assert_eq!((read(&dist, "a.html"), read(&dist, "b.html")), ("one".to_owned(), "two".to_owned()));
}

#[test]
fn what_a_build_wrote_before_it_was_cut_off_is_not_taken_for_granted() {
    let dist = tempfile::tempdir().unwrap();
    let before = Plan::of(&[("_edge/a", "one"), ("b.html", "two")]);
    before.build(&dist);
    let mut cut_off = Plan::of(&[("b.html", "TWO"), ("_edge/a", "ONE")]);
    cut_off.jobs[1].render =
        Box::new(|| Err(RenderFault { path: "a".to_owned(), cause: "cut off".to_owned() }));
    write(dist.path(), &cut_off.jobs).unwrap_err();
    assert_eq!(read(&dist, "b.html"), "TWO");

    let long_ago = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    File::options().write(true).open(dist.path().join("b.html")).unwrap().set_modified(long_ago).unwrap();
    before.build(&dist);
    assert_eq!((read(&dist, "_edge/a"), read(&dist, "b.html")), ("one".to_owned(), "two".to_owned()));
}

#[test]
fn what_a_killed_build_left_half_written_is_tidied_away() {
    let dist = tempfile::tempdir().unwrap();
    let planned = Plan::of(&[("a/index.html", "one"), ("b/index.html", "two")]);
    planned.build(&dist);
    let promised = planned.jobs.iter().map(|job| &job.path);
    Manifest::read(dist.path()).promising(promised).write(dist.path()).unwrap();
    for path in ["a/index.html.daymark-new", "b/index.html.daymark-new"] {
        fs::write(dist.path().join(path), "half").unwrap();
    }
    let outcome = Plan::of(&[("a/index.html", "one")]).build(&dist);
    assert_eq!(outcome, Written { written: 0, unchanged: 1, removed: 1 });
    assert!(!dist.path().join("a/index.html.daymark-new").exists());
    assert!(!dist.path().join("b").exists());
}

#[test]
fn what_cannot_be_put_into_place_leaves_nothing_beside_it() {
    let dist = tempfile::tempdir().unwrap();
    let plan = Plan::of(&[("index.html", "one")]);
    plan.build(&dist);
    fs::remove_file(dist.path().join("index.html")).unwrap();
    fs::create_dir(dist.path().join("index.html")).unwrap();
    let fault = write(dist.path(), &plan.jobs).unwrap_err();
    let expected = format!("{} could not be written: ", dist.path().join("index.html").display());
    assert!(fault.to_string().starts_with(&expected), "{fault}");
    assert!(!dist.path().join("index.html.daymark-new").exists());
}

#[test]
fn a_damaged_manifest_deletes_nothing_outside() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("precious"), "keep").unwrap();
    let dist = outside.path().join("dist");
    fs::create_dir_all(dist.join("_edge")).unwrap();
    let manifest = r#"{"made_by":"","tzdb":"","files":{"../precious":{"fingerprint":null,"size":4}}}"#;
    fs::write(dist.join("_edge/manifest.json"), manifest).unwrap();
    write(&dist, &Plan::of(&[("index.html", "one")]).jobs).unwrap();
    assert_eq!(fs::read_to_string(outside.path().join("precious")).unwrap(), "keep");
}

#[test]
fn two_builds_at_once_are_one_too_many() {
    let dist = tempfile::tempdir().unwrap();
    let _first = lock(dist.path()).unwrap();
    let fault = write(dist.path(), &[]).unwrap_err();
    let expected = format!("another build is writing to {}. Wait for it to finish.", dist.path().display());
    assert_eq!(fault.to_string(), expected);
}

#[test]
fn output_and_content_lie_apart() {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content");
    fs::create_dir_all(&content).unwrap();
    assert!(check_folders(&folder.path().join("dist"), &content).is_ok());
    let inside = content.join("dist");
    let fault = check_folders(&inside, &content).unwrap_err();
    let expected = format!(
        "the output folder {} and the content folder {} cannot contain one another. Choose another output folder with `--output`.",
        inside.display(),
        content.display()
    );
    assert_eq!(fault.to_string(), expected);
    assert!(check_folders(folder.path(), &content).is_err());
    assert!(check_folders(Path::new("/"), &content).is_err());
    assert!(check_folders(&folder.path().join("nowhere/../content/dist"), &content).is_err());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&content, folder.path().join("link")).unwrap();
        assert!(check_folders(&folder.path().join("link/dist"), &content).is_err());
    }
}

/// Jobs that write a text, and count how often they were rendered.
struct Plan {
    jobs: Vec<Job>,
    rendered: Arc<AtomicUsize>,
}

impl Plan {
    fn of(files: &[(&str, &str)]) -> Self {
        let rendered = Arc::new(AtomicUsize::new(0));
        let job = |(path, text): &(&str, &str)| {
            let (text, rendered) = (text.as_bytes().to_vec(), Arc::clone(&rendered));
            let mut fingerprint = [0; 16];
            fingerprint[..text.len()].copy_from_slice(&text);
            let render = move || {
                rendered.fetch_add(1, Ordering::Relaxed);
                Ok(text.clone())
            };
            Job { path: path.into(), fingerprint, render: Box::new(render) }
        };
        Self { jobs: files.iter().map(job).collect(), rendered: Arc::clone(&rendered) }
    }

    fn build(&self, dist: &TempDir) -> Written {
        write(dist.path(), &self.jobs).unwrap()
    }

    fn rendered(&self) -> usize {
        self.rendered.load(Ordering::Relaxed)
    }
}

fn read(dist: &TempDir, path: &str) -> String {
    fs::read_to_string(dist.path().join(path)).unwrap()
}
