//! The report as a page that needs nothing else: styles and plots are in it.

mod plot;
mod section;

use std::fmt::Write;

use anyrt_bench::measure::Part;
use anyrt_bench::peer::Peer;
use anyrt_bench::row::Row;
use plot::{Axis, Mark};

use crate::markdown::amount;
use crate::{checks, verdict};

/// The page, of all rows. The description says where and how they were measured, and the sections are what others have printed.
pub(crate) fn page(
    rows: &[Row],
    peers: &[Peer],
    description: &[String],
    sections: &[String],
) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>anyrt: runtimes side by side</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n\
         <h1>Runtimes side by side</h1>\n",
        include_str!("page/style.css")
    );
    for line in description {
        let _ = writeln!(html, "<p class=\"machine\">{}</p>", escape(line));
    }
    html += LEGEND;
    let others: Vec<_> = peers.iter().copied().filter(|peer| *peer != Peer::REFERENCE).collect();
    let against = |peer: &Peer| (*peer, Peer::REFERENCE);
    let beneath = |peer: &Peer| Some((*peer, peer.beneath()?));
    let pairs: Vec<_> = others.iter().map(against).collect();
    let layers: Vec<_> = others.iter().filter_map(beneath).collect();
    if others.contains(&Peer::Native) {
        html += &native(rows);
    }
    html +=
        &cards("peers", "All beside tokio", "How many times as much tokio takes.", rows, &pairs);
    html += &cards(
        "layers",
        "anyrt beside what is beneath it",
        "How many times as much the runtime takes when it is used directly.",
        rows,
        &layers,
    );
    html += &notes(rows);
    html.extend(sections.iter().map(|markdown| section::section(markdown)));
    html + "</main>\n</body>\n</html>\n"
}

const LEGEND: &str = "<ul class=\"legend\">\
<li><svg><circle class=\"dot\" cx=\"50%\" cy=\"50%\" r=\"3.5\"/></svg>time on the wall, or memory: above 1 is faster, or less</li>\
<li><svg><line class=\"range\" x1=\"15%\" x2=\"85%\" y1=\"50%\" y2=\"50%\"/></svg>half of the rounds</li>\
<li><svg><line class=\"cpu\" x1=\"50%\" x2=\"50%\" y1=\"10%\" y2=\"90%\"/></svg>time of processors</li>\
<li><svg><text class=\"goal\" x=\"50%\" y=\"80%\">◇</text></svg>goal</li>\
<li class=\"noise\"><svg><circle class=\"dot\" cx=\"50%\" cy=\"50%\" r=\"3.5\"/></svg>~ noise: half of the rounds lie on both sides of 1, or far apart</li>\
<li><svg><text class=\"beyond\" x=\"50%\" y=\"80%\">▶</text></svg>farther than the axis</li></ul>\n";

/// The native runtime: a line for each workload, with its goal.
fn native(rows: &[Row]) -> String {
    let ratios = |row: &Row| {
        let goal = row.workload.goal.map(|goal| goal.ratio);
        [mark(row, Peer::Native, Peer::REFERENCE).map(|mark| mark.wall.median), goal]
    };
    let axis = Axis::covering("native", rows.iter().flat_map(ratios).flatten());
    let mut html = format!(
        "<h2>native beside tokio</h2>\n<p class=\"muted\">How many times as much tokio takes. Goals of echo and accept are about the time of processors.</p>\n{}<div class=\"list\">\n{}",
        axis.grid(),
        numbers(axis)
    );
    for row in rows {
        let Some(mut mark) = mark(row, Peer::Native, Peer::REFERENCE) else { continue };
        mark.goal = row.workload.goal.map(|goal| goal.ratio);
        let amounts =
            [Peer::Native, Peer::REFERENCE].map(|peer| amount_of(row, peer)).join(", tokio ");
        let words = verdict::words(row).replace("**", "");
        let amounts = format!("{amounts}</span><span class=\"verdict\">{words}");
        html += &lane(axis, "native", row.workload.name, mark, &amounts);
    }
    html + "</div>\n"
}

/// A card for each workload, a line in it for each pair.
fn cards(
    id: &'static str,
    title: &str,
    subtitle: &str,
    rows: &[Row],
    pairs: &[(Peer, Peer)],
) -> String {
    let marks = |row: &Row| -> Vec<_> {
        let mark = |(ours, theirs): &(Peer, Peer)| Some((*ours, mark(row, *ours, *theirs)?));
        pairs.iter().filter_map(mark).collect()
    };
    let cards = rows.iter().map(|row| (row, marks(row))).filter(|(_, marks)| !marks.is_empty());
    let cards: Vec<_> = cards.collect();
    let medians = cards.iter().flat_map(|(_, marks)| marks).map(|(_, mark)| mark.wall.median);
    let axis = Axis::covering(id, medians);
    let mut html = format!(
        "<h2>{title}</h2>\n<p class=\"muted\">{subtitle}</p>\n{}<div class=\"cards\">\n",
        axis.grid()
    );
    for (row, marks) in cards {
        let _ = writeln!(html, "<section class=\"card\"><h3>{}</h3>", escape(row.workload.name));
        for (peer, mark) in marks {
            html += &lane(axis, class(peer), peer.name(), mark, &amount_of(row, peer));
        }
        html += &numbers(axis);
        html += "</section>\n";
    }
    html + "</div>\n"
}

fn lane(axis: Axis, class: &str, name: &str, mark: Mark, amount: &str) -> String {
    let noise = if mark.wall.is_noise() { " noise" } else { "" };
    format!(
        "<div class=\"lane{noise}\"><span class=\"name\">{name}</span><span class=\"{class}{noise}\" style=\"display:contents\">{}</span>\
         <span class=\"ratio\">{:.2}</span><span class=\"amount\">{amount}</span></div>\n",
        axis.plot(mark),
        mark.wall.median,
    )
}

fn numbers(axis: Axis) -> String {
    format!(
        "<div class=\"lane axis\"><span class=\"name\"></span>{}<span class=\"ratio\"></span><span class=\"amount\"></span></div>\n",
        axis.numbers()
    )
}

fn notes(rows: &[Row]) -> String {
    let mut html = "<h2>Notes</h2>\n".to_owned();
    for line in checks::epoll_is_the_least(rows) {
        let _ = writeln!(html, "<p>{}</p>", escape(&line));
    }
    for row in rows {
        for (peer, what) in row.failures() {
            let line = format!("{}: {peer} is left out: {what}", row.workload.name);
            let _ = writeln!(html, "<p class=\"verdict\">{}</p>", escape(&line));
        }
    }
    html
}

fn mark(row: &Row, ours: Peer, theirs: Peer) -> Option<Mark> {
    let wall = row.ratio(ours, theirs, Part::Value)?;
    let cpu = row.ratio(ours, theirs, Part::Cpu).map(|ratio| ratio.median);
    Some(Mark { wall, cpu, goal: None })
}

fn amount_of(row: &Row, peer: Peer) -> String {
    let summary = row.summary(peer, Part::Value);
    summary.map_or_else(String::new, |summary| amount(summary.median, row.workload.unit))
}

/// Whose color it has.
fn class(peer: Peer) -> &'static str {
    match peer {
        Peer::Native => "native",
        Peer::Rayon | Peer::Epoll | Peer::NativeAgain | Peer::NativeSlowed => "bound",
        Peer::Tokio | Peer::Smol | Peer::AsyncStd | Peer::Smolscale => "rival",
        Peer::AnyrtNative | Peer::AnyrtTokio | Peer::AnyrtSmol => "facade",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
