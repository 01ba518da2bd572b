//! Rounds of one workload that take turns, each peer in a process of its own.

use std::env;
use std::process::Command;
use std::time::Duration;

use crate::dialogue::{self, Dialogue};
use crate::load;
use crate::measure::{Cost, Size};
use crate::peer::Peer;
use crate::row::{Outcome, Row};
use crate::runtime::async_std;
use crate::system;
use crate::workload::{Start, Unit, Workload};

/// How thoroughly a row is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Each peer does so many.
    pub rounds: usize,
    /// How long each takes at least: a workload is repeated until then,
    pub round: Duration,
    /// unless it is given how often.
    pub calls: Option<usize>,
}

impl Effort {
    /// How many rounds a workload gets.
    #[must_use]
    pub fn rounds(&self, workload: &Workload) -> usize {
        match workload.unit {
            Unit::Nanoseconds => self.rounds,
            Unit::Bytes => 1,
        }
    }

    /// How often it is done in a round, where nobody has to find out.
    #[must_use]
    pub fn calls(&self, workload: &Workload) -> Option<usize> {
        match workload.unit {
            Unit::Nanoseconds => self.calls,
            // The first is the one that counts: later ones use the memory of earlier ones.
            Unit::Bytes => Some(1),
        }
    }
}

/// The option by which a program calls itself: `--subject WORKLOAD PEER WORKERS quick|full`.
const SUBJECT: &str = "--subject";

/// Measures those of the peers that can do it. Whose process fails is left out of the rounds from there on.
pub fn race(workload: &'static Workload, peers: &[Peer], size: Size, effort: Effort) -> Row {
    let able = peers.iter().filter(|peer| (workload.on)(**peer).is_some());
    let mut racers: Vec<_> = able.map(|peer| Racer::start(workload, *peer, size, effort)).collect();
    for round in 0..effort.rounds(workload) {
        // Each of them goes first in some rounds.
        let first = round % racers.len().max(1);
        let (early, late) = racers.split_at_mut(first);
        late.iter_mut().chain(early).for_each(Racer::run);
    }
    Row {
        workload,
        outcomes: racers.into_iter().map(|racer| (racer.peer, racer.outcome)).collect(),
    }
}

struct Racer {
    peer: Peer,
    process: Option<Dialogue>,
    repetitions: usize,
    outcome: Outcome,
}

impl Racer {
    fn start(workload: &Workload, peer: Peer, size: Size, effort: Effort) -> Self {
        let start = || -> Result<_, String> {
            let program = env::current_exe().map_err(|error| error.to_string())?;
            let mut command = Command::new(program);
            command.args([SUBJECT, workload.name, peer.name(), &size.workers.to_string()]);
            command.arg(size.of("full", "quick"));
            command.env(async_std::WORKERS, size.workers.to_string());
            let mut process = Dialogue::begin(&mut command).map_err(|error| error.to_string())?;
            let repetitions = match effort.calls(workload) {
                Some(calls) => calls,
                None => {
                    let answer = process.ask(&format!("fill {}", effort.round.as_millis()))?;
                    answer.parse().map_err(|_| format!("{answer:?} is no number"))?
                }
            };
            Ok((process, repetitions))
        };
        match start() {
            Ok((process, repetitions)) => {
                Self { peer, process: Some(process), repetitions, outcome: Ok(Vec::new()) }
            }
            Err(what) => Self { peer, process: None, repetitions: 0, outcome: Err(what) },
        }
    }

    fn run(&mut self) {
        let (Some(process), Ok(costs)) = (&mut self.process, &mut self.outcome) else { return };
        let answer = process.ask(&format!("round {}", self.repetitions));
        match answer.and_then(|answer| parse(&answer).ok_or(format!("{answer:?} is no cost"))) {
            Ok(cost) => costs.push(cost),
            Err(what) => (self.process, self.outcome) = (None, Err(what)),
        }
    }
}

fn parse(answer: &str) -> Option<Cost> {
    let (value, cpu) = answer.split_once(' ')?;
    Some(Cost { value: value.parse().ok()?, cpu: cpu.parse().ok()? })
}

/// What a program does first: if it was called by itself, as a peer or as the clients of one, it does its part in here.
///
/// # Errors
///
/// A message, if it was called by somebody else.
pub fn take_part(workloads: &'static [Workload]) -> Result<bool, String> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [SUBJECT, workload, peer, workers, size] => {
            let found = workloads.iter().find(|known| known.name == *workload);
            let on = found.ok_or("there is no such workload")?.on;
            let start = on(Peer::named(peer)?).ok_or("that peer can't do it")?;
            let workers = workers.parse().map_err(|_| "that is no number of workers")?;
            run(start, Size { quick: *size == "quick", workers });
            Ok(true)
        }
        [load::LOAD, server] => load::run(server).map(|()| true),
        _ => Ok(false),
    }
}

fn run(start: Start, size: Size) {
    system::open_many_files();
    let mut subject = start(size);
    dialogue::answer(|question| match question.split_once(' ') {
        Some(("fill", milliseconds)) => {
            let milliseconds = milliseconds.parse().expect("a number");
            subject.repetitions(Duration::from_millis(milliseconds)).to_string()
        }
        Some(("round", repetitions)) => {
            let cost = subject.round(repetitions.parse().expect("a number"));
            format!("{} {}", cost.value, cost.cpu)
        }
        _ => format!("what is {question:?}?"),
    });
}
