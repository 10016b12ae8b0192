//! Paths led to the module that defines what they name, through imports and re-exports.

use super::modules::{Module, Modules};

/// The end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Something that this module defines.
    Item(usize),
    /// The module itself.
    Module(usize),
}

impl Target {
    /// The module, or the one that defines the item.
    pub(super) fn module(self) -> usize {
        match self {
            Self::Item(id) | Self::Module(id) => id,
        }
    }
}

/// Re-exports of re-exports: so many, at most.
const DEPTH: usize = 16;

impl Modules {
    /// Where a path leads to that is written in a module. None: to another crate, to a local name, or nowhere.
    pub(super) fn resolve(&self, from: usize, path: &[String], crate_name: &str) -> Option<Target> {
        Resolver { modules: self, crate_name }.path(from, path, DEPTH)
    }

    fn root_of(&self, mut id: usize) -> usize {
        while let Some(parent) = self.all[id].parent {
            id = parent;
        }
        id
    }
}

struct Resolver<'a> {
    modules: &'a Modules,
    crate_name: &'a str,
}

impl Resolver<'_> {
    fn module(&self, id: usize) -> &Module {
        &self.modules.all[id]
    }

    fn path(&self, from: usize, path: &[String], depth: usize) -> Option<Target> {
        let (mut at, mut rest) = (from, path);
        match path.first()?.as_str() {
            "crate" => (at, rest) = (self.modules.root_of(from), &path[1..]),
            // The program beside a library knows it by its name.
            name if name == self.crate_name && !self.module(from).children.contains_key(name) => {
                (at, rest) = (*self.modules.roots.first()?, &path[1..]);
            }
            "self" => rest = &path[1..],
            _ => {
                while rest.first().is_some_and(|part| part == "super") {
                    (at, rest) = (self.module(at).parent?, &rest[1..]);
                }
            }
        }
        self.below(at, rest, depth)
    }

    /// A path that begins with a name of a module.
    fn below(&self, at: usize, path: &[String], depth: usize) -> Option<Target> {
        let Some((name, rest)) = path.split_first() else { return Some(Target::Module(at)) };
        let module = self.module(at);
        let child = module.children.get(name);
        if module.items.contains(name) && (rest.is_empty() || child.is_none()) {
            return Some(Target::Item(at));
        }
        if let Some(child) = child {
            return self.below(*child, rest, depth);
        }
        let depth = depth.checked_sub(1)?;
        let named = module.imports.iter().filter(|import| import.name.as_ref() == Some(name));
        let by_name = named.filter(|import| import.path != path).find_map(|import| {
            let path: Vec<String> = import.path.iter().chain(rest).cloned().collect();
            self.path(at, &path, depth)
        });
        let globs = || module.imports.iter().filter(|import| import.name.is_none());
        let by_star = || globs().find_map(|import| self.through(at, &import.path, path, depth));
        by_name.or_else(by_star).or_else(|| module.has_made_items.then_some(Target::Item(at)))
    }

    /// A name that a `*` brings in.
    fn through(&self, at: usize, glob: &[String], path: &[String], depth: usize) -> Option<Target> {
        match self.path(at, glob, depth)? {
            Target::Module(id) if id != at => self.below(id, path, depth),
            // The variants of an enum.
            Target::Module(_) | Target::Item(_) => None,
        }
    }
}
