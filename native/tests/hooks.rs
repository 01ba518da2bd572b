//! What the threads of a runtime call.

use std::cell::Cell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use anyrt_core::ThreadHooks;
use anyrt_native::{
    BlockInPlace, BlockOn, Builder, Config, Handle, Launch, Runtime, Shutdown, Spawn,
    SpawnBlocking, Timer, yield_now,
};

/// With a worker, and without.
fn configs() -> [Config; 2] {
    [
        Config::default().worker_threads(std::num::NonZeroUsize::MIN),
        Config::default().current_thread(),
    ]
}

#[test]
fn a_task_that_is_spawned_before_a_sleep_runs() {
    for config in configs() {
        let (place, is_first) = (Arc::new(OnceLock::<Handle>::new()), AtomicBool::new(true));
        let (ran, waker) = (Arc::new(AtomicBool::new(false)), Arc::new(OnceLock::<Waker>::new()));
        let hooks = {
            let (place, ran, waker) = (Arc::clone(&place), Arc::clone(&ran), Arc::clone(&waker));
            ThreadHooks::default().on_park(move || {
                let Some(waker) = waker.get().cloned() else { return };
                if !is_first.swap(false, SeqCst) {
                    return;
                }
                let ran = Arc::clone(&ran);
                place.get().unwrap().spawn(async move {
                    ran.store(true, SeqCst);
                    waker.wake();
                });
            })
        };
        let runtime = Builder::from(config.thread_hooks(hooks)).build().unwrap();
        let handle = runtime.handle();
        place.set(handle.clone()).unwrap();
        let until_it_ran = std::future::poll_fn(|cx| {
            let _ = waker.set(cx.waker().clone());
            // So that a worker comes to sleep once more.
            handle.spawn(async {});
            if ran.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        });
        handle.block_on(until_it_ran);
    }
}

#[test]
fn sleeps_begin_and_end() {
    for config in configs() {
        let (parks, unparks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count_park, count_unpark) = (Arc::clone(&parks), Arc::clone(&unparks));
        let hooks = ThreadHooks::default()
            .on_park(move || _ = count_park.fetch_add(1, SeqCst))
            .on_unpark(move || _ = count_unpark.fetch_add(1, SeqCst));
        let runtime = Runtime::start(&config.thread_hooks(hooks)).unwrap();
        for _ in 0..10 {
            let handle = runtime.handle();
            let (begin, parks) = (Instant::now(), Arc::clone(&parks));
            let until_one_sleeps = move || {
                while parks.load(SeqCst) == 0 {
                    assert!(begin.elapsed() < Duration::from_secs(60), "nobody sleeps");
                    std::thread::yield_now();
                }
            };
            handle.block_on(async { handle.spawn_blocking(until_one_sleeps).await.unwrap() });
            let task = handle.spawn(async {});
            handle.block_on(task).unwrap();
        }
        drop(runtime);
        // Of one that ends, the last call may be missing.
        let (parks, unparks) = (parks.load(SeqCst), unparks.load(SeqCst));
        assert!(parks > 0 && unparks <= parks && parks <= unparks + 1, "{parks} {unparks}");
    }
}

#[test]
fn a_task_that_yields_wakes_nobody_though_it_takes_long() {
    const YIELDS: usize = 300;

    let unparks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&unparks);
    let hooks = ThreadHooks::default().on_unpark(move || _ = count.fetch_add(1, SeqCst));
    let config = Config::default().worker_threads(std::num::NonZeroUsize::new(2).unwrap());
    let runtime = Runtime::start(&config.thread_hooks(hooks)).unwrap();
    let handle = runtime.handle();
    let task = handle.spawn(async {
        for _ in 0..YIELDS {
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_micros(100) {
                std::hint::spin_loop();
            }
            yield_now().await;
        }
    });
    handle.block_on(task).unwrap();
    // Some are for the task when it is spawned, and some are the monitor's.
    let unparks = unparks.load(SeqCst);
    assert!(unparks < YIELDS / 3, "{unparks} wakes");
}

#[test]
fn hooks_go_with_the_runtime_whose_handle_they_have() {
    for config in configs() {
        let (kept, gone) = mpsc::channel::<()>();
        let place = Arc::new(OnceLock::<Handle>::new());
        let hook = || {
            let (place, kept) = (Arc::clone(&place), kept.clone());
            move || _ = (place.get(), &kept)
        };
        let name = hook();
        let hooks = ThreadHooks::default()
            .on_start(hook())
            .on_stop(hook())
            .on_park(hook())
            .on_unpark(hook())
            .name(move || {
                name();
                "made".to_owned()
            });
        let runtime = Runtime::start(&config.thread_hooks(hooks)).unwrap();
        let handle = runtime.handle().clone();
        let name = handle.spawn_blocking(|| std::thread::current().name().map(str::to_owned));
        assert_eq!(handle.block_on(name).unwrap().as_deref(), Some("made"));
        assert!(place.set(handle).is_ok());
        drop((runtime, kept));
        // All senders are gone.
        assert!(gone.recv().is_err());
    }
}

