//! A bundle: the modules that one begins with and needs, each after what it imports, and their code in a locale's
//! words.
//!
//! The modules of a bundle share one scope, so that a minifier can shorten every name. What keeps them apart is checked
//! here: no two have a name in common, none uses a name of another that it does not import, and none imports itself by
//! way of others.

use std::collections::BTreeMap;

use scheduling::locale::PluralForm;
use serde_json::{Value, json};

use super::minify::minify;
use super::module::{Module, Piece, fault};
use crate::render::fault::RenderFault;
use crate::render::theme::words::Words;

/// The constant with the bundle's styles.
const STYLES: &str = "STYLES";

/// A theme's modules, by their paths.
pub(crate) type Modules = BTreeMap<String, Module>;

/// The modules of a bundle, in the order in which they run.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    name: String,
    /// What the keys of its messages begin with.
    words: String,
    pieces: Vec<Piece>,
    /// The bundle's styles, where its script brings them along.
    styles: String,
}

impl Bundle {
    /// The bundle that begins with a module.
    pub(crate) fn of(name: &str, entry: &str, words: &str, modules: &Modules) -> Result<Self, RenderFault> {
        let mut order = Order { modules, done: Vec::new(), under_way: Vec::new() };
        order.add(entry, "bundles.toml")?;
        check_names(&order.done)?;
        let pieces = order.done.iter().flat_map(|module| module.pieces.iter().cloned());
        let (name, words) = (name.to_owned(), words.to_owned());
        Ok(Self { name, words, pieces: pieces.collect(), styles: String::new() })
    }

    /// Whether the script brings the bundle's styles along, so that they need no file of their own.
    pub(crate) fn brings_styles(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Constant(name) if name == STYLES))
    }

    /// The same bundle, whose script brings these styles along.
    pub(crate) fn with_styles(self, styles: String) -> Self {
        Self { styles, ..self }
    }

    /// What browsers get: no key of a message travels, and no table to look it up in.
    pub(crate) fn in_words(&self, words: &Words) -> Result<String, RenderFault> {
        minify(&self.name, &self.with_words(words)?)
    }

    fn with_words(&self, words: &Words) -> Result<String, RenderFault> {
        let message = |key: &str| words.flat.messages.get(&self.whole(key));
        let missing = |key: &str| {
            let cause = format!("a locale has no words for `{}`", self.whole(key));
            RenderFault::new("scripts", &cause)
        };
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Code(code) => text.push_str(code),
                Piece::Message(key) => {
                    text.push_str(&json!(message(key).ok_or_else(|| missing(key))?).to_string());
                }
                Piece::Forms(key) => {
                    text.push_str(&self.forms(key, words).ok_or_else(|| missing(key))?.to_string());
                }
                Piece::Constant(name) if name == STYLES => text.push_str(&json!(self.styles).to_string()),
                Piece::Constant(name) => text.push_str(&constant(name, words)?.to_string()),
            }
        }
        Ok(text)
    }

    /// The whole key of a message: `more` in the bundle's words is `page.script.more`, and `/page.list.no_times` is
    /// `page.list.no_times`, whatever the bundle.
    fn whole(&self, key: &str) -> String {
        key.strip_prefix('/').map_or_else(|| format!("{}{key}", self.words), str::to_owned)
    }

    /// The forms of a message for counts, by name; a text as any other where the locale has one form only.
    fn forms(&self, key: &str, words: &Words) -> Option<Value> {
        let message = |form: &str| words.flat.messages.get(&format!("{}.{form}", self.whole(key)));
        let forms = PluralForm::ALL.map(PluralForm::name).into_iter();
        let forms: BTreeMap<&str, &String> = forms.filter_map(|form| Some((form, message(form)?))).collect();
        let other = forms.get("other")?;
        Some(if has_forms(words) { json!(forms) } else { json!(other) })
    }

    /// The keys of all messages that it says, each with whether it depends on a count.
    #[cfg(test)]
    pub(crate) fn keys_said(&self) -> Vec<(String, bool)> {
        let said = |piece: &Piece| match piece {
            Piece::Message(key) => Some((self.whole(key), false)),
            Piece::Forms(key) => Some((self.whole(key), true)),
            Piece::Code(_) | Piece::Constant(_) => None,
        };
        self.pieces.iter().filter_map(said).collect()
    }
}

/// Whether the locale has forms to choose from.
fn has_forms(words: &Words) -> bool {
    PluralForm::all_of(&words.flat.code).count() > 1
}

/// Modules as they are put into their order.
struct Order<'m> {
    modules: &'m Modules,
    done: Vec<&'m Module>,
    /// The way from the bundle's first module to the one that is looked at.
    under_way: Vec<&'m str>,
}

