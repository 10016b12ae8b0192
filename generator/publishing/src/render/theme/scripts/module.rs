//! One module of the theme's scripts: what it imports and exports, the names that it uses, and its code, in which
//! messages have yet to be put.

use std::collections::{BTreeMap, BTreeSet};

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, Declaration, Expression, ImportDeclaration,
    ImportDeclarationSpecifier, ModuleDeclaration, Program, TaggedTemplateExpression, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::{GetSpan, SourceType, Span};

use super::html::without_line_breaks;
use crate::render::fault::RenderFault;

/// The modules whose constants the build puts in: the locale's own, and the styles that come with a script.
const OF_BUILD: [&str; 2] = ["locale.js", "styles.js"];
/// The module that says messages.
const OF_WORDS: &str = "words.js";

/// A module.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// Its path in the folder of scripts: `desk/card.js`.
    pub(super) name: String,
    /// The names that it imports, by the module that they come from.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    /// The modules that it imports, in their order.
    pub(super) order: Vec<String>,
    pub(super) exports: BTreeSet<String>,
    /// The names of its own, exported or not.
    pub(super) declared: BTreeSet<String>,
    /// The names that it uses and neither has nor imports.
    pub(super) free: BTreeSet<String>,
    pub(super) pieces: Vec<Piece>,
}

/// A stretch of a module's code, without `import` and `export`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Code(String),
    /// A message, by the rest of its key.
    Message(String),
    /// The forms of a message for counts, by the rest of its key.
    Forms(String),
    /// A constant that the build puts in, by its name.
    Constant(String),
}

impl Module {
    /// Parses a module.
    pub(crate) fn parse(name: &str, source: &str) -> Result<Self, RenderFault> {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
        if let Some(mistake) = parsed.diagnostics.first() {
            let place = mistake.labels.first().map_or(0, |label| label.offset() as usize);
            let before = source.get(..place).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            return Err(fault(name, &format!("line {line}: {}", mistake.message)));
        }
        let scoping = SemanticBuilder::new().build(&parsed.program).semantic.into_scoping();
        let mut module = Self {
            name: name.to_owned(),
            imports: BTreeMap::new(),
            order: Vec::new(),
            exports: BTreeSet::new(),
            declared: BTreeSet::new(),
            free: scoping.root_unresolved_references().keys().map(ToString::to_string).collect(),
            pieces: Vec::new(),
        };
        let mut edits = module.read_declarations(&parsed.program)?;
        let imported = module.imports.values().flatten().cloned().collect::<BTreeSet<_>>();
        let own = scoping.get_bindings(scoping.root_scope_id()).keys().map(ToString::to_string);
        module.declared = own.filter(|name| !imported.contains(name)).collect();
        let says = module.imports.get(OF_WORDS).cloned().unwrap_or_default();
        let mut finder =
            Finder { source, scoping: &scoping, says, of_build: OF_BUILD.contains(&name), edits: Vec::new() };
        finder.visit_program(&parsed.program);
        edits.append(&mut finder.edits);
        module.pieces = pieces(source, edits);
        Ok(module)
    }

    /// Reads what is imported and exported. Returns what of that must not stand in a bundle.
    fn read_declarations(&mut self, program: &Program<'_>) -> Result<Vec<Edit>, RenderFault> {
        let mut edits = Vec::new();
        for statement in &program.body {
            match statement.as_module_declaration() {
                Some(ModuleDeclaration::ImportDeclaration(import)) => {
                    self.read_import(import)?;
                    edits.push(Edit::without(import.span));
                }
                Some(ModuleDeclaration::ExportDeclaration(export)) => {
                    self.exports.extend(names_of(&export.declaration));
                    edits.push(Edit::without(Span::new(export.span.start, export.declaration.span().start)));
                }
                Some(_) => {
                    let unknown = "a module exports only what it declares: `export const`, `export class`";
                    return Err(fault(&self.name, unknown));
                }
                None => {}
            }
        }
        Ok(edits)
    }