/// Also of those that begin when nobody has the runtime any more.
#[test]
fn threads_of_closures_have_hooks_and_names_after_the_end_of_the_runtime() {
    thread_local! {
        static HAS_STARTED: Cell<bool> = const { Cell::new(false) };
    }

    for config in configs() {
        let (told, stops) = mpsc::channel();
        let hooks = ThreadHooks::default()
            .on_start(|| HAS_STARTED.set(true))
            .on_stop(move || told.send(HAS_STARTED.get()).unwrap())
            .name(|| "made".to_owned());
        let runtime = Runtime::start(&config.thread_hooks(hooks)).unwrap();
        let closures = [(); 20].map(|()| {
            runtime.handle().spawn_blocking(|| {
                let is_named = std::thread::current().name() == Some("made");
                HAS_STARTED.get() && is_named
            })
        });
        runtime.shutdown_timeout(Duration::ZERO);
        for closure in closures {
            assert!(futures::executor::block_on(closure).unwrap());
        }
        // It ends when the hooks are gone.
        assert!(stops.iter().all(|has_started| has_started));
    }
}

/// The core of the thread that is about to sleep stays with it, whatever the hook does.
#[test]
fn a_hook_that_blocks_in_place_keeps_the_core() {
    for config in configs() {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let hooks = ThreadHooks::default().on_park(move || {
            // As long as another thread would need to take the core.
            let wait = || std::thread::sleep(std::time::Duration::from_millis(10));
            if count.fetch_add(1, SeqCst) < 20 {
                Handle::block_in_place(wait).unwrap_or_default();
            }
        });
        let runtime = Runtime::start(&config.thread_hooks(hooks)).unwrap();
        let handle = runtime.handle();
        while calls.load(SeqCst) < 20 {
            // Has the runtime sleep in between.
            handle
                .block_on(handle.spawn(handle.sleep(std::time::Duration::from_millis(1))))
                .unwrap();
        }
        // Work for whoever had two holders.
        let tasks: Vec<_> = (0..1000).map(|n| handle.spawn(async move { n })).collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(handle.block_on(task).unwrap(), n);
        }
    }
}

/// Blocks until the other one is woken.
struct Blocks(Mutex<mpsc::Receiver<()>>);

impl Wake for Blocks {
    fn wake(self: Arc<Self>) {
        // An error where the other is dropped first.
        let _ = self.0.lock().unwrap().recv();
    }
}

struct Tells(mpsc::Sender<()>);

impl Wake for Tells {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

/// A thread that comes from the reactor fires the timers of another that does not come to it, and does not ask again and again whether
/// that has.
#[test]
fn a_waker_that_blocks_where_timers_fire_holds_up_no_other_timer() {
    let parks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&parks);
    let hooks = ThreadHooks::default().on_park(move || _ = counted.fetch_add(1, SeqCst));
    let workers = std::num::NonZeroUsize::new(4).unwrap();
    let config = Config::default().worker_threads(workers).thread_hooks(hooks);
    for _ in 0..10 {
        let runtime = Runtime::start(&config).unwrap();
        let handle = runtime.handle();
        let (tell, told) = mpsc::channel();
        let (keep, kept) = mpsc::channel();
        let blocks = Waker::from(Arc::new(Blocks(Mutex::new(told))));
        let tells = Waker::from(Arc::new(Tells(tell)));
        // One belongs to a worker and the other to none, so that they are not taken out together.
        let sleep = || Box::pin(handle.sleep(Duration::from_millis(10)));
        let (mut first, mut second) = (sleep(), sleep());
        let _ = first.as_mut().poll(&mut Context::from_waker(&blocks));
        drop(handle.spawn(async move {
            if second.as_mut().poll(&mut Context::from_waker(&tells)).is_ready() {
                tells.wake();
            }
            keep.send(second).unwrap();
        }));
        let _second = kept.recv().unwrap();
        // Tasks go on, too.
        let nap = handle.sleep(Duration::from_millis(20));
        handle.block_on(handle.spawn(nap)).unwrap();
    }
    assert!(parks.load(SeqCst) < 2000, "{parks:?}");
}

/// While another thread sleeps in its `block_on`, and though that is still to wake up.
#[test]
fn what_a_hook_owns_goes_with_the_owner_of_a_runtime_without_workers() {
    let owned = Arc::new(());
    let is_left = Arc::downgrade(&owned);
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let hooks = ThreadHooks::default().on_park(move || {
        let _owned = &owned;
        let _ = tell.lock().unwrap().send(());
    });
    let config = Config::default().current_thread().thread_hooks(hooks);
    let runtime = Builder::from(config).build().unwrap();
    let handle = runtime.handle().clone();
    let (end, ended) = futures::channel::oneshot::channel::<()>();
    let sleeper = std::thread::spawn(move || handle.block_on(ended));
    told.recv().unwrap();
    drop(runtime);
    let begin = Instant::now();
    // The hook itself may still be under way.
    while is_left.strong_count() > 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "the thread that sleeps has the hooks");
        std::thread::yield_now();
    }
    end.send(()).unwrap();
    sleeper.join().unwrap().unwrap();
}