impl Order<'_> {
    fn add(&mut self, name: &str, wanted_by: &str) -> Result<(), RenderFault> {
        let Some(module) = self.modules.get(name) else {
            return Err(RenderFault::new(wanted_by, &format!("there is no module `{name}`")));
        };
        if self.done.iter().any(|done| done.name == module.name) {
            return Ok(());
        }
        if let Some(at) = self.under_way.iter().position(|other| *other == module.name) {
            let way = [&self.under_way[at..], &[module.name.as_str()]].concat().join(" → ");
            return Err(fault(&module.name, &format!("it imports itself: {way}")));
        }
        self.under_way.push(&module.name);
        for from in &module.order {
            self.add(from, &format!("scripts/{}", module.name))?;
        }
        self.under_way.pop();
        self.check_imports(module)?;
        self.done.push(module);
        Ok(())
    }

    fn check_imports(&self, module: &Module) -> Result<(), RenderFault> {
        for (from, names) in &module.imports {
            let exports = &self.modules[from].exports;
            if let Some(name) = names.iter().find(|name| !exports.contains(*name)) {
                return Err(fault(&module.name, &format!("`{from}` exports no `{name}`")));
            }
        }
        Ok(())
    }
}

fn check_names(modules: &[&Module]) -> Result<(), RenderFault> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for module in modules {
        for name in &module.declared {
            if let Some(other) = owners.insert(name, &module.name) {
                return Err(fault(
                    &module.name,
                    &format!("`{name}` is a name in `{other}` too: rename one of them"),
                ));
            }
        }
    }
    for module in modules {
        if let Some((name, owner)) = module.free.iter().find_map(|name| owners.get_key_value(name.as_str())) {
            return Err(fault(&module.name, &format!("`{name}` is used, and not imported from `{owner}`")));
        }
    }
    Ok(())
}

/// A constant of the locale. Where one is empty, the minifier leaves out all that is done with it.
fn constant(name: &str, words: &Words) -> Result<Value, RenderFault> {
    let dates = &words.flat.dates;
    Ok(match name {
        "WORDS" => date_words(words),
        "DIGITS" if dates.digits.is_empty() => json!(""),
        "DIGITS" => json!(dates.digits.chars().collect::<Vec<_>>()),
        "DAY_FIRST" => json!(dates.day_first),
        "CITIES" => json!(words.cities()),
        "COUNTS" => json!(has_forms(words)),
        "MONEY" => json!(words.flat.money),
        _ => return Err(fault("locale.js", &format!("no locale has a `{name}`"))),
    })
}

