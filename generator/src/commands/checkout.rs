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

/// The most files that links lead to: folders that lead to each other could make any number.
const MOST_LINKED: usize = 10_000;

/// The content of a commit, in a folder that nobody else can name or look into, and that goes with this.
pub(super) struct Checkout(TempDir);

/// A file or a link of a commit's tree.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    path: PathBuf,
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
        // Git's own objects, without the filters and conversions that a repository may configure.
        let read = |object: &str| git(&["cat-file", "blob", object]);
        let mut tree = Tree::default();
        for Entry { path, object, is_link } in entries(&String::from_utf8_lossy(&listed), prefix) {
            if is_link {
                let target = String::from_utf8_lossy(&read(&object)?).into_owned();
                tree.links.insert(path.clone(), followed(&path, &target));
            } else {
                tree.files.insert(path, object);
            }
        }
        let store =
            PathBuf::from(String::from_utf8_lossy(&git(&["rev-parse", "--git-common-dir"])?).trim_end());
        let checkout = Self(tempfile::Builder::new().prefix("daymark-diff-").tempdir()?);
        for (path, object) in tree.all()? {
            let mut bytes = read(object)?;
            if let Some(id) = large_file(&bytes) {
                bytes = read_large(&content.join(&store), id, &path)?;
            }
            checkout.write(&path, &bytes)?;
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

/// A commit's files, and its links with where they lead, if that is inside.
#[derive(Default)]
struct Tree {
    files: BTreeMap<PathBuf, String>,
    links: BTreeMap<PathBuf, Option<PathBuf>>,
}

impl Tree {
    /// Every file by each path that it has, also through links, with its object. Links that lead nowhere have none.
    fn all(&self) -> Result<BTreeMap<PathBuf, &str>, Failure> {
        let mut all = BTreeMap::new();
        let mut ahead: Vec<(PathBuf, &Path, usize)> = Vec::new();
        ahead.extend(self.links.keys().map(|path| (path.clone(), path.as_path(), 0)));
        while let Some((shown, path, passed)) = ahead.pop() {
            if let Some(object) = self.files.get(path) {
                all.insert(shown, object.as_str());
            } else if let Some(target) = self.real(path).filter(|_| passed < MOST_LINKS) {
                for (rest, path) in below(&self.files, &target).chain(below(&self.links, &target)) {
                    let is_itself = rest.as_os_str().is_empty();
                    let shown = if is_itself { shown.clone() } else { shown.join(rest) };
                    ahead.push((shown, path, passed + 1));
                }
            }
            if all.len() + ahead.len() > MOST_LINKED {
                return Err(Failure::saying(format!(
                    "links in the content lead to more than {MOST_LINKED} files"
                )));
            }
        }
        all.extend(self.files.iter().map(|(path, object)| (path.clone(), object.as_str())));
        Ok(all)
    }

    /// A path without links in it, where it stays inside.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let mut path = path.to_owned();
        for _ in 0..=MOST_LINKS {
            let links = path.ancestors().filter_map(|part| Some((part, self.links.get(part)?)));
            let Some((link, target)) = links.last() else { return Some(path) };
            let rest = path.strip_prefix(link).ok()?;
            path = target.as_ref()?.join(rest);
        }
        None
    }
}

/// The paths below a folder, or of a file itself, each first without the folder.
fn below<'a, T>(
    paths: &'a BTreeMap<PathBuf, T>,
    folder: &Path,
) -> impl Iterator<Item = (&'a Path, &'a Path)> {
    let rest = move |path: &'a Path| path.strip_prefix(folder).ok();
    paths.range(folder.to_owned()..).map_while(move |(path, _)| Some((rest(path)?, path.as_path())))
}

