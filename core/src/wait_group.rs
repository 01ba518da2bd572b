//! Waiting until all of several threads have come to their ends.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::time::Duration;

/// For backends: waits until all its [members](Member) are gone, such as one on each thread.
///
/// ```
/// use std::time::Duration;
/// use anyrt_core::backend::WaitGroup;
///
/// let group = WaitGroup::default();
/// let member = group.join();
/// assert!(!group.wait_timeout(Duration::from_millis(1)));
/// std::thread::spawn(move || drop(member));
/// assert!(group.wait_timeout(Duration::from_secs(60)));
/// ```
#[derive(Debug, Default)]
pub struct WaitGroup {
    members: Arc<Members>,
}

/// Counts in its [`WaitGroup`] until it is dropped.
#[derive(Debug)]
#[must_use = "a member counts until it is dropped"]
pub struct Member {
    members: Arc<Members>,
}

#[derive(Debug, Default)]
struct Members {
    number: Mutex<usize>,
    none: Condvar,
}

impl WaitGroup {
    /// One more member.
    pub fn join(&self) -> Member {
        *self.members.number.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Member { members: Arc::clone(&self.members) }
    }

    /// Blocks until there is no member, at most for so long. False if the time was too short.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let Members { number, none } = &*self.members;
        let number = number.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = none.wait_timeout_while(number, timeout, |number| *number > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut number = self.members.number.lock().unwrap_or_else(PoisonError::into_inner);
        *number -= 1;
        if *number == 0 {
            self.members.none.notify_all();
        }
    }
}
