//! The report as a page that needs nothing but itself.

use std::fmt::{self, Display, Write};

use crate::outcome::shortened;
use crate::report::{Cell, Column, Finding, Group, Report, Row, State};

const STYLE: &str = include_str!("page.css");

/// How many characters of a message a cell shows.
const IN_CELL: usize = 120;

/// Displays the whole page.
#[derive(Debug)]
pub(crate) struct Page<'a>(pub(crate) &'a Report);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let version = Escaped(report.version);
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>Conformance of anyrt {version}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>Conformance of anyrt {version}</h1>\n\
             <p class=\"verdict {}\">{}</p>\n\
             <p class=\"platform\">{}</p>\n</header>\n<main>\n",
            if report.is_success() { "good" } else { "bad" },
            Escaped(&report.verdict()),
            Escaped(&report.platform),
        )?;
        totals(f, report)?;
        matrix(f, report)?;
        lists(f, report)?;
        f.write_str("</main>\n</body>\n</html>\n")
    }
}

fn totals(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    f.write_str(
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"totals\" tabindex=\"0\">\n\
         <table class=\"totals\">\n<caption id=\"totals\">Totals</caption>\n<thead>\n<tr>\
         <th scope=\"col\" rowspan=\"2\">suite</th><th scope=\"colgroup\" colspan=\"5\">guarantees</th>\
         <th scope=\"colgroup\" colspan=\"3\">runs of cases</th>\
         <th scope=\"col\" rowspan=\"2\">configurations</th>\
         <th scope=\"col\" rowspan=\"2\">capabilities</th></tr>\n<tr>",
    )?;
    for head in ["kept", "broken", "known", "lacking", "not tested", "passed", "failed", "known"] {
        write!(f, "<th scope=\"col\">{head}</th>")?;
    }
    f.write_str("</tr>\n</thead>\n<tbody>\n")?;
    for Column { name, capabilities, configurations, guarantees, runs } in &report.columns {
        write!(f, "<tr><th scope=\"row\">{}</th>", Escaped(name))?;
        let numbers = [
            ("kept", guarantees.kept),
            ("broken", guarantees.broken),
            ("known", guarantees.known),
            ("lacking", guarantees.lacking),
            ("untested", guarantees.untested),
            ("kept", runs.passed),
            ("broken", runs.failed),
            ("known", runs.known),
        ];
        for (class, number) in numbers {
            // What did not happen needs no color.
            let class = if number == 0 { "none" } else { class };
            write!(f, "<td class=\"{class}\">{number}</td>")?;
        }
        write!(f, "<td class=\"words\">{}</td>", Codes(configurations))?;
        writeln!(f, "<td class=\"words\">{}</td></tr>", Codes(capabilities))?;
    }
    f.write_str("</tbody>\n</table>\n</div>\n")
}

fn matrix(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    f.write_str("<ul class=\"legend\" aria-label=\"Legend\">\n")?;
    let legend = [
        (State::Kept, "kept; the number of runs: cases times configurations"),
        (State::Broken, "broken; how many of the runs failed"),
        (State::Known, "broken, as the backend says that it is"),
        (State::Lacking, "belongs to a capability that the backend lacks"),
        (State::Untested, "no case ran"),
    ];
    for (state, meaning) in legend {
        let (class, mark, _) = appearance(state);
        writeln!(
            f,
            "<li><span class=\"key {class}\" aria-hidden=\"true\">{mark}</span> {meaning}</li>"
        )?;
    }
    f.write_str(
        "</ul>\n<div class=\"scroll matrix\" role=\"region\" aria-labelledby=\"matrix\" tabindex=\"0\">\n\
         <table>\n<caption id=\"matrix\">Guarantees and who keeps them</caption>\n<thead>\n<tr>\
         <th scope=\"col\" class=\"id\">id</th><th scope=\"col\">guarantee</th>",
    )?;
    report.columns.iter().try_for_each(|column| {
        write!(f, "<th scope=\"col\" class=\"suite\">{}</th>", Escaped(&column.name))
    })?;
    f.write_str("</tr>\n</thead>\n")?;
    report.groups.iter().try_for_each(|of| group(f, report, of))?;
    f.write_str("</table>\n</div>\n")
}

