//! What users read: examples are compiled, there are enough of them, and futures say what a drop does.

use super::*;

/// How many of a hundred public functions have an example of their own, at least.
const EXAMPLES: usize = 40;

/// Public functions that are nobody's to call: what is expanded from macros, and stand-ins.
const NOT_FOR_USERS: [&str; 3] = ["facade/src/__private.rs", "facade/src/absent.rs", LIST];

/// The futures with a name that functions return, for users to await.
const FUTURES: [&str; 5] = ["ConsumeBudget", "Sleep", "Timeout", "Unconstrained", "YieldNow"];

/// The code of the guide is that of a backend which is compiled and tested.
#[test]
fn what_the_guide_shows_is_code_of_its_skeleton() {
    let mut sources: Vec<_> = rust_files("tests/conformance/examples").collect();
    sources
        .extend(["tests/outside/tests/threads.rs", "examples/custom_backend.rs"].map(String::from));
    let sources: Vec<_> = sources.iter().map(|file| trimmed(&read(file))).collect();
    let guide = trimmed(&read("core/GUIDE.md"));
    let blocks: Vec<_> = split_at_all(&guide, "```rust,ignore\n").collect();
    assert!(blocks.len() > 9, "the blocks could not be read");
    for (_, rest) in blocks {
        let (block, _) = rest.split_once("```").expect("a block ends");
        let is_shown = sources.iter().any(|source| source.contains(block));
        assert!(is_shown, "the guide shows what is no code of the skeleton:\n{block}");
    }
    assert!(!guide.contains("```rust\n"), "a block is neither compiled nor compared");
}

#[test]
fn public_functions_have_examples() {
    let (mut with, mut without) = (0, Vec::new());
    for function in public_functions() {
        if function.docs.contains("/// ```") {
            with += 1;
        } else {
            without.push(function.to_string());
        }
    }
    let all = with + without.len();
    assert!(all > 200, "the functions could not be read");
    assert!(
        100 * with >= EXAMPLES * all,
        "{with} of {all} public functions have an example; one of these needs one:\n{}",
        without.join("\n")
    );
}

/// Where a future may be dropped before it is ready, its user has to know what is lost.
#[test]
fn futures_say_whether_they_are_cancel_safe() {
    let is_silent = |function: &Function| function.is_future && !function.docs.contains("ancel");
    let silent: Vec<_> = public_functions().filter(is_silent).map(|it| it.to_string()).collect();
    assert!(silent.is_empty(), "say what it does to drop the future of {}", silent.join(", "));
}

/// What a user can call.
struct Function {
    file: String,
    line: usize,
    name: String,
    is_future: bool,
    docs: String,
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.name)
    }
}

/// Those that are written as `pub fn`, in the facade and in core.
fn public_functions() -> impl Iterator<Item = Function> {
    let files = facade_files().chain(rust_files("core/src"));
    let files = files.filter(|file| !NOT_FOR_USERS.contains(&file.as_str()));
    files.flat_map(|file| functions_of(&file, &read(&file)))
}

fn functions_of(file: &str, text: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    // What stands above the line: documentation and attributes.
    let mut above = String::new();
    for (number, line) in numbered(text).take_while(|(_, line)| !line.starts_with("mod tests")) {
        let line = line.trim_start();
        let signature = line.strip_prefix("pub ").and_then(|rest| rest.split_once("fn "));
        match signature {
            Some((kind, rest)) if kind.split(' ').all(is_kind) => {
                if !above.contains("#[doc(hidden)]") {
                    functions.push(Function {
                        file: file.to_owned(),
                        line: number,
                        name: words(rest).next().unwrap_or_default().to_owned(),
                        is_future: kind.contains("async") || is_future(text, number),
                        docs: std::mem::take(&mut above),
                    });
                }
                above.clear();
            }
            _ if line.starts_with("///") || line.starts_with("#[") || line == ")]" => {
                above.push_str(line);
                above.push('\n');
            }
            _ => above.clear(),
        }
    }
    functions
}

fn is_kind(word: &str) -> bool {
    ["", "async", "const", "unsafe"].contains(&word)
}

/// Whether the function that begins in this line returns a future.
fn is_future(text: &str, number: usize) -> bool {
    let is_end = |line: &&str| line.trim_end().ends_with(['{', ';']);
    let lines: Vec<_> = text.lines().skip(number - 1).collect();
    let end = lines.iter().position(is_end).map_or(0, |end| end + 1);
    let output = lines[..end].iter().filter_map(|line| line.split_once("-> ")).next_back();
    let name = output.and_then(|(_, output)| output.split(['<', ' ', ';']).next());
    name.is_some_and(|name| FUTURES.contains(&name))
        || lines[..end].iter().any(|line| line.contains("-> impl Future"))
}

/// The text without what its lines begin with.
fn trimmed(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_start(), "\n"]).collect()
}

#[test]
fn functions_are_found_with_what_is_said_about_them() {
    let text = "/// One.\n///\n/// ```\n/// ```\n#[inline]\npub const fn one() {}\n\npub(crate) fn no() {}\n\
                impl X {\n    /// Cancel safe.\n    pub async fn two(\n    ) {\n    }\n\n    #[doc(hidden)]\n    \
                pub fn hidden() {}\n    pub fn three() -> impl Future<Output = ()> {\n    }\n    \
                pub fn nap(\n    ) -> Sleep {\n    }\n}\n\
                mod tests {\n    pub fn four() {}\n}\n";
    let found = functions_of("a.rs", text);
    let names: Vec<_> = found.iter().map(|it| (it.to_string(), it.is_future)).collect();
    let expected = [
        ("a.rs:6 one", false),
        ("a.rs:11 two", true),
        ("a.rs:17 three", true),
        ("a.rs:19 nap", true),
    ];
    assert_eq!(names, expected.map(|(name, is_future)| (name.to_owned(), is_future)));
    assert!(found[0].docs.contains("/// ```") && found[1].docs.contains("ancel"));
    assert!(found[2].docs.is_empty());
}
