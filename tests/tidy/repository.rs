//! The files of this repository: where they are, and what is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn path(file: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(file)
}

#[track_caller]
pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files in a folder and below whose names end like that, as paths from the root.
pub(crate) fn files(folder: &str, end: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(path(&folder)).unwrap_or_else(|error| panic!("{folder}: {error}"))
        {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().expect("a name in ASCII");
            let file = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_folder = entry.file_type().unwrap().is_dir();
            match name.as_str() {
                ".git" | "target" => {}
                _ if is_folder => folders.push(file),
                _ if name.ends_with(end) => found.push(file),
                _ => {}
            }
        }
    }
    found.sort();
    found.into_iter()
}

pub(crate) fn rust_files(folder: &str) -> impl Iterator<Item = String> {
    files(folder, ".rs")
}

/// The sources of what is published.
pub(crate) fn library_files() -> impl Iterator<Item = String> {
    ["backends", "core", "macros"]
        .into_iter()
        .flat_map(rust_files)
        .chain(facade_files())
        .chain(native_files())
}

/// The sources of the facade: those of the package `anyrt`, and of the one that it re-exports.
pub(crate) fn facade_files() -> impl Iterator<Item = String> {
    ["src", "facade/src"].into_iter().flat_map(rust_files)
}

/// The sources of the native runtime, without the files that hold tests and nothing else.
pub(crate) fn native_files() -> impl Iterator<Item = String> {
    let is_test = |word: &str| ["loom", "shuttle", "test", "tests"].contains(&word);
    rust_files("native/src").filter(move |file| !file.split(['/', '_', '.']).any(is_test))
}

/// Whether a file belongs to a package that is not a member of the workspace.
pub(crate) fn is_outside(file: &str) -> bool {
    [
        "adapters/tokio/",
        "benches/adapters/",
        "examples/notes/",
        "tests/applications/",
        "tests/console/",
        "tests/outside/",
        "tests/porting/",
    ]
    .iter()
    .any(|folder| file.starts_with(folder))
}

/// The manifests of all packages of the workspace.
pub(crate) fn manifests() -> Vec<String> {
    files("", "Cargo.toml").filter(|file| !is_outside(file)).collect()
}

/// The names of the folders in `backends`.
pub(crate) fn backends() -> Vec<String> {
    folders_in("backends")
}

pub(crate) fn folders_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(path(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The entries of the sections of a manifest that are called like that.
pub(crate) fn section<'a>(manifest: &'a str, title: &str) -> Vec<(&'a str, &'a str)> {
    let mut is_inside = false;
    let mut entries = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = line.trim() == title;
        } else if let (true, Some((key, value))) = (is_inside, line.split_once('=')) {
            entries.push((key.trim(), value.trim()));
        }
    }
    entries
}

pub(crate) fn value_of<'a>(entries: &[(&str, &'a str)], key: &str) -> &'a str {
    entries.iter().find(|(other, _)| *other == key).map_or("", |(_, value)| *value)
}

/// What a package needs to be built, on any platform.
pub(crate) fn dependencies_of(manifest: &str) -> Vec<String> {
    let text = read(manifest);
    let is_title = |line: &&str| line.starts_with('[') && line.ends_with("dependencies]");
    let is_needed = |line: &&str| !line.contains("dev-dependencies");
    let titles: BTreeSet<_> = text.lines().filter(is_title).filter(is_needed).collect();
    let entries = titles.iter().flat_map(|title| section(&text, title));
    let names = entries.map(|(key, _)| key.trim_end_matches(".workspace").to_owned());
    let names: Vec<_> = names.collect();
    assert!(!names.is_empty(), "the dependencies in {manifest} could not be read");
    names
}

pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

pub(crate) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

pub(crate) fn split_at_all<'a>(
    text: &'a str,
    mark: &str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.match_indices(mark).map(|(at, found)| (&text[..at], &text[at + found.len()..]))
}

/// The lines that are code, without comments and without what is inside of strings. Good enough for
/// sources that are formatted: it knows no block comments, and of raw strings those with one `#`.
pub(crate) fn code_of(text: &str) -> Vec<(usize, String)> {
    let mut code = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if character == '"' {
            end_of_string(rest)
        } else {
            code.push(character);
            character.len_utf8()
        };
        // The lines of what is left out still count.
        code.extend(rest[..skipped].matches('\n').filter(|_| skipped > character.len_utf8()));
        rest = &rest[skipped..];
    }
    let lines = numbered(&code).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| (number, line.to_owned())).collect()
}

/// The lines of code that are neither imports, declarations of modules nor attributes of the crate.
pub(crate) fn lines_of_logic(text: &str) -> usize {
    let is_logic = |line: &str| {
        let line = line.trim_start_matches("pub ");
        !["use ", "mod ", "#!["].iter().any(|start| line.starts_with(start))
    };
    code_of(text).iter().filter(|(_, line)| is_logic(line)).count()
}

/// The length of the string that `text` begins with, with its quotes.
pub(crate) fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = character == '\\' && !is_escaped,
        }
    }
    text.len()
}

#[test]
fn code_is_told_from_the_rest() {
    let text = "a(\"x // \\\" \\\n y\"); // b\n'\"' c r#\"d\" e\"# f\n// g\n\n    h\n";
    let code: Vec<_> =
        code_of(text).into_iter().map(|(n, line)| (n, line.trim().to_owned())).collect();
    let expected = [(1, "a("), (2, ");"), (3, "c  f"), (6, "h")];
    assert_eq!(code, expected.map(|(n, line)| (n, line.to_owned())));
}
