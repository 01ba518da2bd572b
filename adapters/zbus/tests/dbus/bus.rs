//! By a bus, which is a process of its own, where the machine has the program.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyrt_zbus::Runtime;
use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;

use crate::peers::{Greeter, GreeterOfProxy};

struct Bus {
    process: Child,
    address: String,
}

impl Bus {
    /// `None` where there is no such program.
    fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address"]);
        let Ok(mut process) = command.stdout(Stdio::piped()).spawn() else {
            assert!(
                std::env::var_os("ANYRT_PEERS").is_none(),
                "ANYRT_PEERS: dbus-daemon is not installed"
            );
            // Not by `eprintln!`, which the harness keeps to itself.
            let _ = writeln!(io::stderr(), "left out: dbus-daemon is not installed");
            return None;
        };
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { process, address: address.trim().to_owned() })
    }

    fn connection(&self) -> Builder<'_> {
        Builder::address(self.address.as_str()).runtime(Runtime::current())
    }

    async fn connect(&self) -> Connection {
        self.connection().build().await.unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[anyrt::test(all)]
async fn a_service_is_found_by_its_name() {
    let Some(bus) = Bus::start() else { return };
    // Both by the builder, which waits until the task that takes calls is there. One that `object_server` starts may be
    // late, and a call that comes before has no answer.
    let server = bus.connection().serve_at("/", Greeter).name("org.anyrt.Greeter");
    let _server = server.build().await.unwrap();

    let client = bus.connect().await;
    let names = DBusProxy::new(&client).await.unwrap().list_names().await.unwrap();
    assert!(names.iter().any(|name| name.as_str() == "org.anyrt.Greeter"), "{names:?}");
    let greeter = GreeterOfProxy::new(&client).await.unwrap();
    assert_eq!(greeter.greet("Ann").await.unwrap(), "hello Ann");
}

#[anyrt::test(all)]
async fn a_bus_that_dies_is_an_error() {
    let Some(bus) = Bus::start() else { return };
    let client = bus.connect().await;
    let proxy = DBusProxy::new(&client).await.unwrap();
    proxy.list_names().await.unwrap();
    drop(bus);
    assert!(proxy.list_names().await.is_err());
}
