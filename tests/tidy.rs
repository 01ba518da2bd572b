//! The rules of this repository that a program can check: see the invariants in ARCHITECTURE.md.
//!
//! They are checked on the text of the files, so that no rule depends on what is compiled.

use std::collections::BTreeSet;
use std::fs;

#[path = "tidy/documentation.rs"]
mod documentation;
#[path = "tidy/facade.rs"]
mod facade;
#[path = "tidy/lists.rs"]
mod lists;
#[path = "tidy/order.rs"]
mod order;
#[path = "tidy/packages.rs"]
mod packages;
#[path = "tidy/repository.rs"]
mod repository;

use repository::*;

/// A crate among the backends that several of them share, and no backend itself.
const SHARED: &str = "async-io";

/// What the native runtime stands on besides `core`: no other runtime.
const NATIVE: &[&str] = &["anyrt-fork", "libc", "pin-project-lite", "polling"];

/// Where the facade has its list of backends, and all code that differs for each.
const LIST: &str = "facade/src/backends.rs";

/// What the code of the facade may name of ours: no backend.
const FACADE_USES: [&str; 5] =
    ["anyrt_core", "anyrt_facade", "anyrt_fork", "anyrt_macros", "anyrt_signal"];

/// Files that each backend has, because `core` has them.
const CAPABILITIES: [&str; 5] = ["spawn", "blocking", "block_on", "time", "reactor"];

mod dependencies {
    use super::*;

    #[test]
    fn core_depends_on_no_runtime() {
        let runtimes = runtimes();
        // Of tokio it has the traits: without a feature there is nothing else.
        let traits_alone = "\ntokio = { workspace = true, optional = true }\n";
        assert!(read("core/Cargo.toml").contains(traits_alone), "core has more of tokio");
        for dependency in dependencies_of("core/Cargo.toml") {
            let name = dependency.as_str();
            if ["anyrt-socket", "tokio"].contains(&name) {
                continue;
            }
            assert!(!runtimes.contains(name), "core depends on the runtime {name}");
            assert!(!name.starts_with("anyrt"), "core depends on {name}, which stands on it");
        }
    }

    #[test]
    fn a_backend_depends_on_core_and_its_runtime_only() {
        for backend in backends() {
            let runtime = runtime_of(&backend);
            for dependency in dependencies_of(&format!("backends/{backend}/Cargo.toml")) {
                let name = dependency.as_str();
                let is_allowed = ["anyrt-core", "anyrt-fork", "pin-project-lite", "slab"]
                    .contains(&name)
                    || runtime.contains(name);
                assert!(is_allowed, "backends/{backend} depends on {name}");
            }
        }
    }

    #[test]
    fn the_native_runtime_depends_on_core_and_no_other_runtime() {
        for dependency in dependencies_of("native/Cargo.toml") {
            let name = dependency.as_str();
            let is_allowed = name == "anyrt-core" || NATIVE.contains(&name);
            assert!(is_allowed, "native depends on {name}");
        }
    }

    #[test]
    fn the_cases_depend_on_no_backend_and_not_on_the_facade() {
        for name in dependencies_of("tests/conformance/Cargo.toml") {
            let is_allowed = name == "anyrt-core" || !name.starts_with("anyrt");
            assert!(is_allowed, "tests/conformance depends on {name}");
            assert!(!runtimes().contains(&name), "depends on {name}");
        }
    }

    /// The crates that make up the runtime of a backend, or of several, as its manifest says.
    fn runtime_of(backend: &str) -> BTreeSet<String> {
        let manifest = read(&format!("backends/{backend}/Cargo.toml"));
        let section = section(&manifest, "[package.metadata.anyrt]");
        let names = value_of(&section, "runtime").split('"').skip(1).step_by(2).map(str::to_owned);
        let names: BTreeSet<_> = names.collect();
        assert!(!names.is_empty(), "backends/{backend}/Cargo.toml does not say what it stands on");
        names
    }

