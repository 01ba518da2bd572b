//! Benchmarks on every backend.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyrt::{BlockOn, Builder, Config, Launch, adapters};
use anyrt_criterion::Executor;
use criterion::Criterion;

/// Few and short ones, whose figures go where cargo builds.
fn criterion() -> Criterion {
    Criterion::default()
        .without_plots()
        .output_directory(env!("CARGO_TARGET_TMPDIR").as_ref())
        .sample_size(10)
        .nresamples(1001)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(10))
}

#[test]
fn what_is_measured_runs_in_the_runtime_on_every_backend() {
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        let executor = Executor::new(runtime.handle().clone());
        let (iterations, inside) = (Cell::new(0_u64), runtime.handle().clone());
        criterion().bench_function(&format!("spawn on {backend}"), |bencher| {
            bencher.to_async(&executor).iter(|| async {
                iterations.set(iterations.get() + 1);
                assert_eq!(anyrt::Handle::current(), inside);
                anyrt::spawn(async {}).await.unwrap();
            });
        });
        assert!(iterations.get() >= 10, "on {backend}: {}", iterations.get());
    }
}

#[test]
fn what_a_benchmark_takes_of_time_is_measured() {
    const NAP: Duration = Duration::from_millis(1);

    let runtime = Builder::new().build().unwrap();
    let executor = Executor::new(runtime.handle().clone());
    // Its futures need not be `Send`.
    let shortest = Rc::new(Cell::new(Duration::MAX));
    criterion().bench_function("sleep", |bencher| {
        bencher.to_async(&executor).iter_custom(|iterations| {
            let shortest = Rc::clone(&shortest);
            async move {
                let start = Instant::now();
                for _ in 0..iterations {
                    anyrt::time::sleep(NAP).await;
                }
                let taken = start.elapsed();
                shortest.set(shortest.get().min(taken / u32::try_from(iterations).unwrap()));
                taken
            }
        });
    });
    assert!(shortest.get() >= NAP && shortest.get() < Duration::MAX);
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>()
where
    L::Handle: BlockOn,
{
    let runtime = L::start(&Config::default()).unwrap();
    let iterations = Cell::new(0_u64);
    criterion().bench_function("nothing", |bencher| {
        let executor = Executor::new(runtime.handle().clone());
        bencher.to_async(executor).iter(|| async { iterations.set(iterations.get() + 1) });
    });
    assert!(iterations.get() >= 10);
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
