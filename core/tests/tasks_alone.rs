//! A backend with tasks and timers and nothing else, as one in a browser is: no threads, no closures that block, no
//! descriptors, no `block_on`. Libraries that ask for [`Tasks`] run on it.
//!
//! Its time is a virtual one, and so is its chance: both are the backend's to say.

use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::random::Generator;
use anyrt_core::task::{JoinHandle, Meta, joinable};
use anyrt_core::time::{Duration, Elapsed, Instant, Interval, SystemTime, timeout};
use anyrt_core::{JoinError, Sleep, Spawn, Tasks, Timer, coop};

/// Runs tasks on the thread that calls [`run`](Handle::run), and lets time pass when none is runnable.
#[derive(Clone)]
struct Handle {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    runnable: VecDeque<Arc<Task>>,
    start: Instant,
    now: Instant,
    sleeping: Vec<(Instant, Waker)>,
    numbers: u64,
}

struct Task {
    // `None` when it has ended.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    handle: Handle,
}

impl Handle {
    fn new() -> Self {
        let now = Instant::now();
        let (runnable, sleeping) = (VecDeque::new(), Vec::new());
        let shared = Shared { runnable, start: now, now, sleeping, numbers: 0 };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Runs until no task is runnable, and none ever will be.
    fn run(&self) {
        loop {
            let next = self.shared.lock().unwrap().runnable.pop_front();
            match next {
                Some(task) => {
                    let waker = Waker::from(Arc::clone(&task));
                    let mut future = task.future.lock().unwrap();
                    if let Some(running) = &mut *future {
                        let _poll = coop::enter_poll();
                        if running.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                            *future = None;
                        }
                    }
                }
                None if self.pass_time() => {}
                None => return,
            }
        }
    }

    /// Goes on to the next deadline, if somebody waits for one.
    fn pass_time(&self) -> bool {
        let mut shared = self.shared.lock().unwrap();
        let Some(next) = shared.sleeping.iter().map(|(deadline, _)| *deadline).min() else {
            return false;
        };
        shared.now = shared.now.max(next);
        let (due, later) = std::mem::take(&mut shared.sleeping)
            .into_iter()
            .partition::<Vec<_>, _>(|(deadline, _)| *deadline <= next);
        shared.sleeping = later;
        drop(shared);
        due.into_iter().for_each(|(_, waker)| waker.wake());
        true
    }
}

impl Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let task = Arc::clone(&self);
        self.handle.shared.lock().unwrap().runnable.push_back(task);
    }
}

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, join) = joinable(future);
        let future = Mutex::new(Some(Box::pin(task) as _));
        Arc::new(Task { future, handle: self.clone() }).wake();
        join
    }

    fn random_u64(&self) -> u64 {
        let mut shared = self.shared.lock().unwrap();
        shared.numbers += 1;
        shared.numbers
    }
}

impl Timer for Handle {
    type Sleep = VirtualSleep;

    fn now(&self) -> Instant {
        self.shared.lock().unwrap().now
    }

    fn system_now(&self) -> SystemTime {
        let shared = self.shared.lock().unwrap();
        SystemTime::UNIX_EPOCH + (shared.now - shared.start)
    }

    fn sleep_until(&self, deadline: Instant) -> VirtualSleep {
        VirtualSleep { handle: self.clone(), deadline }
    }
}

#[derive(Debug)]
struct VirtualSleep {
    handle: Handle,
    deadline: Instant,
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_elapsed() {
            return Poll::Ready(());
        }
        let waiting = (self.deadline, cx.waker().clone());
        self.handle.shared.lock().unwrap().sleeping.push(waiting);
        Poll::Pending
    }
}

impl Sleep for VirtualSleep {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_elapsed(&self) -> bool {
        self.deadline <= self.handle.now()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
    }
}

/// A library's: asks again, at random intervals, until there is an answer or the time is over.
async fn retry<R: Tasks, F: Future<Output = Option<u32>> + Send + 'static>(
    runtime: &R,
    ask: impl Fn() -> F,
    limit: Duration,
) -> Result<Result<u32, JoinError>, Elapsed> {
    timeout(runtime, limit, async {
        loop {
            match runtime.spawn(ask()).await {
                Ok(None) => {}
                Ok(Some(answer)) => return Ok(answer),
                Err(error) => return Err(error),
            }
            let pause = Generator::of(runtime).range(1..=10);
            runtime.sleep(Duration::from_secs(pause)).await;
        }
    })
    .await
}

/// Runs `future` as the only task of a new runtime.
fn run<T: Send + 'static, F>(task: impl FnOnce(Handle) -> F) -> T
where
    F: Future<Output = T> + Send + 'static,
{
    let handle = Handle::new();
    let mut join = handle.spawn(task(handle.clone()));
    handle.run();
    match Pin::new(&mut join).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output.expect("the task does not panic"),
        Poll::Pending => panic!("the task has not ended"),
    }
}

#[test]
fn a_library_for_tasks_and_timers_runs_on_a_backend_that_has_no_more() {
    let asked = Arc::new(Mutex::new(0));
    let (answer, waited) = run(|handle| async move {
        let start = handle.now();
        let ask = || {
            let asked = Arc::clone(&asked);
            async move {
                let mut asked = asked.lock().unwrap();
                *asked += 1;
                (*asked == 4).then_some(42)
            }
        };
        let answer = retry(&handle, ask, Duration::from_secs(3600)).await;
        (answer.unwrap().unwrap(), handle.now() - start)
    });
    assert_eq!(answer, 42);
    assert!((3..=30).contains(&waited.as_secs()), "{waited:?}");

    let never =
        run(|handle| async move { retry(&handle, async || None, Duration::from_secs(60)).await });
    assert!(never.is_err());
}

#[test]
fn time_and_chance_are_what_the_backend_says() {
    let run = || {
        run(|handle| async move {
            let mut ticks = Interval::new(&handle, Duration::from_secs(3600));
            for _ in 0..=24 {
                ticks.tick().await;
            }
            let day = handle.system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let mut order: Vec<_> = (0..100).collect();
            Generator::of(&handle).shuffle(&mut order);
            (day.as_secs(), handle.random_u64(), order)
        })
    };
    let (day, number, order) = run();
    assert_eq!((day, number), (24 * 3600, 2));
    assert_ne!(order, (0..100).collect::<Vec<_>>());
    assert_eq!(run(), (day, number, order), "it goes the same way each time");
}

#[test]
fn a_task_that_is_never_done_lets_the_others_go_on() {
    let ended = run(|handle| async move {
        let other = handle.spawn(async { 7 });
        let mut steps = 0;
        while !anyrt_core::JoinHandle::is_finished(&other) {
            handle.consume_budget().await;
            steps += 1;
        }
        (other.await.unwrap(), steps)
    });
    assert_eq!(ended.0, 7);
    assert!(ended.1 > 1, "the budget allows more than a step in one poll");
}
