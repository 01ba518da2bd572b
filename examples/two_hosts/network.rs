//! A network in memory: TCP, UDP and Unix sockets that no system knows.
//!
//! One lock guards everything, and nobody is woken while it is held.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;

use anyrt::SpawnBlocking;
use anyrt::net::{Address, Network, Socket, SocketKind, VirtualSocket};
use anyrt::reactor::Interest;

/// How many bytes wait in a stream for their reader.
const ROOM: usize = 64 * 1024;
/// How many datagrams wait in a socket for their reader.
const QUEUE: usize = 16;

/// All hosts and their sockets.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Hosts>>);

#[derive(Default)]
struct Hosts {
    names: HashMap<String, IpAddr>,
    sockets: HashMap<u64, State>,
    /// The last number given to a socket.
    last_id: u64,
    /// The last port given to one that asked for any.
    last_port: u16,
    /// To be woken when the lock is free.
    woken: Vec<Waker>,
}

/// A host: the network of whoever runs there.
pub(crate) struct Host {
    world: World,
    address: IpAddr,
}

impl World {
    /// Adds a host. One that has been there under this name moves to the new address.
    pub(crate) fn host(&self, name: &str, address: Ipv4Addr) -> Host {
        let address = IpAddr::from(address);
        self.lock().names.insert(name.to_owned(), address);
        Host { world: self.clone(), address }
    }

    fn lock(&self) -> MutexGuard<'_, Hosts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and wakes whoever waits for that.
    fn with<T>(&self, change: impl FnOnce(&mut Hosts) -> T) -> T {
        let (result, woken) = {
            let mut hosts = self.lock();
            (change(&mut hosts), std::mem::take(&mut hosts.woken))
        };
        woken.into_iter().for_each(Waker::wake);
        result
    }
}

impl Network for Host {
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        let id = self.world.with(|hosts| hosts.add(State::new(kind, self.address)));
        Ok(Socket::from_virtual(Arc::new(InMemory::new(&self.world, id))))
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        let (one, other) = self.world.with(|hosts| {
            let [one, other] = [0; 2].map(|_| hosts.add(State::new(kind, self.address)));
            for (from, to) in [(one, other), (other, one)] {
                let state = hosts.get(from);
                state.local = Some(nameless());
                state.peer = Some((nameless(), Some(to)));
            }
            (one, other)
        });
        let socket = |id| Socket::from_virtual(Arc::new(InMemory::new(&self.world, id)));
        Ok((socket(one), socket(other)))
    }

    async fn resolve<R: SpawnBlocking>(
        &self,
        _: &R,
        host: String,
        port: u16,
    ) -> io::Result<Vec<SocketAddr>> {
        match self.world.lock().names.get(&host) {
            Some(address) => Ok(vec![SocketAddr::new(*address, port)]),
            None => Err(io::Error::new(ErrorKind::NotFound, format!("no host `{host}`"))),
        }
    }
}

/// What there is to know about a socket.
struct State {
    kind: SocketKind,
    host: IpAddr,
    local: Option<Address>,
    /// Whom it is connected to: where that is, and the socket unless it has gone.
    peer: Option<(Address, Option<u64>)>,
    /// What has arrived: one entry for each datagram, and a single one for a stream.
    inbox: VecDeque<(Vec<u8>, Address)>,
    /// The connections that wait to be accepted, and how many may; `None` if it does not listen.
    backlog: Option<(VecDeque<u64>, usize)>,
    error: Option<ErrorKind>,
    reads_end: bool,
    writes_end: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl State {
    fn new(kind: SocketKind, host: IpAddr) -> Self {
        Self {
            kind,
            host,
            local: None,
            peer: None,
            inbox: VecDeque::new(),
            backlog: None,
            error: None,
            reads_end: false,
            writes_end: false,
            reader: None,
            writer: None,
        }
    }

    fn is_ready(&self, interest: Interest, has_room: bool) -> bool {
        let waits_for_accept =
            self.backlog.as_ref().is_some_and(|(waiting, _)| !waiting.is_empty());
        self.error.is_some()
            || match interest {
                Interest::Readable => !self.inbox.is_empty() || self.reads_end || waits_for_accept,
                Interest::Writable => self.writes_end || has_room,
            }
    }

    fn has_room(&self) -> bool {
        if self.kind.is_datagram() {
            self.inbox.len() < QUEUE
        } else {
            self.inbox.front().is_none_or(|(bytes, _)| bytes.len() < ROOM)
        }
    }
}

impl Hosts {
    fn add(&mut self, state: State) -> u64 {
        self.last_id += 1;
        self.sockets.insert(self.last_id, state);
        self.last_id
    }

