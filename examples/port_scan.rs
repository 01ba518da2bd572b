//! Finds the open TCP ports of a host, and what the services behind them say first.
//!
//! Shows a fixed number of tasks that share the work, time limits, an interval, and work for the
//! processor in `spawn_blocking`. Scan your own hosts only.
#![forbid(unsafe_code)]

use std::env;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyrt::net::{TcpStream, lookup_host};
use anyrt::time::{interval, timeout};
use sha2::{Digest, Sha256};

const USAGE: &str = "\
usage: port_scan [HOST [PORTS]] [--concurrency N] [--timeout MS]
  HOST           a name or an IP address (default: localhost)
  PORTS          80, or 20-25 (default: 1-1024)
  --concurrency  connections at once (default: 128)
  --timeout      limit for a connection, and again for what it says (default: 500 ms)";

fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("port_scan: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("port_scan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: Options) -> io::Result<()> {
    eprintln!("runs on {}", anyrt::selection()?);
    anyrt::block_on(run(options))
}

async fn run(options: Options) -> io::Result<()> {
    let Options { host, ports, concurrency, limit } = options;
    let addresses = lookup_host((host.as_str(), 0)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot find the host {host}: {error}"))
    })?;
    let scan = Arc::new(Scan { addresses, ports, limit, taken: AtomicU32::new(0) });

    let progress = anyrt::spawn(show_progress(Arc::clone(&scan))).abort_on_drop();
    let workers: Vec<_> = (0..concurrency.min(ports.count()))
        .map(|_| anyrt::spawn(probe_ports(Arc::clone(&scan))).abort_on_drop())
        .collect();
    let mut open = Vec::new();
    for worker in workers {
        open.extend(worker.await??);
    }
    drop(progress);

    open.sort_unstable_by_key(|service| service.port);
    for service in &open {
        println!("{service}");
    }
    println!("{} of {} ports open on {host}", open.len(), ports.count());
    Ok(())
}

/// What the workers share.
struct Scan {
    /// All that the host has; the ports in them do not count.
    addresses: Vec<SocketAddr>,
    ports: Ports,
    limit: Duration,
    /// How many ports the workers have taken. May run past the number that there is.
    taken: AtomicU32,
}

impl Scan {
    fn take_port(&self) -> Option<u16> {
        self.ports.nth(self.taken.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets no worker go on to another port.
    fn stop(&self) {
        self.taken.store(self.ports.count(), Ordering::Relaxed);
    }
}

/// One of the workers: there are only so many connections at once because there are only so many
/// of these.
async fn probe_ports(scan: Arc<Scan>) -> io::Result<Vec<Service>> {
    let mut open = Vec::new();
    while let Some(port) = scan.take_port() {
        let connected = connect(&scan, port).await.inspect_err(|_| scan.stop());
        if let Some(stream) = connected? {
            open.push(Service::listen_to(stream, port, scan.limit).await?);
        }
    }
    Ok(open)
}

/// A connection to the port, if it is open on any address of the host.
async fn connect(scan: &Scan, port: u16) -> io::Result<Option<TcpStream>> {
    for mut address in scan.addresses.iter().copied() {
        address.set_port(port);
        match timeout(scan.limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) if !is_connected_to_itself(&stream) => return Ok(Some(stream)),
            Ok(Err(error)) if !is_answer_of_host(&error) => {
                let message = format!("cannot try {address}: {error}; try a lower --concurrency");
                return Err(io::Error::new(error.kind(), message));
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// On this machine the system may choose the very port that is tried for our own end of the
/// connection, and TCP then lets it connect to itself.
fn is_connected_to_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

/// Whether this says that the port is closed, rather than that we can't try it, for instance
/// because too many files are open: then ports that are open would pass for closed.
fn is_answer_of_host(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::TimedOut
    )
}

/// An open port, and what was said there.
struct Service {
    port: u16,
    banner_length: usize,
    banner_hash: String,
}

impl Service {
    async fn listen_to(stream: TcpStream, port: u16, limit: Duration) -> io::Result<Self> {
        let banner = read_banner(&stream, limit).await;
        let banner_length = banner.len();
        // Hashing keeps a thread busy, which would hold up the other tasks of a worker thread.
        let hash = anyrt::spawn_blocking(move || Sha256::digest(&banner)).await?;
        let banner_hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { port, banner_length, banner_hash })
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, banner_length, banner_hash } = self;
        match banner_length {
            0 => write!(f, "{port}: says nothing"),
            _ => write!(f, "{port}: says {banner_length} bytes with the SHA-256 {banner_hash}"),
        }
    }
}

/// What comes within the time limit, up to a few kilobytes.
async fn read_banner(stream: &TcpStream, limit: Duration) -> Vec<u8> {
    let mut banner = vec![0; 4096];
    let mut length = 0;
    let reading = async {
        while length < banner.len() {
            match stream.read(&mut banner[length..]).await? {
                0 => break,
                n => length += n,
            }
        }
        io::Result::Ok(())
    };
    // Most services wait to be spoken to, and some hang up: what came before that counts.
    let _ = timeout(limit, reading).await;
    banner.truncate(length);
    banner
}

async fn show_progress(scan: Arc<Scan>) -> io::Result<()> {
    let count = scan.ports.count();
    let mut ticks = interval(Duration::from_millis(250));
    loop {
        ticks.tick().await;
        eprintln!("{} of {count} ports", scan.taken.load(Ordering::Relaxed).min(count));
    }
}

/// A range of ports, both ends included.
#[derive(Clone, Copy)]
struct Ports {
    first: u16,
    last: u16,
}

impl Ports {
    fn parse(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| match text.parse() {
            Ok(port @ 1..) => Ok(port),
            _ => Err(format!("{text:?} is not a port: write 1 to 65535, or a range such as 20-25")),
        };
        let ports = Self { first: port(first)?, last: port(last)? };
        if ports.first > ports.last {
            return Err(format!("the range {text} is reversed"));
        }
        Ok(ports)
    }

    fn count(self) -> u32 {
        u32::from(self.last - self.first) + 1
    }

    fn nth(self, n: u32) -> Option<u16> {
        (n < self.count()).then(|| self.first + n as u16)
    }
}

struct Options {
    host: String,
    ports: Ports,
    concurrency: u32,
    limit: Duration,
}

impl Options {
    /// `None` if help is asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut words = Vec::new();
        let (mut concurrency, mut limit) = (128, 500);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "--concurrency" => concurrency = number(arguments.next())?,
                "--timeout" => limit = number(arguments.next())?,
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}"));
                }
                _ => words.push(argument),
            }
        }
        let mut words = words.into_iter();
        let host = words.next().unwrap_or("localhost".to_owned());
        let ports = Ports::parse(words.next().as_deref().unwrap_or("1-1024"))?;
        if let Some(word) = words.next() {
            return Err(format!("unexpected argument {word}"));
        }
        Ok(Some(Self { host, ports, concurrency, limit: Duration::from_millis(limit.into()) }))
    }
}

fn number(argument: Option<String>) -> Result<u32, String> {
    let argument = argument.unwrap_or_default();
    let number = argument.parse::<NonZeroU32>();
    number.map(NonZeroU32::get).map_err(|_| format!("{argument:?} is not a number from 1"))
}
