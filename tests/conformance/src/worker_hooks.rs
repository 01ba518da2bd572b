//! K10, a capability, where tasks are polled by threads of the runtime: these call its hooks as well.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use anyrt_core::{Launch, Spawn};

use crate::Launcher;
use crate::thread_hooks::{Book, ENDED, RUNS};
use crate::witness::{Drive, wait_until};

cases! { worker_hooks if thread_hooks:
    a_task_runs_on_a_thread_that_has_called_its_hook(launcher) [K10];
}

pub fn a_task_runs_on_a_thread_that_has_called_its_hook<L: Launch>(launcher: &Launcher<L>) {
    let book = Book::default();
    let runtime = launcher.start_with(|config| config.thread_hooks = book.hooks());
    for _ in 0..20 {
        let looks = book.clone();
        let task = runtime.handle().spawn(async move { looks.here() });
        assert_eq!(runtime.handle().drive(task).unwrap(), RUNS);
    }
    drop(runtime);
    wait_until(|| book.all().iter().all(|calls| *calls == ENDED));
}
