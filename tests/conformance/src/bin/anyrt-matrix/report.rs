//! From results of cases to guarantees: what each suite keeps, breaks, and lacks.

use std::collections::BTreeSet;
use std::env::consts::{ARCH, OS};

use crate::guarantees::{self, Guarantee};
use crate::outcome::Outcome;
use crate::run::{DECLARATION, Results, Run};

/// Which guarantees a case proves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    pub(crate) case: &'static str,
    pub(crate) guarantees: &'static [&'static str],
    pub(crate) capability: Option<&'static str>,
}

/// What the cases of this package prove.
pub(crate) fn proofs() -> Vec<Proof> {
    let proof = |case: &anyrt_conformance::Case| Proof {
        case: case.name,
        guarantees: case.guarantees,
        capability: case.capability,
    };
    anyrt_conformance::all_cases().map(proof).collect()
}

/// Suites and guarantees, and what is to be said about them.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) version: &'static str,
    /// Where the suites ran, and how they were compiled.
    pub(crate) platform: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) groups: Vec<Group>,
    /// Failures, known and not, in the order of the suites.
    pub(crate) findings: Vec<Finding>,
    /// What the suites lack, in their order. The number of a note is its index and one.
    pub(crate) notes: Vec<Note>,
}

/// A suite.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) capabilities: Vec<String>,
    /// In which its cases ran, in their order.
    pub(crate) configurations: Vec<String>,
    pub(crate) guarantees: Totals,
    pub(crate) runs: Runs,
}

/// How many guarantees are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) kept: usize,
    pub(crate) broken: usize,
    pub(crate) known: usize,
    pub(crate) lacking: usize,
    pub(crate) untested: usize,
}

/// How many runs of cases had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) known: usize,
}

impl Runs {
    pub(crate) fn total(self) -> usize {
        self.passed + self.failed + self.known
    }

    fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut counts = Self::default();
        for run in runs {
            match run.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::KnownFailure { .. } => counts.known += 1,
            }
        }
        counts
    }
}

/// The guarantees of one capability.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
}

/// A guarantee, and a cell for each suite.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) guarantee: Guarantee,
    pub(crate) cells: Vec<Cell>,
}

/// How one suite stands to one guarantee.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) state: State,
    /// How many cases there were, each of which ran in one configuration or in several.
    pub(crate) cases: usize,
    pub(crate) runs: Runs,
    /// Indices of what is to be said about failures.
    pub(crate) findings: Vec<usize>,
    /// Indices of what is lacking, of all of it or of a part.
    pub(crate) notes: Vec<usize>,
}

/// The worst that is true of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Every case passed. Some may belong to a capability that is lacking.
    Kept,
    Broken,
    /// What failed is known to.
    Known,
    /// Every case belongs to a capability that is lacking.
    Lacking,
    /// No case ran, and nothing is said to be lacking.
    Untested,
}

/// A failure, in however many configurations it came about in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) suite: usize,
    pub(crate) case: String,
    /// None for the suite as a whole.
    pub(crate) configurations: Vec<String>,
    pub(crate) guarantees: &'static [&'static str],
    pub(crate) message: String,
    /// Why it is known to fail, if it is.
    pub(crate) known: Option<String>,
}

/// A capability that a suite lacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) suite: usize,
    pub(crate) capability: String,
    pub(crate) reason: String,
}

impl Report {
    pub(crate) fn new(results: &[Results], proofs: &[Proof], table: &str) -> Self {
        let findings: Vec<_> = results
            .iter()
            .enumerate()
            .flat_map(|(suite, of)| findings(suite, of, proofs))
            .collect();
        let notes: Vec<_> =
            results.iter().enumerate().flat_map(|(suite, of)| notes(suite, of)).collect();
        let cell = |guarantee: &Guarantee, (suite, of)| {
            Cell::new(&guarantee.id, suite, of, proofs, &findings, &notes)
        };
        let row = |guarantee: Guarantee| Row {
            cells: results.iter().enumerate().map(|of| cell(&guarantee, of)).collect(),
            guarantee,
        };
        let groups: Vec<_> = guarantees::parse(table)
            .into_iter()
            .map(|group| Group {
                name: group.name,
                rows: group.guarantees.into_iter().map(row).collect(),
            })
            .collect();
        let columns =
            results.iter().enumerate().map(|(suite, of)| column(suite, of, results, &groups));
        let columns = columns.collect();
        let version = env!("CARGO_PKG_VERSION");
        Self { version, platform: platform(results), columns, groups, findings, notes }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.failures().next().is_none()
    }

