//! What comes of a case, and how programs are told.

use std::env;

use super::Declaration;

/// Set for programs that read what comes of the cases, such as the one that draws the matrix.
const VARIABLE: &str = "ANYRT_CONFORMANCE_REPORT";

/// What comes of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// With the message of the panic.
    Failed(String),
    /// With what is known about it.
    Hangs(String),
}

impl Outcome {
    /// The line for a program that reads it. The kinds are written out here and nowhere else.
    pub(super) fn report(&self) -> String {
        match self {
            Self::Passed => line(&["anyrt-case", "passed"]),
            Self::Failed(message) => line(&["anyrt-case", "failed", message]),
            Self::Hangs(message) => line(&["anyrt-case", "hangs", message]),
        }
    }

    /// Finds the line in what a process has printed; the test harness may have begun it.
    pub(super) fn parse(printed: &str) -> Option<Self> {
        let mut lines = printed.lines().filter_map(|line| line.split_once("anyrt-case\t"));
        let (_, report) = lines.next()?;
        let (kind, message) = report.split_once('\t').unwrap_or((report, ""));
        match kind {
            "passed" => Some(Self::Passed),
            "failed" => Some(Self::Failed(message.to_owned())),
            "hangs" => Some(Self::Hangs(message.to_owned())),
            _ => None,
        }
    }

    /// What the test of the case says, where the case `name` is known to fail for `known`.
    pub(super) fn judge(self, name: &str, known: Option<&'static str>) -> Verdict {
        match (self, known) {
            (Self::Passed, None) => Verdict::Passes,
            (Self::Passed, Some(reason)) => Verdict::Fails(format!(
                "`{name}` passes: take it off `known_failing`, where the reason is: {reason}"
            )),
            (Self::Failed(message) | Self::Hangs(message), None) => Verdict::Fails(message),
            (Self::Failed(message) | Self::Hangs(message), Some(reason)) => {
                Verdict::FailsAsKnown { reason, message }
            }
        }
    }
}

/// What the test of a case says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passes,
    Fails(String),
    FailsAsKnown { reason: &'static str, message: String },
}

impl Verdict {
    /// The line for a program that reads it.
    pub(super) fn report(&self) -> String {
        match self {
            Self::Passes => Outcome::Passed.report(),
            Self::Fails(message) => line(&["anyrt-case", "failed", message]),
            Self::FailsAsKnown { reason, message } => {
                line(&["anyrt-case", "known-failure", reason, message])
            }
        }
    }
}

impl Declaration {
    /// The lines for a program that reads them.
    pub(super) fn report(&self) -> Vec<String> {
        let version = env!("CARGO_PKG_VERSION");
        let mut lines = vec![
            line(&["anyrt-suite", "name", self.name]),
            line(&["anyrt-suite", "version", version]),
        ];
        let capabilities = self.capabilities.iter();
        lines.extend(capabilities.map(|name| line(&["anyrt-suite", "capability", name])));
        let lacks = self.lacks.iter();
        lines.extend(lacks.map(|(name, reason)| line(&["anyrt-suite", "lacks", name, reason])));
        let failing = self.known_failing.iter();
        lines.extend(
            failing.map(|(name, reason)| line(&["anyrt-suite", "known-failing", name, reason])),
        );
        lines
    }
}

/// Whether a program reads.
pub(super) fn is_reported() -> bool {
    env::var_os(VARIABLE).is_some_and(|value| value == "1")
}

fn line(fields: &[&str]) -> String {
    let fields: Vec<_> =
        fields.iter().map(|field| field.replace(['\t', '\n', '\r'], " ")).collect();
    fields.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_and_can_be_read() {
        let failed = Outcome::Failed("left:\t1\nright: 2".to_owned());
        assert_eq!(failed.report(), "anyrt-case\tfailed\tleft: 1 right: 2");
        let printed = format!("\nrunning 1 test\ntest a::b ... {}\nok\n", failed.report());
        assert_eq!(Outcome::parse(&printed), Some(Outcome::Failed("left: 1 right: 2".to_owned())));
        for outcome in [Outcome::Passed, Outcome::Hangs("at a line".to_owned())] {
            assert_eq!(Outcome::parse(&outcome.report()), Some(outcome));
        }
        assert_eq!(Outcome::parse("anyrt-case\tunheard of"), None);
        assert_eq!(Outcome::parse("nothing"), None);
    }

    #[test]
    fn a_failure_fails_the_test_unless_it_is_known() {
        let failed = Outcome::Failed("what".to_owned());
        assert_eq!(failed.clone().judge("a::b", None), Verdict::Fails("what".to_owned()));
        let known = failed.judge("a::b", Some("why"));
        assert_eq!(known, Verdict::FailsAsKnown { reason: "why", message: "what".to_owned() });
        assert_eq!(known.report(), "anyrt-case\tknown-failure\twhy\twhat");
        let hangs = Outcome::Hangs("where".to_owned());
        assert_eq!(hangs.clone().judge("a::b", None).report(), "anyrt-case\tfailed\twhere");
        assert!(matches!(hangs.judge("a::b", Some("why")), Verdict::FailsAsKnown { .. }));
    }

    #[test]
    fn a_known_failure_that_passes_fails_the_test() {
        assert_eq!(Outcome::Passed.judge("a::b", None), Verdict::Passes);
        let Verdict::Fails(message) = Outcome::Passed.judge("a::b", Some("why")) else {
            panic!("it is to be taken off the list");
        };
        assert!(message.contains("take it off") && message.contains("`a::b`"), "{message}");
    }

    #[test]
    fn a_declaration_is_reported_line_by_line() {
        let declaration = Declaration {
            name: "smol",
            capabilities: &["shutdown"],
            lacks: &[("keep_alive", "its threads stay")],
            known_failing: &[("spawn::a", "why")],
            configurations: &[],
        };
        let expected = [
            "anyrt-suite\tname\tsmol",
            concat!("anyrt-suite\tversion\t", env!("CARGO_PKG_VERSION")),
            "anyrt-suite\tcapability\tshutdown",
            "anyrt-suite\tlacks\tkeep_alive\tits threads stay",
            "anyrt-suite\tknown-failing\tspawn::a\twhy",
        ];
        assert_eq!(declaration.report(), expected);
    }
}
