//! Proves that the suite has teeth: each lie about the contract fails the case that is meant for it.
//!
//! The liar is tokio's backend and tells at most one lie, which is chosen when its process starts.
//! `honest` is the suite on the liar when it tells none. Each test of `caught` runs one case of that
//! suite in a process in which the liar lies, and wants it to fail. The lies and their cases are in
//! lies/table.rs: a way to break a promise that is not listed there deserves a row.
//!
//! No lie polls the future of `block_on` on another thread: it may be `!Send` and borrow, so safe
//! code can't do that.
#![cfg(unix)]
#![forbid(unsafe_code)]

mod child;

mod lies {
    //! A backend that breaks one promise. As in an adapter, each capability has its file.

    #[macro_use]
    mod table;

    mod lie;
    mod waker;

    mod runtime;
    mod spawn;

    mod blocking;
    mod reactor;
    mod time;

    pub(crate) mod clock;

    pub(crate) use lie::{LIE, Lie};
    pub(crate) use runtime::Runtime;
    pub(crate) use table::each_lie;
}

mod honest {
    anyrt_conformance::suite! {
        name = "the honest liar";
        runtime = crate::lies::Runtime;
        capabilities = [
            worker_count,
            current_thread,
            background_progress,
            keep_alive,
            shutdown,
            blocking_limit,
            stack_size,
            shared_watch,
            block_in_place,
            thread_hooks,
            park_hooks,
        ];
        lacks = {
            attends_block_on: "tokio lacks it",
            steals_handoff: "tokio lacks it",
            pausable_clock: "it has a liar of its own",
        };
    }
}

/// The cases of paused clocks, on a backend that has one.
mod honest_clock {
    use anyrt_conformance::__private::{Declaration, Suite};
    use anyrt_conformance::{Configuration, pausable_clock};
    use anyrt_core::Launch;

    use crate::lies::clock::Runtime;

    const SUITE: Suite<Runtime> = Suite {
        start: Runtime::start,
        declaration: Declaration {
            name: "the honest clock",
            capabilities: &["current_thread", "pausable_clock"],
            lacks: &[],
            known_failing: &[],
            configurations: &[(Configuration::CurrentThread, &[pausable_clock::CASES])],
        },
    };

    mod current_thread {
        mod pausable_clock {
            anyrt_conformance::pausable_clock!(super::super::SUITE, CurrentThread);
        }
    }
}

/// The suite for a backend without any capability, which the liar is when it does nothing.
mod modest {
    const WHY: &str = "so that the suite is that for a backend which can do the least";

    anyrt_conformance::suite! {
        name = "the modest liar";
        runtime = crate::lies::Runtime;
        capabilities = [];
        lacks = {
            worker_count: WHY,
            current_thread: WHY,
            background_progress: WHY,
            attends_block_on: WHY,
            keep_alive: WHY,
            shutdown: WHY,
            blocking_limit: WHY,
            stack_size: WHY,
            steals_handoff: WHY,
            shared_watch: WHY,
            pausable_clock: WHY,
            block_in_place: WHY,
            thread_hooks: WHY,
            park_hooks: WHY,
        };
    }
}

mod caught {
    use crate::child::{Ending, assert_is_caught};
    use crate::lies::{LIE, Lie, each_lie};

    macro_rules! tests {
        ($($(#[$doc:meta])* $lie:ident: $($test:ident =
            $ending:ident $configuration:ident::$module:ident::$case:ident),+;)+) => {
            $($(
                #[test]
                fn $test() {
                    let case = concat!(
                        stringify!($configuration), "::", stringify!($module), "::",
                        stringify!($case),
                    );
                    let suite = match stringify!($module) {
                        "pausable_clock" => "honest_clock",
                        _ => "honest",
                    };
                    assert_is_caught(suite, case, Ending::$ending, (LIE, Lie::$lie.name()));
                }
            )+)+
        };
    }
    each_lie!(tests);
}

mod watched {
    use std::collections::BTreeSet;

    use crate::child::{Child, PATIENCE};
    use crate::lies::{LIE, Lie};

    /// The names in lines of the form `before name after`.
    fn names<'a>(output: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
        let name = |line: &'a str| line.strip_prefix(before)?.strip_suffix(after);
        output.lines().filter_map(name).collect()
    }

    #[test]
    fn a_suite_on_a_backend_that_does_nothing_ends_and_reports_every_case() {
        let (_, list) = Child::new(&["modest::default_workers::", "--list"]).run();
        let listed = names(&list, "", ": test");
        assert!(listed.len() > 100, "these are few cases:\n{list}");

        let mut child = Child::new(&["modest::default_workers::", "--test-threads=8"]);
        child.command.env(LIE, Lie::DoesNothing.name()).env(PATIENCE, "5");
        let (status, output) = child.run();
        assert_eq!(status.code(), Some(101), "it does not end by itself:\n{output}");
        let (passed, failed) =
            (names(&output, "test ", " ... ok"), names(&output, "test ", " ... FAILED"));
        assert!(passed.is_disjoint(&failed));
        assert_eq!(&passed | &failed, listed, "the cases that were reported, and those there are");

        // One report of the watchdog for each case that hangs, by its name.
        let hangs: Vec<_> = output
            .lines()
            .filter_map(|line| line.strip_prefix('`')?.split_once("` hangs"))
            .map(|(name, _)| name)
            .collect();
        let names = BTreeSet::from_iter(&hangs);
        assert_eq!(names.len(), hangs.len(), "hangs that were reported twice: {hangs:?}");
        assert!(hangs.len() > 20, "these are few hangs: {hangs:?}");
        for name in hangs {
            let path = format!("modest::{name}");
            assert!(failed.contains(path.as_str()), "`{path}` hangs and does not fail");
        }
    }
}
