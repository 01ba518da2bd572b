//! Full disks, runtimes that are gone, threads that can't be had, files that one may not read.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use anyrt::fs::File;
use anyrt::{Builder, Runtime, is_runtime_gone};
use anyrt_tests::backend;
use anyrt_tests::child::child;
use futures::executor;

use super::*;

/// Runs `test` on each backend whose runtimes can be ended, with one thread for blocking closures.
fn on_each_owned(test: impl Fn(Runtime)) {
    for name in anyrt::selection().unwrap().compiled() {
        if backend::is_owned(name) {
            eprintln!("on {name}:");
            test(Builder::new().backend(*name).max_blocking_threads(1).build().unwrap());
        }
    }
}

/// Holds the only thread for closures until what this returns is dropped.
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

/// F3: what was accepted is written though the runtime ends before its turn has come.
#[test]
fn what_was_accepted_is_written_though_the_runtime_ends() {
    on_each_owned(|runtime| {
        let folder = Folder::new();
        let path = folder.at("file");
        let mut file = runtime.block_on(File::create(&path)).unwrap();
        let open = occupy(&runtime);
        runtime.block_on(file.write_all(b"accepted")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0, "it is behind the other one");
        runtime.shutdown_timeout(Duration::ZERO).unwrap();
        drop(open);
        wait_until(|| fs::read(&path).unwrap() == b"accepted");
        drop(file);
    });
}

/// F3: whoever flushes then hears of it as of any other write, and the position is behind it once.
#[test]
fn what_the_end_of_a_runtime_has_written_is_no_error() {
    on_each_owned(|runtime| {
        let folder = Folder::new();
        let path = folder.at("file");
        let mut file = runtime.block_on(File::create(&path)).unwrap();
        let open = occupy(&runtime);
        runtime.block_on(file.write_all(b"accepted")).unwrap();
        runtime.shutdown_timeout(Duration::ZERO).unwrap();
        drop(open);
        executor::block_on(async {
            file.flush().await.unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"accepted");
            file.write_all(b", and more").await.unwrap();
            file.flush().await.unwrap();
        });
        assert_eq!(fs::read(&path).unwrap(), b"accepted, and more");
    });
}

/// F3, F7: what several threads write while the runtime ends was refused and is not there, or accepted and there once.
#[test]
fn what_is_refused_while_the_runtime_ends_is_not_written() {
    const FILES: usize = 4;

    on_each_owned(|runtime| {
        for round in 0..20 {
            let runtime = Builder::new().backend(runtime.handle().backend()).build().unwrap();
            let folder = Folder::new();
            let handle = runtime.handle().clone();
            let barrier = Barrier::new(FILES + 1);
            thread::scope(|scope| {
                for n in 0..FILES {
                    let (path, barrier, handle) = (folder.at(n.to_string()), &barrier, &handle);
                    scope.spawn(move || {
                        let mut file = File::from_std(fs::File::create(&path).unwrap());
                        let inside = handle.enter();
                        let mut accepted = 0;
                        barrier.wait();
                        executor::block_on(async {
                            // Each write waits for the one before: an error of it is that of the last one.
                            while file.write_all(b"x").await.is_ok() {
                                match file.flush().await {
                                    Ok(()) => accepted += 1,
                                    Err(error) => {
                                        assert!(is_runtime_gone(&error), "{error:?}");
                                        break;
                                    }
                                }
                            }
                        });
                        drop(inside);
                        drop(file);
                        let length = fs::metadata(&path).unwrap().len();
                        assert_eq!(length, accepted, "round {round}");
                    });
                }
                barrier.wait();
                runtime.shutdown_timeout(Duration::ZERO).unwrap();
            });
        }
    });
}

