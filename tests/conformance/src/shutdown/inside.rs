//! K5, K1: where the thread is while the end of a runtime runs destructors.

use std::future::pending;

use anyrt_core::{Current, Launch, Shutdown, Spawn};
use futures::channel::oneshot;

use crate::witness::{Counter, Drive, on_drop};

pub fn drop_drops_futures_inside_the_runtime<L: Launch + Shutdown>(runtime: L) {
    let (inside, outside) = (Counter::new(), Counter::new());
    let spawn = |started: Option<oneshot::Sender<()>>| {
        let (inside, outside) = (inside.clone(), outside.clone());
        let note = on_drop(move || {
            let is_inside = L::Handle::try_current().is_some();
            if is_inside {
                inside.add()
            } else {
                outside.add()
            };
        });
        drop(runtime.handle().spawn(async move {
            let _note = note;
            if let Some(started) = started {
                started.send(()).unwrap();
            }
            pending::<()>().await;
        }));
    };
    let (started, has_started) = oneshot::channel();
    spawn(Some(started));
    runtime.handle().drive(has_started).unwrap();
    // Where no thread is in `block_on`, a current-thread runtime does not poll this one.
    spawn(None);
    drop(runtime);
    assert_eq!((inside.count(), outside.count()), (2, 0));
}
