//! Where runtimes may differ: what a backend declares to do, or to lack.

use std::sync::LazyLock;

/// Something that not every runtime does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// As [`suite!`](crate::suite) takes it.
    pub name: &'static str,
    /// What a backend with it does.
    pub meaning: &'static str,
}

/// Every capability, in the order of the table in the [documentation](crate#capabilities) of this
/// crate.
pub static CAPABILITIES: LazyLock<Vec<Capability>> =
    LazyLock::new(|| TABLE.lines().skip(2).map(parse).collect());

const TABLE: &str = include_str!("../../CAPABILITIES.md");

/// Takes apart the row ``| `name` | meaning | where |``.
fn parse(row: &'static str) -> Capability {
    let mut cells = row.split('|').map(str::trim).skip(1);
    let mut next = || cells.next().expect("the row has three cells");
    Capability { name: next().trim_matches('`'), meaning: next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert_eq!(CAPABILITIES.len(), 14);
        assert_eq!(CAPABILITIES[0].name, "worker_count");
        assert_eq!(CAPABILITIES[0].meaning, "starts as many worker threads as it is told to");
    }
}
