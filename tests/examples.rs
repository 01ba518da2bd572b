//! The examples as their users run them: as programs, with arguments, input and an environment.
//!
//! `cargo test --workspace` builds the examples; `cargo test -p anyrt-tests` alone does not.
#![cfg(feature = "some-backend")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::{env, fs, iter, thread};

use sha2::{Digest, Sha256};

#[cfg(all(feature = "dyn", feature = "virtual"))]
mod networks {
    use super::*;

    #[test]
    fn two_hosts_talk_that_no_system_knows() {
        let ended = run("two_hosts", &[]).succeeded();
        let lines = [
            "server: listening on 10.0.0.1:80",
            "client: hello world at 10.0.0.2",
            "client: hello again at 10.0.0.2",
            "client: at port 81: connection refused",
        ];
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_table_resolves_names() {
        let ended = run("names", &[]).succeeded();
        let lines = ["greeter: hello", "localhost: no `localhost` here"];
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), lines);
    }
}

#[cfg(all(unix, feature = "io", feature = "signal", feature = "sync"))]
#[path = "examples/chat.rs"]
mod chat;
#[cfg(all(feature = "io", feature = "sync"))]
#[path = "examples/http_get.rs"]
mod http_get;
#[cfg(all(unix, feature = "signal", feature = "sync"))]
#[path = "examples/kv.rs"]
mod kv;
#[cfg(all(unix, feature = "io", feature = "process", feature = "sync"))]
#[path = "examples/supervise.rs"]
mod supervise;
#[cfg(all(unix, feature = "fs"))]
#[path = "examples/tail.rs"]
mod tail;

#[cfg(all(feature = "tokio-io", feature = "bytes"))]
#[test]
fn one_codec_serves_streams_and_datagrams() {
    for backend in anyrt::selection().unwrap().compiled() {
        let ended = Ended::of(example("framed").env("ANYRT_BACKEND", backend).start()).succeeded();
        assert_eq!(ended.stdout, "over TCP: 3\nover UDP: 7\n", "on {backend}");
        assert_eq!(ended.stderr, "framed: unknown: what is this?\n", "on {backend}");
    }
}

mod echo {
    use super::*;

    #[test]
    fn demonstrates_itself() {
        let ended = run("echo", &["--mebibytes", "8"]).succeeded();
        for line in [
            "connections at once: 1, 8.0 MiB there and back",
            "connections at once: 100, 8.0 MiB there and back",
            "every byte came back unchanged",
        ] {
            assert!(ended.stdout.contains(line), "{ended:?}");
        }
    }

    #[test]
    fn carries_files_of_any_length() {
        let server = Server::start(&["serve", "127.0.0.1:0"]);
        // Around the size of a chunk, and more than the system's buffers hold.
        for length in [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 20_000_000] {
            let file = TemporaryFile::with(&noise(length));
            let ended = run("echo", &["send", &server.address, file.path()]).succeeded();
            assert_eq!(
                ended.stdout,
                format!("{length} bytes came back unchanged (connections: 1)\n")
            );
        }
    }

    #[test]
    fn carries_a_file_over_several_connections() {
        let server = Server::start(&["serve", "127.0.0.1:0"]);
        let file = TemporaryFile::with(&noise(1_000_000));
        let arguments = ["send", "--connections", "7", &server.address, file.path()];
        let ended = run("echo", &arguments).succeeded();
        assert_eq!(ended.stdout, "7000000 bytes came back unchanged (connections: 7)\n");
    }

    #[test]
    fn carries_standard_input() {
        let server = Server::start(&["serve", "127.0.0.1:0"]);
        for length in [0, 5_000_000] {
            let mut client = example("echo").args(["send", &server.address]).start();
            client.stdin.take().unwrap().write_all(&noise(length)).unwrap();
            let ended = Ended::of(client).succeeded();
            assert_eq!(
                ended.stdout,
                format!("{length} bytes came back unchanged (connections: 1)\n")
            );
        }
    }

    #[test]
    fn resolves_names() {
        let server = Server::start(&["serve", "localhost:0"]);
        let (_, port) = server.address.rsplit_once(':').unwrap();
        let file = TemporaryFile::with(b"hello");
        run("echo", &["send", &format!("localhost:{port}"), file.path()]).succeeded();
    }