fn group(f: &mut fmt::Formatter<'_>, report: &Report, group: &Group) -> fmt::Result {
    let width = report.columns.len() + 2;
    write!(f, "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{width}\">")?;
    writeln!(f, "<span>{}</span></th></tr>", Escaped(&group.name))?;
    group.rows.iter().try_for_each(|of| row(f, report, of))?;
    f.write_str("</tbody>\n")
}

fn row(f: &mut fmt::Formatter<'_>, report: &Report, row: &Row) -> fmt::Result {
    let (id, meaning) = (Escaped(&row.guarantee.id), Prose(&row.guarantee.meaning));
    write!(f, "<tr><th scope=\"row\" class=\"id\">{id}</th><td class=\"meaning\">")?;
    if row.guarantee.is_optional {
        f.write_str("<em>capability</em> ")?;
    }
    write!(f, "{meaning}</td>")?;
    row.cells.iter().try_for_each(|of| cell(f, report, of))?;
    f.write_str("</tr>\n")
}

fn cell(f: &mut fmt::Formatter<'_>, report: &Report, cell: &Cell) -> fmt::Result {
    let Cell { state, cases, runs, findings, notes } = cell;
    let (class, mark, word) = appearance(*state);
    let mut hover = Vec::new();
    if *cases > 0 {
        hover.push(format!("cases: {cases}, runs: {}", runs.total()));
    }
    hover.extend(notes.iter().map(|&note| lacks(report, note)));
    write!(f, "<td class=\"{class}\"")?;
    if !hover.is_empty() {
        write!(f, " title=\"{}\"", Escaped(&hover.join("; ")))?;
    }
    write!(f, "><span class=\"mark\" aria-hidden=\"true\">{mark}</span> ")?;
    // For those who do not see the mark.
    write!(f, "<span class=\"spoken\">{word} </span>")?;
    match state {
        State::Kept => write!(f, "{}", runs.passed)?,
        State::Broken => write!(f, "{} of {}", runs.failed, runs.total())?,
        State::Known => write!(f, "{} of {}", runs.known, runs.total())?,
        State::Lacking | State::Untested => {}
    }
    for index in notes {
        let (number, capability) = (index + 1, Escaped(&report.notes[*index].capability));
        write!(
            f,
            " <sup><a href=\"#note-{number}\" aria-label=\"lacks {capability}, note {number}\">"
        )?;
        write!(f, "{number}</a></sup>")?;
    }
    let findings: Vec<_> = findings.iter().map(|&index| &report.findings[index]).collect();
    // The news comes first.
    let first = findings.iter().find(|one| one.known.is_none()).or(findings.first());
    if let Some(first) = first {
        let message = shortened(&first.message, IN_CELL);
        write!(f, "<p class=\"message\">{}</p>", Escaped(&message))?;
        let (number, noun) =
            (findings.len(), if findings.len() == 1 { "failure" } else { "failures" });
        write!(f, "<details><summary>{number} {noun}</summary><ul>")?;
        findings.iter().try_for_each(|of| finding(f, of))?;
        f.write_str("</ul></details>")?;
    }
    f.write_str("</td>")
}

/// A class of the style sheet, a mark, and a word for those who do not see it.
fn appearance(state: State) -> (&'static str, &'static str, &'static str) {
    match state {
        State::Kept => ("kept", "✓", "kept,"),
        State::Broken => ("broken", "✗", "broken,"),
        State::Known => ("known", "~", "known failure,"),
        State::Lacking => ("lacking", "–", "lacking"),
        State::Untested => ("untested", "·", "not tested"),
    }
}

fn lacks(report: &Report, note: usize) -> String {
    let note = &report.notes[note];
    format!("lacks {}: {}", note.capability, note.reason)
}

/// An item of a list: what failed, where, and how.
fn finding(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    write!(f, "<li><code>{}</code>", Escaped(&finding.case))?;
    if !finding.configurations.is_empty() {
        write!(f, " in {}", Codes(&finding.configurations))?;
    }
    write!(f, ": {}", Escaped(&finding.message))?;
    if let Some(reason) = &finding.known {
        write!(f, " <em>Known:</em> {}", Prose(reason))?;
    }
    f.write_str("</li>")
}