/// The data with which scripts write dates: the patterns that they use, and the names that these need.
fn date_words(words: &Words) -> Value {
    let dates = &words.flat.dates;
    let patterns = [&dates.date_full, &dates.date, &dates.month, &dates.time];
    let needed = |placeholder: &str| patterns.iter().any(|pattern| pattern.contains(placeholder));
    let names =
        |names: &[String], placeholder: &str| if needed(placeholder) { names.to_vec() } else { Vec::new() };
    json!({
        "weekdays": dates.weekdays,
        "weekdays_short": dates.weekdays_short,
        "months": names(&dates.months, "{month}"),
        "months_short": names(&dates.months_short, "{month_short}"),
        "day_periods": names(&dates.day_periods, "{day_period}"),
        "week_start": dates.week_start,
        "date_full": dates.date_full,
        "date": dates.date,
        "month": dates.month,
        "time": dates.time,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn modules(sources: &[(&str, &str)]) -> Modules {
        let module =
            |(name, source): &(&str, &str)| ((*name).to_owned(), Module::parse(name, source).unwrap());
        sources.iter().map(module).collect()
    }

    fn bundle(sources: &[(&str, &str)]) -> Result<Bundle, RenderFault> {
        Bundle::of("page", sources[0].0, "page.script.", &modules(sources))
    }

    fn words(messages: &str) -> Words {
        let locale = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../site/locales/en"));
        let mut words = Words::load(locale).unwrap();
        words.flat.messages = serde_json::from_str(messages).unwrap();
        words
    }

    #[track_caller]
    fn check(sources: &[(&str, &str)], messages: &str, expected: &str) {
        let text = bundle(sources).unwrap().with_words(&words(messages)).unwrap();
        assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[track_caller]
    fn check_fault(sources: &[(&str, &str)], expected: &str) {
        assert_eq!(bundle(sources).unwrap_err().to_string(), expected);
    }

    const WORDS: (&str, &str) = ("words.js", "export const say = 1; export const sayCount = 2;");

    #[test]
    fn each_module_comes_once_and_after_what_it_imports() {
        let sources = [
            ("a.js", "import { b } from './b.js';\nimport { c } from './c.js';\nb + c;"),
            ("b.js", "import { c } from './c.js';\nexport const b = c;"),
            ("c.js", "export const c = 1;"),
            ("d.js", "export const d = 1;"),
        ];
        check(&sources, "{}", "const c = 1; const b = c; b + c;");
    }

    #[test]
    fn words_stand_where_modules_say_them() {
        let sources = [
            (
                "a.js",
                "import { say, sayCount } from './words.js';\nsay('more'); say('at', { time }); sayCount('times', 2);",
            ),
            WORDS,
        ];
        check(
            &sources,
            r#"{ "page.script.more": "Read \"more\"", "page.script.at": "at {time}", "page.script.times.one": "1 time", "page.script.times.other": "{count} times" }"#,
            r#"const say = 1; const sayCount = 2; "Read \"more\""; say("at {time}", { time }); sayCount({"one":"1 time","other":"{count} times"}, 2);"#,
        );
    }

    #[test]
    fn words_of_pages_and_of_the_endpoint_are_said_by_their_whole_keys() {
        let sources =
            [("a.js", "import { say } from './words.js';\nsay('/endpoint.field.name_missing');"), WORDS];
        check(
            &sources,
            r#"{ "endpoint.field.name_missing": "Enter your name." }"#,
            r#"const say = 1; const sayCount = 2; "Enter your name.";"#,
        );
        let fault = bundle(&sources).unwrap().in_words(&words("{}")).unwrap_err().to_string();
        assert_eq!(fault, "scripts: a locale has no words for `endpoint.field.name_missing`");
    }

    #[test]
    fn a_count_is_a_text_where_the_locale_has_one_form() {
        let sources = [("a.js", "import { sayCount } from './words.js';\nsayCount('times', 1);"), WORDS];
        let mut words = words(r#"{ "page.script.times.other": "{count}件" }"#);
        words.flat.code = "ja".to_owned();
        let text = bundle(&sources).unwrap().with_words(&words).unwrap();
        assert!(text.ends_with("sayCount(\"{count}件\", 1);"), "{text}");
    }

    #[test]
    fn a_message_that_a_locale_lacks_is_named() {
        let sources = [("a.js", "import { say } from './words.js';\nsay('more');"), WORDS];
        let fault = bundle(&sources).unwrap().in_words(&words("{}")).unwrap_err().to_string();
        assert_eq!(fault, "scripts: a locale has no words for `page.script.more`");
    }

    #[test]
    fn the_locale_has_its_own_constants() {
        let sources = [
            ("a.js", "import { COUNTS } from './locale.js';\nf(COUNTS);"),
            ("locale.js", "export const COUNTS = false;"),
        ];
        check(&sources, "{}", "const COUNTS = true; f(COUNTS);");
        let fault =
            bundle(&[("locale.js", "export const ROOM = 1;")]).unwrap().in_words(&words("{}")).unwrap_err();
        assert_eq!(fault.to_string(), "scripts/locale.js: no locale has a `ROOM`");
    }

    #[test]
    fn a_script_brings_its_bundles_styles_along() {
        let sources = [
            ("a.js", "import { STYLES } from './styles.js';\nf(STYLES);"),
            ("styles.js", "export const STYLES = '';"),
        ];
        let bundle = bundle(&sources).unwrap();
        assert!(bundle.brings_styles());
        let text = bundle.with_styles("a{b:\"c\"}".to_owned()).with_words(&words("{}")).unwrap();
        assert!(text.starts_with("const STYLES = \"a{b:\\\"c\\\"}\";"), "{text}");
    }

    #[test]
    fn what_modules_get_wrong_between_them_is_said() {
        check_fault(
            &[("a.js", "import { b } from './b.js';"), ("b.js", "export const a = 1;")],
            "scripts/a.js: `b.js` exports no `b`",
        );
        check_fault(&[("a.js", "import { b } from './b.js';")], "scripts/a.js: there is no module `b.js`");
        check_fault(
            &[
                ("a.js", "import { b } from './b.js';\nconst c = b;"),
                ("b.js", "export const b = 1;\nconst c = 2;"),
            ],
            "scripts/a.js: `c` is a name in `b.js` too: rename one of them",
        );
        check_fault(
            &[
                ("a.js", "import { b } from './b.js';\nb + c;"),
                ("b.js", "export const b = 1;\nexport const c = 2;"),
            ],
            "scripts/a.js: `c` is used, and not imported from `b.js`",
        );
        check_fault(
            &[
                ("a.js", "import { b } from './b.js';\nexport const a = b;"),
                ("b.js", "import { a } from './a.js';\nexport const b = a;"),
            ],
            "scripts/a.js: it imports itself: a.js → b.js → a.js",
        );
    }
}
