//! What `Handle::custom` passes on of the backend beneath it.
#![cfg(all(unix, feature = "dyn", feature = "tokio"))]

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::Poll;

use anyrt::adapters::tokio::Runtime;
use anyrt::reactor::{AsyncFd, Interest};
use anyrt::time::{SystemTime, system_now};
use anyrt::{Handle, Launch, random, task};
use anyrt_core::Config;
use futures::channel::oneshot;

/// tokio's poll functions don't wait for errors by themselves, and know only that it is some source.
#[test]
fn an_error_that_comes_alone_wakes_whoever_polls() {
    let runtime = Runtime::start(&Config::default()).unwrap();
    let handle = Handle::custom("custom", runtime.handle().clone());
    let deaf = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // It listens to itself only, so that datagrams of others find nobody at its port.
    deaf.connect(deaf.local_addr().unwrap()).unwrap();
    let ours = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    ours.connect(deaf.local_addr().unwrap()).unwrap();
    let fd = Arc::new(AsyncFd::new_on(&handle, ours).unwrap());
    for _ in 0..3 {
        let (tell, told) = oneshot::channel();
        let waiting = Arc::clone(&fd);
        let mut tell = Some(tell);
        let task = handle.spawn(async move {
            let read = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
            let mut wait = pin!(poll_fn(|cx| waiting.poll_io(cx, Interest::Readable, read)));
            poll_fn(move |cx| {
                let poll = wait.as_mut().poll(cx);
                if let Some(tell) = tell.take() {
                    assert!(poll.is_pending());
                    tell.send(()).unwrap();
                }
                poll
            })
            .await
        });
        let result = handle.block_on(async {
            told.await.unwrap();
            fd.get_ref().send(b"anybody?").unwrap();
            task.await.unwrap()
        });
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

mod answers {
    //! tokio's backend, with an answer of its own to what time it is, and to what is left to chance.

    use std::future::Future;
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::task::{Context, Poll};

    use anyrt::adapters::tokio;
    use anyrt::time::{Duration, Instant, SystemTime};
    use anyrt_core::net::{Net, Resolve};
    use anyrt_core::task::Meta;
    use anyrt_core::{BlockOn, Current, Reactor, Source, Spawn, SpawnBlocking, Timer};

    #[derive(Clone, Debug)]
    pub(super) struct Handle {
        pub(super) tokio: tokio::Handle,
        pub(super) numbers: Arc<AtomicU64>,
        pub(super) operations: Arc<AtomicU64>,
    }

    pub(super) const SECONDS: u64 = 123;

    impl Spawn for Handle {
        type JoinHandle<T: Send + 'static> = tokio::JoinHandle<T>;

        fn spawn_task<F>(&self, meta: Meta<'_>, future: F) -> tokio::JoinHandle<F::Output>
        where
            F: Future + Send + 'static,
            F::Output: Send + 'static,
        {
            self.tokio.spawn_task(meta, future)
        }

        fn poll_unconstrained<F: Future>(
            &self,
            future: Pin<&mut F>,
            cx: &mut Context<'_>,
        ) -> Poll<F::Output> {
            self.tokio.poll_unconstrained(future, cx)
        }

        fn poll_proceed<T>(
            &self,
            cx: &mut Context<'_>,
            operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
        ) -> Poll<T> {
            self.operations.fetch_add(1, SeqCst);
            self.tokio.poll_proceed(cx, operation)
        }

        fn random_u64(&self) -> u64 {
            self.numbers.fetch_add(1, SeqCst)
        }
    }

    impl SpawnBlocking for Handle {
        type BlockingHandle<T: Send + 'static> = tokio::JoinHandle<T>;

        fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> tokio::JoinHandle<T>
        where
            F: FnOnce() -> T + Send + 'static,
            T: Send + 'static,
        {
            self.tokio.spawn_closure(meta, closure)
        }
    }

    impl Timer for Handle {
        type Sleep = tokio::Sleep;

        fn now(&self) -> Instant {
            self.tokio.now()
        }

        fn system_now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS)
        }

        fn sleep_until(&self, deadline: Instant) -> tokio::Sleep {
            self.tokio.sleep_until(deadline)
        }
    }

    impl Reactor for Handle {
        type Registration<T: Source> = tokio::Registration<T>;

        fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<tokio::Registration<T>> {
            self.tokio.register_nonblocking(source)
        }
    }

    impl Resolve for Handle {}

    impl Net for Handle {}

    impl BlockOn for Handle {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.tokio.block_on(future)
        }
    }

    impl Current for Handle {
        type Guard<'a> = tokio::EnterGuard<'a>;

        fn enter(&self) -> tokio::EnterGuard<'_> {
            self.tokio.enter()
        }

        fn try_current() -> Option<Self> {
            None
        }
    }
}

#[test]
fn a_backend_says_what_time_it_is_and_what_comes_by_chance() {
    let runtime = Runtime::start(&Config::default()).unwrap();
    let (numbers, operations) = (Arc::new(AtomicU64::new(7)), Arc::new(AtomicU64::new(0)));
    let answers = answers::Handle {
        tokio: runtime.handle().clone(),
        numbers: Arc::clone(&numbers),
        operations: Arc::clone(&operations),
    };
    let handle = Handle::custom("answers", answers);
    let task = handle.spawn(async {
        let seconds = system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(seconds, answers::SECONDS);
        assert_eq!([random::u64(), random::u64()], [7, 8]);
        // One number for each call, however many come of it.
        let mut items: Vec<_> = (0..1000).collect();
        random::shuffle(&mut items);
        random::fill(&mut [0; 1000]);
        assert!(random::f64() < 1.0);
        assert!((5..8).contains(&random::range(5..8)));
        let mut generator = random::generator();
        assert_ne!(generator.u64(), generator.u64());
        assert_eq!(random::u64(), 14);
        for _ in 0..1000 {
            task::consume_budget().await;
        }
        poll_fn(|cx| task::poll_proceed(cx, |_| Poll::Ready(1))).await
    });
    assert_eq!(handle.block_on(task).unwrap(), 1);
    assert_eq!(numbers.load(SeqCst), 15);
    // It was asked again each time that the budget was used up.
    assert!(operations.load(SeqCst) > 1001);

    // Outside of it the system and the thread answer, as no runtime is started for this.
    assert!(system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() > 1_000_000_000);
    random::u64();
    assert_eq!(numbers.load(SeqCst), 15);
    assert!(Handle::try_current().is_none());
    {
        let _inside = handle.enter();
        assert_eq!(random::u64(), 15);
    }
}
