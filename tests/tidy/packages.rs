//! What is published: each package can stand by itself.

use std::env;
use std::process::Command;

use super::*;

/// What else may be in a package beside its sources, examples and documents.
const MADE_BY_CARGO: [&str; 4] =
    [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];

const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

#[test]
fn a_package_has_its_documents_and_what_its_sources_include_and_nothing_else() {
    for folder in published() {
        let list = list(&folder);
        for document in ["README.md"].iter().chain(&LICENCES) {
            assert!(list.contains(*document), "the package of {folder} lacks {document}");
        }
        for file in &list {
            let belongs = MADE_BY_CARGO.contains(&file.as_str())
                || LICENCES.contains(&file.as_str())
                || file.starts_with("src/")
                || file.starts_with("examples/")
                || !file.contains('/') && file.ends_with(".md");
            assert!(belongs, "the package of {folder} has {file}");
        }
        for source in list.iter().filter(|file| file.ends_with(".rs")) {
            for (_, rest) in split_at_all(&read(&join(&folder, source)), "include_str!(\"") {
                let (path, _) = rest.split_once('"').expect("a string ends");
                let included = beside(source, path);
                let is_there = list.contains(&included) || source.contains("/bin/");
                assert!(is_there, "{folder}/{source} includes {included}, which is left out");
            }
        }
    }
}

#[test]
fn the_texts_of_the_licences_are_the_same_everywhere() {
    for folder in published() {
        for licence in LICENCES {
            let is_same = read(&join(&folder, licence)) == read(licence);
            assert!(is_same, "{licence} in {folder} is another one: link it to that of the root");
        }
    }
}

#[test]
fn each_package_introduces_itself() {
    let mut descriptions = BTreeSet::new();
    for folder in published() {
        let manifest = read(&join(&folder, "Cargo.toml"));
        let package = section(&manifest, "[package]");
        let value = |key: &str| value_of(&package, key).to_owned();
        let name = value("name").trim_matches('"').to_owned();
        assert!(descriptions.insert(value("description")), "{name} has another's description");
        for shared in ["license", "repository", "rust-version", "edition"] {
            let key = format!("{shared}.workspace");
            // What an adapter is for may ask for more than anyrt does.
            let is_own = shared == "rust-version" && folder.starts_with("adapters/");
            let is_given = is_own && !value(shared).is_empty();
            assert!(is_given || value(&key) == "true", "{shared} of {name}");
        }
        for (list, most) in [("keywords", 5), ("categories", 5)] {
            let number = value(list).matches('"').count() / 2;
            assert!((1..=most).contains(&number), "{name} has {number} {list}");
        }
        let docs = section(&manifest, "[package.metadata.docs.rs]");
        assert_eq!(value_of(&docs, "all-features"), "true", "on docs.rs {name} lacks features");

        let readme = read(&join(&folder, "README.md"));
        assert!(readme.starts_with(&format!("# {name}: ")), "README.md of {name} has its title");
        assert!(readme.contains("```rust\n"), "README.md of {name} has no example");
        let library = read(&join(&folder, "src/lib.rs"));
        for (feature, _) in section(&manifest, "[features]") {
            let is_documented = library.contains(&format!("//! | `{feature}`"));
            assert!(is_documented || feature == "default", "{name} does not document {feature}");
        }
        let is_compiled =
            library.contains("doc = include_str!(\"../README.md\")") || is_in_a_test(&readme);
        assert!(is_compiled, "nobody compiles the example in README.md of {name}");
    }
}

#[test]
fn the_place_of_the_repository_is_named_once() {
    let manifest = read("Cargo.toml");
    let place = section(&manifest, "[workspace.package]");
    let place = value_of(&place, "repository").trim_matches('"');
    assert!(place.starts_with("https://"), "the workspace names no repository");
    for file in files("", "").filter(|file| file != "Cargo.toml") {
        let Ok(text) = fs::read_to_string(path(&file)) else { continue };
        assert!(!text.contains(place), "{file} names {place}, which Cargo.toml decides");
    }
}

/// What is tokio's is asked for by features, and nobody builds it for anything else.
#[test]
fn without_its_features_there_is_no_tokio() {
    const FACADE: &str = "anyrt-facade";

    for (package, features, has_tokio) in [
        ("anyrt", "native", false),
        ("anyrt", "smol,dyn,virtual", false),
        ("anyrt", "native,sync", true),
        // What is to stand in the place of tokio stands on this.
        (FACADE, "native,smol,async-std,dyn,virtual,io,fs,process,signal", false),
    ] {
        let which = ["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"];
        let with = ["--no-default-features", "--features", features];
        let packages = cargo(&[&which[..], &with].concat());
        assert!(packages.contains("anyrt-core "), "the tree could not be read");
        let found = packages.lines().any(|package| package.starts_with("tokio "));
        assert_eq!(found, has_tokio, "{package} with {features}:\n{packages}");
    }
}

/// The folders of the packages that are published, from the root; that of the root is empty.
fn published() -> Vec<String> {
    let is_published = |manifest: &String| {
        let text = read(manifest);
        value_of(&section(&text, "[package]"), "publish") != "false"
    };
    let manifests = manifests().into_iter().filter(is_published);
    manifests.map(|file| file.trim_end_matches("Cargo.toml").trim_end_matches('/').into()).collect()
}

/// The files of a package, as cargo would pack them.
fn list(folder: &str) -> BTreeSet<String> {
    let manifest = path(&join(folder, "Cargo.toml"));
    let manifest = manifest.to_str().expect("a path in UTF-8");
    let list = cargo(&["package", "--list", "--allow-dirty", "--manifest-path", manifest]);
    list.lines().map(|file| file.replace('\\', "/")).collect()
}

/// What cargo prints, which fetches nothing for it.
fn cargo(arguments: &[&str]) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let output = command.current_dir(path("")).args(arguments).arg("--offline").output();
    let output = output.expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("names in UTF-8")
}

fn join(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// The path, from the root of the package, of what `source` calls `relative`.
fn beside(source: &str, relative: &str) -> String {
    let mut folders: Vec<_> = source.split('/').collect();
    folders.pop();
    for part in relative.split('/') {
        match part {
            ".." => drop(folders.pop()),
            name => folders.push(name),
        }
    }
    folders.join("/")
}

/// Whether each example is part of a file that is compiled: a suite is made outside of functions, where
/// no example in the documentation can be.
fn is_in_a_test(readme: &str) -> bool {
    let tests: String = rust_files("tests/outside").map(|file| read(&file)).collect();
    rust_blocks(readme).iter().all(|block| tests.contains(block))
}

/// The blocks of Rust in Markdown.
fn rust_blocks(markdown: &str) -> Vec<String> {
    let blocks = split_at_all(markdown, "```rust\n");
    let blocks = blocks.filter_map(|(_, rest)| rest.split_once("```"));
    blocks.map(|(block, _)| block.to_owned()).collect()
}
