//! The names that a piece of source mentions: imports taken apart, and every path in its tokens, those inside macros
//! too.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::{Attribute, ItemUse, UseTree, Visibility};

/// One name that a `use` brings in.
#[derive(Clone, Debug)]
pub(super) struct Import {
    /// The name in this module; none for `*`.
    pub(super) name: Option<String>,
    /// The path that it is for.
    pub(super) path: Vec<String>,
    /// More than private: others may find the name here.
    pub(super) public: bool,
    pub(super) line: usize,
}

/// A path in an expression, a type, a pattern or an attribute.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// The names of some tokens.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) imports: Vec<Import>,
    pub(super) mentions: Vec<Mention>,
}

impl Names {
    /// Adds what a `use` brings in.
    pub(super) fn import(&mut self, item: &ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        if item.leading_colon.is_none() {
            flatten(&item.tree, &mut Vec::new(), public, &mut self.imports);
        }
    }

    /// Adds every path in some tokens. What only tests see is passed over.
    pub(super) fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Punct(mark) if mark.as_char() == '#' => self.read_attribute(&tokens, at),
                TokenTree::Ident(word) if word == "use" => self.read_use(&tokens, at),
                TokenTree::Ident(word) if word == "pub" => {
                    at + 1 + usize::from(is_visibility(tokens.get(at + 1)))
                }
                TokenTree::Ident(word) => self.read_path(&tokens, at, word),
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    at + 1
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => at + 1,
            };
        }
    }

    fn read_attribute(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let Some(TokenTree::Group(group)) = tokens.get(at + 1) else { return at + 1 };
        if group.delimiter() != Delimiter::Bracket {
            return at + 1;
        }
        if is_test_cfg(&group.stream()) {
            let ends = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(mark) => matches!(mark.as_char(), ';' | ','),
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            };
            let end = tokens[at + 2..].iter().position(ends);
            return end.map_or(tokens.len(), |end| at + 3 + end);
        }
        self.read(group.stream());
        self.read_texts(group.stream());
        at + 2
    }

    /// Paths in the texts of an attribute: serde's `with = "super::seconds"`.
    fn read_texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_texts(group.stream()),
                TokenTree::Literal(text) => {
                    let line = text.span().start().line;
                    let text = text.to_string();
                    let text = text.trim_matches('"');
                    if ["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start)) {
                        let path = text.split("::").map(str::to_owned).collect();
                        self.mentions.push(Mention { path, line });
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    /// A `use` inside a function. `use<'a>`, of a type that captures, is none.
    fn read_use(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';');
        let end = tokens[at..].iter().position(is_end).map_or(tokens.len(), |end| at + end + 1);
        match syn::parse2::<ItemUse>(tokens[at..end].iter().cloned().collect()) {
            Ok(item) => {
                self.import(&item);
                end
            }
            Err(_) => at + 1,
        }
    }

    fn read_path(&mut self, tokens: &[TokenTree], at: usize, first: &Ident) -> usize {
        let is_colon =
            |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
        // What comes after `.` is a field or a method, and after `::` the end of a path that began with `<`.
        let follows = at > 0
            && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '.' || mark.as_char() == ':')
            && (at < 2 || is_dot(&tokens[at - 1]) || is_colon(at - 2))
            && !(at >= 2 && is_dot(&tokens[at - 1]) && is_dot(&tokens[at - 2]));
        let mut path = vec![first.to_string()];
        let mut next = at + 1;
        while is_colon(next) && is_colon(next + 1) {
            let Some(TokenTree::Ident(word)) = tokens.get(next + 2) else { break };
            path.push(word.to_string());
            next += 3;
        }
        if !follows {
            self.mentions.push(Mention { path, line: line_of(first.span()) });
        }
        next
    }
}

/// Attributes that leave an item to tests: `cfg(test)`, or `cfg(all(test, …))`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    use quote::ToTokens;
    attributes.iter().any(|attribute| is_test_cfg(&attribute.meta.to_token_stream()))
}

fn is_test_cfg(attribute: &TokenStream) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// What comes after `pub` where it is not for everyone: `(crate)`, `(in super::super)`.
fn is_visibility(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else { return false };
    let words: Vec<String> = group.stream().into_iter().map(|token| token.to_string()).collect();
    let is_scope = |word: &str| matches!(word, "crate" | "super" | "self");
    group.delimiter() == Delimiter::Parenthesis
        && words.first().is_some_and(|word| word == "in" || words.len() == 1 && is_scope(word))
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == '.')
}

fn line_of(span: Span) -> usize {
    span.start().line
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, public: bool, imports: &mut Vec<Import>) {
    let mut add = |name: Option<String>, path: Vec<String>, span: Span| {
        imports.push(Import { name, path, public, line: line_of(span) });
    };
    let joined = |path: &[String], last: &Ident| {
        let last = (last != "self").then(|| last.to_string());
        path.iter().cloned().chain(last).collect::<Vec<_>>()
    };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten(&part.tree, path, public, imports);
            path.pop();
        }
        UseTree::Name(part) => {
            let whole = joined(path, &part.ident);
            add(whole.last().cloned(), whole, part.ident.span());
        }
        UseTree::Rename(part) => {
            add(Some(part.rename.to_string()), joined(path, &part.ident), part.ident.span());
        }
        UseTree::Glob(part) => add(None, path.clone(), part.star_token.spans[0]),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path, public, imports);
            }
        }
    }
}
