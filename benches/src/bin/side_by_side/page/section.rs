//! What other programs have printed, as a part of the page.

use std::fmt::Write;

use super::escape;

/// From Markdown, of which it knows headings, tables and lines of text.
pub(super) fn section(markdown: &str) -> String {
    let mut html = String::new();
    let mut rows = 0;
    for line in markdown.lines().map(str::trim).chain([""]) {
        let row = line.strip_prefix('|').map(|row| row.strip_suffix('|').unwrap_or(row));
        if row.is_none() && rows > 0 {
            html += "</table></div>\n";
            rows = 0;
        }
        match (row, line.trim_start_matches('#').trim()) {
            (Some(row), _) => {
                if rows == 0 {
                    html += "<div class=\"table\"><table>\n";
                }
                html += &cells(row, rows);
                rows += 1;
            }
            (None, "") => {}
            (None, text) if line.starts_with('#') => {
                let _ = writeln!(html, "<h2>{}</h2>", escape(text));
            }
            (None, text) => {
                let _ = writeln!(html, "<p>{}</p>", escape(text));
            }
        }
    }
    html
}

/// The first row has the names, and the second says how the others are aligned.
fn cells(row: &str, number: usize) -> String {
    let tag = match number {
        0 => "th",
        1 => return String::new(),
        _ => "td",
    };
    let cell = |cell: &str| format!("<{tag}>{}</{tag}>", escape(cell.trim()));
    format!("<tr>{}</tr>\n", row.split('|').map(cell).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_its_heading_and_its_rows() {
        let markdown =
            "### Layers\n\n| runtime | cost |\n|---|---:|\n| a<b | 7 |\n| c | |\n\nThe end.\n";
        let html = "<h2>Layers</h2>\n<div class=\"table\"><table>\n<tr><th>runtime</th><th>cost</th></tr>\n\
                    <tr><td>a&lt;b</td><td>7</td></tr>\n<tr><td>c</td><td></td></tr>\n</table></div>\n<p>The end.</p>\n";
        assert_eq!(section(markdown), html);
    }
}
