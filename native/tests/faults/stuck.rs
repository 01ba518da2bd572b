//! A task that does not come back from its poll, and everything else that goes on.
//!
//! Each of them spins until the others have done what they do: if they waited for it, nothing would
//! ever end.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use anyrt_native::net::{TcpListener, TcpStream};
use anyrt_native::{BlockOn, Builder, Handle, JoinHandle, Launch, Spawn, Timer, yield_now};
use futures::channel::oneshot;
use futures::executor;

use super::support_faults::{Counter, child, start, wait_until};

/// Without giving anything back to the runtime.
#[track_caller]
fn spin_until(what: &str, is_so: impl Fn() -> bool) {
    wait_until(what, is_so);
}

/// A task spawns so many others, and spins until they have run.
fn spin_until_children_run(runtime: &Handle, children: usize) {
    let (handle, runs) = (runtime.clone(), Counter::default());
    let parent = runtime.spawn(async move {
        for _ in 0..children {
            let runs = runs.clone();
            drop(handle.spawn(async move { runs.add() }));
        }
        spin_until("the children run", || runs.count() == children);
    });
    executor::block_on(parent).unwrap();
}

#[test]
fn a_child_runs_while_its_parent_spins() {
    child(|| {
        for workers in [2, 4] {
            let runtime = start(workers);
            for children in [1, 2, 20] {
                for _ in 0..50 {
                    spin_until_children_run(runtime.handle(), children);
                }
            }
        }
    });
}

#[test]
fn children_run_while_their_parent_spins_and_nobody_sleeps() {
    child(|| {
        let runtime = start(2);
        let is_over = Arc::new(AtomicBool::new(false));
        let busy = {
            let is_over = Arc::clone(&is_over);
            runtime.handle().spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    yield_now().await;
                }
            })
        };
        for children in [1, 2, 20, 200] {
            spin_until_children_run(runtime.handle(), children);
        }
        is_over.store(true, Ordering::Relaxed);
        executor::block_on(busy).unwrap();
    });
}

#[test]
fn tasks_that_were_woken_run_while_the_one_that_woke_them_spins() {
    child(|| {
        let runtime = start(2);
        for woken in [1, 2, 20] {
            for _ in 0..50 {
                let (runs, parked) = (Counter::default(), Counter::default());
                let wakers: Vec<_> = (0..woken)
                    .map(|_| {
                        let (runs, parked) = (runs.clone(), parked.clone());
                        let (wake, is_woken) = oneshot::channel::<()>();
                        drop(runtime.handle().spawn(async move {
                            parked.add();
                            is_woken.await.unwrap();
                            runs.add();
                        }));
                        wake
                    })
                    .collect();
                parked.wait_for(woken);
                let spins = runtime.handle().spawn(async move {
                    for waker in wakers {
                        waker.send(()).unwrap();
                    }
                    spin_until("those that were woken run", || runs.count() == woken);
                });
                executor::block_on(spins).unwrap();
            }
        }
    });
}

#[test]
fn what_a_task_spawns_that_is_awaited_runs_while_it_spins() {
    child(|| {
        let runtime = start(2);
        for _ in 0..100 {
            let handle = runtime.handle().clone();
            let parent = runtime.handle().spawn(async move {
                let inside = handle.clone();
                let inner = handle.spawn(async move {
                    let runs = Counter::default();
                    let counted = runs.clone();
                    let task = inside.spawn(async move { counted.add() });
                    spin_until("the innermost task runs", || runs.count() == 1);
                    task.await.unwrap()
                });
                inner.await.unwrap()
            });
            assert_eq!(executor::block_on(parent).unwrap(), 1);
        }
    });
}

#[test]
fn tasks_run_while_the_future_of_a_block_on_spins() {
    child(|| {
        for workers in [2, 4] {
            let runtime = start(workers);
            let handle = runtime.handle();
            for _ in 0..100 {
                handle.block_on(async {
                    let runs = Counter::default();
                    let counted = runs.clone();
                    let task = handle.spawn(async move { counted.add() });
                    spin_until("the task runs", || runs.count() == 1);
                    task.await.unwrap();
                });
            }
        }
    });
}

