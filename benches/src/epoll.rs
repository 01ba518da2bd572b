//! Servers of one thread around epoll: what the system itself costs, and no runtime.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};

use crate::measure::{Clock, Cost, Size, Subject};
use crate::runtime::futures_io;
use crate::workloads::MESSAGE;
use crate::workloads::net::{WAITING, waiting_clients};

/// Starts an echo, which goes on until the process ends.
///
/// # Errors
///
/// Those of the system.
pub fn serve_echo() -> io::Result<SocketAddr> {
    let mut server = Server::new()?;
    let address = server.listener.local_addr()?;
    thread::Builder::new().name("epoll".to_owned()).spawn(move || {
        loop {
            server.turn().expect("epoll and the listener work");
        }
    })?;
    Ok(address)
}

/// See [`crate::workloads::net::accept`].
pub fn accept(_: Size) -> Subject {
    Subject::new(|| accept_all().expect("the loopback interface works"))
}

fn accept_all() -> io::Result<Cost> {
    let server = Server::new()?;
    let clients = waiting_clients(server.listener.local_addr()?)?;
    let mut events = Vec::with_capacity(1);
    let clock = Clock::start();
    let mut accepted = 0;
    while accepted < WAITING {
        epoll::wait(&server.epoll, spare_capacity(&mut events), None)?;
        events.clear();
        while let Some(mut stream) = server.accept()? {
            assert_eq!(stream.read(&mut [0; MESSAGE])?, 1);
            accepted += 1;
        }
    }
    let cost = clock.each(WAITING);
    drop(clients);
    Ok(cost)
}

/// Reported once, so that the system looks at nothing twice.
const READY: EventFlags = EventFlags::IN.union(EventFlags::ET);

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    /// By their descriptors.
    streams: Vec<Option<TcpStream>>,
}

impl Server {
    fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let listener = futures_io::listener()?;
        listener.set_nonblocking(true)?;
        epoll::add(&epoll, &listener, EventData::new_u64(place(&listener) as u64), EventFlags::IN)?;
        Ok(Self { epoll, listener, streams: Vec::new() })
    }

    /// Waits once, and does what can be done.
    fn turn(&mut self) -> io::Result<()> {
        let mut events = [const { MaybeUninit::uninit() }; 64];
        let (events, _) = epoll::wait(&self.epoll, &mut events[..], None)?;
        for event in events {
            #[allow(clippy::cast_possible_truncation, reason = "it was an index")]
            match event.data.u64() as usize {
                ready if ready == place(&self.listener) => self.welcome()?,
                ready => self.echo(ready),
            }
        }
        Ok(())
    }

    fn welcome(&mut self) -> io::Result<()> {
        while let Some(stream) = self.accept()? {
            let place = place(&stream);
            epoll::add(&self.epoll, &stream, EventData::new_u64(place as u64), READY)?;
            self.streams.resize_with(self.streams.len().max(place + 1), || None);
            self.streams[place] = Some(stream);
        }
        Ok(())
    }

    fn echo(&mut self, place: usize) {
        // A process that is being started has all descriptors for a moment: epoll goes on to report one that is closed here.
        let Some(stream) = &mut self.streams[place] else { return };
        let is_there = echo_all(stream).unwrap_or(false);
        if !is_there {
            self.streams[place] = None;
        }
    }

    fn accept(&self) -> io::Result<Option<TcpStream>> {
        match accept_with(&self.listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
            Ok(stream) => {
                let stream = TcpStream::from(stream);
                stream.set_nodelay(true)?;
                Ok(Some(stream))
            }
            Err(Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Sends back what has come, and says whether the client is still there.
fn echo_all(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4 * MESSAGE];
    loop {
        let read = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            read => read?,
        };
        stream.write_all(&buffer[..read])?;
        // What fills the buffer only in part was all: if more comes, epoll reports it.
        if read < buffer.len() {
            return Ok(read > 0);
        }
    }
}

#[allow(clippy::cast_sign_loss, reason = "descriptors that are open are not negative")]
fn place(socket: &impl AsRawFd) -> usize {
    socket.as_raw_fd() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Clients;

    #[test]
    fn each_message_comes_back() {
        let mut clients = Clients::new(serve_echo().unwrap()).unwrap();
        clients.connect(20).unwrap();
        clients.exchange(10).unwrap();
        // Others more, over those that are there as well.
        clients.connect(20).unwrap();
        clients.exchange(1).unwrap();
    }

    #[test]
    fn clients_are_accepted_and_read() {
        let cost = accept_all().unwrap();
        assert!(cost.value > 0.0 && cost.cpu > 0.0);
    }
}
