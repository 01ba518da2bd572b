//! The macro that makes a backend's tests of what its author declares.

/// Makes the tests of a backend: one for each case and [`Configuration`](crate::Configuration), and one that says whether
/// what is written here makes sense. The [crate's documentation](crate) has an example.
///
/// | line | |
/// |---|---|
/// | `name` | the name of the backend in reports |
/// | `runtime` | a type that is [`Launch`](anyrt_core::Launch) |
/// | `start` | optional: a `fn(&Config) -> io::Result<Runtime>`, if not `Launch::start` |
/// | `capabilities` | what the backend does of that which [not every one does](crate#capabilities) |
/// | `lacks` | optional: the other capabilities, and why the backend lacks them |
/// | `known_failing` | optional: cases that fail, and why |
#[macro_export]
macro_rules! suite {
    (
        name = $name:expr;
        runtime = $runtime:ty;
        $(start = $start:expr;)?
        capabilities = [$($capability:ident),* $(,)?];
        $(lacks = { $($lacking:ident: $lacks_why:expr),* $(,)? };)?
        $(known_failing = { $($failing:literal: $fails_why:expr),* $(,)? };)?
    ) => {
        $crate::suite!(@sort [$($capability)*] [] [] [] [] [] {
            runtime = [$runtime];
            start = [$($start)?];
            name = [$name];
            capabilities = [$(stringify!($capability)),*];
            lacks = [$($((stringify!($lacking), $lacks_why)),*)?];
            known_failing = [$($(($failing, $fails_why)),*)?];
        });

        #[test]
        fn the_suite_is_declared_soundly() {
            $crate::__private::check(&SUITE);
        }
    };

    // Sorts the capabilities into: [worker_count] [current_thread, and the modules of cases for that alone], and the
    // modules [for every configuration] [for those with workers] [for that with several].
    (@sort [worker_count $($rest:ident)*]
        [] $current:tt $all:tt $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            [worker_count] $current $all $working $several $declared);
    };
    (@sort [current_thread $($rest:ident)*]
        $workers:tt [$($current:ident)*] $all:tt $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers [current_thread $($current)*] $all $working $several $declared);
    };
    (@sort [pausable_clock $($rest:ident)*]
        $workers:tt [$($current:ident)*] $all:tt $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers [$($current)* pausable_clock] $all $working $several $declared);
    };
    (@sort [background_progress $($rest:ident)*]
        $workers:tt $current:tt $all:tt [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current $all [$($working)* background_progress] $several $declared);
    };
    (@sort [attends_block_on $($rest:ident)*]
        $workers:tt $current:tt $all:tt [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current $all [$($working)* attends_block_on] $several $declared);
    };
    (@sort [block_in_place $($rest:ident)*]
        $workers:tt $current:tt $all:tt [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current $all [$($working)* block_in_place] $several $declared);
    };
    (@sort [steals_handoff $($rest:ident)*]
        $workers:tt $current:tt $all:tt $working:tt [$($several:ident)*] $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current $all $working [$($several)* steals_handoff] $declared);
    };
    (@sort [stack_size $($rest:ident)*]
        $workers:tt $current:tt [$($all:ident)*] [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current [$($all)* stack_size] [$($working)* worker_stacks] $several $declared);
    };
    (@sort [thread_hooks $($rest:ident)*]
        $workers:tt $current:tt [$($all:ident)*] [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current [$($all)* thread_hooks] [$($working)* worker_hooks] $several $declared);
    };
    (@sort [park_hooks $($rest:ident)*]
        $workers:tt $current:tt $all:tt [$($working:ident)*] $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current $all [$($working)* park_hooks] $several $declared);
    };
    (@sort [shutdown $($rest:ident)*]
        $workers:tt $current:tt [$($all:ident)*] $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current [$($all)* shutdown orphans] $working $several $declared);
    };
    (@sort [$module:ident $($rest:ident)*]
        $workers:tt $current:tt [$($all:ident)*] $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@sort [$($rest)*]
            $workers $current [$($all)* $module] $working $several $declared);
    };
    (@sort [] $workers:tt $current:tt [$($all:ident)*] $working:tt $several:tt $declared:tt) => {
        $crate::suite!(@workers $workers
            [spawn blocking block_on time reactor net observe lone_errors exhaustion $($all)*]
            $working $several $current $declared);
    };

    (@workers [worker_count] [$($all:ident)*] [$($working:ident)*] [$($several:ident)*]
        $current:tt $declared:tt) => {
        $crate::suite!(@current $current [yielding driven $($all)*] [
            { one_worker OneWorker [$($all)* yielding $($working)*] }
            { several_workers SeveralWorkers [
                $($all)* yielding worker_count $($working)* $($several)*
            ] }
        ] $declared);
    };
    (@workers [] [$($all:ident)*] [$($working:ident)*] $several:tt $current:tt $declared:tt) => {
        $crate::suite!(@current $current [yielding driven $($all)*] [
            { default_workers DefaultWorkers [$($all)* $($working)*] }
        ] $declared);
    };

    (@current [current_thread $($current:ident)*] [$($all:ident)*] [$($configurations:tt)*]
        $declared:tt) => {
        $crate::suite!(@tests [
            $($configurations)*
            { current_thread CurrentThread [$($all)* $($current)*] }
        ] $declared);
    };
    (@current $current:tt $modules:tt $configurations:tt $declared:tt) => {
        $crate::suite!(@tests $configurations $declared);
    };

    (@tests [$({ $configuration:ident $variant:ident [$($module:ident)*] })*] {
        runtime = [$runtime:ty];
        start = [$($start:expr)?];
        name = [$name:expr];
        capabilities = $capabilities:expr;
        lacks = $lacks:expr;
        known_failing = $known_failing:expr;
    }) => {
        const SUITE: $crate::__private::Suite<$runtime> = $crate::__private::Suite {
            start: $crate::suite!(@start $runtime $(, $start)?),
            declaration: $crate::__private::Declaration {
                name: $name,
                capabilities: &$capabilities,
                lacks: &$lacks,
                known_failing: &$known_failing,
                configurations: &[$((
                    $crate::Configuration::$variant,
                    &[$($crate::$module::CASES),*],
                )),*],
            },
        };
        $(
            mod $configuration {
                $(
                    mod $module {
                        $crate::$module!(super::super::SUITE, $variant);
                    }
                )*
            }
        )*
    };
    (@start $runtime:ty) => { <$runtime as $crate::__private::Launch>::start };
    (@start $runtime:ty, $start:expr) => { $start };
}
