//! The guarantees of the contract, read from the table that its documentation shows.

/// The guarantees of one capability, such as `spawn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) guarantees: Vec<Guarantee>,
}

/// One promise, and the sentence that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guarantee {
    pub(crate) id: String,
    /// With code in backticks.
    pub(crate) meaning: String,
    /// Only backends that declare it keep it.
    pub(crate) is_optional: bool,
}

/// Reads rows such as `| **spawn** | |` and `| S1 | what it means |`.
pub(crate) fn parse(table: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let after_heading = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    for row in after_heading {
        let Some((first, second)) = cells(row) else { continue };
        match first.strip_prefix("**").and_then(|name| name.strip_suffix("**")) {
            Some(name) => groups.push(Group { name: name.to_owned(), guarantees: Vec::new() }),
            None => {
                if groups.is_empty() {
                    groups.push(Group { name: String::new(), guarantees: Vec::new() });
                }
                let last = groups.last_mut().expect("there is one now");
                last.guarantees.push(guarantee(first, second));
            }
        }
    }
    groups
}

fn cells(row: &str) -> Option<(&str, &str)> {
    let (first, second) = row.trim().strip_prefix('|')?.strip_suffix('|')?.split_once('|')?;
    Some((first.trim(), second.trim()))
}

fn guarantee(id: &str, text: &str) -> Guarantee {
    let (meaning, is_optional) = match text.strip_prefix("*Capability.*") {
        Some(meaning) => (meaning.trim_start(), true),
        None => (text, false),
    };
    Guarantee { id: id.to_owned(), meaning: meaning.to_owned(), is_optional }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_contract_can_be_read() {
        let groups = parse(anyrt_core::GUARANTEES);
        let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["spawn", "blocking", "block_on", "time", "reactor", "net"]);
        let all: Vec<_> = groups.iter().flat_map(|group| &group.guarantees).collect();
        assert!(all.len() > 40, "there are {}", all.len());
        assert!(all.iter().all(|guarantee| !guarantee.meaning.is_empty()));
        assert!(all.iter().any(|guarantee| guarantee.is_optional));
    }

    #[test]
    fn every_guarantee_of_a_case_is_in_the_table() {
        let groups = parse(anyrt_core::GUARANTEES);
        let ids: Vec<_> =
            groups.iter().flat_map(|group| &group.guarantees).map(|one| one.id.as_str()).collect();
        for case in anyrt_conformance::all_cases() {
            for id in case.guarantees {
                assert!(ids.contains(id), "{} proves {id}", case.name);
            }
        }
    }

    #[test]
    fn rows_keep_what_is_in_their_second_cell() {
        let table = "| id | guarantee |\n|---|---|\n| **a** | |\n| A1 | `x` \\| y |\n\
                     | A2 | *Capability.* Maybe. |\n";
        let expected = vec![Group {
            name: "a".into(),
            guarantees: vec![
                Guarantee { id: "A1".into(), meaning: "`x` \\| y".into(), is_optional: false },
                Guarantee { id: "A2".into(), meaning: "Maybe.".into(), is_optional: true },
            ],
        }];
        assert_eq!(parse(table), expected);
    }
}
