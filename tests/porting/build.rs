//! Turns the tables of names in the guide into code that uses each of them.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

const GUIDE: &str = "../../src/PORTING.md";

fn main() {
    println!("cargo::rerun-if-changed={GUIDE}");
    let guide = fs::read_to_string(GUIDE).expect("the guide can be read");
    let (mut code, mut rows) = (String::new(), 0);
    for (from, to) in guide.lines().filter_map(names) {
        writeln!(code, "use {from} as _;\nuse {to} as _;").expect("a string takes everything");
        rows += 1;
    }
    assert!(rows > 100, "the tables could not be read");
    let folder = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&folder).join("names.rs"), code).expect("the code can be written");
}

/// What stands in the first two cells of a row, if both are paths.
fn names(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.strip_prefix("| `")?.split("` | `");
    let (from, rest) = (cells.next()?, cells.next()?);
    let (to, _) = rest.split_once("` |")?;
    (is_path(from) && to.starts_with("anyrt::")).then_some((from, to))
}

fn is_path(cell: &str) -> bool {
    let is_of_it = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
    cell.contains("::") && cell.chars().all(is_of_it)
}
