//! Documentation, visibility and other attributes stay on the function.

#![deny(warnings, missing_docs)]

/// Functions that a program calls as plain ones.
pub mod functions {
    /// Documented, and inlined whatever that means here.
    #[inline]
    #[must_use]
    #[anyrt::main]
    #[allow(unused_variables)]
    pub async fn answer() -> u8 {
        #![allow(unused_mut)]
        let mut unused = 0;
        42
    }

    /// This one is not compiled.
    #[anyrt::main]
    #[cfg(any())]
    pub async fn absent() -> NoSuchType {}

    /// An opaque type.
    #[anyrt::main(current_thread, backend = "tokio")]
    pub async fn opaque() -> impl Iterator<Item = u8> {
        [1, 2].into_iter()
    }

    /// A function that does not return.
    #[anyrt::main(current_thread, backend = "tokio")]
    pub async fn never() -> ! {
        std::process::exit(0)
    }
}

/// Runs them.
#[anyrt::main(current_thread, backend = "tokio")]
#[deny(unused_must_use)]
async fn main() {
    // On a thread of their own, as a runtime cannot be entered from inside another.
    let thread = std::thread::spawn(|| {
        assert_eq!(functions::answer(), 42);
        assert_eq!(functions::opaque().sum::<u8>(), 3);
        functions::never();
    });
    thread.join().unwrap();
}