    /// The state of a socket that is open.
    fn get(&mut self, id: u64) -> &mut State {
        self.sockets.get_mut(&id).expect("the state of a socket is there as long as the socket")
    }

    fn wake(&mut self, id: u64, interest: Interest) {
        if let Some(state) = self.sockets.get_mut(&id) {
            let waker = match interest {
                Interest::Readable => state.reader.take(),
                Interest::Writable => state.writer.take(),
            };
            self.woken.extend(waker);
        }
    }

    fn wake_both(&mut self, id: u64) {
        self.wake(id, Interest::Readable);
        self.wake(id, Interest::Writable);
    }

    fn bound_to(&self, address: &Address, kind: SocketKind) -> Option<u64> {
        let is_there = |state: &State| {
            state.kind == kind
                && state.peer.as_ref().is_none_or(|_| kind.is_datagram())
                && state.local.as_ref().is_some_and(|local| is_same(local, address))
        };
        self.sockets.iter().find(|(_, state)| is_there(state)).map(|(id, _)| *id)
    }

    fn bind(&mut self, id: u64, address: &Address) -> io::Result<()> {
        let (kind, host) = (self.get(id).kind, self.get(id).host);
        let mut address = on_host(host, address);
        if let Address::Internet(internet) = &mut address {
            if internet.ip() != host {
                return Err(ErrorKind::AddrNotAvailable.into());
            }
            if internet.port() == 0 {
                self.last_port = self.last_port.max(49_151) + 1;
                internet.set_port(self.last_port);
            }
        }
        if self.bound_to(&address, kind).is_some() {
            return Err(ErrorKind::AddrInUse.into());
        }
        self.get(id).local = Some(address);
        Ok(())
    }

    /// Gives a socket an address if it has none.
    fn bind_to_any(&mut self, id: u64) -> io::Result<Address> {
        if self.get(id).local.is_none() {
            match self.get(id).kind {
                SocketKind::UnixStream | SocketKind::UnixDatagram => {
                    self.get(id).local = Some(nameless());
                }
                _ => self.bind(id, &SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0).into())?,
            }
        }
        Ok(self.get(id).local.clone().expect("an address was given just now"))
    }

    fn connect(&mut self, id: u64, address: &Address) -> io::Result<()> {
        let local = self.bind_to_any(id)?;
        let (kind, host) = (self.get(id).kind, self.get(id).host);
        let address = on_host(host, address);
        let target = self.bound_to(&address, kind);
        if kind.is_datagram() {
            self.get(id).peer = Some((address, target));
            return Ok(());
        }
        let listener = target.and_then(|target| {
            let (waiting, limit) = self.get(target).backlog.as_ref()?;
            (waiting.len() < *limit).then_some(target)
        });
        let Some(listener) = listener else {
            self.get(id).error = Some(ErrorKind::ConnectionRefused);
            return Ok(());
        };
        let mut other = State::new(kind, self.get(listener).host);
        other.local = Some(address.clone());
        other.peer = Some((local, Some(id)));
        let other = self.add(other);
        self.get(id).peer = Some((address, Some(other)));
        if let Some((waiting, _)) = &mut self.get(listener).backlog {
            waiting.push_back(other);
        }
        self.wake(listener, Interest::Readable);
        self.wake(id, Interest::Writable);
        Ok(())
    }