    fn runtimes() -> BTreeSet<String> {
        backends().iter().flat_map(|backend| runtime_of(backend)).collect()
    }

    #[test]
    fn every_optional_dependency_has_a_feature_and_no_feature_takes_anything_away() {
        let manifest = read("Cargo.toml");
        let features = section(&manifest, "[features]");
        let optional = section(&manifest, "[dependencies]")
            .into_iter()
            .filter(|(_, value)| value.contains("optional = true"));
        for (dependency, _) in optional {
            let naming = format!("\"dep:{dependency}\"");
            let is_named = features.iter().any(|(_, value)| value.contains(&naming));
            assert!(is_named, "no feature has {naming}");
        }
        for (feature, _) in &features {
            let is_negative =
                ["no-", "no_", "without", "disable"].iter().any(|no| feature.starts_with(no));
            assert!(!is_negative, "the feature {feature} takes something away");
        }
    }

    #[test]
    fn all_versions_are_the_one_of_the_workspace() {
        let manifest = read("Cargo.toml");
        let package = section(&manifest, "[workspace.package]");
        let version = value_of(&package, "version").trim_matches('"').to_owned();
        for (name, value) in section(&manifest, "[workspace.dependencies]") {
            if let (true, Some((_, rest))) =
                (name.starts_with("anyrt"), value.split_once("version = \""))
            {
                assert!(rest.starts_with(&format!("{version}\"")), "the version of {name}");
            }
        }
        for manifest in manifests() {
            let text = read(&manifest);
            let package = section(&text, "[package]");
            assert_eq!(value_of(&package, "version.workspace"), "true", "in {manifest}");
        }
        let short = version.rsplit_once('.').map_or(version.as_str(), |(short, _patch)| short);
        for file in ["README.md", "src/lib.rs"] {
            for (_, rest) in split_at_all(&read(file), "anyrt = { version = \"") {
                assert!(rest.starts_with(&format!("{short}\"")), "the version of anyrt in {file}");
            }
        }
    }
}

mod sources {
    use super::*;

    /// The packages of a workspace put them into one folder, where one would replace the other. What is in `tests/examples` are
    /// the tests of them.
    #[test]
    fn names_of_examples_are_unique() {
        let mut names = BTreeSet::new();
        for file in rust_files("").filter(|file| !is_outside(file)) {
            if let Some((folder, name)) = file.rsplit_once('/')
                && folder.rsplit('/').next() == Some("examples")
                && folder != "tests/examples"
            {
                assert!(names.insert(name.to_owned()), "there are two examples called {name}");
            }
        }
        assert!(!names.is_empty());
    }

    #[test]
    fn the_facade_names_no_backend_outside_of_the_list() {
        for file in facade_files().filter(|file| file != LIST) {
            for (number, line) in code_of(&read(&file)) {
                for word in words(&line) {
                    let mut backends = backends().into_iter().filter(|name| name != SHARED);
                    let names_one = word == "native"
                        || backends.any(|name| word == name.replace('-', "_"))
                        || word.starts_with("anyrt_") && !FACADE_USES.contains(&word);
                    assert!(!names_one, "{file}:{number} names `{word}`");
                }
            }
        }
    }

    #[test]
    fn cfg_stands_on_items_and_not_in_functions() {
        for file in library_files().filter(|file| file != LIST) {
            let mut in_macro = false;
            let code = code_of(&read(&file)).into_iter();
            // What is quoted in a test of a macro is on no platform.
            for (number, line) in code.take_while(|(_, line)| line != "mod tests {") {
                let begins_macro =
                    ["macro_rules!", "cfg_if::cfg_if!"].iter().any(|name| line.starts_with(name));
                in_macro = begins_macro || in_macro && line.trim_end() != "}";
                // What is not indented is an item: a constant, for instance.
                let is_cfg = line.contains("cfg!(") && line.starts_with(' ')
                    || line.starts_with("        ") && line.trim_start().starts_with("#[cfg");
                assert!(in_macro || !is_cfg, "{file}:{number} has a `cfg` inside of a function");
            }
        }
    }

