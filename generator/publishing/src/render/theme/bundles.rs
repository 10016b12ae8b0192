//! `bundles.toml`: what pages load together.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::scripts::bundle::{Bundle, Modules};
use super::scripts::module::Module;
use super::squeeze::squeeze_styles;
use crate::render::fault::RenderFault;

/// The file, in the theme's folder.
pub(crate) const FILE: &str = "bundles.toml";

/// The bundle of all pages that visitors see.
pub(crate) const PAGE: &str = "page";
/// The bundle of a meeting page, which loads no others.
pub(crate) const MEETING: &str = "meeting";
/// The script of a meeting page's second step, which is loaded when it is needed.
pub(crate) const DETAILS: &str = "details";
/// The script of a page by invitation only.
pub(crate) const INVITED: &str = "invited";
/// The bundle of the host's own pages.
pub(crate) const DESK: &str = "desk";

/// The script that other sites load, to show pages of this one in a frame.
pub(crate) const EMBED: &str = "embed";
/// The script that other forms of this site's origin load, so that meeting pages know who has filled them in.
pub(crate) const KNOWN: &str = "known";
/// The scripts that pages by others load: each by its name, in each locale.
pub(crate) const SHARED: [&str; 2] = [EMBED, KNOWN];
/// The script of a page that is shown in a frame.
pub(crate) const FRAME: &str = "frame";

/// A bundle as the file names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default)]
    styles: Vec<String>,
    script: Option<String>,
    /// What the keys of the script's messages begin with, but those that begin with a `/`.
    #[serde(default)]
    words: String,
}

/// A theme's bundles, by their names.
pub(crate) struct Bundles {
    /// The styles of each, as they were written, but of those whose script brings them along.
    pub(crate) styles: BTreeMap<String, String>,
    /// The scripts of those that have one.
    pub(crate) scripts: BTreeMap<String, Bundle>,
}

impl Bundles {
    /// The bundles that the file's text names, of styles and scripts by their paths in their folders.
    pub(crate) fn of(
        text: &str,
        styles: &[(String, String)],
        scripts: &[(String, String)],
    ) -> Result<Self, RenderFault> {
        let named: BTreeMap<String, Named> =
            toml::from_str(text).map_err(|fault| RenderFault::new(FILE, &fault))?;
        let needed = [PAGE, MEETING, DETAILS, INVITED, DESK, EMBED, KNOWN, FRAME];
        if let Some(missing) = needed.iter().find(|name| !named.contains_key(**name)) {
            return Err(RenderFault::new(FILE, &format!("there is no bundle `{missing}`")));
        }
        let mut modules = Modules::new();
        for (name, source) in scripts {
            modules.insert(name.clone(), Module::parse(name, source)?);
        }
        let mut bundles = Self { styles: BTreeMap::new(), scripts: BTreeMap::new() };
        for (name, bundle) in named {
            let mut joined = joined(&bundle.styles, styles)?;
            if let Some(entry) = &bundle.script {
                let mut script = Bundle::of(&name, entry, &bundle.words, &modules)?;
                if script.brings_styles() {
                    script = script.with_styles(squeeze_styles(&std::mem::take(&mut joined)));
                }
                bundles.scripts.insert(name.clone(), script);
            }
            if !joined.is_empty() {
                bundles.styles.insert(name, joined);
            }
        }
        Ok(bundles)
    }
}

fn joined(names: &[String], styles: &[(String, String)]) -> Result<String, RenderFault> {
    let text_of = |name: &String| {
        let found = styles.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str());
        found.ok_or_else(|| RenderFault::new(FILE, &format!("there is no style `{name}`")))
    };
    Ok(names.iter().map(text_of).collect::<Result<Vec<_>, _>>()?.join("\n"))
}
