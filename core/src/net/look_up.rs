//! Looking names up: a few at once on the runtime's threads, and further ones on threads for that alone.
//!
//! The system's function blocks its thread for ten seconds and more when no name server answers. On the
//! runtime's threads for blocking closures a few hundred such names would stop all closures, and with
//! them each other name. So names get a small share of those threads, which is enough for most programs:
//! they start no other thread, and one that brought its own runtime sees that runtime used. Beyond the
//! share there are threads that all runtimes of the process have in common.

use std::io;
use std::mem;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::backend::BlockingPool;
use crate::task::JoinHandle;
use crate::{Config, JoinHandle as _, SpawnBlocking};

/// How many names are looked up at once on the threads of runtimes.
static SHARE: Share = Share { most: 4, taken: AtomicUsize::new(0) };

/// How many more are looked up at once; others wait. Far more than a pool of threads has: what hangs is
/// idle, and costs a few pages of stack.
static BEYOND: LookUps = LookUps::new(NonZeroUsize::new(1024).unwrap());

/// For backends: the addresses that the system has for a name, by way of the threads that `runtime` has for
/// blocking closures: what [`Resolve::resolve`](super::Resolve::resolve) calls in a backend that has some.
///
/// At most four names at once take such a thread, and further ones those that all backends of the process
/// share. Cancel safe: a look-up that is given up, by a drop of the future, does not begin any more; one that has begun
/// keeps its thread until the system is done with it.
///
/// # Errors
/// What the system says.
pub async fn look_up<R: SpawnBlocking>(
    runtime: &R,
    host: String,
    port: u16,
) -> io::Result<Vec<SocketAddr>> {
    let resolve = addresses_of(host, port);
    let place = SHARE.take();
    if place.is_none() {
        match BEYOND.start(resolve.clone()).abort_on_drop().await {
            // The system refuses threads, but the runtime may have some.
            Err(error) if error.is_refused() => {}
            result => return result?,
        }
    }
    let resolve = move || {
        let _place = place;
        resolve()
    };
    runtime.spawn_blocking(resolve).abort_on_drop().await?
}

/// The same without a runtime.
pub(super) async fn look_up_elsewhere(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    BEYOND.start(addresses_of(host, port)).abort_on_drop().await?
}

fn addresses_of(
    host: String,
    port: u16,
) -> impl FnOnce() -> io::Result<Vec<SocketAddr>> + Clone + Send + 'static {
    move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect)
}

/// A number of places. In a forked child those of the parent stay taken, which does no harm.
struct Share {
    most: usize,
    taken: AtomicUsize,
}

struct Place(&'static Share);

impl Share {
    fn take(&'static self) -> Option<Place> {
        let one_more = |taken| (taken < self.most).then_some(taken + 1);
        // Relaxed: a number, by which nothing is published.
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Place(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

struct LookUps {
    most_at_once: NonZeroUsize,
    // `None` until the first name.
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    /// The process that has them: a forked child inherits the memory and no thread.
    process: u32,
    pool: BlockingPool,
}

impl LookUps {
    const fn new(most_at_once: NonZeroUsize) -> Self {
        Self { most_at_once, threads: Mutex::new(None) }
    }

    fn start<T: Send + 'static>(
        &self,
        resolve: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.pool().spawn(resolve)
    }

    fn pool(&self) -> BlockingPool {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        match &*threads {
            Some(threads) if threads.process == process => threads.pool.clone(),
            _ => {
                let pool = BlockingPool::new(&Config {
                    max_blocking_threads: self.most_at_once,
                    blocking_keep_alive: Duration::from_secs(1),
                    thread_name: "anyrt-look-up".to_owned(),
                    ..Config::default()
                });
                let ours = Threads { process, pool: pool.clone() };
                // What the parent's threads were to do is the parent's, and is not dropped here.
                mem::forget(threads.replace(ours));
                pool
            }
        }
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::{Arc, mpsc};

    use futures::executor::block_on;

    use super::*;

    /// Look-ups of a resolver that hangs until the sender is dropped.
    fn hang(look_ups: &LookUps, how_many: usize) -> (mpsc::Sender<()>, Vec<JoinHandle<()>>) {
        let (open, gate) = mpsc::channel();
        let gate = Arc::new(Mutex::new(gate));
        let (begin, begun) = mpsc::channel();
        let hangs = |_| {
            let (gate, begin) = (Arc::clone(&gate), begin.clone());
            look_ups.start(move || {
                begin.send(()).unwrap();
                let _: Result<(), _> = gate.lock().unwrap().recv();
            })
        };
        let handles = (0..how_many).map(hangs).collect();
        for _ in 0..how_many {
            begun.recv().unwrap();
        }
        (open, handles)
    }

    #[test]
    fn names_that_hang_keep_no_other_waiting() {
        const HANGING: usize = 100;

        let look_ups = LookUps::new(NonZeroUsize::new(HANGING + 1).unwrap());
        let (open, hanging) = hang(&look_ups, HANGING);
        for n in 0..10 {
            assert_eq!(block_on(look_ups.start(move || n)).unwrap(), n);
        }
        assert!(hanging.iter().all(|handle| !crate::JoinHandle::is_finished(handle)));
        drop(open);
        for handle in hanging {
            block_on(handle).unwrap();
        }
    }

    #[test]
    fn a_look_up_that_was_given_up_does_not_begin() {
        let look_ups = LookUps::new(NonZeroUsize::new(2).unwrap());
        let (open, _hanging) = hang(&look_ups, 2);
        let begun = Arc::new(AtomicUsize::new(0));
        let waiting = || {
            let begun = Arc::clone(&begun);
            look_ups.start(move || begun.fetch_add(1, SeqCst))
        };
        let (given_up, stays) = (waiting().abort_on_drop(), waiting());
        drop(given_up);
        drop(open);
        assert_eq!(block_on(stays).unwrap(), 0);
        assert_eq!(begun.load(SeqCst), 1);
    }

    #[test]
    fn a_forked_child_has_threads_of_its_own() {
        let look_ups = LookUps::new(NonZeroUsize::MIN);
        let (open, _hanging) = hang(&look_ups, 1);
        look_ups.threads.lock().unwrap().as_mut().unwrap().process = process::id() + 1;
        assert_eq!(block_on(look_ups.start(|| 7)).unwrap(), 7);
        drop(open);
    }

    #[test]
    fn a_place_is_free_again_when_its_closure_is_gone() {
        static TWO: Share = Share { most: 2, taken: AtomicUsize::new(0) };

        let places = [TWO.take(), TWO.take()];
        assert!(places.iter().all(Option::is_some) && TWO.take().is_none());
        drop(places);
        assert!(TWO.take().is_some());
    }
}
