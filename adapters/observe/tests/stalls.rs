//! Polls that take too long are reported while they last, on every backend.

mod support;

use std::io::ErrorKind;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyrt::task::{Builder, LocalSet, yield_now};
use anyrt::{Runtime, time};
use anyrt_observe::{Stall, State, Tasks};
use support::on_all;

/// Whether the system says what a thread does.
const TELLS_OF_THREADS: bool = cfg!(target_os = "linux");
const LIMIT: Duration = Duration::from_millis(5);

on_all! {
    a_poll_is_reported_while_it_lasts;
    a_poll_that_goes_on_is_reported_again;
    a_task_that_computes_is_told_from_one_that_blocks;
    the_innermost_of_polls_within_each_other_is_reported;
    a_report_that_panics_is_not_the_last;
    closures_may_take_their_time;
}

/// Has a poll last until this is called.
fn stuck(runtime: &Runtime, name: &str) -> impl FnOnce() -> Option<String> {
    let (release, is_released) = mpsc::channel::<()>();
    let task = Builder::new().name(name).spawn_on(runtime.handle(), async move {
        yield_now().await;
        let _ = is_released.recv();
        std::thread::current().name().map(str::to_owned)
    });
    move || {
        drop(release);
        runtime.block_on(task).unwrap()
    }
}

/// Watches with a report that goes to the test.
fn watch(tasks: &Tasks) -> (anyrt_observe::StallWatch, mpsc::Receiver<Stall>) {
    let (report, reports) = mpsc::channel();
    let report = move |stall| {
        let _ = report.send(stall);
    };
    (tasks.watch_stalls(LIMIT, report).unwrap(), reports)
}

fn a_poll_is_reported_while_it_lasts(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    // Each finds the watching thread where it is after a while without polls, which may be asleep.
    for round in 0..5 {
        let name = format!("stuck {round}");
        let release = stuck(runtime, &name);
        // The system may have held up the first poll, or the second before it waits; and the one of the round before may have been
        // reported again.
        let has_blocked = |stall: &Stall| {
            stall.task.name.as_ref() == Some(&name)
                && stall.task.polls == 2
                && stall.is_blocked != Some(false)
        };
        let stall = reports.iter().find(has_blocked).unwrap();
        let thread = release();
        assert_eq!(stall.task.location.file(), file!());
        assert!(matches!(stall.task.state, State::Running { .. }), "{stall:?}");
        assert!(stall.lasts >= LIMIT);
        assert_eq!(stall.thread, thread);
        let text = stall.to_string();
        assert!(
            text.contains(&format!("`{name}`, spawned at ")) && text.contains(file!()),
            "{text}"
        );
        if TELLS_OF_THREADS {
            assert_eq!(stall.is_blocked, Some(true));
            assert!(stall.thread_id.is_some() && text.contains(" blocks since "), "{text}");
        }
        runtime.block_on(time::sleep(3 * LIMIT));
    }
}

fn a_poll_that_goes_on_is_reported_again(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    let release = stuck(runtime, "stuck");
    let lasted: Vec<_> = reports.iter().take(3).map(|stall| stall.lasts).collect();
    release();
    assert!(lasted.windows(2).all(|pair| pair[1] >= pair[0] * 2 - LIMIT / 100), "{lasted:?}");
}

/// On Linux the system tells; elsewhere nobody does.
fn a_task_that_computes_is_told_from_one_that_blocks(runtime: &Runtime, tasks: &Tasks) {
    let (report, reports) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let watched = move |stall| {
        let _ = report.send(stall);
    };
    let _watch = tasks.watch_stalls(LIMIT, watched).unwrap();
    let task = runtime.spawn(async move {
        while is_released.try_recv() != Err(mpsc::TryRecvError::Disconnected) {
            std::hint::spin_loop();
        }
    });
    // A processor of this machine may be busy, so that the thread that reads and this one alternate.
    let expected = TELLS_OF_THREADS.then_some(false);
    assert_eq!(reports.recv().unwrap().is_blocked, expected);
    drop(release);
    runtime.block_on(task).unwrap();
}

fn the_innermost_of_polls_within_each_other_is_reported(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    let (release, is_released) = mpsc::channel::<()>();
    let outer = Builder::new().name("outer").spawn_blocking_on(runtime.handle(), move || {
        let local = LocalSet::new();
        anyrt::block_on(local.run_until(async move {
            let inner = Builder::new().name("inner").spawn_local(async move {
                yield_now().await;
                let _ = is_released.recv();
            });
            inner.await.unwrap();
        }));
    });
    let stall = reports.recv().unwrap();
    assert_eq!(stall.task.name.as_deref(), Some("inner"));
    drop(release);
    runtime.block_on(outer).unwrap();
}

fn a_report_that_panics_is_not_the_last(runtime: &Runtime, tasks: &Tasks) {
    let (report, reports) = mpsc::channel();
    let report = move |stall: Stall| {
        report.send(stall.lasts).unwrap();
        resume_unwind(Box::new(()));
    };
    let watch = tasks.watch_stalls(LIMIT, report).unwrap();
    let release = stuck(runtime, "stuck");
    assert!(reports.recv().is_ok() && reports.recv().is_ok());
    release();
    drop(watch);
}

