//! Tasks that wake each other over channels that belong to no runtime.

use futures::channel::oneshot;

use super::at_once;
use super::countdown::Countdown;
use crate::measure::{Clock, Cost, Size};
use crate::runtime::Runtime;

/// A message there and one back, over channels for one message.
pub fn ping_pong<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const PAIRS: usize = 1000;
    static LEFT: Countdown = Countdown::new();

    runtime.run(async {
        let clock = Clock::start();
        LEFT.begin(PAIRS);
        for _ in 0..PAIRS {
            R::detach(async {
                let ((ping, pinged), (pong, ponged)) = (oneshot::channel(), oneshot::channel());
                R::detach(async {
                    pinged.await.unwrap();
                    pong.send(()).unwrap();
                });
                ping.send(()).unwrap();
                ponged.await.unwrap();
                LEFT.count();
            });
        }
        LEFT.wait().await;
        clock.each(PAIRS)
    })
}

/// Several producers and one consumer.
pub fn mpsc<R: Runtime>(runtime: &R, _: Size) -> Cost {
    channels(runtime, 1)
}

/// A channel for each worker.
pub fn mpsc_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    channels(runtime, size.workers)
}

fn channels<R: Runtime>(runtime: &R, count: usize) -> Cost {
    const PRODUCERS: usize = 4;
    const EACH: usize = 5000;

    runtime.run(async move {
        let clock = Clock::start();
        let consume = || {
            let (send, receive) = async_channel::bounded(100);
            for _ in 0..PRODUCERS {
                let send = send.clone();
                R::detach(async move {
                    for n in 0..EACH {
                        send.send(n).await.unwrap();
                    }
                });
            }
            async move {
                let mut count = 0;
                while receive.recv().await.is_ok() {
                    count += 1;
                }
                assert_eq!(count, PRODUCERS * EACH);
            }
        };
        at_once::<R, _>(count, consume).await;
        clock.each(count * PRODUCERS * EACH)
    })
}

/// Two tasks that wait for each other all the time.
pub fn pair<R: Runtime>(runtime: &R, _: Size) -> Cost {
    pairs(runtime, 1)
}

/// A pair for each worker.
pub fn pair_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    pairs(runtime, size.workers)
}

fn pairs<R: Runtime>(runtime: &R, count: usize) -> Cost {
    const TIMES: usize = 10_000;

    runtime.run(async move {
        let play = || async {
            let (there, from_here) = async_channel::bounded(1);
            let (back, from_there) = async_channel::bounded(1);
            let other = R::spawn(async move {
                while let Ok(n) = from_here.recv().await {
                    back.send(n).await.unwrap();
                }
            });
            for n in 0..TIMES {
                there.send(n).await.unwrap();
                assert_eq!(from_there.recv().await, Ok(n));
            }
            drop(there);
            other.await;
        };
        let clock = Clock::start();
        at_once::<R, _>(count, play).await;
        clock.each(count * TIMES)
    })
}
