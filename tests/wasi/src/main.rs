//! A program on a backend of one thread: it sleeps, and echoes over TCP. `bash .ci/wasi` runs it on WASI.
#![forbid(unsafe_code)]

mod backend;

use std::io;
use std::net::{self, Ipv4Addr, Shutdown};
use std::time::Duration;

use anyrt_core::net::{TcpListener, TcpStream};
use anyrt_core::{Spawn, Timer};

use crate::backend::Handle;

fn main() -> io::Result<()> {
    let runtime = Handle::default();
    let order = runtime.block_on(sleepers(&runtime))?;
    println!("slept {order:?} ms");
    let echo = runtime.block_on(echo(&runtime, &[b'x'; 100_000]))?;
    println!("{} bytes came back over TCP", echo.len());
    Ok(())
}

/// Sleeps in several tasks, and says in which order they ended.
async fn sleepers<R: Spawn + Timer>(runtime: &R) -> io::Result<Vec<u64>> {
    let (sender, ended) = std::sync::mpsc::channel();
    let sleepers = [30, 10, 20].map(|time| {
        let (runtime, sender) = (runtime.clone(), sender.clone());
        runtime.clone().spawn(async move {
            runtime.sleep(Duration::from_millis(time)).await;
            // Nobody listens if the program was given up.
            let _ = sender.send(time);
        })
    });
    drop(sender);
    for sleeper in sleepers {
        sleeper.await?;
    }
    Ok(ended.iter().collect())
}

/// Sends bytes to a task and reads them from it again. Both wait for each other, because no buffer holds them all.
async fn echo(runtime: &Handle, bytes: &'static [u8]) -> io::Result<Vec<u8>> {
    let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // The system takes the connection before anybody accepts it, so that this one call may block.
    let client = net::TcpStream::connect(listener.local_addr()?)?;
    let listener = TcpListener::from_std_on(runtime, listener)?;
    let client = TcpStream::from_std_on(runtime, client)?;
    let server = runtime.spawn(async move {
        let (stream, _) = listener.accept().await?;
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).await? {
                0 => break stream.shutdown(Shutdown::Write),
                n => stream.write_all(&buffer[..n]).await?,
            }
        }
    });
    let (reader, writer) = client.into_split();
    let writer = runtime.spawn(async move { writer.write_all(bytes).await });
    let mut echo = Vec::new();
    reader.read_to_end(&mut echo).await?;
    writer.await??;
    server.await??;
    Ok(echo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sleeps_less_ends_first() {
        let runtime = Handle::default();
        assert_eq!(runtime.block_on(sleepers(&runtime)).unwrap(), [10, 20, 30]);
    }

    #[test]
    fn what_is_sent_comes_back() {
        let bytes: &[u8] = &[7; 1_000_000];
        let runtime = Handle::default();
        assert!(runtime.block_on(echo(&runtime, bytes)).unwrap() == bytes);
    }
}
