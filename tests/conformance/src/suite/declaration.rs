//! What the author of a backend declares, and whether it makes sense.

use std::collections::BTreeSet;
use std::{fmt, io};

use anyrt_core::Config;

use super::outcome::is_reported;
use super::patience::Patience;
use super::{CAPABILITIES, Case, Configuration};

/// What an author has declared, and how the runtime is started.
pub struct Suite<L> {
    /// Starts the runtime of a case.
    pub start: fn(&Config) -> io::Result<L>,
    /// The rest.
    pub declaration: Declaration,
}

/// What an author has declared, apart from the runtime.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// What reports call the backend.
    pub name: &'static str,
    /// What it is capable of.
    pub capabilities: &'static [&'static str],
    /// The other capabilities, with the reasons.
    pub lacks: &'static [(&'static str, &'static str)],
    /// Names of cases, with the reasons.
    pub known_failing: &'static [(&'static str, &'static str)],
    /// The tests that were made.
    pub configurations: &'static [(Configuration, &'static [&'static [Case]])],
}

impl<L> fmt::Debug for Suite<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

/// The test of the declaration.
///
/// # Panics
/// It is wrong, with everything that is wrong in the message.
pub fn check<L>(suite: &Suite<L>) {
    if is_reported() {
        suite.declaration.report().iter().for_each(|line| println!("{line}"));
    }
    Patience::now(); // says so if the variable for it is wrong
    let problems = suite.declaration.problems();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

impl Declaration {
    /// Why a case is expected to fail.
    pub(super) fn known_failure(
        &self,
        configuration: Configuration,
        case: &str,
    ) -> Option<&'static str> {
        let is_meant = |name: &str| is_named(name, configuration, case);
        self.known_failing.iter().find(|(name, _)| is_meant(name)).map(|(_, reason)| *reason)
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !is_line(self.name) {
            problems.push("the name must be one line of text".to_owned());
        }
        self.check_capabilities(&mut problems);
        self.check_known_failing(&mut problems);
        problems
    }

    fn check_capabilities(&self, problems: &mut Vec<String>) {
        let lacking = self.lacks.iter().map(|(name, _)| *name);
        let mut declared = BTreeSet::new();
        for name in self.capabilities.iter().copied().chain(lacking) {
            if !declared.insert(name) {
                problems.push(format!("the capability `{name}` is declared twice"));
            }
            if !CAPABILITIES.iter().any(|capability| capability.name == name) {
                problems.push(format!("there is no capability `{name}`"));
            }
        }
        for capability in CAPABILITIES.iter().filter(|known| !declared.contains(known.name)) {
            problems.push(format!(
                "say about `{}` whether the backend has it, or lacks it and why: it {}",
                capability.name, capability.meaning
            ));
        }
        for (name, _) in self.lacks.iter().filter(|(_, reason)| !is_line(reason)) {
            problems.push(format!("say in one line why the backend lacks `{name}`"));
        }
        let has = |name| self.capabilities.contains(&name);
        if has("steals_handoff") && !has("worker_count") {
            problems.push("`steals_handoff` can't be tested without `worker_count`".to_owned());
        }
        if has("pausable_clock") && !has("current_thread") {
            problems.push("`pausable_clock` can't be tested without `current_thread`".to_owned());
        }
    }

    fn check_known_failing(&self, problems: &mut Vec<String>) {
        for (name, reason) in self.known_failing {
            if !is_line(reason) {
                problems.push(format!("say in one line why `{name}` fails"));
            }
            if !self.tests().any(|(configuration, case)| is_named(name, configuration, case.name)) {
                problems.push(format!("`{name}` is known to fail, but is not in this suite"));
            }
        }
        for (configuration, case) in self.tests() {
            let is_meant = |name: &str| is_named(name, configuration, case.name);
            let names = self.known_failing.iter().filter(|(name, _)| is_meant(name));
            if names.count() > 1 {
                problems.push(format!(
                    "`{configuration}::{}` is known to fail more than once",
                    case.name
                ));
            }
        }
    }

    fn tests(&self) -> impl Iterator<Item = (Configuration, &'static Case)> {
        self.configurations.iter().flat_map(|(configuration, modules)| {
            modules.iter().copied().flatten().map(|case| (*configuration, case))
        })
    }
}

