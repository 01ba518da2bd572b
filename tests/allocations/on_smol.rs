//! What smol and its adapter allocate.

use anyrt::adapters::smol::Runtime as Adapter;
use anyrt::{BlockOn, Builder, Launch};
use anyrt_core::Config;
use futures::future::FutureExt;

use crate::*;

fn bare() -> Costs {
    let executor = smol::Executor::new();
    let costs = bare_costs(
        || executor.spawn(async { 1 }),
        || smol::unblock(|| 1).map(|one| assert_eq!(one, 1)),
    );
    smol::block_on(executor.run(costs))
}

fn adapter() -> Costs {
    let config = Config::default().current_thread();
    let runtime = Adapter::start(&config).unwrap();
    runtime.handle().block_on(costs(runtime.handle()))
}

#[test]
fn the_adapter_costs_one_for_each_task_more_than_smol() {
    let _alone = alone();
    assert_one_for_each_task(adapter(), bare());
}

#[test]
fn the_facade_costs_what_the_adapter_costs() {
    let _alone = alone();
    let adapter = adapter();
    let runtime = Builder::new().backend("smol").current_thread().build().unwrap();
    let handle = runtime.handle();
    assert_nothing(runtime.block_on(costs(handle)), adapter);
    let ambient = in_each_round(|| async { anyrt::spawn(async { 1 }).await });
    assert!(runtime.block_on(ambient) <= adapter.spawn);
}

#[cfg(feature = "dyn")]
#[test]
fn a_custom_handle_costs_two_for_each_task_more_than_the_adapter() {
    let _alone = alone();
    let config = Config::default().current_thread();
    let runtime = Adapter::start(&config).unwrap();
    let handle = anyrt::Handle::custom("custom", runtime.handle().clone());
    let (custom, adapter) = (handle.block_on(costs(&handle)).spawn, adapter().spawn);
    assert!(custom <= adapter + 2, "{custom}, adapter {adapter}");
}
