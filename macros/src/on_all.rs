//! `#[anyrt::test(all)]`: a test for each backend that is compiled in.

use crate::arguments::Arguments;
use crate::expand::{Entry, all_of, run};
use crate::function::{Attribute, Function};
use crate::mistake::Mistake;
use crate::tokens::{Ident, Literal, TokenStream, TokenTree, fill};

/// The backends that are compiled in, which the features of this crate repeat.
const COMPILED: &[&str] = &[
    #[cfg(feature = "tokio")]
    "tokio",
    #[cfg(feature = "async-std")]
    "async-std",
    #[cfg(feature = "smol")]
    "smol",
    #[cfg(feature = "native")]
    "native",
];

/// What is wrong with `all` where it stands.
pub(crate) fn mistake(entry: Entry, all: &Ident) -> Option<Mistake> {
    let message = match entry {
        Entry::Main => "`all` is for tests: `main` has one runtime",
        Entry::Test if COMPILED.is_empty() => {
            "no backend is compiled in: enable a feature of `anyrt`, such as `native`"
        }
        Entry::Test => return None,
    };
    Some(Mistake::at(all.span(), message))
}

/// The async function as it was written, and beside it a module of its name with a test for each backend.
pub(crate) fn tests(arguments: &Arguments, function: &Function) -> TokenStream {
    tests_for(COMPILED, arguments, function)
}

fn tests_for(backends: &[&str], arguments: &Arguments, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let of_function = attributes.iter().filter(|attribute| !attribute.is_for_the_harness());
    let of_both = attributes.iter().filter(|attribute| attribute.is("cfg"));
    let tests = backends.iter().map(|backend| test(backend, arguments, function));
    fill(
        "#[cfg(test)] $of_function $visibility $signature $body
        #[cfg(test)] $of_both mod $name { $tests }",
        &[
            ("of_function", &all_of(of_function)),
            ("visibility", visibility),
            ("signature", &signature.tokens()),
            ("body", &TokenTree::from(body.clone()).into()),
            ("of_both", &all_of(of_both)),
            ("name", &TokenTree::from(signature.name.clone()).into()),
            ("tests", &tests.collect()),
        ],
    )
}

/// The test on one backend.
fn test(backend: &str, arguments: &Arguments, function: &Function) -> TokenStream {
    let Function { attributes, signature, .. } = function;
    let of_test = attributes.iter().filter(|attribute| attribute.is_for_the_harness());
    let test = Ident::new(&backend.replace('-', "_"), signature.name.span());
    // The type may be written in terms of what is in scope around the function, which is another place. A test that
    // is to panic must return nothing.
    let output =
        if signature.output.is_empty() { "" } else { "-> impl ::std::process::Termination" };
    let name = TokenTree::from(signature.name.clone()).into();
    let future = fill("super:: $name()", &[("name", &name)]);
    fill(
        "$of_test $added fn $test() $output { $run }",
        &[
            ("of_test", &all_of(of_test)),
            ("added", &Entry::Test.added_attribute()),
            ("test", &TokenTree::from(test).into()),
            ("output", &fill(output, &[])),
            ("run", &run(Entry::Test, arguments, Some(&Literal::string(backend)), &future)),
        ],
    )
}

impl Attribute {
    fn is_for_the_harness(&self) -> bool {
        self.is("ignore") || self.is("should_panic")
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn each_attribute_goes_where_it_means_something() {
        let function = quote! {
            /// Docs.
            #[cfg(unix)]
            #[ignore]
            #[should_panic(expected = "x")]
            #[allow(dead_code)]
            pub async fn name() -> io::Result<()> { serve().await }
        };
        let mut mistakes = Vec::new();
        let arguments = Arguments::read(quote!(all, worker_threads = 2), &mut mistakes);
        let function = Function::read(function).unwrap();
        let expected = quote! {
            #[cfg(test)]
            /// Docs.
            #[cfg(unix)]
            #[allow(dead_code)]
            pub async fn name() -> io::Result<()> { serve().await }

            #[cfg(test)]
            #[cfg(unix)]
            mod name {
                #[ignore]
                #[should_panic(expected = "x")]
                #[::core::prelude::v1::test]
                fn async_std() -> impl ::std::process::Termination {
                    ::anyrt::__private::run_test(
                        ::anyrt::Builder::new().backend("async-std").worker_threads(2),
                        super::name(),
                    )
                }
            }
        };
        assert!(mistakes.is_empty());
        let tests = tests_for(&["async-std"], &arguments, &function);
        assert_eq!(tests.to_string(), expected.to_string());
    }
}
