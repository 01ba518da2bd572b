//! What the lock of a pausable clock protects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use super::super::clock_state::ClockState;
use super::driven::Flag;
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: ClockState,
    /// The wakers of the sleeps that wait, each by its deadline and a number of its own.
    pub(super) sleeps: BTreeMap<(Instant, u64), Waker>,
    /// The deadline for which the alarm is set: no sleep that waits is over before.
    pub(super) alarm_at: Option<Instant>,
    pub(super) threads: Vec<Thread>,
    /// Of the sleeps and the threads.
    pub(super) last_number: u64,
    /// The closures that are queued or run, without those whose thread is in `block_on` meanwhile; and whoever is about
    /// to wake what is due.
    pub(super) holds: usize,
    /// Changes with all that a jump is to come after: whoever looked at the sockets before that looks again.
    pub(super) epoch: u64,
    pub(super) is_closed: bool,
}

/// A thread in `block_on`, once it has waited.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) number: u64,
    /// Has what it polls looked at again.
    pub(super) nudge: Waker,
    /// What tells whether it was woken, while it does nothing but wait.
    pub(super) waits: Option<Arc<Flag>>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            clock: ClockState::new(Instant::now()),
            sleeps: BTreeMap::new(),
            alarm_at: None,
            threads: Vec::new(),
            last_number: 0,
            holds: 0,
            epoch: 0,
            is_closed: false,
        }
    }

    /// To be called where something begins that the clock must not jump past.
    pub(super) fn hold(&mut self) {
        self.holds += 1;
        self.epoch += 1;
    }

    /// That of a number.
    pub(super) fn thread(&mut self, number: u64) -> &mut Thread {
        let thread = self.threads.iter_mut().find(|thread| thread.number == number);
        thread.expect("it is there until it leaves")
    }

    /// Whether the clock is paused, and nothing is left to do but to wait for the time, as far as it is known here.
    pub(super) fn is_idle(&self) -> bool {
        let waits = |thread: &Thread| thread.waits.as_ref().is_some_and(|flag| !flag.is_set());
        self.clock.paused_at().is_some() && self.holds == 0 && self.threads.iter().all(waits)
    }

    /// The deadline that comes first, of those that the clock can come to.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.first().filter(|next| *next <= self.clock.latest())
    }

    fn first(&self) -> Option<Instant> {
        self.sleeps.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// When the alarm is to ring by the clock of the system, if that is not what it is set to; and it is then.
    pub(super) fn next_alarm(&mut self) -> Option<Instant> {
        let is_early = |next: &Instant| self.alarm_at.is_some_and(|at| at <= *next);
        let next = self.first().filter(|next| !is_early(next))?;
        let real = self.clock.real(next)?;
        self.alarm_at = Some(next);
        Some(real)
    }

    /// The wakers of the sleeps that are over.
    pub(super) fn take_due(&mut self) -> Vec<Waker> {
        let now = self.clock.now();
        let mut due = Vec::new();
        while let Some(first) = self.sleeps.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }

    /// For another sleep or thread.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
