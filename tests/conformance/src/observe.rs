//! S20: what an observer is told of tasks and closures.
//!
//! A process has one observer, so these cases take turns. What other cases spawn meanwhile is not theirs:
//! see `observe/watch.rs`.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod watch;

use std::future::{Future, pending, poll_fn};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread::{self, ThreadId};

use anyrt_core::observe::{End, Observer, TaskObserver};
use anyrt_core::task::{Builder, Id, Kind, Meta};
use anyrt_core::{JoinHandle, Launch, Spawn, SpawnBlocking, observe, yield_now};
use futures::channel::oneshot;

use crate::witness::{Counter, Drive, Receive, on_drop, on_foreign_thread, until};
use watch::{Told, Turn, Watch};

cases! { observe:
    an_observer_is_told_the_name_and_the_place [S20];
    an_observer_knows_the_id_when_spawn_returns [S19, S20];
    an_observer_knows_the_id_before_the_first_poll [S19, S20];
    an_observer_is_told_of_every_poll [S20];
    the_end_is_told_before_the_join_resolves [S20];
    polls_that_panic_end_too [S5, S20];
    an_abort_is_told_as_the_end [S3, S20];
    a_destructor_that_panics_is_told_as_the_end [S5, S20];
    the_polls_of_tasks_within_each_other_are_told_apart [S20];
    an_observer_that_panics_harms_nobody [S20];
    an_observer_that_spawns_sees_none_of_that [S20];
    an_observer_that_blocks_while_it_is_told_the_id_stops_no_other_task [S20];
    tasks_from_before_the_observer_and_after_it_are_not_told [S20];
    an_observer_that_was_replaced_is_told_of_its_tasks_to_their_end [S20];
    a_task_that_an_observer_does_not_want_is_not_told [S20];
    observers_beside_each_other_are_told_alike [S20];
}

pub fn an_observer_is_told_the_name_and_the_place<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let turn = Turn::take();
    let watch = turn.install(Watch::default());

    drop(handle.spawn(async {}));
    let spawned = line!() - 1;
    drop(handle.spawn_blocking(|| ()));
    let spawned_blocking = line!() - 1;
    drop(Builder::new().name("task").spawn_on(handle, async {}));
    let named = line!() - 1;
    drop(Builder::new().name("closure").spawn_blocking_on(handle, || ()));
    let named_blocking = line!() - 1;
    let large = [0_u8; 32 << 10];
    drop(handle.spawn(async move { large }));
    let large = line!() - 1;

    let told: Vec<_> = watch.tasks().iter().map(|task| task.meta()).collect();
    let expected = [
        (Kind::Task, None, spawned),
        (Kind::Closure, None, spawned_blocking),
        (Kind::Task, Some("task"), named),
        (Kind::Closure, Some("closure"), named_blocking),
        (Kind::Task, None, large),
    ];
    assert_eq!(told, expected.map(|(kind, name, line)| (kind, name.map(str::to_owned), line)));
}

pub fn an_observer_knows_the_id_when_spawn_returns<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    let (task, closure) =
        (runtime.handle().spawn(async {}), runtime.handle().spawn_blocking(|| ()));
    let tasks = watch.tasks();
    assert_eq!(tasks[0].id(), Some(task.id()));
    assert_eq!(tasks[1].id(), Some(closure.id()));
}

pub fn an_observer_knows_the_id_before_the_first_poll<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    for _ in 0..100 {
        let task = runtime.handle().spawn(async { L::Handle::current_task() });
        let id = runtime.handle().drive(task).unwrap();
        let closure = runtime.handle().spawn_blocking(L::Handle::current_closure);
        let id_of_closure = runtime.handle().drive(closure).unwrap();
        let tasks = watch.take();
        assert!(id.is_some() && tasks[0].id() == id);
        assert!(id_of_closure.is_some() && tasks[1].id() == id_of_closure);
        for task in tasks {
            let told = task.told();
            assert!(matches!(told[0], Told::Id(_)), "{told:?}");
        }
    }
}

