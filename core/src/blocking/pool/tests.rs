//! The pool with real threads.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Barrier, RwLock};
use std::thread::{self, ThreadId};

use super::*;

/// Nothing in here takes nearly so long, unless a job or a thread is forgotten.
const LONG: Duration = Duration::from_secs(60);

/// Tells whether the job has run, when it has come to an end.
fn has_run(job: &Receiver<bool>) -> bool {
    job.recv_timeout(LONG).expect("every job runs or is cancelled")
}

/// A closure, and where to tell whether it ran.
struct Told(Box<dyn FnOnce() + Send>, Sender<bool>);

impl BlockingJob for Told {
    fn run(self) {
        (self.0)();
        // A test that has ended does not listen any more.
        let _ = self.1.send(true);
    }

    fn cancel(self, _: Option<io::Error>) {
        let _ = self.1.send(false);
    }
}

fn options(limit: usize, keep_alive: Duration) -> Config {
    let limit = NonZeroUsize::new(limit).unwrap();
    Config::default()
        .max_blocking_threads(limit)
        .blocking_keep_alive(keep_alive)
        .thread_name("test")
}

impl BlockingPool<Told> {
    /// Tells whether the closure ran, if it has come to an end.
    fn run(&self, closure: impl FnOnce() + Send + 'static) -> Receiver<bool> {
        let (sender, ran) = mpsc::channel();
        self.push(Told(Box::new(closure), sender));
        ran
    }

    fn run_and_wait(&self, closure: impl FnOnce() + Send + 'static) -> bool {
        has_run(&self.run(closure))
    }

    /// Occupies a thread until the sender is dropped.
    fn occupy(&self) -> (Sender<()>, Receiver<bool>) {
        let (open, gate) = mpsc::channel();
        let (inside, is_inside) = mpsc::channel();
        let ran = self.run(move || {
            inside.send(()).unwrap();
            assert!(gate.recv().is_err());
        });
        is_inside.recv_timeout(LONG).unwrap();
        (open, ran)
    }

    fn wait_until_idle(&self, threads: usize) {
        while lock(&self.shared().jobs).idle() < threads {
            thread::yield_now();
        }
    }

    fn end(&self) {
        self.close();
        assert!(self.wait(Some(LONG)));
        assert_eq!(lock(&self.shared().jobs).threads(), 0);
    }
}

#[test]
fn every_job_runs_once_however_threads_come_and_go() {
    const CALLERS: usize = 4;
    const EACH: usize = 2000;

    // Threads that are about to end meet jobs that are about to come.
    for keep_alive in [Duration::ZERO, Duration::from_micros(50), Duration::MAX] {
        let pool = BlockingPool::new(&options(3, keep_alive));
        let ran = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    let mut told = Vec::new();
                    for n in 0..EACH {
                        let ran = Arc::clone(&ran);
                        let job = pool.run(move || _ = ran.fetch_add(1, SeqCst));
                        if n % 3 == 0 {
                            assert!(has_run(&job));
                        } else {
                            told.push(job);
                        }
                    }
                    assert!(told.iter().all(has_run));
                });
            }
        });
        assert_eq!(ran.load(SeqCst), CALLERS * EACH);
        pool.end();
    }
}

#[test]
fn jobs_that_wait_for_each_other_all_get_threads() {
    const JOBS: usize = 32;

    for _ in 0..10 {
        let pool = BlockingPool::new(&options(JOBS, Duration::MAX));
        // At first none has a thread, then all threads are idle.
        for _ in 0..2 {
            let barrier = Arc::new(Barrier::new(JOBS));
            let jobs = [(); JOBS].map(|()| {
                let barrier = Arc::clone(&barrier);
                pool.run(move || _ = barrier.wait())
            });
            assert!(jobs.iter().all(has_run));
        }
        assert_eq!(lock(&pool.shared().jobs).threads(), JOBS);
        pool.end();
    }
}

#[test]
fn the_limit_is_kept_and_reached() {
    const LIMIT: usize = 3;

    let pool = BlockingPool::new(&options(LIMIT, Duration::MAX));
    let occupied = [(); LIMIT].map(|()| pool.occupy());
    let jobs = [(); 100].map(|()| pool.run(|| ()));
    // Nobody else took one meanwhile, or could.
    assert!(jobs.iter().all(|job| job.try_recv().is_err()));
    assert_eq!(lock(&pool.shared().jobs).threads(), LIMIT);
    drop(occupied);
    assert!(jobs.iter().all(has_run));
    pool.end();
}

