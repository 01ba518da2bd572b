//! Mixed load on servers of anyrt-hyper for so long, by peers that behave and peers that don't, and what is left of it.
//!
//! ```sh
//! cargo run --release --bin soak -- --backend tokio --seconds 600
//! ```
//!
//! It serves in clear and over TLS, with fewer descriptors than there are peers, prints figures before, in the middle and at the end of
//! the load, each when the peers are gone, and fails if anything is left. The peers are in processes of their own.
#![cfg(target_os = "linux")]

mod figures;
mod load;
mod peer;
mod server;

use std::env;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyrt::Builder;
use anyrt_test_applications::left::Alive;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use figures::Figures;
use load::Load;
use server::Servers;

/// How many descriptors the process of the servers may have: fewer than its peers open.
const DESCRIPTORS: u64 = 256;
/// How long the load lasts, if it does not last shorter, before the figures that the others are compared with.
const WARM_UP: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["load", plain, tls, certificate] => load::run(&[plain, tls, certificate]),
        ["peer", kind, plain, tls, certificate] => peer::run(kind, plain, tls, certificate),
        _ => soak(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn soak(arguments: &[&str]) -> Result<(), String> {
    let (backend, seconds) = options(arguments)?;
    let alive = Alive::install();
    let runtime = Builder::new().backend(backend).build().map_err(|error| error.to_string())?;
    let servers = runtime.block_on(Servers::start());
    limit_descriptors(DESCRIPTORS);
    println!("{backend}, {seconds} s:");

    let half = Duration::from_secs(seconds) / 2;
    under_load(&servers, half.min(WARM_UP))?;
    let before = Figures::first(&alive, servers.count())?;
    println!("{before} before");
    under_load(&servers, half)?;
    let middle = Figures::again(&alive, &before)?;
    println!("{middle} in the middle");
    under_load(&servers, half)?;
    let end = Figures::again(&alive, &before)?;
    println!("{end} at the end");
    end.is_flat_since(&middle)?;

    let counts = servers.counts.clone();
    let cut_off = runtime.block_on(servers.end());
    println!("{counts}; {cut_off} connections cut off in the end, {} tasks left", alive.count());
    match cut_off + alive.count() {
        0 => Ok(()),
        _ => Err("the servers do not end by themselves".to_owned()),
    }
}

/// So long, and until all has happened that is to happen.
fn under_load(servers: &Servers, time: Duration) -> Result<(), String> {
    const PATIENCE: Duration = Duration::from_secs(60);

    let (load, start) = (Load::start(servers), Instant::now());
    while start.elapsed() < time || !servers.counts.are_of_everything() {
        if start.elapsed() > time + PATIENCE {
            return Err(format!("some of it does not happen: {}", servers.counts));
        }
        thread::sleep(Duration::from_millis(10));
    }
    load.stop()
}

fn options<'a>(arguments: &[&'a str]) -> Result<(&'static str, u64), String> {
    let value_of = |name: &str, default: &'a str| {
        let mut values = arguments.iter().skip_while(|argument| **argument != name).skip(1);
        values.next().copied().unwrap_or(default)
    };
    let compiled = anyrt::selection().map_err(|error| error.to_string())?;
    let backend = value_of("--backend", compiled.backend());
    let known = compiled.compiled().iter().find(|known| **known == backend);
    let seconds = value_of("--seconds", "60").parse();
    match (known, seconds) {
        (Some(backend), Ok(seconds)) => Ok((backend, seconds)),
        _ => Err("usage: soak [--backend NAME] [--seconds N]".to_owned()),
    }
}

/// The processes that this one starts can raise it again.
fn limit_descriptors(most: u64) {
    let limit = Rlimit { current: Some(most), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).expect("it is less than before");
}
