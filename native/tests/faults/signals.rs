//! Signals that interrupt system calls, and a process that is stopped for a while.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, mem, ptr, thread};

use anyrt_native::net::{TcpListener, TcpStream};
use anyrt_native::{BlockOn, Handle, Launch, Spawn, SpawnBlocking, Timer};
use futures::executor;

use super::support_faults::{child, start};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Has the signal counted, and system calls interrupted by it.
fn handle_signal(signal: libc::c_int) {
    // SAFETY: zeroes are a valid action: no flags, no mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = count as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: the action is a valid one, whose handler does what handlers may.
    assert_eq!(unsafe { libc::sigaction(signal, &action, ptr::null_mut()) }, 0);
}

/// Has SIGALRM come ten thousand times a second, to whichever thread.
fn start_alarms() {
    let interval = libc::timeval { tv_sec: 0, tv_usec: 100 };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: it reads the timer, which is a local.
    assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, ptr::null_mut()) }, 0);
}

/// Sends the signal to every thread but this one, again and again.
fn pester_all(signal: libc::c_int, until: &AtomicBool) {
    // SAFETY: they have no requirements.
    let (process, this) = (unsafe { libc::getpid() }, unsafe { libc::gettid() });
    while !until.load(Ordering::Relaxed) {
        for thread in fs::read_dir("/proc/self/task").unwrap().flatten() {
            let thread: libc::c_long = thread.file_name().to_str().unwrap().parse().unwrap();
            if thread != libc::c_long::from(this) {
                // SAFETY: it sends a signal that is handled; threads that have ended are an error.
                unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
            }
        }
        thread::yield_now();
    }
}

async fn echo(handle: Handle, times: usize) {
    let listener = TcpListener::bind_on(&handle, "127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect_on(&handle, listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let server = handle.spawn(async move {
        for _ in 0..times {
            let mut buffer = [0; 8];
            server.read_exact(&mut buffer).await.unwrap();
            server.write_all(&buffer).await.unwrap();
        }
    });
    for n in 0..times as u64 {
        let mut buffer = [0; 8];
        client.write_all(&n.to_ne_bytes()).await.unwrap();
        client.read_exact(&mut buffer).await.unwrap();
        assert_eq!(u64::from_ne_bytes(buffer), n);
    }
    server.await.unwrap();
}

/// Exchanges, sleeps and closures, which end as if nothing had happened; until there were many signals.
fn go_through_everything() {
    const MANY: usize = 1000;

    for workers in [0, 1, 2] {
        let runtime = start(workers);
        let handle = runtime.handle();
        let before = SIGNALS.load(Ordering::Relaxed);
        let start = Instant::now();
        handle.block_on(async {
            let sleep = handle.spawn(handle.sleep(Duration::from_millis(200)));
            echo(handle.clone(), 2000).await;
            while SIGNALS.load(Ordering::Relaxed) - before < MANY {
                let closures = async {
                    for n in 0..50 {
                        assert_eq!(handle.spawn_blocking(move || n).await.unwrap(), n);
                        handle.sleep(Duration::from_micros(300)).await;
                    }
                };
                futures::join!(echo(handle.clone(), 100), closures);
            }
            sleep.await.unwrap();
        });
        assert!(start.elapsed() >= Duration::from_millis(200));
        if workers > 0 {
            executor::block_on(handle.sleep(Duration::from_millis(20)));
        }
    }
}

#[test]
fn ten_thousand_alarms_a_second_disturb_nothing() {
    child(|| {
        handle_signal(libc::SIGALRM);
        start_alarms();
        go_through_everything();
    });
}

#[test]
fn signals_to_every_thread_disturb_nothing() {
    child(|| {
        handle_signal(libc::SIGUSR1);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let pest = scope.spawn(|| pester_all(libc::SIGUSR1, &is_over));
            let everything = scope.spawn(go_through_everything).join();
            is_over.store(true, Ordering::Relaxed);
            pest.join().unwrap();
            everything.unwrap();
        });
    });
}

#[test]
fn after_a_stop_overdue_timers_fire_and_sockets_go_on() {
    const STOPPED: &str = "ANYRT_FAULTS_STOPPED";

    if env::var_os(STOPPED).is_some() {
        let runtime = start(2);
        let handle = runtime.handle();
        handle.block_on(async {
            let (short, long) = (
                handle.spawn(handle.sleep(Duration::from_millis(100))),
                handle.spawn(handle.sleep(Duration::from_millis(200))),
            );
            println!("ready");
            std::io::stdout().flush().unwrap();
            short.await.unwrap();
            long.await.unwrap();
            echo(handle.clone(), 100).await;
        });
        println!("over");
        return;
    }
    child(|| {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["signals::after_a_stop_overdue_timers_fire_and_sockets_go_on", "--exact"])
            .args(["--nocapture", "--test-threads=1"])
            .env(STOPPED, "yes")
            .process_group(0);
        let mut stopped = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(stopped.stdout.take().unwrap()).lines();
        let mut wait_for = |line: &str| assert!(lines.any(|read| read.unwrap().contains(line)));
        wait_for("ready");
        let process = i32::try_from(stopped.id()).unwrap();
        // SAFETY: it sends a signal, to the child.
        assert_eq!(unsafe { libc::kill(process, libc::SIGSTOP) }, 0);
        // Longer than it sleeps, so that all is overdue.
        thread::sleep(Duration::from_millis(400));
        // SAFETY: as above.
        assert_eq!(unsafe { libc::kill(process, libc::SIGCONT) }, 0);
        wait_for("over");
        assert!(stopped.wait().unwrap().success());
    });
}
