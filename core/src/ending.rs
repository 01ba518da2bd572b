//! Threads that are about to end, whose thread-local variables are gone.
//!
//! Runtimes keep their context in such variables, and panic when those were destroyed: in the destructors
//! of older ones, and in what the process calls when it exits. anyrt's calls work there (K9).

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::LocalKey;
use std::{io, thread};

use crate::coop;

/// For backends: whether the thread-local variables of a runtime are there on this thread.
///
/// To be kept in a thread-local variable itself, whose initial value uses those of the runtime. So it is
/// younger than they are, and destroyed before them.
///
/// ```
/// use anyrt_core::backend::ThreadVariables;
///
/// thread_local!(static VARIABLES: ThreadVariables = ThreadVariables::used_by(|| true));
/// assert!(ThreadVariables::are_there(&VARIABLES));
/// ```
#[derive(Debug)]
pub struct ThreadVariables {
    are_there: bool,
}

impl ThreadVariables {
    /// `used` uses the variables, and tells whether it could; a panic tells that it could not.
    pub fn used_by(used: impl FnOnce() -> bool) -> Self {
        Self { are_there: catch_unwind(AssertUnwindSafe(used)).unwrap_or(false) }
    }

    /// Whether they are there now.
    #[inline]
    pub fn are_there(variables: &'static LocalKey<Self>) -> bool {
        variables.try_with(|variables| variables.are_there).unwrap_or(false)
    }
}

impl Drop for ThreadVariables {
    // Only what has a destructor is destroyed.
    fn drop(&mut self) {}
}

/// For backends: drives a future on this thread without any thread-local variable, as async code. Others
/// must drive the runtime.
///
/// ```
/// use anyrt_core::backend::block_on_ending_thread;
///
/// assert_eq!(block_on_ending_thread(async { 42 }), 42);
/// ```
pub fn block_on_ending_thread<F: Future>(future: F) -> F::Output {
    let parker = Arc::new(Parker::default());
    let waker = Waker::from(Arc::clone(&parker));
    let mut future = pin!(coop::as_task(future));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        parker.park();
    }
}

/// For backends: the same, and another thread that drives the runtime meanwhile, by `drive`. What that is
/// given is ready when it is to return.
///
/// ```
/// use anyrt_core::backend::block_on_ending_thread_beside;
/// use futures::executor::block_on;
///
/// // What runs beside is a runtime, until it is told to stop.
/// let answer = block_on_ending_thread_beside(|stopped| block_on(stopped), async { 42 });
/// assert_eq!(answer, 42);
/// ```
///
/// # Panics
/// The system refuses the thread.
pub fn block_on_ending_thread_beside<F: Future>(
    drive: impl FnOnce(Stopped) + Send,
    future: F,
) -> F::Output {
    let stopped = Stopped::default();
    thread::scope(|scope| {
        // Also when the future panics, or the scope would wait for the thread for ever.
        let _stop = Stop(stopped.clone());
        let in_thread = stopped.clone();
        let driver = thread::Builder::new().spawn_scoped(scope, move || drive(in_thread));
        driver.unwrap_or_else(|error| {
            panic!("a thread that is about to end needs another one for its runtime: {error}")
        });
        block_on_ending_thread(future)
    })
}

/// For backends: runs a closure on a thread that has its variables.
///
/// ```
/// use std::thread;
/// use anyrt_core::backend::on_another_thread;
///
/// let here = thread::current().id();
/// assert_ne!(on_another_thread(|| thread::current().id())?, here);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The system refuses the thread.
pub fn on_another_thread<T: Send>(closure: impl FnOnce() -> T + Send) -> io::Result<T> {
    let mut output = None;
    let mut closure = Some(closure);
    call_on_another_thread(&mut || output = closure.take().map(|closure| closure()))?;
    Ok(output.expect("a closure that was called has returned"))
}

/// Compiled once, and not for each closure: all of a thread is in there.
fn call_on_another_thread(call: &mut (dyn FnMut() + Send)) -> io::Result<()> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, call)?;
        thread.join().unwrap_or_else(|payload| resume_unwind(payload));
        Ok(())
    })
}

/// Ready when [`block_on_ending_thread_beside`] is over.
#[derive(Clone, Debug, Default)]
#[must_use = "futures do nothing unless awaited"]
pub struct Stopped {
    state: Arc<Mutex<(bool, Option<Waker>)>>,
}

impl Future for Stopped {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

struct Stop(Stopped);

impl Drop for Stop {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[derive(Debug, Default)]
struct Parker {
    is_woken: Mutex<bool>,
    wakes: Condvar,
}

impl Parker {
    fn park(&self) {
        let mut is_woken = self.is_woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_woken {
            is_woken = self.wakes.wait(is_woken).unwrap_or_else(PoisonError::into_inner);
        }
        *is_woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wakes.notify_one();
    }
}