/// The files and links below a folder, by their paths in it. A tree can hold names that a file system takes for another
/// place; those are left out, as are what is no file and no link.
fn entries(listed: &str, prefix: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let (facts, name) = line.split_once('\t')?;
        let mut facts = facts.split(' ');
        let (mode, _, object) = (facts.next()?, facts.next()?, facts.next()?);
        let is_link = mode == "120000";
        let path = inside(name.strip_prefix(prefix).unwrap_or(name))?;
        (is_link || mode.starts_with("100")).then(|| Entry { path, object: object.to_owned(), is_link })
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

/// The id of a file that is kept in Git LFS, of which git itself has but a pointer.
fn large_file(pointer: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(pointer).ok()?;
    let mut lines = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?.lines();
    let id = lines.find_map(|line| line.strip_prefix("oid sha256:"))?;
    (id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Such a file, from where it is kept beside git's own objects.
fn read_large(store: &Path, id: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let kept = store.join("lfs/objects").join(&id[..2]).join(&id[2..4]).join(id);
    fs::read(kept).map_err(|_| {
        Failure::saying(format!(
            "{} is in Git LFS, and is not here as it was in that commit: `git lfs fetch --all` brings it.",
            path.display()
        ))
    })
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
    fn entries_are_files_and_links_inside() {
        let listed = "100644 blob aaa\tcontent/aiko/host.toml\x00120000 blob link\tcontent/jonas/host.toml\x00\
            160000 commit bbb\tcontent/module\x00100644 blob ccc\tcontent/../x\0";
        let entry = |path: &str, object: &str, is_link| Entry {
            path: path.into(),
            object: object.to_owned(),
            is_link,
        };
        assert_eq!(
            entries(listed, "content/"),
            [entry("aiko/host.toml", "aaa", false), entry("jonas/host.toml", "link", true)]
        );
    }

    #[track_caller]
    fn check(links: &[(&str, &str)], expected: &[&str]) {
        let mut tree = Tree::default();
        for file in ["aiko/host.toml", "aiko/intro.md", "shared/aiko.png", "shared/old/one.png"] {
            tree.files.insert(file.into(), format!("object of {file}"));
        }
        for (link, target) in links {
            tree.links.insert(link.into(), followed(Path::new(link), target));
        }
        let all = tree.all().unwrap();
        let led: Vec<String> = all
            .iter()
            .filter(|(path, _)| !tree.files.contains_key(*path))
            .map(|(path, object)| format!("{}: {object}", path.display()))
            .collect();
        assert_eq!(led, expected, "{links:?}");
    }

    #[test]
    fn links_lead_to_files_and_folders_of_the_content_or_nowhere() {
        for target in ["../aiko/host.toml", "./../aiko/./host.toml"] {
            check(&[("jonas/host.toml", target)], &["jonas/host.toml: object of aiko/host.toml"]);
        }
        for nowhere in ["../../aiko/host.toml", "/etc/passwd", "host.toml", "nowhere", "../../content/aiko"] {
            check(&[("jonas/host.toml", nowhere)], &[]);
        }
        check(
            &[("jonas", "aiko")],
            &["jonas/host.toml: object of aiko/host.toml", "jonas/intro.md: object of aiko/intro.md"],
        );
        let pictures = [
            "aiko/pics/aiko.png: object of shared/aiko.png",
            "aiko/pics/old/one.png: object of shared/old/one.png",
        ];
        check(&[("aiko/pics", "../shared")], &pictures);
        // A link below a link, and one that leads through another.
        check(
            &[("aiko/pics", "../shared"), ("one.png", "aiko/pics/old/one.png")],
            &[pictures[0], pictures[1], "one.png: object of shared/old/one.png"],
        );
        check(&[("a", "b"), ("b", "a")], &[]);
    }

    #[test]
    fn folders_that_lead_to_each_other_come_to_an_end() {
        let mut tree = Tree::default();
        tree.files.insert("a/x.md".into(), "object".to_owned());
        tree.links.insert("a/again".into(), followed(Path::new("a/again"), "."));
        assert_eq!(tree.all().unwrap().len(), 1 + MOST_LINKS);
        for number in 0..10 {
            let link = format!("a/{number}");
            tree.links.insert(link.clone().into(), followed(Path::new(&link), "."));
        }
        assert!(tree.all().is_err());
    }

    #[test]
    fn a_pointer_of_git_lfs_is_told_from_a_picture() {
        let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12345\n");
        assert_eq!(large_file(pointer.as_bytes()), Some(id));
        for other in
            [b"\x89PNG\r\n\x1a\n".as_slice(), pointer.replace(id, "../../../../etc/passwd").as_bytes()]
        {
            assert_eq!(large_file(other), None);
        }
    }
}
