//! The stack of a thread in a poll that takes too long.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod support;

use std::hint::{black_box, spin_loop};
use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use anyrt::task::Builder;
use anyrt::{JoinHandle, Runtime};
use anyrt_observe::{Stack, Stall, StallWatch, Tasks};
use support::on_all;

const LIMIT: Duration = Duration::from_millis(5);

on_all! {
    a_task_that_computes_is_found_in_its_function;
    a_task_that_blocks_in_a_read_is_found_there_and_goes_on_reading;
    a_task_that_waits_for_a_lock_is_found_there;
    a_task_that_asks_for_the_time_again_and_again_is_found;
    a_thread_that_has_blocked_the_signal_is_reported_without_a_stack;
    polls_that_end_while_they_are_looked_at_are_told_from_those_that_last;
}

fn watch(tasks: &Tasks) -> (StallWatch, mpsc::Receiver<Stall>) {
    let (report, reports) = mpsc::channel();
    let report = move |stall| {
        let _ = report.send(stall);
    };
    (tasks.watch_stalls_with_stacks(LIMIT, report).unwrap(), reports)
}

/// Runs this as a task, which gets what it returns when `wait` does.
fn spawn<T: Send + 'static>(
    runtime: &Runtime,
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    Builder::new().name(name).spawn_on(runtime.handle(), async move { run() })
}

/// The next report of the task with a stack. A thread that gets no processor does not answer in time, and is asked again.
fn next_stack(reports: &mpsc::Receiver<Stall>, name: &str) -> (Stall, Stack) {
    let mut of_task = reports.iter().filter(|stall| stall.task.name.as_deref() == Some(name));
    of_task.find_map(|stall| stall.stack.clone().map(|stack| (stall, stack))).unwrap()
}

/// Where in the stack a function is, from its innermost end.
#[track_caller]
fn place(stack: &Stack, function: &str) -> usize {
    let is_it = |name: &String| name.ends_with(function);
    let place = stack.frames.iter().position(|frame| frame.function.as_ref().is_some_and(is_it));
    place.unwrap_or_else(|| panic!("no {function} in\n{stack}"))
}

/// That of the handler is not in it, and the thread's start is.
fn assert_is_whole(stack: &Stack) {
    let names: Vec<_> = stack.frames.iter().filter_map(|frame| frame.function.clone()).collect();
    assert!(!names.iter().any(|name| name.contains("observe::stack")), "{stack}");
    let starts = ["__rust_begin_short_backtrace", "thread_start", "start_thread"];
    assert!(names.iter().any(|name| starts.iter().any(|start| name.contains(start))), "{stack}");
}

#[inline(never)]
fn compute_until_released(is_released: &mpsc::Receiver<()>) -> u64 {
    let mut rounds = 0;
    while is_released.try_recv() != Err(mpsc::TryRecvError::Disconnected) {
        spin_loop();
        rounds = black_box(rounds + 1);
    }
    rounds
}

#[inline(never)]
fn call_what_computes(is_released: &mpsc::Receiver<()>) -> u64 {
    black_box(compute_until_released(is_released)) + 1
}

fn a_task_that_computes_is_found_in_its_function(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    for round in 0..20 {
        let name = format!("computes {round}");
        let (release, is_released) = mpsc::channel();
        let task = spawn(runtime, &name, move || call_what_computes(&is_released));
        let (stall, stack) = next_stack(&reports, &name);
        drop(release);
        assert!(runtime.block_on(task).unwrap() > 1);
        let inner = place(&stack, "::compute_until_released");
        assert!(inner < place(&stack, "::call_what_computes"), "{stack}");
        assert_is_whole(&stack);
        // One line, or one for each function as well.
        let (short, long) = (stall.to_string(), format!("{stall:#}"));
        assert_eq!(short.lines().count(), 1);
        assert_eq!(long, format!("{short}\n{stack}"));
        assert_eq!(stack.to_string().lines().count(), stack.frames.len());
    }
}

#[inline(never)]
fn read_a_byte(mut from: UnixStream) -> u8 {
    let mut byte = [0];
    // That is no `read_exact`, which would go on after an error.
    assert_eq!(from.read(&mut byte).unwrap(), 1);
    byte[0]
}

fn a_task_that_blocks_in_a_read_is_found_there_and_goes_on_reading(
    runtime: &Runtime,
    tasks: &Tasks,
) {
    let (_watch, reports) = watch(tasks);
    for round in 0..20 {
        let name = format!("reads {round}");
        let (ours, theirs) = UnixStream::pair().unwrap();
        let task = spawn(runtime, &name, move || read_a_byte(theirs));
        // And is asked more than once.
        for _ in 0..2 {
            let (_, stack) = next_stack(&reports, &name);
            assert!(place(&stack, "::read_a_byte") > 0, "the read is within it\n{stack}");
            assert_is_whole(&stack);
        }
        std::io::Write::write_all(&mut &ours, &[7]).unwrap();
        assert_eq!(runtime.block_on(task).unwrap(), 7);
    }
}

#[inline(never)]
fn lock_and_add(number: &Mutex<u32>) -> u32 {
    let mut number = number.lock().unwrap();
    *number += 1;
    *number
}

