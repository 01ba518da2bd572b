//! Fetches URLs over HTTP/1.1, several at once, and prints what they hold in their order.
//!
//! ```sh
//! cargo run --features io,sync --example http_get -- --at-once 4 http://example.org/ http://example.com/
//! ```
//!
//! Without TLS, redirects and proxies: it shows limits in time, number and size, and progress.
#![forbid(unsafe_code)]

mod response;
mod url;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyrt::io::{self, AsyncWriteExt};
use anyrt::net::TcpStream;
use anyrt::task::JoinSet;
use anyrt::time::{Duration, interval_at, timeout};

use crate::response::Response;
use crate::url::Url;

const USAGE: &str = "\
usage: http_get [--at-once N] [--timeout MS] URL...
  --at-once  how many are fetched at the same time (default: 8)
  --timeout  limit for each, from its connection to the last byte (default: 30000 ms)";

#[anyrt::main]
async fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("http_get: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("http_get: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all could be fetched.
async fn run(options: Options) -> io::Result<bool> {
    let count = options.urls.len();
    let received = Arc::new(AtomicU64::new(0));
    let mut bodies: Vec<Option<Vec<u8>>> = vec![None; count];
    let (mut ended, mut is_all) = (0, true);
    let mut waiting = options.urls.into_iter().enumerate();
    let mut fetches = JoinSet::new();
    let second = Duration::from_secs(1);
    let mut progress = interval_at(anyrt::time::now() + second, second);
    loop {
        while fetches.len() < options.at_once {
            let Some((index, url)) = waiting.next() else { break };
            let (received, limit) = (Arc::clone(&received), options.limit);
            fetches.spawn(async move {
                let body = timeout(limit, fetch(&url, &received)).await;
                (index, url, body.unwrap_or_else(|elapsed| Err(elapsed.into())))
            });
        }
        anyrt::select! {
            fetched = fetches.join_next() => {
                let Some(fetched) = fetched else { break };
                let (index, url, body) = fetched?;
                ended += 1;
                match body {
                    Ok(body) => {
                        eprintln!("http_get: {ended} of {count}: {url}: {} bytes", body.len());
                        bodies[index] = Some(body);
                    }
                    Err(error) => {
                        eprintln!("http_get: {ended} of {count}: {url}: {error}");
                        is_all = false;
                    }
                }
            }
            _ = progress.tick() => {
                let bytes = received.load(Ordering::Relaxed);
                eprintln!("http_get: {ended} of {count}, {bytes} bytes so far");
            }
        }
    }
    let mut stdout = io::stdout();
    for body in bodies.iter().flatten() {
        stdout.write_all(body).await?;
    }
    stdout.flush().await?;
    Ok(is_all)
}

async fn fetch(url: &Url, received: &AtomicU64) -> io::Result<Vec<u8>> {
    let stream = TcpStream::connect(url.address()).await?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: http_get\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        url.path, url.authority
    );
    stream.write_all(request.as_bytes()).await?;
    Response::new(stream, received).read().await
}

struct Options {
    urls: Vec<Url>,
    at_once: usize,
    limit: Duration,
}

impl Options {
    /// None if help is asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut at_once, mut milliseconds) = (8, 30_000);
        let mut urls = Vec::new();
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let value = arguments.next().unwrap_or_default();
                let number = value.parse::<u32>().ok().filter(|number| *number > 0);
                number.ok_or_else(|| format!("{value:?} is not a number from 1 to {}", u32::MAX))
            };
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "--at-once" => at_once = number()?,
                "--timeout" => milliseconds = number()?,
                _ if argument.starts_with('-') => return Err(format!("unknown option {argument}")),
                _ => urls.push(Url::parse(&argument)?),
            }
        }
        if urls.is_empty() {
            return Err("name a URL".to_owned());
        }
        let limit = Duration::from_millis(milliseconds.into());
        Ok(Some(Self { urls, at_once: at_once as usize, limit }))
    }
}
