//! What a dump tells, on every backend.

mod support;

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use anyrt::net::UdpSocket;
use anyrt::observe::Wait;
use anyrt::reactor::Interest;
use anyrt::task::{Builder, Kind, LocalSet, yield_now};
use anyrt::{Runtime, observe, time};
use anyrt_observe::{Dump, State, Task, Tasks, Waiting};
use support::{on_all, wait_for};

const HOUR: Duration = Duration::from_secs(3600);

on_all! {
    each_task_tells_where_it_is_from_and_what_it_waits_for;
    a_poll_that_lasts_is_told_with_its_thread;
    closures_that_wait_for_a_thread_are_queued;
    tasks_of_local_sets_are_told;
    a_socket_is_the_one_that_is_waited_for_last;
    what_the_last_poll_waits_for_is_told_whatever_was_told_before;
    a_set_that_polls_what_was_woken_tells_nothing_of_the_others;
    a_task_that_has_ended_is_gone;
    whoever_lives_all_the_time_is_there_once;
    a_dump_is_text_and_json;
}

/// The task of this name, once it is as it is to be.
fn find(tasks: &Tasks, name: &str, is_so: impl Fn(&Task) -> bool) -> Task {
    wait_for(|| named(&tasks.dump(), name).filter(&is_so))
}

fn named(dump: &Dump, name: &str) -> Option<Task> {
    let mut named = dump.tasks.iter().filter(|task| task.name.as_deref() == Some(name));
    let first = named.next().cloned();
    assert!(named.next().is_none(), "there are two of {name}");
    first
}

fn each_task_tells_where_it_is_from_and_what_it_waits_for(runtime: &Runtime, tasks: &Tasks) {
    let name = |name| Builder::new().name(name);
    let handle = runtime.handle();
    let (silent, sleeper) = (
        name("silent").spawn_on(handle, pending::<()>()),
        name("sleeper").spawn_on(handle, async { time::sleep(HOUR).await }),
    );
    let line = line!() - 3;
    let (id_of_silent, id_of_sleeper) = (silent.id(), sleeper.id());
    let joiner = name("joiner").spawn_on(handle, sleeper);
    let both = name("both").spawn_on(handle, async move {
        let _ = time::timeout(2 * HOUR, silent).await;
    });

    let polled = |task: &Task| task.polls == 1 && task.state == State::Waiting;
    let task = find(tasks, "silent", polled);
    assert_eq!((task.id, task.kind, task.waits), (Some(id_of_silent), Kind::Task, Vec::new()));
    assert_eq!((task.location.file(), task.location.line()), (file!(), line));
    assert!(task.age >= task.busy && task.busy > Duration::ZERO);
    let task = find(tasks, "sleeper", polled);
    assert!(matches!(task.waits[..], [Waiting::Sleep { .. }]), "{task:?}");
    let task = find(tasks, "joiner", polled);
    assert!(
        matches!(task.waits[..], [Waiting::Task { id, .. }] if id == id_of_sleeper),
        "{task:?}"
    );
    let task = find(tasks, "both", polled);
    let [Waiting::Task { id, .. }, Waiting::Sleep { deadline, .. }] = task.waits[..] else {
        panic!("{task:?}");
    };
    assert!(id == id_of_silent && deadline > time::Instant::now() + HOUR);
    // When its time has come, and nobody has polled it.
    let later = named(&tasks.dump_at(time::Instant::now() + 3 * HOUR), "both").unwrap();
    assert_eq!((later.state, later.polls), (State::Ready, 1));
    both.abort();
    joiner.abort();
}

fn a_poll_that_lasts_is_told_with_its_thread(runtime: &Runtime, tasks: &Tasks) {
    let (release, is_released) = mpsc::channel::<()>();
    let task = Builder::new().name("stuck").spawn_on(runtime.handle(), async move {
        yield_now().await;
        let _ = is_released.recv();
        std::thread::current().name().map(str::to_owned)
    });
    let is_stuck = |task: &Task| task.polls == 2 && task.busy > Duration::from_millis(2);
    let found = find(tasks, "stuck", is_stuck);
    drop(release);
    let name = runtime.block_on(task).unwrap();
    let State::Running { thread, lasts, .. } = found.state else { panic!("{found:?}") };
    assert_eq!((thread, found.waits), (name, Vec::new()));
    assert!(lasts <= found.busy && found.busy <= found.age);
}

