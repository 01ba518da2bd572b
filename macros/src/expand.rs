//! What is written in place of the function.
//!
//! Every name is an absolute path, because the user's module may have its own `Builder` or `test`.

use crate::arguments::Arguments;
use crate::function::{Attribute, Function};
use crate::mistake::Mistake;
use crate::on_all;
use crate::tokens::{Literal, Span, TokenStream, TokenTree, fill};

/// Which of the two attributes is expanded.
#[derive(Clone, Copy)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    pub(crate) fn added_attribute(self) -> TokenStream {
        match self {
            Self::Main => TokenStream::new(),
            Self::Test => fill("#[::core::prelude::v1::test]", &[]),
        }
    }

    /// The name of the function in the facade's `__private` module.
    fn run(self, has_limit: bool) -> &'static str {
        match (self, has_limit) {
            (Self::Main, false) => "run_main",
            (Self::Main, true) => "run_main_and_end_within",
            (Self::Test, false) => "run_test",
            (Self::Test, true) => "run_test_and_end_within",
        }
    }
}

/// Expands an attribute: into the function that runs the body or, if there is anything wrong, into
/// all the errors and a function that only type-checks the body.
pub(crate) fn expand(entry: Entry, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Vec::new();
    let arguments = Arguments::read(arguments, &mut mistakes);
    if let Some(all) = arguments.all.as_ref() {
        mistakes.extend(on_all::mistake(entry, all));
    }
    let expansion = match Function::read(item.clone()) {
        Ok(function) => {
            function.mistakes(&mut mistakes);
            if !mistakes.is_empty() {
                stand_in(entry, &function)
            } else if arguments.all.is_some() {
                on_all::tests(&arguments, &function)
            } else {
                running(entry, &arguments, &function)
            }
        }
        Err(mistake) => {
            mistakes.push(mistake);
            item
        }
    };
    let mistakes = mistakes.into_iter().map(Mistake::into_compile_error);
    mistakes.chain([expansion]).collect()
}

/// The plain function around the async one.
fn running(entry: Entry, arguments: &Arguments, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let name = TokenTree::from(signature.name.clone()).into();
    let run =
        run(entry, arguments, arguments.backend.as_ref(), &fill("$name()", &[("name", &name)]));
    fill(
        "$attributes $added $visibility fn $name() $output { $signature $body $assertion $run }",
        &[
            ("attributes", &all_of(attributes)),
            ("added", &entry.added_attribute()),
            ("visibility", visibility),
            ("name", &name),
            ("output", &signature.output),
            ("signature", &signature.tokens()),
            ("body", &TokenTree::from(body.clone()).into()),
            ("assertion", &assertion(arguments)),
            ("run", &run),
        ],
    )
}

/// Evaluated by the compiler, whose error is shown where the call stands: at the user's literal.
fn assertion(arguments: &Arguments) -> TokenStream {
    let Some(backend) = &arguments.backend else { return TokenStream::new() };
    let call = fill(
        "$facade::__private::assert_compiled($backend)",
        &[("facade", &arguments.facade()), ("backend", &TokenTree::from(backend.clone()).into())],
    );
    fill("const _: () = $call;", &[("call", &located_at(backend.span(), call))])
}

/// The expression that runs a future, on this backend if one is given.
pub(crate) fn run(
    entry: Entry,
    arguments: &Arguments,
    backend: Option<&Literal>,
    future: &TokenStream,
) -> TokenStream {
    let Arguments { worker_threads, start_paused, tokio_context, shutdown_timeout, .. } = arguments;
    let literal = |literal: &Literal| TokenTree::from(literal.clone());
    let options = [
        option(".backend($value)", backend.map(literal)),
        option(".worker_threads($value)", worker_threads.as_ref().map(literal)),
        if arguments.is_current_thread() {
            fill(".current_thread()", &[])
        } else {
            TokenStream::new()
        },
        option(".start_paused($value)", start_paused.as_ref().map(|it| it.token.clone())),
        option(".tokio_context($value)", tokio_context.as_ref().map(|it| it.token.clone())),
    ];
    let run = entry.run(shutdown_timeout.is_some());
    fill(
        &format!("$facade::__private::{run}($facade::Builder::new() $options, $future, $limit)"),
        &[
            ("facade", &arguments.facade()),
            ("options", &options.into_iter().collect()),
            ("future", future),
            ("limit", &shutdown_timeout.clone().unwrap_or_default()),
        ],
    )
}

/// The call of a setter of the builder, if there is a value.
fn option(call: &str, value: Option<TokenTree>) -> TokenStream {
    value.map_or_else(TokenStream::new, |value| fill(call, &[("value", &value.into())]))
}

/// Moves tokens to another place in the source. Names keep their meaning and lints still see generated
/// code, which would both end if the tokens took on the span itself. Groups are moved as a whole:
/// what is in them is the user's and stays where it is.
fn located_at(place: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    moved.collect()
}