    #[cfg(unix)]
    #[test]
    fn survives_that_no_descriptor_is_left() {
        let limited =
            format!("ulimit -n 24 && exec '{}' serve 127.0.0.1:0", path("echo").display());
        let server = Server::of(Command::new("sh").args(["-c", &limited]));
        // More at once than the server may have, held until it is full.
        let held: Vec<_> = (0..30).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
        let error = server.errors.recv().unwrap();
        assert!(error.contains("cannot accept a connection: Too many open files"), "{error}");
        drop(held);
        let file = TemporaryFile::with(&noise(1_000_000));
        run("echo", &["send", &server.address, file.path(), "--connections", "40"]).succeeded();
        // At most 20 a second: it paused rather than try again at once.
        assert!(server.errors.try_iter().count() < 1000);
    }

    #[test]
    fn notices_servers_that_do_not_echo() {
        let file = TemporaryFile::with(&noise(1000));
        let send_through = |answer: fn(Vec<u8>) -> Vec<u8>| {
            let address = serve_once(move |mut stream| {
                let mut bytes = vec![0; 1000];
                stream.read_exact(&mut bytes)?;
                stream.write_all(&answer(bytes))?;
                stream.shutdown(Shutdown::Write)?;
                // Closing while bytes come in would reset the connection instead.
                stream.read_to_end(&mut Vec::new()).map(|_| ())
            });
            run("echo", &["send", &address.to_string(), file.path()])
        };
        send_through(|bytes| bytes).succeeded();
        send_through(|mut bytes| {
            bytes[999] ^= 1;
            bytes
        })
        .failed(1, "something else came back after byte 0");
        send_through(|bytes| bytes[..999].to_vec())
            .failed(1, "not all that follows byte 0 came back: unexpected end of file");
        send_through(|bytes| [bytes, vec![0]].concat())
            .failed(1, "more came back than the 1000 bytes that were sent");
    }

    #[test]
    fn says_why_it_fails() {
        let closed = ClosedPort::new();
        let server = format!("127.0.0.1:{}", closed.port());
        run("echo", &["send", &server]).failed(1, &format!("echo: cannot connect to {server}: "));
        run("echo", &["send", &server, "no/such/file"])
            .failed(1, "echo: cannot open no/such/file: ");
        run("echo", &["send", "nonsense"])
            .failed(1, "echo: cannot connect to nonsense: `nonsense` has no port");
        run("echo", &["serve", "127.0.0.1:http"])
            .failed(1, "echo: cannot listen on 127.0.0.1:http: `127.0.0.1:http` has no valid port");
        let taken = closed.listener.local_addr().unwrap().to_string();
        run("echo", &["serve", &taken]).failed(1, &format!("echo: cannot listen on {taken}: "));
    }

    #[test]
    fn says_how_it_is_used() {
        for (arguments, error) in [
            (&["listen"][..], "unknown command listen"),
            (&["--verbose"], "unknown option --verbose"),
            (&["send"], "send needs an ADDRESS"),
            (&["send", "a:1", "file", "more"], "unexpected argument more"),
            (&["serve", "a:1", "more"], "unexpected argument more"),
            (&["--mebibytes"], "\"\" is not a number from 1"),
            (&["--mebibytes", "0"], "\"0\" is not a number from 1"),
            (&["send", "a:1", "file", "--connections", "-1"], "\"-1\" is not a number from 1"),
            (&["--connections", "2"], "--connections with send"),
            (&["serve", "--mebibytes", "2"], "--mebibytes goes without a command"),
            (&["send", "a:1", "--connections", "2"], "name a FILE"),
        ] {
            let ended = run("echo", arguments).failed(2, error);
            assert!(ended.stderr.contains("usage: echo"), "{ended:?}");
        }
        assert!(run("echo", &["--help"]).succeeded().stdout.starts_with("usage: echo"));
    }

    #[test]
    fn names_the_backend_and_the_reason() {
        names_the_backend("echo", &["--mebibytes", "1"]);
    }
}

mod port_scan {
    use super::*;

