//! In which order tasks have their turns, and how often a core that is busy looks elsewhere.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyrt_core::{
    Attempt, BlockOn, Interest, Launch, PauseClock, Reactor, Registration, Spawn, Timer, yield_now,
};
use futures::channel::oneshot;
use futures::future::join_all;

use super::{
    INJECTOR_INTERVAL, LONGEST_INTERVAL, REACTOR_INTERVAL, ROOT_PATIENCE, UPKEEP_INTERVAL, adapt,
};
use crate::Builder;

/// As when a server is told of many requests at once, and each of them awaits a task of its own.
#[test]
fn tasks_that_are_woken_together_have_their_turns_in_order_while_each_awaits_a_child() {
    const TASKS: usize = 200;

    let runtime = Builder::new().worker_threads(1).build().unwrap();
    let handle = runtime.handle().clone();
    let order = Arc::new(Mutex::new(Vec::new()));
    let (all, tasks): (Vec<_>, Vec<_>) = (0..TASKS)
        .map(|number| {
            let (wake, woken) = oneshot::channel();
            let (order, inside) = (Arc::clone(&order), handle.clone());
            let task = handle.spawn(async move {
                woken.await.unwrap();
                inside.spawn(async {}).await.unwrap();
                order.lock().unwrap().push(number);
            });
            (wake, task)
        })
        .unzip();
    handle.block_on(async {
        // By then all of them wait.
        handle.spawn(yield_now()).await.unwrap();
        let wakes = handle.spawn(async { all.into_iter().for_each(|wake| wake.send(()).unwrap()) });
        wakes.await.unwrap();
        join_all(tasks).await;
    });
    let order = order.lock().unwrap();
    let late = |(turn, number): (usize, &usize)| turn.saturating_sub(*number);
    // The last one, which is in the slot, and those that are handed over go first.
    let latest = order.iter().enumerate().map(late).max().unwrap();
    assert!(order.len() == TASKS && latest <= 8, "late by {latest} turns: {order:?}");
}

/// Both wake themselves all the time.
#[test]
fn the_future_of_block_on_has_every_second_turn_beside_one_task() {
    let runtime = Builder::new().current_thread().build().unwrap();
    let handle = runtime.handle();
    let turns = Arc::new(Mutex::new(Vec::new()));
    let take = |who| {
        let turns = Arc::clone(&turns);
        async move {
            for _ in 0..20 {
                turns.lock().unwrap().push(who);
                yield_now().await;
            }
        }
    };
    let task = handle.spawn(take("task"));
    let others = handle.block_on(async {
        // The first turn takes the task out of the queue for all. What comes there later has a turn of its own.
        yield_now().await;
        let spawn = || (0..10).map(|_| handle.spawn(async {})).collect::<Vec<_>>();
        let others = thread::scope(|scope| scope.spawn(spawn).join().unwrap());
        take("future").await;
        others
    });
    let turns = turns.lock().unwrap().clone();
    assert!(turns.windows(2).all(|pair| pair[0] != pair[1]), "{turns:?}");
    handle.block_on(join_all(others.into_iter().chain([task])));
}

/// Reads a byte, which wakes the task when it is there.
async fn read(registration: &impl Registration<TcpStream>) {
    let read = |mut stream: &TcpStream| stream.read(&mut [0; 1]).map(Attempt::Done);
    registration.io(Interest::Readable, read).await.unwrap();
}

fn spin(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {}
}

