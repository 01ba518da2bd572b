//! How a child is to be started.

use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, ExitStatus, Output, Stdio};

use anyrt_core::Current;

use super::child::Child;
use super::orphans;
use crate::Handle;

/// A program to be run as a child process: the builder of the standard library, whose children are awaited.
///
/// What is not here is to be had from std's: a closure that is run in the child before the program, for instance, for which one
/// writes unsafe code.
///
/// ```
/// use std::os::unix::process::CommandExt;
/// use anyrt::process::Command;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut command = Command::new("true");
/// // SAFETY: the closure does nothing that is not allowed between fork and exec.
/// unsafe { command.as_std_mut().pre_exec(|| Ok(())) };
/// assert!(command.status().await?.success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Command {
    std: process::Command,
    kill_on_drop: bool,
}

impl From<process::Command> for Command {
    fn from(std: process::Command) -> Self {
        Self { std, kill_on_drop: false }
    }
}

/// What is to be run; as [`std::process::Command`] has it.
impl Command {
    /// A program, by its path, or by a name that is looked up in `PATH`. It inherits the environment, the current folder and the
    /// standard streams, as long as nothing else is said.
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("echo").args(["hello", "world"]).output().await?;
    /// assert_eq!(output.stdout, b"hello world\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        process::Command::new(program).into()
    }

    /// The builder of the standard library, to look at.
    pub fn as_std(&self) -> &process::Command {
        &self.std
    }

    /// The builder of the standard library, for what it has besides.
    pub fn as_std_mut(&mut self) -> &mut process::Command {
        &mut self.std
    }

    /// The builder of the standard library; that its children are killed when they are dropped is forgotten.
    pub fn into_std(self) -> process::Command {
        self.std
    }

    /// One more argument.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Self {
        self.std.arg(arg);
        self
    }

    /// More arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Sets a variable of the environment.
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("sh").args(["-c", "echo $GREETING"]).env("GREETING", "hello").output();
    /// assert_eq!(output.await?.stdout, b"hello\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.std.env(key, value);
        self
    }

    /// Sets variables of the environment.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Takes a variable out of the environment.
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Self {
        self.std.env_remove(key);
        self
    }

    /// Takes all variables out of the environment, but for those that are set here.
    pub fn env_clear(&mut self) -> &mut Self {
        self.std.env_clear();
        self
    }

    /// The folder in which it runs.
    pub fn current_dir(&mut self, dir: impl AsRef<Path>) -> &mut Self {
        self.std.current_dir(dir);
        self
    }

    /// Its standard input: inherited, [piped](Stdio::piped), nothing, a file. By default it is inherited.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.std.stdin(stdin);
        self
    }

    /// Its standard output. By default it is inherited by [`spawn`](Self::spawn) and [`status`](Self::status), and captured by
    /// [`output`](Self::output).
    ///
    /// ```
    /// use std::process::Stdio;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// // The output of one is the input of another.
    /// let mut echo = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let pipe: Stdio = echo.stdout.take().expect("it is piped").try_into()?;
    /// let output = Command::new("rev").stdin(pipe).output().await;
    /// # let output = match output {
    /// #     Err(error) if error.kind() == std::io::ErrorKind::NotFound => return echo.wait().await.map(drop),
    /// #     output => output,
    /// # };
    /// assert_eq!(output?.stdout, b"olleh\n");
    /// echo.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.std.stdout(stdout);
        self
    }

    /// Its standard error. The default is that of [`stdout`](Self::stdout).
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.std.stderr(stderr);
        self
    }

    /// The user as whom it runs.
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.std.uid(id);
        self
    }

    /// The group as which it runs.
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.std.gid(id);
        self
    }

    /// The name by which it knows itself.
    pub fn arg0(&mut self, arg: impl AsRef<OsStr>) -> &mut Self {
        self.std.arg0(arg);
        self
    }

    /// The process group that it joins, or with 0 one of its own, which Ctrl-C at the terminal does not reach.
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.std.process_group(pgroup);
        self
    }
}

