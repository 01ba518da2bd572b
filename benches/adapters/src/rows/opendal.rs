//! A read in parts, which opendal gives to tasks.

use opendal_core::executors::TokioExecutor;
use opendal_core::{Executor, OperationContext, Operator, services};

use crate::contestant::{Contestant, Row, on_each, on_tokio};

/// How large what is read is, and each of its parts.
const LENGTH: usize = 64 << 10;
const PART: usize = 8 << 10;

pub(super) fn row() -> Row {
    let own = on_tokio();
    let operator = own.block_on(storage(Executor::with(TokioExecutor::default())));
    Row {
        name: "opendal",
        operation: "64 KiB that are read from memory by 8 tasks, 4 at a time",
        theirs: Contestant::new("opendal's own on tokio", move |n| {
            own.block_on(own.spawn(read(operator.clone(), n))).unwrap();
        }),
        ours: on_each(|runtime| {
            let executor = anyrt_opendal::Executor::new(runtime.handle().clone());
            let operator = runtime.block_on(storage(Executor::with(executor)));
            move |n| runtime.block_on(runtime.spawn(read(operator.clone(), n))).unwrap()
        }),
    }
}

async fn storage(executor: Executor) -> Operator {
    let operator = Operator::new(services::Memory::default()).unwrap();
    let operator = operator.with_context(OperationContext::new().with_executor(executor));
    operator.write("block", vec![7; LENGTH]).await.unwrap();
    operator
}

async fn read(operator: Operator, times: usize) {
    for _ in 0..times {
        let read = operator.read_with("block").chunk(PART).concurrent(4).await.unwrap();
        assert_eq!(read.len(), LENGTH);
    }
}
