//! A TCP echo server, and a client that checks what comes back.
//!
//! Nothing in here knows which runtime it runs on. `ANYRT_BACKEND` chooses among those that are
//! compiled in.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::net::Shutdown;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyrt::JoinHandle;
use anyrt::net::{TcpListener, TcpStream};

const MEBIBYTE: u64 = 1024 * 1024;

const USAGE: &str = "\
usage: echo [--mebibytes N]                         server and client in one (default: 100 MiB)
       echo serve [ADDRESS]                         a server (default: 127.0.0.1:7007)
       echo send ADDRESS [FILE] [--connections N]   sends FILE or standard input through a server";

fn main() -> ExitCode {
    let command = match Command::parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("echo: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match start(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Not `#[anyrt::main]`, so that what was chosen is shown, or why nothing could be, before a
/// runtime starts.
fn start(command: Command) -> io::Result<()> {
    eprintln!("runs on {}", anyrt::selection()?);
    anyrt::block_on(run(command))
}

async fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Demonstrate { bytes } => demonstrate(bytes).await,
        Command::Serve { address } => {
            let listener = TcpListener::bind(&address)
                .await
                .map_err(during(format!("cannot listen on {address}")))?;
            println!("listening on {}", listener.local_addr()?);
            serve(listener).await
        }
        Command::Send { address, file, connections } => {
            let mut sources = Vec::new();
            for _ in 0..connections {
                sources.push(open(file.clone()).await?);
            }
            let bytes = send_all(&address, sources).await?;
            println!("{bytes} bytes came back unchanged (connections: {connections})");
            Ok(())
        }
        Command::Help => {
            println!("{USAGE}");
            Ok(())
        }
    }
}

/// Serves on a port that the system chooses, and carries `bytes` through it twice.
async fn demonstrate(bytes: u64) -> io::Result<()> {
    const CONNECTIONS: u64 = 100;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let _server = anyrt::spawn(serve(listener)).abort_on_drop();
    for connections in [1, CONNECTIONS] {
        let each = bytes.div_ceil(connections);
        let sources = (0..connections).map(|seed| Noise::source(seed, each)).collect();
        let start = Instant::now();
        let mebibytes = send_all(&address, sources).await? as f64 / MEBIBYTE as f64;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "connections at once: {connections}, {mebibytes:.1} MiB there and back in \
             {seconds:.2} s, {:.0} MiB/s each way",
            mebibytes / seconds,
        );
    }
    println!("every byte came back unchanged");
    Ok(())
}

/// Accepts connections for ever, each for a task of its own.
async fn serve(listener: TcpListener) -> io::Result<()> {
    // Not `accept`: when no descriptor is left this pauses, and goes on once some are closed.
    let mut connections = listener.incoming();
    loop {
        match connections.accept().await {
            Ok((stream, peer)) => {
                anyrt::spawn(async move {
                    if let Err(error) = echo(&stream).await {
                        eprintln!("echo: the connection from {peer} failed: {error}");
                    }
                });
            }
            Err(error) => eprintln!("echo: cannot accept a connection: {error}"),
        }
    }
}

/// Sends back what comes in, until the peer says that nothing more comes.
async fn echo(stream: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            n => stream.write_all(&buffer[..n]).await?,
        }
    }
}

/// Sends each source over a connection of its own, all at once; returns the sum of their lengths.
async fn send_all(address: &str, sources: Vec<Source>) -> io::Result<u64> {
    let tasks: Vec<_> = sources
        .into_iter()
        .map(|source| anyrt::spawn(send(address.to_owned(), source)).abort_on_drop())
        .collect();
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await??;
    }
    Ok(bytes)
}

/// Sends `source`, checks that exactly this comes back, and returns how long it was.
///
/// It is sent chunk by chunk, the next one read meanwhile, so that memory stays bounded however
/// long the source is.
async fn send(address: String, source: Source) -> io::Result<u64> {
    let connecting = TcpStream::connect(&address).await;
    let stream = Arc::new(connecting.map_err(during(format!("cannot connect to {address}")))?);
    let mut sent = 0;
    let (mut source, mut chunk) = next_chunk(source).await??;
    while !chunk.is_empty() {
        let reading_ahead = next_chunk(source);
        exchange(&stream, &chunk, sent).await?;
        sent += chunk.len() as u64;
        (source, chunk) = reading_ahead.await??;
    }
    stream.shutdown(Shutdown::Write)?;
    match stream.read(&mut [0]).await? {
        0 => Ok(sent),
        _ => Err(io::Error::other(format!("more came back than the {sent} bytes that were sent"))),
    }
}

