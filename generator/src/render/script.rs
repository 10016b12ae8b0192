//! The script as browsers get it: the theme's scripts, minified by oxc, after the words that they say.

use std::collections::BTreeMap;

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;
use serde_json::{Value, json};

use super::RenderFault;
use super::words::Words;

/// The messages that scripts say, by the rest of their key.
const SCRIPT_WORDS: &str = "page.script.";

/// Makes one small block of the theme's scripts. All their names are the block's own, and so may be shortened.
pub(super) fn minify(sources: &str) -> Result<String, RenderFault> {
    let block = format!("{{{sources}\n}}");
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

/// A locale's script: the minified block, with that locale's words as `WORDS` at its beginning.
pub(super) fn with_words(minified: &str, words: &Words) -> String {
    let messages: BTreeMap<String, String> = words
        .below(SCRIPT_WORDS)
        .into_iter()
        .map(|(key, message)| (key[SCRIPT_WORDS.len()..].to_owned(), message))
        .collect();
    let words = json!({ "dates": date_words(words), "messages": messages });
    let statements = minified.trim_start().strip_prefix('{').unwrap_or(minified);
    format!("{{const WORDS={words};{statements}")
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
    use super::*;

    #[test]
    fn scripts_get_short_and_keep_what_they_reach_outside() {
        let source = "/** Why. */\nclass Clock { #beginning = 1; tick() { return this.#beginning + WORDS.step; } }\nlet clock = new Clock();\naddEventListener('load', () => alert(clock.tick()));";
        let expected = "{class e{#e=1;tick(){return this.#e+WORDS.step}}let t=new e;addEventListener(`load`,()=>alert(t.tick()))}";
        assert_eq!(minify(source).unwrap(), expected);
    }

    #[test]
    fn a_mistake_in_a_script_is_the_themes() {
        let fault = minify("const one = ;").unwrap_err().to_string();
        assert_eq!(fault, "scripts: Unexpected token after `{const one = `");
    }
}
