//! The clients of an echo: one thread around epoll, in a process of its own, the same for every server.

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use crate::dialogue::{self, Dialogue};
use crate::runtime::futures_io;
use crate::system;
use crate::workloads::MESSAGE;

/// The option by which a program calls itself: `--load ADDRESS`.
pub const LOAD: &str = "--load";

/// The process, as the server has it.
#[derive(Debug)]
pub struct Load(Dialogue);

impl Load {
    /// Starts it. It has no connections.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn begin(server: SocketAddr) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        Dialogue::begin(command.args([LOAD, &server.to_string()])).map(Self)
    }

    /// Opens so many connections more.
    pub fn connect(&mut self, connections: usize) {
        let answer = self.0.ask(&format!("connect {connections}"));
        assert_eq!(answer.as_deref(), Ok(CONNECTED));
    }

    /// Sends so many messages over each connection, each after the answer to the one before, and returns how long it took.
    pub fn exchange(&mut self, messages: usize) -> Duration {
        let answer = self.0.ask(&format!("exchange {messages}")).expect("the clients live");
        Duration::from_nanos(answer.parse().expect("a number of nanoseconds"))
    }
}

const CONNECTED: &str = "connected";

/// What the process does.
///
/// # Errors
///
/// It was called in another way than [`Load`] does.
pub fn run(server: &str) -> Result<(), String> {
    let server = server.parse().map_err(|_| format!("{server:?} is no address"))?;
    system::open_many_files();
    let mut clients = Clients::new(server).map_err(|error| error.to_string())?;
    dialogue::answer(|question| match question.split_once(' ') {
        Some(("connect", connections)) => {
            clients.connect(connections.parse().expect("a number")).expect("the server accepts");
            CONNECTED.to_owned()
        }
        Some(("exchange", messages)) => {
            let time = clients.exchange(messages.parse().expect("a number"));
            time.expect("the server answers").as_nanos().to_string()
        }
        _ => format!("what is {question:?}?"),
    });
    Ok(())
}

/// The clients themselves.
#[derive(Debug)]
pub struct Clients {
    server: SocketAddr,
    epoll: OwnedFd,
    clients: Vec<Client>,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// How many messages it has yet to get back.
    messages: usize,
    /// How much of the message that is on its way has come back.
    received: usize,
}

impl Clients {
    /// None, until they are told to connect.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn new(server: SocketAddr) -> io::Result<Self> {
        Ok(Self { server, epoll: epoll::create(CreateFlags::CLOEXEC)?, clients: Vec::new() })
    }

    /// Opens so many connections more.
    ///
    /// # Errors
    ///
    /// Those of `connect` and of `epoll_ctl`.
    pub fn connect(&mut self, connections: usize) -> io::Result<()> {
        for _ in 0..connections {
            let stream = futures_io::connect(self.server)?;
            let place = EventData::new_u64(self.clients.len() as u64);
            epoll::add(&self.epoll, &stream, place, EventFlags::IN | EventFlags::ET)?;
            self.clients.push(Client { stream, messages: 0, received: 0 });
        }
        Ok(())
    }

    /// See [`Load::exchange`].
    ///
    /// # Errors
    ///
    /// A connection fails, or the server hangs up.
    pub fn exchange(&mut self, messages: usize) -> io::Result<Duration> {
        let start = Instant::now();
        for client in &mut self.clients {
            client.messages = messages;
            client.send()?;
        }
        let mut busy = self.clients.len();
        let mut events = Vec::with_capacity(64);
        while busy > 0 {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                #[allow(clippy::cast_possible_truncation, reason = "it was an index")]
                let client = &mut self.clients[event.data.u64() as usize];
                if client.receive()? {
                    busy -= 1;
                }
            }
        }
        Ok(start.elapsed())
    }
}

impl Client {
    fn send(&mut self) -> io::Result<()> {
        self.stream.write_all(&[7; MESSAGE])
    }

    /// There is something to read, and no more than a message, as it has sent no more. Says whether it was the last.
    fn receive(&mut self) -> io::Result<bool> {
        let read = self.stream.read(&mut [0; 4 * MESSAGE])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received += read;
        if self.received < MESSAGE {
            return Ok(false);
        }
        self.received = 0;
        self.messages -= 1;
        if self.messages > 0 {
            self.send()?;
        }
        Ok(self.messages == 0)
    }
}