#[test]
fn jobs_in_turn_share_the_thread_that_was_busy_last() {
    let pool = BlockingPool::new(&options(100, Duration::MAX));
    let [first, second] = [(); 2].map(|()| pool.occupy());
    drop(first);
    pool.wait_until_idle(1);
    drop(second);
    pool.wait_until_idle(2);
    let (sender, ids) = mpsc::channel();
    for _ in 0..100 {
        let sender = sender.clone();
        assert!(pool.run_and_wait(move || sender.send(thread::current().id()).unwrap()));
        pool.wait_until_idle(2);
    }
    let ids: Vec<_> = ids.try_iter().collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(lock(&pool.shared().jobs).threads(), 2);
    pool.end();
}

#[test]
fn an_idle_thread_ends_with_its_keep_alive_and_not_before() {
    const KEEP_ALIVE: Duration = Duration::from_millis(20);

    let pool = BlockingPool::new(&options(1, KEEP_ALIVE));
    for _ in 0..3 {
        let (finished, has_finished) = mpsc::channel();
        assert!(pool.run_and_wait(move || finished.send(Instant::now()).unwrap()));
        // Without a close the wait is for nothing else.
        assert!(pool.wait(Some(LONG)));
        assert!(has_finished.recv().unwrap().elapsed() >= KEEP_ALIVE);
    }
}

#[test]
fn the_only_thread_being_refused_cancels_the_jobs() {
    let pool = BlockingPool::new(&options(4, Duration::MAX).stack_size(1 << 46));
    for _ in 0..3 {
        assert!(!pool.run_and_wait(|| panic!("there can't be a thread")));
        assert!(pool.wait(Some(LONG)));
    }
}

