//! Whose tasks a thread runs at the moment.

use std::cell::Cell;
use std::ptr;

thread_local! {
    static HOME: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

/// The thread runs the tasks of this home from now on, and keeps it. Returns whose it ran before, or null.
pub(crate) fn run_home(home: *const ()) -> *const () {
    HOME.replace(home)
}

/// Whether the thread runs the tasks of this home, and so keeps it.
#[inline]
pub(super) fn runs_home(home: *const ()) -> bool {
    HOME.get() == home
}
