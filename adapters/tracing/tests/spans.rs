//! Tasks have spans, on every backend: seen by a subscriber that notes all that it is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::future::pending;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use anyrt::task::{Builder, LocalSet, yield_now};
use anyrt::{Runtime, observe};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber, info, info_span};
use tracing_core::span::Current;

macro_rules! on_all {
    ($($name:ident;)+) => {$(
        mod $name {
            #[test]
            fn native() {
                super::run("native", super::$name);
            }

            #[test]
            fn tokio() {
                super::run("tokio", super::$name);
            }

            #[test]
            fn smol() {
                super::run("smol", super::$name);
            }

            #[test]
            fn async_std() {
                super::run("async-std", super::$name);
            }
        }
    )+};
}

on_all! {
    a_task_has_a_span_within_that_of_its_spawner;
    closures_and_local_tasks_have_spans;
    the_span_is_entered_during_polls_alone;
    it_is_closed_when_the_task_has_ended;
    without_spans_for_tasks_the_current_one_is_carried;
    a_task_that_carries_nothing_is_not_observed;
}

/// What the subscriber was told; a process has one.
#[derive(Default)]
struct Notes {
    last: AtomicU64,
    spans: Mutex<BTreeMap<u64, Noted>>,
    /// The texts of events, and the spans that they are in.
    events: Mutex<Vec<(String, Option<u64>)>>,
    refuses_tasks: AtomicBool,
}

#[derive(Clone, Debug, Default)]
struct Noted {
    metadata: Option<&'static Metadata<'static>>,
    name: &'static str,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    owners: usize,
    entered: usize,
    is_open: bool,
}

thread_local! {
    static ENTERED: RefCell<Vec<(u64, &'static Metadata<'static>)>> = const { RefCell::new(Vec::new()) };
}

struct Subscribed(Arc<Notes>);

impl Visit for Noted {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

impl Notes {
    fn change<T>(&self, id: &Id, change: impl FnOnce(&mut Noted) -> T) -> T {
        change(lock(&self.spans).get_mut(&id.into_u64()).expect("there is such a span"))
    }

    fn span(&self, id: u64) -> Noted {
        lock(&self.spans)[&id].clone()
    }

    /// The span that an event is in.
    fn span_of(&self, event: &str) -> Option<Noted> {
        let events = lock(&self.events);
        let mut found = events.iter().filter(|(text, _)| text == event);
        let (_, span) = found.next().unwrap_or_else(|| panic!("there is no event {event}"));
        assert!(found.next().is_none(), "there are two events {event}");
        span.map(|id| self.span(id))
    }
}

impl Subscriber for Subscribed {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() != "runtime.spawn" || !self.0.refuses_tasks.load(SeqCst)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let current = ENTERED.with_borrow(|entered| entered.last().map(|(id, _)| *id));
        let parent = attributes.parent().map(Id::into_u64);
        let mut noted = Noted {
            metadata: Some(attributes.metadata()),
            name: attributes.metadata().name(),
            parent: parent.or(current.filter(|_| attributes.is_contextual())),
            owners: 1,
            is_open: true,
            ..Noted::default()
        };
        attributes.record(&mut noted);
        let id = self.0.last.fetch_add(1, SeqCst) + 1;
        lock(&self.0.spans).insert(id, noted);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.change(span, |noted| values.record(noted));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut noted = Noted::default();
        event.record(&mut noted);
        let span = ENTERED.with_borrow(|entered| entered.last().map(|(id, _)| *id));
        lock(&self.0.events).push((noted.fields.remove("message").unwrap_or_default(), span));
    }

    fn enter(&self, span: &Id) {
        self.0.change(span, |noted| noted.entered += 1);
        let metadata = self.0.span(span.into_u64()).metadata.expect("it was made");
        ENTERED.with_borrow_mut(|entered| entered.push((span.into_u64(), metadata)));
    }

    fn exit(&self, span: &Id) {
        let left = ENTERED.with_borrow_mut(|entered| entered.pop().map(|(id, _)| id));
        assert_eq!(left, Some(span.into_u64()), "spans are left in another order");
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.0.change(span, |noted| noted.owners += 1);
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        self.0.change(&span, |noted| {
            noted.owners -= 1;
            noted.is_open = noted.owners > 0;
            !noted.is_open
        })
    }

