//! One argument of the attributes, and what its value may be.
//!
//! Next: `function.rs`.

use crate::mistake::{Mistake, Result};
use crate::tokens::{
    Delimiter, Ident, Literal, Span, TokenStream, TokenTree, is_named, is_punct, is_word, only,
};

/// `name` or `name = value`, the value not yet understood.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    has_equals: bool,
    value: TokenStream,
}

impl Argument {
    pub(crate) fn read(tokens: TokenStream) -> Result<Self> {
        let mut tokens = tokens.into_iter();
        let name = match tokens.next() {
            Some(TokenTree::Ident(name)) => name,
            other => {
                let place = other.map_or_else(Span::call_site, |token| start_of(&token));
                let message =
                    format!("expected the name of an argument: the known ones are {KNOWN_LIST}");
                return Err(Mistake::at(place, message));
            }
        };
        let has_equals = match tokens.next() {
            None => false,
            Some(token) if is_punct(&token, '=') => true,
            Some(other) => {
                let message = format!("expected `=` or `,` after `{name}`");
                return Err(Mistake::at(start_of(&other), message));
            }
        };
        Ok(Self { name, has_equals, value: tokens.collect() })
    }

    pub(crate) fn backend(&self) -> Result<Literal> {
        match self.text() {
            Some((_, text)) if text.trim().is_empty() => {
                Err(self.wrong("`backend` is empty: name one, such as `backend = \"tokio\"`"))
            }
            Some((literal, _)) => Ok(literal),
            None => {
                Err(self.wrong("`backend` needs a string literal, such as `backend = \"tokio\"`"))
            }
        }
    }

    pub(crate) fn worker_threads(&self) -> Result<Literal> {
        if self.text().is_some() {
            return Err(self.wrong("`worker_threads` needs an integer: remove the quotes"));
        }
        let literal = self.literal();
        // The literal goes into the expansion as it is, so another suffix would be a type error there.
        match literal.and_then(|literal| Some((integer(&literal.to_string())?, literal))) {
            None => Err(self.wrong(
                "`worker_threads` needs an integer literal of at least 1, such as `worker_threads = 4`",
            )),
            Some((0, _)) => Err(self.wrong(
                "`worker_threads` must be at least 1: write `current_thread` for a runtime without worker threads",
            )),
            Some((_, literal)) => Ok(literal),
        }
    }

    pub(crate) fn is_alone(&self) -> Result<()> {
        if self.has_equals {
            return Err(self.wrong(&format!("`{}` takes no value: write it alone", self.name)));
        }
        Ok(())
    }

    pub(crate) fn is_wanted(&self) -> Result<Flag> {
        match only(&self.value) {
            Some(token) if is_word(&token, "true") => Ok(Flag { value: true, token }),
            Some(token) if is_word(&token, "false") => Ok(Flag { value: false, token }),
            _ => {
                let name = &self.name;
                Err(self.wrong(&format!("`{name}` needs `true` or `false`, as in `{name} = true`")))
            }
        }
    }

    pub(crate) fn shutdown_timeout(&self) -> Result<TokenStream> {
        // A number would leave the unit open.
        if self.value.is_empty() || self.literal().is_some() {
            return Err(self.wrong(
                "`shutdown_timeout` needs a duration, such as `shutdown_timeout = std::time::Duration::from_secs(5)`",
            ));
        }
        Ok(self.value.clone())
    }

    pub(crate) fn facade(&self) -> Result<TokenStream> {
        let path = match self.text() {
            // Errors of the path are shown at the literal.
            Some((literal, text)) => text.parse().ok().map(|path| moved_to(literal.span(), path)),
            None => Some(self.value.clone()),
        };
        path.filter(is_path).ok_or_else(|| {
            self.wrong("`crate` needs the path of the facade, such as `crate = ::anyrt`")
        })
    }

    /// The value, if it is a literal.
    fn literal(&self) -> Option<Literal> {
        match only(&self.value) {
            Some(TokenTree::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The value, if it is a string literal, and what is in its quotes.
    fn text(&self) -> Option<(Literal, String)> {
        let literal = self.literal()?;
        let written = literal.to_string();
        let quoted = written.strip_prefix('r').unwrap_or(&written).trim_matches('#');
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned();
        Some((literal, text))
    }

    /// A mistake in the value; if there is none, the name is the only place to point at.
    fn wrong(&self, message: &str) -> Mistake {
        if self.value.is_empty() {
            Mistake::at(self.name.span(), message)
        } else {
            Mistake::of(self.value.clone(), message)
        }
    }

    pub(crate) fn unknown(&self) -> Mistake {
        let name = &self.name;
        // The one argument that people bring along from tokio's attributes and that has a counterpart.
        let message = if is_named(name, "flavor") {
            "unknown argument `flavor`: write `current_thread` or `worker_threads = 4` instead"
                .into()
        } else {
            format!("unknown argument `{name}`: the known ones are {KNOWN_LIST}")
        };
        Mistake::at(name.span(), message)
    }
}

/// The names of all arguments.
pub(crate) const KNOWN: [&str; 8] = [
    "all",
    "backend",
    "worker_threads",
    "current_thread",
    "start_paused",
    "tokio_context",
    "shutdown_timeout",
    "crate",
];
const KNOWN_LIST: &str = "`all`, `backend`, `worker_threads`, `current_thread`, `start_paused`, `tokio_context`, `shutdown_timeout` and `crate`";

/// `true` or `false`, and where it stands.
pub(crate) struct Flag {
    pub(crate) value: bool,
    pub(crate) token: TokenTree,
}

/// Where it begins: of a group that is the bracket.
fn start_of(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

/// The value of an integer literal that fits a `usize`.
fn integer(literal: &str) -> Option<usize> {
    let digits = literal.strip_suffix("usize").unwrap_or(literal).replace('_', "");
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    usize::from_str_radix(digits, radix).ok()
}

/// Whether these are names with `::` between them, and maybe in front: a path with `<..>` or `(..)` in it cannot be the way to a
/// crate.
fn is_path(tokens: &TokenStream) -> bool {
    let tokens: Vec<_> = flat(tokens.clone());
    let names = match &tokens[..] {
        [first, second, names @ ..] if is_punct(first, ':') && is_punct(second, ':') => names,
        names => names,
    };
    let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(_));
    names.chunks(3).all(|part| match part {
        [name] => is_name(name),
        [name, first, second] => is_name(name) && is_punct(first, ':') && is_punct(second, ':'),
        _ => false,
    }) && names.len() % 3 == 1
}

/// Without the groups that have no delimiters.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let parts = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => flat(group.stream()),
        token => vec![token],
    });
    parts.flatten().collect()
}

fn moved_to(place: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        token.set_span(place);
        token
    });
    moved.collect()
}
