//! The descriptors of the standard streams.

use super::{Stderr, Stdin, Stdout};

/// Lends what the stream of the standard library has.
macro_rules! lend {
    ($($type:ident: $function:ident;)+) => {
        #[cfg(any(unix, target_os = "wasi"))]
        mod of_unix {
            use std::io;
            use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

            $(
                impl AsFd for super::$type {
                    fn as_fd(&self) -> BorrowedFd<'_> {
                        // That of the process, which lives as long.
                        static STREAM: std::sync::LazyLock<io::$type> = std::sync::LazyLock::new(io::$function);

                        STREAM.as_fd()
                    }
                }

                impl AsRawFd for super::$type {
                    fn as_raw_fd(&self) -> RawFd {
                        io::$function().as_raw_fd()
                    }
                }
            )+
        }

        #[cfg(windows)]
        mod of_windows {
            use std::io;
            use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, RawHandle};

            $(
                impl AsHandle for super::$type {
                    fn as_handle(&self) -> BorrowedHandle<'_> {
                        // That of the process, which lives as long.
                        static STREAM: std::sync::LazyLock<io::$type> = std::sync::LazyLock::new(io::$function);

                        STREAM.as_handle()
                    }
                }

                impl AsRawHandle for super::$type {
                    fn as_raw_handle(&self) -> RawHandle {
                        io::$function().as_raw_handle()
                    }
                }
            )+
        }
    };
}

lend! {
    Stdin: stdin;
    Stdout: stdout;
    Stderr: stderr;
}