fn closures_that_wait_for_a_thread_are_queued(runtime: &Runtime, tasks: &Tasks) {
    let (release, is_released) = mpsc::channel::<()>();
    let name = |name| Builder::new().name(name);
    let closure =
        name("closure").spawn_blocking_on(runtime.handle(), move || is_released.recv().is_err());
    let found = find(tasks, "closure", |task| matches!(task.state, State::Running { .. }));
    assert_eq!((found.kind, found.polls), (Kind::Closure, 1));
    // Where there is room for one alone.
    if support::has_options(runtime) {
        let other = name("other").spawn_blocking_on(runtime.handle(), || ());
        let found = find(tasks, "other", |_| true);
        assert_eq!((found.id, found.state, found.polls), (Some(other.id()), State::Ready, 0));
        assert!(tasks.dump().to_string().contains(" queued "));
        drop(release);
        runtime.block_on(other).unwrap();
    } else {
        drop(release);
    }
    assert!(runtime.block_on(closure).unwrap());
}

fn tasks_of_local_sets_are_told(runtime: &Runtime, tasks: &Tasks) {
    let local = LocalSet::new();
    let task = Builder::new().name("local").spawn_local_on(&local, async {
        yield_now().await;
        pending::<()>().await;
    });
    let waits = |task: &Task| task.polls == 2 && task.state == State::Waiting;
    let found = runtime.block_on(local.run_until(async {
        loop {
            match named(&tasks.dump(), "local").filter(waits) {
                Some(found) => break found,
                None => yield_now().await,
            }
        }
    }));
    assert_eq!((found.id, found.kind), (Some(task.id()), Kind::LocalTask));
    drop(local);
    assert!(named(&tasks.dump(), "local").is_none());
}