    fn current_span(&self) -> Current {
        ENTERED.with_borrow(|entered| match entered.last() {
            Some((id, metadata)) => Current::new(Id::from_u64(*id), metadata),
            None => Current::none(),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(backend: &str, test: impl FnOnce(&Runtime, &Notes)) {
    static TURN: Mutex<()> = Mutex::new(());
    static SUBSCRIBE: Once = Once::new();
    static NOTES: Mutex<Option<Arc<Notes>>> = Mutex::new(None);

    struct Uninstall;

    impl Drop for Uninstall {
        fn drop(&mut self) {
            observe::uninstall();
        }
    }

    let _turn = lock(&TURN);
    SUBSCRIBE.call_once(|| {
        let notes = Arc::<Notes>::default();
        tracing::subscriber::set_global_default(Subscribed(Arc::clone(&notes))).unwrap();
        *lock(&NOTES) = Some(notes);
    });
    let notes = Arc::clone(lock(&NOTES).as_ref().unwrap());
    lock(&notes.events).clear();
    notes.refuses_tasks.store(false, SeqCst);
    let runtime = anyrt::Builder::new().backend(backend).build().unwrap();
    anyrt_tracing::install(Level::INFO);
    let _uninstall = Uninstall;
    test(&runtime, &notes);
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(lock(&self.events).iter()).finish()
    }
}

fn a_task_has_a_span_within_that_of_its_spawner(runtime: &Runtime, notes: &Notes) {
    let request = info_span!("request").entered();
    let task = Builder::new().name("query").spawn_on(runtime.handle(), async {
        info!("first");
        yield_now().await;
        anyrt::spawn(async { info!("nested") }).await.unwrap();
        info!("last");
    });
    let line = line!() - 6;
    drop(request);
    let id = task.id();
    runtime.block_on(task).unwrap();

    let span = notes.span_of("first").unwrap();
    assert_eq!(span.name, "runtime.spawn");
    let expected = [
        ("kind", "task".to_owned()),
        ("loc.file", file!().to_owned()),
        ("loc.line", line.to_string()),
        ("task.id", id.to_string()),
        ("task.name", "query".to_owned()),
    ];
    for (name, value) in expected {
        assert_eq!(span.fields.get(name), Some(&value), "{name}");
    }
    assert_eq!(notes.span(span.parent.unwrap()).name, "request");
    assert_eq!(notes.span_of("last").unwrap().fields, span.fields);
    let nested = notes.span_of("nested").unwrap();
    assert_eq!(notes.span(nested.parent.unwrap()).fields, span.fields);
}

fn closures_and_local_tasks_have_spans(runtime: &Runtime, notes: &Notes) {
    runtime.block_on(async {
        anyrt::spawn_blocking(|| info!("closure")).await.unwrap();
        let local = LocalSet::new();
        let task = local.spawn_local(async { info!("local") });
        local.run_until(task).await.unwrap();
    });
    assert_eq!(notes.span_of("closure").unwrap().fields["kind"], "blocking");
    assert_eq!(notes.span_of("local").unwrap().fields["kind"], "local");
}

/// What a thread does between two polls of a task is not in its span; that the pairs are right the subscriber asserts.
fn the_span_is_entered_during_polls_alone(runtime: &Runtime, notes: &Notes) {
    let tasks = ["one", "other"].map(|name| {
        Builder::new().name(name).spawn_on(runtime.handle(), async move {
            for step in 0..100 {
                info!("{name} {step}");
                yield_now().await;
            }
        })
    });
    runtime.block_on(async {
        info!("outside");
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert!(notes.span_of("outside").is_none());
    for name in ["one", "other"] {
        for step in 0..100 {
            let span = notes.span_of(&format!("{name} {step}")).unwrap();
            assert_eq!((span.fields["task.name"].as_str(), span.entered), (name, 101));
        }
    }
}

fn it_is_closed_when_the_task_has_ended(runtime: &Runtime, notes: &Notes) {
    let completes = runtime.spawn(async { info!("completes") });
    let panics = runtime.spawn(async {
        info!("panics");
        resume_unwind(Box::new(()));
    });
    let (tell, told) = std::sync::mpsc::channel();
    let aborted = runtime.spawn(async move {
        info!("aborted");
        tell.send(()).unwrap();
        pending::<()>().await;
    });
    told.recv().unwrap();
    assert!(notes.span_of("aborted").unwrap().is_open);
    aborted.abort();
    runtime.block_on(async {
        completes.await.unwrap();
        panics.await.unwrap_err();
        aborted.await.unwrap_err();
    });
    for event in ["completes", "panics", "aborted"] {
        // Whoever is told the end may hold the span a moment longer than the join.
        while notes.span_of(event).unwrap().is_open {
            std::thread::yield_now();
        }
    }
    let panicked = |event| notes.span_of(event).unwrap().fields.get("panicked").cloned();
    assert_eq!(["completes", "panics", "aborted"].map(panicked), [None, Some("true".into()), None]);
}

fn without_spans_for_tasks_the_current_one_is_carried(runtime: &Runtime, notes: &Notes) {
    notes.refuses_tasks.store(true, SeqCst);
    let request = info_span!("request").entered();
    let task = runtime.spawn(async {
        info!("first");
        yield_now().await;
        anyrt::spawn(async { info!("nested") }).await.unwrap();
    });
    drop(request);
    runtime.block_on(task).unwrap();
    for event in ["first", "nested"] {
        assert_eq!(notes.span_of(event).unwrap().name, "request");
    }
    // Its owners are the tasks, which have ended.
    while notes.span_of("first").unwrap().is_open {
        std::thread::yield_now();
    }
}

fn a_task_that_carries_nothing_is_not_observed(runtime: &Runtime, notes: &Notes) {
    notes.refuses_tasks.store(true, SeqCst);
    let before = notes.last.load(SeqCst);
    runtime.block_on(runtime.spawn(async { info!("alone") })).unwrap();
    assert!(notes.span_of("alone").is_none());
    assert_eq!(notes.last.load(SeqCst), before);
}
