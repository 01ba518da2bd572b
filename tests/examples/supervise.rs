//! The supervisor, over commands that end, fail, can't be started, or do not want to end.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;

fn supervise_on(backend: &str, arguments: &[&str]) -> Command {
    let mut command = example("supervise");
    command.args(arguments).env("ANYRT_BACKEND", backend);
    command
}

/// One that runs, and what it says.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Running {
    fn of(mut command: Command) -> Self {
        let mut child = command.start();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    #[track_caller]
    fn prints(&mut self, line: &str) {
        let mut read = String::new();
        self.stdout.read_line(&mut read).unwrap();
        assert_eq!(read, format!("{line}\n"));
    }

    /// The rest of the next line of its standard error that begins like that.
    fn tells(&mut self, start: &str) -> String {
        let line =
            (&mut self.stderr).lines().map(Result::unwrap).find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("it does not say {start:?}"))[start.len()..].to_owned()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn ended(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        Ended { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

#[test]
fn output_is_marked_line_by_line_and_the_end_is_that_of_all() {
    for backend in anyrt::selection().unwrap().compiled() {
        let script = "echo one; echo two >&2; printf three";
        let arguments = ["--", "sh", "-c", script, "--", "/bin/echo", "four"];
        let ended = Ended::of(supervise_on(backend, &arguments).start()).succeeded();
        let mut lines: Vec<_> = ended.stdout.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["echo: four", "sh: one", "sh: three"], "on {backend}");
        for line in ["sh: two\n", "supervise: sh: done\n", "supervise: echo: done\n"] {
            assert!(ended.stderr.contains(line), "{ended:?} on {backend}");
        }
    }
}

#[test]
fn what_fails_starts_anew_with_pauses_that_grow_until_it_is_given_up() {
    for backend in anyrt::selection().unwrap().compiled() {
        let arguments =
            ["--restarts", "3", "--back-off", "1", "--", "sh", "-c", "echo once; exit 3"];
        let ended = Ended::of(supervise_on(backend, &arguments).start());
        let ended = ended.failed(1, "supervise: sh: exit status: 3; given up\n");
        assert_eq!(ended.stdout, "sh: once\n".repeat(4), "on {backend}");
        for pause in [1, 2, 4] {
            ended.says(&format!("sh: exit status: 3; starts anew in {pause} ms\n"));
        }
    }
}

#[test]
fn what_ends_well_at_last_is_well() {
    let marks = TemporaryFile::with(b"");
    let script = format!("echo x >> {0}; test $(wc -l < {0}) = 3", marks.path());
    let ended = run("supervise", &["--back-off", "1", "--", "sh", "-c", &script]).succeeded();
    ended.says("supervise: sh: done\n");
    assert_eq!(fs::read_to_string(marks.path()).unwrap(), "x\n".repeat(3));
}

#[test]
fn signals_are_passed_on_and_it_ends_when_the_commands_have() {
    for backend in anyrt::selection().unwrap().compiled() {
        for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT"), (Signal::HUP, "HUP")] {
            // They end with a failure, which starts nothing anew any more.
            let script = format!(
                "trap 'echo got {name}; exit 1' {name}; echo ready; while :; do sleep 0.01; done"
            );
            let arguments = ["--grace", "600000", "--", "sh", "-c", &script];
            let mut running = Running::of(supervise_on(backend, &arguments));
            running.prints("sh: ready");
            running.signal(signal);
            running.prints(&format!("sh: got {name}"));
            let ended = running.ended().succeeded();
            ended.says("supervise: sh: has ended: exit status: 1\n");
        }
    }
}

#[test]
fn every_command_gets_the_signal() {
    let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let arguments = ["--grace", "600000", "--", "sh", "-c", script, "--", "sh", "-c", script];
    let mut running = Running::of(supervise_on(first(), &arguments));
    running.prints("sh: ready");
    running.prints("sh: ready");
    running.signal(Signal::TERM);
    assert_eq!(running.ended().succeeded().stderr.matches("has ended").count(), 2);
}

#[test]
fn what_ignores_signals_is_killed_and_gone() {
    for backend in anyrt::selection().unwrap().compiled() {
        // The shell itself becomes the program that ignores it.
        let script = "trap '' TERM; echo ready; exec sleep 1000";
        let arguments = ["--grace", "30", "--", "sh", "-c", script];
        let mut running = Running::of(supervise_on(backend, &arguments));
        running.prints("sh: ready");
        let id = running.tells("supervise: sh: runs as ").parse().unwrap();
        running.signal(Signal::TERM);
        running.tells("supervise: sh: does not end, and is killed");
        running.tells("supervise: sh: has ended: signal: 9 (SIGKILL)");
        running.ended().succeeded();
        assert!(test_kill_process(Pid::from_raw(id).unwrap()).is_err(), "on {backend}");
    }
}

#[test]
fn a_signal_ends_a_pause() {
    let arguments = ["--back-off", "4000000", "--", "false"];
    let mut running = Running::of(supervise_on(first(), &arguments));
    running.tells("supervise: false: exit status: 1; starts anew in 4000000 ms");
    running.signal(Signal::INT);
    running.ended().succeeded();
}

#[test]
fn what_can_not_be_started_is_told_and_keeps_nothing_else_back() {
    for backend in anyrt::selection().unwrap().compiled() {
        let arguments = ["--", "/no/such/program", "--", "echo", "hello"];
        let ended = Ended::of(supervise_on(backend, &arguments).start());
        let ended = ended.failed(1, "supervise: program: cannot be run: No such file or directory");
        assert_eq!(ended.stdout, "echo: hello\n", "on {backend}");
    }
    let text = TemporaryFile::with(b"no program");
    run("supervise", &["--", text.path()]).failed(1, "cannot be run: Permission denied");
}

#[test]
fn what_a_command_leaves_behind_does_not_keep_it_from_ending() {
    // It holds the pipes open, and ends by SIGPIPE or when the test has long ended.
    let ended = run("supervise", &["--", "sh", "-c", "sleep 30 & echo hello"]).succeeded();
    assert_eq!(ended.stdout, "sh: hello\n");
}

#[test]
fn output_that_is_no_text_or_is_not_read_does_no_harm() {
    let child = example("supervise").args(["--", "printf", r"\377\n"]).start();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"printf: \xff\n");

    let arguments = ["--restarts", "0", "--", "sh", "-c", "while :; do echo hello; done"];
    let mut child = example("supervise").args(arguments).start();
    drop(child.stdout.take());
    // The command ends as it does when nobody reads it.
    Ended::of(child).failed(1, "supervise: sh: signal: 13 (SIGPIPE); given up\n");
}

#[test]
fn says_how_it_is_used() {
    for (arguments, error) in [
        (&[][..], "name a COMMAND after each --"),
        (&["--"], "name a COMMAND after each --"),
        (&["--", "true", "--"], "name a COMMAND after each --"),
        (&["true"], "unexpected true: commands come after --"),
        (&["--restarts", "x", "--", "true"], "\"x\" is not a number"),
        (&["--grace"], "\"\" is not a number"),
    ] {
        let ended = run("supervise", arguments).failed(2, error);
        assert!(ended.stderr.contains("usage: supervise"), "{ended:?}");
    }
    assert!(run("supervise", &["--help"]).succeeded().stdout.starts_with("usage: supervise"));
}

fn first() -> &'static str {
    anyrt::selection().unwrap().compiled()[0]
}