fn connect() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Each of the others is busy for a moment and yields, again and again. What an event wakes has its turn after a look at the
/// reactor, which there is in so many turns, and not after a turn of each of the others as well.
#[test]
fn what_an_event_wakes_does_not_wait_for_each_task_that_yields() {
    const OTHERS: usize = 400;
    const TURN: Duration = Duration::from_micros(5);
    const LIMIT: usize = 2 * UPKEEP_INTERVAL as usize;

    let runtime = Builder::new().current_thread().build().unwrap();
    let handle = runtime.handle();
    let turns = Arc::new(AtomicUsize::new(0));
    for _ in 0..OTHERS {
        let turns = Arc::clone(&turns);
        drop(handle.spawn(async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                spin(TURN);
                yield_now().await;
            }
        }));
    }
    let wait = |stream: TcpStream| {
        let (handle, turns) = (handle.clone(), Arc::clone(&turns));
        async move {
            read(&handle.register(stream).unwrap()).await;
            turns.load(Ordering::Relaxed)
        }
    };
    // When it is polled, the others wait.
    let write = |mut streams: Vec<TcpStream>| {
        let turns = Arc::clone(&turns);
        handle.spawn(async move {
            streams.iter_mut().for_each(|stream| stream.write_all(b"x").unwrap());
            turns.load(Ordering::Relaxed)
        })
    };
    let (mut in_tasks, mut in_block_on) = (usize::MAX, usize::MAX);
    handle.block_on(async {
        // The least of several, for an event may be late.
        for _ in 0..5 {
            let (readers, writers): (Vec<_>, Vec<_>) = (0..8).map(|_| connect()).unzip();
            let reads: Vec<_> =
                readers.into_iter().map(|stream| handle.spawn(wait(stream))).collect();
            let written = write(writers);
            let last = join_all(reads).await.into_iter().map(Result::unwrap).max();
            in_tasks = in_tasks.min(last.unwrap() - written.await.unwrap());
            let (reader, writer) = connect();
            let written = write(vec![writer]);
            in_block_on = in_block_on.min(wait(reader).await - written.await.unwrap());
        }
    });
    assert!(in_tasks <= LIMIT && in_block_on <= LIMIT, "{in_tasks}, {in_block_on} turns");
}

/// Another thread queues it, while the task waits for that thread.
#[test]
fn what_comes_from_elsewhere_has_its_turn_beside_a_task_that_yields_for_ever() {
    for config in [Builder::new().current_thread(), Builder::new().worker_threads(1)] {
        let runtime = config.build().unwrap();
        let (handle, inside) = (runtime.handle(), runtime.handle().clone());
        let yields = handle.spawn(async move {
            for _ in 0..3 * INJECTOR_INTERVAL {
                let spawn = || inside.spawn(async {});
                let other = thread::scope(|scope| scope.spawn(spawn).join().unwrap());
                let mut turns = 0;
                while !other.is_finished() {
                    turns += 1;
                    assert!(turns <= INJECTOR_INTERVAL + 1, "{turns} turns");
                    yield_now().await;
                }
                yield_now().await;
            }
        });
        handle.block_on(yields).unwrap();
    }
}

/// At each turn of theirs there is a look at the reactor, which has an event for the other one.
#[test]
fn the_future_of_block_on_has_its_turn_beside_tasks_that_wake_each_other_by_sockets() {
    const MOST: usize = 5000;

    let runtime = Builder::new().current_thread().build().unwrap();
    let handle = runtime.handle();
    let polls = Arc::new(AtomicUsize::new(0));
    let (one, mut other) = connect();
    other.write_all(b"x").unwrap();
    for mut stream in [one, other] {
        let (source, polls) = (stream.try_clone().unwrap(), Arc::clone(&polls));
        let source = handle.register(source).unwrap();
        drop(handle.spawn(async move {
            // A byte is always on its way, and so there is no end without this.
            while polls.fetch_add(1, Ordering::Relaxed) < MOST {
                read(&source).await;
                spin(REACTOR_INTERVAL * 2);
                stream.write_all(b"x").unwrap();
            }
        }));
    }
    handle.block_on(async {
        // Until there is a look after each turn.
        let busy = async {
            for _ in 0..200 {
                spin(REACTOR_INTERVAL * 2);
                yield_now().await;
            }
        };
        handle.spawn(busy).await.unwrap();
        for _ in 0..20 {
            let before = polls.load(Ordering::Relaxed);
            handle.sleep(Duration::from_millis(1)).await;
            let polls = polls.load(Ordering::Relaxed) - before;
            assert!(polls < MOST / 4, "{polls} polls of others during one sleep");
        }
    });
}

