//! What operations are made through: the facade, or the adapter of one backend.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use anyrt::{Backend, BlockOn, Builder, Current, Launch};
use anyrt_core::{Config, JoinHandle, Sleep};
use futures::executor;

use crate::{Operation, Run, operations};

/// The functions that find the runtime around them.
pub(crate) trait Layer: 'static {
    type Handle: Backend + BlockOn + Current;

    fn spawn<F>(future: F) -> impl JoinHandle<F::Output> + Send
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    fn sleep(duration: Duration) -> impl Sleep;
}

struct Facade;

impl Layer for Facade {
    type Handle = anyrt::Handle;

    #[inline(always)]
    fn spawn<F>(future: F) -> impl JoinHandle<F::Output> + Send
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        anyrt::spawn(future)
    }

    #[inline(always)]
    fn sleep(duration: Duration) -> impl Sleep {
        anyrt::time::sleep(duration)
    }
}

struct Adapter<R>(PhantomData<R>);

impl<R: Backend + BlockOn + Current> Layer for Adapter<R> {
    type Handle = R;

    #[inline(always)]
    fn spawn<F>(future: F) -> impl JoinHandle<F::Output> + Send
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        R::here().unwrap().spawn(future)
    }

    #[inline(always)]
    fn sleep(duration: Duration) -> impl Sleep {
        R::here().unwrap().sleep(duration)
    }
}

/// The adapters that are compiled.
pub(crate) const ADAPTERS: &[(&str, Run)] = &[
    #[cfg(feature = "tokio")]
    ("tokio", adapter::<anyrt::adapters::tokio::Runtime>),
    #[cfg(feature = "smol")]
    ("smol", adapter::<anyrt::adapters::smol::Runtime>),
    #[cfg(feature = "native")]
    ("native", adapter::<anyrt::adapters::native::Runtime>),
];

fn adapter<R: Launch<Handle: Backend + BlockOn + Current>>(operation: Operation, count: u64) {
    let runtime = R::start(&Config::default().current_thread()).unwrap();
    run::<Adapter<R::Handle>>(runtime.handle(), operation, count);
}

pub(crate) fn facade(runtime: &str, operation: Operation, count: u64) {
    let builder = Builder::new().backend(runtime);
    let builder = match runtime {
        // It has threads of its own.
        "async-std" => builder,
        _ => builder.current_thread(),
    };
    run::<Facade>(builder.build().unwrap().handle(), operation, count);
}

fn run<L: Layer>(runtime: &L::Handle, operation: Operation, count: u64) {
    match operation {
        Operation::BlockOn => operations::block_on(runtime, count),
        Operation::EchoOutside => {
            let _inside = runtime.enter();
            executor::block_on(operations::repeat::<L>(operation, count));
        }
        _ => {
            // Boxed, so that a poll of it is a call whether or not the compiler would have made it one.
            let all: Pin<Box<dyn Future<Output = ()> + Send>> =
                Box::pin(operations::repeat::<L>(operation, count));
            runtime.block_on(async { L::spawn(all).await.unwrap() });
        }
    }
}