    #[test]
    fn finds_an_open_port_and_reads_its_banner() {
        let banner = b"220 anyrt.test ready\r\n";
        let port = serve_once(|mut stream| stream.write_all(banner)).port();
        let found = run("port_scan", &["127.0.0.1", &port.to_string()]).succeeded();
        let hash: String = Sha256::digest(banner).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            found.stdout,
            format!(
                "{port}: says {} bytes with the SHA-256 {hash}\n1 of 1 ports open on 127.0.0.1\n",
                banner.len()
            )
        );
    }

    #[test]
    fn does_not_wait_for_silent_services_for_ever() {
        // Accepts nothing: the system connects, and nobody says a word.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let arguments = ["localhost", &port.to_string(), "--timeout", "20"];
        let found = run("port_scan", &arguments).succeeded();
        assert_eq!(found.stdout, format!("{port}: says nothing\n1 of 1 ports open on localhost\n"));
    }

    #[test]
    fn reads_no_more_of_a_banner_than_it_wants() {
        let port = serve_once(|mut stream| {
            loop {
                stream.write_all(&[b'x'; 1000])?;
            }
        })
        .port();
        let found = run("port_scan", &["127.0.0.1", &port.to_string()]).succeeded();
        assert!(found.stdout.starts_with(&format!("{port}: says 4096 bytes")), "{found:?}");
    }

    #[test]
    fn finds_every_port_of_a_range_in_order() {
        let (_listeners, first) = neighbors(5);
        let range = format!("{first}-{}", first + 4);
        // More workers than ports in the first case, fewer in the second.
        for concurrency in ["100", "2"] {
            let arguments = ["127.0.0.1", &range, "--timeout", "20", "--concurrency", concurrency];
            let found = run("port_scan", &arguments).succeeded();
            let mut expected: String =
                (first..first + 5).map(|port| format!("{port}: says nothing\n")).collect();
            expected.push_str("5 of 5 ports open on 127.0.0.1\n");
            assert_eq!(found.stdout, expected);
            assert!(found.stderr.contains(" of 5 ports"), "{found:?}");
        }
    }

    #[test]
    fn reports_that_none_is_open() {
        let closed = ClosedPort::new();
        let found = run("port_scan", &["127.0.0.1", &closed.port().to_string()]).succeeded();
        assert_eq!(found.stdout, "0 of 1 ports open on 127.0.0.1\n");
    }

    #[cfg(unix)]
    #[test]
    fn does_not_take_ports_for_closed_that_it_could_not_try() {
        let (_listeners, first) = neighbors(24);
        // Nobody says anything, so that each connection is held until there are too many.
        let limited = format!(
            "ulimit -n 24 && exec '{}' 127.0.0.1 {first}-{} --timeout 2000",
            path("port_scan").display(),
            first + 23
        );
        let scan = Command::new("sh").args(["-c", &limited]).start();
        Ended::of(scan).failed(1, "Too many open files (os error 24); try a lower --concurrency");
    }

    /// Listeners on ports that follow each other, so that a scan meets nobody else's.
    ///
    /// Below those that systems choose for port 0: there, connections that have just been closed
    /// can leave no such row free for a minute.
    fn neighbors(count: u16) -> (Vec<TcpListener>, u16) {
        // Not the same for each process, as several may look at the same time.
        let start = 20_000 + (process::id() % 100) as u16 * 50;
        for first in (start..32_000).step_by(count.into()) {
            let bind = |port| TcpListener::bind(("127.0.0.1", port));
            if let Ok(listeners) = (first..first + count).map(bind).collect() {
                return (listeners, first);
            }
        }
        panic!("there are no {count} free ports in a row");
    }

    #[test]
    fn says_why_it_fails() {
        // A label is at most 63 letters long, so that no name server needs to be asked.
        let host = "x".repeat(64);
        run("port_scan", &[&host]).failed(1, &format!("port_scan: cannot find the host {host}"));
    }

    #[test]
    fn says_how_it_is_used() {
        for (arguments, error) in [
            (&["localhost", "0"][..], "\"0\" is not a port"),
            (&["localhost", "0-10"], "\"0\" is not a port"),
            (&["localhost", "65536"], "\"65536\" is not a port"),
            (&["localhost", "http"], "\"http\" is not a port"),
            (&["localhost", "1-2-3"], "\"2-3\" is not a port"),
            (&["localhost", ""], "\"\" is not a port"),
            (&["localhost", "25-20"], "the range 25-20 is reversed"),
            (&["localhost", "80", "81"], "unexpected argument 81"),
            (&["--concurrency", "0"], "\"0\" is not a number from 1"),
            (&["--concurrency"], "\"\" is not a number from 1"),
            (&["--timeout", "0"], "\"0\" is not a number from 1"),
            (&["--timeout", "1s"], "\"1s\" is not a number from 1"),
            (&["--fast"], "unknown option --fast"),
        ] {
            let ended = run("port_scan", arguments).failed(2, error);
            assert!(ended.stderr.contains("usage: port_scan"), "{ended:?}");
        }
        assert!(run("port_scan", &["--help"]).succeeded().stdout.starts_with("usage: port_scan"));
    }

    #[test]
    fn names_the_backend_and_the_reason() {
        let closed = ClosedPort::new();
        names_the_backend("port_scan", &["127.0.0.1", &closed.port().to_string()]);
    }
}

