//! The stacks of stuck threads are asked for by a signal, for which the program has handlers of its own. In a process of its own.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod support;

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Once, mpsc};
use std::time::Duration;

use anyrt::Runtime;
use anyrt_observe::{Stall, Tasks};
use rustix::process::{Signal, getpid, kill_process};
use support::on_all;

on_all! {
    handlers_from_before_and_after_have_the_signals_of_others_and_reports_have_stacks;
}

/// How often each of the program's handlers was called.
static EARLIER: AtomicU32 = AtomicU32::new(0);
static LATER: AtomicU32 = AtomicU32::new(0);

extern "C" fn earlier(_signal: c_int) {
    EARLIER.fetch_add(1, Ordering::Relaxed);
}

fn handlers_from_before_and_after_have_the_signals_of_others_and_reports_have_stacks(
    runtime: &Runtime,
    tasks: &Tasks,
) {
    static INSTALLED: [Once; 2] = [const { Once::new() }; 2];

    INSTALLED[0].call_once(|| {
        // SAFETY: the function adds to an atomic number, and nothing else.
        unsafe { libc::signal(libc::SIGURG, earlier as extern "C" fn(c_int) as usize) };
    });
    for round in 0..20 {
        let (report, reports) = mpsc::channel();
        let report = move |stall: Stall| {
            let _ = report.send(stall.stack.is_some());
        };
        let watch = tasks.watch_stalls_with_stacks(Duration::from_millis(2), report).unwrap();
        if round == 10 {
            INSTALLED[1].call_once(|| {
                let add = || {
                    LATER.fetch_add(1, Ordering::Relaxed);
                };
                // SAFETY: it adds to an atomic number, and nothing else.
                unsafe { signal_hook::low_level::register(libc::SIGURG, add) }.unwrap();
            });
        }
        let (release, is_released) = mpsc::channel::<()>();
        let calls = EARLIER.load(Ordering::Relaxed);
        let task = runtime.spawn(async move {
            let _ = is_released.recv();
        });
        assert!(reports.iter().any(|has_stack| has_stack));
        drop(release);
        runtime.block_on(task).unwrap();
        drop(watch);
        assert_eq!(EARLIER.load(Ordering::Relaxed), calls, "it was called for a question");
        let later = LATER.load(Ordering::Relaxed);
        kill_process(getpid(), Signal::URG).unwrap();
        let is_called = || {
            let is_later = !INSTALLED[1].is_completed() || LATER.load(Ordering::Relaxed) > later;
            is_later && EARLIER.load(Ordering::Relaxed) == calls + 1
        };
        support::wait_for(|| is_called().then_some(()));
    }
}
