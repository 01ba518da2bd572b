//! A dump as a table for a page.

use super::text::TITLES;
use super::{Dump, State, Task};

impl Dump {
    /// The same table as an element of HTML: `<table class="tasks">`, for a page that has its own style.
    ///
    /// There is a row for each task, of the class `ready`, `running` or `waiting`, and each of its cells has the class of its column:
    /// `id`, `name`, `state`, `age`, `polls`, `busy`, `spawned-at`, `waits-for`. Of the place where a task was spawned there is the end
    /// of its path, and all of it as the title of the cell. What the program has written, such as names, is escaped.
    ///
    /// ```
    /// let tasks = anyrt_observe::Tasks::install();
    /// let page = format!("<!doctype html><title>tasks</title>{}", tasks.dump().to_html());
    /// # assert!(page.ends_with("<tbody>\n</tbody>\n</table>\n"));
    /// ```
    pub fn to_html(&self) -> String {
        let mut table = String::from("<table class=\"tasks\">\n<thead>\n<tr>");
        for title in TITLES {
            element(&mut table, "th", &[("class", &class_of(title))], title);
        }
        table.push_str("</tr>\n</thead>\n<tbody>\n");
        for task in &self.tasks {
            table.push_str(&format!("<tr class=\"{}\">", state(task)));
            for (title, text) in TITLES.into_iter().zip(self.row(task)) {
                let class = class_of(title);
                let short = if title == "spawned at" { end_of_path(&text) } else { &text };
                let mut attributes = vec![("class", &*class)];
                if short.len() < text.len() {
                    attributes.push(("title", &text));
                }
                element(&mut table, "td", &attributes, short);
            }
            table.push_str("</tr>\n");
        }
        table.push_str("</tbody>\n</table>\n");
        table
    }
}

fn state(task: &Task) -> &'static str {
    match task.state {
        State::Ready => "ready",
        State::Running { .. } => "running",
        State::Waiting => "waiting",
    }
}

fn class_of(title: &str) -> String {
    title.replace(' ', "-")
}

/// From the folder of the crate on, whose sources are in `src`: a crate that was fetched lies deep in some other folder.
fn end_of_path(path: &str) -> &str {
    let is_separator = |letter: char| letter == '/' || letter == '\\';
    let Some(sources) = path.rfind("/src/").or_else(|| path.rfind("\\src\\")) else { return path };
    path[..sources].rfind(is_separator).map_or(path, |folder| &path[folder + 1..])
}

fn element(table: &mut String, tag: &str, attributes: &[(&str, &str)], text: &str) {
    table.push('<');
    table.push_str(tag);
    for (name, value) in attributes {
        table.push_str(&format!(" {name}=\""));
        escape(table, value);
        table.push('"');
    }
    table.push('>');
    escape(table, text);
    table.push_str(&format!("</{tag}>"));
}

fn escape(table: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => table.push_str("&amp;"),
            '<' => table.push_str("&lt;"),
            '>' => table.push_str("&gt;"),
            '"' => table.push_str("&quot;"),
            _ => table.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_its_crate_on() {
        for (path, end) in [
            ("src/main.rs:1", "src/main.rs:1"),
            ("/registry/src/index-6f17/anyrt-0.1.0/src/a/b.rs:1", "anyrt-0.1.0/src/a/b.rs:1"),
            (r"C:\registry\src\anyrt\src\a.rs:1", r"anyrt\src\a.rs:1"),
            ("/tests/a.rs:1", "/tests/a.rs:1"),
        ] {
            assert_eq!(end_of_path(path), end);
        }
    }
}
