//! What the tests of faults share: processes of their own, counts of what a process has, gates.

use std::any::type_name_of_val;
use std::os::unix::process::CommandExt;
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{env, fs, io, panic, thread};

use anyrt_native::{Builder, Runtime};

/// Far more than anything here takes: it is a failure to come near it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Set in a child alone.
const IN_CHILD: &str = "ANYRT_FAULTS_IN_CHILD";

/// What a child says in the end, so that one that ran nothing fails.
const DONE: &str = "the body has come to its end";

/// Runs `body` in a process of its own, and panics unless it comes to its end there. To be called once
/// in a test, with a closure that is written in it.
#[track_caller]
pub(crate) fn child<F: FnOnce()>(body: F) {
    let (status, output) = outcome_of_child(body);
    assert!(status.success() && output.contains(DONE), "{status}, with the output:\n{output}");
}

/// Runs `body` in a process of its own. Returns how that ends, and what it prints.
#[track_caller]
pub(crate) fn outcome_of_child<F: FnOnce()>(body: F) -> (ExitStatus, String) {
    if env::var_os(IN_CHILD).is_some() {
        body();
        println!("{DONE}");
        process::exit(0);
    }
    let path = type_name_of_val(&body);
    let path = path.split_once("::").map_or(path, |(_binary, path)| path);
    let test = path.rsplit_once("::").map_or(path, |(test, _body)| test);
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(IN_CHILD, "yes")
        .env_remove("RUST_BACKTRACE")
        .process_group(0);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    let group = -i32::try_from(child.id()).unwrap();
    let (sender, receiver) = mpsc::channel();
    let waiting = thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(PATIENCE);
    let hangs = output.is_err();
    if hangs {
        // SAFETY: it sends a signal, to the group that was made for the child.
        unsafe { libc::kill(group, libc::SIGKILL) };
    }
    let output = output.unwrap_or_else(|_| receiver.recv().unwrap()).unwrap();
    waiting.join().unwrap().unwrap();
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    let text = text.concat();
    assert!(!hangs, "the child hangs, with the output:\n{text}");
    (output.status, text)
}

/// A runtime with so many workers; without any it is a current-thread runtime.
pub(crate) fn start(workers: usize) -> Runtime {
    let builder = Builder::new();
    let builder =
        if workers == 0 { builder.current_thread() } else { builder.worker_threads(workers) };
    builder.build().unwrap()
}

/// Waits for what other threads do.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE / 2;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::yield_now();
    }
}

/// How many threads this process has.
pub(crate) fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Waits until there are no more threads than before: one that was joined is still listed for a moment.
#[track_caller]
pub(crate) fn threads_are_again(before: usize) {
    wait_until("no thread is left", || threads() == before);
}

/// How many descriptors this process has open.
pub(crate) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The pages of memory that this process uses now, in bytes.
pub(crate) fn memory() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// The bytes of the address space of this process.
pub(crate) fn address_space() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    pages * 4096
}

/// A limit of this process; the former one is set again when this is dropped.
pub(crate) struct Limit {
    resource: libc::__rlimit_resource_t,
    before: libc::rlimit,
}

impl Limit {
    pub(crate) fn set(resource: libc::__rlimit_resource_t, number: u64) -> Self {
        let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: it writes the limit, which is a local.
        assert_eq!(unsafe { libc::getrlimit(resource, &mut before) }, 0);
        set_limit(resource, &libc::rlimit { rlim_cur: number, ..before });
        Self { resource, before }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        set_limit(self.resource, &self.before);
    }
}

fn set_limit(resource: libc::__rlimit_resource_t, limit: &libc::rlimit) {
    // SAFETY: it reads the limit, which is borrowed.
    let result = unsafe { libc::setrlimit(resource, limit) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// Counts how often something has happened.
#[derive(Clone, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts when it is dropped.
    pub(crate) fn on_drop(&self) -> CountDrop {
        CountDrop(self.clone())
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, number: usize) {
        let deadline = Instant::now() + PATIENCE / 2;
        while self.count() < number {
            let count = self.count();
            assert!(Instant::now() < deadline, "it happened {count} times and not {number}");
            thread::yield_now();
        }
        assert_eq!(self.count(), number);
    }
}

/// Counts when it is dropped.
pub(crate) struct CountDrop(Counter);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// The payload of panics on purpose.
pub(crate) struct Deliberate;

/// Panics on purpose.
pub(crate) fn panic_deliberately() -> ! {
    panic::panic_any(Deliberate)
}

/// Has panics on purpose print nothing.
pub(crate) fn hide_deliberate_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Deliberate>() {
            usual(info);
        }
    }));
}
