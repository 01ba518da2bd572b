//! A dump as JSON.

use anyrt_core::Interest;
use anyrt_core::task::Id;
use serde_json::{Value, json};

use super::{Dump, State, Task};
use crate::{Waiting, metrics};

impl Dump {
    /// The same as a text in JSON: an object with a list `tasks`. Times are seconds; what does not apply is null.
    ///
    /// ```
    /// let tasks = anyrt_observe::Tasks::install();
    /// assert_eq!(tasks.dump().to_json(), r#"{"tasks":[]}"#);
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "json")))]
    pub fn to_json(&self) -> String {
        let tasks: Vec<_> = self.tasks.iter().map(|task| self.task(task)).collect();
        json!({ "tasks": tasks }).to_string()
    }

    fn task(&self, task: &Task) -> Value {
        let (state, thread, lasts) = match &task.state {
            State::Ready => ("ready", None, None),
            State::Running { thread, lasts } => {
                ("running", thread.as_deref(), Some(lasts.as_secs_f64()))
            }
            State::Waiting => ("waiting", None, None),
        };
        json!({
            "id": task.id.map(number),
            "name": task.name,
            "kind": metrics::kind(task.kind),
            "file": task.location.file(),
            "line": task.location.line(),
            "column": task.location.column(),
            "age": task.age.as_secs_f64(),
            "polls": task.polls,
            "busy": task.busy.as_secs_f64(),
            "state": state,
            "thread": thread,
            "running": lasts,
            "waits": task.waits.iter().map(|wait| self.wait_object(wait)).collect::<Vec<_>>(),
        })
    }

    fn wait_object(&self, wait: &Waiting) -> Value {
        match wait {
            Waiting::Sleep { deadline } => {
                let left = match self.left(*deadline) {
                    Ok(left) => left.as_secs_f64(),
                    Err(over) => -over.as_secs_f64(),
                };
                json!({ "for": "sleep", "left": left })
            }
            Waiting::Io { interest, source } => {
                let interest =
                    if *interest == Interest::Readable { "readable" } else { "writable" };
                json!({ "for": "io", "interest": interest, "source": &**source })
            }
            Waiting::Task { id } => json!({ "for": "task", "id": number(*id) }),
            Waiting::Other { what } => json!({ "for": "other", "what": &**what }),
            Waiting::Others => json!({ "for": "others" }),
        }
    }
}

/// An id shows a number.
fn number(id: Id) -> Value {
    let text = id.to_string();
    text.parse::<u64>().map_or(Value::String(text), Value::from)
}