/// A function of the same name that compiles, so that the reported mistakes stay the only errors, and
/// that keeps the body, so that editors go on understanding it. It does not call the facade: a wrong
/// `crate` argument would make that an error of its own.
fn stand_in(entry: Entry, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let template = if signature.has_receiver() {
        // Only a method can have it, and only outside of another function.
        "$attributes $visibility $signature $body"
    } else {
        "$attributes $added $visibility fn $name() { #[allow(dead_code)] $async $body }"
    };
    // Another entry attribute would report the function that it finds here.
    let attributes = all_of(attributes.iter().filter(|attribute| !attribute.is_entry()));
    fill(
        template,
        &[
            ("attributes", &attributes),
            ("added", &entry.added_attribute()),
            ("visibility", visibility),
            ("name", &TokenTree::from(signature.name.clone()).into()),
            ("signature", &signature.tokens()),
            ("async", &signature.made_async()),
            ("body", &TokenTree::from(body.clone()).into()),
        ],
    )
}

pub(crate) fn all_of<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> TokenStream {
    attributes.into_iter().flat_map(|attribute| attribute.tokens.clone()).collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    /// Compares as text: tokens have no equality.
    fn assert_expands(
        entry: Entry,
        arguments: TokenStream,
        item: TokenStream,
        expected: TokenStream,
    ) {
        assert_eq!(expand(entry, arguments, item).to_string(), expected.to_string());
    }

    #[test]
    fn main_runs_the_kept_function() {
        assert_expands(
            Entry::Main,
            quote!(worker_threads = 4, backend = "smol"),
            quote! {
                /// Docs.
                pub async fn main() -> io::Result<()> { serve().await }
            },
            quote! {
                /// Docs.
                pub fn main() -> io::Result<()> {
                    async fn main() -> io::Result<()> { serve().await }
                    const _: () = ::anyrt::__private::assert_compiled("smol");
                    ::anyrt::__private::run_main(
                        ::anyrt::Builder::new().backend("smol").worker_threads(4),
                        main(),
                    )
                }
            },
        );
    }

    #[test]
    fn test_adds_the_attribute_after_the_others() {
        assert_expands(
            Entry::Test,
            quote!(current_thread, crate = a::b),
            quote! {
                #[ignore]
                async fn name() { #![allow(x)] }
            },
            quote! {
                #[ignore]
                #[::core::prelude::v1::test]
                fn name() {
                    async fn name() { #![allow(x)] }
                    a::b::__private::run_test(a::b::Builder::new().current_thread(), name(),)
                }
            },
        );
    }

    #[test]
    fn a_paused_clock_needs_a_runtime_without_workers() {
        assert_expands(
            Entry::Test,
            quote!(start_paused = true),
            quote! {
                async fn name() {}
            },
            quote! {
                #[::core::prelude::v1::test]
                fn name() {
                    async fn name() {}
                    ::anyrt::__private::run_test(
                        ::anyrt::Builder::new().current_thread().start_paused(true),
                        name(),
                    )
                }
            },
        );
    }

    #[test]
    fn a_context_of_tokio_is_handed_on() {
        assert_expands(
            Entry::Test,
            quote!(tokio_context = true),
            quote! {
                async fn name() {}
            },
            quote! {
                #[::core::prelude::v1::test]
                fn name() {
                    async fn name() {}
                    ::anyrt::__private::run_test(
                        ::anyrt::Builder::new().tokio_context(true),
                        name(),
                    )
                }
            },
        );
    }

    #[test]
    fn a_limit_for_the_end_is_handed_on() {
        assert_expands(
            Entry::Main,
            quote!(shutdown_timeout = LIMIT / 2),
            quote! {
                async fn main() {}
            },
            quote! {
                fn main() {
                    async fn main() {}
                    ::anyrt::__private::run_main_and_end_within(
                        ::anyrt::Builder::new(),
                        main(),
                        LIMIT / 2
                    )
                }
            },
        );
    }

    #[test]
    fn a_wrong_function_is_kept_in_a_stand_in() {
        assert_expands(
            Entry::Main,
            quote!(),
            quote! {
                #[tokio::main]
                #[inline]
                const fn main(count: u8) -> u8 { count }
            },
            quote! {
                ::core::compile_error! { "one `main` or `test` attribute is enough: remove this one" }
                ::core::compile_error! { "the function cannot be `const`: remove it" }
                ::core::compile_error! { "the attribute needs an `async fn`: add `async`" }
                ::core::compile_error! { "the function cannot have parameters: nothing would pass them, remove them" }
                #[inline]
                fn main() {
                    #[allow(dead_code)]
                    async fn main(count: u8) -> u8 { count }
                }
            },
        );
    }

    #[test]
    fn what_is_no_function_is_kept_as_it_is() {
        assert_expands(
            Entry::Main,
            quote!(),
            quote!(
                struct Main;
            ),
            quote! {
                ::core::compile_error! { "the attribute needs an `async fn`: move it to one" }
                struct Main;
            },
        );
    }
}
