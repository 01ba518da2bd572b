//! A sleep on the timers of some home: the future without its traits.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use anyrt_core::task::contain;
use pin_project_lite::pin_project;

use super::node::Node;
use super::timers::Timers;

/// Where sleeps come from.
///
/// # Safety
/// `timers` returns the same timers each time, also after the home was moved, and they live for as long
/// as it does.
pub(crate) unsafe trait Home {
    /// The timers.
    fn timers(&self) -> &Timers;

    /// The index of the wheel that belongs to the current thread.
    fn wheel_here(&self) -> usize;

    /// Wakes the thread that sleeps in the reactor. If it is just about to, it must not fall asleep.
    fn kick(&self);

    /// Whether this is a child of the process whose threads look at the timers: nobody does so here, and locks may be held for ever.
    fn is_left_behind(&self) -> bool {
        false
    }

    /// The time.
    fn now(&self) -> Instant {
        self.timers().now()
    }
}

pin_project! {
    /// Waits for a deadline. Its node is in a wheel from its first poll that waits until it has fired.
    #[derive(Debug)]
    pub(crate) struct Alarm<H: Home> {
        home: H,
        deadline: Instant,
        // The deadline is new, and that the node does not wait does not tell that it has passed.
        is_new: bool,
        #[pin]
        node: Node,
    }

    impl<H: Home> PinnedDrop for Alarm<H> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // That of a process that was forked stays in a wheel that nobody will look at.
            if !this.node.is_waiting() || this.home.is_left_behind() {
                return;
            }
            // SAFETY: this is the node's owner; only the timers of its home are given it.
            let waker = unsafe { this.home.timers().cancel(this.node.as_ref()) };
            drop(waker);
        }
    }
}

impl<H: Home> Alarm<H> {
    pub(crate) fn new(home: H, deadline: Instant) -> Self {
        Self { home, deadline, is_new: true, node: Node::new() }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn is_elapsed(&self) -> bool {
        self.deadline <= self.home.now()
    }

    /// Ready at the deadline, and once the runtime has ended.
    #[inline]
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &Context<'_>) -> Poll<()> {
        let this = self.project();
        let node = this.node.as_ref();
        if !node.is_waiting() && !*this.is_new {
            return Poll::Ready(());
        }
        poll_by_clock(this.home, node, *this.deadline, this.is_new, cx)
    }

    /// Moves the deadline, also of one that waits. To a later one this takes no lock, as timeouts are put
    /// off very often.
    pub(crate) fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.project();
        let node = this.node.as_ref();
        *this.deadline = deadline;
        *this.is_new = true;
        let timers = this.home.timers();
        let moment = timers.clock().moment(deadline);
        if !node.is_waiting() || node.postpone(moment) || this.home.is_left_behind() {
            return;
        }
        if deadline <= this.home.now() {
            // Who waits is woken here and now, for the wheels may not be looked at soon.
            // SAFETY: this is the node's owner; only the timers of its home are given it.
            if let Some(waker) = unsafe { timers.cancel(node) } {
                contain(|| waker.wake());
            }
            return;
        }
        // SAFETY: as above.
        unsafe { timers.hasten(node, moment, || this.home.kick()) };
    }
}

/// Looks at the clock, and waits if it says so. A sleep that waits already is asked as well: the wheels may
/// not have been looked at since its deadline.
fn poll_by_clock<H: Home>(
    home: &H,
    node: Pin<&Node>,
    deadline: Instant,
    is_new: &mut bool,
    cx: &Context<'_>,
) -> Poll<()> {
    let timers = home.timers();
    if home.is_left_behind() {
        // As when the runtime has ended.
        return Poll::Ready(());
    }
    if deadline <= home.now() {
        // SAFETY: the caller is the node's owner; only the timers of its home are given it.
        let waker = unsafe { timers.cancel(node) };
        drop(waker);
        return Poll::Ready(());
    }
    // SAFETY: as above.
    if node.is_waiting() && unsafe { timers.renew(node, cx.waker()) }.is_pending() {
        *is_new = false;
        return Poll::Pending;
    }
    if !*is_new {
        return Poll::Ready(());
    }
    // It has fired for a deadline that was put off since, or was not started yet.
    let (deadline, waker) = (timers.clock().moment(deadline), cx.waker().clone());
    // SAFETY: as above; the node is in no wheel, and dropping its owner cancels it.
    let polled = unsafe { timers.start(node, home.wheel_here(), deadline, waker, || home.kick()) };
    *is_new = polled.is_ready();
    polled
}
