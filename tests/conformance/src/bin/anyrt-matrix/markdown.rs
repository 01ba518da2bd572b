//! The report as Markdown.

use std::fmt::{self, Display, Write};

use crate::report::{Cell, Column, Finding, Report, Row, State};

/// Displays the whole report.
#[derive(Debug)]
pub(crate) struct Markdown<'a>(pub(crate) &'a Report);

impl Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(f, "# Conformance of anyrt {}\n", Escaped(report.version))?;
        writeln!(f, "**{}** On {}.\n", report.verdict(), Escaped(&report.platform))?;
        matrix(f, report)?;
        f.write_str(
            "\n✓ kept, with the number of runs: cases times configurations; ✗ broken; \
             ~ a known failure; – lacking, for the reason in the note; · not tested; \
             (n) a note, below.\n",
        )?;
        let mut failures = report.failures().peekable();
        if failures.peek().is_some() {
            f.write_str("\n## Failures\n\n")?;
            failures.try_for_each(|failure| finding(f, report, failure))?;
        }
        let mut known = report.known_failures().peekable();
        if known.peek().is_some() {
            f.write_str("\n## Known failures\n\n")?;
            for (failure, reason) in known {
                finding(f, report, failure)?;
                writeln!(f, "  Known: {}", Reason(reason))?;
            }
        }
        if !report.notes.is_empty() {
            f.write_str("\n## What the backends lack\n\n")?;
            for (index, note) in report.notes.iter().enumerate() {
                let (suite, number) = (Escaped(report.suite(note.suite)), index + 1);
                let (capability, reason) = (Escaped(&note.capability), Reason(&note.reason));
                writeln!(f, "{number}. {suite} lacks {capability}: {reason}")?;
            }
        }
        f.write_str("\n## Totals\n\n")?;
        totals(f, report)
    }
}

fn matrix(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    f.write_str("| id | guarantee |")?;
    report.columns.iter().try_for_each(|column| write!(f, " {} |", Escaped(&column.name)))?;
    f.write_str("\n|---|---|")?;
    report.columns.iter().try_for_each(|_| f.write_str("---|"))?;
    f.write_char('\n')?;
    for group in &report.groups {
        write!(f, "| **{}** | |", Escaped(&group.name))?;
        report.columns.iter().try_for_each(|_| f.write_str(" |"))?;
        f.write_char('\n')?;
        group.rows.iter().try_for_each(|of| row(f, of))?;
    }
    Ok(())
}

fn row(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    let optional = if row.guarantee.is_optional { "*Capability.* " } else { "" };
    write!(f, "| {} | {optional}{} |", Escaped(&row.guarantee.id), row.guarantee.meaning)?;
    row.cells.iter().try_for_each(|of| write!(f, " {} |", CellText(of)))?;
    f.write_char('\n')
}

/// A mark and some words.
struct CellText<'a>(&'a Cell);

impl Display for CellText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell { state, runs, notes, .. } = self.0;
        match state {
            State::Kept => write!(f, "✓ {}", runs.passed)?,
            State::Broken => write!(f, "✗ {} of {}", runs.failed, runs.total())?,
            State::Known => write!(f, "~ {} of {}", runs.known, runs.total())?,
            State::Lacking => f.write_str("–")?,
            State::Untested => f.write_str("·")?,
        }
        notes.iter().try_for_each(|index| write!(f, " ({})", index + 1))
    }
}

fn finding(f: &mut fmt::Formatter<'_>, report: &Report, finding: &Finding) -> fmt::Result {
    write!(f, "- {}: **{}**", Escaped(report.suite(finding.suite)), Escaped(&finding.case))?;
    if !finding.configurations.is_empty() {
        write!(f, " in {}", Escaped(&finding.configurations.join(", ")))?;
    }
    if !finding.guarantees.is_empty() {
        write!(f, " ({})", finding.guarantees.join(", "))?;
    }
    writeln!(f, ": {}", Escaped(&finding.message))
}

fn totals(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    f.write_str(
        "| suite | kept | broken | known failures | lacking | not tested | runs | failed | configurations | capabilities |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    )?;
    for Column { name, capabilities, configurations, guarantees, runs } in &report.columns {
        write!(f, "| {} | {} | {} ", Escaped(name), guarantees.kept, guarantees.broken)?;
        write!(f, "| {} | {} ", guarantees.known, guarantees.lacking)?;
        write!(f, "| {} | {} | {} ", guarantees.untested, runs.total(), runs.failed)?;
        let (configurations, capabilities) = (configurations.join(", "), capabilities.join(", "));
        writeln!(f, "| {} | {} |", Escaped(&configurations), Escaped(&capabilities))?;
    }
    Ok(())
}

/// Text from elsewhere, none of which is to be read as Markdown or HTML.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&')
            {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        Ok(())
    }
}

/// Text from elsewhere with code between backticks, which stays code.
struct Reason<'a>(&'a str);

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.matches('`').count() % 2 == 1 {
            return Escaped(self.0).fmt(f);
        }
        for (index, part) in self.0.split('`').enumerate() {
            match index % 2 {
                0 => Escaped(part).fmt(f)?,
                _ => write!(f, "`{part}`")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;

    #[test]
    fn the_report_has_a_table_and_says_what_is_behind_it() {
        let report = sample();
        let text = Markdown(&report).to_string();
        let expected = [
            "**Cases fail in 1 of 3 suites.** On ",
            "| id | guarantee | good | b\\<a\\>d | modest |\n|---|---|---|---|---|\n",
            "| **spawn** | | | | |\n",
            "| S1 | `spawn` <starts>. | ✓ 4 | ✗ 2 of 4 | ✓ 2 |\n",
            "| S2 | Dropping detaches. | ✓ 4 | ~ 1 of 3 | ✓ 1 (1) |\n",
            "| B5 | *Capability.* Threads end. | ✓ 2 | · | – (2) |\n",
            "## Failures\n\n- b\\<a\\>d: **spawn::a** in one\\_worker, current\\_thread (S1): \
             \\<script\\>\\&\"a\\|b\"\n",
            "- b\\<a\\>d: **unheard::of** in current\\_thread: lost\n",
            "## Known failures\n\n- b\\<a\\>d: **shutdown::c** in one\\_worker (S2): as said\n  \
             Known: issue \\| 7\n",
            "1. modest lacks shutdown: tasks are \\<left\\>\n\
             2. modest lacks keep\\_alive: threads of `blocking` stay\n",
            "| modest | 2 | 0 | 0 | 1 | 1 | 2 | 0 | one\\_worker | current\\_thread |\n",
        ];
        for part in expected {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }

    #[test]
    fn backticks_that_do_not_match_are_no_code() {
        assert_eq!(Reason("a `b` *c*").to_string(), "a `b` \\*c\\*");
        assert_eq!(Reason("a `b").to_string(), "a \\`b");
    }
}
