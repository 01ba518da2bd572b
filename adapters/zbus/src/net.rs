//! Connections to a bus.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;

use anyrt_facade::Backend;
use anyrt_facade::generic::backend::runtime_gone;
use anyrt_facade::generic::net::{TcpStream, UnixStream};
use anyrt_facade::time::Duration;
use zbus::runtime::IoSource;

/// How long to wait for a listener with no room for one more connection, of which the system tells nobody.
const UNTIL_ACCEPTED: Duration = Duration::from_millis(20);

pub(crate) async fn connect_tcp<R: Backend>(
    runtime: &R,
    address: SocketAddr,
) -> io::Result<IoSource> {
    let stream = TcpStream::connect_on(runtime, address).await?;
    Ok(OwnedFd::from(stream.into_std()?).into())
}

pub(crate) async fn connect_unix<R: Backend>(runtime: &R, path: &Path) -> io::Result<IoSource> {
    loop {
        match UnixStream::connect_on(runtime, path).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let deadline = runtime.now() + UNTIL_ACCEPTED;
                runtime.sleep_until(deadline).await;
                // The system refuses before there is anything to register, and so does not find the runtime gone.
                // A sleep does, and is ready at once (R6): without this the attempts would never end.
                if runtime.now() < deadline {
                    return Err(runtime_gone());
                }
            }
            stream => return Ok(OwnedFd::from(stream?.into_std()?).into()),
        }
    }
}
