//! Counting by a handler of the system, which it calls in each child.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Zero as long as nobody watches. Then one more than there were forks between this process and the one
/// where the watch began.
static FORKS: AtomicU32 = AtomicU32::new(0);

static IS_INSIDE: OnceLock<fn() -> bool> = OnceLock::new();

static IN_CHILD: OnceLock<fn()> = OnceLock::new();

thread_local! {
    // Without a destructor, so that it is there as long as the thread.
    static IS_LEFT_BEHIND: Cell<bool> = const { Cell::new(false) };
    // When it forked last.
    static WAS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// A number that is another one after a fork, in the child; zero before the first call of [`watch`].
#[inline]
pub fn forks() -> u32 {
    // Relaxed: it changes while the process has one thread.
    FORKS.load(Ordering::Relaxed)
}

/// Counts forks from now on, and says what [`forks`] does.
///
/// If the system has no memory for that, they go unnoticed.
pub fn watch() -> u32 {
    static IS_WATCHED: OnceLock<()> = OnceLock::new();

    IS_WATCHED.get_or_init(|| {
        FORKS.store(1, Ordering::Relaxed);
        // SAFETY: the function may be called in a child that has one thread of several, as it takes no
        // lock and allocates nothing.
        unsafe { libc::pthread_atfork(Some(before), None, Some(forked)) };
    });
    forks()
}

/// Has `is_inside` asked before each fork, on the thread that forks, whether it is inside a runtime. Only
/// the first one that is ever given is asked.
pub fn ask_before(is_inside: fn() -> bool) {
    IS_INSIDE.get_or_init(|| is_inside);
}

/// Has `hook` called in each child, on its only thread. It must take no lock and allocate nothing. Only
/// the first one that is ever given is called.
pub fn call_in_child(hook: fn()) {
    IN_CHILD.get_or_init(|| hook);
    watch();
}

/// Whether this thread is inside runtimes that were left in the parent: it forked in there, and has not
/// [entered](enter) any of this process since.
#[inline]
pub fn is_left_behind() -> bool {
    IS_LEFT_BEHIND.get()
}

/// To be called when a thread enters a runtime of this process.
pub fn enter() -> EnterGuard {
    EnterGuard { was_left_behind: IS_LEFT_BEHIND.replace(false), _of_this_thread: PhantomData }
}

/// Keeps it noted that the thread is inside a runtime of this process; made by [`enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard {
    was_left_behind: bool,
    _of_this_thread: PhantomData<*const ()>,
}

impl Drop for EnterGuard {
    fn drop(&mut self) {
        if self.was_left_behind {
            IS_LEFT_BEHIND.set(true);
        }
    }
}

extern "C" fn before() {
    if let Some(is_inside) = IS_INSIDE.get() {
        WAS_INSIDE.set(is_inside());
    }
}

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    IS_LEFT_BEHIND.set(WAS_INSIDE.get());
    if let Some(in_child) = IN_CHILD.get() {
        in_child();
    }
}
