//! The protocol of tokio-console, as its terminal speaks it: tasks of each backend, by their names, places and polls.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;
use std::{io, thread};

use anyrt::Builder;
use anyrt::task::{self, yield_now};
use console_api::field::Value;
use console_api::instrument::instrument_client::InstrumentClient;
use console_api::instrument::{InstrumentRequest, Update};
use console_api::tasks::Task;
use console_subscriber::ConsoleLayer;
use futures::channel::oneshot;
use tracing::Level;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

const BACKENDS: [&str; 4] = ["native", "smol", "async-std", "tokio"];

/// How often each task yields.
const TURNS: u64 = 3;

#[test]
fn tasks_of_every_backend_are_shown() {
    let address = serve().unwrap();
    anyrt_tracing::install(Level::TRACE);
    let (threads, ends): (Vec<_>, Vec<_>) = BACKENDS.map(start).into_iter().unzip();

    let mut shown = Shown::default();
    watch(address, |update| {
        shown.add(update);
        BACKENDS.iter().all(|backend| shown.polls(backend) > TURNS)
    });
    for backend in BACKENDS {
        let task = shown.task(backend).unwrap();
        let file = task.location.as_ref().and_then(|location| location.file.as_deref());
        assert!(file.is_some_and(|file| file.ends_with("console.rs")), "{backend}: {file:?}");
        assert!(!shown.has_ended(backend), "{backend}");
    }

    ends.into_iter().for_each(|end| end.send(()).unwrap());
    watch(address, |update| {
        shown.add(update);
        BACKENDS.iter().all(|backend| shown.has_ended(backend))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A thread in the `block_on` of a backend, whose task yields and then waits for the sender.
fn start(backend: &'static str) -> (thread::JoinHandle<()>, oneshot::Sender<()>) {
    let (end, has_ended) = oneshot::channel();
    let task = async move {
        for _ in 0..TURNS {
            yield_now().await;
        }
        let _ = has_ended.await;
    };
    let run = move || {
        let runtime = Builder::new().backend(backend).build().unwrap();
        let task = async { task::Builder::new().name(&name_of(backend)).spawn(task).await };
        runtime.block_on(task).unwrap();
    };
    (thread::spawn(run), end)
}

fn name_of(backend: &str) -> String {
    format!("shown-on-{backend}")
}

/// What console-subscriber serves from a thread of its own.
fn serve() -> io::Result<SocketAddr> {
    // Whatever is free now.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let builder = ConsoleLayer::builder().server_addr(address);
    let (layer, server) = builder.publish_interval(Duration::from_millis(20)).build();
    tracing::subscriber::set_global_default(registry().with(layer)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || runtime.block_on(server.serve()).unwrap());
    Ok(address)
}

/// Takes updates until one of them is the last that is wanted.
fn watch(address: SocketAddr, mut is_last: impl FnMut(Update) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = format!("http://{address}");
        let mut client = loop {
            match InstrumentClient::connect(address.clone()).await {
                Ok(client) => break client,
                // The server's thread has not come so far.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        let mut updates = client.watch_updates(InstrumentRequest {}).await.unwrap().into_inner();
        while let Some(update) = updates.message().await.unwrap() {
            if is_last(update) {
                return;
            }
        }
        panic!("the server has ended");
    });
}

/// What the updates have told so far.
#[derive(Default)]
struct Shown {
    tasks: HashMap<u64, Task>,
    polls: HashMap<u64, u64>,
    ended: HashSet<u64>,
}

impl Shown {
    fn add(&mut self, update: Update) {
        let Some(update) = update.task_update else { return };
        let id = |task: &Task| task.id.as_ref().map(|id| id.id);
        self.tasks.extend(update.new_tasks.into_iter().filter_map(|task| Some((id(&task)?, task))));
        for (id, stats) in update.stats_update {
            self.polls.extend(stats.poll_stats.map(|polls| (id, polls.polls)));
            self.ended.extend(stats.dropped_at.map(|_| id));
        }
    }

    fn task(&self, backend: &str) -> Option<&Task> {
        let name = name_of(backend);
        let is_name = |value: &Value| match value {
            Value::DebugVal(text) | Value::StrVal(text) => *text == name,
            _ => false,
        };
        let is_named = |task: &&Task| {
            task.fields.iter().any(|field| field.value.as_ref().is_some_and(is_name))
        };
        self.tasks.values().find(is_named)
    }

    fn id(&self, backend: &str) -> Option<u64> {
        Some(self.task(backend)?.id.as_ref()?.id)
    }

    fn polls(&self, backend: &str) -> u64 {
        self.id(backend).and_then(|id| self.polls.get(&id).copied()).unwrap_or(0)
    }

    fn has_ended(&self, backend: &str) -> bool {
        self.id(backend).is_some_and(|id| self.ended.contains(&id))
    }
}
