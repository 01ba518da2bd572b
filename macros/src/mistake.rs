//! What the user is told: a mistake, and the tokens to change.

use crate::tokens::{
    Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree,
};

/// An error of the compiler at the place of the mistake.
#[derive(Debug)]
pub(crate) struct Mistake {
    // The first and the last token: only the compiler itself can join them.
    start: Span,
    end: Span,
    message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Mistake>;

impl Mistake {
    pub(crate) fn at(place: Span, message: impl Into<String>) -> Self {
        Self { start: place, end: place, message: message.into() }
    }

    /// From the first of the tokens to the last one; at the attribute if there are none.
    pub(crate) fn of(tokens: impl Into<TokenStream>, message: impl Into<String>) -> Self {
        let mut tokens = tokens.into().into_iter();
        let start = tokens.next().map_or_else(Span::call_site, |token| token.span());
        let end = tokens.last().map_or(start, |token| token.span());
        Self { start, end, message: message.into() }
    }

    /// A call of `::core::compile_error!`. The compiler shows it where the call stands.
    pub(crate) fn into_compile_error(self) -> TokenStream {
        let Self { start, end, message } = self;
        let punct = |punct, spacing| {
            let mut punct = Punct::new(punct, spacing);
            punct.set_span(start);
            TokenTree::from(punct)
        };
        let word = |word| TokenTree::from(Ident::new(word, start));
        let mut message = Literal::string(&message);
        message.set_span(end);
        let mut arguments =
            Group::new(Delimiter::Brace, TokenStream::from(TokenTree::from(message)));
        arguments.set_span(end);
        TokenStream::from_iter([
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            word("core"),
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            word("compile_error"),
            punct('!', Spacing::Alone),
            TokenTree::from(arguments),
        ])
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}
