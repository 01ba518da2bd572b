//! How a child is to be started.

use std::ffi::OsStr;
use std::future::Future;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command as StdCommand, ExitStatus, Output, Stdio};
use std::{fmt, io};

use super::Child;
use crate::context;
use crate::io::gone;

/// A program to be run as a child process: the builder of the standard library, whose children are awaited.
pub struct Command {
    inner: anyrt::process::Command,
}

impl From<StdCommand> for Command {
    fn from(std: StdCommand) -> Self {
        Self { inner: std.into() }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("std", self.as_std())
            .field("kill_on_drop", &self.get_kill_on_drop())
            .finish()
    }
}

/// What is to be run; as [`std::process::Command`] has it.
impl Command {
    /// A program, by its path, or by a name that is looked up in `PATH`. It inherits the environment, the current folder and
    /// the standard streams, as long as nothing else is said.
    pub fn new<S: AsRef<OsStr>>(program: S) -> Self {
        StdCommand::new(program).into()
    }

    /// What it is to the standard library.
    pub fn as_std(&self) -> &StdCommand {
        self.inner.as_std()
    }

    /// What it is to the standard library, for what is not here.
    pub fn as_std_mut(&mut self) -> &mut StdCommand {
        self.inner.as_std_mut()
    }

    /// What it is to the standard library, without [`kill_on_drop`](Self::kill_on_drop).
    pub fn into_std(self) -> StdCommand {
        self.inner.into_std()
    }

    /// One more argument.
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.inner.arg(arg);
        self
    }

    /// More arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.inner.args(args);
        self
    }

    /// A variable of the environment.
    pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Self
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.inner.env(key, val);
        self
    }

    /// Variables of the environment.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.inner.envs(vars);
        self
    }

    /// A variable that the child does not inherit, or that was set here.
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Self {
        self.inner.env_remove(key);
        self
    }

    /// Nothing of the environment is inherited, and nothing that was set here stays.
    pub fn env_clear(&mut self) -> &mut Self {
        self.inner.env_clear();
        self
    }

    /// The current folder of the child.
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Self {
        self.inner.current_dir(dir);
        self
    }

    /// What the standard input of the child is.
    pub fn stdin<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.inner.stdin(cfg);
        self
    }

    /// What the standard output of the child is.
    pub fn stdout<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.inner.stdout(cfg);
        self
    }

    /// What the standard error of the child is.
    pub fn stderr<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.inner.stderr(cfg);
        self
    }

    /// The user that the child becomes.
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.inner.uid(id);
        self
    }

    /// The group that the child becomes.
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.inner.gid(id);
        self
    }

    /// The first argument, in the place of the name of the program.
    pub fn arg0<S>(&mut self, arg: S) -> &mut Self
    where
        S: AsRef<OsStr>,
    {
        self.inner.arg0(arg);
        self
    }

    /// The process group of the child; 0 is one of its own.
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.inner.process_group(pgroup);
        self
    }

    /// Has the child call `f` right before it becomes the program, and after what was called before.
    ///
    /// # Safety
    ///
    /// As for [that of the standard library](CommandExt::pre_exec): the child is a copy of one thread of the process, in
    /// which little is allowed.
    #[expect(unsafe_code, reason = "it is unsafe to call in tokio")]
    pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Self
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: the caller upholds what it asks for.
        unsafe { CommandExt::pre_exec(self.as_std_mut(), f) };
        self
    }

    /// Whether the child is killed when its [`Child`] is dropped. It is not, if nobody says so.
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.inner.kill_on_drop(kill_on_drop);
        self
    }

    /// Whether the child is killed when its [`Child`] is dropped.
    pub fn get_kill_on_drop(&self) -> bool {
        self.inner.get_kill_on_drop()
    }
}

/// How it is run.
impl Command {
    /// Starts the program, in the runtime that the thread is inside.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Panics
    ///
    /// If the thread is not inside of a runtime, or inside of one that was built without I/O. Nothing was started then.
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Child> {
        let runtime = context::with_io();
        self.inner.spawn_on(&runtime).map(Child::new).map_err(gone::as_tokio_says)
    }

    /// Starts the program by `with`, otherwise as [`spawn`](Self::spawn).
    ///
    /// # Errors
    ///
    /// Those of `with`, and otherwise as there.
    ///
    /// # Panics
    ///
    /// As there.
    #[cfg(tokio_unstable)]
    #[track_caller]
    pub fn spawn_with(
        &mut self,
        with: impl FnOnce(&mut StdCommand) -> io::Result<std::process::Child>,
    ) -> io::Result<Child> {
        context::with_io();
        self.inner.spawn_with(with).map(Child::new).map_err(gone::as_tokio_says)
    }

    /// Starts the program, at once, and waits until it has ended. Pipes to it are closed when it has started.
    ///
    /// Dropping the future is as dropping the [`Child`]: the program runs on, unless
    /// [`kill_on_drop`](Self::kill_on_drop) was set.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn) and [`Child::wait`], when it is awaited.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            (child.stdin, child.stdout, child.stderr) = (None, None, None);
            child.wait().await
        }
    }

    /// Starts the program, at once, and waits until it has ended and closed its standard output and error, which are
    /// captured, whatever was said about them.
    ///
    /// Dropping the future is as dropping the [`Child`]: the program runs on, unless
    /// [`kill_on_drop`](Self::kill_on_drop) was set.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn) and [`Child::wait_with_output`], when it is awaited.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }
}
