//! What the attributes may stand on: an `async fn` that can be called with nothing.
//!
//! The body stays a heap of tokens. Nothing in it matters here, and it may use syntax that is newer
//! than our parser. Next: `expand.rs`.

use proc_macro2::{Delimiter, Group, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, LitStr, Result, Safety, Signature, Token, Visibility};

/// A function of any kind; [`mistakes`](Self::mistakes) says whether it is of the right one.
pub(crate) struct Function {
    /// The attributes in front of it. Inner ones (`#![..]`) are part of the body.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if !is_function(input) {
            return Err(input.error("the attribute needs an `async fn`: move it to one"));
        }
        let signature = input.parse()?;
        let body = match input.parse().map(without_invisible_groups) {
            Ok(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            _ => {
                return Err(Error::new_spanned(
                    signature,
                    "the attribute needs a function with a body: add `{ .. }`",
                ));
            }
        };
        Ok(Self { attributes, visibility, signature, body })
    }
}

impl Function {
    /// Adds everything to `mistakes` that keeps it from being run: one entry per mistake, each
    /// pointing at the tokens to change.
    pub(crate) fn mistakes(&self, mistakes: &mut Vec<Error>) {
        for attribute in self.attributes.iter().filter(|attribute| is_entry(attribute)) {
            mistakes.push(Error::new_spanned(
                attribute,
                "one `main` or `test` attribute is enough: remove this one",
            ));
        }

        // Destructured without `..`: whatever syn learns to parse here has to be judged.
        let Signature {
            constness,
            asyncness,
            safety,
            abi,
            fn_token,
            ident: _,
            generics,
            paren_token: _,
            inputs,
            variadic,
            output: _,
        } = &self.signature;

        if let Some(token) = constness {
            mistakes.push(Error::new_spanned(token, "the function cannot be `const`: remove it"));
        }
        if asyncness.is_none() {
            mistakes.push(Error::new_spanned(
                fn_token,
                "the attribute needs an `async fn`: add `async`",
            ));
        }
        match safety {
            Safety::Unsafe(token) => {
                mistakes
                    .push(Error::new_spanned(token, "the function cannot be `unsafe`: remove it"));
            }
            Safety::Safe(token) => {
                mistakes
                    .push(Error::new_spanned(token, "the function cannot be `safe`: remove it"));
            }
            Safety::Default => {}
        }
        if let Some(abi) = abi {
            mistakes.push(Error::new_spanned(abi, "the function cannot be `extern`: remove it"));
        }
        if !generics.params.is_empty() {
            mistakes.push(Error::new_spanned(
                generics,
                "the function cannot be generic: nothing would choose its parameters, remove them",
            ));
        }
        if let Some(clause) = &generics.where_clause {
            mistakes.push(Error::new_spanned(
                clause,
                "the function cannot have a `where` clause: remove it",
            ));
        }
        if let Some(receiver) = self.signature.receiver() {
            mistakes.push(Error::new_spanned(
                receiver,
                "the function cannot take `self`: make it a function without parameters",
            ));
        } else if !inputs.is_empty() {
            mistakes.push(Error::new_spanned(
                inputs,
                "the function cannot have parameters: nothing would pass them, remove them",
            ));
        }
        if let Some(variadic) = variadic {
            mistakes.push(Error::new_spanned(
                variadic,
                "the function cannot be variadic: remove `...`",
            ));
        }
    }
}

/// Whether an attribute makes an entry point or a test as well: `#[test]`, `#[tokio::main]`, another
/// `#[anyrt::test]`. Together with ours it would run the body twice, or be met by a function that is
/// no longer `async`. Judged by the last name, since a macro cannot resolve paths.
pub(crate) fn is_entry(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "main" || segment.ident == "test")
}

/// Whether `fn` follows, after any of the words that may stand in front of it. Without this look
/// ahead, a `struct` would get syn's "expected `fn`" as its error.
fn is_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while ahead.peek(Token![const])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern])
        || ahead.peek(LitStr)
    {
        // One token of those; the look ahead is thrown away, and so is a failure.
        let _ = ahead.parse::<TokenTree>();
    }
    ahead.peek(Token![fn])
}

/// What a macro captured, such as a `$body:block`, arrives in a group without delimiters, and in another
/// one for each macro that handed it on.
fn without_invisible_groups(mut token: TokenTree) -> TokenTree {
    while let TokenTree::Group(group) = &token {
        if group.delimiter() != Delimiter::None {
            break;
        }
        let mut inner = group.stream().into_iter();
        match (inner.next(), inner.next()) {
            (Some(only), None) => token = only,
            _ => return token,
        }
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(function: &str) -> Vec<String> {
        let mut mistakes = Vec::new();
        match syn::parse_str::<Function>(function) {
            Ok(function) => function.mistakes(&mut mistakes),
            Err(mistake) => mistakes.push(mistake),
        }
        mistakes.iter().map(Error::to_string).collect()
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