/// F3, F5: what a sync has found goes to the next call, if nobody waits for it any more.
#[test]
fn the_error_of_a_sync_that_is_dropped_is_told() {
    on_each(|| async {
        // A pipe has no disk.
        let (_reader, writer) = io::pipe().unwrap();
        let mut writer = File::from(OwnedFd::from(writer));
        let expected = kind(writer.sync_all().await);
        writer.flush().await.unwrap();
        let told = match poll_and_drop(writer.sync_all()).await {
            Some(result) => result,
            None => writer.flush().await,
        };
        assert_eq!(kind(told), expected);
        writer.flush().await.unwrap();
        let told = match poll_and_drop(writer.sync_data()).await {
            Some(result) => result,
            None => writer.write_all(b"x").await,
        };
        assert_eq!(kind(told), expected);
        writer.write_all(b"x").await.unwrap();
        writer.flush().await.unwrap();
    });
}

/// F7: on a runtime that has ended it is an error that says so; on another one the file goes on.
#[test]
fn a_runtime_that_is_gone_is_an_error_and_the_file_goes_on_elsewhere() {
    on_each_owned(|runtime| {
        let folder = Folder::new();
        let path = folder.with("file", "0123456789");
        let options = || fs::File::options().read(true).write(true).open(&path).unwrap();
        let mut file = File::from_std(options());
        let handle = runtime.handle().clone();
        runtime.block_on(file.read_exact(&mut [0; 2])).unwrap();
        runtime.shutdown_timeout(Duration::from_secs(60)).unwrap();

        let inside = handle.enter();
        let gone = executor::block_on(async {
            [
                file.read(&mut [0; 2]).await.unwrap_err(),
                file.write(b"x").await.unwrap_err(),
                file.seek(io::SeekFrom::Start(0)).await.unwrap_err(),
                file.metadata().await.unwrap_err(),
                file.sync_all().await.unwrap_err(),
                ours::read(&path).await.unwrap_err(),
                ours::read_dir(&folder.0).await.unwrap_err(),
                File::open(&path).await.unwrap_err(),
            ]
        });
        drop(inside);
        for error in gone {
            assert!(is_runtime_gone(&error), "{error:?}");
        }
        // The runtime of calls from nowhere is another one.
        executor::block_on(async {
            let mut two = [0; 2];
            file.flush().await.unwrap();
            file.read_exact(&mut two).await.unwrap();
            assert_eq!(&two, b"23");
        });
    });
}

/// A file of ten digits, of which a read or a seek was in flight when its runtime ended, before its turn had come.
fn interrupted(backend: &'static str, path: &Path, is_seek: bool) -> File {
    let runtime = Builder::new().backend(backend).max_blocking_threads(1).build().unwrap();
    let open = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut file = File::from_std(open);
    let gate = occupy(&runtime);
    let begun = runtime.block_on(async {
        if is_seek {
            poll_and_drop(file.seek(io::SeekFrom::Start(5))).await.is_none()
        } else {
            poll_and_drop(file.read(&mut [0; 5])).await.is_none()
        }
    });
    assert!(begun);
    runtime.shutdown_timeout(Duration::ZERO).unwrap();
    drop(gate);
    file
}

/// One of the calls that tell of it.
async fn next_call(number: usize, file: &mut File) -> io::Result<()> {
    match number {
        0 => file.write(b"x").await.map(drop),
        1 => file.flush().await,
        2 => file.read(&mut [0; 2]).await.map(drop),
        _ => file.stream_position().await.map(drop),
    }
}

