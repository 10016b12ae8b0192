//! A crate's modules: which file each is in, what it defines, what it imports and mentions.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Item, ItemMod};

use super::names::{Import, Mention, Names, is_for_tests};

/// The source files of a crate: their paths below `src`, and their texts.
pub(super) type Sources = BTreeMap<String, String>;

/// One module, at its place in [`Modules::all`].
#[derive(Debug)]
pub(super) struct Module {
    /// Its place among all.
    pub(super) file: String,
    pub(super) parent: Option<usize>,
    pub(super) children: BTreeMap<String, usize>,
    /// Functions, types, traits, constants and macros.
    pub(super) items: BTreeSet<String>,
    /// A macro is called where items are: what it makes cannot be seen here.
    pub(super) has_made_items: bool,
    pub(super) imports: Vec<Import>,
    pub(super) mentions: Vec<Mention>,
}

/// All modules of a crate that are not for tests alone.
#[derive(Debug, Default)]
pub(super) struct Modules {
    pub(super) all: Vec<Module>,
    /// The roots: of the library, and of the program beside it.
    pub(super) roots: Vec<usize>,
    /// Files that tests alone lead to.
    pub(super) for_tests: BTreeSet<String>,
    /// What cannot be read.
    pub(super) problems: Vec<String>,
}

impl Modules {
    /// Reads a crate from its roots.
    pub(super) fn read(sources: &Sources) -> Self {
        let mut modules = Self::default();
        for root in ["lib.rs", "main.rs"] {
            if sources.contains_key(root) {
                let id = modules.add(root, None);
                modules.roots.push(id);
                modules.read_file(sources, id, root, "");
            }
        }
        for file in sources.keys() {
            if !modules.for_tests.contains(file) && modules.all.iter().all(|module| module.file != *file) {
                modules.problems.push(format!("{file}: no `mod` leads to it"));
            }
        }
        modules
    }

    fn add(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.all.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            has_made_items: false,
            imports: Vec::new(),
            mentions: Vec::new(),
        });
        self.all.len() - 1
    }

    /// `folder` is where the files of the module's children are, with a slash at its end.
    fn read_file(&mut self, sources: &Sources, id: usize, file: &str, folder: &str) {
        match syn::parse_file(&sources[file]) {
            Ok(parsed) => self.read_items(sources, id, parsed.items, folder),
            Err(cause) => self.problems.push(format!("{file}:{}: {cause}", cause.span().start().line)),
        }
    }

    fn read_items(&mut self, sources: &Sources, id: usize, items: Vec<Item>, folder: &str) {
        let mut names = Names::default();
        for item in items {
            match item {
                Item::Mod(module) if is_for_tests(&module.attrs) => {
                    self.pass_over(sources, id, &module, folder);
                }
                Item::Mod(module) => self.read_module(sources, id, module, folder),
                Item::Use(item) if is_for_tests(&item.attrs) => {}
                Item::Use(item) => names.import(&item),
                other => {
                    // An attribute stands in the tokens too: what is for tests is passed over there.
                    self.all[id].items.extend(name_of(&other));
                    self.all[id].has_made_items |=
                        matches!(&other, Item::Macro(item) if item.ident.is_none());
                    names.read(other.to_token_stream());
                }
            }
        }
        self.all[id].imports = names.imports;
        self.all[id].mentions = names.mentions;
    }

    fn read_module(&mut self, sources: &Sources, parent: usize, module: ItemMod, folder: &str) {
        let name = module.ident.to_string();
        let below = format!("{folder}{name}/");
        if let Some((_, items)) = module.content {
            let file = self.all[parent].file.clone();
            let id = self.add(&file, Some(parent));
            self.all[parent].children.insert(name, id);
            self.read_items(sources, id, items, &below);
        } else if let Some(file) = file_of(sources, folder, &name) {
            let id = self.add(&file, Some(parent));
            self.all[parent].children.insert(name, id);
            self.read_file(sources, id, &file, &below);
        } else {
            self.problems.push(format!("{}: there is no file for `mod {name}`", self.all[parent].file));
        }
    }

    /// Notes the files of a module for tests: they must be Rust, and may import what they like.
    fn pass_over(&mut self, sources: &Sources, parent: usize, module: &ItemMod, folder: &str) {
        let name = module.ident.to_string();
        // A `#[path]` leads out of `src`.
        if module.content.is_some() || module.attrs.iter().any(|attribute| attribute.path().is_ident("path"))
        {
            return;
        }
        let Some(file) = file_of(sources, folder, &name) else {
            self.problems.push(format!("{}: there is no file for `mod {name}`", self.all[parent].file));
            return;
        };
        let below = format!("{folder}{name}/");
        for file in sources.keys().filter(|other| **other == file || other.starts_with(&below)) {
            if let Err(cause) = syn::parse_file(&sources[file]) {
                self.problems.push(format!("{file}:{}: {cause}", cause.span().start().line));
            }
            self.for_tests.insert(file.clone());
        }
    }
}

fn file_of(sources: &Sources, folder: &str, name: &str) -> Option<String> {
    let files = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
    files.into_iter().find(|file| sources.contains_key(file))
}

/// The name that an item defines.
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