    /// What nobody expected to fail.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.known.is_none())
    }

    pub(crate) fn known_failures(&self) -> impl Iterator<Item = (&Finding, &str)> {
        self.findings.iter().filter_map(|finding| Some((finding, finding.known.as_deref()?)))
    }

    /// The result in a sentence.
    pub(crate) fn verdict(&self) -> String {
        let number = self.columns.len();
        let suites = if number == 1 { "suite" } else { "suites" };
        let failing: BTreeSet<_> = self.failures().map(|finding| finding.suite).collect();
        match failing.len() {
            0 => format!("No case fails unexpectedly in {number} {suites}."),
            failing => format!("Cases fail in {failing} of {number} {suites}."),
        }
    }

    pub(crate) fn suite(&self, index: usize) -> &str {
        &self.columns[index].name
    }
}

impl Cell {
    fn new(
        id: &str,
        suite: usize,
        results: &Results,
        proofs: &[Proof],
        findings: &[Finding],
        notes: &[Note],
    ) -> Self {
        let of_this = |ids: &[&str]| ids.contains(&id);
        let proofs: Vec<_> = proofs.iter().filter(|proof| of_this(proof.guarantees)).collect();
        let runs: Vec<_> = results
            .runs
            .iter()
            .filter(|run| proofs.iter().any(|proof| proof.case == run.case))
            .collect();
        let cases: BTreeSet<_> = runs.iter().map(|run| run.case.as_str()).collect();
        let is_lacked = |note: &Note, proof: &Proof| {
            note.suite == suite && proof.capability == Some(note.capability.as_str())
        };
        let notes: Vec<_> = (0..notes.len())
            .filter(|&index| proofs.iter().any(|proof| is_lacked(&notes[index], proof)))
            .collect();
        let findings: Vec<_> = (0..findings.len())
            .filter(|&index| findings[index].suite == suite && of_this(findings[index].guarantees))
            .collect();
        let (cases, runs) = (cases.len(), Runs::of(runs));
        let state = match (runs.failed, runs.known, runs.passed, notes.is_empty()) {
            (1.., ..) => State::Broken,
            (0, 1.., ..) => State::Known,
            (0, 0, 1.., _) => State::Kept,
            (0, 0, 0, false) => State::Lacking,
            (0, 0, 0, true) => State::Untested,
        };
        Self { state, cases, runs, findings, notes }
    }
}

/// What failed in a suite; configurations in which it failed in the same way stand together.
fn findings(suite: usize, results: &Results, proofs: &[Proof]) -> Vec<Finding> {
    let problem = results.problem.iter().map(|problem| Finding {
        suite,
        case: DECLARATION.to_owned(),
        configurations: Vec::new(),
        guarantees: &[],
        message: problem.clone(),
        known: None,
    });
    let mut findings: Vec<Finding> = problem.collect();
    for run in &results.runs {
        let (message, known) = match &run.outcome {
            Outcome::Passed => continue,
            Outcome::Failed { message } => (message, None),
            Outcome::KnownFailure { reason, message } => (message, Some(reason.clone())),
        };
        let same = findings
            .iter_mut()
            .find(|one| one.case == run.case && one.message == *message && one.known == known);
        match same {
            Some(same) => same.configurations.push(run.configuration.clone()),
            None => {
                let proof = proofs.iter().find(|proof| proof.case == run.case);
                findings.push(Finding {
                    suite,
                    case: run.case.clone(),
                    configurations: vec![run.configuration.clone()],
                    guarantees: proof.map_or(&[], |proof| proof.guarantees),
                    message: message.clone(),
                    known,
                });
            }
        }
    }
    findings
}

fn notes(suite: usize, results: &Results) -> impl Iterator<Item = Note> {
    results.declaration.lacks.iter().map(move |lack| Note {
        suite,
        capability: lack.capability.clone(),
        reason: lack.reason.clone(),
    })
}