/// Sends a chunk and checks that it comes back; `sent` bytes have been before it.
async fn exchange(stream: &Arc<TcpStream>, chunk: &Arc<[u8]>, sent: u64) -> io::Result<()> {
    // In a task of its own: were nothing read before all is written, both ends would wait for each
    // other for ever once the system's buffers are full.
    let writing = anyrt::spawn({
        let (stream, chunk) = (Arc::clone(stream), Arc::clone(chunk));
        async move { stream.write_all(&chunk).await }
    })
    .abort_on_drop();
    let mut returned = vec![0; chunk.len()];
    let reading = stream.read_exact(&mut returned).await;
    reading.map_err(during(format!("not all that follows byte {sent} came back")))?;
    writing.await??;
    if returned[..] != chunk[..] {
        return Err(io::Error::other(format!("something else came back after byte {sent}")));
    }
    Ok(())
}

/// What is to be sent; reading it may block.
type Source = Box<dyn Read + Send>;

/// The file, or else standard input.
async fn open(file: Option<PathBuf>) -> io::Result<Source> {
    let Some(path) = file else { return Ok(Box::new(io::stdin())) };
    let opening = anyrt::spawn_blocking(move || {
        File::open(&path).map_err(during(format!("cannot open {}", path.display())))
    });
    Ok(Box::new(opening.await??))
}

/// Starts to read the next bytes, none at the end of the source.
///
/// The source goes to the thread that reads it, and comes back with them.
fn next_chunk(mut source: Source) -> JoinHandle<io::Result<(Source, Arc<[u8]>)>> {
    const SIZE: usize = 256 * 1024;

    anyrt::spawn_blocking(move || {
        let mut chunk = Vec::with_capacity(SIZE);
        source
            .by_ref()
            .take(SIZE as u64)
            .read_to_end(&mut chunk)
            .map_err(during("cannot read what is to be sent"))?;
        Ok((source, chunk.into()))
    })
}

/// Bytes that do not repeat, so that lost or swapped ones are noticed.
struct Noise {
    state: u64,
}

impl Noise {
    fn source(seed: u64, length: u64) -> Source {
        // The generator would stay at zero.
        Box::new(Self { state: seed + 1 }.take(length))
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for bytes in buffer.chunks_mut(8) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            bytes.copy_from_slice(&self.state.to_le_bytes()[..bytes.len()]);
        }
        Ok(buffer.len())
    }
}

enum Command {
    Demonstrate { bytes: u64 },
    Serve { address: String },
    Send { address: String, file: Option<PathBuf>, connections: u32 },
    Help,
}

impl Command {
    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut mebibytes, mut connections) = (None, None);
        let mut words = Vec::new();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--help" | "-h") => return Ok(Self::Help),
                Some("--mebibytes") => mebibytes = Some(number(arguments.next())?),
                Some("--connections") => connections = Some(number(arguments.next())?),
                Some(option) if option.starts_with('-') => {
                    return Err(format!("unknown option {option}"));
                }
                _ => words.push(argument),
            }
        }

        let mut words = words.into_iter();
        let text = |word: OsString| word.to_string_lossy().into_owned();
        let command = match words.next().map(text).as_deref() {
            None => {
                Self::Demonstrate { bytes: u64::from(mebibytes.take().unwrap_or(100)) * MEBIBYTE }
            }
            Some("serve") => {
                Self::Serve { address: words.next().map_or("127.0.0.1:7007".to_owned(), text) }
            }
            Some("send") => Self::Send {
                address: words.next().map(text).ok_or("send needs an ADDRESS")?,
                file: words.next().map(PathBuf::from),
                connections: connections.take().unwrap_or(1),
            },
            Some(word) => return Err(format!("unknown command {word}")),
        };
        if let Some(word) = words.next() {
            return Err(format!("unexpected argument {}", text(word)));
        }
        // Those that belong to the command have been taken.
        if mebibytes.or(connections).is_some() {
            return Err("--mebibytes goes without a command, --connections with send".to_owned());
        }
        if matches!(command, Self::Send { file: None, connections: 2.., .. }) {
            // Each connection has its own pace, and what was read from standard input is gone.
            return Err("to send over several connections, name a FILE".to_owned());
        }
        Ok(command)
    }
}

fn number(argument: Option<OsString>) -> Result<u32, String> {
    let argument = argument.unwrap_or_default();
    let number = argument.to_str().and_then(|text| text.parse::<NonZeroU32>().ok());
    number
        .map(NonZeroU32::get)
        .ok_or_else(|| format!("{argument:?} is not a number from 1 to {}", u32::MAX))
}

/// Says what was tried when an error occurred.
fn during(what: impl Display) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}
