//! What the process has at one moment.

use std::fmt;
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use anyrt_test_applications::left::{Alive, descriptors};

/// How long what the peers have left may take to go.
const PATIENCE: Duration = Duration::from_secs(60);
/// By how much the memory may differ between two moments without load: what the allocator keeps depends on the last moments of it.
const SLACK_KIB: usize = 16 << 10;

#[derive(Clone, Debug)]
pub struct Figures {
    descriptors: usize,
    tasks: usize,
    threads: usize,
    resident_kib: usize,
}

impl Figures {
    /// # Errors
    /// The servers have all descriptors.
    fn now(alive: &Alive) -> io::Result<Self> {
        let threads = fs::read_dir("/proc/self/task")?.count();
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident_kib = resident.and_then(|text| text.split_whitespace().next()?.parse().ok());
        Ok(Self {
            descriptors: descriptors()?,
            tasks: alive.count(),
            threads,
            resident_kib: resident_kib.expect("Linux tells it"),
        })
    }

    /// Of servers that have no connections any more.
    ///
    /// # Errors
    /// They keep some.
    pub fn first(alive: &Alive, servers: usize) -> Result<Self, String> {
        Self::once(alive, |now| now.tasks == servers)
    }

    /// When nothing is left that was not there `before`.
    ///
    /// # Errors
    /// Something is.
    pub fn again(alive: &Alive, before: &Self) -> Result<Self, String> {
        Self::once(alive, |now| {
            now.tasks <= before.tasks
                && now.descriptors <= before.descriptors
                && now.threads <= before.threads
        })
    }

    fn once(alive: &Alive, is_so: impl Fn(&Self) -> bool) -> Result<Self, String> {
        let start = Instant::now();
        loop {
            let now = Self::now(alive);
            if start.elapsed() > PATIENCE {
                return Err(format!("something is left: {now:?}"));
            }
            // The last of the connections may not have been accepted yet, for want of descriptors.
            if let Some(now) = now.ok().filter(|now| is_so(now)) {
                return Ok(now);
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// # Errors
    /// There is more memory in use.
    pub fn is_flat_since(&self, before: &Self) -> Result<(), String> {
        match self.resident_kib <= before.resident_kib + SLACK_KIB {
            true => Ok(()),
            false => Err(format!("memory has grown, from {before} to {self}")),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { descriptors, tasks, threads, resident_kib } = self;
        write!(f, "{descriptors} descriptors, {tasks} tasks, {threads} threads, {resident_kib} KiB")
    }
}
