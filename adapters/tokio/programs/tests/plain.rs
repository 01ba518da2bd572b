//! A program of tokio's alone, with `main`: a supervisor of a line-based server, a child process, files and signals.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    fs,
    io::{self, AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::Command,
    select,
    signal::unix::{SignalKind, signal},
    sync::{Mutex, RwLock, Semaphore, broadcast, mpsc, oneshot, watch},
    task::{self, JoinSet, LocalSet},
    time::{self, Instant, MissedTickBehavior},
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

tokio::task_local! {
    static REQUEST: u64;
}

/// Answers each line with the number of the request and the line, until it is told to stop.
async fn serve(listener: TcpListener, mut stop: watch::Receiver<bool>) -> io::Result<u64> {
    let requests = Arc::new(AtomicU64::new(0));
    let mut connections = JoinSet::new();
    loop {
        select! {
            biased;
            _ = stop.changed() => break,
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let requests = requests.clone();
                connections.spawn(async move {
                    let (read, mut write) = stream.into_split();
                    let mut lines = BufReader::new(read).lines();
                    while let Some(line) = lines.next_line().await? {
                        let number = requests.fetch_add(1, Ordering::Relaxed);
                        REQUEST.scope(number, answer(&mut write, &line)).await?;
                    }
                    io::Result::Ok(())
                });
            }
            Some(ended) = connections.join_next() => ended??,
        }
    }
    while let Some(ended) = connections.join_next().await {
        ended??;
    }
    Ok(requests.load(Ordering::Relaxed))
}

async fn answer(write: &mut (impl io::AsyncWrite + Unpin), line: &str) -> io::Result<()> {
    task::yield_now().await;
    write.write_all(format!("{} {line}\n", REQUEST.get()).as_bytes()).await
}

async fn network() -> Outcome {
    let listener = TcpListener::bind(("localhost", 0)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, stopped));
    let mut clients = JoinSet::new();
    for client in 0..20 {
        clients.spawn(async move {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            let mut answer = String::new();
            for number in 0..20 {
                stream.write_all(format!("{client}.{number}\n").as_bytes()).await?;
                answer.clear();
                stream.read_line(&mut answer).await?;
                assert!(answer.ends_with(&format!(" {client}.{number}\n")));
            }
            io::Result::Ok(client)
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    stop.send(true)?;
    assert_eq!(server.await??, 400);
    Ok(())
}

async fn channels() -> Outcome {
    let (jobs, mut queue) = mpsc::channel::<(u64, oneshot::Sender<u64>)>(4);
    let squaring = tokio::spawn(async move {
        while let Some((number, answer)) = queue.recv().await {
            let _ = answer.send(number * number);
        }
    });
    let total = Arc::new(Mutex::new(0));
    let permits = Arc::new(Semaphore::new(3));
    let names = Arc::new(RwLock::new(Vec::new()));
    let (news, _) = broadcast::channel(64);
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        let (jobs, total, permits, names) =
            (jobs.clone(), total.clone(), permits.clone(), names.clone());
        let mut heard = news.subscribe();
        tasks.spawn(async move {
            let permit = permits.acquire_owned().await.unwrap();
            let (answer, square) = oneshot::channel();
            jobs.send((number, answer)).await.unwrap();
            drop(jobs);
            *total.lock().await += square.await.unwrap();
            names.write().await.push(number);
            drop(permit);
            heard.recv().await.unwrap()
        });
    }
    drop(jobs);
    squaring.await?;
    assert_eq!(news.send("done")?, 32);
    assert!(tasks.join_all().await.iter().all(|heard| *heard == "done"));
    assert_eq!((*total.lock().await, names.read().await.len()), (10_416, 32));
    Ok(())
}

async fn tasks() -> Outcome {
    let error = tokio::spawn(async { panic!("on purpose") }).await.unwrap_err();
    assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "on purpose");
    let endless = tokio::spawn(std::future::pending::<()>());
    endless.abort();
    assert!(endless.await.unwrap_err().is_cancelled());
    assert_eq!(task::spawn_blocking(|| 17).await?, 17);
    let handle = tokio::runtime::Handle::current();
    assert_eq!(task::block_in_place(|| handle.block_on(async { 18 })), 18);
    let local = task::spawn_blocking(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let set = LocalSet::new();
        let sum = set.block_on(&runtime, async {
            let shared = std::rc::Rc::new(std::cell::Cell::new(0));
            let mut tasks = JoinSet::new();
            for number in 0..10 {
                let shared = shared.clone();
                tasks.spawn_local(async move {
                    time::sleep(Duration::from_millis(1)).await;
                    shared.set(shared.get() + number);
                });
            }
            while tasks.join_next().await.is_some() {}
            shared.get()
        });
        io::Result::Ok(sum)
    });
    assert_eq!(local.await??, 45);
    Ok(())
}

