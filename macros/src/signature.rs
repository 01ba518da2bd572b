//! The head of a function, as far as the attributes tell its parts apart.
//!
//! The compiler has parsed it before, so that it is one. Next: `expand.rs`.

use crate::cursor::Cursor;
use crate::mistake::Mistake;
use crate::tokens::{Delimiter, Group, Ident, TokenStream, TokenTree, fill, is_punct, is_word};

/// Everything between the visibility and the body. What is not there is an empty stream.
pub(crate) struct Signature {
    constness: TokenStream,
    asyncness: TokenStream,
    unsafety: TokenStream,
    /// `extern`, and the name of the calling convention.
    abi: TokenStream,
    fn_token: TokenTree,
    pub(crate) name: Ident,
    /// In their brackets.
    generics: TokenStream,
    inputs: Inputs,
    /// The type that is returned, with the arrow.
    pub(crate) output: TokenStream,
    where_clause: TokenStream,
}

impl Signature {
    /// Reads all that is left; `None` if that is no function.
    pub(crate) fn read(tokens: &mut Cursor) -> Option<Self> {
        let mut word = |word| TokenStream::from_iter(tokens.take_word(word));
        let (constness, asyncness, unsafety) = (word("const"), word("async"), word("unsafe"));
        let mut abi = word("extern");
        if !abi.is_empty() {
            abi.extend(tokens.take_if(|token| matches!(token, TokenTree::Literal(_))));
        }
        let fn_token = tokens.take_word("fn")?;
        let name = match tokens.take_if(|token| matches!(token, TokenTree::Ident(_)))? {
            TokenTree::Ident(name) => name,
            _ => return None,
        };
        let generics = generics(tokens);
        let inputs = Inputs::read(tokens.take_group(Delimiter::Parenthesis)?);
        let output = tokens.take_until(|token| is_word(token, "where"));
        let where_clause = tokens.take_until(|_| false);
        Some(Self {
            constness,
            asyncness,
            unsafety,
            abi,
            fn_token,
            name,
            generics,
            inputs,
            output,
            where_clause,
        })
    }

    /// Adds everything to `mistakes` that keeps the function from being called with nothing and awaited.
    pub(crate) fn mistakes(&self, mistakes: &mut Vec<Mistake>) {
        let mut refuse = |tokens: &TokenStream, message: &str| {
            if !tokens.is_empty() {
                mistakes.push(Mistake::of(tokens.clone(), message));
            }
        };
        refuse(&self.constness, "the function cannot be `const`: remove it");
        if self.asyncness.is_empty() {
            let message = "the attribute needs an `async fn`: add `async`";
            refuse(&self.fn_token.clone().into(), message);
        }
        refuse(&self.unsafety, "the function cannot be `unsafe`: remove it");
        refuse(&self.abi, "the function cannot be `extern`: remove it");
        refuse(
            &self.generics,
            "the function cannot be generic: nothing would choose its parameters, remove them",
        );
        refuse(&self.where_clause, "the function cannot have a `where` clause: remove it");
        let Inputs { receiver, parameters, variadic, .. } = &self.inputs;
        refuse(receiver, "the function cannot take `self`: make it a function without parameters");
        if receiver.is_empty() {
            refuse(
                parameters,
                "the function cannot have parameters: nothing would pass them, remove them",
            );
        }
        refuse(variadic, "the function cannot be variadic: remove `...`");
    }

    pub(crate) fn has_receiver(&self) -> bool {
        !self.inputs.receiver.is_empty()
    }

    /// As it was written.
    pub(crate) fn tokens(&self) -> TokenStream {
        self.with("$const $async $unsafe $extern $fn $name $generics $inputs $output $where")
    }

    /// Of an async function, and without what such a one cannot have.
    pub(crate) fn made_async(&self) -> TokenStream {
        let template = if self.inputs.variadic.is_empty() {
            "async $unsafe $fn $name $generics $inputs $output $where"
        } else {
            "async $unsafe $fn $name $generics ($parameters) $output $where"
        };
        self.with(template)
    }

    fn with(&self, template: &str) -> TokenStream {
        let holes: &[(&str, &TokenStream)] = &[
            ("const", &self.constness),
            ("async", &self.asyncness),
            ("unsafe", &self.unsafety),
            ("extern", &self.abi),
            ("fn", &self.fn_token.clone().into()),
            ("name", &TokenTree::from(self.name.clone()).into()),
            ("generics", &self.generics),
            ("inputs", &TokenTree::from(self.inputs.group.clone()).into()),
            ("parameters", &self.inputs.parameters),
            ("output", &self.output),
            ("where", &self.where_clause),
        ];
        fill(template, holes)
    }
}

/// What stands in the parentheses.
struct Inputs {
    group: Group,
    /// The first parameter, if it is `self` in any form.
    receiver: TokenStream,
    /// All, with their commas, but for `...`.
    parameters: TokenStream,
    /// The parameter with the `...`, which is the last one.
    variadic: TokenStream,
}

impl Inputs {
    fn read(group: Group) -> Self {
        let mut receiver = TokenStream::new();
        let mut parameters = TokenStream::new();
        let mut variadic = TokenStream::new();
        let mut tokens = Cursor::new(group.stream());
        loop {
            let mut angles = Angles::default();
            let parameter = tokens.take_until(|it| angles.behind(it) == 0 && is_punct(it, ','));
            if parameter.is_empty() {
                break;
            }
            // Types have no dots.
            if parameter.clone().into_iter().any(|token| is_punct(&token, '.')) {
                variadic = parameter;
                break;
            }
            if parameters.is_empty() && is_receiver(parameter.clone()) {
                receiver = parameter.clone();
            }
            parameters.extend(parameter);
            parameters.extend(tokens.take_if(|_| true));
        }
        Self { group, receiver, parameters, variadic }
    }
}

/// Whether it is `self`, behind attributes, a reference with its lifetime, and `mut`.
fn is_receiver(parameter: TokenStream) -> bool {
    let mut tokens = Cursor::new(parameter);
    while tokens.take_if(|token| is_punct(token, '#')).is_some() {
        tokens.take_group(Delimiter::Bracket);
    }
    tokens.take_if(|token| is_punct(token, '&'));
    if tokens.take_if(|token| is_punct(token, '\'')).is_some() {
        tokens.take_if(|token| matches!(token, TokenTree::Ident(_)));
    }
    tokens.take_word("mut");
    tokens.take_word("self").is_some()
}

/// `<..>`; nothing where there is nothing in it.
fn generics(tokens: &mut Cursor) -> TokenStream {
    let Some(open) = tokens.take_if(|token| is_punct(token, '<')) else {
        return TokenStream::new();
    };
    let mut angles = Angles { depth: 1, ..Angles::default() };
    let inside = tokens.take_until(|token| angles.behind(token) == 0);
    let close = tokens.take_if(|token| is_punct(token, '>'));
    if inside.is_empty() {
        return inside;
    }
    [TokenStream::from(open), inside, TokenStream::from_iter(close)].into_iter().collect()
}

/// How many `<` are open, which are no groups for the compiler.
#[derive(Default)]
struct Angles {
    depth: usize,
    may_be_arrow: bool,
}

impl Angles {
    fn behind(&mut self, token: &TokenTree) -> usize {
        if is_punct(token, '<') {
            self.depth += 1;
        } else if is_punct(token, '>') && !self.may_be_arrow {
            self.depth = self.depth.saturating_sub(1);
        }
        self.may_be_arrow = is_punct(token, '-');
        self.depth
    }
}