/// Sleeps and sends bytes to and fro, each step after the one before.
async fn be_busy(handle: Handle) -> io::Result<()> {
    let listener = TcpListener::bind_on(&handle, "127.0.0.1:0").await?;
    let client = TcpStream::connect_on(&handle, listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    for byte in 0..50 {
        handle.sleep(Duration::from_millis(1)).await;
        let mut buffer = [0];
        let echo = async {
            server.read_exact(&mut [0]).await?;
            server.write_all(&[byte]).await
        };
        let call = async {
            client.write_all(&[byte]).await?;
            client.read_exact(&mut buffer).await
        };
        futures::try_join!(echo, call)?;
        assert_eq!(buffer, [byte]);
    }
    Ok(())
}

/// A task that spins until `until` is set; it sleeps before, so that its worker comes right from the
/// reactor.
fn spawn_spinning(
    handle: &Handle,
    barrier: &Arc<Barrier>,
    until: &Arc<AtomicBool>,
) -> JoinHandle<()> {
    let (inside, barrier, until) = (handle.clone(), Arc::clone(barrier), Arc::clone(until));
    handle.spawn(async move {
        inside.sleep(Duration::from_millis(1)).await;
        barrier.wait();
        spin_until("the others are done", || until.load(Ordering::SeqCst));
    })
}

/// Runs `busy` while all workers but one spin.
fn while_others_spin<F: Future>(workers: usize, busy: impl FnOnce(Handle) -> F) -> F::Output {
    let runtime = Builder::new().worker_threads(workers).build().unwrap();
    let handle = runtime.handle();
    let (barrier, is_over) = (Arc::new(Barrier::new(workers)), Arc::new(AtomicBool::new(false)));
    let spinning: Vec<_> =
        (1..workers).map(|_| spawn_spinning(handle, &barrier, &is_over)).collect();
    barrier.wait();
    let output = executor::block_on(busy(handle.clone()));
    is_over.store(true, Ordering::SeqCst);
    for task in spinning {
        executor::block_on(task).unwrap();
    }
    output
}

#[test]
fn timers_and_sockets_of_tasks_go_on_while_all_workers_but_one_spin() {
    child(|| {
        for workers in [2, 4] {
            for _ in 0..10 {
                while_others_spin(workers, |handle| {
                    let busy = [(); 3].map(|()| handle.spawn(be_busy(handle.clone())));
                    futures::future::join_all(busy)
                })
                .into_iter()
                .for_each(|busy| busy.unwrap().unwrap());
            }
        }
    });
}

#[test]
fn timers_and_sockets_of_other_threads_go_on_while_all_workers_but_one_spin() {
    child(|| {
        for workers in [2, 4] {
            for _ in 0..10 {
                // The one that is left has nothing to do but to look after them.
                while_others_spin(workers, be_busy).unwrap();
            }
        }
    });
}

#[test]
fn timers_and_sockets_in_block_on_go_on_while_all_workers_but_one_spin() {
    child(|| {
        for workers in [2, 4] {
            for _ in 0..10 {
                while_others_spin(workers, async |handle: Handle| {
                    let inside = handle.clone();
                    thread::spawn(move || inside.block_on(be_busy(inside.clone()))).join().unwrap()
                })
                .unwrap();
            }
        }
    });
}

#[test]
fn a_task_that_waits_for_another_runtime_is_no_reason_to_wait_for_it() {
    child(|| {
        let (one, other) = (start(2), start(1));
        let (send, receive) = std::sync::mpsc::channel();
        let stuck = one.handle().spawn(async move { receive.recv().unwrap() });
        let (handle, elsewhere) = (one.handle().clone(), other.handle().clone());
        let task = one.handle().spawn(async move {
            for _ in 0..10 {
                handle.sleep(Duration::from_millis(1)).await;
                elsewhere.spawn(yield_now()).await.unwrap();
            }
            send.send(7).unwrap();
        });
        executor::block_on(task).unwrap();
        assert_eq!(executor::block_on(stuck).unwrap(), 7);
    });
}
