//! What came out of the rounds of one workload.

use crate::measure::{Cost, Part};
use crate::peer::Peer;
use crate::statistics::Summary;
use crate::workload::{Unit, Workload};

/// The costs of each round, or why there are none.
pub type Outcome = Result<Vec<Cost>, String>;

/// A workload with all who took part.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub workload: &'static Workload,
    /// In the order in which the peers were given.
    pub outcomes: Vec<(Peer, Outcome)>,
}

impl Row {
    /// What the rounds of a peer took; `None` where there are none, and for the time of processors of what is no time.
    #[must_use]
    pub fn rounds(&self, peer: Peer, part: Part) -> Option<Vec<f64>> {
        if part == Part::Cpu && self.workload.unit == Unit::Bytes {
            return None;
        }
        let (_, outcome) = self.outcomes.iter().find(|(other, _)| *other == peer)?;
        let costs = outcome.as_ref().ok().filter(|costs| !costs.is_empty())?;
        Some(costs.iter().map(|cost| cost.part(part)).collect())
    }

    /// The middle of what a peer took.
    #[must_use]
    pub fn summary(&self, peer: Peer, part: Part) -> Option<Summary> {
        self.rounds(peer, part).map(Summary::of)
    }

    /// How many times as much `theirs` took as `ours`: above 1, ours is faster.
    #[must_use]
    pub fn ratio(&self, ours: Peer, theirs: Peer, part: Part) -> Option<Summary> {
        Some(Summary::of_ratios(self.rounds(ours, part)?, self.rounds(theirs, part)?))
    }

    /// Who has failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (Peer, &str)> {
        self.outcomes
            .iter()
            .filter_map(|(peer, outcome)| Some((*peer, outcome.as_ref().err()?.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(unit: Unit) -> Row {
        let workload = Workload { name: "nothing", unit, goal: None, on: |_| None };
        let costs = |value| Ok(vec![Cost { value, cpu: 10.0 * value }; 3]);
        let outcomes = vec![
            (Peer::Native, costs(1.0)),
            (Peer::Tokio, costs(2.0)),
            (Peer::Smol, Err("it was stuck".to_owned())),
        ];
        Row { workload: Box::leak(Box::new(workload)), outcomes }
    }

    #[test]
    fn who_took_half_is_twice_as_fast() {
        let row = row(Unit::Nanoseconds);
        for part in [Part::Value, Part::Cpu] {
            let ratio = row.ratio(Peer::Native, Peer::Tokio, part).unwrap();
            assert_eq!(ratio, Summary { low: 2.0, median: 2.0, high: 2.0 });
        }
    }

    #[test]
    fn who_failed_is_compared_with_nobody() {
        let row = row(Unit::Nanoseconds);
        assert_eq!(row.ratio(Peer::Smol, Peer::Tokio, Part::Value), None);
        assert_eq!(row.ratio(Peer::Native, Peer::Smol, Part::Value), None);
        assert_eq!(row.failures().collect::<Vec<_>>(), [(Peer::Smol, "it was stuck")]);
    }

    #[test]
    fn memory_takes_no_time_of_processors() {
        let row = row(Unit::Bytes);
        assert_eq!(row.ratio(Peer::Native, Peer::Tokio, Part::Cpu), None);
        assert!(row.ratio(Peer::Native, Peer::Tokio, Part::Value).is_some());
    }
}
