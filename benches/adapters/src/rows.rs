//! The adapters.

mod criterion;
mod futures;
mod hickory;
mod opendal;
mod opentelemetry;
mod zbus;

use crate::Row;

/// All of them; those for which the machine lacks the other side are left out, and say so.
pub fn all() -> Vec<Row> {
    let rows = [
        Some(criterion::row()),
        Some(futures::row()),
        Some(hickory::row()),
        Some(opendal::row()),
        Some(opentelemetry::row()),
        zbus::row(),
    ];
    rows.into_iter().flatten().collect()
}
