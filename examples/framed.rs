//! One codec for streams and datagrams: commands as lines of text, over TCP and over UDP.
//!
//! The codec is written with tokio-util's traits, which know no runtime. Over TCP tokio-util's `Framed` cuts the stream
//! into frames (feature `tokio-io`); over UDP each datagram is a frame, for which a few lines do.
//!
//! ```sh
//! cargo run -p anyrt-tests --features tokio-io,bytes --example framed
//! ```
#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;

use anyrt::net::{TcpListener, TcpStream, UdpSocket};
use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
use tokio_util::codec::{Decoder, Encoder, Framed};

/// What a client says.
#[derive(Debug, PartialEq)]
enum Command {
    Add(i64),
    Sum,
}

/// Turns bytes into commands and numbers into bytes, and back for the client.
#[derive(Default)]
struct Commands;

impl Decoder for Commands {
    type Item = Command;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Command>> {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = bytes.split_to(end + 1);
        let line = std::str::from_utf8(&line[..end]).map_err(io::Error::other)?;
        match line.split_once(' ') {
            Some(("add", number)) => {
                number.parse().map(|number| Some(Command::Add(number))).map_err(io::Error::other)
            }
            None if line == "sum" => Ok(Some(Command::Sum)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, format!("unknown: {line}"))),
        }
    }
}

impl Encoder<i64> for Commands {
    type Error = io::Error;

    fn encode(&mut self, number: i64, bytes: &mut BytesMut) -> io::Result<()> {
        bytes.extend_from_slice(format!("{number}\n").as_bytes());
        Ok(())
    }
}

/// A socket whose datagrams are frames.
struct Datagrams<C> {
    socket: UdpSocket,
    codec: C,
    buffer: BytesMut,
}

impl<C> Datagrams<C> {
    /// More than fits into a datagram.
    const ROOM: usize = 64 * 1024;

    fn new(socket: UdpSocket, codec: C) -> Self {
        Self { socket, codec, buffer: BytesMut::new() }
    }

    /// The next frame, and who sent it. Cancel safe.
    async fn receive<T>(&mut self) -> Result<(T, SocketAddr), C::Error>
    where
        C: Decoder<Item = T>,
    {
        loop {
            self.buffer.clear();
            self.buffer.resize(Self::ROOM, 0);
            let (length, sender) = self.socket.recv_from(&mut self.buffer).await?;
            self.buffer.truncate(length);
            if let Some(frame) = self.codec.decode_eof(&mut self.buffer)? {
                return Ok((frame, sender));
            }
        }
    }

    async fn send<T>(&mut self, frame: T, receiver: SocketAddr) -> Result<(), C::Error>
    where
        C: Encoder<T>,
    {
        self.buffer.clear();
        self.codec.encode(frame, &mut self.buffer)?;
        self.socket.send_to(&self.buffer, receiver).await?;
        Ok(())
    }
}

async fn serve_stream(stream: TcpStream) -> io::Result<()> {
    let mut frames = Framed::new(stream, Commands);
    let mut sum = 0;
    while let Some(command) = frames.next().await {
        match command? {
            Command::Add(number) => sum += number,
            Command::Sum => frames.send(sum).await?,
        }
    }
    Ok(())
}

async fn serve_datagrams(socket: UdpSocket) -> io::Result<()> {
    let mut frames = Datagrams::new(socket, Commands);
    let mut sum = 0;
    loop {
        match frames.receive().await {
            Ok((Command::Add(number), _)) => sum += number,
            Ok((Command::Sum, sender)) => frames.send(sum, sender).await?,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                eprintln!("framed: {error}")
            }
            Err(error) => return Err(error),
        }
    }
}

#[anyrt::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (stream, _) = listener.accept().await?;
    let server = anyrt::spawn(serve_stream(stream));
    // Frames need not come in pieces of their own.
    client.write_all(b"add 1\nadd 2\nsu").await?;
    client.write_all(b"m\n").await?;
    let mut answer = [0; 2];
    client.read_exact(&mut answer).await?;
    println!("over TCP: {}", String::from_utf8_lossy(&answer).trim_end());
    drop(client);
    server.await??;

    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let client = UdpSocket::bind("127.0.0.1:0").await?;
    client.connect(socket.local_addr()?).await?;
    let _server = anyrt::spawn(serve_datagrams(socket)).abort_on_drop();
    for datagram in ["add 3\n", "add 4\n", "what is this?\n", "sum\n"] {
        client.send(datagram.as_bytes()).await?;
    }
    let length = client.recv(&mut answer).await?;
    println!("over UDP: {}", String::from_utf8_lossy(&answer[..length]).trim_end());
    Ok(())
}
