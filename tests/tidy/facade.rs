//! What the facade promises beyond the contract is tested.

use super::*;

/// In the order of the table: channels and locks, files, signals, input and output, sets and scopes, local
/// tasks, child processes, tokio around another runtime.
const LETTERS: &str = "CFGIJLPE";

#[test]
fn every_promise_of_the_facade_is_tested_and_every_such_test_has_one() {
    let table = read("src/GUARANTEES.md");
    let first_cells = table.lines().filter_map(|row| row.strip_prefix("| ")?.split(' ').next());
    let written: BTreeSet<_> = first_cells.filter(|id| is_id(id)).map(str::to_owned).collect();
    let mut proved = BTreeSet::new();
    for file in rust_files("tests/everyday") {
        let text = read(&file);
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (number, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[test]") {
            let above = lines[..number].iter().rev();
            let above = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let ids: Vec<_> = above.flat_map(|line| words(line)).filter(|id| is_id(id)).collect();
            assert!(!ids.is_empty(), "{file}:{} says not what it proves", number + 1);
            proved.extend(ids.into_iter().map(str::to_owned));
        }
    }
    assert_eq!(proved, written, "left: with a test, right: in the table");
}

fn is_id(word: &str) -> bool {
    word.split_at_checked(1)
        .is_some_and(|(letter, number)| LETTERS.contains(letter) && number.parse::<u8>().is_ok())
}
