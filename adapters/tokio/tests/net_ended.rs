//! Sockets are made, and children started, in a runtime that has ended.

use std::future::Future;
use std::io;
use std::os::unix::net;
use std::process::Stdio;

use tokio::net::unix::pipe;
use tokio::net::{
    TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
    lookup_host,
};
use tokio::process::{ChildStdout, Command};
use tokio::runtime::{Builder, Handle, is_rt_shutdown_err};

fn ended() -> Handle {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.handle().clone()
}

fn is_told<T>(made: impl Future<Output = io::Result<T>>) {
    let Err(error) = ended().block_on(made) else { panic!("nothing is told") };
    assert!(is_rt_shutdown_err(&error), "{error:?}");
    assert_eq!(error.kind(), io::ErrorKind::Other);
    let text = "A Tokio 1.x context was found, but it is being shutdown.";
    assert_eq!(error.get_ref().unwrap().to_string(), text);
}

#[test]
fn it_is_told() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name| folder.path().join(name);
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    is_told(TcpListener::bind("127.0.0.1:0"));
    is_told(TcpStream::connect(address));
    is_told(async { TcpSocket::new_v4()?.connect(address).await });
    is_told(UdpSocket::bind("127.0.0.1:0"));
    is_told(async { UnixListener::bind(path("listener")) });
    let _listener = net::UnixListener::bind(path("other"))?;
    is_told(UnixStream::connect(path("other")));
    is_told(async { UnixStream::pair() });
    is_told(async { UnixDatagram::bind(path("datagram")) });
    is_told(async { UnixDatagram::pair() });
    is_told(async { UnixDatagram::unbound() });
    is_told(async { pipe::pipe() });
    listener.set_nonblocking(true)?;
    is_told(async { TcpListener::from_std(listener) });
    let (one, _other) = net::UnixStream::pair()?;
    one.set_nonblocking(true)?;
    is_told(async { UnixStream::from_std(one) });
    Ok(())
}

#[test]
fn a_name_is_not_looked_up() {
    fn is_cancelled<T>(made: impl Future<Output = io::Result<T>>) {
        let Err(error) = ended().block_on(made) else { panic!("nothing is told") };
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert_eq!(error.to_string(), "task was cancelled");
    }
    is_cancelled(lookup_host("localhost:1"));
    is_cancelled(TcpStream::connect("localhost:1"));
    is_cancelled(UdpSocket::bind("localhost:0"));
}

#[test]
fn it_is_told_of_children() -> io::Result<()> {
    is_told(async { Command::new("true").spawn() });
    is_told(async { Command::new("true").status().await });
    is_told(async { Command::new("true").output().await });
    let mut child = std::process::Command::new("true").stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().unwrap();
    is_told(async { ChildStdout::from_std(stdout) });
    child.wait()?;
    Ok(())
}