#[test]
fn jobs_wait_for_the_threads_there_are_while_others_are_refused() {
    static REFUSES: RwLock<bool> = RwLock::new(false);
    static REFUSED: AtomicUsize = AtomicUsize::new(0);

    fn start(thread: thread::Builder, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        if *REFUSES.read().unwrap() {
            REFUSED.fetch_add(1, SeqCst);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        thread.spawn(work).map(drop)
    }

    let pool = BlockingPool::with_start(&options(3, Duration::MAX), start);
    let (open, occupied) = pool.occupy();
    *REFUSES.write().unwrap() = true;
    let jobs = [(); 100].map(|()| pool.run(|| ()));
    assert_eq!(REFUSED.load(SeqCst), 100, "each push tries again, and once");
    assert!(jobs.iter().all(|job| job.try_recv().is_err()));
    drop(open);
    assert!(jobs.iter().all(has_run));
    assert!(has_run(&occupied));
    assert_eq!(lock(&pool.shared().jobs).threads(), 1);

    // Recovery: one job more brings the thread that the other waits for.
    let (open, occupied) = pool.occupy();
    let barrier = Arc::new(Barrier::new(2));
    let wait = || {
        let barrier = Arc::clone(&barrier);
        move || _ = barrier.wait()
    };
    let first = pool.run(wait());
    *REFUSES.write().unwrap() = false;
    let second = pool.run(wait());
    assert!(has_run(&first) && has_run(&second));
    drop(open);
    assert!(has_run(&occupied));
    pool.end();
}

#[test]
fn hooks_run_on_each_thread_before_and_after_its_jobs() {
    let (log, logged) = mpsc::channel::<(&str, ThreadId)>();
    let hook = |what: &'static str| {
        let log = log.clone();
        move || log.send((what, thread::current().id())).unwrap()
    };
    let pool = BlockingPool::new(
        &options(1, Duration::MAX)
            .thread_hooks(ThreadHooks::default().on_start(hook("start")).on_stop(hook("stop")))
            .thread_name("hook\0ed"),
    );
    for _ in 0..2 {
        let log = log.clone();
        assert!(pool.run_and_wait(move || {
            assert_eq!(thread::current().name(), Some("hooked"));
            log.send(("job", thread::current().id())).unwrap();
        }));
    }
    pool.end();
    let (whats, ids): (Vec<_>, Vec<_>) = logged.try_iter().unzip();
    assert_eq!(whats, ["start", "job", "job", "stop"]);
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[test]
fn panics_of_hooks_harm_nobody() {
    /// Panics when it is dropped, and with another of its kind.
    struct Malicious(u8);

    impl Drop for Malicious {
        fn drop(&mut self) {
            if self.0 > 0 {
                resume_unwind(Box::new(Malicious(self.0 - 1)));
            }
        }
    }

    let pool = BlockingPool::new(
        &options(2, Duration::ZERO).thread_hooks(
            ThreadHooks::default()
                .on_start(|| panic_any("expected"))
                .on_stop(|| resume_unwind(Box::new(Malicious(2)))),
        ),
    );
    for _ in 0..3 {
        assert!(pool.run_and_wait(|| ()));
    }
    pool.end();
}

#[test]
fn a_job_that_comes_while_the_only_thread_is_in_its_last_hook_runs() {
    let (inside, is_inside) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let hooks = ThreadHooks::default().on_stop(move || {
        let _ = inside.send(());
        let _ = gate.lock().unwrap().recv();
    });
    let pool = BlockingPool::new(&options(1, Duration::ZERO).thread_hooks(hooks));
    assert!(pool.run_and_wait(|| ()));
    is_inside.recv_timeout(LONG).unwrap();
    let late = pool.run(|| ());
    drop(open);
    assert!(has_run(&late));
    pool.end();
}

#[test]
fn closing_cancels_what_waits_at_the_limit_and_what_comes_later() {
    let pool = BlockingPool::new(&options(1, Duration::MAX));
    let (open, occupied) = pool.occupy();
    let queued = [(); 10].map(|()| pool.run(|| panic!("it runs after the close")));
    pool.close();
    assert!(!queued.iter().any(has_run));
    assert!(!pool.run_and_wait(|| panic!("it runs after the close")));
    assert!(!pool.wait(Some(Duration::ZERO)), "a job is still running");
    drop(open);
    assert!(has_run(&occupied));
    pool.end();
    pool.end();
}

#[test]
fn threads_are_started_for_what_waits_at_the_close_and_with_their_hooks() {
    const JOBS: usize = 10;

    let (log, logged) = mpsc::channel();
    let tell = |what: &'static str| {
        let log = log.clone();
        move || log.send((what, thread::current().id())).unwrap()
    };
    let hooks = ThreadHooks::default().on_start(tell("start")).on_stop(tell("stop"));
    let pool = BlockingPool::new(&options(JOBS, Duration::MAX).thread_hooks(hooks));
    // They wait for each other, so that each needs a thread.
    let all_are_here = Arc::new(Barrier::new(JOBS));
    let jobs = [(); JOBS].map(|()| {
        let (tell, all_are_here) = (tell("job"), Arc::clone(&all_are_here));
        pool.run(move || {
            all_are_here.wait();
            tell();
        })
    });
    pool.close();
    assert!(jobs.iter().all(has_run));
    pool.end();
    let mut of_threads = BTreeMap::<_, Vec<_>>::new();
    for (what, thread) in logged.try_iter() {
        of_threads.entry(format!("{thread:?}")).or_default().push(what);
    }
    assert_eq!(of_threads.len(), JOBS);
    for whats in of_threads.values() {
        assert_eq!(whats[..], ["start", "job", "stop"]);
    }
}

#[test]
fn idle_threads_take_what_waits_at_the_close() {
    const THREADS: usize = 4;

    for _ in 0..50 {
        let pool = BlockingPool::new(&options(THREADS, Duration::MAX));
        let occupied = [(); THREADS].map(|()| pool.occupy());
        occupied.into_iter().for_each(|(open, ran)| {
            drop(open);
            assert!(has_run(&ran));
        });
        pool.wait_until_idle(THREADS);
        let jobs = [(); THREADS].map(|()| pool.run(|| ()));
        pool.end();
        assert!(jobs.iter().all(has_run));
    }
}

#[test]
fn a_job_whose_thread_is_refused_after_the_close_waits_for_those_there_are() {
    static POOL: Mutex<Option<BlockingPool<Told>>> = Mutex::new(None);

    fn start(thread: thread::Builder, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        static IS_SECOND: AtomicBool = AtomicBool::new(false);
        if IS_SECOND.swap(true, SeqCst) {
            lock(&POOL).as_ref().unwrap().close();
            return Err(io::Error::from_raw_os_error(11));
        }
        thread.spawn(work).map(drop)
    }

    let pool = BlockingPool::with_start(&options(2, Duration::MAX), start);
    *lock(&POOL) = Some(pool.clone());
    let (open, occupied) = pool.occupy();
    let waits = pool.run(|| ());
    drop(open);
    assert!(has_run(&occupied) && has_run(&waits));
    pool.end();
}

