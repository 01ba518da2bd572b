//! The modules of the native runtime stand in an order, in its `lib.rs`, and each uses those before it alone.

use super::repository::*;

#[test]
fn native_modules_use_those_before_them_alone() {
    let root = read("native/src/lib.rs");
    let declared = root.lines().take_while(|line| !line.starts_with("mod surface"));
    let name_of = |line: &'_ str| line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned);
    let order: Vec<_> = declared.filter_map(name_of).collect();
    assert!(order.len() > 5, "the modules in native/src/lib.rs could not be read: {order:?}");
    for file in native_files().filter(|file| file != "native/src/lib.rs") {
        let own = file["native/src/".len()..].split(['/', '.']).next().unwrap();
        let end = order.iter().position(|name| name == own).expect("a module of lib.rs") + 1;
        for (line, name) in used_from_root(&read(&file)) {
            let is_before = order[..end].contains(&name);
            assert!(is_before, "{file}, line {line}: `{name}` does not come before `{own}`");
        }
    }
}

#[test]
fn what_is_used_is_found() {
    let code = "use crate::task::Home;\n// crate::x\nuse anyrt_core::y;\n  f(crate::sync::lock(z))\n\
                use crate::Handle;\nmod tests {\nuse crate::z;";
    let found = used_from_root(code);
    let expected = [(1, "task"), (4, "sync"), (5, "Handle")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
}

/// The names that follow `crate::` outside of tests, with their lines. Of an import of several there is none, which no
/// order has.
fn used_from_root(text: &str) -> Vec<(usize, String)> {
    let code = text.split("\nmod tests {").next().expect("a first part");
    let mut found = Vec::new();
    for (number, line) in code_of(code) {
        let after = split_at_all(&line, "crate::").map(|(_, after)| after.to_owned());
        let first = |after: String| {
            words(&after).next().filter(|_| !after.starts_with('{')).map(str::to_owned)
        };
        found.extend(after.map(|after| (number, first(after).unwrap_or_default())));
    }
    found
}