    fn read_import(&mut self, import: &ImportDeclaration<'_>) -> Result<(), RenderFault> {
        let from = resolve(&self.name, &import.source.value).ok_or_else(|| {
            let what = format!("`{}` is not a module of the theme: `./name.js` is", import.source.value);
            fault(&self.name, &what)
        })?;
        let names = self.imports.entry(from.clone()).or_default();
        for specifier in import.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(specifier)
                    if specifier.imported.name() == specifier.local.name.as_str() =>
                {
                    names.push(specifier.local.name.to_string());
                }
                _ => {
                    return Err(fault(
                        &self.name,
                        "a module imports names as they are: `import { name } from`",
                    ));
                }
            }
        }
        self.order.push(from);
        Ok(())
    }
}

/// The path of a module that another one names: `./pieces.js`, seen from `desk/card.js`.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    let mut parts = path.split('/').peekable();
    if !matches!(parts.peek(), Some(&("." | ".."))) {
        return None;
    }
    for part in parts {
        match part {
            "." => {}
            ".." => _ = folders.pop()?,
            part => folders.push(part),
        }
    }
    Some(folders.join("/"))
}

fn names_of(declaration: &Declaration<'_>) -> Vec<String> {
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            let names = variables.declarations.iter().flat_map(|one| one.id.get_binding_identifiers());
            names.map(|identifier| identifier.name.to_string()).collect()
        }
        other => other.id().map(|identifier| identifier.name.to_string()).into_iter().collect(),
    }
}

pub(super) fn fault(name: &str, cause: &str) -> RenderFault {
    RenderFault::new(format!("scripts/{name}"), cause)
}

/// What stands in a bundle in the place of a stretch of a module.
struct Edit {
    span: Span,
    piece: Piece,
}

impl Edit {
    fn without(span: Span) -> Self {
        Self { span, piece: Piece::Code(String::new()) }
    }
}

fn pieces(source: &str, mut edits: Vec<Edit>) -> Vec<Piece> {
    edits.sort_by_key(|edit| edit.span.start);
    let mut pieces = Vec::with_capacity(2 * edits.len() + 1);
    let mut at = 0;
    for Edit { span, piece } in edits {
        pieces.push(Piece::Code(source[at..span.start as usize].to_owned()));
        pieces.push(piece);
        at = span.end as usize;
    }
    pieces.push(Piece::Code(source[at..].to_owned()));
    pieces
}

/// Finds the messages that a module says, the HTML that it writes, and the locale's constants.
struct Finder<'s> {
    source: &'s str,
    scoping: &'s Scoping,
    /// What is imported of those who say messages.
    says: Vec<String>,
    of_build: bool,
    edits: Vec<Edit>,
}

