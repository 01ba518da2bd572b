//! What zbus is given.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, ExitStatus, Stdio};

use anyrt_facade::generic::task::Builder;
use anyrt_facade::time::Duration;
use anyrt_facade::{Backend, Handle, Spawn};
use zbus::runtime::{IoSource, traits};

use crate::{Task, Watch, net, process, spawn};

/// A runtime for connections to D-Bus: what [`Builder::runtime`](zbus::connection::Builder::runtime) takes.
///
/// Its tasks have the names that zbus gives them, for whoever observes the runtime. When the runtime ends, so do the
/// connections on it.
///
/// ```
/// use anyrt_zbus::Runtime;
/// use zbus::connection::Builder;
///
/// # async fn not_called() -> zbus::Result<()> {
/// let connection = Builder::session().runtime(Runtime::current()).build().await?;
/// println!("on the bus as {:?}", connection.unique_name());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Runtime<R: Backend = Handle> {
    runtime: R,
}

impl<R: Backend> Runtime<R> {
    /// The runtime of this handle, whichever thread zbus is called on.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl Runtime {
    /// The runtime that a call made here and now belongs to: see [`Handle::current`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl<R: Backend> traits::Runtime for Runtime<R> {
    type RegisteredIoSource = Watch<R>;
    type Sleep = R::Sleep;
    type Task<T>
        = Task<T, <R as Spawn>::JoinHandle<T>>
    where
        T: Send + 'static;

    fn register_io_source(&self, source: IoSource) -> io::Result<Watch<R>> {
        Watch::new(&self.runtime, &source)
    }

    fn sleep(&self, duration: Duration) -> R::Sleep {
        self.runtime.sleep(duration)
    }

    fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Self::Task<T> {
        Task::new(Builder::new().name(name).spawn_on(&self.runtime, future))
    }

    async fn connect_tcp(&self, address: SocketAddr) -> io::Result<IoSource> {
        net::connect_tcp(&self.runtime, address).await
    }

    async fn connect_unix(&self, path: &Path) -> io::Result<IoSource> {
        net::connect_unix(&self.runtime, path).await
    }

    fn spawn_process(
        &self,
        command: Command,
        stdin: Stdio,
        stdout: Stdio,
        stderr: Stdio,
    ) -> io::Result<Pin<Box<dyn Future<Output = io::Result<ExitStatus>> + Send>>> {
        let exit = process::spawn(&self.runtime, command, [stdin, stdout, stderr])?;
        Ok(Box::pin(exit))
    }

    fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = T> + Send>> {
        // It runs even if nobody awaits it (B1).
        let work = self.runtime.spawn_blocking(work);
        Box::pin(async move { work.await.unwrap_or_else(spawn::give_up) })
    }
}