async fn clock() -> Outcome {
    let began = Instant::now();
    let mut interval = time::interval(Duration::from_millis(10));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..4 {
        interval.tick().await;
    }
    assert!(began.elapsed() >= Duration::from_millis(30));
    let late =
        time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(late.to_string(), "deadline has elapsed");
    let mut sleep = std::pin::pin!(time::sleep(Duration::from_secs(3600)));
    assert!(time::timeout(Duration::ZERO, sleep.as_mut()).await.is_err());
    sleep.as_mut().reset(Instant::now() + Duration::from_millis(10));
    sleep.await;
    let (first, second) = tokio::try_join!(async { Ok::<_, io::Error>(1) }, async {
        time::sleep(Duration::from_millis(1)).await;
        Ok(2)
    })?;
    assert_eq!(first + second, 3);
    Ok(())
}

async fn files() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("log");
    let mut file = fs::OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(true)
        .open(&path)
        .await?;
    for number in 0..100 {
        file.write_all(format!("line {number}\n").as_bytes()).await?;
    }
    file.flush().await?;
    file.seek(io::SeekFrom::Start(5)).await?;
    let mut rest = String::new();
    file.read_to_string(&mut rest).await?;
    assert!(rest.starts_with("0\nline 1\n"));
    assert_eq!(fs::metadata(&path).await?.len(), 790);
    fs::create_dir_all(folder.path().join("a/b")).await?;
    fs::rename(&path, folder.path().join("a/b/log")).await?;
    assert!(!fs::try_exists(&path).await?);
    let mut lines = BufReader::new(fs::File::open(folder.path().join("a/b/log")).await?).lines();
    let mut count = 0;
    while lines.next_line().await?.is_some() {
        count += 1;
    }
    assert_eq!(count, 100);
    Ok(())
}

async fn processes() -> Outcome {
    let mut child = Command::new("sh")
        .args(["-c", "read word; echo $word $word; echo oops >&2; exit 3"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(b"hello\n").await?;
    let output = child.wait_with_output().await?;
    assert_eq!(
        (output.status.code(), &*output.stdout, &*output.stderr),
        (Some(3), &b"hello hello\n"[..], &b"oops\n"[..])
    );
    let mut endless = Command::new("sleep").arg("3600").kill_on_drop(true).spawn()?;
    assert!(time::timeout(Duration::from_millis(10), endless.wait()).await.is_err());
    endless.kill().await?;
    assert!(endless.try_wait()?.is_some_and(|status| !status.success()));
    Ok(())
}

async fn signals() -> Outcome {
    let (mut interrupt, mut user) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::user_defined2())?);
    let ctrl_c = tokio::spawn(tokio::signal::ctrl_c());
    let mut seen = Vec::new();
    for kind in ["-USR2", "-INT"] {
        assert!(
            Command::new("kill")
                .args([kind, &std::process::id().to_string()])
                .status()
                .await?
                .success()
        );
        select! {
            Some(()) = user.recv() => seen.push("user"),
            Some(()) = interrupt.recv() => seen.push("interrupt"),
        }
    }
    assert_eq!(seen, ["user", "interrupt"]);
    // It may have begun to listen after that.
    while !ctrl_c.is_finished() {
        Command::new("kill").args(["-INT", &std::process::id().to_string()]).status().await?;
        task::yield_now().await;
    }
    ctrl_c.await??;
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    network().await?;
    channels().await?;
    tasks().await?;
    clock().await?;
    files().await?;
    processes().await?;
    signals().await?;
    programs::check_threads();
    println!("plain: ok");
    Ok(())
}
