//! What may stand in the brackets of the attributes.
//!
//! Reading goes on after a mistake, so that one build shows all of them. For that the list is cut at
//! its commas before any part of it is understood. Next: `function.rs`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Lit, LitBool, LitInt, LitStr, Path, Result, Token};

/// The arguments as the user wrote them: the tokens are kept, because later errors point at them.
#[derive(Default)]
pub(crate) struct Arguments {
    /// For tests alone: one for each backend that is compiled in. Excludes `backend`.
    pub(crate) all: Option<Ident>,
    pub(crate) backend: Option<LitStr>,
    pub(crate) worker_threads: Option<LitInt>,
    pub(crate) current_thread: bool,
    /// Implies `current_thread`.
    pub(crate) start_paused: Option<LitBool>,
    pub(crate) tokio_context: Option<LitBool>,
    /// An expression, which the compiler checks where it goes.
    pub(crate) shutdown_timeout: Option<TokenStream>,
    /// The value of `crate`: the path of the facade.
    pub(crate) facade: Option<Path>,
}

impl Arguments {
    /// Reads the whole list. What is wrong is left out of the result and added to `mistakes`.
    pub(crate) fn read(tokens: TokenStream, mistakes: &mut Vec<Error>) -> Self {
        let mut arguments = Self::default();
        let mut names = Vec::new();
        for piece in split_at_commas(tokens) {
            if let Err(mistake) = arguments.read_one(piece, &mut names) {
                mistakes.push(mistake);
            }
        }

        let all = names.iter().position(|name| name == "all");
        let one = names.iter().position(|name| name == "backend");
        if let (Some(all), Some(one)) = (all, one) {
            mistakes.push(Error::new(
                names[all.max(one)].span(),
                "`all` excludes `backend`: remove one of them",
            ));
        }
        let without_threads = names.iter().position(|name| name == "current_thread");
        let with_threads = names.iter().position(|name| name == "worker_threads");
        if let (Some(without_threads), Some(with_threads)) = (without_threads, with_threads) {
            mistakes.push(Error::new(
                names[without_threads.max(with_threads)].span(),
                "`current_thread` excludes `worker_threads`: remove one of them",
            ));
        }
        let paused = names.iter().position(|name| name == "start_paused");
        if let (true, Some(paused), Some(with_threads)) =
            (arguments.starts_paused(), paused, with_threads)
        {
            mistakes.push(Error::new(
                names[paused.max(with_threads)].span(),
                "`start_paused` excludes `worker_threads`, where no clock can be paused: remove one of them",
            ));
        }
        arguments
    }

    fn starts_paused(&self) -> bool {
        self.start_paused.as_ref().is_some_and(LitBool::value)
    }

    /// The path of the facade.
    pub(crate) fn facade(&self) -> TokenStream {
        self.facade.as_ref().map_or_else(|| quote!(::anyrt), ToTokens::to_token_stream)
    }

    /// Whether the runtime is to have no worker threads.
    pub(crate) fn is_current_thread(&self) -> bool {
        self.current_thread || self.starts_paused()
    }

