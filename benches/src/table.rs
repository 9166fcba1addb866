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
    let verdict = verdict(outcome.ratio >= reach);
    println!(
        "{work:<58} {:>12} {:>12} {:>12} {:>6.2} {reach:>6.2} {verdict}",
        rate(outcome.ours),
        rate(outcome.floor),
        outcome.lean.map_or_else(String::new, rate),
        outcome.ratio,
    );
}

/// A row whose work shall take so much at most: so many seconds, or so many times what the floor takes.
pub fn at_most(work: &str, ours: f64, floor: Option<f64>, reach: f64) {
    let measured = floor.map_or(ours, |floor| ours / floor);
    println!(
        "{work:<58} {:>12} {:>12} {:>12} {:>6.2} {reach:>6.2} {}",
        seconds(ours),
        floor.map_or_else(String::new, seconds),
        "",
        measured,
        verdict(measured <= reach),
    );
}

/// Whether what a row asks for is reached.
pub fn verdict(is_reached: bool) -> &'static str {
    match is_reached {
        true => "ok",
        false => "short",
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
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
