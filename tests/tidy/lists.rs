//! Lists that have to be complete: whoever adds to one place is told of the others.

use super::*;

/// Both are asked for the same ones by whoever runs the tests.
#[test]
fn the_tests_have_the_features_of_the_facade_and_no_test_is_left_out() {
    let (facade, tests) = (read("Cargo.toml"), read("tests/Cargo.toml"));
    let forwarded = section(&tests, "[features]");
    for (feature, _) in section(&facade, "[features]") {
        let value = value_of(&forwarded, feature);
        let is_forwarded = value.contains(&format!("\"anyrt/{feature}\""));
        assert!(feature == "default" || is_forwarded, "tests/Cargo.toml lacks {feature}");
    }
    for file in rust_files("tests").filter(|file| file.matches('/').count() == 1) {
        let entry = format!("path = {:?}", &file["tests/".len()..]);
        assert!(tests.contains(&entry), "tests/Cargo.toml lacks `{entry}`");
    }
}

/// The page says what was tried, and a lock file is what the tests run with.
#[test]
fn the_ecosystem_has_the_versions_that_are_tested() {
    let page = read("src/ECOSYSTEM.md");
    let locks = ["Cargo.lock", "tests/applications/Cargo.lock"].map(read);
    let mut count = 0;
    for section in page.split("\n# ") {
        let title = section.lines().next().unwrap_or_default();
        if title == "Tried by hand" {
            continue;
        }
        let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
        for row in rows.filter(|row| !row.starts_with("crate |")) {
            let cells: Vec<_> = row.split(" | ").collect();
            assert_eq!(cells[0].matches(", ").count(), cells[1].matches(", ").count(), "{row}");
            for (name, version) in cells[0].split(", ").zip(cells[1].split(", ")) {
                let package = format!("name = \"{name}\"\nversion = \"{version}\"\n");
                let is_there = locks.iter().any(|lock| lock.contains(&package));
                assert!(is_there, "{title}: no test has {name} {version}");
                count += 1;
            }
        }
    }
    assert!(count > 20, "only {count} versions were found");
}

/// `sync` is tokio's, and so has to stand above what re-exports the rest.
#[test]
fn what_is_re_exported_has_the_features_of_the_facade_and_no_channels() {
    let (facade, beneath) = (read("Cargo.toml"), read("facade/Cargo.toml"));
    let forwarded: BTreeSet<_> = section(&facade, "[features]")
        .into_iter()
        .filter(|(feature, _)| !["default", "sync"].contains(feature))
        .inspect(|(feature, value)| {
            assert!(value.contains(&format!("\"anyrt-facade/{feature}\"")), "{feature} = {value}");
        })
        .map(|(feature, _)| feature)
        .collect();
    let there = section(&beneath, "[features]").into_iter().map(|(feature, _)| feature).collect();
    assert_eq!(forwarded, there);
}

/// A test on all backends is made of the features of the macros, which those of the facade bring along.
#[test]
fn the_macros_know_every_backend() {
    let (facade, macros) = (read("facade/Cargo.toml"), read("macros/Cargo.toml"));
    let known = section(&macros, "[features]").into_iter().map(|(name, _)| name.to_owned());
    let known: BTreeSet<_> = known.collect();
    let backends = backends().into_iter().filter(|name| name != SHARED);
    let backends: BTreeSet<_> = backends.chain([String::from("native")]).collect();
    assert_eq!(known, backends);
    let code = read("macros/src/on_all.rs");
    for backend in backends {
        let features = section(&facade, "[features]");
        let value = value_of(&features, &backend);
        assert!(value.contains(&format!("\"anyrt-macros/{backend}\"")), "{backend} is not told");
        assert!(code.contains(&format!("    \"{backend}\",")), "{backend} gets no test");
    }
}

/// The list of backends is made into code by macros, which nobody who uses that code has to know.
#[test]
fn no_error_in_a_program_shows_a_macro_of_the_list() {
    let list = read(LIST);
    let mut macros = BTreeSet::new();
    for (_, rest) in split_at_all(&list, "macro_rules! ") {
        macros.extend(words(rest).next());
    }
    assert!(macros.len() > 2, "the macros could not be found");
    for file in files("tests/ui", ".stderr") {
        let text = read(&file);
        for name in &macros {
            assert!(!text.contains(&format!("{name}!")), "{file} shows `{name}!`");
        }
    }
}

/// Which of those that are compiled in goes first is read off these tables.
#[test]
fn the_tables_of_features_have_the_backends_in_the_order_of_the_list() {
    let list = read(LIST);
    let names: Vec<_> = list
        .lines()
        .filter_map(|line| {
            let (start, _whose) = line.trim().strip_suffix(';')?.rsplit_once("\", ")?;
            Some(start.rsplit_once('"')?.1)
        })
        .collect();
    assert!(names.len() > 3, "the list could not be read: {names:?}");
    for file in ["README.md", "src/lib.rs"] {
        let text = read(file);
        let rows =
            text.lines().filter_map(|line| line.trim_start_matches("//! ").strip_prefix("| `"));
        let rows = rows.filter_map(|row| row.split('`').next());
        let backends: Vec<_> = rows.filter(|name| names.contains(name)).collect();
        assert_eq!(backends, names, "in the table of {file}");
    }
}

#[test]
fn every_feature_is_documented() {
    let (library, readme) = (read("src/lib.rs"), read("README.md"));
    for (feature, _) in section(&read("Cargo.toml"), "[features]") {
        let mark = format!("`{feature}`");
        let is_documented = feature == "default" || library.contains(&format!("//! | {mark}"));
        assert!(is_documented, "the table in src/lib.rs lacks {mark}");
        assert!(feature == "default" || readme.contains(&mark), "README.md lacks {mark}");
    }
}
