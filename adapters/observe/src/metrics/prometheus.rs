//! A snapshot as a page for Prometheus, in the text format of version 0.0.4.

use std::fmt::{self, Display, Formatter};

use anyrt_core::observe::End;

use super::{ENDS, KINDS, Snapshot};
use crate::Histogram;

impl Display for Snapshot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "anyrt_tasks_alive", "gauge", "Tasks that were spawned and have not ended.")?;
        for kind in KINDS {
            let label = super::kind(kind);
            writeln!(f, "anyrt_tasks_alive{{kind=\"{label}\"}} {}", self.alive(kind))?;
        }
        head(f, "anyrt_tasks_spawned_total", "counter", "Tasks that were spawned.")?;
        for kind in KINDS {
            let label = super::kind(kind);
            writeln!(f, "anyrt_tasks_spawned_total{{kind=\"{label}\"}} {}", self.spawned(kind))?;
        }
        head(f, "anyrt_tasks_ended_total", "counter", "Tasks that have ended.")?;
        for (kind, end) in KINDS.into_iter().flat_map(|kind| ENDS.map(|end| (kind, end))) {
            let labels = format!("kind=\"{}\",end=\"{}\"", super::kind(kind), label_of_end(end));
            writeln!(f, "anyrt_tasks_ended_total{{{labels}}} {}", self.ended(kind, end))?;
        }
        histogram(f, "anyrt_poll_seconds", "How long polls took.", &self.polls)?;
        let help = "From the spawn of a task to its first poll.";
        histogram(f, "anyrt_task_start_delay_seconds", help, &self.task_starts)?;
        let help = "From the spawn of a blocking closure to its call.";
        histogram(f, "anyrt_closure_start_delay_seconds", help, &self.closure_starts)?;
        self.fmt_runtime(f)
    }
}

impl Snapshot {
    fn fmt_runtime(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let runtime = &self.runtime;
        let gauges = [
            ("anyrt_workers", "Threads that poll tasks.", runtime.workers),
            (
                "anyrt_runtime_tasks_alive",
                "Tasks of the runtime that have not ended.",
                runtime.alive_tasks,
            ),
            ("anyrt_queued_tasks", "Tasks that wait for any worker.", runtime.queued_tasks),
            ("anyrt_blocking_threads", "Threads for blocking closures.", runtime.blocking_threads),
            (
                "anyrt_idle_blocking_threads",
                "Those without a closure.",
                runtime.idle_blocking_threads,
            ),
            ("anyrt_queued_closures", "Closures that wait for a thread.", runtime.queued_closures),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                head(f, name, "gauge", help)?;
                writeln!(f, "{name} {value}")?;
            }
        }
        Ok(())
    }
}

fn head(f: &mut Formatter<'_>, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(f, "# HELP {name} {help}")?;
    writeln!(f, "# TYPE {name} {kind}")
}

fn histogram(f: &mut Formatter<'_>, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
    head(f, name, "histogram", help)?;
    for (bound, count) in histogram.buckets() {
        writeln!(f, "{name}_bucket{{le=\"{}\"}} {count}", bound.as_secs_f64())?;
    }
    writeln!(f, "{name}_bucket{{le=\"+Inf\"}} {}", histogram.count())?;
    writeln!(f, "{name}_sum {}", histogram.sum().as_secs_f64())?;
    writeln!(f, "{name}_count {}", histogram.count())
}

fn label_of_end(end: End) -> &'static str {
    match end {
        End::Panicked => "panicked",
        End::Cancelled => "cancelled",
        _ => "completed",
    }
}
