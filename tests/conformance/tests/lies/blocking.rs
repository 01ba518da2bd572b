//! Lies about where and when closures run; those about their handles are in spawn.rs.

use std::future::pending;
use std::io;
use std::mem::forget;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc;

use anyrt_core::backend::start_closure;
use anyrt_core::task::{Id, Kind, Meta};
use anyrt_core::{BlockInPlace, Spawn, SpawnBlocking};

use super::Lie;
use super::runtime::Handle;
use super::spawn::JoinHandle;

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = JoinHandle<T>;

    #[track_caller]
    fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let meta = Meta::new(Kind::Closure);
        if Lie::CallsClosuresUnseen.is_told() {
            self.spawn_closure(meta, closure)
        } else {
            start_closure(self, meta, closure)
        }
    }

    fn spawn_closure<F, T>(&self, _: Meta<'_>, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        JoinHandle::of_closure(match Lie::told() {
            Some(Lie::DoesNothing) => {
                drop(closure);
                self.tokio.spawn(pending())
            }
            Some(Lie::LeaksClosuresAfterShutdown) if self.is_gone.load(SeqCst) => {
                forget(closure);
                self.tokio.spawn(pending())
            }
            Some(Lie::RunsClosuresInTheCall) => {
                let output = closure();
                self.tokio.spawn_blocking(move || output)
            }
            Some(Lie::RunsClosuresAsTasks) => self.tokio.spawn(async move { closure() }),
            Some(Lie::WaitsForThreads) => {
                let (start, is_started) = mpsc::channel();
                let handle = self.tokio.spawn_blocking(move || {
                    let _ = start.send(());
                    closure()
                });
                let _ = is_started.recv();
                handle
            }
            _ => self.tokio.spawn_blocking(closure),
        })
    }

    fn current_closure() -> Option<Id> {
        Self::current_task()
    }
}

impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        if Lie::BlocksItsWorker.is_told() {
            return Ok(closure());
        }
        anyrt_tokio::Handle::block_in_place(closure)
    }
}
