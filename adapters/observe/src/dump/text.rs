//! A dump as a table to read.

use std::fmt;
use std::time::Duration;

use anyrt_core::task::Kind;

use super::{Dump, State, Task};
use crate::Waiting;

pub(super) const TITLES: [&str; 8] =
    ["id", "name", "state", "age", "polls", "busy", "spawned at", "waits for"];

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.tasks.iter().map(|task| self.row(task)).collect();
        let titles = TITLES.map(str::to_owned);
        let width = |column: usize| {
            let cells = rows.iter().chain([&titles]).map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: [usize; 7] = std::array::from_fn(width);
        for row in [&titles].into_iter().chain(&rows) {
            for (cell, width) in row.iter().zip(widths) {
                write!(f, "{cell:width$}  ")?;
            }
            writeln!(f, "{}", row[7])?;
        }
        Ok(())
    }
}

impl Dump {
    pub(super) fn row(&self, task: &Task) -> [String; 8] {
        let name = task.name.as_deref().map(|name| name.escape_debug().to_string());
        let location = task.location;
        let waits: Vec<_> = task.waits.iter().map(|wait| self.wait(wait)).collect();
        let is_silent = task.state == State::Waiting && waits.is_empty();
        [
            task.id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            name.unwrap_or_else(|| "-".to_owned()),
            state(task),
            short(task.age),
            task.polls.to_string(),
            short(task.busy),
            format!("{}:{}", location.file(), location.line()),
            if is_silent { "not told".to_owned() } else { waits.join(", or ") },
        ]
    }

    fn wait(&self, wait: &Waiting) -> String {
        match wait {
            Waiting::Sleep { deadline } => match self.left(*deadline) {
                Ok(left) => format!("a sleep, {} more", short(left)),
                Err(over) => format!("a sleep, over since {}", short(over)),
            },
            Waiting::Io { interest, source } => format!("{interest:?} {}", one_line(source)),
            Waiting::Task { id } => format!("task {id}"),
            Waiting::Other { what } => one_line(what),
            Waiting::Others => "others".to_owned(),
        }
    }
}

fn state(task: &Task) -> String {
    match (&task.state, task.kind) {
        (State::Running { thread, lasts }, kind) => {
            let verb = if kind == Kind::Closure { "blocks" } else { "runs" };
            let thread = thread.as_deref().map(|name| format!(" on {}", name.escape_debug()));
            format!("{verb} since {}{}", short(*lasts), thread.unwrap_or_default())
        }
        (State::Ready, Kind::Closure) => "queued".to_owned(),
        (State::Ready, _) => "ready".to_owned(),
        (State::Waiting, _) => "waits".to_owned(),
    }
}

/// What a `Debug` has written, which has escaped most itself.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            line.extend(letter.escape_debug());
        } else {
            line.push(letter);
        }
    }
    line
}

fn short(duration: Duration) -> String {
    format!("{duration:.1?}")
}
