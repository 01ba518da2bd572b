//! The stack of a thread in a poll that takes too long.

#[cfg(all(
    feature = "stack",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod linux;
#[cfg(all(
    feature = "stack",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) use linux::Asker;

#[cfg(not(all(
    feature = "stack",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod elsewhere;
#[cfg(not(all(
    feature = "stack",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
pub(crate) use elsewhere::Asker;

use std::fmt;

/// The functions that a thread is in; of a [`Stall`](crate::Stall).
///
/// Shown with `{}` it has a line for each function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stack {
    /// The innermost first: the one in which the thread is, then the one that has called it. The last ones are of the
    /// runtime and of the thread's start.
    pub frames: Vec<Frame>,
}

/// A function that a thread is in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Where in it the thread is: the address to which its callee returns or, of the innermost function, that of the next
    /// instruction. Functions that the compiler has put into one have the same.
    pub address: u64,
    /// Its name, if the program has it: `strip` takes it away.
    pub function: Option<String>,
    /// The file of its source, if the program has debug information.
    pub file: Option<String>,
    /// The line in the file.
    pub line: Option<u32>,
}

impl fmt::Display for Stack {
    /// A line for each function, with its number, and without a line break after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, frame) in self.frames.iter().enumerate() {
            let line_break = if number == 0 { "" } else { "\n" };
            write!(f, "{line_break}{number:>4}: {frame}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Frame {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "{}", function.escape_debug())?,
            None => write!(f, "{:#x}", self.address)?,
        }
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {}:{line}", file.escape_debug()),
            (Some(file), None) => write!(f, " at {}", file.escape_debug()),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_a_line_with_what_is_known_of_it() {
        let unknown = Frame { address: 0x1f, function: None, file: None, line: None };
        let known = Frame {
            function: Some("a::\nb".into()),
            file: Some("c.rs".into()),
            line: Some(3),
            ..unknown
        };
        let no_line = Frame { line: None, ..known.clone() };
        let stack = Stack { frames: vec![unknown.clone(), known, no_line] };
        let expected = "   0: 0x1f\n   1: a::\\nb at c.rs:3\n   2: a::\\nb at c.rs";
        assert_eq!(stack.to_string(), expected);
    }
}
