//! One workload with one number of workers, on both runtimes.

use std::env;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt_bench::measure::{Cost, Size};

use crate::workloads;

/// How long a round takes at least; a workload is repeated until then.
const ROUND: Duration = Duration::from_millis(200);
const QUICK_ROUND: Duration = Duration::from_millis(40);

/// When a process is taken for stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// How thoroughly it is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
}

/// What is to be measured.
#[derive(Debug)]
pub(crate) struct Measurement {
    pub(crate) workload: &'static str,
    pub(crate) workers: usize,
    pub(crate) effort: Effort,
}

/// What was measured: both costs of each round.
pub(crate) struct Rounds {
    pub(crate) native: Vec<Cost>,
    pub(crate) tokio: Vec<Cost>,
}

impl Measurement {
    /// Has a process of its own take it, so that nothing of another one is left.
    pub(crate) fn in_a_process(&self) -> Result<Rounds, String> {
        let mut command = Command::new(env::current_exe().map_err(|error| error.to_string())?);
        command.args(["--measure", self.workload]);
        command.args(["--workers", &self.workers.to_string()]);
        command.args(["--rounds", &self.effort.rounds.to_string()]);
        if self.effort.quick {
            command.arg("--quick");
        }
        let lines = output(&mut command)?;
        parse(&lines).ok_or_else(|| format!("it has printed {lines:?}"))
    }

    /// Takes it, and prints a line for each round.
    pub(crate) fn take(&self) {
        anyrt_bench::system::open_many_files();
        let mut workloads = workloads::ALL.iter();
        let workload = workloads
            .find(|workload| workload.name == self.workload)
            .expect("the options are checked");
        let size = Size { quick: self.effort.quick, workers: self.workers };
        let round = size.of(ROUND, QUICK_ROUND);
        let mut runtimes = [(workload.native)(size), (workload.tokio)(size)].map(|mut subject| {
            let repetitions = subject.repetitions(round);
            move || subject.round(repetitions)
        });
        for round in 0..self.effort.rounds {
            let [native, tokio] = &mut runtimes;
            // Each of them goes first in every other round.
            let (native, tokio) = if round % 2 == 0 {
                let cost = native();
                (cost, tokio())
            } else {
                let cost = tokio();
                (native(), cost)
            };
            println!("{} {} {} {}", native.value, native.cpu, tokio.value, tokio.cpu);
        }
    }
}

/// What the command prints, if it ends well and in time.
fn output(command: &mut Command) -> Result<String, String> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let mut pipe = child.stdout.take().expect("it was asked for");
    let (tell, told) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let result = pipe.read_to_string(&mut text).map(|_| text);
        let _ = tell.send(result);
    });
    let text = told.recv_timeout(LIMIT);
    if text.is_err() {
        // It may have ended by itself in the meantime.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    reader.join().expect("reading does not panic");
    let text = text.map_err(|_| format!("it is stuck since {} s", LIMIT.as_secs()))?;
    if status.success() {
        text.map_err(|error| error.to_string())
    } else {
        Err(format!("it has failed with {status}"))
    }
}

fn parse(lines: &str) -> Option<Rounds> {
    let mut rounds = Rounds { native: Vec::new(), tokio: Vec::new() };
    for line in lines.lines() {
        let numbers: Vec<f64> =
            line.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let &[native, native_cpu, tokio, tokio_cpu] = numbers.as_slice() else { return None };
        rounds.native.push(Cost { value: native, cpu: native_cpu });
        rounds.tokio.push(Cost { value: tokio, cpu: tokio_cpu });
    }
    if rounds.native.is_empty() { None } else { Some(rounds) }
}
