//! Models of the whole pool, on loom's threads.
//!
//! Waits do not end by time in loom, so that keep-alives are zero (a thread that rests ends at once
//! unless it is called meanwhile) or without end.

use std::num::NonZeroUsize;

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::*;

/// Counts what happens to jobs, and waits until enough has.
struct Count {
    counts: Mutex<(usize, usize)>,
    change: Condvar,
}

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self { counts: Mutex::new((0, 0)), change: Condvar::new() })
    }

    fn ran(&self) -> usize {
        self.counts.lock().unwrap().0
    }

    fn cancelled(&self) -> usize {
        self.counts.lock().unwrap().1
    }

    fn add(&self, ran: usize, cancelled: usize) {
        let mut counts = self.counts.lock().unwrap();
        counts.0 += ran;
        counts.1 += cancelled;
        drop(counts);
        self.change.notify_all();
    }

    /// A deadlock, which loom reports, if they never do.
    fn wait_until_ran(&self, number: usize) {
        let mut counts = self.counts.lock().unwrap();
        while counts.0 < number {
            counts = self.change.wait(counts).unwrap();
        }
    }
}

struct Counted(Arc<Count>);

impl Job for Counted {
    fn run(self) {
        self.0.add(1, 0);
    }

    fn cancel(self, _: Option<&io::Error>) {
        self.0.add(0, 1);
    }
}

fn pool<J: Job>(limit: usize, keep_alive: Duration) -> Arc<Pool<J>> {
    let limit = NonZeroUsize::new(limit).unwrap();
    let config = Config::default().max_blocking_threads(limit).blocking_keep_alive(keep_alive);
    Arc::new(Pool::new(config))
}

#[test]
fn a_job_meets_a_thread_that_is_about_to_sleep() {
    loom::model(|| {
        let (pool, count) = (pool(1, Duration::MAX), Count::new());
        pool.push(Counted(Arc::clone(&count)));
        count.wait_until_ran(1);
        pool.push(Counted(Arc::clone(&count)));
        count.wait_until_ran(2);
        pool.close();
        assert!(pool.wait(None));
    });
}

#[test]
fn a_job_meets_a_thread_that_ends() {
    loom::model(|| {
        let (pool, count) = (pool(1, Duration::ZERO), Count::new());
        pool.push(Counted(Arc::clone(&count)));
        count.wait_until_ran(1);
        pool.push(Counted(Arc::clone(&count)));
        assert!(pool.wait(None), "both threads, or the one of both, end by themselves");
        assert_eq!(count.ran(), 2);
    });
}

#[test]
fn jobs_of_two_callers_meet_a_thread_that_ends() {
    loom::model(|| {
        let (pool, count) = (pool(1, Duration::ZERO), Count::new());
        let other = {
            let (pool, count) = (Arc::clone(&pool), Arc::clone(&count));
            thread::spawn(move || pool.push(Counted(count)))
        };
        pool.push(Counted(Arc::clone(&count)));
        other.join().unwrap();
        assert!(pool.wait(None));
        assert_eq!(count.ran(), 2);
    });
}

#[test]
fn a_job_meets_the_close() {
    loom::model(|| {
        let (pool, count) = (pool(1, Duration::MAX), Count::new());
        pool.push(Counted(Arc::clone(&count)));
        let other = {
            let (pool, count) = (Arc::clone(&pool), Arc::clone(&count));
            thread::spawn(move || pool.push(Counted(count)))
        };
        pool.close();
        assert!(pool.wait(None));
        other.join().unwrap();
        assert_eq!(count.ran() + count.cancelled(), 2);
    });
}

/// Waits for the other one of its kind.
struct Meeting(Arc<AtomicUsize>, Arc<Count>);

impl Job for Meeting {
    fn run(self) {
        self.0.fetch_add(1, SeqCst);
        self.1.add(1, 0);
        self.1.wait_until_ran(2);
    }

    fn cancel(self, _: Option<&io::Error>) {
        unreachable!("nobody closes the pool before they have met");
    }
}

#[test]
fn two_jobs_that_wait_for_each_other_get_two_threads() {
    loom::model(|| {
        let (pool, count) = (pool(2, Duration::MAX), Count::new());
        let inside = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            pool.push(Meeting(Arc::clone(&inside), Arc::clone(&count)));
        }
        count.wait_until_ran(2);
        assert_eq!(inside.load(SeqCst), 2);
        pool.close();
        assert!(pool.wait(None));
    });
}
