//! The server that speaks the protocol of Redis, under its real clients where they are installed.

use anyrt_tests::left_out;
use rustix::process::Signal;

use super::*;

fn server_on(backend: &str) -> Server {
    Server::of(example("kv").arg("127.0.0.1:0").env("ANYRT_BACKEND", backend))
}

fn on_each_server(test: impl Fn(&Server)) {
    for backend in anyrt::selection().unwrap().compiled() {
        let server = server_on(backend);
        test(&server);
        assert_eq!(server.ended_by(Signal::TERM), (Some(0), "ended\n".to_owned()), "on {backend}");
    }
}

fn client(program: &str, server: &Server) -> Command {
    let (host, port) = server.address.rsplit_once(':').unwrap();
    let mut client = Command::new(program);
    client.args(["-h", host, "-p", port]);
    client
}

fn is_installed(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        left_out(&format!("{program} is not installed"));
    }
    is_there
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(&server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// What comes back for `requests`, in one piece and byte by byte, is `replies`.
fn answers(server: &Server, requests: &str, replies: &str) {
    for is_slow in [false, true] {
        let mut stream = connect(server);
        stream.write_all(b"flushall\r\n").unwrap();
        let mut received = vec![0; b"+OK\r\n".len() + replies.len()];
        if is_slow {
            for byte in requests.bytes() {
                stream.write_all(&[byte]).unwrap();
            }
        } else {
            stream.write_all(requests.as_bytes()).unwrap();
        }
        stream.read_exact(&mut received).unwrap();
        assert_eq!(String::from_utf8_lossy(&received), format!("+OK\r\n{replies}"), "{requests:?}");
        // And no more than that.
        stream.write_all(b"quit\r\n").unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "+OK\r\n", "{requests:?}");
    }
}

#[test]
fn requests_may_come_in_pieces_and_many_at_once() {
    on_each_server(|server| {
        let set_and_get =
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\r\n\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
        answers(server, set_and_get, "+OK\r\n$4\r\n\r\n\r\n\r\n");
        answers(server, "incr n\r\nincr n\r\n\r\nget n\r\n", ":1\r\n:2\r\n$1\r\n2\r\n");
        answers(server, "rpush l a b c\r\nlrange l -2 5\r\n", ":3\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n");
        answers(server, "lrange nothing 0 -1\r\nget nothing\r\n", "*0\r\n$-1\r\n");
    });
}

#[test]
fn wrong_requests_are_errors_and_harm_nobody() {
    on_each_server(|server| {
        let kept = connect(server);
        for (request, error) in [
            ("*1\r\n:1\r\n", "ERR Protocol error: expected '$'"),
            ("*-7\r\n", "ERR Protocol error: invalid multibulk length"),
            ("*1\r\n$999999999999\r\n", "ERR Protocol error: invalid bulk length"),
            ("*1\r\n$1\r\nabc", "ERR Protocol error: a bulk is longer than it says"),
        ] {
            let mut stream = connect(server);
            stream.write_all(request.as_bytes()).unwrap();
            let mut reply = String::new();
            stream.read_to_string(&mut reply).unwrap();
            assert_eq!(reply, format!("-{error}\r\n"), "{request:?}");
        }
        answers(server, "nonsense\r\n", "-ERR unknown command 'nonsense'\r\n");
        answers(server, "get\r\n", "-ERR wrong number of arguments for 'get' command\r\n");
        let of_another_kind =
            "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
        answers(server, "lpush l 1\r\nincr l\r\n", &format!(":1\r\n{of_another_kind}"));
        let no_integer = "-ERR value is not an integer or out of range\r\n";
        answers(
            server,
            "set a x\r\nincr a\r\nexpire a y\r\n",
            &format!("+OK\r\n{no_integer}{no_integer}"),
        );
        drop(kept);
    });
}

#[test]
fn keys_expire_though_nobody_asks() {
    on_each_server(|server| {
        let mut stream = connect(server);
        stream.write_all(b"set a 1 px 30\r\nset b 2 ex 1000\r\nttl b\r\nttl c\r\n").unwrap();
        let expected = "+OK\r\n+OK\r\n:1000\r\n:-2\r\n";
        let mut received = vec![0; expected.len()];
        stream.read_exact(&mut received).unwrap();
        assert_eq!(String::from_utf8_lossy(&received), expected);
        let mut size = [0; 4];
        while &size != b":1\r\n" {
            stream.write_all(b"dbsize\r\n").unwrap();
            stream.read_exact(&mut size).unwrap();
        }
    });
}

#[test]
fn messages_reach_those_who_have_subscribed() {
    on_each_server(|server| {
        let (mut subscriber, mut publisher) = (connect(server), connect(server));
        let exchange = |stream: &mut TcpStream, request: &str, reply: &str| {
            stream.write_all(request.as_bytes()).unwrap();
            let mut received = vec![0; reply.len()];
            stream.read_exact(&mut received).unwrap();
            assert_eq!(String::from_utf8_lossy(&received), reply);
        };
        let subscribed = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";
        exchange(&mut publisher, "publish news early\r\n", ":0\r\n");
        exchange(&mut subscriber, "subscribe news\r\n", subscribed);
        exchange(&mut publisher, "publish news hello\r\n", ":1\r\n");
        exchange(&mut subscriber, "", "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
        drop(subscriber);
        let mut gone = [0; 4];
        while &gone != b":0\r\n" {
            publisher.write_all(b"publish news anybody\r\n").unwrap();
            publisher.read_exact(&mut gone).unwrap();
        }
    });
}

#[test]
fn its_own_clients_are_content() {
    if !is_installed("redis-cli") || !is_installed("redis-benchmark") {
        return;
    }
    on_each_server(|server| {
        let mut commands = client("redis-cli", server).start();
        let script = "set greeting hello\nappend greeting ' world'\nget greeting\nsadd s a b a\nhset h f v\nhgetall h\n";
        commands.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let ended = Ended::of(commands).succeeded();
        assert_eq!(ended.stdout, "OK\n11\nhello world\n2\n1\nf\nv\n");
        let tests = "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,lrange_100,mset";
        for pipelined in ["1", "16"] {
            let mut benchmark = client("redis-benchmark", server);
            benchmark.args(["-q", "-n", "2000", "-c", "20", "-P", pipelined, "-t", tests]);
            let ended = Ended::of(benchmark.start()).succeeded();
            assert_eq!(ended.stdout.matches("requests per second").count(), 15, "{ended:?}");
            assert!(!ended.stdout.contains("ERR") && !ended.stderr.contains("ERR"), "{ended:?}");
        }
    });
}

#[test]
fn an_address_in_use_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_ne!(run("kv", &[&address]).code, Some(0));
}
