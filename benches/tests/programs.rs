//! The programs themselves, as processes that start others: who takes part has rows, and nobody is left out.

use std::fs;
use std::path::Path;
use std::process::Command;

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("left out"), "{text}");
    text
}

/// The cells of the first row of that name.
fn row<'t>(table: &'t str, name: &str) -> Vec<&'t str> {
    let row = table.lines().find(|line| line.starts_with(&format!("| {name} |")));
    row.unwrap_or_else(|| panic!("no {name} in {table}")).split('|').map(str::trim).collect()
}

const SIDE_BY_SIDE: &str = env!("CARGO_BIN_EXE_side_by_side");

#[test]
fn peers_run_side_by_side() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page.html");
    let arguments = ["--quick", "--rounds", "2", "--only", "yield, one", "--only", "echo, 1 c"];
    let others =
        ["--peers", "native,smol,async-std,epoll,anyrt-tokio", "--html", page.to_str().unwrap()];
    let table = output(SIDE_BY_SIDE, &[&arguments[..], &others[..]].concat());
    for name in ["yield, one task", "echo, 1 connection"] {
        let row = row(&table, name);
        assert!(row[2].ends_with("s") && row[3].ends_with("s"), "{row:?}");
    }
    let page = fs::read_to_string(page).unwrap();
    for peer in ["native", "smol", "async-std", "anyrt-tokio", "epoll"] {
        assert!(page.contains(&format!("<span class=\"name\">{peer}</span>")), "{peer}: {page}");
    }
}

#[test]
fn memory_is_measured_in_a_process_that_did_nothing_else() {
    let arguments = ["--quick", "--peers", "native", "--only", "memory per parked"];
    let table = output(SIDE_BY_SIDE, &arguments);
    let row = row(&table, "memory per parked task");
    assert!(row[2].ends_with(" B") && row[3].ends_with(" B"), "{row:?}");
}

#[test]
fn a_runtime_alone_is_called_as_often_as_asked() {
    let arguments = ["--quick", "--alone", "tokio", "--calls", "1", "--rounds", "1"];
    let text = output(SIDE_BY_SIDE, &[&arguments[..], &["--only", "block_on, ready"]].concat());
    assert!(text.starts_with("block_on, ready: "), "{text}");
}

/// What the figures are, the machine decides; that they were measured, the columns show.
#[test]
fn the_native_runtime_is_compared_with_itself() {
    let arguments = ["--quick", "--rounds", "2", "--check"];
    let output = Command::new(SIDE_BY_SIDE).args(arguments).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    for name in ["spawn + await in turn", "echo, 64 connections"] {
        let row = row(&table, name);
        assert!(row[3] == "native-again" && row[4].parse::<f64>().is_ok(), "{row:?}");
    }
    assert!(!table.contains("it has failed"), "{table}");
}

#[test]
fn a_table_has_a_row_for_each_number_of_workers() {
    let arguments = ["--quick", "--rounds", "1", "--workers", "1,3", "--only", "yield"];
    let table = output(env!("CARGO_BIN_EXE_scaling"), &arguments);
    for workers in ["1", "3"] {
        let row = row(&table, workers);
        assert!(row[2].ends_with("/s") && row[4].ends_with("/s"), "{row:?}");
    }
}

#[test]
fn what_is_unknown_is_refused() {
    for arguments in [["--peers", "nobody"], ["--only", "nothing"], ["--rounds", "0"]] {
        let output = Command::new(SIDE_BY_SIDE).args(arguments).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }
}