fn lists(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    let of_suite = |suite, is_known| {
        let findings = report.findings.iter();
        findings.filter(move |one| one.suite == suite && one.known.is_some() == is_known)
    };
    for (heading, is_known) in [("Failures", false), ("Known failures", true)] {
        if report.findings.iter().all(|one| one.known.is_some() != is_known) {
            continue;
        }
        writeln!(f, "<section>\n<h2>{heading}</h2>")?;
        for (suite, column) in report.columns.iter().enumerate() {
            if of_suite(suite, is_known).next().is_some() {
                write!(f, "<h3>{}</h3>\n<ul class=\"findings\">\n", Escaped(&column.name))?;
                for one in of_suite(suite, is_known) {
                    finding(f, one)?;
                    f.write_char('\n')?;
                }
                f.write_str("</ul>\n")?;
            }
        }
        f.write_str("</section>\n")?;
    }
    if !report.notes.is_empty() {
        f.write_str("<section>\n<h2>What the backends lack</h2>\n<ol class=\"notes\">\n")?;
        for (index, note) in report.notes.iter().enumerate() {
            let (suite, capability) = (report.suite(note.suite), Escaped(&note.capability));
            write!(f, "<li id=\"note-{}\">{} lacks ", index + 1, Escaped(suite))?;
            writeln!(f, "<code>{capability}</code>: {}</li>", Prose(&note.reason))?;
        }
        f.write_str("</ol>\n</section>\n")?;
    }
    Ok(())
}

/// Text from elsewhere, for an element or an attribute in quotes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Text from elsewhere with code between backticks.
struct Prose<'a>(&'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.matches('`').count() % 2 == 1 {
            return Escaped(self.0).fmt(f);
        }
        for (index, part) in self.0.split('`').enumerate() {
            match index % 2 {
                0 => Escaped(part).fmt(f)?,
                _ => write!(f, "<code>{}</code>", Escaped(part))?,
            }
        }
        Ok(())
    }
}

/// Names from elsewhere, between commas.
struct Codes<'a>(&'a [String]);

impl Display for Codes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}<code>{}</code>", Escaped(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;

    #[test]
    fn the_page_says_what_the_report_says() {
        let page = Page(&sample()).to_string();
        let expected = [
            "<p class=\"verdict bad\">Cases fail in 1 of 3 suites.</p>",
            "<th scope=\"col\" class=\"suite\">good</th>",
            "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\"><span>spawn</span></th></tr>",
            "<th scope=\"row\" class=\"id\">S1</th>",
            "<td class=\"meaning\"><code>spawn</code> &lt;starts&gt;.</td>",
            "<td class=\"meaning\"><em>capability</em> Threads end.</td>",
            "<span class=\"spoken\">broken, </span>2 of 4\
             <p class=\"message\">&lt;script&gt;&amp;&quot;a|b&quot;</p>\
             <details><summary>1 failure</summary><ul><li><code>spawn::a</code> in \
             <code>one_worker</code>, <code>current_thread</code>: ",
            "<em>Known:</em> issue | 7",
            " title=\"lacks keep_alive: threads of `blocking` stay\">",
            "<sup><a href=\"#note-2\" aria-label=\"lacks keep_alive, note 2\">2</a></sup>",
            "<li id=\"note-2\">modest lacks <code>keep_alive</code>: \
             threads of <code>blocking</code> stay</li>",
            "<th scope=\"row\">b&lt;a&gt;d</th>",
        ];
        for part in expected {
            assert!(page.contains(part), "{part:?} is not in\n{page}");
        }
    }

    #[test]
    fn nothing_from_elsewhere_is_markup_and_nothing_is_loaded() {
        let page = Page(&sample()).to_string();
        for part in ["<script", "<a>d", "<starts", "<left", "http:", "https:", "url(", "@import"] {
            assert!(!page.contains(part), "{part:?} is in\n{page}");
        }
    }

    #[test]
    fn every_element_that_begins_ends() {
        const VOID: [&str; 2] = ["meta", "!DOCTYPE"];

        let page = Page(&sample()).to_string();
        let mut open = Vec::new();
        // The style sheet has no angle brackets but in selectors, which have a space behind them.
        for tag in
            page.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag)
        {
            let name = tag.split(' ').next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "an end does not match"),
                None if VOID.contains(&name) => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?} do not end");
    }

    #[test]
    fn a_page_is_the_same_every_time() {
        assert_eq!(Page(&sample()).to_string(), Page(&sample()).to_string());
    }
}