pub fn an_observer_is_told_of_every_poll<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    let polls = Counter::new();
    let (go, gone) = oneshot::channel::<()>();
    let counted = {
        let polls = polls.clone();
        let mut future = Box::pin(async move {
            yield_now().await;
            gone.await.unwrap();
            yield_now().await;
        });
        poll_fn(move |cx| {
            polls.add();
            future.as_mut().poll(cx)
        })
    };
    let task = runtime.handle().spawn(counted);
    runtime.handle().drive(async {
        until(|| polls.count() >= 2).await;
        go.send(()).unwrap();
        task.await.unwrap();
    });
    let task = &watch.tasks()[0];
    assert_eq!(task.polls(), polls.count());
    assert_eq!(task.end(), Some(End::Completed));

    let closure = runtime.handle().spawn_blocking(|| ());
    runtime.handle().drive(closure).unwrap();
    let closure = &watch.tasks()[1];
    assert_eq!(closure.polls(), 1);
    assert_eq!(closure.end(), Some(End::Completed));
}

pub fn the_end_is_told_before_the_join_resolves<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    for _ in 0..100 {
        let task = runtime.handle().spawn(yield_now());
        runtime.handle().drive(task).unwrap();
        assert_eq!(watch.take()[0].end(), Some(End::Completed));
        let closure = runtime.handle().spawn_blocking(|| ());
        runtime.handle().drive(closure).unwrap();
        assert_eq!(watch.take()[0].end(), Some(End::Completed));
    }
}

pub fn polls_that_panic_end_too<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    let task = runtime.handle().spawn(async {
        yield_now().await;
        resume_unwind(Box::new(()));
    });
    assert!(runtime.handle().drive(task).unwrap_err().is_panic());
    let closure = runtime.handle().spawn_blocking(|| resume_unwind(Box::new(())));
    let result: Result<(), _> = runtime.handle().drive(closure);
    assert!(result.unwrap_err().is_panic());
    let tasks = watch.tasks();
    assert_eq!((tasks[0].polls(), tasks[0].end()), (2, Some(End::Panicked)));
    assert_eq!((tasks[1].polls(), tasks[1].end()), (1, Some(End::Panicked)));
}

pub fn an_abort_is_told_as_the_end<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    let (parks, is_parked) = oneshot::channel::<()>();
    let task = runtime.handle().spawn(async move {
        drop(parks);
        pending::<()>().await;
    });
    let _ = runtime.handle().drive(is_parked);
    task.abort();
    assert!(runtime.handle().drive(task).unwrap_err().is_cancelled());
    let told = watch.take();
    assert_eq!((told[0].polls(), told[0].end()), (1, Some(End::Cancelled)));

    // Which of them is polled at all depends on the runtime.
    for _ in 0..100 {
        let task = runtime.handle().spawn(pending::<()>());
        task.abort();
        assert!(runtime.handle().drive(task).unwrap_err().is_cancelled());
        let told = watch.take();
        assert!(told[0].polls() <= 1);
        assert_eq!(told[0].end(), Some(End::Cancelled));
    }
}

pub fn a_destructor_that_panics_is_told_as_the_end<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    for aborts in [false, true] {
        let bomb = on_drop(|| resume_unwind(Box::new(())));
        let task = runtime.handle().spawn(poll_fn(move |_| {
            let _bomb = &bomb;
            if aborts { Poll::Pending } else { Poll::Ready(()) }
        }));
        if aborts {
            runtime.handle().drive(until(|| watch.tasks()[0].polls() == 1));
            task.abort();
        }
        assert!(runtime.handle().drive(task).unwrap_err().is_panic());
        assert_eq!(watch.take()[0].end(), Some(End::Panicked), "aborted: {aborts}");
    }
}

pub fn the_polls_of_tasks_within_each_other_are_told_apart<L: Launch>(runtime: L) {
    const INNER: usize = 10;

    let turn = Turn::take();
    let watch = turn.install(Watch::default());
    let handle = runtime.handle().clone();
    let outer = runtime.handle().spawn(async move {
        for _ in 0..INNER {
            handle.spawn(yield_now()).await.unwrap();
        }
    });
    runtime.handle().drive(outer).unwrap();
    let tasks = watch.tasks();
    assert_eq!(tasks.len(), 1 + INNER);
    for task in &tasks {
        assert_eq!(task.end(), Some(End::Completed));
    }
    for inner in &tasks[1..] {
        assert_eq!(inner.polls(), 2);
    }
}

