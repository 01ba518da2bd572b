//! Tells whoever waits how far the suites are.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;

use crate::outcome::Outcome;

/// Of one suite: a line that changes on a terminal, else one line at the end.
#[derive(Debug)]
pub(crate) struct Progress {
    name: String,
    total: usize,
    /// Nothing is told without one.
    place: Option<Place>,
    counts: Mutex<Counts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Terminal,
    File,
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    failed: usize,
}

impl Progress {
    pub(crate) fn new(name: String, total: usize) -> Self {
        let place = if stderr().is_terminal() { Place::Terminal } else { Place::File };
        let progress = Self { name, total, place: Some(place), counts: Mutex::default() };
        progress.show(&Counts::default());
        progress
    }

    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self { name: String::new(), total: 0, place: None, counts: Mutex::default() }
    }

    pub(crate) fn count(&self, outcome: &Outcome) {
        let mut counts = self.counts.lock().expect("nothing panics while it is locked");
        counts.done += 1;
        counts.failed += usize::from(matches!(outcome, Outcome::Failed { .. }));
        self.show(&counts);
    }

    pub(crate) fn finish(&self) {
        let counts = self.counts.lock().expect("nothing panics while it is locked");
        match self.place {
            // The last state of the line stays.
            Some(Place::Terminal) => drop(writeln!(stderr())),
            Some(Place::File) => drop(writeln!(stderr(), "{}", self.line(&counts))),
            None => {}
        }
    }

    /// To be called with the counts locked, so that lines do not mix.
    fn show(&self, counts: &Counts) {
        if self.place == Some(Place::Terminal) {
            let _ = write!(stderr(), "\r\x1b[K{}", self.line(counts));
        }
    }

    fn line(&self, counts: &Counts) -> String {
        let Counts { done, failed } = counts;
        format!("{}: {done} of {} done, {failed} failed", self.name, self.total)
    }
}
