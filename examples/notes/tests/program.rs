//! The program itself, on each backend that it was built with: its signals, and how it ends.

mod support;

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use support::Folder;
use tokio_tungstenite::tungstenite::{Message, client};

struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Program {
    fn start(folder: &Folder, backend: &str) -> Self {
        let mut child = command(backend)
            .arg("127.0.0.1:0")
            .arg(folder.database())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("it says where it listens").unwrap();
        let (address, selection) = first.split_once("/ on ").unwrap();
        assert!(selection.starts_with(backend), "{first}");
        let address = address.strip_prefix("http://").unwrap().to_owned();
        Self { child, lines, address }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    fn post(&self, body: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "{}{body}", head(body.len())).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn line(&mut self) -> Option<String> {
        self.lines.next().map(Result::unwrap)
    }

    /// Its exit code, and what it has said of errors. Not that a poll took long: on a loaded machine it may.
    fn end(self) -> (Option<i32>, String) {
        // The rest of its lines, too.
        drop(self.lines);
        let output = self.child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let errors = said.lines().filter(|line| !line.starts_with("notes: task "));
        (output.status.code(), errors.collect())
    }
}

fn command(backend: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notes"));
    command.env("ANYRT_BACKEND", backend);
    command
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_notes")).args(arguments).output().unwrap()
}

fn head(length: usize) -> String {
    "POST /notes HTTP/1.1\r\nhost: notes\r\nconnection: close\r\ncontent-type: application/json\r\n\
     content-length: "
        .to_owned()
        + &format!("{length}\r\n\r\n")
}

fn on_each_backend(test: impl Fn(&str)) {
    anyrt::selection().unwrap().compiled().iter().for_each(|backend| test(backend));
}

#[test]
fn a_signal_ends_it_in_good_order() {
    for signal in [Signal::INT, Signal::TERM] {
        on_each_backend(|backend| {
            let folder = Folder::new();
            let mut program = Program::start(&folder, backend);
            let url = format!("ws://{}/feed", program.address);
            let (mut feed, _) = client::client(url, program.connect()).unwrap();
            // A connection that has nothing to say does not keep it either.
            let _idle = program.connect();
            let answer = program.post(r#"{"text": "buy #milk"}"#);
            assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");

            program.signal(signal);
            let mut texts = 0;
            let close = loop {
                match feed.read().unwrap() {
                    Message::Text(_) => texts += 1,
                    Message::Close(frame) => break frame.unwrap(),
                    _ => {}
                }
            };
            // That it is there, and what the job has found.
            assert_eq!((texts, u16::from(close.code)), (2, 1001));
            while feed.read().is_ok() {}
            assert_eq!(program.line().as_deref(), Some("ending; Ctrl-C again ends at once"));
            assert_eq!(program.line().as_deref(), Some("ended"));
            assert_eq!(program.line(), None);
            assert_eq!(program.end(), (Some(0), String::new()), "{backend}");
            assert_eq!(folder.count("SELECT words FROM notes WHERE text = 'buy #milk'"), 2);
            // It was closed: nothing is left beside it.
            assert!(!folder.database().with_extension("db-wal").exists());
        });
    }
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    on_each_backend(|backend| {
        let folder = Folder::new();
        let mut program = Program::start(&folder, backend);
        assert!(program.post(r#"{"text": "one"}"#).starts_with("HTTP/1.1 201 "));
        // A request whose body does not come keeps it from ending.
        let mut held = program.connect();
        write!(held, "{}", head(100).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n"))
            .unwrap();
        let mut answer = [0; 12];
        held.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");

        program.signal(Signal::INT);
        assert_eq!(program.line().as_deref(), Some("ending; Ctrl-C again ends at once"));
        program.signal(Signal::INT);
        assert_eq!(program.line(), None);
        assert_eq!(program.end(), (Some(130), "notes: ended at once".to_owned()), "{backend}");
        assert_eq!(folder.count("SELECT count(*) FROM notes"), 1);
    });
}

#[test]
fn what_is_wrong_is_told() {
    let folder = Folder::new();
    let database = folder.database();
    let database = database.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, code, word) in [
        (&["--help"][..], 0, "usage"),
        (&["--else"], 2, "usage"),
        (&["a", "b", "c"], 2, "usage"),
        (&["nowhere", database], 1, "cannot listen on nowhere"),
        (&[&taken, database], 1, "cannot listen on 127.0.0.1"),
        (&["127.0.0.1:0", "/nowhere/at/all"], 1, "the database: "),
    ] {
        let Output { status, stdout, stderr } = run(arguments);
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert!(
            status.code() == Some(code) && said.contains(word),
            "{arguments:?}: {status} {said}"
        );
    }
}