    #[test]
    fn no_feature_removes_code() {
        for file in library_files().filter(|file| file != LIST) {
            for (number, line) in code_of(&read(&file)) {
                let removes = line.contains("not(feature");
                assert!(!removes, "{file}:{number} has code that a feature takes away");
            }
        }
    }

    #[test]
    fn nothing_is_left_to_do() {
        for file in rust_files("") {
            for (number, line) in code_of(&read(&file)) {
                for left in ["todo!", "unimplemented!", "dbg!"] {
                    assert!(!line.contains(left), "{file}:{number} has a `{left}`");
                }
            }
        }
    }

    #[test]
    fn every_library_forbids_unsafe_code() {
        for manifest in manifests() {
            let root = manifest.replace("Cargo.toml", "src/lib.rs");
            let may_be_unsafe = root.starts_with("native/");
            if path(&root).exists() && !may_be_unsafe {
                // The room that hyper's traits read into can be filled in place by unsafe code alone, and an allocator
                // is nothing else. Nor is the handler in which a thread copies its stack.
                let denies = ["adapters/hyper/", "adapters/observe/", "tests/counting/"];
                let denies = denies.iter().any(|folder| root.starts_with(folder));
                let rule = if denies { "deny" } else { "forbid" };
                let rule = format!("#![{rule}(unsafe_code)]");
                let forbids = numbered(&read(&root)).any(|(_, line)| line == rule);
                assert!(forbids, "{root} does not forbid unsafe code");
            }
        }
    }

    #[test]
    fn every_file_says_what_it_is_and_none_is_too_long() {
        for file in rust_files("").filter(|file| !file.starts_with("tests/ui/")) {
            let text = read(&file);
            assert!(text.starts_with("//! "), "{file} does not begin with a sentence about itself");
            let lines = text.lines().count();
            assert!(lines <= 600, "{file} has {lines} lines: split it by concept");
        }
    }

    #[test]
    fn adapters_stay_small() {
        for backend in backends() {
            let folder = format!("backends/{backend}/src");
            // What is there for one platform: of two that stand beside each other, one is compiled.
            let files = rust_files(&folder).filter(|file| !file.ends_with("/windows.rs"));
            let lines: usize = files.map(|file| lines_of_logic(&read(&file))).sum();
            // What makes tokio's larger is in ARCHITECTURE.md. What two backends have in common counts for both.
            let most = match &*backend {
                "tokio" => 785,
                SHARED => 440,
                _ => 400,
            };
            assert!(lines <= most, "{folder} has {lines} lines of code: policy belongs to core");
        }
    }

    #[test]
    fn adapters_of_crates_are_small_and_say_how_small() {
        for name in folders_in("adapters") {
            let most = match &*name {
                // These are of no crate's traits.
                "observe" | "tokio" => continue,
                // With a connector and a server, which has its limits.
                "hyper" => 1200,
                // In both directions.
                "hickory" => 250,
                _ => 200,
            };
            let folder = format!("adapters/{name}/src");
            let lines: usize = rust_files(&folder).map(|file| lines_of_logic(&read(&file))).sum();
            assert!(lines <= most, "adapters/{name} has {lines} lines of code");
            let readme = read(&format!("adapters/{name}/README.md"));
            let said = readme
                .split_once(" lines of code")
                .and_then(|(before, _)| before.rsplit([' ', '\n']).next()?.parse::<usize>().ok());
            let is_about_so = said.is_some_and(|said| said.abs_diff(lines) <= lines / 20);
            assert!(is_about_so, "adapters/{name}/README.md does not say {lines} lines of code");
        }
    }