/// Also where it has got the descriptor of the one before.
fn a_socket_is_the_one_that_is_waited_for_last(runtime: &Runtime, tasks: &Tasks) {
    let task = Builder::new().name("receives").spawn_on(runtime.handle(), async {
        for _ in 0..10 {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            let first = time::timeout(Duration::ZERO, socket.recv(&mut [0])).await;
            assert!(first.is_err());
            yield_now().await;
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        Builder::new().name(&format!("{}", socket.local_addr()?)).spawn(pending::<()>());
        socket.recv(&mut [0]).await
    });
    let is_io = |task: &Task| matches!(task.waits[..], [Waiting::Io { .. }]);
    let has_spawned =
        || tasks.dump().tasks.into_iter().find(|task| task.kind == Kind::Task && is_address(task));
    let address = wait_for(has_spawned).name.unwrap();
    let found = find(tasks, "receives", is_io);
    let [Waiting::Io { interest: Interest::Readable, source, .. }] = &found.waits[..] else {
        panic!("{found:?}");
    };
    assert!(source.contains(&address), "{source} is not {address}");
    task.abort();
}

/// Such as `FuturesUnordered` is: what else it waits for was told in earlier polls.
fn a_set_that_polls_what_was_woken_tells_nothing_of_the_others(runtime: &Runtime, tasks: &Tasks) {
    let mut sleeps: Vec<_> = (1..=5).map(|hours| Box::pin(time::sleep(hours * HOUR))).collect();
    let mut woken = 0..sleeps.len();
    let (wakes, wakers) = mpsc::channel();
    let task = Builder::new().name("set").spawn_on(
        runtime.handle(),
        poll_fn(move |cx| {
            for sleep in woken.by_ref() {
                assert!(sleeps[sleep].as_mut().poll(cx).is_pending());
            }
            wakes.send(cx.waker().clone()).unwrap();
            Poll::<()>::Pending
        }),
    );
    find(tasks, "set", |task| task.polls == 1 && task.waits.len() == 5);
    wakers.recv().unwrap().wake();
    let polled = |task: &Task| task.polls == 2 && !matches!(task.state, State::Running { .. });
    let found = find(tasks, "set", polled);
    assert_eq!((found.state, found.waits), (State::Waiting, Vec::new()));
    let text = tasks.dump().to_string();
    let line = text.lines().find(|line| line.contains(" set ")).unwrap();
    assert!(line.contains(" waits ") && line.ends_with(" not told"), "{text}");
    task.abort();
}

/// Also where it is the same as in the poll before, and one more or less.
fn what_the_last_poll_waits_for_is_told_whatever_was_told_before(runtime: &Runtime, tasks: &Tasks) {
    let sockets = runtime.block_on(async {
        [
            UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            UdpSocket::bind("127.0.0.1:0").await.unwrap(),
        ]
    });
    // In each poll, which sockets it waits for.
    let polls: [&[usize]; 8] = [&[0], &[0], &[0, 1], &[0], &[1], &[0, 1], &[], &[1]];
    let (wakes, wakers) = mpsc::channel();
    let mut all = polls.into_iter();
    let task = Builder::new().name("receives").spawn_on(
        runtime.handle(),
        poll_fn(move |cx| {
            for socket in all.next().unwrap_or_default() {
                let mut buffer = [0];
                let mut receives = pin!(sockets[*socket].recv(&mut buffer));
                assert!(receives.as_mut().poll(cx).is_pending());
            }
            wakes.send(cx.waker().clone()).unwrap();
            Poll::<()>::Pending
        }),
    );
    let mut waker = wakers.recv().unwrap();
    for (before, expected) in polls.iter().enumerate() {
        let polled = |task: &Task| task.polls > before as u64 && task.state == State::Waiting;
        let found = find(tasks, "receives", polled);
        assert_eq!(found.waits.len(), expected.len(), "in poll {before}: {:?}", found.waits);
        if before + 1 < polls.len() {
            waker.wake();
            waker = wakers.recv().unwrap();
        }
    }
    task.abort();
}

fn is_address(task: &Task) -> bool {
    task.name.as_deref().is_some_and(|name| name.starts_with("127.0.0.1:"))
}

fn a_task_that_has_ended_is_gone(runtime: &Runtime, tasks: &Tasks) {
    let name = |name| Builder::new().name(name);
    for _ in 0..100 {
        let completes = name("completes").spawn_on(runtime.handle(), async {});
        let panics = name("panics").spawn_on(runtime.handle(), async {
            std::panic::resume_unwind(Box::new(()));
        });
        let aborted = name("aborted").spawn_on(runtime.handle(), pending::<()>());
        let closure = name("closure").spawn_blocking_on(runtime.handle(), || ());
        aborted.abort();
        runtime.block_on(async {
            completes.await.unwrap();
            closure.await.unwrap();
            assert!(panics.await.unwrap_err().is_panic());
            assert!(aborted.await.unwrap_err().is_cancelled());
        });
        let left = tasks.dump();
        let all = ["completes", "panics", "aborted", "closure"];
        assert!(all.iter().all(|name| named(&left, name).is_none()), "{left}");
    }
}

/// Whatever is spawned and ends meanwhile, and takes the places of others.
fn whoever_lives_all_the_time_is_there_once(runtime: &Runtime, tasks: &Tasks) {
    const LIVE: usize = 700;

    let churn: Vec<_> = (0..4)
        .map(|_| {
            runtime.spawn(async {
                loop {
                    let some: Vec<_> = (0..50).map(|_| anyrt::spawn(yield_now())).collect();
                    for task in some {
                        // The runtime ends, and has refused it.
                        if task.await.is_err() {
                            return;
                        }
                    }
                }
            })
        })
        .collect();
    let names: Vec<_> = (0..LIVE).map(|n| format!("{n}")).collect();
    let name = |name| Builder::new().name(name).spawn_on(runtime.handle(), pending::<()>());
    let live: Vec<_> = names.iter().map(|it| name(it)).collect();
    for _ in 0..50 {
        let dump = tasks.dump();
        let mut found: Vec<usize> =
            dump.tasks.iter().filter_map(|task| task.name.as_deref()?.parse().ok()).collect();
        found.sort_unstable();
        assert!(found.into_iter().eq(0..LIVE));
        assert!(dump.tasks.windows(2).all(|pair| pair[0].age >= pair[1].age));
    }
    live.iter().for_each(anyrt::JoinHandle::abort);
    churn.iter().for_each(anyrt::JoinHandle::abort);
}

fn a_dump_is_text_and_json(runtime: &Runtime, tasks: &Tasks) {
    let sleeper = Builder::new().name("sleeper").spawn_on(runtime.handle(), async {
        time::sleep(HOUR).await;
    });
    find(tasks, "sleeper", |task| !task.waits.is_empty());
    let text = tasks.dump().to_string();
    let line = text.lines().find(|line| line.contains("sleeper")).unwrap();
    let place = file!();
    assert!(line.contains(" waits ") && line.contains(place), "{text}");
    assert!(line.contains("a sleep, 3") && line.ends_with("s more"), "{text}");

    let json: serde_json::Value = serde_json::from_str(&tasks.dump().to_json()).unwrap();
    let list = json["tasks"].as_array().unwrap();
    let task = list.iter().find(|task| task["name"] == "sleeper").unwrap();
    assert_eq!(
        (task["id"].to_string(), &task["state"]),
        (sleeper.id().to_string(), &"waiting".into())
    );
    assert_eq!((&task["kind"], &task["polls"]), (&"task".into(), &1.into()));
    assert!(task["file"] == place && task["line"].is_u64() && task["thread"].is_null());
    let left = task["waits"][0]["left"].as_f64().unwrap();
    assert!(task["waits"][0]["for"] == "sleep" && left > 3000.0 && left <= 3600.0);
    sleeper.abort();
}

/// So that nobody takes a part of a name for another task.
#[test]
fn each_task_has_one_line_whatever_it_is_called() {
    struct Lock;

    impl fmt::Debug for Lock {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a \"lock\"\n2 b")
        }
    }

    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let waits = poll_fn(|_| {
        let poll = Poll::<()>::Pending;
        observe::label(&poll, || Wait::other(&Lock));
        poll
    });
    let task = Builder::new().name("a\n2 \u{202e}b").spawn_on(runtime.handle(), waits);
    find(&tasks, "a\n2 \u{202e}b", |task| !task.waits.is_empty());
    let text = tasks.dump().to_string();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains(r" a\n2 \u{202e}b "), "{text}");
    assert!(text.trim_end().ends_with(r#" a "lock"\n2 b"#), "{text}");
    task.abort();
}

#[test]
fn a_table_for_a_page_has_a_row_for_each_task_and_no_marks_of_the_program() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let name = "<b> & \"c\"";
    let sleep = async { time::sleep(HOUR).await };
    let task = Builder::new().name(name).spawn_on(runtime.handle(), sleep);
    find(&tasks, name, |task| !task.waits.is_empty());
    let table = tasks.dump().to_html();
    assert_eq!(table.matches("<tr").count(), 2, "{table}");
    for part in [
        "<tr class=\"waiting\">",
        "<td class=\"name\">&lt;b&gt; &amp; \\&quot;c\\&quot;</td>",
        "<td class=\"state\">waits</td>",
        "<td class=\"polls\">1</td>",
        "<td class=\"waits-for\">a sleep, 3",
    ] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
    task.abort();
}