#[test]
fn hooks_are_gone_when_the_pool_has_ended_and_with_them_a_clone_of_it() {
    for _ in 0..100 {
        let (kept, own) = (Arc::new(()), Arc::new(Mutex::new(None)));
        let in_hook = (Arc::clone(&kept), Arc::clone(&own));
        let hooks = ThreadHooks::default().on_start(move || _ = &in_hook);
        let pool = BlockingPool::new(&options(2, Duration::MAX).thread_hooks(hooks));
        *lock(&own) = Some(pool.clone());
        assert!(pool.run_and_wait(|| ()));
        pool.end();
        assert_eq!(Arc::strong_count(&kept), 1);
    }
}

#[test]
fn a_pool_is_open_until_its_last_clone_is_dropped() {
    let pool = BlockingPool::new(&options(1, Duration::MAX));
    drop(pool.clone());
    assert!(pool.run_and_wait(|| ()));
    pool.end();
}

#[test]
fn all_jobs_that_the_only_thread_was_for_learn_why_it_was_refused() {
    static ARE_QUEUED: Barrier = Barrier::new(2);

    struct Refused(Sender<Option<i32>>);

    impl BlockingJob for Refused {
        fn run(self) {
            unreachable!("there is no thread");
        }

        fn cancel(self, refusal: Option<io::Error>) {
            self.0.send(refusal.and_then(|error| error.raw_os_error())).unwrap();
        }
    }

    // While others push.
    fn start(_: thread::Builder, _: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        ARE_QUEUED.wait();
        Err(io::Error::from_raw_os_error(11))
    }

    const JOBS: usize = 3;
    let (sender, refusals) = mpsc::channel();
    let pool = BlockingPool::with_start(&options(1, Duration::MAX), start);
    thread::scope(|scope| {
        scope.spawn(|| pool.push(Refused(sender.clone())));
        while pool.metrics().blocking_threads == Some(0) {
            thread::yield_now();
        }
        for _ in 1..JOBS {
            pool.push(Refused(sender.clone()));
        }
        ARE_QUEUED.wait();
    });
    assert_eq!(refusals.try_iter().collect::<Vec<_>>(), [Some(11); JOBS]);
    assert!(pool.wait(Some(LONG)));
}

#[test]
fn the_wait_ends_with_its_timeout() {
    const TIMEOUT: Duration = Duration::from_millis(5);

    let pool = BlockingPool::new(&options(1, Duration::MAX));
    assert!(pool.wait(Some(Duration::ZERO)), "there is no thread yet");
    let (open, _occupied) = pool.occupy();
    let start = Instant::now();
    assert!(!pool.wait(Some(TIMEOUT)));
    assert!(start.elapsed() >= TIMEOUT);
    drop(open);
    pool.close();
    assert!(pool.wait(Some(Duration::MAX)));
}

#[test]
fn the_wait_is_for_jobs_and_hooks() {
    let ended = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&ended);
    let hooks = ThreadHooks::default().on_stop(move || _ = counts.fetch_add(1, SeqCst));
    for round in 1..=200 {
        let pool = BlockingPool::new(&options(1, Duration::MAX).thread_hooks(hooks.clone()));
        assert!(pool.run_and_wait(|| ()));
        pool.close();
        assert!(pool.wait(None));
        assert_eq!(ended.load(SeqCst), round);
    }
}

#[test]
fn dropping_the_pool_closes_it() {
    let pool = BlockingPool::new(&options(1, Duration::MAX));
    let (open, occupied) = pool.occupy();
    let queued = pool.run(|| panic!("it runs after the pool"));
    let shared = Arc::downgrade(pool.shared());
    drop(pool);
    assert!(!has_run(&queued));
    drop(open);
    assert!(has_run(&occupied));
    while shared.strong_count() > 0 {
        thread::yield_now();
    }
}

#[test]
fn a_job_may_drop_the_pool_it_runs_in() {
    let pool = Arc::new(BlockingPool::new(&options(1, Duration::MAX)));
    let (inside, last) = (Arc::clone(&pool), mpsc::channel());
    let ran = pool.run(move || {
        last.1.recv().unwrap();
        drop(inside);
    });
    drop(pool);
    last.0.send(()).unwrap();
    assert!(has_run(&ran));
}