fn closures_may_take_their_time(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    let (release, is_released) = mpsc::channel::<()>();
    let closure = Builder::new()
        .name("closure")
        .spawn_blocking_on(runtime.handle(), move || is_released.recv().is_err());
    support::wait_for(|| {
        let closures = tasks.dump().tasks.into_iter();
        closures
            .filter(|task| task.busy > 2 * LIMIT)
            .find(|task| task.name.as_deref() == Some("closure"))
    });
    let free = stuck(runtime, "stuck");
    assert_eq!(reports.recv().unwrap().task.name.as_deref(), Some("stuck"));
    free();
    drop(release);
    assert!(runtime.block_on(closure).unwrap());
}

#[test]
fn there_is_one_watch_at_a_time_and_it_ends_with_its_owner() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    for _ in 0..3 {
        let held = Arc::new(());
        let of_report = Arc::clone(&held);
        let watch = tasks.watch_stalls(LIMIT, move |_| drop(Arc::clone(&of_report))).unwrap();
        let error = tasks.watch_stalls(LIMIT, |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        drop(watch);
        assert_eq!(Arc::strong_count(&held), 1, "the thread goes on");
    }
}

/// Which is on the thread that the end waits for otherwise.
#[test]
fn a_report_may_end_the_watch() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let place = Arc::new(Mutex::new(None));
    let (tell, told) = mpsc::channel();
    let of_report = Arc::clone(&place);
    let report = move |_| {
        drop(of_report.lock().unwrap().take());
        tell.send(()).unwrap();
    };
    let mut placed = place.lock().unwrap();
    *placed = Some(tasks.watch_stalls(LIMIT, report).unwrap());
    drop(placed);
    let release = stuck(&runtime, "stuck");
    told.recv().unwrap();
    release();
    // The report is gone with the thread.
    assert!(told.recv().is_err());
}

/// And is not called again.
#[test]
fn a_report_may_begin_another_watch() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let place = Arc::new(Mutex::new(None));
    let (tell_first, first) = mpsc::channel();
    let (tell_second, second) = mpsc::channel();
    let (of_report, of_tasks) = (Arc::clone(&place), tasks.clone());
    let report = move |_| {
        let mut place = of_report.lock().unwrap();
        drop(place.take());
        let tell_second = tell_second.clone();
        let report = move |_| {
            let _ = tell_second.send(());
        };
        let next = of_tasks.watch_stalls(LIMIT, report);
        *place = next.ok();
        tell_first.send(place.is_some()).unwrap();
    };
    let mut placed = place.lock().unwrap();
    *placed = Some(tasks.watch_stalls(LIMIT, report).unwrap());
    drop(placed);
    for _ in 0..3 {
        let release = stuck(&runtime, "stuck");
        second.recv().unwrap();
        release();
    }
    // Its report is gone with its thread.
    assert_eq!(first.iter().collect::<Vec<_>>(), [true]);
    drop(place.lock().unwrap().take());
}

/// Whichever of them a worker has told last.
#[test]
fn each_of_two_that_are_installed_has_its_reports() {
    let _alone = support::alone();
    let both = [Tasks::install(), Tasks::install()];
    let watches = both.each_ref().map(watch);
    let runtime = anyrt::Builder::new().backend("native").worker_threads(2).build().unwrap();
    let busy = runtime.spawn(async {
        loop {
            yield_now().await;
        }
    });
    for round in 0..5 {
        let name = format!("stuck {round}");
        let release = stuck(&runtime, &name);
        for (_, reports) in &watches {
            while reports.recv().unwrap().task.name.as_ref() != Some(&name) {}
        }
        release();
    }
    busy.abort();
}

#[test]
fn a_limit_may_be_as_short_and_as_long_as_a_duration_is() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let (report, reports) = mpsc::channel();
    let watch = tasks.watch_stalls(Duration::ZERO, move |stall: Stall| {
        report.send(stall.lasts).unwrap();
    });
    let release = stuck(&runtime, "stuck");
    // For others it would look all the time.
    let lasts = reports.recv().unwrap();
    assert!(lasts >= Duration::from_micros(99), "{lasts:?}");
    release();
    drop(watch.unwrap());
    for _ in 0..2 {
        let watch = tasks.watch_stalls(Duration::MAX, |stall| panic!("it lasts {:?}", stall.lasts));
        let release = stuck(&runtime, "stuck");
        release();
        drop(watch.unwrap());
    }
}

#[test]
fn a_report_is_one_line_whatever_the_task_is_called() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").thread_name("a\nthread").build().unwrap();
    let (_watch, reports) = watch(&tasks);
    let release = stuck(&runtime, "a\ntask");
    let stall = reports.recv().unwrap();
    let thread = release().unwrap();
    assert!(thread.contains('\n'), "{thread}");
    let text = stall.to_string();
    assert!(text.contains(r"`a\ntask`") && text.contains(r"a\nthread"), "{text}");
    assert_eq!(text.lines().count(), 1);
}
