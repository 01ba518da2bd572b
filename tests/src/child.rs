//! Runs a test's body in a process of its own: for what belongs to the whole process, such as the
//! default runtime, the environment, resource limits and signals.

use std::any::type_name_of_val;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::backend;

/// Set in the child alone.
const IN_CHILD: &str = "ANYRT_TEST_IN_CHILD";

/// What the child says when the body has come to its end, so that a child that ran nothing fails.
const DONE: &str = "the body has come to its end";

/// A process that runs `body` and nothing else; to be called once in a test, which it starts again.
/// Ambient calls in it use the same backend as in the test.
///
/// ```ignore
/// #[test]
/// fn the_environment_names_the_backend() {
///     child(|| assert!(anyrt::selection().is_ok())).env("ANYRT_BACKEND", "tokio").succeeds();
/// }
/// ```
pub fn child<F: FnOnce()>(body: F) -> Child {
    if env::var_os(IN_CHILD).is_some() {
        body();
        println!("{DONE}");
        process::exit(0);
    }
    let mut command = Command::new(env::current_exe().expect("a test has a path"));
    command
        .args([test_around(&body), "--exact", "--nocapture", "--test-threads=1"])
        .env(IN_CHILD, "yes")
        .env(backend::VARIABLE, backend::name())
        .env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::null());
    Child { command, remove: None }
}

/// The same, but nothing in the environment of the process chooses a backend.
pub fn child_without_choice<F: FnOnce()>(body: F) -> Child {
    let mut child = child(body);
    child.command.env_remove("ANYRT_BACKEND");
    child
}

/// The name of the test that `body` is written in, from `binary::module::test::{{closure}}`. If it
/// can't be found this way, the child runs nothing, and fails for that.
fn test_around<F>(body: &F) -> &'static str {
    let path = type_name_of_val(body);
    let path = path.split_once("::").map_or(path, |(_binary, path)| path);
    path.rsplit_once("::").map_or(path, |(test, _body)| test)
}

#[must_use = "a child does nothing until it is asked how it ends"]
#[derive(Debug)]
pub struct Child {
    command: Command,
    /// A file that is removed afterwards.
    remove: Option<PathBuf>,
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(copy) = &self.remove {
            let _ = fs::remove_file(copy);
        }
    }
}

impl Child {
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What the child reads; nothing, if it is not said.
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// The body comes to its end.
    #[track_caller]
    pub fn succeeds(self) {
        let (status, output) = self.run();
        assert!(status.success() && output.contains(DONE), "{status}, with the output:\n{output}");
    }

    /// The body panics, with `message` in what it prints.
    #[track_caller]
    pub fn panics(self, message: &str) {
        let (status, output) = self.run();
        assert!(
            status.code() == Some(101) && output.contains(message),
            "{status}, not a panic that says `{message}`, with the output:\n{output}"
        );
    }

    /// How it ends, and what it printed.
    pub fn run(mut self) -> (ExitStatus, String) {
        const WATCHDOG: Duration = Duration::from_secs(60);

        let child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = child.spawn().expect("the test can be started again");
        let id = child.id();
        let (sender, receiver) = channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(WATCHDOG) else {
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
            let output = receiver.recv().expect("a killed child ends").expect("it has output");
            panic!("the child hangs; its output:\n{}", text(&output.stdout, &output.stderr));
        };
        let output = output.expect("a child can be waited for");
        (output.status, text(&output.stdout, &output.stderr))
    }
}

#[cfg(unix)]
impl Child {
    /// Runs as a user without privileges, who has no other processes. Only root can do that.
    pub fn with_user_of_its_own(mut self) -> Self {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::CommandExt;
        use std::sync::atomic::{AtomicU32, Ordering};

        static CHILDREN: AtomicU32 = AtomicU32::new(0);

        // Limits count all the processes of a user.
        let number = CHILDREN.fetch_add(1, Ordering::Relaxed);
        let user = 1_000_000 + process::id() * 100 + number;
        // The binary may lie where nobody else may look.
        let copy = env::temp_dir().join(format!("anyrt-test-{user}"));
        // Copied by another process: a sibling that another test starts meanwhile would inherit our
        // descriptor, and what is open for writing can't be executed.
        let copied = Command::new("cp").arg(self.command.get_program()).arg(&copy).status();
        assert!(copied.is_ok_and(|status| status.success()), "the test can't be copied");
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("the copy is ours");
        let mut command = Command::new(&copy);
        command.args(self.command.get_args()).current_dir("/").stdin(Stdio::null());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.uid(user).gid(user);
        self.command = command;
        self.remove = Some(copy);
        self
    }
}

fn text(stdout: &[u8], stderr: &[u8]) -> String {
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}

/// Waits for what another thread does; whoever waits in vain is told so.
#[track_caller]
pub fn wait_until(mut is_so: impl FnMut() -> bool) {
    const WATCHDOG: Duration = Duration::from_secs(60);

    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < WATCHDOG, "it does not come");
        thread::yield_now();
    }
}

/// How many entries of this folder of `/proc/self` the process has: `task`, `fd`.
pub fn count(what: &str) -> usize {
    fs::read_dir(format!("/proc/self/{what}")).expect("this is Linux").count()
}

/// The number of threads once it is `expected`, or as it stays: a thread that was joined is still
/// listed for a moment.
pub fn threads_but_for(expected: usize) -> usize {
    let start = Instant::now();
    while count("task") != expected && start.elapsed() < Duration::from_secs(10) {
        thread::yield_now();
    }
    count("task")
}