/// Whether `name` is `module::case`, or `configuration::module::case`.
fn is_named(name: &str, configuration: Configuration, case: &str) -> bool {
    name == case
        || name
            .strip_suffix(case)
            .and_then(|rest| rest.strip_suffix("::"))
            .is_some_and(|prefix| prefix == configuration.name())
}

/// Whether it says something, and fits into a report.
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['\n', '\r', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: Case =
        Case { name: "spawn::a", guarantees: &["S1"], capability: None, alone: false };
    const OTHER: Case = Case { name: "time::b", ..CASE };

    /// Every capability but one, and two cases in two configurations.
    const SOUND: Declaration = Declaration {
        name: "sound",
        capabilities: &[
            "worker_count",
            "current_thread",
            "background_progress",
            "attends_block_on",
            "shutdown",
            "blocking_limit",
            "stack_size",
            "steals_handoff",
            "shared_watch",
            "pausable_clock",
            "block_in_place",
            "thread_hooks",
            "park_hooks",
        ],
        lacks: &[("keep_alive", "its threads stay")],
        known_failing: &[("spawn::a", "why"), ("current_thread::time::b", "why")],
        configurations: &[
            (Configuration::OneWorker, &[&[CASE], &[OTHER]]),
            (Configuration::CurrentThread, &[&[CASE, OTHER]]),
        ],
    };

    #[track_caller]
    fn assert_problem(declaration: Declaration, expected: &str) {
        let problems = declaration.problems();
        assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
    }

    #[test]
    fn a_sound_one_has_no_problem() {
        assert_eq!(SOUND.problems(), [""; 0]);
    }

    #[test]
    fn every_capability_is_declared_once() {
        assert_problem(Declaration { lacks: &[], ..SOUND }, "`keep_alive`");
        let twice = &[("keep_alive", "why"), ("shutdown", "why")];
        assert_problem(Declaration { lacks: twice, ..SOUND }, "`shutdown` is declared twice");
        let unknown = &[("keep_alive", "why"), ("flight", "why")];
        assert_problem(Declaration { lacks: unknown, ..SOUND }, "no capability `flight`");
        let lacks = &[("keep_alive", "why"), ("worker_count", "why")];
        let capabilities = &SOUND.capabilities[1..];
        assert_problem(Declaration { lacks, capabilities, ..SOUND }, "can't be tested without");
        let lacks = &[("keep_alive", "why"), ("current_thread", "why")];
        let capabilities = &[&SOUND.capabilities[..1], &SOUND.capabilities[2..]].concat();
        let capabilities: &[&str] = Box::leak(capabilities.clone().into_boxed_slice());
        assert_problem(Declaration { lacks, capabilities, ..SOUND }, "`pausable_clock` can't");
    }

    #[test]
    fn everything_has_a_reason_of_one_line() {
        assert_problem(Declaration { name: "", ..SOUND }, "name");
        assert_problem(Declaration { lacks: &[("keep_alive", " ")], ..SOUND }, "`keep_alive`");
        let known_failing = &[("spawn::a", "one line\nand another")];
        assert_problem(Declaration { known_failing, ..SOUND }, "`spawn::a`");
    }

    #[test]
    fn what_is_known_to_fail_is_in_the_suite_and_named_once() {
        for wrong in ["spawn::c", "a", "several_workers::spawn::a", "::spawn::a", "spawn::"] {
            let known_failing = Box::leak(Box::new([(wrong, "why")]));
            assert_problem(Declaration { known_failing, ..SOUND }, "not in this suite");
        }
        let known_failing = &[("one_worker::spawn::a", "why"), ("spawn::a", "why")];
        assert_problem(Declaration { known_failing, ..SOUND }, "more than once");
    }

    #[test]
    fn a_known_failure_is_found_by_either_name() {
        let known = |configuration, case| SOUND.known_failure(configuration, case);
        assert_eq!(known(Configuration::OneWorker, "spawn::a"), Some("why"));
        assert_eq!(known(Configuration::CurrentThread, "time::b"), Some("why"));
        assert_eq!(known(Configuration::OneWorker, "time::b"), None);
        assert_eq!(known(Configuration::OneWorker, "a"), None);
    }
}