/// Runs `test` for each of those backends whose busy threads carry out nothing more once their runtime has ended.
fn on_each_that_drops(test: impl Fn(&'static str)) {
    for name in anyrt::selection().unwrap().compiled() {
        // A thread of tokio's takes what is queued first, and looks for the end after that.
        if backend::is_owned(name) && *name != "tokio" {
            eprintln!("on {name}:");
            test(name);
        }
    }
}

/// F7: a read or a seek that was in flight when its runtime ended is told by the next call, once.
#[test]
fn what_did_not_run_because_the_runtime_ended_is_told() {
    on_each_that_drops(|backend| {
        let folder = Folder::new();
        let path = folder.with("file", "0123456789");
        for (is_seek, number) in
            [false, true].into_iter().flat_map(|it| (0..4).map(move |n| (it, n)))
        {
            let mut file = interrupted(backend, &path, is_seek);
            executor::block_on(async {
                let told = next_call(number, &mut file).await.unwrap_err();
                assert!(is_runtime_gone(&told), "{told:?}");
                // The file goes on where it was.
                let mut all = String::new();
                file.read_to_string(&mut all).await.unwrap();
                assert_eq!(all, "0123456789");
            });
        }
    });
}

/// F7: calls that have nothing to do with it leave it to the next one that has.
#[test]
fn what_did_not_run_is_left_to_who_reads_writes_flushes_or_seeks() {
    on_each_that_drops(|backend| {
        let folder = Folder::new();
        let path = folder.with("file", "0123456789");
        for (is_seek, number) in (0..8).map(|case| (case % 2 == 1, case / 2)) {
            let mut file = interrupted(backend, &path, is_seek);
            executor::block_on(async {
                file.sync_all().await.unwrap();
                file.set_len(10).await.unwrap();
                assert_eq!(file.metadata().await.unwrap().len(), 10);
                let told = next_call(number, &mut file).await.unwrap_err();
                assert!(is_runtime_gone(&told), "{told:?}");
                file.flush().await.unwrap();
                assert_eq!(file.stream_position().await.unwrap(), 0);
            });
            // The standard library's file does not go with it.
            let file = interrupted(backend, &path, is_seek);
            executor::block_on(file.sync_all()).unwrap();
            file.try_into_std().unwrap();
        }
    });
}

/// F3: a full disk is an error of the flush, and what there was room for is there.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_of() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    child(|| {
        let folder = Folder::new();
        let path = folder.at("file");
        // Whoever writes past the limit gets an error, once the signal is ignored.
        // SAFETY: SIGXFSZ is a signal, and to ignore it runs no code of ours.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        setrlimit(Resource::Fsize, Rlimit { current: Some(10_000), maximum: None }).unwrap();
        on_each(|| async {
            _ = fs::remove_file(&path);
            let mut file = File::create(&path).await.unwrap();
            file.write_all(&[b'x'; 25_000]).await.unwrap();
            assert_eq!(kind(file.flush().await), ErrorKind::FileTooLarge);
            assert_eq!(fs::metadata(&path).unwrap().len(), 10_000);
            // It is told once, and the file can be used.
            file.flush().await.unwrap();
            file.rewind().await.unwrap();
            file.write_all(&[b'y'; 5000]).await.unwrap();
            file.sync_all().await.unwrap();
            assert_eq!(fs::read(&path).unwrap()[4999..5001], *b"yx");
            assert_eq!(kind(ours::write(&path, [0; 25_000]).await), ErrorKind::FileTooLarge);
            assert_eq!(kind(file.set_len(25_000).await), ErrorKind::FileTooLarge);
        });
    })
    .succeeds();
}

/// F3: so is the device that is always full.
#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_told_of() {
    on_each(|| async {
        let mut full = File::options().write(true).open("/dev/full").await.unwrap();
        full.write_all(b"x").await.unwrap();
        assert_eq!(kind(full.flush().await), ErrorKind::StorageFull);
        assert_eq!(kind(ours::write("/dev/full", "x").await), ErrorKind::StorageFull);
    });
}

/// F3: a pipe that nobody reads is an error, and kills nobody.
#[test]
fn a_closed_pipe_is_told_of() {
    on_each(|| async {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut writer = File::from(OwnedFd::from(writer));
        writer.write_all(b"x").await.unwrap();
        assert_eq!(kind(writer.flush().await), ErrorKind::BrokenPipe);
        assert_eq!(kind(writer.seek(io::SeekFrom::Start(0)).await), ErrorKind::NotSeekable);
    });
}

