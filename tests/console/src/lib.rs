//! What tokio-console shows of the tasks of anyrt, in `tests`.