/// With the runtime's clock, which stands still while that of the system goes on.
#[test]
fn sleeps_on_a_paused_clock_are_told_by_its_time() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let builder = anyrt::Builder::new().backend("native").current_thread();
    let runtime = builder.start_paused(true).build().unwrap();
    runtime.block_on(async {
        let sleeper = Builder::new().name("sleeper").spawn(time::sleep(HOUR));
        yield_now().await;
        time::advance(HOUR / 2).await.unwrap();
        let found = named(&tasks.dump_at(time::now()), "sleeper").unwrap();
        assert_eq!(found.state, State::Waiting);
        let text = tasks.dump_at(time::now()).to_string();
        assert!(text.contains("a sleep, 1800.0s more"), "{text}");
        sleeper.await.unwrap();
    });
    assert!(tasks.dump().tasks.is_empty());
}

/// The observer knows nothing of runtimes: it is told the end of each task.
#[test]
fn a_runtime_that_ends_leaves_no_task() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    for backend in ["native", "tokio", "smol"] {
        let runtime = anyrt::Builder::new().backend(backend).worker_threads(2).build().unwrap();
        for _ in 0..100 {
            runtime.spawn(pending::<()>());
        }
        assert_eq!(tasks.dump().tasks.len(), 100);
        drop(runtime);
        assert_eq!(tasks.dump().tasks.len(), 0, "{backend}");
    }
}
