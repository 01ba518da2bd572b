//! `#[anyrt::test(all)]`: a test for each backend that is compiled in.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Error, LitStr, ReturnType};

use crate::arguments::Arguments;
use crate::expand::{Entry, run};
use crate::function::Function;

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
pub(crate) fn mistake(entry: Entry, all: &Ident) -> Option<Error> {
    match entry {
        Entry::Main => Some(Error::new(all.span(), "`all` is for tests: `main` has one runtime")),
        Entry::Test if COMPILED.is_empty() => {
            let what = "no backend is compiled in: enable a feature of `anyrt`, such as `native`";
            Some(Error::new(all.span(), what))
        }
        Entry::Test => None,
    }
}

/// The async function as it was written, and beside it a module of its name with a test for each backend.
pub(crate) fn tests(arguments: &Arguments, function: &Function) -> TokenStream {
    tests_for(COMPILED, arguments, function)
}

fn tests_for(backends: &[&str], arguments: &Arguments, function: &Function) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let name = &signature.ident;
    let of_function = attributes.iter().filter(|attribute| !is_for_the_harness(attribute));
    let of_tests: Vec<_> = attributes.iter().filter(|it| is_for_the_harness(it)).collect();
    let of_both: Vec<_> = attributes.iter().filter(|it| it.path().is_ident("cfg")).collect();
    let added_attribute = Entry::Test.added_attribute();
    let only_in_tests = quote!(#[cfg(test)]);
    // The type may be written in terms of what is in scope around the function, which is another place. A test that
    // is to panic must return nothing.
    let output = match signature.output {
        ReturnType::Default => None,
        ReturnType::Type(..) => Some(quote!(-> impl ::std::process::Termination)),
    };
    let tests = backends.iter().map(|backend| {
        let test = Ident::new(&backend.replace('-', "_"), name.span());
        let backend = LitStr::new(backend, Span::call_site());
        let run = run(Entry::Test, arguments, Some(&backend), &quote!(super::#name()));
        quote! {
            #(#of_tests)*
            #added_attribute
            fn #test() #output {
                #run
            }
        }
    });

    quote! {
        #only_in_tests
        #(#of_function)*
        #visibility #signature #body

        #only_in_tests
        #(#of_both)*
        mod #name {
            #(#tests)*
        }
    }
}

fn is_for_the_harness(attribute: &Attribute) -> bool {
    ["ignore", "should_panic"].iter().any(|name| attribute.path().is_ident(name))
}

#[cfg(test)]
mod tests {
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
        let function = syn::parse2(function).unwrap();
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
