//! How a workload is measured: its time on the wall, and what all processors spent on it.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What one operation took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Nanoseconds on the wall; bytes, where it is memory that is measured.
    pub value: f64,
    /// Nanoseconds of all threads of the process together, in the kernel as well.
    pub cpu: f64,
}

/// One of the two parts of a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Time on the wall, or memory.
    Value,
    /// Time of processors.
    Cpu,
}

impl Cost {
    /// One part of it.
    #[must_use]
    pub fn part(&self, part: Part) -> f64 {
        match part {
            Part::Value => self.value,
            Part::Cpu => self.cpu,
        }
    }
}

/// Runs from its start on.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    cpu: Duration,
}

impl Clock {
    /// Begins a measurement.
    #[must_use]
    pub fn start() -> Self {
        Self { cpu: cpu_time(), start: Instant::now() }
    }

    /// What each of so many operations has taken until now.
    #[must_use]
    pub fn each(self, operations: usize) -> Cost {
        let value = nanoseconds(self.start.elapsed(), operations);
        Cost { value, cpu: nanoseconds(cpu_time() - self.cpu, operations) }
    }
}

/// Nanoseconds for each of so many operations.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "it is a measurement")]
pub fn nanoseconds(time: Duration, operations: usize) -> f64 {
    time.as_nanos() as f64 / operations as f64
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("the time that was spent is not negative")
}

/// How much of a workload is done.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Less of it, where it would take long.
    pub quick: bool,
    /// How many workers the runtime has.
    pub workers: usize,
}

impl Size {
    /// One or the other.
    pub fn of<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// A workload on a runtime that was started for it.
pub struct Subject(Box<dyn FnMut() -> Cost>);

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl Subject {
    /// Each call of `measure` does the workload once.
    pub fn new(measure: impl FnMut() -> Cost + 'static) -> Self {
        Self(Box::new(measure))
    }

    /// Warms up, and returns how often the workload has to be done to fill that time.
    pub fn repetitions(&mut self, round: Duration) -> usize {
        (self.0)();
        let start = Instant::now();
        let mut count = 0;
        while count == 0 || start.elapsed() < round {
            (self.0)();
            count += 1;
        }
        count
    }

    /// Does the workload so many times, and returns the mean.
    #[allow(clippy::cast_precision_loss, reason = "it is a measurement")]
    pub fn round(&mut self, repetitions: usize) -> Cost {
        let mut sum = Cost { value: 0.0, cpu: 0.0 };
        for _ in 0..repetitions {
            let cost = (self.0)();
            sum.value += cost.value;
            sum.cpu += cost.cpu;
        }
        let count = repetitions as f64;
        Cost { value: sum.value / count, cpu: sum.cpu / count }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_time_of_processors_is_that_of_all_threads() {
        const BUSY: Duration = Duration::from_millis(5);

        fn of_this_thread() -> Duration {
            Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
        }

        let clock = Clock::start();
        let spin = || while of_this_thread() < BUSY {};
        thread::spawn(spin).join().unwrap();
        let cost = clock.each(5);
        assert!(cost.cpu >= 1e6 && cost.value >= 1e6, "{cost:?}");
    }

    #[test]
    fn a_round_is_the_mean_of_its_repetitions() {
        let mut value = 0.0;
        let mut subject = Subject::new(move || {
            value += 1.0;
            Cost { value, cpu: 2.0 * value }
        });
        assert_eq!(subject.round(3), Cost { value: 2.0, cpu: 4.0 });
        assert_eq!(subject.round(1), Cost { value: 4.0, cpu: 8.0 });
    }
}