/// Runs it unchanged on each backend, and checks that it says which, and why.
fn names_the_backend(name: &str, arguments: &[&str]) {
    let with_variable = |backend: &str| {
        Ended::of(example(name).args(arguments).env("ANYRT_BACKEND", backend).start())
    };
    let compiled = anyrt::selection().unwrap().compiled();
    let list = compiled.join(", ");
    let by_order = Ended::of(example(name).args(arguments).env_remove("ANYRT_BACKEND").start());
    let expected = format!("the first backend compiled in (compiled in: {list})");
    by_order.succeeded().says(&format!("runs on {}, {expected}\n", compiled[0]));
    for backend in compiled {
        let expected = format!("runs on {backend}, named by ANYRT_BACKEND (compiled in: {list})\n");
        with_variable(backend).succeeded().says(&expected);
    }

    let refused = with_variable("nonsense")
        .failed(1, "there is no backend called `nonsense`, named by ANYRT_BACKEND");
    assert!(refused.stderr.contains(&list), "{refused:?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    assert_eq!(refused.stdout, "");
}

mod who_waits {
    use super::*;

    #[test]
    fn lists_the_tasks_that_wait_and_what_for() {
        let ended = run("who_waits", &[]).succeeded();
        let waits_for = |name: &str, wait: &str| {
            let line = ended.stdout.lines().find(|line| line.starts_with(name));
            line.is_some_and(|line| line.contains("who_waits.rs:") && line.contains(wait))
        };
        assert!(waits_for("accept ", "Readable TcpListener"), "{ended:?}");
        assert!(waits_for("sleep ", "3600 s to pass"), "{ended:?}");
        assert!(waits_for("join ", " task "), "{ended:?}");
        assert!(waits_for("closure ", "a closure has a thread"), "{ended:?}");
        assert!(!ended.stdout.lines().any(|line| line.starts_with("- ")), "{ended:?}");
    }
}

fn run(name: &str, arguments: &[&str]) -> Ended {
    Ended::of(example(name).args(arguments).start())
}

/// Runs on the backend that this process has in its environment, if any.
fn example(name: &str) -> Command {
    Command::new(path(name))
}

/// Where cargo puts the examples: beside the folder of the tests.
fn path(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let path = profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is missing: run `cargo build -p anyrt --examples` with the features of this test",
        path.display()
    );
    path
}

trait Start {
    /// Starts it with pipes to all that it says.
    fn start(&mut self) -> Child;
}

impl Start for Command {
    fn start(&mut self) -> Child {
        self.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// What a program left behind.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    #[track_caller]
    fn says(&self, message: &str) {
        assert!(self.stderr.contains(message), "not `{message}`, but {self:?}");
    }

    #[track_caller]
    fn failed(self, code: i32, message: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(message), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self
    }
}

/// An `echo serve` that is ready; killed in the end.
#[allow(dead_code, reason = "not every set of features has an example that needs all of it")]
struct Server {
    child: Child,
    address: String,
    /// What it says after that.
    stdout: BufReader<ChildStdout>,
    /// What it complains of.
    errors: Receiver<String>,
}

#[allow(dead_code, reason = "not every set of features has an example that needs all of it")]
impl Server {
    fn start(arguments: &[&str]) -> Self {
        Self::of(example("echo").args(arguments))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.start();
        let errors = errors(child.stderr.take().unwrap());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("not ready, but {line:?}")).to_owned();
        Self { child, address, stdout, errors }
    }

    /// Sends a signal to it, and returns how it ends and what it says until then.
    #[cfg(unix)]
    fn ended_by(mut self, signal: rustix::process::Signal) -> (Option<i32>, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

/// Read as they come, because a full pipe would block the server.
fn errors(pipe: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(pipe).lines().map_while(Result::ok);
        for error in lines.filter(|line| line.starts_with("echo: ")) {
            // Whether the test wants to know is its own affair.
            let _ = sender.send(error);
        }
    });
    receiver
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, as a failure of the test will show.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves one connection; that the client hangs up is no error.
fn serve_once(serve: impl FnOnce(TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.accept().and_then(|(stream, _)| serve(stream)));
    address
}

/// A port that nobody listens on, nor can: it is our end of a connection.
struct ClosedPort {
    listener: TcpListener,
    stream: TcpStream,
}

impl ClosedPort {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Self { listener, stream }
    }

    fn port(&self) -> u16 {
        self.stream.local_addr().unwrap().port()
    }
}

/// Removed in the end.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn with(bytes: &[u8]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("examples-{}-{number}", process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Bytes without a pattern, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    iter::repeat_with(next).take(length).collect()
}
