//! A child that is forked asks its own threads for their stacks. In a process of its own.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

use std::panic::catch_unwind;
use std::sync::mpsc;
use std::time::Duration;

use anyrt::observe;
use anyrt_observe::{Stall, StallWatch, Tasks};

fn watch(tasks: &Tasks) -> (StallWatch, mpsc::Receiver<Stall>) {
    let (report, reports) = mpsc::channel();
    let report = move |stall| {
        let _ = report.send(stall);
    };
    (tasks.watch_stalls_with_stacks(Duration::from_millis(2), report).unwrap(), reports)
}

/// Whether threads of this process answer.
fn stacks_are_reported() -> bool {
    let tasks = Tasks::install();
    let runtime = anyrt::Builder::new().backend("native").worker_threads(1).build().unwrap();
    let (_watch, reports) = watch(&tasks);
    for _ in 0..20 {
        let (release, is_released) = mpsc::channel::<()>();
        let task = runtime.spawn(async move {
            let _ = is_released.recv();
        });
        if !reports.iter().any(|stall| stall.stack.is_some_and(|stack| stack.frames.len() > 1)) {
            return false;
        }
        drop(release);
        runtime.block_on(task).unwrap();
    }
    observe::uninstall();
    true
}

#[test]
fn a_child_asks_its_own_threads_whether_or_not_its_parent_has_asked_any() {
    for _ in 0..3 {
        // A watch whose thread stays with the parent.
        let tasks = Tasks::install();
        let inherited = watch(&tasks);
        observe::uninstall();
        // SAFETY: the child goes on with one thread, uses nothing that other threads had locked, and ends below.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let code = i32::from(!catch_unwind(stacks_are_reported).unwrap_or(false));
            // SAFETY: it ends the process, and nobody waits for anything of it.
            unsafe { libc::_exit(code) };
        }
        let mut status = 1;
        // SAFETY: the status is there for the call.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        assert!(stacks_are_reported());
        drop(inherited);
    }
}
