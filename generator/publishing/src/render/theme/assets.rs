//! Styles and scripts as they are published: one file of styles for each bundle, and one script for each bundle and
//! locale, named by their content.

use std::collections::BTreeMap;

use scheduling::definition::LocaleCode;

use super::Parts;
use super::squeeze::squeeze_styles;
use crate::content::{Site, asset_path};

/// The custom properties that a site may set in `[theme]`, without the leading `--`. The rest of the styles derive from
/// them.
pub const THEME_TOKENS: &[&str] =
    &["accent", "accent-dark", "paper", "ink", "font", "font-heading", "radius"];

/// A file below /assets/.
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
                let asset = asset(&format!("{bundle}-{code}"), "js", script.clone());
                scripts.entry(bundle.clone()).or_default().insert(code.clone(), asset);
            }
        }
        Self { styles: theme.styles.iter().map(style).collect(), scripts }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Asset> {
        self.styles.values().chain(self.scripts.values().flat_map(BTreeMap::values))
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
