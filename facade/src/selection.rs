//! Which backend runs a call, and why: the rule in code.

use std::error::Error;
use std::ffi::OsString;
use std::{env, fmt, io};

use crate::backends::{COMPILED, KNOWN};
use crate::{Handle, default_runtime};

/// The one environment variable that anyrt reads.
const VARIABLE: &str = "ANYRT_BACKEND";

/// The backend that a call without a handle would use here and now, and who chose it.
///
/// Starts nothing. Inside the default runtime of the process, which that of `#[anyrt::main]` is as well, it
/// tells by which step that runtime came.
///
/// ```
/// match anyrt::selection() {
///     Ok(selection) => eprintln!("{selection}"), // tokio, the first backend compiled in
///     Err(error) => eprintln!("{error}"),
/// }
/// ```
///
/// # Errors
/// No backend is compiled in, or one is asked for that is not.
pub fn selection() -> Result<Selection, SelectionError> {
    let choice = match Handle::try_current() {
        Some(handle) => default_runtime::choice_of(&handle)
            .unwrap_or_else(|| Choice { backend: handle.backend(), reason: Reason::Inside }),
        None => default_runtime::choice()?,
    };
    Ok(Selection { choice })
}

/// Which backend was chosen, by which step of the [rule](https://docs.rs/anyrt/#which-runtime-runs-a-call), and
/// what else is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    choice: Choice,
}

impl Selection {
    /// The name of the backend, which is also that of its feature.
    ///
    /// ```
    /// let selection = anyrt::selection()?;
    /// println!("calls from here are run by {}", selection.backend());
    /// # Ok::<(), anyrt::SelectionError>(())
    /// ```
    pub fn backend(&self) -> &'static str {
        self.choice.backend
    }

    /// The step of the rule that chose it.
    ///
    /// ```
    /// use anyrt::Reason;
    ///
    /// if anyrt::selection()?.reason() == Reason::FirstCompiled {
    ///     eprintln!("nobody said which runtime is meant: another feature may change it");
    /// }
    /// # Ok::<(), anyrt::SelectionError>(())
    /// ```
    pub fn reason(&self) -> Reason {
        self.choice.reason
    }

    /// The backends that are compiled in, in the order of preference.
    ///
    /// ```
    /// let selection = anyrt::selection()?;
    /// assert!(selection.compiled().contains(&selection.backend()));
    /// # Ok::<(), anyrt::SelectionError>(())
    /// ```
    pub fn compiled(&self) -> &'static [&'static str] {
        COMPILED
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Choice { backend, reason } = self.choice;
        write!(f, "{backend}, {reason} (compiled in: {})", COMPILED.join(", "))
    }
}

/// The step of the [selection rule](https://docs.rs/anyrt/#which-runtime-runs-a-call) that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The thread is inside a runtime of it, which is not the default runtime of the process (step 2).
    Inside,
    /// The application pinned it (step 3).
    Pinned,
    /// The environment variable `ANYRT_BACKEND` names it (step 4).
    Environment,
    /// It is the first that is compiled in (step 5).
    FirstCompiled,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inside => "the runtime that this thread is inside",
            Self::Pinned => "pinned by the application",
            Self::Environment => "named by ANYRT_BACKEND",
            Self::FirstCompiled => "the first backend compiled in",
        })
    }
}

/// A backend and the step that chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) backend: &'static str,
    pub(crate) reason: Reason,
}

/// Steps 4 and 5.
pub(crate) fn by_environment_or_order() -> Result<Choice, SelectionError> {
    environment_or_first(env::var_os(VARIABLE), COMPILED)
}

/// Step 3, for a name that the application gave.
pub(crate) fn pinned(name: &str) -> Result<Choice, SelectionError> {
    find(name, Reason::Pinned, COMPILED)
}

