//! What may stand in the brackets of the attributes.
//!
//! Reading goes on after a mistake, so that one build shows all of them. For that the list is cut at
//! its commas before any part of it is understood. Next: `argument.rs`.

use crate::argument::{Argument, Flag, KNOWN};
use crate::mistake::{Mistake, Result};
use crate::tokens::{Ident, Literal, Span, TokenStream, TokenTree, is_named};

/// The arguments as the user wrote them: the tokens are kept, because later errors point at them.
#[derive(Default)]
pub(crate) struct Arguments {
    /// For tests alone: one for each backend that is compiled in. Excludes `backend`.
    pub(crate) all: Option<Ident>,
    /// A string literal.
    pub(crate) backend: Option<Literal>,
    /// An integer literal, of `usize` or of no type.
    pub(crate) worker_threads: Option<Literal>,
    pub(crate) current_thread: bool,
    /// Implies `current_thread`.
    pub(crate) start_paused: Option<Flag>,
    pub(crate) tokio_context: Option<Flag>,
    /// An expression, which the compiler checks where it goes.
    pub(crate) shutdown_timeout: Option<TokenStream>,
    /// The value of `crate`: the path of the facade.
    facade: Option<TokenStream>,
}

impl Arguments {
    /// Reads the whole list. What is wrong is left out of the result and added to `mistakes`.
    pub(crate) fn read(tokens: TokenStream, mistakes: &mut Vec<Mistake>) -> Self {
        let mut arguments = Self::default();
        let mut names = Names(Vec::new());
        for piece in split_at_commas(tokens) {
            if let Err(mistake) = arguments.read_one(piece, &mut names) {
                mistakes.push(mistake);
            }
        }

        if let Some(place) = names.later_of("all", "backend") {
            let message = "`all` excludes `backend`: remove one of them";
            mistakes.push(Mistake::at(place, message));
        }
        if let Some(place) = names.later_of("current_thread", "worker_threads") {
            let message = "`current_thread` excludes `worker_threads`: remove one of them";
            mistakes.push(Mistake::at(place, message));
        }
        let place = names.later_of("start_paused", "worker_threads");
        if let Some(place) = place.filter(|_| arguments.starts_paused()) {
            let message = "`start_paused` excludes `worker_threads`, where no clock can be paused: remove one of them";
            mistakes.push(Mistake::at(place, message));
        }
        arguments
    }

    fn starts_paused(&self) -> bool {
        self.start_paused.as_ref().is_some_and(|paused| paused.value)
    }

    /// The path of the facade.
    pub(crate) fn facade(&self) -> TokenStream {
        let usual = || "::anyrt".parse().expect("it is a path");
        self.facade.clone().unwrap_or_else(usual)
    }

    /// Whether the runtime is to have no worker threads.
    pub(crate) fn is_current_thread(&self) -> bool {
        self.current_thread || self.starts_paused()
    }

    /// Reads one argument. `names` holds the known ones so far, those with a wrong value included.
    fn read_one(&mut self, tokens: TokenStream, names: &mut Names) -> Result<()> {
        let argument = Argument::read(tokens)?;
        let name = argument.name.to_string();
        if !KNOWN.contains(&name.as_str()) {
            return Err(argument.unknown());
        }
        if names.position(&name).is_some() {
            return Err(Mistake::at(
                argument.name.span(),
                format!("duplicate argument `{name}`: remove one of them"),
            ));
        }
        names.0.push(argument.name.clone());

        match name.as_str() {
            "all" => {
                argument.is_alone()?;
                self.all = Some(argument.name);
            }
            "backend" => self.backend = Some(argument.backend()?),
            "worker_threads" => self.worker_threads = Some(argument.worker_threads()?),
            "current_thread" => {
                argument.is_alone()?;
                self.current_thread = true;
            }
            "start_paused" => self.start_paused = Some(argument.is_wanted()?),
            "tokio_context" => self.tokio_context = Some(argument.is_wanted()?),
            "shutdown_timeout" => self.shutdown_timeout = Some(argument.shutdown_timeout()?),
            _ => self.facade = Some(argument.facade()?),
        }
        Ok(())
    }
}

/// The names of arguments, in the order in which they stand.
struct Names(Vec<Ident>);

impl Names {
    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|ident| is_named(ident, name))
    }

    /// Where the later one stands, if both are there.
    fn later_of(&self, one: &str, other: &str) -> Option<Span> {
        let later = self.position(one)?.max(self.position(other)?);
        Some(self.0[later].span())
    }
}

