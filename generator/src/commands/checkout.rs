//! The content of a commit, written into a folder of its own: regular files alone, and nothing outside of it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::failure::Failure;

/// The links that are followed from one file to another: no more than a system would.
const MOST_LINKS: usize = 8;

/// The content of a commit, in a folder that nobody else can name or look into, and that goes with this.
pub(super) struct Checkout(TempDir);

/// A file of a commit's tree.
struct Entry {
    object: String,
    is_link: bool,
}

impl Checkout {
    pub(super) fn of(content: &Path, commit: &str) -> Result<Self, Failure> {
        let git = |arguments: &[&str]| git(content, arguments);
        // Also says whether there is such a commit, before anything is read as a path.
        let named = format!("{commit}^{{commit}}");
        let tree = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &named]).map_err(|_| {
            Failure::saying(format!("git finds no commit `{commit}` here. Name a branch, a tag or a hash."))
        })?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        let prefix = String::from_utf8_lossy(&git(&["rev-parse", "--show-prefix"])?).into_owned();
        let prefix = prefix.strip_suffix('\n').unwrap_or(&prefix);
        let mut list = vec!["ls-tree", "-r", "-z", "--full-tree", &tree];
        // Where the content is all of the repository, there is none, and git takes no empty path.
        if !prefix.is_empty() {
            list.extend(["--", prefix]);
        }
        let listed = git(&list)?;
        let entries = entries(&String::from_utf8_lossy(&listed), prefix);
        let checkout = Self(tempfile::Builder::new().prefix("daymark-diff-").tempdir()?);
        for path in entries.keys() {
            // Git's own objects, without the filters and conversions that a repository may configure.
            let read = |object: &str| git(&["cat-file", "blob", object]);
            if let Some(object) = resolve(&entries, path, &read)? {
                checkout.write(path, &read(&object)?)?;
            }
        }
        Ok(checkout)
    }

    /// The folder.
    pub(super) fn content(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.content().join(path);
        fs::create_dir_all(path.parent().unwrap_or(self.content()))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(file.write_all(bytes)?)
    }
}

/// The files below a folder, by their paths in it. A tree can hold names that a file system takes for another place;
/// those are left out, as are what is no file and no link.
fn entries(listed: &str, prefix: &str) -> BTreeMap<PathBuf, Entry> {
    let entry = |line: &str| {
        let (facts, name) = line.split_once('\t')?;
        let mut facts = facts.split(' ');
        let (mode, _, object) = (facts.next()?, facts.next()?, facts.next()?);
        let is_link = mode == "120000";
        let path = inside(name.strip_prefix(prefix).unwrap_or(name))?;
        (is_link || mode.starts_with("100")).then(|| (path, Entry { object: object.to_owned(), is_link }))
    };
    listed.split('\0').filter_map(entry).collect()
}

/// A path that stays below where it begins.
fn inside(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    let is_inside = !name.is_empty()
        && !name.contains('\\')
        && path.components().all(|part| matches!(part, Component::Normal(_)))
        && !name.split('/').any(|part| part.is_empty() || part == ".");
    is_inside.then_some(path)
}

/// The object of a file, or of the file that a link leads to; `None` where it leads to no file of the content.
fn resolve(
    entries: &BTreeMap<PathBuf, Entry>,
    path: &Path,
    read: &impl Fn(&str) -> Result<Vec<u8>, Failure>,
) -> Result<Option<String>, Failure> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some(entry) = entries.get(&path) else { return Ok(None) };
        if !entry.is_link {
            return Ok(Some(entry.object.clone()));
        }
        let target = String::from_utf8_lossy(&read(&entry.object)?).into_owned();
        let Some(next) = followed(&path, &target) else { return Ok(None) };
        path = next;
    }
    Ok(None)
}

/// Where a link leads, if that is inside.
fn followed(link: &Path, target: &str) -> Option<PathBuf> {
    let mut path = link.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.map_err(|cause| Failure::saying(format!("git cannot be run: {cause}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::saying(format!("git says: {said}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_are_written() {
        for outside in
            ["../x", "../../x", "a/../../x", "a/../b", "/etc/x", "", ".", "./a", "a/./b", "a//b", "..\\x"]
        {
            assert_eq!(inside(outside), None, "{outside}");
        }
        for within in ["site.toml", "aiko/intro.md", "aiko/..intro.md", "日本/x.md"] {
            assert_eq!(inside(within), Some(PathBuf::from(within)));
        }
    }

    #[test]
    fn links_lead_to_files_of_the_content_or_nowhere() {
        let listed = "100644 blob aaa\tcontent/aiko/host.toml\x00120000 blob link\tcontent/jonas/host.toml\x00\
            160000 commit bbb\tcontent/module\x00100644 blob ccc\tcontent/../x\0";
        let entries = entries(listed, "content/");
        let names: Vec<_> = entries.keys().map(|path| path.display().to_string()).collect();
        assert_eq!(names, ["aiko/host.toml", "jonas/host.toml"]);
        for (target, expected) in [
            ("../aiko/host.toml", Some("aaa")),
            ("./../aiko/./host.toml", Some("aaa")),
            ("../../aiko/host.toml", None),
            ("/etc/passwd", None),
            ("host.toml", None),
            ("nowhere", None),
        ] {
            let read = |_: &str| Ok(target.as_bytes().to_vec());
            let object = resolve(&entries, Path::new("jonas/host.toml"), &read).ok().flatten();
            assert_eq!(object.as_deref(), expected, "{target}");
        }
    }
}