    /// Reads one argument. `names` holds the known ones so far, those with a wrong value included.
    fn read_one(&mut self, tokens: TokenStream, names: &mut Vec<Ident>) -> Result<()> {
        let argument: Argument = syn::parse2(tokens)?;
        let name = argument.name.to_string();
        if !KNOWN.contains(&name.as_str()) {
            return Err(argument.unknown());
        }
        if names.contains(&argument.name) {
            return Err(Error::new(
                argument.name.span(),
                format!("duplicate argument `{name}`: remove one of them"),
            ));
        }
        names.push(argument.name.clone());

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

const KNOWN: [&str; 8] = [
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

/// `name` or `name = value`, the value not yet understood.
struct Argument {
    name: Ident,
    equals: Option<Token![=]>,
    value: TokenStream,
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        // `parse_any`, because `crate` is a keyword.
        let name = input.call(Ident::parse_any).map_err(|error| {
            let message =
                format!("expected the name of an argument: the known ones are {KNOWN_LIST}");
            Error::new(error.span(), message)
        })?;
        let equals: Option<Token![=]> = input.parse()?;
        if equals.is_none() && !input.is_empty() {
            return Err(input.error(format!("expected `=` or `,` after `{name}`")));
        }
        let value = input.parse()?;
        Ok(Self { name, equals, value })
    }
}

impl Argument {
    fn backend(&self) -> Result<LitStr> {
        match syn::parse2::<LitStr>(self.value.clone()) {
            Ok(name) if name.value().trim().is_empty() => {
                Err(self.wrong("`backend` is empty: name one, such as `backend = \"tokio\"`"))
            }
            Ok(name) => Ok(name),
            Err(_) => {
                Err(self.wrong("`backend` needs a string literal, such as `backend = \"tokio\"`"))
            }
        }
    }

    fn worker_threads(&self) -> Result<LitInt> {
        if syn::parse2::<LitStr>(self.value.clone()).is_ok() {
            return Err(self.wrong("`worker_threads` needs an integer: remove the quotes"));
        }
        // The literal goes into the expansion as it is, so another suffix would be a type error there.
        // A minus sign is part of `LitInt`; it is the conversion that refuses it.
        let count = syn::parse2::<LitInt>(self.value.clone())
            .ok()
            .filter(|literal| matches!(literal.suffix(), "" | "usize"))
            .and_then(|literal| Some((literal.base10_parse::<usize>().ok()?, literal)));
        match count {
            None => Err(self.wrong(
                "`worker_threads` needs an integer literal of at least 1, such as `worker_threads = 4`",
            )),
            Some((0, _)) => Err(self.wrong(
                "`worker_threads` must be at least 1: write `current_thread` for a runtime without worker threads",
            )),
            Some((_, literal)) => Ok(literal),
        }
    }

    fn is_alone(&self) -> Result<()> {
        match self.equals {
            None => Ok(()),
            Some(_) => Err(self.wrong(&format!("`{}` takes no value: write it alone", self.name))),
        }
    }

    fn is_wanted(&self) -> Result<LitBool> {
        let name = &self.name;
        syn::parse2(self.value.clone()).map_err(|_| {
            self.wrong(&format!("`{name}` needs `true` or `false`, as in `{name} = true`"))
        })
    }

    fn shutdown_timeout(&self) -> Result<TokenStream> {
        // A number would leave the unit open.
        if self.value.is_empty() || syn::parse2::<Lit>(self.value.clone()).is_ok() {
            return Err(self.wrong(
                "`shutdown_timeout` needs a duration, such as `shutdown_timeout = std::time::Duration::from_secs(5)`",
            ));
        }
        Ok(self.value.clone())
    }

    fn facade(&self) -> Result<Path> {
        // Module style: a path with `<..>` or `(..)` in it cannot be the way to a crate.
        let path = match syn::parse2::<LitStr>(self.value.clone()) {
            Ok(quoted) => quoted.parse_with(Path::parse_mod_style),
            Err(_) => Path::parse_mod_style.parse2(self.value.clone()),
        };
        path.map_err(|_| {
            self.wrong("`crate` needs the path of the facade, such as `crate = ::anyrt`")
        })
    }

    /// A mistake in the value; if there is none, the name is the only place to point at.
    fn wrong(&self, message: &str) -> Error {
        if self.value.is_empty() {
            Error::new(self.name.span(), message)
        } else {
            Error::new_spanned(&self.value, message)
        }
    }

    fn unknown(&self) -> Error {
        let name = &self.name;
        // The one argument that people bring along from tokio's attributes and that has a counterpart.
        let message = if name == "flavor" {
            "unknown argument `flavor`: write `current_thread` or `worker_threads = 4` instead"
                .into()
        } else {
            format!("unknown argument `{name}`: the known ones are {KNOWN_LIST}")
        };
        Error::new(name.span(), message)
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
        (arguments, mistakes.iter().map(Error::to_string).collect())
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
        assert_eq!(arguments.backend.unwrap().value(), "smol");
        assert_eq!(arguments.worker_threads.unwrap().to_string(), "4");
        assert_eq!(arguments.facade.unwrap().to_token_stream().to_string(), "a :: b");
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