fn environment_or_first(
    variable: Option<OsString>,
    compiled: &[&'static str],
) -> Result<Choice, SelectionError> {
    match variable {
        Some(name) => find(&name.to_string_lossy(), Reason::Environment, compiled),
        None => match compiled.first() {
            Some(backend) => Ok(Choice { backend, reason: Reason::FirstCompiled }),
            None => Err(SelectionError { kind: Kind::NoneCompiled }),
        },
    }
}

fn find(name: &str, reason: Reason, compiled: &[&'static str]) -> Result<Choice, SelectionError> {
    if compiled.is_empty() {
        return Err(SelectionError { kind: Kind::NoneCompiled });
    }
    match compiled.iter().find(|backend| **backend == name) {
        Some(backend) => Ok(Choice { backend, reason }),
        None => {
            let is_known = KNOWN.contains(&name);
            let (name, compiled) = (name.to_owned(), compiled.to_vec());
            Err(SelectionError { kind: Kind::NotCompiled { name, is_known, reason, compiled } })
        }
    }
}

/// No backend can be chosen.
///
/// Its message says what to write into Cargo.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NoneCompiled,
    NotCompiled { name: String, is_known: bool, reason: Reason, compiled: Vec<&'static str> },
}

impl SelectionError {
    pub(crate) fn is_none_compiled(&self) -> bool {
        matches!(self.kind, Kind::NoneCompiled)
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::NoneCompiled => {
                let version =
                    concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
                write!(
                    f,
                    "no async runtime is compiled in: add `anyrt = {{ version = \"{version}\", \
                     features = [\"tokio\"] }}` to the [dependencies] of the application's Cargo.toml"
                )
            }
            Kind::NotCompiled { name, is_known, reason, compiled } => {
                let compiled = compiled.join(", ");
                let by_environment = *reason == Reason::Environment;
                let origin = match by_environment {
                    true => "named by ANYRT_BACKEND",
                    false => "asked for by the application",
                };
                if *is_known {
                    write!(
                        f,
                        "the backend `{name}`, {origin}, is not compiled in: choose one of those \
                         that are ({compiled}), or enable the feature of its name"
                    )
                } else if name.is_empty() && by_environment {
                    write!(
                        f,
                        "ANYRT_BACKEND is empty: let it name one of the backends that are compiled \
                         in ({compiled}), or unset it"
                    )
                } else {
                    write!(
                        f,
                        "there is no backend called `{name}`, {origin}: choose one of those that \
                         are compiled in ({compiled})"
                    )
                }
            }
        }
    }
}

impl Error for SelectionError {}

impl From<SelectionError> for io::Error {
    fn from(error: SelectionError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[&str] = &["tokio", "smol"];

    #[test]
    fn the_environment_goes_before_the_order() {
        let by_variable = environment_or_first(Some("smol".into()), TWO);
        assert_eq!(by_variable, Ok(Choice { backend: "smol", reason: Reason::Environment }));
        let by_order = environment_or_first(None, TWO);
        assert_eq!(by_order, Ok(Choice { backend: "tokio", reason: Reason::FirstCompiled }));
    }

    #[test]
    fn names_that_are_not_compiled_are_refused_with_those_that_are() {
        let by_variable =
            |name: &str| environment_or_first(Some(name.into()), TWO).unwrap_err().to_string();
        assert_eq!(
            by_variable("native"),
            "the backend `native`, named by ANYRT_BACKEND, is not compiled in: choose one of those \
             that are (tokio, smol), or enable the feature of its name"
        );
        for name in ["Tokio", " tokio", "ünknown"] {
            assert_eq!(
                by_variable(name),
                format!(
                    "there is no backend called `{name}`, named by ANYRT_BACKEND: choose one of \
                     those that are compiled in (tokio, smol)"
                )
            );
        }
        assert_eq!(
            by_variable(""),
            "ANYRT_BACKEND is empty: let it name one of the backends that are compiled in (tokio, \
             smol), or unset it"
        );
        for name in ["native", "", "Tokio"] {
            let error = find(name, Reason::Pinned, TWO).unwrap_err().to_string();
            assert!(error.contains("asked for by the application"), "{error}");
        }
    }

    #[test]
    fn without_backends_the_line_to_add_is_named() {
        for variable in [None, Some("tokio".into())] {
            let error = environment_or_first(variable, &[]).unwrap_err().to_string();
            let line = "`anyrt = { version = \"0.1\", features = [\"tokio\"] }`";
            assert!(error.contains(line), "{error}");
        }
    }
}