/// What comes of it.
impl Command {
    /// Whether a child is killed when its handle is dropped before it is known to have ended, be it in a [`Child`] or in a future
    /// of [`status`](Self::status) or [`output`](Self::output). It is reaped as any other. By default it runs on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use anyrt::{process::Command, time};
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut command = Command::new("sleep");
    /// let sleeps = command.arg("1000").kill_on_drop(true).status();
    /// assert!(time::timeout(Duration::from_millis(10), sleeps).await.is_err()); // and it is killed
    /// # }
    /// ```
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// What [`kill_on_drop`](Self::kill_on_drop) was told.
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }

    /// Starts the program as a child, which runs without being awaited.
    ///
    /// ```
    /// use std::io;
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> io::Result<()> {
    /// let mut child = Command::new("true").spawn()?;
    /// assert!(child.wait().await?.success());
    ///
    /// let error = Command::new("/does/not/exist").spawn().unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::NotFound);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`std::process::Command::spawn`]: there is no such program (`NotFound`), it may not be run (`PermissionDenied`),
    /// the system allows no more processes (`WouldBlock`) or has no descriptors left. The child can't be watched, for want of
    /// descriptors or of a runtime: if it was started already it is killed.
    ///
    /// # Panics
    /// No backend is compiled in.
    pub fn spawn(&mut self) -> io::Result<Child> {
        self.spawn_on(&Handle::here()?)
    }

    /// Starts the program as a child that `runtime` watches.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let mut child = anyrt::process::Command::new("true").spawn_on(runtime.handle())?;
    /// assert!(runtime.block_on(child.wait())?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    pub fn spawn_on(&mut self, runtime: &Handle) -> io::Result<Child> {
        self.start(runtime, process::Command::spawn)
    }

    /// Starts the child by `with`, for what the standard library has besides [`spawn`](Self::spawn).
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("true").spawn_with(|command| command.spawn())?;
    /// assert!(child.wait().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `with`; otherwise as there.
    ///
    /// # Panics
    /// No backend is compiled in.
    pub fn spawn_with(
        &mut self,
        with: impl FnOnce(&mut process::Command) -> io::Result<process::Child>,
    ) -> io::Result<Child> {
        self.start(&Handle::here()?, with)
    }

    /// Starts the program, at once, and waits until it has ended.
    ///
    /// Pipes to it are closed when it has started. Dropping the future, polled or not, is as dropping the [`Child`]: the
    /// program runs on, unless [`kill_on_drop`](Self::kill_on_drop) was set. In so far it is cancel safe.
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// assert!(Command::new("true").status().await?.success());
    /// assert_eq!(Command::new("false").status().await?.code(), Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and [`Child::wait`], when it is awaited.
    ///
    /// # Panics
    /// No backend is compiled in.
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            (child.stdin, child.stdout, child.stderr) = (None, None, None);
            child.wait().await
        }
    }

    /// Starts the program, at once, and waits until it has ended and closed its standard output and error, which are captured.
    ///
    /// Dropping the future is as dropping the [`Child`]: the program runs on, unless [`kill_on_drop`](Self::kill_on_drop) was set.
    /// Not cancel safe: what was captured is lost.
    ///
    /// ```
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("sh").args(["-c", "echo out; echo err >&2"]).output().await?;
    /// assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and [`Child::wait_with_output`], when it is awaited.
    ///
    /// # Panics
    /// No backend is compiled in.
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        self.std.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }

    fn start(
        &mut self,
        runtime: &Handle,
        with: impl FnOnce(&mut process::Command) -> io::Result<process::Child>,
    ) -> io::Result<Child> {
        runtime.check_process()?;
        orphans::adopt(runtime);
        Child::adopt(runtime, with(&mut self.std)?, self.kill_on_drop)
    }
}