    #[test]
    fn the_same_capability_has_the_same_file_name_everywhere() {
        let mut folders = vec!["core/src".to_owned()];
        folders.extend(backends().iter().map(|backend| format!("backends/{backend}/src")));
        let complete = folders.iter().filter(|folder| **folder != format!("backends/{SHARED}/src"));
        for folder in complete.chain(&["native/src/api".to_owned()]) {
            for name in CAPABILITIES.iter().chain(&["runtime"]) {
                assert!(path(&format!("{folder}/{name}.rs")).exists(), "{folder} lacks {name}.rs");
            }
        }
        for name in CAPABILITIES {
            let file = format!("tests/conformance/src/{name}.rs");
            assert!(path(&file).exists(), "{file} is missing");
        }
        // And a backend has nothing that core does not know. A whole runtime has more.
        for folder in &folders[1..] {
            for file in rust_files(folder) {
                let name = &file[folder.len() + 1..];
                let is_known = name.contains('/')
                    || ["lib.rs", "handle.rs"].contains(&name)
                    || path(&format!("core/src/{name}")).exists();
                assert!(is_known, "{file} has no counterpart in core/src");
            }
        }
    }
}

/// Rules for the native runtime, the one crate with unsafe code and lock-free protocols.
mod comments {
    use super::*;

    /// How many lines above the one that it explains a comment may stand.
    const NEAR: usize = 8;

    #[test]
    fn everything_unsafe_says_why_it_is_sound() {
        for file in native_files() {
            let silent = uncommented(&read(&file), "SAFETY: ", is_unsafe);
            assert!(silent.is_empty(), "{file} has no `SAFETY:` comment above lines {silent:?}");
        }
    }

    #[test]
    fn every_atomic_access_that_orders_something_says_what_it_pairs_with() {
        for file in native_files() {
            let silent = uncommented(&read(&file), "Ordering: ", is_ordered);
            assert!(silent.is_empty(), "{file} has no `Ordering:` comment above lines {silent:?}");
        }
    }

    #[test]
    fn a_missing_comment_is_found() {
        let far = "\n".repeat(NEAR);
        let without = ["", "// SAFETY\n", "// SAFETY: y\n"].map(|above| format!("{above}{far}"));
        for text in without.iter().map(|above| format!("{above}unsafe {{ x() }}")) {
            assert_eq!(uncommented(&text, "SAFETY: ", is_unsafe), [text.lines().count()], "{text}");
        }
        let text = format!("// SAFETY: y{far}unsafe impl X {{}}\nmod tests {{\n{far}unsafe {{}}");
        assert_eq!(uncommented(&text, "SAFETY: ", is_unsafe), [0; 0]);
        assert!(is_ordered("x.swap(true, Ordering::AcqRel)") && is_ordered("fence(SeqCst)"));
        assert!(!is_ordered("x.load(Ordering::Relaxed)") && !is_ordered("use Ordering::SeqCst;"));
    }

    fn is_unsafe(line: &str) -> bool {
        line.contains("unsafe {") || line.contains("unsafe impl")
    }

    fn is_ordered(line: &str) -> bool {
        let orderings = ["Acquire", "Release", "AcqRel", "SeqCst"];
        let is_import = line.trim_start().starts_with("use ");
        !is_import && words(line).any(|word| orderings.contains(&word))
    }

    /// The numbers of the lines that need a comment with this mark, and have none. Tests need none.
    fn uncommented(text: &str, mark: &str, needs_one: fn(&str) -> bool) -> Vec<usize> {
        let lines: Vec<_> = text.lines().collect();
        let has_mark =
            |line: &&str| line.split_once("//").is_some_and(|(_, rest)| rest.contains(mark));
        let has_one =
            |number| lines[usize::saturating_sub(number, NEAR + 1)..number].iter().any(has_mark);
        let code = code_of(text).into_iter().take_while(|(_, line)| !line.starts_with("mod tests"));
        let silent = code.filter(|(number, line)| needs_one(line) && !has_one(*number));
        silent.map(|(number, _)| number).collect()
    }
}

mod guarantees {
    use super::*;

