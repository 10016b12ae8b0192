//! Styles and scripts as they are published: one file of styles for each bundle, and one script for each bundle and
//! locale, named by their content.

use std::collections::BTreeMap;

use scheduling::definition::LocaleCode;

use super::Parts;
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

/// Leaves out of styles what only readers need: comments that have lines of their own, indentation, and empty lines.
/// Whatever else could be left out is worth little after compression.
fn squeeze(source: &str) -> String {
    let mut squeezed = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        let starts_comment = line.starts_with("/*");
        if starts_comment || in_comment {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() {
            squeezed.push_str(line);
            squeezed.push('\n');
        }
    }
    squeezed
}

/// The same for styles, in which spaces around punctuation and last semicolons mean nothing either, but in quotes. A
/// `+` keeps its spaces: sums need them.
fn squeeze_styles(source: &str) -> String {
    let mut squeezed = String::with_capacity(source.len());
    for line in squeeze(source).lines() {
        let mut quote = None;
        for letter in line.chars() {
            if quote.is_none() {
                if letter == ' ' && squeezed.ends_with(['{', '}', ':', ';', ',', '>', '~']) {
                    continue;
                }
                if matches!(letter, '{' | '}' | '>' | '~' | '!') && squeezed.ends_with(' ') {
                    squeezed.pop();
                }
                if letter == '}' && squeezed.ends_with(';') {
                    squeezed.pop();
                }
            }
            if matches!(letter, '"' | '\'') {
                quote = match quote {
                    None => Some(letter),
                    Some(open) => Some(open).filter(|open| *open != letter),
                };
            }
            squeezed.push(letter);
        }
        if !line.ends_with(['{', '}', ':', ';', ',']) {
            squeezed.push(' ');
        }
    }
    squeezed
}

fn asset(name: &str, extension: &str, text: String) -> Asset {
    let bytes = text.into_bytes();
    Asset { path: asset_path(name, extension, &bytes), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeezing_leaves_out_what_only_readers_need() {
        let source = "/* A comment\n * of two lines. */\na {\n\n    b: c; /* kept */\n}\n/* one */\n";
        assert_eq!(squeeze(source), "a {\nb: c; /* kept */\n}\n");
    }

    #[test]
    fn styles_are_squeezed_but_in_quotes() {
        let source = "/* Why. */\n.a > :is(.b, .c):hover {\n    color: light-dark(#fff, #111);\n    grid:\n        1 / 2;\n}\n.d::after { content: \" > · ; \"; left: calc(1px + 2px) !important; }\n";
        assert_eq!(
            squeeze_styles(source),
            ".a>:is(.b,.c):hover{color:light-dark(#fff,#111);grid:1 / 2}.d::after{content:\" > · ; \";left:calc(1px + 2px)!important}"
        );
    }
}
