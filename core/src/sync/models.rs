//! What several models need: a thread that waits for a future.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Condvar, Mutex};

/// Waits for a future, with another waker for each poll: of those only the last has it polled again, and that never
/// happens without a wake. So a wake that is lost is a thread that waits for ever, which loom reports as a deadlock.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let call = Arc::new(Call::default());
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
        while !*has_come {
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
