//! Prints the last lines of files, and follows them as they grow, are truncated or replaced.
//!
//! ```sh
//! cargo run --features fs --example tail -- -n 5 -f /var/log/syslog
//! ```
//!
//! It looks at the files at an interval, and sleeps meanwhile. Files that are missing are waited for when they are followed.
#![forbid(unsafe_code)]

use std::env;
use std::fs::Metadata;
use std::io::SeekFrom;
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;

use anyrt::fs::{self, File};
use anyrt::io::{self, AsyncWriteExt, Stdout};
use anyrt::time::{Duration, MissedTickBehavior, interval};

const USAGE: &str = "\
usage: tail [-n N] [-f] [--interval MS] FILE...
  -n          how many lines of each file, from its end (default: 10)
  -f          goes on with what is appended, until it is interrupted
  --interval  between two looks at the files (default: 250 ms)";

#[anyrt::main]
async fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("tail: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tail: cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all files could be read. The error is one of the output: those of files are told, and keep no other file back.
async fn run(options: Options) -> io::Result<bool> {
    let mut output = Output::new(options.files.len() > 1);
    let mut files: Vec<_> = options.files.into_iter().map(Followed::new).collect();
    let mut is_all = true;
    for file in &mut files {
        let opened = file.open().await;
        let start = match opened {
            Ok(()) => file.seek_to_last(options.lines).await,
            Err(error) => Err(error),
        };
        is_all &= start.is_ok();
        file.tell(start);
        file.print(&mut output, true).await?;
    }
    if !options.follow {
        return Ok(is_all);
    }

    let mut looks = interval(options.interval);
    // After a pause of the machine there is no reason to look several times.
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        for file in &mut files {
            file.look(&mut output).await?;
        }
    }
}

struct Followed {
    path: String,
    file: Option<Open>,
    /// What was told last, so that it is not told at each look.
    error: Option<String>,
}

struct Open {
    file: File,
    /// Of the device and the node: another file by the same name has others.
    identity: (u64, u64),
    position: u64,
}

impl Open {
    async fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata().await?.len())
    }
}

impl Followed {
    fn new(path: String) -> Self {
        Self { path, file: None, error: None }
    }

    /// At the start of the file.
    async fn open(&mut self) -> io::Result<()> {
        let file = File::open(&self.path).await?;
        let metadata = file.metadata().await?;
        if !metadata.is_file() {
            // A pipe has no last lines, and reading it could take for ever.
            return Err(io::Error::other("not a regular file"));
        }
        self.file = Some(Open { file, identity: identity(&metadata), position: 0 });
        Ok(())
    }

    /// To where the last lines begin, which are looked for from the end on: the file may be long.
    async fn seek_to_last(&mut self, lines: u64) -> io::Result<()> {
        const BLOCK: u64 = 64 * 1024;

        let Some(open) = &mut self.file else { return Ok(()) };
        let length = open.file.seek(SeekFrom::End(0)).await?;
        let (mut start, mut found) = (length, 0);
        // What follows the last line feed is a line too, if there is anything.
        let mut is_last_byte = true;
        'blocks: while start > 0 && lines > 0 {
            let block = start.saturating_sub(BLOCK);
            let mut bytes = vec![0; (start - block) as usize];
            open.file.seek(SeekFrom::Start(block)).await?;
            open.file.read_exact(&mut bytes).await?;
            for (index, byte) in bytes.iter().enumerate().rev() {
                found += u64::from(*byte == b'\n' && !is_last_byte);
                is_last_byte = false;
                if found == lines {
                    start = block + index as u64 + 1;
                    break 'blocks;
                }
            }
            start = block;
        }
        open.position = open.file.seek(SeekFrom::Start(start)).await?;
        Ok(())
    }

    /// Prints what is new, in whichever file has the name by now.
    async fn look(&mut self, output: &mut Output) -> io::Result<()> {
        let found = fs::metadata(&self.path).await;
        // Only now to the end: what was written before the file lost its name is in it.
        self.print(output, false).await?;
        let opened = match (&mut self.file, found) {
            (Some(open), Ok(metadata)) if open.identity == identity(&metadata) => {
                // It may have grown since, so that the length is asked for anew before it counts.
                if metadata.len() >= open.position || open.length().await? >= open.position {
                    return Ok(());
                }
                eprintln!("tail: {}: truncated", self.path);
                open.position = 0;
                open.file.rewind().await
            }
            (file, Ok(_)) => {
                if file.take().is_some() {
                    eprintln!("tail: {}: replaced", self.path);
                }
                self.open().await
            }
            (file, Err(error)) => {
                *file = None;
                Err(error)
            }
        };
        self.tell(opened);
        self.print(output, false).await
    }

    /// Copies everything up to the end, with a header if need be.
    async fn print(&mut self, output: &mut Output, with_header: bool) -> io::Result<()> {
        let Some(open) = &mut self.file else { return Ok(()) };
        if with_header {
            output.header(&self.path).await?;
        }
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match open.file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(n) => {
                    open.position += n as u64;
                    output.header(&self.path).await?;
                    output.stdout.write_all(&buffer[..n]).await?;
                }
                Err(error) => {
                    self.tell(Err(error));
                    break;
                }
            }
        }
        output.stdout.flush().await
    }

    fn tell(&mut self, result: io::Result<()>) {
        let error = result.err().map(|error| error.to_string());
        if let Some(error) = error.as_ref().filter(|_| error != self.error) {
            eprintln!("tail: {}: {error}", self.path);
        }
        self.error = error;
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

struct Output {
    stdout: Stdout,
    with_headers: bool,
    /// The file whose lines came last.
    last: Option<String>,
}

impl Output {
    fn new(with_headers: bool) -> Self {
        Self { stdout: io::stdout(), with_headers, last: None }
    }

    async fn header(&mut self, path: &str) -> io::Result<()> {
        if !self.with_headers || self.last.as_deref() == Some(path) {
            return Ok(());
        }
        let gap = if self.last.is_some() { "\n" } else { "" };
        self.last = Some(path.to_owned());
        self.stdout.write_all(format!("{gap}==> {path} <==\n").as_bytes()).await
    }
}

struct Options {
    lines: u64,
    follow: bool,
    interval: Duration,
    files: Vec<String>,
}

impl Options {
    /// None if help is asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut lines, mut follow, mut milliseconds) = (10, false, 250);
        let mut files = Vec::new();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "-n" => lines = number(arguments.next())?,
                "-f" => follow = true,
                "--interval" => milliseconds = number(arguments.next())?.max(1),
                _ if argument.starts_with('-') => return Err(format!("unknown option {argument}")),
                _ => files.push(argument),
            }
        }
        if files.is_empty() {
            return Err("name a FILE".to_owned());
        }
        Ok(Some(Self { lines, follow, interval: Duration::from_millis(milliseconds), files }))
    }
}

fn number(argument: Option<String>) -> Result<u64, String> {
    let argument = argument.unwrap_or_default();
    argument.parse().map_err(|_| format!("{argument:?} is not a number"))
}
