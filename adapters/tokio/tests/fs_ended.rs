//! Files and directories of which an operation is in flight when its runtime ends.

mod common;

use std::fs as std_fs;
use std::io::{self, ErrorKind, SeekFrom};
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::mpsc;

use tempfile::TempDir;
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use common::poll_once;

/// A runtime whose only thread for closures is held until what is returned beside it is dropped.
fn occupied() -> (Runtime, mpsc::Sender<()>) {
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let gate = occupy(&runtime);
    (runtime, gate)
}

fn occupy(runtime: &Runtime) -> mpsc::Sender<()> {
    let (open, gate) = mpsc::channel::<()>();
    let (sender, is_in_gate) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        sender.send(()).unwrap();
        _ = gate.recv();
    }));
    is_in_gate.recv().unwrap();
    open
}

fn elsewhere() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn ten_digits() -> (TempDir, File) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std_fs::write(&path, "0123456789").unwrap();
    let file = std_fs::File::options().read(true).write(true).open(path).unwrap();
    (dir, file.into())
}

/// What is in flight.
#[derive(Clone, Copy, Debug)]
enum Begun {
    Read,
    Seek,
}

const BEGUN: [Begun; 2] = [Begun::Read, Begun::Seek];

/// A file of ten digits with that in flight when the runtime ended, before its turn had come.
fn interrupted(begun: Begun) -> (TempDir, File) {
    let (dir, mut file) = ten_digits();
    let (runtime, gate) = occupied();
    runtime.block_on(async {
        match begun {
            Begun::Read => assert!(poll_once(pin!(file.read(&mut [0; 5]))).is_pending()),
            Begun::Seek => Pin::new(&mut file).start_seek(SeekFrom::Start(5)).unwrap(),
        }
    });
    runtime.shutdown_background();
    drop(gate);
    (dir, file)
}

#[track_caller]
fn assert_cancelled<T>(result: io::Result<T>) {
    let error = result.err().expect("it did not run");
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.to_string(), "task was cancelled");
}

/// The file goes on where it was.
async fn assert_at_start(file: &mut File) {
    file.flush().await.unwrap();
    let mut all = String::new();
    file.read_to_string(&mut all).await.unwrap();
    assert_eq!(all, "0123456789");
}

#[test]
fn whichever_poll_meets_it_returns_the_error() {
    let runtime = elsewhere();
    for begun in BEGUN {
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            assert_cancelled(file.write(b"x").await);
            assert_at_start(&mut file).await;
        });
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            assert_cancelled(file.write_vectored(&[io::IoSlice::new(b"x")]).await);
            assert_at_start(&mut file).await;
        });
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            assert_cancelled(file.flush().await);
            assert_at_start(&mut file).await;
        });
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            assert_cancelled(file.read(&mut [0; 5]).await);
            assert_at_start(&mut file).await;
        });
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            assert_cancelled(file.seek(SeekFrom::Start(2)).await);
            assert_at_start(&mut file).await;
        });
    }
}

#[test]
fn sync_all_and_set_len_leave_it_to_the_next_write() {
    let runtime = elsewhere();
    for begun in BEGUN {
        let (_dir, mut file) = interrupted(begun);
        runtime.block_on(async {
            file.sync_all().await.unwrap();
            file.sync_data().await.unwrap();
            file.set_len(10).await.unwrap();
            assert_eq!(file.write(b"x").await.unwrap_err().kind(), ErrorKind::Other);
            assert_at_start(&mut file).await;
        });
    }
}

#[test]
fn the_operation_itself_says_so() {
    let runtime = elsewhere();
    let (_dir, file) = ten_digits();
    let (ending, gate) = occupied();
    let mut set_len = Box::pin(file.set_len(3));
    ending.block_on(async { assert!(poll_once(set_len.as_mut()).is_pending()) });
    ending.shutdown_background();
    drop(gate);
    assert_cancelled(runtime.block_on(set_len));
    let (ending, gate) = occupied();
    let mut sync_all = Box::pin(file.sync_all());
    ending.block_on(async { assert!(poll_once(sync_all.as_mut()).is_pending()) });
    ending.shutdown_background();
    drop(gate);
    let error = runtime.block_on(sync_all).unwrap_err();
    assert_eq!(error.to_string(), "background task failed");
    assert_eq!(runtime.block_on(file.metadata()).unwrap().len(), 10);
}

#[test]
fn what_is_refused_is_cancelled_but_for_writes() {
    let (_dir, mut file) = ten_digits();
    let ended = elsewhere();
    let handle = ended.handle().clone();
    drop(ended);
    let runtime = elsewhere();
    let _inside = handle.enter();
    let now = |future: Pin<&mut dyn Future<Output = io::Result<()>>>| match poll_once(future) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => panic!("nobody will wake it"),
    };
    assert_cancelled(now(pin!(async { file.read_u8().await.map(drop) })));
    assert_cancelled(now(pin!(async { file.set_len(3).await })));
    assert_cancelled(now(pin!(async { file.rewind().await.map(drop) })));
    let error = now(pin!(async { file.write(b"x").await.map(drop) })).unwrap_err();
    assert_eq!(error.to_string(), "background task failed");
    // One that nobody completed does not let a write go to the old position.
    Pin::new(&mut file).start_seek(SeekFrom::Start(5)).unwrap();
    assert_cancelled(now(pin!(async { file.write(b"x").await.map(drop) })));
    runtime.block_on(assert_at_start(&mut file));
}

#[test]
fn so_it_is_with_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    // More than are read at once.
    for n in 0..200 {
        std_fs::write(dir.path().join(n.to_string()), "").unwrap();
    }
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let mut entries = runtime.block_on(fs::read_dir(dir.path())).unwrap();
    let gate = occupy(&runtime);
    runtime.block_on(async {
        while poll_once(pin!(entries.next_entry())).map(Result::unwrap).is_ready() {}
    });
    runtime.shutdown_background();
    drop(gate);
    assert_cancelled(elsewhere().block_on(entries.next_entry()));
}

#[test]
fn what_was_to_be_opened_failed() {
    let (runtime, gate) = occupied();
    let mut open = Box::pin(File::open(Path::new("Cargo.toml")));
    runtime.block_on(async { assert!(poll_once(open.as_mut()).is_pending()) });
    runtime.shutdown_background();
    drop(gate);
    let error = elsewhere().block_on(open).unwrap_err();
    assert_eq!(error.to_string(), "background task failed");
}
