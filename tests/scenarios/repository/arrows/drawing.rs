//! Arrows from file to file, drawn from what modules import and mention.

use std::collections::BTreeSet;

use super::modules::{Module, Modules};
use super::names::Import;
use super::resolve::Target;

/// One file that uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) line: usize,
    pub(super) path: String,
    /// The other file's code is needed here: it is neither only named, nor only handed on to others.
    pub(super) needs: bool,
}

/// The arrows of a crate.
#[derive(Debug)]
pub(super) struct Drawing<'a> {
    modules: &'a Modules,
    crate_name: &'a str,
    pub(super) arrows: BTreeSet<Arrow>,
    /// Paths of this crate that lead to nothing that is defined in it.
    pub(super) strays: Vec<String>,
}

impl<'a> Drawing<'a> {
    pub(super) fn of(crate_name: &'a str, modules: &'a Modules) -> Self {
        let mut drawing = Self { modules, crate_name, arrows: BTreeSet::new(), strays: Vec::new() };
        for (id, module) in modules.all.iter().enumerate() {
            for import in &module.imports {
                drawing.add(id, &import.path, import.line, !import.public || is_mentioned(module, import));
            }
            for mention in &module.mentions {
                // One word alone counts where it came by `*`: what was imported by its name counted above.
                if mention.path.len() > 1 || !is_known(module, &mention.path[0]) {
                    drawing.add(id, &mention.path, mention.line, true);
                }
            }
        }
        drawing
    }

    fn add(&mut self, id: usize, path: &[String], line: usize, needs: bool) {
        let from = &self.modules.all[id].file;
        let Some(target) = self.modules.resolve(id, path, self.crate_name) else {
            if path.len() > 1 && matches!(path[0].as_str(), "crate" | "self" | "super") {
                self.strays.push(format!("{from}:{line}: `{}` leads nowhere", path.join("::")));
            }
            return;
        };
        let to = &self.modules.all[target.module()].file;
        if to != from {
            let (from, to, path) = (from.clone(), to.clone(), path.join("::"));
            let needs = needs && matches!(target, Target::Item(_));
            self.arrows.insert(Arrow { from, to, line, path, needs });
        }
    }
}

fn is_mentioned(module: &Module, import: &Import) -> bool {
    module.mentions.iter().any(|mention| Some(&mention.path[0]) == import.name.as_ref())
}

fn is_known(module: &Module, name: &String) -> bool {
    module.children.contains_key(name)
        || module.imports.iter().any(|import| import.name.as_ref() == Some(name))
}
