//! Tokens that are read from the front.

use std::collections::VecDeque;

use crate::tokens::{Delimiter, Group, Span, TokenStream, TokenTree, is_word};

pub(crate) struct Cursor {
    tokens: VecDeque<TokenTree>,
}

impl Cursor {
    pub(crate) fn new(tokens: TokenStream) -> Self {
        Self { tokens: tokens.into_iter().collect() }
    }

    /// The next token. A group without delimiters, around what a macro captured, is opened.
    fn peek(&mut self) -> Option<&TokenTree> {
        while let Some(TokenTree::Group(group)) = self.tokens.front() {
            if group.delimiter() != Delimiter::None {
                break;
            }
            let captured: Vec<_> = group.stream().into_iter().collect();
            self.tokens.pop_front();
            captured.into_iter().rev().for_each(|token| self.tokens.push_front(token));
        }
        self.tokens.front()
    }

    /// Where the next token stands.
    pub(crate) fn place(&mut self) -> Span {
        self.peek().map_or_else(Span::call_site, TokenTree::span)
    }

    /// The next token, if it is of this kind.
    pub(crate) fn take_if(
        &mut self,
        is_of_kind: impl FnOnce(&TokenTree) -> bool,
    ) -> Option<TokenTree> {
        if is_of_kind(self.peek()?) { self.tokens.pop_front() } else { None }
    }

    pub(crate) fn take_word(&mut self, word: &str) -> Option<TokenTree> {
        self.take_if(|token| is_word(token, word))
    }

    pub(crate) fn take_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(it) if it.delimiter() == delimiter);
        match self.take_if(is_group)? {
            TokenTree::Group(group) => Some(group),
            _ => None,
        }
    }

    /// The tokens before one of this kind, or all.
    pub(crate) fn take_until(&mut self, is_end: impl FnMut(&TokenTree) -> bool) -> TokenStream {
        let end = self.tokens.iter().position(is_end);
        self.tokens.drain(..end.unwrap_or(self.tokens.len())).collect()
    }

    pub(crate) fn take_last(&mut self) -> Option<TokenTree> {
        self.tokens.pop_back()
    }
}
