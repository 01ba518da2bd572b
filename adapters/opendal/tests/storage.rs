//! opendal's concurrent operations on every backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anyrt::{BlockOn, Config, Launch, adapters};
use anyrt_opendal::Executor;
use futures_util::future::poll_immediate;
use opendal_core::raw::BoxedStaticFuture;
use opendal_core::{Execute, OperationContext, Operator, services};

const LENGTH: usize = 100_000;
const PARTS: usize = 20;

fn operator(executor: impl Execute) -> Operator {
    let context = OperationContext::new().with_executor(opendal_core::Executor::with(executor));
    Operator::new(services::Memory::default()).unwrap().with_context(context)
}

fn contents() -> Vec<u8> {
    (0..LENGTH).map(|at| (at % 251) as u8).collect()
}

async fn read_in_parts(operator: &Operator) {
    operator.write("numbers", contents()).await.unwrap();
    let read = operator.read_with("numbers").chunk(LENGTH / PARTS).concurrent(4).await.unwrap();
    assert_eq!(read.to_vec(), contents());
}

/// Counts what goes to the executor.
struct Counting(Executor, Arc<AtomicUsize>);

impl Execute for Counting {
    fn execute(&self, future: BoxedStaticFuture<()>) {
        self.1.fetch_add(1, SeqCst);
        self.0.execute(future);
    }
}

#[anyrt::test(all)]
async fn the_parts_of_a_read_are_tasks() {
    let tasks = Arc::<AtomicUsize>::default();
    let operator = operator(Counting(Executor::current(), Arc::clone(&tasks)));
    read_in_parts(&operator).await;
    assert_eq!(tasks.load(SeqCst), PARTS);
}

#[anyrt::test(all)]
async fn a_read_that_is_given_up_harms_no_other() {
    let operator = operator(Executor::current());
    for _ in 0..20 {
        let _ = poll_immediate(read_in_parts(&operator)).await;
    }
    read_in_parts(&operator).await;
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>()
where
    L::Handle: BlockOn,
{
    let runtime = L::start(&Config::default()).unwrap();
    let operator = operator(Executor::new(runtime.handle().clone()));
    runtime.handle().block_on(read_in_parts(&operator));
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
