//! The contract of `anyrt_core::Timer`, on a runtime's handle.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use anyrt_core::coop;
use pin_project_lite::pin_project;

use crate::shared::Handle;
use crate::time::{Alarm, Home, Timers};

pin_project! {
    /// A future that completes at its deadline, or when its runtime ends.
    ///
    /// Made by [`Timer`](anyrt_core::Timer), on a [`Handle`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Sleep {
        #[pin]
        alarm: Alarm<Handle>,
        // Whether the last poll was refused for want of budget.
        was_refused: bool,
    }
}

impl anyrt_core::Timer for Handle {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        // Of a handle that stands for the runtime around the thread, where there is none, that of the system.
        self.try_with(|shared| shared.map_or_else(Instant::now, |shared| shared.timers.now()))
    }

    fn sleep_until(&self, deadline: Instant) -> Sleep {
        let home = self.clone();
        home.shared().assert_process();
        Sleep { alarm: Alarm::new(home, deadline), was_refused: false }
    }
}

impl anyrt_core::Sleep for Sleep {
    fn deadline(&self) -> Instant {
        self.alarm.deadline()
    }

    fn is_elapsed(&self) -> bool {
        self.alarm.is_elapsed()
    }

    fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().alarm.reset(deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let operation = match coop::poll_proceed(cx) {
            Poll::Ready(operation) => Some(operation),
            // Not twice: another future of the task may use all of each budget before this is polled.
            Poll::Pending if mem::replace(this.was_refused, true) => None,
            Poll::Pending => return Poll::Pending,
        };
        *this.was_refused = false;
        ready!(this.alarm.poll(cx));
        if let Some(operation) = operation {
            operation.made_progress();
        }
        Poll::Ready(())
    }
}

// SAFETY: sleeps have clones of handles. A clone names a runtime, always the same, and keeps it at its
// address with the timers in it.
unsafe impl Home for Handle {
    fn timers(&self) -> &Timers {
        &self.shared().timers
    }

    fn wheel_here(&self) -> usize {
        let shared = self.shared();
        shared.core_here(|core| core.map_or(shared.cores.len(), |core| core.index))
    }

    fn kick(&self) {
        self.shared().driver.kick();
    }

    fn is_left_behind(&self) -> bool {
        self.shared().is_left_behind()
    }
}
