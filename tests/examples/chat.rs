//! The chat server, among guests of all kinds.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// Long enough that no guest is cut off who hangs up by themselves.
const PATIENT: &[&str] = &["127.0.0.1:0", "--grace", "600000"];

fn server_on(backend: &str, arguments: &[&str]) -> Server {
    Server::of(example("chat").args(arguments).env("ANYRT_BACKEND", backend))
}

struct Guest(BufReader<TcpStream>);

impl Guest {
    /// Whom the server has asked for a name.
    fn stranger(server: &Server) -> Self {
        let stream = TcpStream::connect(&server.address).unwrap();
        // So that a failure is told, and not waited for.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut guest = Self(BufReader::new(stream));
        guest.reads("* welcome, what is your name?");
        guest
    }

    /// Known to `others`, who have read that they are here.
    fn named(server: &Server, name: &str, others: &mut [&mut Self]) -> Self {
        let mut guest = Self::stranger(server);
        guest.says(name);
        let is_here = format!("* {name} is here");
        guest.reads(&is_here);
        for other in others {
            other.reads(&is_here);
        }
        guest
    }

    fn says(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    #[track_caller]
    fn reads(&mut self, line: &str) {
        let mut read = String::new();
        self.0.read_line(&mut read).unwrap();
        assert_eq!(read, format!("{line}\n"));
    }

    #[track_caller]
    fn reads_the_end(mut self) {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

#[test]
fn guests_read_what_the_others_write_and_everyone_a_last_line() {
    for backend in anyrt::selection().unwrap().compiled() {
        for signal in [Signal::TERM, Signal::INT] {
            let server = server_on(backend, PATIENT);
            let mut ann = Guest::named(&server, "ann", &mut []);
            let mut bob = Guest::named(&server, "bob", &mut [&mut ann]);
            let mut stranger = Guest::stranger(&server);
            ann.says("hello");
            bob.reads("ann: hello");
            // In pieces, with the line feeds of other systems, and with what would command a terminal.
            for piece in ["good ", "\u{1b}[2Jday\r", "\n"] {
                bob.0.get_mut().write_all(piece.as_bytes()).unwrap();
            }
            ann.reads("bob: good [2Jday");
            let mut carl = Guest::named(&server, "carl", &mut [&mut ann, &mut bob]);
            drop(carl.0);
            for guest in [&mut ann, &mut bob] {
                guest.reads("* carl has left");
            }
            carl = Guest::named(&server, "carl", &mut [&mut ann, &mut bob]);

            let id = Pid::from_child(&server.child);
            kill_process(id, signal).unwrap();
            for mut guest in [ann, bob, carl] {
                guest.reads("* the server ends, goodbye");
                guest.reads_the_end();
            }
            stranger.reads("* the server ends, goodbye");
            // Only she is still connected, and may say what she likes.
            stranger.says("wait for me");
            stranger.reads_the_end();
            let mut server = server;
            let mut rest = String::new();
            server.stdout.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "ended\n", "on {backend}");
            assert_eq!(server.child.wait().unwrap().code(), Some(0), "on {backend}");
        }
    }
}

#[test]
fn who_does_not_hang_up_is_cut_off() {
    for backend in anyrt::selection().unwrap().compiled() {
        let server = server_on(backend, &["127.0.0.1:0", "--grace", "50"]);
        let mut ann = Guest::named(&server, "ann", &mut []);
        // He does not even read.
        let _bob = Guest::named(&server, "bob", &mut [&mut ann]);
        assert_eq!(server.ended_by(Signal::TERM), (Some(0), "ended\n".to_owned()), "on {backend}");
    }
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let mut server = server_on(first(), PATIENT);
    let mut ann = Guest::named(&server, "ann", &mut []);
    let id = Pid::from_child(&server.child);
    kill_process(id, Signal::INT).unwrap();
    ann.reads("* the server ends, goodbye");
    kill_process(id, Signal::INT).unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn who_sends_lines_without_an_end_or_resets_the_connection_harms_nobody() {
    let server = server_on(first(), PATIENT);
    let mut ann = Guest::named(&server, "ann", &mut []);
    let mut bob = Guest::named(&server, "bob", &mut [&mut ann]);
    // It may be closed before all is written.
    let _ = bob.0.get_mut().write_all(&[b'x'; 5000]);
    ann.reads("* bob has left");

    let carl = Guest::named(&server, "carl", &mut [&mut ann]);
    ann.says("hello");
    // To close it with something unread resets it.
    carl.0.get_ref().peek(&mut [0]).unwrap();
    drop(carl);
    ann.reads("* carl has left");

    // The last line may lack its end.
    let dora = Guest::named(&server, "dora", &mut [&mut ann]);
    dora.0.get_ref().write_all(b"bye").unwrap();
    drop(dora);
    ann.reads("dora: bye");
    ann.reads("* dora has left");
    drop(ann);
    assert_eq!(server.ended_by(Signal::TERM), (Some(0), "ended\n".to_owned()));
}

#[test]
fn who_does_not_read_misses_messages_and_keeps_nobody_waiting() {
    let server = server_on(first(), &["127.0.0.1:0", "--grace", "50"]);
    let mut ann = Guest::named(&server, "ann", &mut []);
    let mut bob = Guest::named(&server, "bob", &mut [&mut ann]);
    let mut lazy = Guest::named(&server, "lazy", &mut [&mut ann, &mut bob]);
    // More than the buffers of any system hold.
    let long = "x".repeat(1000);
    for _ in 0..20_000 {
        ann.says(&long);
        bob.reads(&format!("ann: {long}"));
    }
    let mut line = String::new();
    while !line.starts_with("* missed: ") {
        line.clear();
        assert_ne!(lazy.0.read_line(&mut line).unwrap(), 0, "it missed nothing");
    }
}

#[test]
fn says_why_it_fails_and_how_it_is_used() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    run("chat", &[&address]).failed(1, &format!("chat: cannot listen on {address}: "));
    for (arguments, error) in [
        (&["a:1", "b:1"][..], "unexpected argument b:1"),
        (&["--grace"], "\"\" is not a number"),
        (&["--grace", "-1"], "\"-1\" is not a number"),
        (&["--loud"], "unknown option --loud"),
    ] {
        let ended = run("chat", arguments).failed(2, error);
        assert!(ended.stderr.contains("usage: chat"), "{ended:?}");
    }
    assert!(run("chat", &["--help"]).succeeded().stdout.starts_with("usage: chat"));
}

fn first() -> &'static str {
    anyrt::selection().unwrap().compiled()[0]
}
