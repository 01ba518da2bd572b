//! An echo server, and a client that talks to it, on a runtime without anything else.
//!
//! `cargo run -p anyrt-native --example tcp_echo`

use std::io;
use std::time::Duration;

use anyrt_native::net::{TcpListener, TcpStream};
use anyrt_native::{BlockOn, Builder, Handle, Launch, Spawn, Timer};

async fn serve(handle: Handle, listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        handle.spawn(async move {
            let mut buffer = [0; 1024];
            loop {
                match stream.read(&mut buffer).await? {
                    0 => return Ok::<_, io::Error>(()),
                    read => stream.write_all(&buffer[..read]).await?,
                }
            }
        });
    }
}

fn main() -> io::Result<()> {
    let runtime = Builder::new().worker_threads(2).thread_name("echo").build()?;
    let handle = runtime.handle();
    handle.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        // Ends with the runtime.
        drop(handle.spawn(serve(handle.clone(), listener)));

        let stream = TcpStream::connect(address).await?;
        for word in ["one", "two", "three"] {
            stream.write_all(word.as_bytes()).await?;
            let mut answer = vec![0; word.len()];
            stream.read_exact(&mut answer).await?;
            println!("{}", String::from_utf8_lossy(&answer));
            handle.sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    })
}
