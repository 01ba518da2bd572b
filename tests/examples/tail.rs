//! The last lines of files that lie still, grow, shrink, go and come.

use std::time::Duration;

use super::*;

/// One that follows files; killed in the end.
struct Following {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Following {
    fn of(backend: &str, files: &[&str]) -> Self {
        let mut command = example("tail");
        command.args(["-f", "--interval", "5"]).args(files).env("ANYRT_BACKEND", backend);
        let mut child = command.start();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    #[track_caller]
    fn prints(&mut self, text: &str) {
        let mut read = vec![0; text.len()];
        self.stdout.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8_lossy(&read), text);
    }

    #[track_caller]
    fn tells(&mut self, line: &str) {
        let mut read = String::new();
        self.stderr.read_line(&mut read).unwrap();
        assert!(read.starts_with(line), "{read:?}, and not {line:?}");
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(file: &TemporaryFile, text: &str) {
    fs::OpenOptions::new()
        .append(true)
        .open(file.path())
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}

#[test]
fn prints_the_last_lines() {
    let numbers = |range: std::ops::Range<u32>| range.map(|n| format!("{n}\n")).collect::<String>();
    // Of several blocks, with lines across their borders.
    let long = "x".repeat(100_000);
    let of_long_lines = format!("{long}1\n{long}2\n{long}3");
    for backend in anyrt::selection().unwrap().compiled() {
        for (content, count, last) in [
            (&*numbers(0..20), None, &*numbers(10..20)),
            (&numbers(0..5), None, &numbers(0..5)),
            (&numbers(0..50_000), Some("30000"), &numbers(20_000..50_000)),
            (&numbers(0..50_000), Some("50000"), &numbers(0..50_000)),
            (&numbers(0..3), Some("1"), "2\n"),
            (&numbers(0..3), Some("0"), ""),
            ("a\nb", Some("1"), "b"),
            ("a\n\n", Some("1"), "\n"),
            ("\n\n\n", Some("2"), "\n\n"),
            ("a", Some("1"), "a"),
            ("", Some("1"), ""),
            (&of_long_lines, Some("2"), &of_long_lines[100_002..]),
            (&of_long_lines, Some("3"), &of_long_lines),
        ] {
            let file = TemporaryFile::with(content.as_bytes());
            let mut command = example("tail");
            command.args(count.iter().flat_map(|count| ["-n", count])).arg(file.path());
            let ended = Ended::of(command.env("ANYRT_BACKEND", backend).start()).succeeded();
            assert!(ended.stdout == last, "{count:?} lines of {} on {backend}", content.len());
        }
    }
}

#[test]
fn several_files_have_headers_and_one_that_can_not_be_read_keeps_none_back() {
    let (one, two) = (TemporaryFile::with(b"1\n2\n"), TemporaryFile::with(b"3\n"));
    let folder = Path::new(one.path()).parent().unwrap().to_str().unwrap();
    let files = [one.path(), "no/such/file", folder, two.path()];
    for backend in anyrt::selection().unwrap().compiled() {
        let mut command = example("tail");
        command.args(["-n", "1"]).args(files).env("ANYRT_BACKEND", backend);
        let ended = Ended::of(command.start());
        let ended = ended.failed(1, "tail: no/such/file: No such file or directory");
        ended.says(&format!("tail: {folder}: not a regular file\n"));
        let expected = format!("==> {} <==\n2\n\n==> {} <==\n3\n", one.path(), two.path());
        assert_eq!(ended.stdout, expected, "on {backend}");
    }
}

#[test]
fn follows_a_file_that_grows_is_truncated_replaced_and_goes() {
    for backend in anyrt::selection().unwrap().compiled() {
        let file = TemporaryFile::with(b"one\n");
        let mut following = Following::of(backend, &[file.path()]);
        following.prints("one\n");
        append(&file, "tw");
        following.prints("tw");
        append(&file, "o\n");
        following.prints("o\n");

        fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(0).unwrap();
        following.tells(&format!("tail: {}: truncated", file.path()));
        append(&file, "three\n");
        following.prints("three\n");

        // As logs are rotated, by one that still writes to the old file a bit.
        let mut old = fs::OpenOptions::new().append(true).open(file.path()).unwrap();
        let new = TemporaryFile::with(b"five\n");
        old.write_all(b"four\n").unwrap();
        fs::rename(new.path(), file.path()).unwrap();
        following.prints("four\nfive\n");
        following.tells(&format!("tail: {}: replaced", file.path()));

        fs::remove_file(file.path()).unwrap();
        following.tells(&format!("tail: {}: No such file or directory", file.path()));
        fs::write(file.path(), "six\n").unwrap();
        following.prints("six\n");
        drop(following);
    }
}

#[test]
fn follows_several_files_and_waits_for_those_that_are_missing() {
    for backend in anyrt::selection().unwrap().compiled() {
        let (one, two) = (TemporaryFile::with(b"1\n"), TemporaryFile::with(b""));
        fs::remove_file(two.path()).unwrap();
        let mut following = Following::of(backend, &[one.path(), two.path()]);
        following.tells(&format!("tail: {}: No such file or directory", two.path()));
        following.prints(&format!("==> {} <==\n1\n", one.path()));
        fs::write(two.path(), "2\n").unwrap();
        following.prints(&format!("\n==> {} <==\n2\n", two.path()));
        append(&two, "3\n");
        following.prints("3\n");
        append(&one, "4\n");
        following.prints(&format!("\n==> {} <==\n4\n", one.path()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn sleeps_while_nothing_happens() {
    for backend in anyrt::selection().unwrap().compiled() {
        let file = TemporaryFile::with(b"1\n");
        let mut command = example("tail");
        // It looks at it again long after the test has ended.
        command.args(["-f", "--interval", "3600000", file.path()]).env("ANYRT_BACKEND", backend);
        let mut child = command.start();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // The first look comes at once. From then on it takes no time of the processor, however long it is watched.
        let time = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
            let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
            fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
        };
        let is_quiet = (0..100).any(|_| {
            let before = time();
            thread::sleep(Duration::from_millis(300));
            time() == before
        });
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_quiet, "on {backend}");
    }
}

#[test]
fn an_output_that_nobody_reads_is_an_error() {
    let file = TemporaryFile::with("hello\n".repeat(200_000).as_bytes());
    let mut child = example("tail").args(["-n", "100000", file.path()]).start();
    drop(child.stdout.take());
    Ended::of(child).failed(1, "tail: cannot write: Broken pipe");
}

#[test]
fn says_how_it_is_used() {
    for (arguments, error) in [
        (&[][..], "name a FILE"),
        (&["-f"], "name a FILE"),
        (&["-n", "ten", "file"], "\"ten\" is not a number"),
        (&["-n"], "\"\" is not a number"),
        (&["--interval", "-1", "file"], "\"-1\" is not a number"),
        (&["-F", "file"], "unknown option -F"),
    ] {
        let ended = run("tail", arguments).failed(2, error);
        assert!(ended.stderr.contains("usage: tail"), "{ended:?}");
    }
    assert!(run("tail", &["--help"]).succeeded().stdout.starts_with("usage: tail"));
}
