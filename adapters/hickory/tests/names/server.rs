//! A name server, which knows few names and does as they say.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anyrt::net::{TcpListener, TcpStream, UdpSocket};
use anyrt::time::Duration;
use anyrt_hickory::Runtime;
use futures_channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use hickory_resolver::{Resolver, ResolverBuilder};

/// How many addresses `large.test.` has, which a datagram has no room for.
pub(crate) const MANY: usize = 200;

/// The address of every other name.
pub(crate) const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Asked>,
    /// One for each connection that a client has closed.
    pub(crate) closed: UnboundedReceiver<()>,
    _tasks: [anyrt::AbortOnDrop<()>; 2],
}

#[derive(Default)]
struct Asked {
    by_datagram: AtomicUsize,
    by_stream: AtomicUsize,
}

impl Server {
    /// On the runtime that this thread is inside.
    pub(crate) async fn start() -> Self {
        // The port may be taken for the other protocol.
        let (listener, socket) = loop {
            let listener = TcpListener::bind((HERE, 0)).await.unwrap();
            if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
                break (listener, socket);
            }
        };
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Asked>::default();
        let (close, closed) = mpsc::unbounded();
        let by_datagram = anyrt::spawn(answer_datagrams(socket, Arc::clone(&asked)));
        let by_stream = anyrt::spawn(accept(listener, Arc::clone(&asked), close));
        let _tasks = [by_datagram.abort_on_drop(), by_stream.abort_on_drop()];
        Self { address, asked, closed, _tasks }
    }

    /// How many queries came by UDP, and by TCP.
    pub(crate) fn asked(&self) -> (usize, usize) {
        (self.asked.by_datagram.load(SeqCst), self.asked.by_stream.load(SeqCst))
    }

    /// A resolver that asks this server alone: once, with a limit for each way of asking.
    pub(crate) fn resolver<R: anyrt::Current>(
        &self,
        runtime: Runtime<R>,
        limit: Duration,
    ) -> Resolver<Runtime<R>> {
        let mut builder = self.builder(runtime);
        builder.options_mut().timeout = limit;
        builder.build().unwrap()
    }

    pub(crate) fn builder<R: anyrt::Current>(
        &self,
        runtime: Runtime<R>,
    ) -> ResolverBuilder<Runtime<R>> {
        let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for connection in &mut connections {
            connection.port = self.address.port();
        }
        let server = NameServerConfig::new(self.address.ip(), true, connections);
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut options = ResolverOpts::default();
        options.attempts = 0;
        options.use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
        Resolver::builder_with_config(config, runtime).with_options(options)
    }
}

async fn answer_datagrams(socket: UdpSocket, asked: Arc<Asked>) {
    let mut buffer = [0; 1500];
    loop {
        let (n, client) = socket.recv_from(&mut buffer).await.unwrap();
        let number = asked.by_datagram.fetch_add(1, SeqCst);
        let query = Message::from_vec(&buffer[..n]).unwrap();
        let name = name_of(&query);
        if name.starts_with("silent") || name.starts_with("late") && number == 0 {
            continue;
        }
        let mut answer = answer(&query);
        if name.starts_with("large") || name.starts_with("stuck") {
            answer = answer.truncate();
        }
        socket.send_to(&answer.to_vec().unwrap(), client).await.unwrap();
    }
}

async fn accept(listener: TcpListener, asked: Arc<Asked>, close: UnboundedSender<()>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (asked, close) = (Arc::clone(&asked), close.clone());
        anyrt::spawn(async move {
            while answer_next(&stream, &asked).await.is_ok() {}
            let _ = close.unbounded_send(());
        });
    }
}

/// # Errors
/// The client has closed the connection.
async fn answer_next(stream: &TcpStream, asked: &Asked) -> std::io::Result<()> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    let mut query = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut query).await?;
    asked.by_stream.fetch_add(1, SeqCst);
    let query = Message::from_vec(&query).unwrap();
    if name_of(&query).starts_with("stuck") {
        return Ok(());
    }
    let answer = answer(&query).to_vec().unwrap();
    stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).await?;
    stream.write_all(&answer).await
}

fn question(query: &Message) -> &Query {
    &query.queries[0]
}

fn name_of(query: &Message) -> String {
    question(query).name().to_string()
}

fn answer(query: &Message) -> Message {
    let name = name_of(query);
    let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
    answer.add_query(question(query).clone());
    answer.metadata.response_code = match name.as_str() {
        "unknown.test." => ResponseCode::NXDomain,
        "broken.test." => ResponseCode::ServFail,
        _ => ResponseCode::NoError,
    };
    let addresses = match name.as_str() {
        _ if question(query).query_type() != RecordType::A => 0,
        "unknown.test." | "broken.test." | "empty.test." => 0,
        "large.test." => MANY,
        _ => 1,
    };
    for number in 0..addresses {
        let address = if number == 0 { HERE } else { Ipv4Addr::new(10, 0, 0, number as u8) };
        let name = question(query).name().clone();
        answer.add_answer(Record::from_rdata(name, 60, RData::A(address.into())));
    }
    answer
}
