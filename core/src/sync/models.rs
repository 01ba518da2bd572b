//! What several models need: a thread that waits for a future.

use std::future::Future;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Condvar, Mutex};

/// Waits for a future, which is never polled again without a wake. So a wake that is lost is a thread that waits for
/// ever, which loom reports as a deadlock.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let call = Arc::new(Call::default());
    drive(future, || Arc::clone(&call))
}

/// The same with another waker for each poll, of which only the last has the future polled again.
pub(crate) fn block_on_with_many_wakers<F: Future>(future: F) -> F::Output {
    drive(future, Arc::default)
}

fn drive<F: Future>(future: F, call: impl Fn() -> Arc<Call>) -> F::Output {
    let mut future = pin!(future);
    loop {
        let call = call();
        let waker = Waker::from(Arc::clone(&call));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        call.wait();
    }
}

#[derive(Default)]
struct Call {
    has_come: Mutex<bool>,
    comes: Condvar,
}

impl Call {
    fn wait(&self) {
        let mut has_come = self.has_come.lock().unwrap();
        while !mem::take(&mut *has_come) {
            has_come = self.comes.wait(has_come).unwrap();
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        *self.has_come.lock().unwrap() = true;
        self.comes.notify_one();
    }
}
