//! The script as browsers get it: the theme's scripts with a locale's words in them, minified by oxc.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;
use scheduling::locale::PluralForm;
use serde_json::{Value, json};

use super::words::Words;
use crate::render::fault::RenderFault;

/// A locale's script: scripts of the theme, with that locale's words in them, as one small block. They say messages by the rest
/// of their key, behind `prefix`.
pub(crate) fn of_locale(sources: &str, words: &Words, prefix: &str) -> Result<String, RenderFault> {
    let dates = &words.flat.dates;
    // Constants of their own: where they are empty, the minifier leaves out all that is done with them.
    let digits: Vec<char> = dates.digits.chars().collect();
    let digits = if digits.is_empty() { json!("") } else { json!(digits) };
    let (day_first, counts) = (json!(dates.day_first), PluralForm::all_of(&words.flat.code).count() > 1);
    let constants = format!(
        "const WORDS = {}, DIGITS = {digits}, DAY_FIRST = {day_first}, COUNTS = {counts};\n",
        date_words(words)
    );
    minify(&(constants + &with_words(sources, words, prefix)?))
}

/// Makes one small block of scripts. All their names are the block's own, and so may be shortened. Their lines lose their
/// indentation before: in HTML that a script writes, it would stay.
fn minify(sources: &str) -> Result<String, RenderFault> {
    let lines: Vec<&str> = sources.lines().map(str::trim).collect();
    let block = format!("{{{}\n}}", lines.join("\n"));
    let allocator = Allocator::default();
    let mut parsed = Parser::new(&allocator, &block, SourceType::script()).parse();
    if let Some(mistake) = parsed.diagnostics.first() {
        let place = mistake.labels.first().map_or(0, |label| label.offset() as usize);
        let line = block.get(..place).and_then(|before| before.lines().next_back()).unwrap_or_default();
        return Err(RenderFault::new("scripts", &format!("{} after `{line}`", mistake.message)));
    }
    let minified = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut parsed.program);
    let code = Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(minified.scoping)
        .with_private_member_mappings(minified.class_private_mappings)
        .build(&parsed.program)
        .code;
    Ok(code)
}

/// Scripts with a locale's words in the place of their keys: no key travels, and no table to look it up in. `say('key', …)`
/// gets the message, `sayCount('key', …)` its forms by name; `say('key')` is the message itself.
fn with_words(sources: &str, words: &Words, prefix: &str) -> Result<String, RenderFault> {
    let message = |key: &str| words.flat.messages.get(&format!("{prefix}{key}"));
    let mut text = String::with_capacity(sources.len());
    let mut rest = sources;
    while let Some(place) = rest.find("say") {
        let (before, call) = rest.split_at(place);
        text.push_str(before);
        let counted = call.starts_with("sayCount('");
        let name = if counted { "sayCount" } else { "say" };
        let after_name = &call[name.len()..];
        let Some((key, after_key)) =
            after_name.strip_prefix("('").and_then(|argument| argument.split_once('\''))
        else {
            text.push_str(name);
            rest = after_name;
            continue;
        };
        let said = if counted {
            let forms = PluralForm::ALL.map(PluralForm::name);
            let said = |form| Some((form, message(&format!("{key}.{form}"))?));
            let forms: BTreeMap<&str, &String> = forms.into_iter().filter_map(said).collect();
            forms.contains_key("other").then(|| json!(forms))
        } else {
            message(key).map(|message| json!(message))
        };
        let said = said.ok_or_else(|| {
            RenderFault::new("scripts", &format!("a locale has no words for `{prefix}{key}`"))
        })?;
        if let Some(after_call) = after_key.strip_prefix(')').filter(|_| !counted) {
            text.push_str(&said.to_string());
            rest = after_call;
        } else {
            let _ = write!(text, "{name}({said}");
            rest = after_key;
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// What scripts write dates with: the patterns that they use, and the names that these need.
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

    #[test]
    fn scripts_get_short_and_keep_what_they_reach_outside() {
        let source = "/** Why. */\nclass Clock { #beginning = 1; tick() { return this.#beginning + WORDS.step; } }\nlet clock = new Clock();\naddEventListener('load', () => alert(clock.tick()));";
        let expected = "{class e{#e=1;tick(){return this.#e+WORDS.step}}let t=new e;addEventListener(`load`,()=>alert(t.tick()))}";
        assert_eq!(minify(source).unwrap(), expected);
    }

    fn words(messages: &str) -> Words {
        let mut words =
            Words::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../site/locales/en"))).unwrap();
        words.flat.messages = serde_json::from_str(messages).unwrap();
        words
    }

    #[test]
    fn words_stand_where_scripts_say_them() {
        let words = words(
            r#"{ "page.script.more": "Read \"more\"", "page.script.at": "at {time}", "page.script.times.one": "1 time", "page.script.times.other": "{count} times" }"#,
        );
        let source =
            "this.#say(say('more')); const saying = say('at', { time }) + sayCount('times', 2) + say(given);";
        let expected = r#"this.#say("Read \"more\""); const saying = say("at {time}", { time }) + sayCount({"one":"1 time","other":"{count} times"}, 2) + say(given);"#;
        assert_eq!(with_words(source, &words, "page.script.").unwrap(), expected);
    }

    #[test]
    fn a_count_has_the_forms_of_its_locale() {
        let words = words(r#"{ "page.script.times.other": "{count}件" }"#);
        assert_eq!(
            with_words("sayCount('times', 1)", &words, "page.script.").unwrap(),
            r#"sayCount({"other":"{count}件"}, 1)"#
        );
    }

    #[test]
    fn a_message_that_a_locale_lacks_is_named() {
        let fault = with_words("say('more')", &words("{}"), "page.script.").unwrap_err().to_string();
        assert_eq!(fault, "scripts: a locale has no words for `page.script.more`");
    }

    #[test]
    fn a_mistake_in_a_script_is_the_themes() {
        let fault = minify("const one = ;").unwrap_err().to_string();
        assert_eq!(fault, "scripts: Unexpected token after `{const one = `");
    }
}