/// Returns how many of so many tasks had their turn when the future of `block_on` has yielded, or has moved the clock for them. Sockets
/// wake 20 others meanwhile. The next look at the reactor is another number of turns away in each `phase`.
fn count_turns(of: u32, phase: u32, moves_clock: bool) -> u32 {
    let runtime = Builder::new().current_thread().build().unwrap();
    let handle = runtime.handle();
    let turns = Arc::new(AtomicU32::new(0));
    let spawn = |after: Duration| {
        for _ in 0..of {
            let (inside, turns) = (handle.clone(), Arc::clone(&turns));
            drop(handle.spawn(async move {
                inside.sleep(after).await;
                turns.fetch_add(1, Ordering::Relaxed);
            }));
        }
    };
    handle.block_on(async {
        handle.pause_clock().unwrap();
        let (readers, mut writers): (Vec<_>, Vec<_>) = (0..20).map(|_| connect()).unzip();
        for reader in readers {
            let reader = handle.register(reader).unwrap();
            drop(handle.spawn(async move { read(&reader).await }));
        }
        let due = Duration::from_secs(u64::from(moves_clock));
        if moves_clock {
            spawn(due);
        }
        for _ in 0..10 + phase {
            yield_now().await;
        }
        spin(REACTOR_INTERVAL * 2);
        writers.iter_mut().for_each(|writer| writer.write_all(b"x").unwrap());
        if moves_clock {
            handle.advance_clock(due).await.unwrap();
        } else {
            spawn(due);
            yield_now().await;
        }
        turns.load(Ordering::Relaxed)
    })
}

#[test]
fn what_is_queued_has_its_turn_before_a_future_of_block_on_that_yields_whatever_events_wake() {
    for phase in 0..2 * UPKEEP_INTERVAL {
        assert_eq!(count_turns(ROOT_PATIENCE, phase, false), ROOT_PATIENCE, "{phase}");
        // All of them, however often it has to yield for that.
        assert_eq!(count_turns(2 * ROOT_PATIENCE, phase, true), 2 * ROOT_PATIENCE, "{phase}");
    }
}

#[test]
fn where_polls_are_long_timers_and_sockets_are_looked_at_after_fewer() {
    let after_many = |poll: Duration| {
        let interval = |halvings| UPKEEP_INTERVAL >> halvings;
        let halvings =
            (0..10).fold(0, |halvings, _| adapt(halvings, poll * interval(halvings), 1000));
        (interval(halvings), poll * interval(halvings))
    };
    assert_eq!(after_many(LONGEST_INTERVAL / 1000).0, UPKEEP_INTERVAL);
    for parts in [10, 20, 50, 100] {
        let (polls, time) = after_many(LONGEST_INTERVAL / parts);
        assert!(time <= LONGEST_INTERVAL && polls >= parts / 4, "{polls} polls, {time:?}");
    }
    assert_eq!(after_many(LONGEST_INTERVAL * 10).0, 1);
    // And back, when they are short.
    assert_eq!((0..10).fold(5, |halvings, _| adapt(halvings, LONGEST_INTERVAL / 1000, 1000)), 0);
}

#[test]
fn where_few_tasks_take_long_timers_and_sockets_are_looked_at_after_each_had_a_turn() {
    let after_many = |poll: Duration, queued: usize| {
        let interval = |halvings| UPKEEP_INTERVAL >> halvings;
        let next = |halvings| adapt(halvings, poll * interval(halvings), queued);
        interval((0..10).fold(0, |halvings, _| next(halvings)))
    };
    let round = REACTOR_INTERVAL * 2;
    assert_eq!([3, 4].map(|queued| after_many(round / queued, queued as usize)), [3, 3]);
    // But by the least that a look is worth.
    assert_eq!(after_many(REACTOR_INTERVAL / 100, 1), UPKEEP_INTERVAL);
    assert_eq!(after_many(Duration::MAX / 61, usize::MAX), 1);
}

#[test]
fn no_rhythm_of_tasks_hides_a_backlog_from_the_upkeep() {
    for period in 1..UPKEEP_INTERVAL {
        let looked_at = |turn| (0..period).any(|look| look * UPKEEP_INTERVAL % period == turn);
        assert!((0..period).all(looked_at), "of {period} turns some are never looked at");
    }
}