/// Panics whatever it is told, without calling the panic hook.
struct Panics(Counter);

impl Panics {
    fn panic(&self) -> ! {
        self.0.add();
        resume_unwind(Box::new(()))
    }
}

impl TaskObserver for Panics {
    fn identified(&self, _: Id) {
        self.panic();
    }

    fn poll_begins(&self) {
        self.panic();
    }

    fn poll_ends(&self) {
        self.panic();
    }

    fn ended(&self, _: End) {
        self.panic();
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        self.panic();
    }
}

struct PanicsAbout {
    panics: Counter,
    spawned: bool,
}

impl Observer for PanicsAbout {
    fn spawned(&self, meta: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        if !watch::is_of_a_case(meta) {
            return None;
        }
        if self.spawned {
            self.panics.add();
            resume_unwind(Box::new(()));
        }
        Some(Arc::new(Panics(self.panics.clone())))
    }
}

pub fn an_observer_that_panics_harms_nobody<L: Launch>(runtime: L) {
    let turn = Turn::take();
    for spawned in [true, false] {
        let panics = Counter::new();
        turn.install_any(Arc::new(PanicsAbout { panics: panics.clone(), spawned }));
        let handle = runtime.handle();
        let task = handle.spawn(async {
            yield_now().await;
            7
        });
        assert_eq!(handle.drive(task).unwrap(), 7);
        assert_eq!(handle.drive(handle.spawn_blocking(|| 7)).unwrap(), 7);
        let panicking = handle.spawn(async { resume_unwind(Box::new(7)) });
        let result: Result<(), _> = handle.drive(panicking);
        let error = result.unwrap_err();
        assert_eq!(*error.into_panic().unwrap().downcast::<i32>().unwrap(), 7);
        let aborted = handle.spawn(pending::<()>());
        aborted.abort();
        assert!(handle.drive(aborted).unwrap_err().is_cancelled());
        assert!(panics.count() >= 4, "it was told nothing to panic about");
    }
}

pub fn an_observer_that_spawns_sees_none_of_that<L: Launch>(runtime: L) {
    /// Spawns whatever it is told.
    struct Spawns<H> {
        handle: H,
        ran: Counter,
        told: Counter,
    }

    impl<H: Spawn> Spawns<H> {
        fn spawn(&self) {
            self.told.add();
            let ran = self.ran.clone();
            drop(self.handle.spawn(async move { ran.add() }));
        }
    }

    impl<H: Spawn> TaskObserver for Spawns<H> {
        fn poll_begins(&self) {
            self.spawn();
        }

        fn ended(&self, _: End) {
            self.spawn();
        }
    }

    struct Spawner<H> {
        handle: H,
        ran: Counter,
        told: Counter,
        tasks: Counter,
    }

    impl<H: Spawn> Observer for Spawner<H> {
        fn spawned(&self, meta: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            if !watch::is_of_a_case(meta) {
                return None;
            }
            self.tasks.add();
            let (handle, ran) = (self.handle.clone(), self.ran.clone());
            let observer = Spawns { handle, ran, told: self.told.clone() };
            observer.spawn();
            Some(Arc::new(observer))
        }
    }

    let turn = Turn::take();
    let (ran, told, tasks) = (Counter::new(), Counter::new(), Counter::new());
    turn.install_any(Arc::new(Spawner {
        handle: runtime.handle().clone(),
        ran: ran.clone(),
        told: told.clone(),
        tasks: tasks.clone(),
    }));
    let task = runtime.handle().spawn(yield_now());
    runtime.handle().drive(task).unwrap();
    // The spawn, two polls and the end.
    assert_eq!(told.count(), 4);
    runtime.handle().drive(until(|| ran.count() == 4));
    assert_eq!(tasks.count(), 1);
}

