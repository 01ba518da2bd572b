//! Numbers of tasks are so, on every backend.

mod support;

use std::collections::BTreeMap;
use std::future::pending;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyrt::Runtime;
use anyrt::observe::End;
use anyrt::task::{Kind, LocalSet, yield_now};
use anyrt_observe::{Snapshot, Tasks};
use support::on_all;

on_all! {
    each_spawn_and_each_end_is_counted;
    each_poll_is_counted_once_it_has_ended;
    the_time_in_polls_and_in_queues_is_told;
    counters_never_go_back;
    the_page_is_what_prometheus_reads;
}

fn each_spawn_and_each_end_is_counted(runtime: &Runtime, tasks: &Tasks) {
    let handle = runtime.handle();
    runtime.block_on(async {
        handle.spawn(async {}).await.unwrap();
        handle.spawn(async { resume_unwind(Box::new(())) }).await.unwrap_err();
        handle.spawn_blocking(|| ()).await.unwrap();
        handle.spawn_blocking(|| resume_unwind(Box::new(()))).await.unwrap_err();
        let local = LocalSet::new();
        local.run_until(async { anyrt::task::spawn_local(async {}).await.unwrap() }).await;
    });
    let aborted = handle.spawn(pending::<()>());
    let snapshot = tasks.metrics();
    assert_eq!((snapshot.alive(Kind::Task), snapshot.spawned(Kind::Task)), (1, 3));
    aborted.abort();
    runtime.block_on(aborted).unwrap_err();

    let snapshot = tasks.metrics();
    let ends =
        |kind| [End::Completed, End::Panicked, End::Cancelled].map(|end| snapshot.ended(kind, end));
    assert_eq!(ends(Kind::Task), [1, 1, 1]);
    assert_eq!(ends(Kind::Closure), [1, 1, 0]);
    assert_eq!(ends(Kind::LocalTask), [1, 0, 0]);
    let kinds = [Kind::Task, Kind::Closure, Kind::LocalTask];
    assert_eq!(kinds.map(|kind| snapshot.spawned(kind)), [3, 2, 1]);
    assert_eq!(kinds.map(|kind| snapshot.alive(kind)), [0; 3]);
}

fn each_poll_is_counted_once_it_has_ended(runtime: &Runtime, tasks: &Tasks) {
    const YIELDS: u64 = 1000;

    let yielding = || async {
        for _ in 0..YIELDS {
            yield_now().await;
        }
    };
    let some: Vec<_> = (0..4).map(|_| runtime.spawn(yielding())).collect();
    runtime.block_on(async {
        for task in some {
            task.await.unwrap();
        }
    });
    let snapshot = tasks.metrics();
    assert_eq!(snapshot.poll_time().count(), 4 * (YIELDS + 1));
    assert_eq!(snapshot.task_start_delay().count(), 4);
    assert_eq!(snapshot.closure_start_delay().count(), 0);
}

fn the_time_in_polls_and_in_queues_is_told(runtime: &Runtime, tasks: &Tasks) {
    const PAUSE: Duration = Duration::from_millis(20);

    let blocks = runtime.spawn(async { thread::sleep(PAUSE) });
    runtime.block_on(blocks).unwrap();
    let snapshot = tasks.metrics();
    let polls = snapshot.poll_time();
    // The clocks of two processors may differ by a little.
    assert!(polls.sum() >= PAUSE - PAUSE / 1000, "{polls:?}");
    let shorter = polls.buckets().take_while(|(bound, _)| *bound <= PAUSE).last().unwrap();
    assert_eq!((polls.count() - shorter.1, polls.count()), (1, 1));

    if support::has_options(runtime) {
        let first = runtime.handle().spawn_blocking(|| thread::sleep(PAUSE));
        let second = runtime.handle().spawn_blocking(|| ());
        runtime.block_on(async {
            first.await.unwrap();
            second.await.unwrap();
        });
        let snapshot = tasks.metrics();
        let delays = snapshot.closure_start_delay();
        assert!(delays.count() == 2 && delays.sum() >= PAUSE / 2, "{delays:?}");
    }
}

/// While tasks end, and threads that have polled.
fn counters_never_go_back(runtime: &Runtime, tasks: &Tasks) {
    let numbers = |snapshot: &Snapshot| {
        [
            snapshot.spawned(Kind::Task),
            snapshot.ended(Kind::Task, End::Completed),
            snapshot.spawned(Kind::LocalTask),
            snapshot.ended(Kind::LocalTask, End::Completed),
            snapshot.poll_time().count(),
            snapshot.task_start_delay().count(),
        ]
    };
    let churn = runtime.spawn(async {
        loop {
            anyrt::spawn(yield_now()).await.unwrap();
        }
    });
    let mut last = [0; 6];
    for round in 0..100_u64 {
        let thread = thread::spawn(|| {
            let local = LocalSet::new();
            let task = local.spawn_local(yield_now());
            anyrt::block_on(local.run_until(task)).unwrap();
        });
        for _ in 0..10 {
            let snapshot = tasks.metrics();
            let now = numbers(&snapshot);
            assert!(now.iter().zip(last).all(|(now, last)| *now >= last), "{now:?}, {last:?}");
            last = now;
        }
        thread.join().unwrap();
        assert_eq!(tasks.metrics().ended(Kind::LocalTask, End::Completed), round + 1);
    }
    churn.abort();
}

fn the_page_is_what_prometheus_reads(runtime: &Runtime, tasks: &Tasks) {
    let endless = runtime.spawn(pending::<()>());
    runtime.block_on(runtime.spawn(yield_now())).unwrap();
    let of_runtime = runtime.handle().metrics();
    let page = tasks.metrics().with_runtime(of_runtime).to_string();
    assert!(page.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let mut family = "";
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split_once(' ').expect("a text for help").0;
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(name == family && ["gauge", "counter", "histogram"].contains(&kind), "{line}");
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a sample has a value");
        assert!(sample.starts_with(family), "{line} is not of {family}");
        assert!(samples.insert(sample, value.parse::<f64>().unwrap()).is_none(), "{line} twice");
    }
    assert_eq!(samples["anyrt_tasks_alive{kind=\"task\"}"], 1.0);
    assert_eq!(samples["anyrt_tasks_ended_total{kind=\"task\",end=\"completed\"}"], 1.0);
    let of_polls = |part: &str| samples[format!("anyrt_poll_seconds{part}").as_str()];
    assert_eq!(of_polls("_bucket{le=\"+Inf\"}"), of_polls("_count"));
    assert!(
        of_polls("_count") >= 2.0 && of_polls("_bucket{le=\"0.000001\"}") <= of_polls("_count")
    );
    let workers = samples.get("anyrt_workers").copied();
    assert_eq!(workers, of_runtime.workers.map(|workers| workers as f64));
    endless.abort();
}