    fn receive(
        &mut self,
        id: u64,
        buffers: &mut [IoSliceMut<'_>],
        peek: bool,
    ) -> io::Result<(usize, Option<Address>)> {
        let state = self.get(id);
        let Some((bytes, from)) = state.inbox.front_mut() else {
            return match state.error.take() {
                Some(kind) => Err(kind.into()),
                None if state.reads_end => Ok((0, None)),
                None => Err(ErrorKind::WouldBlock.into()),
            };
        };
        let from = from.clone();
        let mut n = 0;
        for buffer in buffers {
            let part = buffer.len().min(bytes.len() - n);
            buffer[..part].copy_from_slice(&bytes[n..n + part]);
            n += part;
        }
        if peek {
            return Ok((n, Some(from)));
        }
        if state.kind.is_datagram() || n == bytes.len() {
            state.inbox.pop_front();
        } else {
            bytes.drain(..n);
        }
        // There is room again for whoever sends here.
        let sends_here = |state: &State| {
            state.peer.as_ref().is_some_and(|(_, to)| *to == Some(id)) || state.kind.is_datagram()
        };
        let senders = self.sockets.iter().filter(|(_, state)| sends_here(state));
        for sender in senders.map(|(sender, _)| *sender).collect::<Vec<_>>() {
            self.wake(sender, Interest::Writable);
        }
        Ok((n, Some(from)))
    }

    fn send(&mut self, id: u64, slices: &[IoSlice<'_>], to: Option<&Address>) -> io::Result<usize> {
        if let Some(kind) = self.get(id).error.take() {
            return Err(kind.into());
        }
        if self.get(id).writes_end {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let mut bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let from = self.bind_to_any(id)?;
        if self.get(id).kind.is_datagram() {
            return self.send_datagram(id, bytes, from, to);
        }
        let Some((_, peer)) = self.get(id).peer else {
            return Err(ErrorKind::NotConnected.into());
        };
        let Some(peer) = peer else { return Err(ErrorKind::BrokenPipe.into()) };
        let inbox = &mut self.get(peer).inbox;
        let taken = inbox.front().map_or(0, |(bytes, _)| bytes.len());
        bytes.truncate(ROOM.saturating_sub(taken));
        let n = bytes.len();
        match inbox.front_mut() {
            _ if n == 0 => return Err(ErrorKind::WouldBlock.into()),
            Some((before, _)) => before.append(&mut bytes),
            None => inbox.push_back((bytes, from)),
        }
        self.wake(peer, Interest::Readable);
        Ok(n)
    }

    fn send_datagram(
        &mut self,
        id: u64,
        bytes: Vec<u8>,
        from: Address,
        to: Option<&Address>,
    ) -> io::Result<usize> {
        let (n, kind, host) = (bytes.len(), self.get(id).kind, self.get(id).host);
        let target = match (to, &self.get(id).peer) {
            (Some(address), _) => {
                let address = on_host(host, address);
                self.bound_to(&address, kind)
            }
            (None, Some((_, peer))) => *peer,
            (None, None) => return Err(ErrorKind::NotConnected.into()),
        };
        let is_unix = kind == SocketKind::UnixDatagram;
        let Some(target) = target else {
            if is_unix {
                return Err(ErrorKind::ConnectionRefused.into());
            }
            // Who sent to nobody hears of it later, if at all.
            if to.is_none() {
                self.get(id).error = Some(ErrorKind::ConnectionRefused);
                self.wake_both(id);
            }
            return Ok(n);
        };
        if self.get(target).inbox.len() < QUEUE {
            self.get(target).inbox.push_back((bytes, from));
            self.wake(target, Interest::Readable);
        } else if is_unix {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(n)
    }

    fn shutdown(&mut self, id: u64, how: Shutdown) -> io::Result<()> {
        let state = self.get(id);
        let Some((_, peer)) = &state.peer else { return Err(ErrorKind::NotConnected.into()) };
        let peer = *peer;
        state.reads_end |= how != Shutdown::Write;
        state.writes_end |= how != Shutdown::Read;
        self.wake_both(id);
        if how != Shutdown::Read {
            self.end_reads_of(peer);
        }
        Ok(())
    }

    fn end_reads_of(&mut self, peer: Option<u64>) {
        if let Some(state) = peer.and_then(|peer| self.sockets.get_mut(&peer)) {
            state.reads_end = !state.kind.is_datagram();
        }
        if let Some(peer) = peer {
            self.wake_both(peer);
        }
    }

    fn close(&mut self, id: u64) {
        let Some(state) = self.sockets.remove(&id) else { return };
        let is_reset = !state.kind.is_datagram() && !state.inbox.is_empty();
        for other in self.sockets.values_mut() {
            let peer = other.peer.as_mut().filter(|(_, to)| *to == Some(id));
            if let Some((_, to)) = peer {
                *to = None;
                other.error = is_reset.then_some(ErrorKind::ConnectionReset).or(other.error);
            }
        }
        self.end_reads_of(state.peer.and_then(|(_, peer)| peer));
        for waiting in state.backlog.into_iter().flat_map(|(waiting, _)| waiting) {
            self.close(waiting);
        }
    }
}

/// Without the trouble of a name: an address that a Unix socket has before it is bound.
fn nameless() -> Address {
    let none = std::os::unix::net::SocketAddr::from_pathname("");
    none.expect("the empty path stands for no name").into()
}

/// What an address means to a host: it is itself where that says `any` or `localhost`.
fn on_host(host: IpAddr, address: &Address) -> Address {
    match address {
        Address::Internet(internet)
            if internet.ip().is_unspecified() || internet.ip().is_loopback() =>
        {
            SocketAddr::new(host, internet.port()).into()
        }
        other => other.clone(),
    }
}

fn is_same(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Internet(one), Address::Internet(other)) => one == other,
        (Address::Unix(one), Address::Unix(other)) => {
            one.as_pathname().is_some() && one.as_pathname() == other.as_pathname()
        }
        _ => false,
    }
}

/// A socket of the network.
struct InMemory {
    world: World,
    id: u64,
    stand_in: OnceLock<Socket>,
}

impl InMemory {
    fn new(world: &World, id: u64) -> Self {
        Self { world: world.clone(), id, stand_in: OnceLock::new() }
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        self.world.with(|hosts| hosts.close(self.id));
    }
}

impl VirtualSocket for InMemory {
    fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        peek: bool,
    ) -> io::Result<(usize, Option<Address>)> {
        self.world.with(|hosts| hosts.receive(self.id, buffers, peek))
    }

    fn send(&self, slices: &[IoSlice<'_>], peer: Option<&Address>) -> io::Result<usize> {
        self.world.with(|hosts| hosts.send(self.id, slices, peer))
    }

    fn bind(&self, address: &Address) -> io::Result<()> {
        self.world.with(|hosts| hosts.bind(self.id, address))
    }

    fn listen(&self, backlog: u32) -> io::Result<()> {
        let limit = usize::try_from(backlog).unwrap_or(usize::MAX).max(1);
        self.world.with(|hosts| hosts.get(self.id).backlog = Some((VecDeque::new(), limit)));
        Ok(())
    }

    fn accept(&self) -> io::Result<(Arc<dyn VirtualSocket>, Address)> {
        self.world.with(|hosts| {
            let Some((waiting, _)) = &mut hosts.get(self.id).backlog else {
                return Err(ErrorKind::InvalidInput.into());
            };
            let id = waiting.pop_front().ok_or(ErrorKind::WouldBlock)?;
            let (peer, _) = hosts.get(id).peer.clone().ok_or(ErrorKind::NotConnected)?;
            Ok((Arc::new(Self::new(&self.world, id)) as _, peer))
        })
    }

    fn connect(&self, address: &Address) -> io::Result<()> {
        self.world.with(|hosts| hosts.connect(self.id, address))
    }

    fn local_addr(&self) -> io::Result<Address> {
        self.world.with(|hosts| {
            let state = hosts.get(self.id);
            let unbound = || match state.kind {
                SocketKind::UnixStream | SocketKind::UnixDatagram => nameless(),
                _ => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0).into(),
            };
            Ok(state.local.clone().unwrap_or_else(unbound))
        })
    }

    fn peer_addr(&self) -> io::Result<Address> {
        let peer = self.world.with(|hosts| hosts.get(self.id).peer.clone());
        peer.map(|(address, _)| address).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(self.world.with(|hosts| hosts.get(self.id).error.take()).map(io::Error::from))
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.world.with(|hosts| hosts.shutdown(self.id, how))
    }

    fn is_ready(&self, interest: Interest) -> bool {
        self.world.with(|hosts| hosts.is_ready(self.id, interest))
    }

    fn wake_when_ready(&self, interest: Interest, waker: &Waker) {
        let before = self.world.with(|hosts| {
            let state = hosts.get(self.id);
            let place = match interest {
                Interest::Readable => &mut state.reader,
                Interest::Writable => &mut state.writer,
            };
            let before = place.replace(waker.clone());
            if hosts.is_ready(self.id, interest) {
                hosts.wake(self.id, interest);
            }
            before
        });
        drop(before);
    }

    fn stand_in(&self) -> BorrowedFd<'_> {
        let make = || {
            let kind = self.world.with(|hosts| hosts.get(self.id).kind);
            Socket::system(kind).expect("the system has a descriptor left")
        };
        self.stand_in.get_or_init(make).as_fd()
    }
}

impl Hosts {
    fn is_ready(&mut self, id: u64, interest: Interest) -> bool {
        let peer = self.get(id).peer.as_ref().map(|(_, peer)| *peer);
        let has_room = match peer {
            // Nobody is there any more, which the next attempt tells.
            Some(None) => true,
            Some(Some(peer)) => self.get(peer).has_room(),
            None => self.get(id).kind.is_datagram(),
        };
        self.get(id).is_ready(interest, has_room)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Host").field(&self.address).finish()
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InMemory").field(&self.id).finish()
    }
}
