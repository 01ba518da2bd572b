//! Ratios on a logarithmic axis, as SVG that is as wide as there is room: text keeps its size.

use std::fmt::Write;

use anyrt_bench::statistics::Summary;

/// What a plot reaches to, as powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// Whose grid it is, in the page.
    id: &'static str,
    low: i32,
    high: i32,
}

/// A ratio to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) wall: Summary,
    /// The median.
    pub(super) cpu: Option<f64>,
    pub(super) goal: Option<f64>,
}

impl Axis {
    /// Wide enough for these ratios, and for 1; what lies beyond 1/16 and 64 is drawn at the edge.
    #[allow(clippy::cast_possible_truncation, reason = "it is clamped")]
    pub(super) fn covering(id: &'static str, ratios: impl IntoIterator<Item = f64>) -> Self {
        let powers = ratios.into_iter().map(|ratio| ratio.log2().clamp(-4.0, 6.0));
        let (low, high) = powers
            .fold((-1.0, 1.0), |(low, high): (f64, f64), power| (low.min(power), high.max(power)));
        Self { id, low: low.floor() as i32, high: high.ceil() as i32 }
    }

    /// Where a ratio is, in percent of the width.
    pub(super) fn place(self, ratio: f64) -> f64 {
        let place = (ratio.log2() - f64::from(self.low)) / f64::from(self.high - self.low);
        (100.0 * place).clamp(0.0, 100.0)
    }

    fn is_beyond(self, ratio: f64) -> bool {
        !(f64::from(self.low)..=f64::from(self.high)).contains(&ratio.log2())
    }

    /// Drawn once, for all plots to refer to.
    pub(super) fn grid(self) -> String {
        let mut svg =
            format!("<svg class=\"grids\" aria-hidden=\"true\"><defs><g id=\"{}\">", self.id);
        for power in self.low..=self.high {
            let class = if power == 0 { "one" } else { "grid" };
            let x = self.place(f64::from(power).exp2());
            let _ = write!(
                svg,
                "<line class=\"{class}\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"100%\"/>"
            );
        }
        svg + "</g></defs></svg>\n"
    }

    /// The numbers along it: of some lines, so that they have room.
    pub(super) fn numbers(self) -> String {
        let step = if self.high - self.low > 8 { 3 } else { 2 };
        let mut svg = "<svg aria-hidden=\"true\">".to_owned();
        for power in (self.low..=self.high).filter(|power| power % step == 0) {
            let number =
                if power < 0 { format!("1/{}", 1 << -power) } else { (1 << power).to_string() };
            let x = self.place(f64::from(power).exp2());
            let _ = write!(svg, "<text class=\"tick\" x=\"{x:.2}%\" y=\"80%\">{number}</text>");
        }
        svg + "</svg>"
    }

    /// A ratio with its quartiles.
    pub(super) fn plot(self, mark: Mark) -> String {
        let Mark { wall, cpu, goal } = mark;
        let mut svg = format!("<svg role=\"img\" aria-label=\"{}\">", words(mark));
        let _ = write!(svg, "<title>{}</title><use href=\"#{}\"/>", words(mark), self.id);
        let [low, x, high] = [wall.low, wall.median, wall.high].map(|ratio| self.place(ratio));
        let _ = write!(
            svg,
            "<line class=\"range\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"50%\" y2=\"50%\"/>"
        );
        if self.is_beyond(wall.median) {
            let arrow = if wall.median > 1.0 { "▶" } else { "◀" };
            let _ = write!(svg, "<text class=\"beyond\" x=\"{x:.2}%\" y=\"72%\">{arrow}</text>");
        } else {
            let _ = write!(svg, "<circle class=\"dot\" cx=\"{x:.2}%\" cy=\"50%\" r=\"3.5\"/>");
        }
        if let Some(x) = cpu.map(|ratio| self.place(ratio)) {
            let _ = write!(
                svg,
                "<line class=\"cpu\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"15%\" y2=\"85%\"/>"
            );
        }
        if let Some(x) = goal.map(|ratio| self.place(ratio)) {
            let _ = write!(svg, "<text class=\"goal\" x=\"{x:.2}%\" y=\"72%\">◇</text>");
        }
        svg + "</svg>"
    }
}

/// What the plot shows.
fn words(mark: Mark) -> String {
    let Mark { wall, cpu, goal } = mark;
    let mut words =
        format!("{:.2}, half of the rounds {:.2} to {:.2}", wall.median, wall.low, wall.high);
    if let Some(cpu) = cpu {
        let _ = write!(words, "; in time of processors {cpu:.2}");
    }
    if let Some(goal) = goal {
        let _ = write!(words, "; goal {goal}");
    }
    if wall.is_noise() {
        words += "; noise";
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubling_is_as_far_wherever_it_is() {
        let axis = Axis::covering("axis", [0.25, 16.0]);
        assert_eq!(axis, Axis { id: "axis", low: -2, high: 4 });
        assert_eq!(
            [0.25, 0.5, 1.0, 16.0].map(|ratio| axis.place(ratio).round()),
            [0.0, 17.0, 33.0, 100.0]
        );
    }

    #[test]
    fn what_is_far_away_is_an_arrow_at_the_edge() {
        let axis = Axis::covering("axis", [1.0, 250.0]);
        assert_eq!(axis, Axis { id: "axis", low: -1, high: 6 });
        let far = Summary { low: 240.0, median: 250.0, high: 260.0 };
        let svg = axis.plot(Mark { wall: far, cpu: None, goal: None });
        assert!(svg.contains('▶') && !svg.contains("circle"), "{svg}");
    }
}
