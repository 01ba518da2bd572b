//! Listeners of tokio in the same process (G4): apart from the other tests, for tokio with signals is another runtime.

use anyrt::signal::unix::{SignalKind, signal};
use rustix::process::{Signal, getpid, kill_process};

#[test]
fn listeners_of_tokio_get_each_signal_as_well() {
    let kind = SignalKind::user_defined1();
    for ours_is_first in [false, true] {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let anyrt = anyrt::Runtime::new().unwrap();
        let listen = || {
            let _inside = anyrt.enter();
            signal(kind).unwrap()
        };
        tokio.block_on(async {
            let early = ours_is_first.then(listen);
            let theirs = tokio::signal::unix::SignalKind::user_defined1();
            let mut theirs = tokio::signal::unix::signal(theirs).unwrap();
            let mut ours = early.unwrap_or_else(listen);
            for _ in 0..3 {
                kill_process(getpid(), Signal::USR1).unwrap();
                assert_eq!(theirs.recv().await, Some(()));
                assert_eq!(ours.recv().await, Some(()));
            }
        });
    }
}
