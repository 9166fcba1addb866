//! One line per row: work, ours, floor, ratio, reach, and whether it is reached.

use crate::race::Outcome;

/// The columns.
pub fn head() {
    println!(
        "{:<58} {:>12} {:>12} {:>12} {:>6} {:>6}",
        "work", "ours", "floor", "lean", "ratio", "reach"
    );
}

/// What a row has shown.
pub fn row(work: &str, outcome: &Outcome, reach: f64) {
    let verdict = if outcome.ratio >= reach {
        "ok"
    } else {
        "short"
    };
    println!(
        "{work:<58} {:>12} {:>12} {:>12} {:>6.2} {reach:>6.2} {verdict}",
        rate(outcome.ours),
        rate(outcome.floor),
        outcome.lean.map_or_else(String::new, rate),
        outcome.ratio,
    );
}

/// Units per second, with three figures that count.
fn rate(per_second: f64) -> String {
    match per_second {
        rate if rate >= 1e6 => format!("{:.2} M/s", rate / 1e6),
        rate if rate >= 1e5 => format!("{:.0} k/s", rate / 1e3),
        rate if rate >= 1e3 => format!("{:.1} k/s", rate / 1e3),
        rate => format!("{rate:.1} /s"),
    }
}
