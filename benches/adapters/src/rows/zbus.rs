//! Calls by a bus, which is a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;

use crate::contestant::{Contestant, Row, on_each, on_tokio};

/// `None` where there is no bus.
pub(super) fn row() -> Option<Row> {
    let bus = Arc::new(Bus::start()?);
    let (own, for_own) = (on_tokio(), Arc::clone(&bus));
    let connection = own.block_on(async { for_own.builder().build().await.unwrap() });
    Some(Row {
        name: "zbus",
        operation: "a call that the bus answers",
        theirs: Contestant::new("zbus' own on tokio", move |n| {
            let _kept = &for_own;
            own.block_on(own.spawn(call(connection.clone(), n))).unwrap();
        }),
        ours: on_each(|runtime| {
            let bus = Arc::clone(&bus);
            let for_bus = anyrt_zbus::Runtime::new(runtime.handle().clone());
            let connection = bus.builder().runtime(for_bus).build();
            let connection = runtime.block_on(connection).unwrap();
            move |n| {
                let _kept = &bus;
                runtime.block_on(runtime.spawn(call(connection.clone(), n))).unwrap();
            }
        }),
    })
}

async fn call(connection: Connection, times: usize) {
    let proxy = DBusProxy::new(&connection).await.unwrap();
    for _ in 0..times {
        proxy.get_id().await.unwrap();
    }
}

struct Bus {
    process: Child,
    address: String,
}

impl Bus {
    fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address"]);
        let Ok(mut process) = command.stdout(Stdio::piped()).spawn() else {
            eprintln!("zbus is left out: dbus-daemon is not installed");
            return None;
        };
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { process, address: address.trim().to_owned() })
    }

    fn builder(&self) -> Builder<'static> {
        Builder::address(self.address.as_str())
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
