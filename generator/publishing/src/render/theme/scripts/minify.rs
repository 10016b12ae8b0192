//! Scripts made small by oxc.

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, LegalComment};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

use crate::render::fault::RenderFault;

/// Makes one small block of scripts. All their names are the block's own, and so may be shortened. Comments that begin
/// with `/*!` stay: they are the licences of what others wrote.
pub(super) fn minify(name: &str, sources: &str) -> Result<String, RenderFault> {
    let block = format!("{{{sources}\n}}");
    let allocator = Allocator::default();
    let mut parsed = Parser::new(&allocator, &block, SourceType::script()).parse();
    if let Some(mistake) = parsed.diagnostics.first() {
        let place = mistake.labels.first().map_or(0, |label| label.offset() as usize);
        let line = block.get(..place).and_then(|before| before.lines().next_back()).unwrap_or_default();
        let cause = format!("bundle `{name}`: {} after `{line}`", mistake.message);
        return Err(RenderFault::new("scripts", &cause));
    }
    let minified = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut parsed.program);
    let comments = CommentOptions { legal: LegalComment::Inline, ..CommentOptions::disabled() };
    let code = Codegen::new()
        .with_options(CodegenOptions { comments, ..CodegenOptions::minify() })
        .with_scoping(minified.scoping)
        .with_private_member_mappings(minified.class_private_mappings)
        .build(&parsed.program)
        .code;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_short_and_keep_what_they_reach_outside() {
        let source = "/** Why. */\nclass Clock { #beginning = 1; tick() { return this.#beginning + WORDS.step; } }\nlet clock = new Clock();\naddEventListener('load', () => alert(clock.tick()));";
        let expected = "{class e{#e=1;tick(){return this.#e+WORDS.step}}let t=new e;addEventListener(`load`,()=>alert(t.tick()))}";
        assert_eq!(minify("page", source).unwrap(), expected);
    }

    #[test]
    fn licences_stay() {
        let source = "/*! MIT, by others. */\nconst code = 1;\nalert(code);";
        let small = minify("desk", source).unwrap();
        assert!(small.contains("/*! MIT, by others. */"), "{small}");
    }
}
