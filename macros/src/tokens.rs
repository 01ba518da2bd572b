//! The compiler's tokens, and what is done with them everywhere.
//!
//! No parser of all of Rust: it would be half of what a small program has to build, and the attributes look at a list of
//! arguments and at the head of a function. Unit tests run outside of the compiler, where its tokens are of no use; they take
//! those of `proc-macro2`.

#[cfg(not(test))]
pub(crate) use proc_macro::{
    Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree,
};
#[cfg(test)]
pub(crate) use proc_macro2::{
    Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree,
};

/// Whether it is this word, a keyword or a name.
pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if is_named(ident, word))
}

#[allow(clippy::cmp_owned, reason = "those of the compiler can't be compared otherwise")]
pub(crate) fn is_named(ident: &Ident, name: &str) -> bool {
    ident.to_string() == name
}

pub(crate) fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// The token, if there is one and no other.
pub(crate) fn only(tokens: &TokenStream) -> Option<TokenTree> {
    let mut tokens = tokens.clone().into_iter();
    let only = tokens.next()?;
    tokens.next().is_none().then(|| without_invisible_groups(only))
}

/// What a macro captured, such as a `$body:block`, arrives in a group without delimiters, and in another
/// one for each macro that handed it on.
pub(crate) fn without_invisible_groups(token: TokenTree) -> TokenTree {
    match &token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            only(&group.stream()).unwrap_or(token)
        }
        _ => token,
    }
}

/// Code with something filled in: each `$name` in `template` becomes the tokens of that name.
///
/// What is in the template itself belongs to the place where the attribute stands. A `$` needs a space behind another sign, which
/// would be half of an operator otherwise.
pub(crate) fn fill(template: &str, holes: &[(&str, &TokenStream)]) -> TokenStream {
    fill_tokens(template.parse().expect("a template is made of tokens"), holes)
}

fn fill_tokens(template: TokenStream, holes: &[(&str, &TokenStream)]) -> TokenStream {
    let mut filled = TokenStream::new();
    let mut template = template.into_iter();
    while let Some(token) = template.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => {
                let name = template.next().map(|name| name.to_string()).unwrap_or_default();
                let hole = holes.iter().find(|(hole, _)| *hole == name);
                let (_, tokens) = hole.unwrap_or_else(|| panic!("nothing is given for `${name}`"));
                filled.extend((*tokens).clone());
            }
            TokenTree::Group(group) => {
                let inside = fill_tokens(group.stream(), holes);
                filled.extend([TokenTree::from(Group::new(group.delimiter(), inside))]);
            }
            token => filled.extend([token]),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn templates_are_filled_at_every_depth() {
        let (one, none) = (quote!(a::b), TokenStream::new());
        let filled = fill("$one ([$one, { $none }]) c", &[("one", &one), ("none", &none)]);
        assert_eq!(filled.to_string(), quote!(a::b ([a::b, {}]) c).to_string());
    }

    #[test]
    #[should_panic = "nothing is given for `$one`"]
    fn a_hole_that_stays_is_a_defect() {
        fill("($one)", &[]);
    }

    #[test]
    fn invisible_groups_are_looked_through() {
        let invisible = |tokens| TokenTree::from(Group::new(Delimiter::None, tokens));
        let nested = invisible(TokenStream::from(invisible(quote!(a))));
        assert!(is_word(&without_invisible_groups(nested), "a"));
        let several = without_invisible_groups(invisible(quote!(a b)));
        assert!(matches!(several, TokenTree::Group(_)));
    }
}
