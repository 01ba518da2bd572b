//! Each test on each backend, one at a time: a process has one observer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyrt::{Builder, Runtime, observe};
use anyrt_observe::Tasks;

/// Makes a module for each function, with a test for each backend.
macro_rules! on_all {
    ($($name:ident;)+) => {$(
        mod $name {
            #[test]
            fn native() {
                $crate::support::run("native", super::$name);
            }

            #[test]
            fn tokio() {
                $crate::support::run("tokio", super::$name);
            }

            #[test]
            fn smol() {
                $crate::support::run("smol", super::$name);
            }

            #[test]
            fn async_std() {
                $crate::support::run("async-std", super::$name);
            }
        }
    )+};
}

pub(crate) use on_all;

/// Nobody observes but whoever has this, and nobody does after it.
pub(crate) struct Alone {
    _turn: MutexGuard<'static, ()>,
}

pub(crate) fn alone() -> Alone {
    static TURN: Mutex<()> = Mutex::new(());

    Alone { _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
}

impl Drop for Alone {
    fn drop(&mut self) {
        observe::uninstall();
    }
}

/// Two workers, and one thread for closures, where the backend has options.
pub(crate) fn run(backend: &str, test: impl FnOnce(&Runtime, &Tasks)) {
    let _alone = alone();
    let builder = Builder::new().backend(backend);
    let builder = match backend {
        "async-std" => builder,
        _ => builder.worker_threads(2).max_blocking_threads(1),
    };
    let runtime = builder.build().unwrap();
    let tasks = Tasks::install();
    test(&runtime, &tasks);
}

#[allow(dead_code, reason = "not every test file asks")]
pub(crate) fn has_options(runtime: &Runtime) -> bool {
    runtime.handle().backend() != "async-std"
}

/// Waits until there is one. A test that waits for ever is seen to hang.
#[allow(dead_code, reason = "not every test file waits")]
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        match look() {
            Some(found) => return found,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}