fn column(index: usize, results: &Results, all: &[Results], groups: &[Group]) -> Column {
    let mut guarantees = Totals::default();
    for row in groups.iter().flat_map(|group| &group.rows) {
        let count = match row.cells[index].state {
            State::Kept => &mut guarantees.kept,
            State::Broken => &mut guarantees.broken,
            State::Known => &mut guarantees.known,
            State::Lacking => &mut guarantees.lacking,
            State::Untested => &mut guarantees.untested,
        };
        *count += 1;
    }
    let mut configurations: Vec<String> = Vec::new();
    for run in &results.runs {
        if !configurations.contains(&run.configuration) {
            configurations.push(run.configuration.clone());
        }
    }
    let is_unique = all.iter().filter(|other| other.name == results.name).count() == 1;
    let name = match is_unique {
        true => results.name.clone(),
        false => format!("{} ({})", results.name, results.path),
    };
    let capabilities = results.declaration.capabilities.clone();
    Column { name, capabilities, configurations, guarantees, runs: Runs::of(&results.runs) }
}

fn platform(results: &[Results]) -> String {
    let levels: BTreeSet<_> = results.iter().map(|of| of.optimization.as_str()).collect();
    let levels: Vec<_> = levels.into_iter().filter(|level| !level.is_empty()).collect();
    match levels.is_empty() {
        true => format!("{ARCH} {OS}"),
        false => format!("{ARCH} {OS}, compiled with opt-level {}", levels.join(" and ")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::outcome::{Declaration, Lack};

    use super::*;

    const TABLE: &str = "| id | guarantee |\n|---|---|\n| **spawn** | |\n| S1 | `spawn` <starts>. |\n\
                         | S2 | Dropping detaches. |\n| **blocking** | |\n\
                         | B5 | *Capability.* Threads end. |\n| N4 | Nobody tests it. |\n";

    const PROOFS: &[Proof] = &[
        Proof { case: "spawn::a", guarantees: &["S1"], capability: None },
        Proof { case: "spawn::b", guarantees: &["S1", "S2"], capability: None },
        Proof { case: "shutdown::c", guarantees: &["S2"], capability: Some("shutdown") },
        Proof { case: "keep_alive::d", guarantees: &["B5"], capability: Some("keep_alive") },
    ];

    fn results(name: &str, lacks: &[(&str, &str)], runs: &[(&str, &str, Outcome)]) -> Results {
        let lack = |(capability, reason): &(&str, &str)| Lack {
            capability: capability.to_string(),
            reason: reason.to_string(),
        };
        let run = |(configuration, case, outcome): &(&str, &str, Outcome)| Run {
            configuration: configuration.to_string(),
            case: case.to_string(),
            outcome: outcome.clone(),
        };
        Results {
            name: name.to_owned(),
            path: format!("conformance::{name}"),
            optimization: "0".into(),
            declaration: Declaration {
                name: Some(name.to_owned()),
                version: None,
                capabilities: vec!["current_thread".into()],
                lacks: lacks.iter().map(lack).collect(),
                known_failing: Vec::new(),
            },
            problem: None,
            runs: runs.iter().map(run).collect(),
        }
    }

    fn failed(message: &str) -> Outcome {
        Outcome::Failed { message: message.into() }
    }

    fn known(message: &str) -> Outcome {
        Outcome::KnownFailure { reason: "issue | 7".into(), message: message.into() }
    }

    /// Three suites: one good, one with everything that can go wrong, one that lacks capabilities.
    pub(crate) fn sample() -> Report {
        let good = ["one_worker", "current_thread"].map(|configuration| {
            ["spawn::a", "spawn::b", "shutdown::c", "keep_alive::d"]
                .map(|case| (configuration, case, Outcome::Passed))
        });
        let bad = [
            ("one_worker", "spawn::a", failed("<script>&\"a|b\"")),
            ("one_worker", "spawn::b", Outcome::Passed),
            ("one_worker", "shutdown::c", known("as said")),
            ("current_thread", "spawn::a", failed("<script>&\"a|b\"")),
            ("current_thread", "spawn::b", Outcome::Passed),
            ("current_thread", "unheard::of", failed("lost")),
        ];
        let modest = [
            ("one_worker", "spawn::a", Outcome::Passed),
            ("one_worker", "spawn::b", Outcome::Passed),
        ];
        let lacks =
            [("shutdown", "tasks are <left>"), ("keep_alive", "threads of `blocking` stay")];
        let all = [
            results("good", &[], good.as_flattened()),
            results("b<a>d", &[], &bad),
            results("modest", &lacks, &modest),
        ];
        Report::new(&all, PROOFS, TABLE)
    }

    fn states(report: &Report, suite: usize) -> Vec<State> {
        let rows = report.groups.iter().flat_map(|group| &group.rows);
        rows.map(|row| row.cells[suite].state).collect()
    }

    #[test]
    fn a_guarantee_is_in_the_worst_state_of_its_cases() {
        use State::{Broken, Kept, Known, Lacking, Untested};
        let report = sample();
        assert_eq!(states(&report, 0), [Kept, Kept, Kept, Untested]);
        assert_eq!(states(&report, 1), [Broken, Known, Untested, Untested]);
        assert_eq!(states(&report, 2), [Kept, Kept, Lacking, Untested]);
        assert!(!report.is_success());
        assert_eq!(report.verdict(), "Cases fail in 1 of 3 suites.");
    }

    #[test]
    fn runs_are_counted_and_cases_too() {
        let report = sample();
        let cell = &report.groups[0].rows[0].cells[0];
        assert_eq!((cell.cases, cell.runs), (2, Runs { passed: 4, failed: 0, known: 0 }));
        let cell = &report.groups[0].rows[0].cells[1];
        assert_eq!((cell.cases, cell.runs), (2, Runs { passed: 2, failed: 2, known: 0 }));
        assert_eq!(report.columns[1].runs, Runs { passed: 2, failed: 3, known: 1 });
        let totals = Totals { kept: 2, lacking: 1, untested: 1, ..Totals::default() };
        assert_eq!(report.columns[2].guarantees, totals);
        assert_eq!(report.columns[0].configurations, ["one_worker", "current_thread"]);
    }

    #[test]
    fn the_same_failure_in_two_configurations_is_told_once() {
        let report = sample();
        let failures: Vec<_> = report.failures().collect();
        assert_eq!(failures.len(), 2);
        assert_eq!(failures[0].configurations, ["one_worker", "current_thread"]);
        assert_eq!(failures[0].guarantees, ["S1"]);
        assert_eq!(failures[1].case, "unheard::of");
        assert_eq!(report.groups[0].rows[0].cells[1].findings, [0]);
        let (finding, reason) = report.known_failures().next().unwrap();
        assert_eq!((finding.message.as_str(), reason), ("as said", "issue | 7"));
    }

    #[test]
    fn a_guarantee_that_lacks_a_part_of_its_cases_says_so() {
        let report = sample();
        let (detaching, ends) =
            (&report.groups[0].rows[1].cells[2], &report.groups[1].rows[0].cells[2]);
        assert_eq!((detaching.state, &detaching.notes), (State::Kept, &vec![0]));
        assert_eq!((ends.state, &ends.notes), (State::Lacking, &vec![1]));
        assert!(report.groups[0].rows[1].cells[0].notes.is_empty());
    }

    #[test]
    fn a_suite_that_is_not_sound_fails_though_all_its_cases_pass() {
        let mut unsound = results("unsound", &[], &[("one_worker", "spawn::a", Outcome::Passed)]);
        assert!(Report::new(&[unsound.clone()], PROOFS, TABLE).is_success());
        unsound.problem = Some("declared twice".into());
        let report = Report::new(&[unsound], PROOFS, TABLE);
        assert!(!report.is_success());
        assert_eq!(report.failures().next().unwrap().case, DECLARATION);
    }

    #[test]
    fn a_known_failure_is_no_failure() {
        let results = results("known", &[], &[("one_worker", "spawn::a", known("x"))]);
        let report = Report::new(&[results], PROOFS, TABLE);
        assert!(report.is_success());
        assert_eq!(report.verdict(), "No case fails unexpectedly in 1 suite.");
    }

    #[test]
    fn suites_of_one_name_are_told_apart() {
        let mut twins = [results("twin", &[], &[]), results("twin", &[], &[])];
        twins[1].path = "elsewhere".into();
        let report = Report::new(&twins, PROOFS, TABLE);
        let names: Vec<_> = report.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["twin (conformance::twin)", "twin (elsewhere)"]);
    }

    #[test]
    fn capabilities_come_from_the_cases() {
        let of = |name: &str| proofs().into_iter().find(|proof| proof.case.starts_with(name));
        assert_eq!(of("keep_alive::").unwrap().capability, Some("keep_alive"));
        assert_eq!(of("spawn::").unwrap().capability, None);
    }
}
