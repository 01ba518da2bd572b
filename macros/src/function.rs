//! What the attributes may stand on: an `async fn` that can be called with nothing.
//!
//! The body stays a heap of tokens, and so does each type. Nothing in them matters here, and they may use syntax that is
//! newer than this. Next: `signature.rs`.

use crate::cursor::Cursor;
use crate::mistake::{Mistake, Result};
use crate::signature::Signature;
use crate::tokens::{Delimiter, Group, TokenStream, TokenTree, is_punct, without_invisible_groups};

/// A function of any kind; [`mistakes`](Self::mistakes) says whether it is of the right one.
pub(crate) struct Function {
    /// The attributes in front of it. Inner ones (`#![..]`) are part of the body.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: TokenStream,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Function {
    pub(crate) fn read(tokens: TokenStream) -> Result<Self> {
        let mut tokens = Cursor::new(tokens);
        let attributes = std::iter::from_fn(|| Attribute::read(&mut tokens)).collect();
        let visibility = visibility(&mut tokens);
        let place = tokens.place();
        // In its place a function without a body has a semicolon.
        let body = tokens.take_last().map(without_invisible_groups);
        let Some(signature) = Signature::read(&mut tokens) else {
            return Err(Mistake::at(place, "the attribute needs an `async fn`: move it to one"));
        };
        match body {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { attributes, visibility, signature, body })
            }
            _ => Err(Mistake::of(
                signature.tokens(),
                "the attribute needs a function with a body: add `{ .. }`",
            )),
        }
    }

    /// Adds everything to `mistakes` that keeps it from being run: one entry per mistake, each
    /// pointing at the tokens to change.
    pub(crate) fn mistakes(&self, mistakes: &mut Vec<Mistake>) {
        for attribute in self.attributes.iter().filter(|attribute| attribute.is_entry()) {
            mistakes.push(Mistake::of(
                attribute.tokens.clone(),
                "one `main` or `test` attribute is enough: remove this one",
            ));
        }
        self.signature.mistakes(mistakes);
    }
}

/// An attribute of the function, and the path that names it.
pub(crate) struct Attribute {
    pub(crate) tokens: TokenStream,
    path: String,
}

impl Attribute {
    fn read(tokens: &mut Cursor) -> Option<Self> {
        let sign = tokens.take_if(|token| is_punct(token, '#'))?;
        let group = tokens.take_group(Delimiter::Bracket)?;
        let mut path = String::new();
        let mut inside = Cursor::new(group.stream());
        let is_of_path =
            |token: &TokenTree| matches!(token, TokenTree::Ident(_)) || is_punct(token, ':');
        while let Some(token) = inside.take_if(is_of_path) {
            path.push_str(&token.to_string());
        }
        Some(Self { tokens: [sign, TokenTree::from(group)].into_iter().collect(), path })
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.path == name
    }

    /// Whether it makes an entry point or a test as well: `#[test]`, `#[tokio::main]`, another
    /// `#[anyrt::test]`. Together with ours it would run the body twice, or be met by a function that is
    /// no longer `async`. Judged by the last name, since a macro cannot resolve paths.
    pub(crate) fn is_entry(&self) -> bool {
        matches!(self.path.rsplit(':').next(), Some("main" | "test"))
    }
}

/// `pub`, and in which part of the crate.
fn visibility(tokens: &mut Cursor) -> TokenStream {
    let word = tokens.take_word("pub");
    let place = word.as_ref().and_then(|_| tokens.take_group(Delimiter::Parenthesis));
    word.into_iter().chain(place.map(TokenTree::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(function: &str) -> Vec<String> {
        let mut mistakes = Vec::new();
        match Function::read(function.parse().unwrap()) {
            Ok(function) => function.mistakes(&mut mistakes),
            Err(mistake) => mistakes.push(mistake),
        }
        mistakes.iter().map(|mistake| mistake.message().to_owned()).collect()
    }

    fn only_mistake(function: &str) -> String {
        let mistakes = mistakes(function);
        assert_eq!(mistakes.len(), 1, "{function}: {mistakes:?}");
        mistakes[0].clone()
    }

    #[test]
    fn an_async_fn_without_parameters_is_right() {
        assert!(mistakes("async fn main() {}").is_empty());
        let long =
            "/// docs\n #[allow(x)] pub(crate) async fn f() -> impl Display { #![allow(y)] 1 }";
        assert!(mistakes(long).is_empty());
    }

    #[test]
    fn the_body_need_not_be_understood() {
        assert!(mistakes("async fn main() { syntax of :: @ tomorrow }").is_empty());
    }

    #[test]
    fn items_that_are_no_functions_are_refused() {
        for item in [
            "struct S;",
            "const N: u8 = 1;",
            "extern crate core;",
            "unsafe extern \"C\" {}",
            "impl S {}",
            "mod m {}",
        ] {
            assert!(only_mistake(item).contains("move it to one"), "{item}");
        }
        assert!(only_mistake("async fn main();").contains("with a body"));
    }

    #[test]
    fn each_part_of_the_signature_is_judged() {
        assert!(only_mistake("fn f() {}").contains("add `async`"));
        assert!(only_mistake("const async fn f() {}").contains("`const`"));
        assert!(only_mistake("async unsafe fn f() {}").contains("`unsafe`"));
        assert!(only_mistake("async extern \"C\" fn f() {}").contains("`extern`"));
        assert!(only_mistake("async fn f<T>() {}").contains("generic"));
        assert!(only_mistake("async fn f() where u8: Copy {}").contains("`where`"));
        assert!(only_mistake("async fn f(a: u8, b: u8) {}").contains("parameters"));
        assert!(only_mistake("async fn f(&self, b: u8) {}").contains("`self`"));
        assert!(only_mistake("async fn f(...) {}").contains("variadic"));
    }

    #[test]
    fn self_is_found_in_every_form() {
        for receiver in ["self", "mut self", "&self", "&'a mut self", "self: Pin<Box<Self>, A>"] {
            let function = format!("async fn f({receiver}, b: u8) {{}}");
            assert!(only_mistake(&function).contains("`self`"), "{receiver}");
        }
        assert!(only_mistake("async fn f(selfish: u8) {}").contains("parameters"));
    }

    #[test]
    fn what_is_in_angles_is_no_end_of_anything() {
        let function =
            "async fn f<F: Fn(u8) -> Vec<u8>>(f: Map<F, u8>) -> Map<u8, [u8; 2]> where F: Copy {}";
        assert_eq!(mistakes(function).len(), 3);
        assert!(mistakes("async fn f<>() -> Array<{ 2 }> { [1, 2] }").is_empty());
        assert_eq!(mistakes("async fn f(a: Map<u8, u8>, ...) {}").len(), 2);
    }

    #[test]
    fn several_mistakes_are_all_reported() {
        assert_eq!(mistakes("unsafe fn f<T>(t: T) where T: Copy {}").len(), 5);
    }

    #[test]
    fn a_second_entry_attribute_is_refused() {
        for attribute in ["test", "::core::prelude::v1::test", "tokio::main", "anyrt::test(x)"] {
            let function = format!("#[{attribute}] async fn f() {{}}");
            assert!(only_mistake(&function).contains("remove this one"), "{attribute}");
        }
        assert!(mistakes("#[ignore] #[test_log] #[main::thing] async fn f() {}").is_empty());
    }
}
