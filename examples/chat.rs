//! A chat server for `nc` and the like: everybody reads the lines that the others write.
//!
//! ```sh
//! cargo run --features io,signal,sync --example chat -- 127.0.0.1:7008
//! nc 127.0.0.1 7008
//! ```
//!
//! Ctrl-C and SIGTERM end it: everyone reads what was said until then, and a last line.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::{env, mem};

use anyrt::io::{self, AsyncBufReadExt, AsyncRead, BufReader};
use anyrt::net::{TcpListener, TcpStream};
use anyrt::signal::unix::{SignalKind, signal};
use anyrt::sync::broadcast::{self, error::RecvError};
use anyrt::task::{self, JoinSet};
use anyrt::time::{Duration, timeout};

const USAGE: &str = "\
usage: chat [ADDRESS] [--grace MS]
  ADDRESS  where it listens (default: 127.0.0.1:7008)
  --grace  limit for the guests to hang up, once it shall end (default: 2000 ms)";

/// Further guests wait until one of these has gone.
const MOST_GUESTS: usize = 1000;

/// Who reads more slowly than the others write misses all but so many messages.
const MOST_MESSAGES: usize = 256;

#[anyrt::main]
async fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("chat: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Accepts guests until a signal comes, and sees them off.
async fn serve(Options { address, grace }: Options) -> io::Result<()> {
    // They listen from here on, so that no signal between two calls of `recv` is lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    println!("listening on {}", listener.local_addr()?);

    let room = broadcast::Sender::new(MOST_MESSAGES);
    let mut guests = JoinSet::new();
    let mut incoming = listener.incoming();
    loop {
        anyrt::select! {
            accepted = incoming.accept(), if guests.len() < MOST_GUESTS => match accepted {
                Ok((stream, peer)) => {
                    let mut guest = Guest::new(&room);
                    guests.spawn(async move {
                        if let Err(error) = guest.visit(&stream).await {
                            eprintln!("chat: {peer}: {error}");
                        }
                    });
                }
                Err(error) => eprintln!("chat: cannot accept a connection: {error}"),
            },
            // Otherwise the set would keep those who have gone.
            Some(left) = guests.join_next() => {
                if let Err(error) = left {
                    eprintln!("chat: {error}");
                }
            }
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }

    // Nobody comes any more, and with the only sender the channel is closed: each guest gets what is still in it.
    drop(listener);
    drop(room);
    let all_have_left = async { while guests.join_next().await.is_some() {} };
    let is_late = anyrt::select! {
        result = timeout(grace, all_have_left) => result.is_err(),
        // Who presses Ctrl-C again does not want to wait.
        _ = interrupt.recv() => true,
    };
    if is_late {
        eprintln!("chat: cut off without hanging up: {}", guests.len());
        guests.shutdown().await;
    }
    println!("ended");
    Ok(())
}

#[derive(Clone)]
struct Message {
    /// Whoever does not want to read it, having written it.
    from: Option<task::Id>,
    text: String,
}

struct Guest {
    /// Weak, so that guests do not keep the room open.
    room: broadcast::WeakSender<Message>,
    messages: broadcast::Receiver<Message>,
    /// None until they have told it.
    name: Option<String>,
}

impl Guest {
    fn new(room: &broadcast::Sender<Message>) -> Self {
        Self { room: room.downgrade(), messages: room.subscribe(), name: None }
    }

    async fn visit(&mut self, stream: &TcpStream) -> io::Result<()> {
        let (reader, writer) = stream.split();
        let mut lines = Lines::new(reader);
        writer.write_all(b"* welcome, what is your name?\n").await?;
        loop {
            // What is dropped here when the other one is ready loses nothing: neither a line nor a message.
            anyrt::select! {
                line = lines.next() => match line? {
                    Some(line) => self.say(line),
                    None => return Ok(()),
                },
                message = self.messages.recv() => match message {
                    Ok(message) if message.from == Some(task::id()) || self.name.is_none() => {}
                    Ok(message) => writer.write_all(message.text.as_bytes()).await?,
                    Err(RecvError::Lagged(missed)) => {
                        writer.write_all(format!("* missed: {missed}\n").as_bytes()).await?;
                    }
                    Err(RecvError::Closed) => break,
                },
            }
        }
        writer.write_all(b"* the server ends, goodbye\n").await?;
        stream.shutdown(std::net::Shutdown::Write)?;
        // Until they hang up: to close a connection while bytes come in would reset it, and the last lines may be lost.
        while lines.next().await?.is_some() {}
        Ok(())
    }

    fn say(&mut self, line: String) {
        match &self.name {
            Some(name) => self.send(Some(task::id()), format!("{name}: {line}\n")),
            None => {
                // What was said before is not for them; that they are here, they read as well.
                self.messages = self.messages.resubscribe();
                self.send(None, format!("* {line} is here\n"));
                self.name = Some(line);
            }
        }
    }

    /// Once the room is closed nobody hears it.
    fn send(&self, from: Option<task::Id>, text: String) {
        if let Some(room) = self.room.upgrade() {
            // It fails when nobody is there, but this guest is.
            let _ = room.send(Message { from, text });
        }
    }
}

/// However they leave: by an error too, or cut off.
impl Drop for Guest {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            self.send(None, format!("* {name} has left\n"));
        }
    }
}

/// The codec: text in lines, neither too long nor with anything that would command a terminal.
struct Lines<R> {
    reader: BufReader<R>,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// In bytes.
    const LONGEST: usize = 1024;

    fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new() }
    }

    /// The next line, or none at the end. Cancel safe, because it waits before it takes anything.
    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let bytes = self.reader.fill_buf().await?;
            if bytes.is_empty() && self.line.is_empty() {
                return Ok(None);
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(bytes.len());
            if self.line.len() + length > Self::LONGEST {
                let message = format!("a line of more than {} bytes", Self::LONGEST);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            self.line.extend_from_slice(&bytes[..length]);
            let is_whole = end.is_some() || bytes.is_empty();
            self.reader.consume(length + usize::from(end.is_some()));
            if is_whole {
                let mut text = String::from_utf8_lossy(&mem::take(&mut self.line)).into_owned();
                text.retain(|character| !character.is_control());
                return Ok(Some(text));
            }
        }
    }
}

struct Options {
    address: String,
    grace: Duration,
}

impl Options {
    /// None if help is asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut address, mut grace) = (None, Duration::from_secs(2));
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "--grace" => {
                    let value = arguments.next().unwrap_or_default();
                    let limit = value.parse().map(Duration::from_millis);
                    grace = limit.map_err(|_| format!("{value:?} is not a number"))?;
                }
                _ if argument.starts_with('-') => return Err(format!("unknown option {argument}")),
                _ if address.is_some() => return Err(format!("unexpected argument {argument}")),
                _ => address = Some(argument),
            }
        }
        Ok(Some(Self { address: address.unwrap_or("127.0.0.1:7008".to_owned()), grace }))
    }
}
