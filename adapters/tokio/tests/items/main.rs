//! Each public item of tokio's, by its name, with its signature and what it implements, as generate.py beside this file
//! has read it from tokio: all of this compiles with tokio as well.

#![allow(
    dead_code,
    deprecated,
    non_snake_case,
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    unused_imports
)]
#![allow(clippy::all)]

/// Compiles if the type implements the traits.
macro_rules! is {
    ($type:ty: $($implemented:path),*) => { $(is!($type, $implemented => );)* };
    ($type:ty, $implemented:path => $($generic:ident),*) => {{
        fn is<X: $implemented, $($generic),*>() {}
        is::<$type, $($generic),*>();
    }};
}

/// [`is`], where the trait names a parameter of the function around it.
macro_rules! is_by {
    ($generic:ident, $type:ty: $($implemented:path),*) => { $(is!($type, $implemented => $generic);)* };
}

// In these a function is one line.
#[rustfmt::skip]
mod fs;
#[rustfmt::skip]
mod io;
#[rustfmt::skip]
mod net;
#[rustfmt::skip]
mod net_tcp;
#[rustfmt::skip]
mod net_unix;
#[rustfmt::skip]
mod process;
#[rustfmt::skip]
mod root;
#[rustfmt::skip]
mod runtime;
#[rustfmt::skip]
mod signal;
#[rustfmt::skip]
mod sync;
#[rustfmt::skip]
mod task;
#[rustfmt::skip]
mod time;

/// What a line of ITEMS.md names in backticks, before it says what a type is.
fn names(line: &str) -> Vec<&str> {
    line.split("; is ").next().unwrap().split('`').skip(1).step_by(2).collect()
}

/// Whether a line names the item: a function or an alias, or a type, or a member of the type.
fn is_about(line: &str, path: &str, member: Option<&str>) -> bool {
    match member {
        None => {
            line == format!("use {path} as _;")
                || line.contains(&format!("{{ {path}("))
                || ((line.contains("is!(") || line.contains("is_by!("))
                    && [":", "<"].iter().any(|end| {
                        line.contains(&format!(" {path}{end}"))
                            || line.contains(&format!("({path}{end}"))
                    }))
        }
        Some(member) => {
            line == format!("use {path}::{member} as _;")
                || ([">", "<"].iter().any(|end| line.contains(&format!("{{ <{path}{end}")))
                    && ["(", " }"].iter().any(|end| line.contains(&format!(">::{member}{end}"))))
        }
    }
}

#[test]
fn the_table_and_the_tests_name_the_same() {
    let sources = concat!(
        include_str!("fs.rs"),
        include_str!("io.rs"),
        include_str!("net.rs"),
        include_str!("net_tcp.rs"),
        include_str!("net_unix.rs"),
        include_str!("process.rs"),
        include_str!("root.rs"),
        include_str!("runtime.rs"),
        include_str!("signal.rs"),
        include_str!("sync.rs"),
        include_str!("task.rs"),
        include_str!("time.rs"),
    );
    let mut untold: Vec<_> = sources
        .lines()
        .filter(|line| ["fn", "unsafe", "use tokio"].iter().any(|start| line.starts_with(start)))
        .collect();
    let mut module = "";
    for line in include_str!("../../ITEMS.md").lines() {
        if let Some(title) = line.strip_prefix("## ") {
            module = title.trim_matches('`');
        } else if !module.is_empty() && line.starts_with("- ") {
            let names = names(line);
            let path = format!("{module}::{}", names[0]);
            let is_type = ["`: ", "`; is "]
                .iter()
                .any(|after| line.starts_with(&format!("- `{}{after}", names[0])));
            for name in &names {
                let item = format!("{module}::{name}");
                let before = untold.len();
                match is_type && *name != names[0] {
                    true => untold.retain(|line| !is_about(line, &path, Some(name))),
                    false => untold.retain(|line| !is_about(line, &item, None)),
                }
                assert!(
                    untold.len() < before,
                    "{name} is in ITEMS.md, at `{line}`, and no test names it"
                );
            }
        }
    }
    // Conversions into types of others stand with the type.
    untold.retain(|line| !line.contains("is!(") && !line.contains("is_by!("));
    assert_eq!(untold, [""; 0], "not in ITEMS.md");
}