impl Finder<'_> {
    /// The name of an imported function, where that is what is called.
    fn said<'c>(&self, call: &'c CallExpression<'_>) -> Option<&'c str> {
        let Expression::Identifier(callee) = &call.callee else { return None };
        let symbol = self.scoping.get_reference(callee.reference_id.get()?).symbol_id()?;
        let is_import = self.scoping.symbol_flags(symbol).is_import();
        let name = callee.name.as_str();
        (is_import && self.says.iter().any(|imported| imported == name)).then_some(name)
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let said = self.said(call).and_then(|name| match (name, call.arguments.first()?) {
            ("say", Argument::StringLiteral(key)) => {
                // `say('key')` is the message itself.
                let span = if call.arguments.len() == 1 { call.span } else { key.span };
                Some((span, Piece::Message(key.value.to_string())))
            }
            ("sayCount", Argument::StringLiteral(key)) => {
                Some((key.span, Piece::Forms(key.value.to_string())))
            }
            _ => None,
        });
        self.edits.extend(said.map(|(span, piece)| Edit { span, piece }));
        walk::walk_call_expression(self, call);
    }

    fn visit_tagged_template_expression(&mut self, template: &TaggedTemplateExpression<'a>) {
        if matches!(&template.tag, Expression::Identifier(tag) if tag.name == "html") {
            let parts: Vec<&str> = template.quasi.quasis.iter().map(|part| part.value.raw.as_str()).collect();
            for (part, text) in template.quasi.quasis.iter().zip(without_line_breaks(&parts)) {
                let start = part.span.start as usize;
                let from = start + self.source[start..].find(part.value.raw.as_str()).unwrap_or(0);
                let from = u32::try_from(from).unwrap_or(part.span.start);
                let length = u32::try_from(part.value.raw.len()).unwrap_or_default();
                self.edits.push(Edit { span: Span::new(from, from + length), piece: Piece::Code(text) });
            }
        }
        walk::walk_tagged_template_expression(self, template);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let (true, BindingPattern::BindingIdentifier(name), Some(value)) =
            (self.of_build, &declarator.id, &declarator.init)
        {
            self.edits.push(Edit { span: value.span(), piece: Piece::Constant(name.name.to_string()) });
            return;
        }
        walk::walk_variable_declarator(self, declarator);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(module: &Module) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Code(code) => code.clone(),
            Piece::Message(key) => format!("<{key}>"),
            Piece::Forms(key) => format!("<{key}.*>"),
            Piece::Constant(name) => format!("<{name}>"),
        };
        module.pieces.iter().map(text).collect()
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(code(&Module::parse("desk/a.js", source).unwrap()).trim(), expected);
    }

    #[track_caller]
    fn check_fault(source: &str, expected: &str) {
        assert_eq!(Module::parse("desk/a.js", source).unwrap_err().to_string(), expected);
    }

    #[test]
    fn messages_are_found_where_the_imported_functions_are_called() {
        check(
            "import { say, sayCount } from '../words.js';\n\
             this.#say(say('more')); const saying = say('at', { time }) + sayCount('times', 2) + say(given);",
            "this.#say(<more>); const saying = say(<at>, { time }) + sayCount(<times.*>, 2) + say(given);",
        );
        check("const f = (say) => say('more');", "const f = (say) => say('more');");
        check("desk.say('more'); this.say('more');", "desk.say('more'); this.say('more');");
        check(
            "import { say } from '../words.js';\nconst f = (say) => say('more');",
            "const f = (say) => say('more');",
        );
    }

    #[test]
    fn html_loses_its_line_breaks_and_nothing_else_does() {
        check(
            "f(html`\n    <p>${a}</p>\n    <b>${html`\n  <i>`}</b>\n`, `\n x`);",
            "f(html`<p>${a}</p><b>${html`<i>`}</b>`, `\n x`);",
        );
    }

    #[test]
    fn what_is_exported_and_what_is_missing_is_known() {
        let source = "import { DAY } from '../zones.js';\nexport class Card { at = DAY; }\nexport const now = () => Date.now();\nconst own = later;";
        let module = Module::parse("desk/card.js", source).unwrap();
        assert_eq!(module.imports, BTreeMap::from([("zones.js".to_owned(), vec!["DAY".to_owned()])]));
        let names = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>();
        assert_eq!(names(&module.exports), ["Card", "now"]);
        assert_eq!(names(&module.declared), ["Card", "now", "own"]);
        assert_eq!(names(&module.free), ["Date", "later"]);
        assert_eq!(
            code(&module).trim(),
            "class Card { at = DAY; }\nconst now = () => Date.now();\nconst own = later;"
        );
    }

    #[test]
    fn the_locales_constants_are_its_own() {
        let module = Module::parse("locale.js", "export const DIGITS = '';").unwrap();
        assert_eq!(code(&module), "const DIGITS = <DIGITS>;");
    }

    #[test]
    fn what_a_bundle_cannot_hold_is_refused() {
        let exported =
            "scripts/desk/a.js: a module exports only what it declares: `export const`, `export class`";
        check_fault("const a = 1; export { a };", exported);
        check_fault("export default 1;", exported);
        check_fault("export * from './b.js';", exported);
        let imported = "scripts/desk/a.js: a module imports names as they are: `import { name } from`";
        check_fault("import a from './b.js';", imported);
        check_fault("import * as a from './b.js';", imported);
        check_fault("import { a as b } from './b.js';", imported);
        check_fault(
            "import { a } from 'b';",
            "scripts/desk/a.js: `b` is not a module of the theme: `./name.js` is",
        );
        check_fault("const a = 1;\nconst b = ;", "scripts/desk/a.js: line 2: Unexpected token");
    }

    #[test]
    fn a_module_is_named_from_where_the_other_is() {
        assert_eq!(resolve("desk/card.js", "./pieces.js").as_deref(), Some("desk/pieces.js"));
        assert_eq!(resolve("desk/card.js", "../words.js").as_deref(), Some("words.js"));
        assert_eq!(resolve("card.js", "./desk/x.js").as_deref(), Some("desk/x.js"));
        assert_eq!(resolve("card.js", "../x.js"), None);
        assert_eq!(resolve("card.js", "x.js"), None);
    }
}