/// F1: what one may not do is refused, and nothing is changed by the try.
#[test]
#[cfg(target_os = "linux")]
fn what_is_not_permitted_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let is_root = rustix::process::getuid().is_root();
    let folder = Folder::new();
    let path = folder.with("file", "content");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o555)).unwrap();
    let child = child(|| {
        let path = PathBuf::from(env::var_os("ANYRT_TEST_FILE").unwrap());
        let folder = path.parent().unwrap();
        on_each(|| async {
            assert_eq!(ours::read(&path).await.unwrap(), b"content");
            assert_eq!(kind(ours::write(&path, "x").await), ErrorKind::PermissionDenied);
            assert_eq!(kind(File::create(&path).await), ErrorKind::PermissionDenied);
            assert_eq!(kind(ours::remove_file(&path).await), ErrorKind::PermissionDenied);
            let further = ours::create_dir(folder.join("further")).await;
            assert_eq!(kind(further), ErrorKind::PermissionDenied);
            assert_eq!(
                kind(ours::rename(&path, folder.join("x")).await),
                ErrorKind::PermissionDenied
            );
        });
    })
    .env("ANYRT_TEST_FILE", &path);
    // Root may do everything.
    if is_root { child.with_user_of_its_own() } else { child }.succeeds();
    assert_eq!(fs::read(&path).unwrap(), b"content");
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Writes, and waits for it.
async fn written(file: &mut File) -> io::Result<()> {
    file.write_all(b"x").await?;
    file.flush().await
}

/// F7: if the system refuses the thread, that is an error with the cause, and nothing was accepted.
#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_is_refused_is_an_error_and_nothing_is_lost() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let is_root = rustix::process::getuid().is_root();
    let child = child(|| {
        for name in anyrt::selection().unwrap().compiled() {
            if !backend::is_owned(name) {
                continue;
            }
            let folder = Folder::new();
            let path = folder.with("file", "0123456789");
            let runtime = Builder::new().backend(*name).current_thread().build().unwrap();
            let open = fs::File::options().read(true).write(true).open(&path).unwrap();
            let mut file = File::from_std(open);
            let before = getrlimit(Resource::Nproc);
            setrlimit(Resource::Nproc, Rlimit { current: Some(1), ..before }).unwrap();
            runtime.block_on(async {
                let refused = [
                    file.read(&mut [0; 2]).await.unwrap_err(),
                    written(&mut file).await.unwrap_err(),
                    file.metadata().await.unwrap_err(),
                    ours::write(&path, "y").await.unwrap_err(),
                ];
                for error in refused {
                    let cause = error.get_ref().and_then(|cause| cause.source());
                    let cause = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
                    assert_eq!(cause.unwrap().kind(), ErrorKind::WouldBlock, "{error:?}");
                }
                setrlimit(Resource::Nproc, before).unwrap();
                // There is nothing to be flushed, and nothing that was refused is made up for.
                file.flush().await.unwrap();
                assert_eq!(ours::read(&path).await.unwrap(), b"0123456789");
                let mut all = String::new();
                file.read_to_string(&mut all).await.unwrap();
                assert_eq!(all, "0123456789");
            });
        }
    });
    // Root is never refused a thread.
    if is_root { child.with_user_of_its_own() } else { child }.succeeds();
}

/// F3: a file that is open for appending goes on at the end, wherever it was read.
#[test]
fn what_is_appended_is_at_the_end() {
    on_each(|| async {
        let folder = Folder::new();
        let path = folder.with("log", "one\n");
        let mut log = File::options().read(true).append(true).open(&path).await.unwrap();
        log.read_exact(&mut [0; 2]).await.unwrap();
        let mut other = fs::File::options().append(true).open(&path).unwrap();
        other.write_all(b"two\n").unwrap();
        log.write_all(b"three\n").await.unwrap();
        log.flush().await.unwrap();
        let mut text = String::new();
        fs::File::open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\nthree\n");
    });
}
