//! A server for Redis's clients, as one is written by hand on tokio: `GET`, `SET` and `PING`, at the address that it prints.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

type Values = Arc<Mutex<HashMap<Bytes, Bytes>>>;

const CONNECTIONS: usize = 4096;

#[tokio::main(worker_threads = 2)]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let (values, limit) = (Values::default(), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let permit = limit.clone().acquire_owned().await.expect("nobody closes it");
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let values = values.clone();
        tokio::spawn(async move {
            // The peer sees the end of the connection, whatever the reason.
            let _ = serve(stream, &values).await;
            drop(permit);
        });
    }
}

async fn serve(stream: TcpStream, values: &Values) -> io::Result<()> {
    let mut stream = BufWriter::new(stream);
    let mut received = BytesMut::with_capacity(4096);
    loop {
        while let Some(command) = parse(&mut received)? {
            answer(&mut stream, &command, values).await?;
        }
        stream.flush().await?;
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

async fn answer(
    stream: &mut BufWriter<TcpStream>,
    command: &[Bytes],
    values: &Values,
) -> io::Result<()> {
    match command {
        [name] if name.eq_ignore_ascii_case(b"PING") => stream.write_all(b"+PONG\r\n").await,
        [name, key] if name.eq_ignore_ascii_case(b"GET") => {
            let value = values.lock().unwrap().get(key).cloned();
            let Some(value) = value else {
                return stream.write_all(b"$-1\r\n").await;
            };
            stream.write_all(format!("${}\r\n", value.len()).as_bytes()).await?;
            stream.write_all(&value).await?;
            stream.write_all(b"\r\n").await
        }
        [name, key, value] if name.eq_ignore_ascii_case(b"SET") => {
            values.lock().unwrap().insert(key.clone(), value.clone());
            stream.write_all(b"+OK\r\n").await
        }
        _ => stream.write_all(b"-ERR unknown command\r\n").await,
    }
}

/// The parts of the first command in `received`, which loses them; `None` while some of it is missing.
fn parse(received: &mut BytesMut) -> io::Result<Option<Vec<Bytes>>> {
    let mut rest = &received[..];
    let Some(parts) = number(&mut rest, b'*')? else {
        return Ok(None);
    };
    let mut ranges = Vec::new();
    for _ in 0..parts {
        let Some(length) = number(&mut rest, b'$')? else {
            return Ok(None);
        };
        let start = received.len() - rest.len();
        if rest.len() < length + 2 {
            return Ok(None);
        }
        rest.advance(length + 2);
        ranges.push(start..start + length);
    }
    let length = received.len() - rest.len();
    let command = received.split_to(length).freeze();
    Ok(Some(ranges.into_iter().map(|range| command.slice(range)).collect()))
}

/// The number of the line that `rest` begins with, which is passed over; `None` while that has no end.
fn number(rest: &mut &[u8], kind: u8) -> io::Result<Option<usize>> {
    let Some(end) = rest.windows(2).position(|bytes| bytes == b"\r\n") else {
        return Ok(None);
    };
    let (line, others) = rest.split_at(end);
    let digits = line.strip_prefix(&[kind]).and_then(|digits| str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|&number| number < 1 << 20);
    *rest = &others[2..];
    number.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