    // Elsewhere some cases can't be made to happen: see `exhaustion` in the suite.
    #[cfg(target_os = "linux")]
    #[test]
    fn every_guarantee_has_a_case_and_every_case_a_guarantee() {
        let written = written();
        let mut proved = BTreeSet::new();
        for case in anyrt_conformance::all_cases() {
            assert!(!case.guarantees.is_empty(), "{} proves nothing", case.name);
            for id in case.guarantees {
                assert!(written.contains(*id), "{} proves {id}, which is not written", case.name);
                proved.insert(id.to_string());
            }
        }
        let missing: Vec<_> = written.difference(&proved).cloned().collect();
        assert!(missing.is_empty(), "no case proves {}", missing.join(", "));
    }

    #[cfg(unix)]
    #[test]
    fn every_capability_is_known_and_tested() {
        use anyrt_conformance::{CAPABILITIES, all_cases};

        let known: BTreeSet<_> = CAPABILITIES.iter().map(|capability| capability.name).collect();
        let tested: BTreeSet<_> = all_cases().filter_map(|case| case.capability).collect();
        assert_eq!(known, tested);
    }

    #[cfg(unix)]
    #[test]
    fn names_of_cases_are_unique() {
        let mut names = BTreeSet::new();
        for case in anyrt_conformance::all_cases() {
            assert!(names.insert(case.name), "there are two cases called {}", case.name);
        }
    }

    #[test]
    fn ids_in_documentation_are_written_guarantees() {
        let written = written();
        for file in library_files() {
            for (number, line) in numbered(&read(&file)).filter(|(_, line)| is_comment(line)) {
                for id in words(line).filter(|word| is_id(word)) {
                    assert!(written.contains(id), "{file}:{number} refers to {id}");
                }
            }
        }
    }

    /// The ids of the table, whose rows are `| S1 | `spawn` may .. |`.
    fn written() -> BTreeSet<String> {
        let table = read("core/GUARANTEES.md");
        let first_cells = table.lines().filter_map(|row| row.strip_prefix("| ")?.split(' ').next());
        let ids: BTreeSet<_> = first_cells.filter(|id| is_id(id)).map(str::to_owned).collect();
        assert!(ids.len() > 40, "the table could not be read");
        ids
    }

    fn is_id(word: &str) -> bool {
        word.split_at_checked(1).is_some_and(|(letter, number)| {
            "SBKTRN".contains(letter) && number.parse::<u8>().is_ok()
        })
    }
}

mod documents {
    use super::*;

    #[test]
    fn the_ones_that_a_reader_expects_are_there() {
        for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
            assert!(path(name).exists(), "{name} is missing");
        }
        let lines = read("ARCHITECTURE.md").lines().count();
        assert!(lines <= 170, "ARCHITECTURE.md has {lines} lines, and is to be a map");
    }

    #[test]
    fn the_readme_shows_code_that_is_compiled_and_every_published_crate() {
        let readme = read("README.md");
        assert!(readme.contains("```rust\n"), "README.md has no example");
        assert!(
            read("src/lib.rs").contains("include_str!(\"../README.md\")"),
            "nobody compiles it"
        );
        for manifest in manifests() {
            let text = read(&manifest);
            let package = section(&text, "[package]");
            let name = value_of(&package, "name").trim_matches('"');
            let is_published = value_of(&package, "publish") != "false";
            let cells = readme.lines().filter(|line| line.starts_with('|'));
            let mut cells = cells.filter_map(|line| line.split('|').nth(1));
            let is_listed = cells.any(|cell| cell.contains(&format!("`{name}`")));
            assert!(is_listed || !is_published, "the table in README.md lacks {name}");
        }
    }

    #[test]
    fn nothing_mentions_a_path_of_one_machine() {
        for file in files("", "").filter(|file| file != "tests/tidy.rs") {
            let Ok(text) = fs::read_to_string(path(&file)) else { continue };
            for (number, line) in numbered(&text) {
                for machine in ["/work/", "/tmp/target", "/root/", "/home/"] {
                    assert!(!line.contains(machine), "{file}:{number} mentions {machine}");
                }
            }
        }
    }
}