fn a_task_that_waits_for_a_lock_is_found_there(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    let number = Arc::new(Mutex::new(0));
    for round in 1..=20 {
        let name = format!("locks {round}");
        let locked = number.lock().unwrap();
        let of_task = Arc::clone(&number);
        let task = spawn(runtime, &name, move || lock_and_add(&of_task));
        let (_, stack) = next_stack(&reports, &name);
        drop(locked);
        assert_eq!(runtime.block_on(task).unwrap(), round);
        assert!(place(&stack, "::lock_and_add") > 0, "the lock is within it\n{stack}");
        assert_is_whole(&stack);
    }
}

#[inline(never)]
fn look_at_the_clock(is_released: &mpsc::Receiver<()>) -> Instant {
    loop {
        let now = Instant::now();
        for _ in 0..100 {
            black_box(Instant::now());
        }
        if is_released.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
            return now;
        }
    }
}

/// In the code that the system gives to each process for that, which is in no file.
fn a_task_that_asks_for_the_time_again_and_again_is_found(runtime: &Runtime, tasks: &Tasks) {
    let (_watch, reports) = watch(tasks);
    for round in 0..20 {
        let name = format!("looks {round}");
        let (release, is_released) = mpsc::channel();
        let task = spawn(runtime, &name, move || look_at_the_clock(&is_released));
        let (_, stack) = next_stack(&reports, &name);
        drop(release);
        runtime.block_on(task).unwrap();
        place(&stack, "::look_at_the_clock");
        assert_is_whole(&stack);
    }
}

/// Blocks or lets in all signals of this thread.
fn mask_signals(how: i32) {
    // SAFETY: all zeros are a set, and the next call fills it.
    let mut all = unsafe { std::mem::zeroed() };
    // SAFETY: the set is there.
    unsafe { libc::sigfillset(&raw mut all) };
    // SAFETY: the set is there, and nobody asks for the one before.
    let error = unsafe { libc::pthread_sigmask(how, &raw const all, std::ptr::null_mut()) };
    assert_eq!(error, 0);
}

fn a_thread_that_has_blocked_the_signal_is_reported_without_a_stack(
    runtime: &Runtime,
    tasks: &Tasks,
) {
    let (_watch, reports) = watch(tasks);
    let (release, is_released) = mpsc::channel::<()>();
    let (go_on, goes_on) = mpsc::channel::<()>();
    let task = spawn(runtime, "blocks signals", move || {
        mask_signals(libc::SIG_BLOCK);
        let _ = is_released.recv();
        mask_signals(libc::SIG_UNBLOCK);
        call_what_computes(&goes_on)
    });
    let is_it = |stall: &Stall| stall.task.name.as_deref() == Some("blocks signals");
    // The first may be of the time before.
    let without = reports.iter().filter(is_it).find(|stall| stall.stack.is_none()).unwrap();
    assert_eq!(format!("{without:#}"), without.to_string());
    for _ in 0..2 {
        let stall = reports.iter().find(is_it).unwrap();
        assert_eq!(stall.stack, None);
    }
    drop(release);
    // And answers when it does not block it any longer.
    let (_, stack) = next_stack(&reports, "blocks signals");
    drop(go_on);
    runtime.block_on(task).unwrap();
    place(&stack, "::call_what_computes");
}

#[inline(never)]
fn compute_for(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        spin_loop();
    }
}

fn polls_that_end_while_they_are_looked_at_are_told_from_those_that_last(
    runtime: &Runtime,
    tasks: &Tasks,
) {
    let (watch, reports) = watch(tasks);
    let tasks = (0..40).map(|_| {
        spawn(runtime, "short", || {
            // As long as the limit, so that some end when they are reported.
            compute_for(LIMIT);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        runtime.block_on(task).unwrap();
    }
    drop(watch);
    let shorts = reports.iter().filter(|stall| stall.task.name.as_deref() == Some("short"));
    for stack in shorts.filter_map(|stall| stall.stack) {
        // Not of the worker between polls, or when it waits for tasks.
        let mut names = stack.frames.iter().filter_map(|frame| frame.function.as_ref());
        let is_in_poll =
            |name: &String| ["::observe", "stacks::"].iter().any(|it| name.contains(it));
        assert!(names.any(is_in_poll), "{stack}");
    }
}

#[test]
fn there_is_one_watch_at_a_time_with_stacks_and_without() {
    let _alone = support::alone();
    let tasks = Tasks::install();
    let watch = tasks.watch_stalls_with_stacks(LIMIT, drop).unwrap();
    let error = tasks.watch_stalls(LIMIT, drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    drop(watch);
    drop(tasks.watch_stalls_with_stacks(LIMIT, drop).unwrap());
}

/// Though one thread is asked by both.
#[test]
fn each_of_two_that_are_installed_has_its_stacks() {
    let _alone = support::alone();
    let both = [Tasks::install(), Tasks::install()];
    let watches = both.each_ref().map(watch);
    let runtime = anyrt::Builder::new().backend("native").worker_threads(2).build().unwrap();
    for round in 0..20 {
        let name = format!("computes {round}");
        let (release, is_released) = mpsc::channel();
        let task = spawn(&runtime, &name, move || call_what_computes(&is_released));
        for (_, reports) in &watches {
            let (_, stack) = next_stack(reports, &name);
            place(&stack, "::call_what_computes");
        }
        drop(release);
        runtime.block_on(task).unwrap();
    }
}
