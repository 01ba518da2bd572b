//! Runs commands, starts those anew that fail, and marks their output with their names.
//!
//! ```sh
//! cargo run --features io,process,sync --example supervise -- -- ping localhost -- sh -c 'sleep 1; exit 1'
//! ```
//!
//! SIGTERM, SIGINT and SIGHUP are passed on to the commands, and it ends when these have.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitCode, ExitStatus, Stdio};

use anyrt::io::{self, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use anyrt::process::Command;
use anyrt::signal::unix::{Signal, SignalKind, signal};
use anyrt::sync::broadcast;
use anyrt::task::JoinSet;
use anyrt::time::{Duration, now, sleep, sleep_until, timeout};

const USAGE: &str = "\
usage: supervise [--restarts N] [--back-off MS] [--grace MS] -- COMMAND [ARGUMENT]... [-- COMMAND [ARGUMENT]...]...
  --restarts  how often in a row a command that fails is started anew (default: 10)
  --back-off  the pause before the first time, which doubles with each further one (default: 500 ms)
  --grace     limit for a command to end of a signal before it is killed (default: 5000 ms)";

/// The pauses grow no longer than this.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// A command that has run so long is not failing in a row.
const STEADY: Duration = Duration::from_secs(60);

/// What a command leaves behind may hold its output open; so long it is read when the command has ended.
const REST_OF_OUTPUT: Duration = Duration::from_secs(1);

#[anyrt::main]
async fn main() -> ExitCode {
    let (options, commands) = match Options::parse(env::args_os().skip(1)) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("supervise: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options, commands).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("supervise: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all commands have ended well, or because they were told to.
async fn run(options: Options, commands: Vec<Words>) -> io::Result<bool> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let signals = broadcast::Sender::new(16);
    let mut supervisors = JoinSet::new();
    for words in commands {
        let supervisor = Supervisor::new(words, options, signals.subscribe());
        supervisors.spawn(supervisor.run());
    }
    let mut is_well = true;
    loop {
        let received = anyrt::select! {
            ended = supervisors.join_next() => match ended {
                Some(ended) => {
                    is_well &= ended?;
                    continue;
                }
                None => return Ok(is_well),
            },
            kind = next(&mut interrupt, SignalKind::interrupt()) => kind,
            kind = next(&mut terminate, SignalKind::terminate()) => kind,
            kind = next(&mut hang_up, SignalKind::hangup()) => kind,
        };
        // Nobody may be left to hear it: then the set is empty.
        let _ = signals.send(received);
    }
}

async fn next(signal: &mut Signal, kind: SignalKind) -> SignalKind {
    signal.recv().await;
    kind
}

/// What became of a command that was started.
enum End {
    ByItself(ExitStatus),
    /// After a signal that was passed on.
    AsTold,
}

/// A program and its arguments.
type Words = Vec<OsString>;

/// Runs one command.
struct Supervisor {
    name: String,
    command: Command,
    options: Options,
    signals: broadcast::Receiver<SignalKind>,
}

impl Supervisor {
    fn new(words: Words, options: Options, signals: broadcast::Receiver<SignalKind>) -> Self {
        let mut command = Command::new(&words[0]);
        // In a group of its own, for the terminal would send Ctrl-C to it as well, and it would get two of them. Such a
        // group may not read the terminal.
        command.args(&words[1..]).process_group(0).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let name = Path::new(&words[0]).file_name().unwrap_or(&words[0]);
        Self { name: name.to_string_lossy().into_owned(), command, options, signals }
    }

    /// Whether the command has ended well, or because it was told to.
    async fn run(mut self) -> bool {
        let (mut failures, mut back_off) = (0, self.options.back_off);
        loop {
            let start = now();
            let what = match self.run_once().await {
                Ok(End::AsTold) => return true,
                Ok(End::ByItself(status)) if status.success() => {
                    self.tell("done");
                    return true;
                }
                Ok(End::ByItself(status)) => status.to_string(),
                Err(error) => {
                    self.tell(&format!("cannot be run: {error}"));
                    return false;
                }
            };
            if now() - start > STEADY {
                (failures, back_off) = (0, self.options.back_off);
            }
            if failures == self.options.restarts {
                self.tell(&format!("{what}; given up"));
                return false;
            }
            failures += 1;
            self.tell(&format!("{what}; starts anew in {} ms", back_off.as_millis()));
            anyrt::select! {
                () = sleep(back_off) => {}
                // There is nothing to pass it on to.
                _ = self.signals.recv() => return true,
            }
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
    }

    async fn run_once(&mut self) -> io::Result<End> {
        let mut child = self.command.spawn()?;
        self.tell(&format!("runs as {}", child.id().unwrap_or_default()));
        let mut outputs = JoinSet::new();
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            outputs.spawn(pass_on(stdout, io::stdout(), self.name.clone()));
            outputs.spawn(pass_on(stderr, io::stderr(), self.name.clone()));
        }
        let mut kill_at = None;
        let status = loop {
            anyrt::select! {
                status = child.wait() => break status?,
                received = self.signals.recv() => if let Ok(kind) = received {
                    child.send_signal(kind)?;
                    kill_at = kill_at.or(Some(now() + self.options.grace));
                },
                () = sleep_until(kill_at.unwrap_or_else(now)), if kill_at.is_some() => {
                    self.tell("does not end, and is killed");
                    child.kill().await?;
                    break child.wait().await?;
                }
            }
        };
        let rest = async {
            while let Some(ended) = outputs.join_next().await {
                ended?.unwrap_or_else(|error| self.tell(&format!("its output is lost: {error}")));
            }
            io::Result::Ok(())
        };
        if let Ok(read) = timeout(REST_OF_OUTPUT, rest).await {
            read?;
        }
        if kill_at.is_none() {
            return Ok(End::ByItself(status));
        }
        self.tell(&format!("has ended: {status}"));
        Ok(End::AsTold)
    }

    fn tell(&self, what: &str) {
        eprintln!("supervise: {}: {what}", self.name);
    }
}

/// Copies line by line, each with the name of the command before it. The output need not be text.
async fn pass_on(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    name: String,
) -> io::Result<()> {
    let mut lines = BufReader::new(input).split(b'\n');
    while let Some(line) = lines.next_segment().await? {
        // In one write, so that lines of several commands do not mix.
        output.write_all(&[name.as_bytes(), b": ", &line, b"\n"].concat()).await?;
        output.flush().await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Options {
    restarts: u64,
    back_off: Duration,
    grace: Duration,
}

impl Options {
    /// With the words of each command. None if help is asked for.
    fn parse(
        mut arguments: impl Iterator<Item = OsString>,
    ) -> Result<Option<(Self, Vec<Words>)>, String> {
        let (mut restarts, mut back_off, mut grace) = (10, 500, 5000);
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--help" | "-h") => return Ok(None),
                Some("--restarts") => restarts = number(arguments.next())?,
                Some("--back-off") => back_off = number(arguments.next())?,
                Some("--grace") => grace = number(arguments.next())?,
                Some("--") => break,
                _ => {
                    let what = argument.to_string_lossy();
                    return Err(format!("unexpected {what}: commands come after --"));
                }
            }
        }
        let words: Vec<_> = arguments.collect();
        let commands: Vec<_> = words.split(|word| word == "--").map(<[_]>::to_vec).collect();
        if commands.iter().any(Vec::is_empty) {
            return Err("name a COMMAND after each --".to_owned());
        }
        let (back_off, grace) = (Duration::from_millis(back_off), Duration::from_millis(grace));
        Ok(Some((Self { restarts, back_off, grace }, commands)))
    }
}

fn number(argument: Option<OsString>) -> Result<u64, String> {
    let argument = argument.unwrap_or_default();
    let number = argument.to_str().and_then(|text| text.parse::<u32>().ok());
    number.map(u64::from).ok_or_else(|| format!("{argument:?} is not a number"))
}