/// The call of `identified` in `spawn` waits for a task which the runtime may come to only after the task
/// that is being spawned: whoever polls that must not wait for the call.
pub fn an_observer_that_blocks_while_it_is_told_the_id_stops_no_other_task<L: Launch>(runtime: L) {
    struct Blocks {
        spawner: ThreadId,
        is_over: Mutex<Receiver<()>>,
    }

    impl TaskObserver for Blocks {
        fn identified(&self, _: Id) {
            if thread::current().id() == self.spawner {
                let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
                is_over.receive().unwrap();
            }
        }
    }

    /// Observes the first task alone.
    struct Blocker(Mutex<Option<Receiver<()>>>);

    impl Observer for Blocker {
        fn spawned(&self, meta: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let is_over = Mutex::new(watch::is_of_a_case(meta).then(|| place.take())??);
            Some(Arc::new(Blocks { spawner: thread::current().id(), is_over }))
        }
    }

    let turn = Turn::take();
    let (over, is_over) = channel();
    turn.install_any(Arc::new(Blocker(Mutex::new(Some(is_over)))));
    let handle = runtime.handle().clone();
    on_foreign_thread(&runtime, move || {
        let inside = handle.clone();
        drop(handle.spawn(async move {
            let _ = inside.spawn(async move { over.send(()) }).await;
        }));
    });
}

pub fn tasks_from_before_the_observer_and_after_it_are_not_told<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let (go, gone) = oneshot::channel::<()>();
    let before = runtime.handle().spawn(async { gone.await.unwrap() });
    let watch = turn.install(Watch::default());
    go.send(()).unwrap();
    runtime.handle().drive(before).unwrap();
    assert!(observe::is_installed());
    assert!(turn.uninstall());
    let after = runtime.handle().spawn(async {});
    runtime.handle().drive(after).unwrap();
    assert!(!turn.uninstall() && !observe::is_installed());
    assert_eq!(watch.tasks().len(), 0);
}

pub fn an_observer_that_was_replaced_is_told_of_its_tasks_to_their_end<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let first = turn.install(Watch::default());
    let (go, gone) = oneshot::channel::<()>();
    let of_the_first = runtime.handle().spawn(async { gone.await.unwrap() });
    let second = turn.install(Watch::default());
    let of_the_second = runtime.handle().spawn(pending::<()>());
    turn.uninstall();
    go.send(()).unwrap();
    runtime.handle().drive(of_the_first).unwrap();
    of_the_second.abort();
    assert!(runtime.handle().drive(of_the_second).is_err());
    for (watch, end) in [(first, End::Completed), (second, End::Cancelled)] {
        let tasks = watch.tasks();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].end(), Some(end));
        tasks[0].polls(); // in pairs
    }
}

pub fn a_task_that_an_observer_does_not_want_is_not_told<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let watch = turn.install(Watch::refusing("unwanted"));
    let handle = runtime.handle();
    let unwanted = Builder::new().name("unwanted").spawn_on(handle, async { 7 });
    let closure = Builder::new().name("unwanted").spawn_blocking_on(handle, || 7);
    let wanted = Builder::new().name("wanted").spawn_on(handle, async { 7 });
    assert_eq!(handle.drive(unwanted).unwrap(), 7);
    assert_eq!(handle.drive(closure).unwrap(), 7);
    assert_eq!(handle.drive(wanted).unwrap(), 7);
    assert_eq!(watch.tasks().len(), 1);
}

/// And whatever becomes of the others.
pub fn observers_beside_each_other_are_told_alike<L: Launch>(runtime: L) {
    let turn = Turn::take();
    let first = turn.install(Watch::refusing("refused"));
    let panics = Counter::new();
    for spawned in [true, false] {
        observe::install_beside(Arc::new(PanicsAbout { panics: panics.clone(), spawned }));
    }
    let last = Arc::new(Watch::default());
    observe::install_beside(Arc::clone(&last) as Arc<dyn Observer>);

    let handle = runtime.handle();
    let task = handle.spawn(yield_now());
    let id = task.id();
    handle.drive(task).unwrap();
    for watch in [&first, &last] {
        let told = watch.take();
        let told = (told.len(), told[0].id(), told[0].polls(), told[0].end());
        assert_eq!(told, (1, Some(id), 2, Some(End::Completed)));
    }
    assert!(panics.count() >= 7, "the others were told {} times", panics.count());

    let refused = Builder::new().name("refused").spawn_on(handle, async {});
    handle.drive(refused).unwrap();
    let told = last.take();
    assert_eq!((first.take().len(), told.len()), (0, 1));
    assert_eq!((told[0].polls(), told[0].end()), (1, Some(End::Completed)));
    assert!(turn.uninstall() && !observe::is_installed());
}
