//! A dump whenever a signal comes.

use std::ffi::c_int;
use std::io;
use std::thread::{self, JoinHandle};

use anyrt_core::task::contain;
use signal_hook::iterator::{Handle, Signals};

use crate::{Dump, Tasks};

/// Keeps a thread that waits for a signal; made by [`Tasks::dump_on`].
///
/// Dropping it ends the thread, and waits for that. The signal's default action does not come back.
#[derive(Debug)]
#[must_use = "signals are not waited for any longer when this is dropped"]
#[cfg_attr(docsrs, doc(cfg(all(unix, feature = "signal"))))]
pub struct DumpOnSignal {
    signals: Handle,
    thread: Option<JoinHandle<()>>,
    forks: u32,
}

impl Tasks {
    /// Hands a dump to `report` whenever the process gets this signal.
    ///
    /// A thread of its own does it, so that it is done in a program whose workers are all stuck. Others who listen for the
    /// signal, such as `anyrt::signal`, go on to do so. A panic of `report` is told by the panic hook.
    ///
    /// ```
    /// use anyrt::signal::unix::SignalKind;
    /// use anyrt_observe::Tasks;
    ///
    /// let signal = SignalKind::user_defined1(); // `kill -USR1`
    /// let dumps = Tasks::install().dump_on(signal, |dump| eprintln!("{dump}"))?;
    /// # drop(dumps);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The system refuses the thread, the descriptors or the handler.
    ///
    /// # Panics
    /// Nobody may handle the signal: SIGKILL, SIGSTOP, and those that tell of errors in the program.
    #[cfg_attr(docsrs, doc(cfg(all(unix, feature = "signal"))))]
    pub fn dump_on(
        &self,
        signal: impl Into<c_int>,
        mut report: impl FnMut(Dump) + Send + 'static,
    ) -> io::Result<DumpOnSignal> {
        let mut signals = Signals::new([signal.into()])?;
        let handle = signals.handle();
        let tasks = self.clone();
        let dump_all = move || {
            for _ in signals.forever() {
                // A panic of the report is told by the panic hook.
                contain(|| report(tasks.dump()));
            }
        };
        let thread = thread::Builder::new().name("anyrt-dumps".into()).spawn(dump_all)?;
        Ok(DumpOnSignal { signals: handle, thread: Some(thread), forks: anyrt_fork::watch() })
    }
}

impl Drop for DumpOnSignal {
    fn drop(&mut self) {
        self.signals.close();
        let Some(thread) = self.thread.take() else { return };
        // Unless the report drops it, or a child of the process that has the thread.
        let is_here = anyrt_fork::forks() == self.forks;
        if thread.thread().id() != thread::current().id() && is_here {
            let _ = thread.join();
        }
    }
}
