//! A process that answers each line with a line.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// When a process is taken for stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// Ends the process when it is dropped.
#[derive(Debug)]
pub struct Dialogue {
    process: Child,
    questions: ChildStdin,
    answers: Receiver<io::Result<String>>,
}

impl Dialogue {
    /// Starts the process.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn begin(command: &mut Command) -> io::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().expect("it was asked for");
        let output = BufReader::new(process.stdout.take().expect("it was asked for"));
        let (send, answers) = mpsc::channel();
        // Waits for answers, as a pipe has no time limit. Ends with the process.
        thread::Builder::new().spawn(move || {
            for line in output.lines() {
                if send.send(line).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { process, questions, answers })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// What happened to the process, in words.
    pub fn ask(&mut self, question: &str) -> Result<String, String> {
        // An error says that the process has ended: so will the answer, and why.
        let _ = writeln!(self.questions, "{question}");
        match self.answers.recv_timeout(LIMIT) {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(RecvTimeoutError::Timeout) => Err(format!("no answer for {} s", LIMIT.as_secs())),
            Err(RecvTimeoutError::Disconnected) => Err(match self.process.wait() {
                Ok(status) => format!("the process has ended with {status}"),
                Err(error) => error.to_string(),
            }),
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the process does: answers until nobody asks any more.
pub fn answer(mut reply: impl FnMut(&str) -> String) {
    for question in io::stdin().lines() {
        let Ok(question) = question else { return };
        // A line at a time, also into a pipe. Who does not wait for it has gone.
        if writeln!(io::stdout(), "{}", reply(&question)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Dialogue {
        Dialogue::begin(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn questions_are_answered_line_by_line() {
        let mut dialogue = shell("while read word number; do echo $number $word; done");
        assert_eq!(dialogue.ask("round 1"), Ok("1 round".to_owned()));
        assert_eq!(dialogue.ask("round 2"), Ok("2 round".to_owned()));
    }

    #[test]
    fn a_process_that_has_ended_says_how() {
        let mut dialogue = shell("read word; exit 3");
        let end = Err("the process has ended with exit status: 3".to_owned());
        assert_eq!(dialogue.ask("round 1"), end);
        assert_eq!(dialogue.ask("round 2"), end);
    }
}
