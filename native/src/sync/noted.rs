//! Atomics and locks that note which cache lines a thread touches through them.
//!
//! With `--cfg anyrt_noted` they stand in the place of the standard library's, for `lines_tests.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::atomic;

/// The usual size of a line, in bytes.
const LINE: usize = 64;

/// What is noted when it is used. All but [`load`](Self::load) counts as a write.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Noted<A>(A);

pub(crate) type AtomicBool = Noted<atomic::AtomicBool>;
pub(crate) type AtomicU32 = Noted<atomic::AtomicU32>;
pub(crate) type AtomicU64 = Noted<atomic::AtomicU64>;
pub(crate) type AtomicUsize = Noted<atomic::AtomicUsize>;
pub(crate) type AtomicPtr<T> = Noted<atomic::AtomicPtr<T>>;
pub(crate) type Mutex<T> = Noted<std::sync::Mutex<T>>;

/// How often a thread has written each line that it has touched, by the number of the line.
pub(crate) type Lines = HashMap<usize, usize>;

thread_local! {
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// From now on this thread notes what it touches.
pub(crate) fn begin() {
    LINES.set(Some(Lines::new()));
}

/// What this thread has touched since [`begin`].
pub(crate) fn end() -> Lines {
    LINES.take().expect("it was begun on this thread")
}

fn note<T>(place: &T, writes: usize) {
    let line = ptr::from_ref(place).addr() / LINE;
    // On a thread that ends there is nothing to note in.
    let _ = LINES.try_with(|lines| {
        if let Some(lines) = &mut *lines.borrow_mut() {
            *lines.entry(line).or_default() += writes;
        }
    });
}

impl<A> Deref for Noted<A> {
    type Target = A;

    fn deref(&self) -> &A {
        note(self, 1);
        &self.0
    }
}

/// For who has it alone, which is nothing to note.
impl<A> DerefMut for Noted<A> {
    fn deref_mut(&mut self) -> &mut A {
        &mut self.0
    }
}

impl<T> Noted<std::sync::Mutex<T>> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }
}

impl<A: Default> Default for Noted<A> {
    fn default() -> Self {
        Self(A::default())
    }
}

macro_rules! atomic {
    ($name:ident $(<$t:ident>)?, $value:ty) => {
        impl $(<$t>)? Noted<atomic::$name $(<$t>)?> {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(crate) fn load(&self, ordering: atomic::Ordering) -> $value {
                note(self, 0);
                self.0.load(ordering)
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);
