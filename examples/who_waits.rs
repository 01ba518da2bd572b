//! Who waits, and for what: prints each task of a program with the place where it was spawned.
//!
//! An observer keeps a list of the tasks that live, and what each has told in its last poll. That is what a
//! signal handler, a page for debugging or a watchdog would print of a server that hangs.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;
use std::{io, mem};

use anyrt::net::{TcpListener, TcpStream};
use anyrt::observe::{self, End, Observer, TaskObserver, Wait};
use anyrt::task::{Builder, Id, Kind, Meta};
use anyrt::time;

#[anyrt::main]
async fn main() -> io::Result<()> {
    let tasks = Arc::new(Tasks::default());
    observe::install(Arc::clone(&tasks) as Arc<dyn Observer>);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let hour = Duration::from_secs(3600);

    Builder::new().name("accept").spawn(async move {
        let (_first, _) = listener.accept().await?;
        listener.accept().await
    });
    Builder::new().name("read").spawn(async move {
        let stream = TcpStream::connect(address).await?;
        time::timeout(hour, stream.read(&mut [0; 64])).await?
    });
    let sleeper = Builder::new().name("sleep").spawn(time::sleep(hour));
    Builder::new().name("join").spawn(sleeper);
    let (release, is_released) = std::sync::mpsc::channel::<()>();
    Builder::new().name("closure").spawn_blocking(move || is_released.recv());
    anyrt::spawn(async { println!("a task that has ended is not on the list") }).await?;

    let table = loop {
        match tasks.table(4) {
            Some(table) => break table,
            None => time::sleep(Duration::from_millis(1)).await,
        }
    };
    print!("{table}");
    drop(release);
    Ok(())
}

/// The tasks that live.
#[derive(Default)]
struct Tasks(Mutex<Vec<Weak<Task>>>);

struct Task {
    name: String,
    kind: Kind,
    place: String,
    id: OnceLock<Id>,
    polls: AtomicU32,
    waits: Mutex<Vec<String>>,
}

impl Tasks {
    fn live(&self) -> Vec<Arc<Task>> {
        let mut tasks = lock(&self.0);
        tasks.retain(|task| task.strong_count() > 0);
        tasks.iter().filter_map(Weak::upgrade).collect()
    }

    /// The tasks, if so many of them say what they wait for: one that is being polled does not.
    fn table(&self, waiting: usize) -> Option<String> {
        let mut table =
            format!("{:8} {:28} {:>4} {:>5}  waits for\n", "task", "spawned at", "id", "polls");
        let mut found = 0;
        for task in self.live() {
            let id = task.id.get().map_or_else(String::new, Id::to_string);
            let mut waits = lock(&task.waits).join(", or ");
            found += usize::from(!waits.is_empty());
            if task.kind == Kind::Closure {
                waits.push_str("(a closure has a thread)");
            }
            let polls = task.polls.load(Relaxed);
            table += &format!("{:8} {:28} {id:>4} {polls:>5}  {waits}\n", task.name, task.place);
        }
        (found >= waiting).then_some(table)
    }
}

impl Observer for Tasks {
    fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        let task = Arc::new(Task {
            name: task.name.unwrap_or("-").to_owned(),
            kind: task.kind,
            place: format!("{}:{}", task.location.file(), task.location.line()),
            id: OnceLock::new(),
            polls: AtomicU32::new(0),
            waits: Mutex::default(),
        });
        lock(&self.0).push(Arc::downgrade(&task));
        Some(task)
    }
}

impl TaskObserver for Task {
    fn identified(&self, id: Id) {
        let _ = self.id.set(id);
    }

    fn poll_begins(&self) {
        self.polls.fetch_add(1, Relaxed);
        drop(mem::take(&mut *lock(&self.waits)));
    }

    fn waits_for(&self, wait: &Wait<'_>) {
        let wait = match wait {
            Wait::Sleep { deadline, .. } => {
                let left = deadline.saturating_duration_since(time::now());
                format!("{} s to pass", left.as_secs_f32().round())
            }
            Wait::Io { interest, source, .. } => format!("{interest:?} {source:?}"),
            Wait::Join { id, .. } => format!("task {id}"),
            other => format!("{other:?}"),
        };
        lock(&self.waits).push(wait);
    }

    fn ended(&self, end: End) {
        if end == End::Panicked {
            println!("{} at {} panicked", self.name, self.place);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
