//! Parts of a backend that need no runtime, for those whose runtime lacks them.
//!
//! See also [`task`](crate::task), for tasks that can be joined and aborted, and
//! [`coop`](crate::coop), for the budget of a task. The [guide](crate::guide) says where each of them
//! belongs.

pub use crate::block_on::{Mark, refuse_block_on, run_in_turns};
pub use crate::blocking::{
    BlockingJob, BlockingPool, Closure, call_outside_of_polls, refuse_in_place, start_closure,
};
pub use crate::current::{
    CurrentHandle, EnterGuard, InnermostMark, innermost, innermost_number, mark_innermost,
    notice_others,
};
pub use crate::ending::{
    Stopped, ThreadVariables, block_on_ending_thread, block_on_ending_thread_beside,
    on_another_thread,
};
#[cfg(unix)]
pub use crate::lone_errors::LoneErrors;
pub use crate::runtime::{catch_start, runtime_gone, try_threads};
pub use crate::spawn::{refuse_id, refuse_poll, start_task};
pub use crate::time::clock_state::{ClockState, clock_beside_workers};
pub use crate::time::pausable::{ClockReactor, ClockSleep, Driven, HeldClock, PausableClock};
pub use crate::wait_group::{Member, WaitGroup};
pub use crate::workers::{InBlockOn, UntilStop, Worker, Workers, block_on_worker, enter_block_on};
