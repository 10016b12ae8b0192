//! Styles and scripts as they are published: one file of styles for each bundle, and one script for each bundle and
//! locale, named by their content; but for those that are asked for by name.

use std::collections::BTreeMap;

use scheduling::definition::LocaleCode;
use scheduling::paths;

use super::Parts;
use super::bundles::{FRAME, SHARED};
use super::squeeze::squeeze_styles;
use crate::content::{Site, asset_path};

/// The custom properties that a site may set in `[theme]`, without the leading `--`. The rest of the styles derive from
/// them.
pub const THEME_TOKENS: &[&str] =
    &["accent", "accent-dark", "paper", "ink", "font", "font-heading", "radius"];

/// A file below /assets/, or a script that is asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    /// Its path on the site.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// The assets of a site.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    /// By bundle.
    styles: BTreeMap<String, Asset>,
    /// By bundle and locale.
    scripts: BTreeMap<String, BTreeMap<LocaleCode, Asset>>,
}

impl Assets {
    /// The theme's assets, with what the site sets over them.
    pub(crate) fn of(theme: &Parts, site: &Site) -> Self {
        let overrides = overrides(site);
        let style = |(bundle, styles): (&String, &String)| {
            let styles = squeeze_styles(&format!("{styles}\n{overrides}"));
            (bundle.clone(), asset(bundle, "css", styles))
        };
        let mut scripts: BTreeMap<String, BTreeMap<LocaleCode, Asset>> = BTreeMap::new();
        for code in &site.definition.locales {
            for (bundle, script) in &theme.locale(code).scripts {
                let asset = match bundle.as_str() {
                    name if SHARED.contains(&name) => named(shared_path(site, code, name), script),
                    FRAME => named(FRAME_PATH.to_owned(), script),
                    _ => asset(&format!("{bundle}-{code}"), "js", script.clone()),
                };
                scripts.entry(bundle.clone()).or_default().insert(code.clone(), asset);
            }
        }
        Self { styles: theme.styles.iter().map(style).collect(), scripts }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Asset> {
        let framed = self.scripts.get(FRAME).and_then(|scripts| scripts.values().next());
        let in_words = self.scripts.iter().filter(|(bundle, _)| *bundle != FRAME);
        self.styles.values().chain(in_words.flat_map(|(_, scripts)| scripts.values())).chain(framed)
    }

    /// The path of a bundle's styles.
    pub(crate) fn style_path(&self, bundle: &str) -> &str {
        self.styles.get(bundle).map_or("", |asset| asset.path.as_str())
    }

    /// The path of a bundle's script in a locale.
    pub(crate) fn script_path(&self, bundle: &str, locale: &str) -> &str {
        let Some(scripts) = self.scripts.get(bundle) else { return "" };
        scripts.get(locale).or_else(|| scripts.values().next()).map_or("", |asset| asset.path.as_str())
    }
}

/// The path of what a page that is framed loads: short, as every page's first script has it. It says no words.
const FRAME_PATH: &str = "/frame.js";

/// The path of a script that pages by others load, in a locale: a stable one, as theirs have it.
pub(crate) fn shared_path(site: &Site, locale: &str, bundle: &str) -> String {
    format!("{}{bundle}.js", paths::page(&site.definition.locales, locale, ""))
}

fn named(path: String, script: &str) -> Asset {
    Asset { path, bytes: script.as_bytes().to_vec() }
}

/// The site's own values for the theme's custom properties. What could end the declaration is left out of them.
fn overrides(site: &Site) -> String {
    let declaration = |(name, value): (&String, &String)| {
        let value: String = value.chars().filter(|letter| !"{};<>\\".contains(*letter)).collect();
        format!("--{name}:{value};")
    };
    let declarations: String = site.theme.iter().map(declaration).collect();
    if declarations.is_empty() { declarations } else { format!(":root{{{declarations}}}") }
}

fn asset(name: &str, extension: &str, text: String) -> Asset {
    let bytes = text.into_bytes();
    Asset { path: asset_path(name, extension, &bytes), bytes }
}
