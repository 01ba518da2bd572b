//! What a runtime knows about itself.

/// Numbers of a runtime at one moment, for a page, an exporter or a test; told by
/// [`Spawn::metrics`](crate::Spawn::metrics).
///
/// What a runtime does not count is `None`: no backend counts for this alone (S22). While tasks and threads come
/// and go, each number is of a moment of its own.
///
/// ```
/// use anyrt_core::Spawn;
///
/// fn line<R: Spawn>(runtime: &R) -> Option<String> {
///     let tasks = runtime.metrics().alive_tasks?;
///     Some(format!("tasks_alive {tasks}"))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// The threads that poll tasks: of the runtime's own, or 0 where threads in `block_on` do.
    pub workers: Option<usize>,
    /// The tasks that were spawned and have not ended.
    pub alive_tasks: Option<usize>,
    /// The tasks that are runnable and wait for whichever worker is free first. Not those in the queues of the
    /// workers.
    pub queued_tasks: Option<usize>,
    /// The threads for blocking closures: those that run one, and those that wait for one.
    pub blocking_threads: Option<usize>,
    /// Those of them that wait for a closure.
    pub idle_blocking_threads: Option<usize>,
    /// The closures that wait for a thread.
    pub queued_closures: Option<usize>,
}