/// The parts between the commas; a trailing comma makes no part.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                // Nothing before the comma: the comma itself is what the error has to point at.
                if piece.is_empty() {
                    piece.extend([TokenTree::from(punct)]);
                }
                pieces.push(std::mem::take(&mut piece));
            }
            token => piece.extend([token]),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &str) -> (Arguments, Vec<String>) {
        let mut mistakes = Vec::new();
        let arguments = Arguments::read(arguments.parse().unwrap(), &mut mistakes);
        (arguments, mistakes.iter().map(|mistake| mistake.message().to_owned()).collect())
    }

    fn only_mistake(arguments: &str) -> String {
        let (_, mistakes) = read(arguments);
        assert_eq!(mistakes.len(), 1, "{arguments}: {mistakes:?}");
        mistakes[0].clone()
    }

    #[test]
    fn an_empty_list_sets_nothing() {
        let (arguments, mistakes) = read("");
        assert!(mistakes.is_empty());
        assert!(arguments.backend.is_none() && arguments.worker_threads.is_none());
        assert!(!arguments.is_current_thread() && arguments.start_paused.is_none());
        assert!(arguments.facade.is_none());
    }

    #[test]
    fn every_argument_is_read() {
        let (arguments, mistakes) = read("backend = \"smol\", worker_threads = 4, crate = a::b,");
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(arguments.facade().to_string(), "a :: b");
        assert_eq!(arguments.backend.unwrap().to_string(), "\"smol\"");
        assert_eq!(arguments.worker_threads.unwrap().to_string(), "4");
        assert!(read("current_thread").0.is_current_thread());
        assert!(read("all").0.all.is_some());
        assert!(read("start_paused = true").0.is_current_thread());
        assert!(!read("start_paused = false").0.is_current_thread());
        let limit = read("shutdown_timeout = Duration::from_secs_f64(0.5, 1)").0.shutdown_timeout;
        assert_eq!(limit.unwrap().to_string(), "Duration :: from_secs_f64 (0.5 , 1)");
    }

    #[test]
    fn the_facade_may_be_quoted_absolute_or_a_keyword() {
        for path in ["\"::a::b\"", "::a::b", "crate", "self::a", "\"crate\""] {
            let (arguments, mistakes) = read(&format!("crate = {path}"));
            assert!(arguments.facade.is_some(), "{path}: {mistakes:?}");
        }
    }

    #[test]
    fn worker_threads_takes_what_fits_a_usize() {
        for count in ["1", "4usize", "0x10", "1_000"] {
            assert!(read(&format!("worker_threads = {count}")).1.is_empty(), "{count}");
        }
        for count in ["-1", "1.5", "4u8", "true", "N", "2 * 2", "99999999999999999999", ""] {
            let mistake = only_mistake(&format!("worker_threads = {count}"));
            assert!(mistake.contains("needs an integer literal"), "{count}: {mistake}");
        }
        assert!(only_mistake("worker_threads").contains("needs an integer literal"));
        assert!(only_mistake("worker_threads = 0").contains("must be at least 1"));
        assert!(only_mistake("worker_threads = \"4\"").contains("remove the quotes"));
    }

    #[test]
    fn other_values_are_checked() {
        for backend in ["backend", "backend =", "backend = tokio", "backend = 1"] {
            assert!(only_mistake(backend).contains("needs a string literal"), "{backend}");
        }
        assert!(only_mistake("backend = \" \"").contains("is empty"));
        for facade in ["crate", "crate = 1", "crate = \"a b\"", "crate = \"\"", "crate = a<b>"] {
            assert!(only_mistake(facade).contains("needs the path"), "{facade}");
        }
        for limit in ["", " =", " = 5", " = \"5s\"", " = 0.5"] {
            let mistake = only_mistake(&format!("shutdown_timeout{limit}"));
            assert!(mistake.contains("needs a duration"), "{limit}: {mistake}");
        }
        for paused in
            ["start_paused", "start_paused =", "start_paused = 1", "start_paused = PAUSED"]
        {
            assert!(only_mistake(paused).contains("needs `true` or `false`"), "{paused}");
        }
        for flag in ["current_thread = true", "current_thread =", "all = true"] {
            assert!(only_mistake(flag).contains("takes no value"), "{flag}");
        }
    }

    #[test]
    fn unknown_and_malformed_arguments_are_named() {
        assert!(only_mistake("threads = true").contains("unknown argument `threads`"));
        assert!(only_mistake("flavor = \"current_thread\"").contains("write `current_thread`"));
        assert!(only_mistake("\"tokio\"").contains("expected the name"));
        assert!(only_mistake("current_thread,, crate = a").contains("expected the name"));
        assert!(only_mistake("backend(\"tokio\")").contains("expected `=`"));
    }

    #[test]
    fn arguments_exclude_themselves_and_one_another() {
        assert!(only_mistake("crate = a, crate = b").contains("duplicate argument `crate`"));
        assert!(only_mistake("current_thread, worker_threads = 2").contains("excludes"));
        assert!(only_mistake("worker_threads = 2, current_thread").contains("excludes"));
        assert!(only_mistake("all, backend = \"tokio\"").contains("excludes"));
        assert!(only_mistake("worker_threads = 2, start_paused = true").contains("excludes"));
        assert!(only_mistake("start_paused = true, worker_threads = 2").contains("excludes"));
        assert!(read("start_paused = false, worker_threads = 2").1.is_empty());
        assert!(read("start_paused = true, current_thread").1.is_empty());
    }

    #[test]
    fn every_mistake_of_a_list_is_reported() {
        let (arguments, mistakes) =
            read("flavor = \"x\", backend = 1, crate = a, worker_threads = 0");
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        assert!(arguments.facade.is_some());
    }
}
