//! Evolution: what was published once is held against what is declared now.

mod declared;
mod diff;
mod finding;
mod fingerprint;
pub mod history;
mod lock;
mod repair;
mod rules;
mod shape;

pub use declared::declared;
pub use finding::Level;
pub use lock::{Lock, lock_path};

use crate::diagnostic::Diagnostics;
use finding::{Finding, Verdicts};
use history::History;

/// Holds what is declared against everything that was published.
///
/// Where nothing was, there is nothing to be broken.
pub fn check(cx: &mut Diagnostics, declared: &History, lock: Option<&Lock>, levels: &[Level]) {
    for finding in findings(cx, declared, lock, levels) {
        cx.report(finding.diagnostic);
    }
}

/// What the rules find, at the levels that the schema gives them.
fn findings(
    cx: &mut Diagnostics,
    declared: &History,
    lock: Option<&Lock>,
    levels: &[Level],
) -> Vec<Finding> {
    let mut verdicts = Verdicts::of(cx, declared, levels);
    let found = lock.map_or_else(Vec::new, |lock| rules::judge(&lock.history, declared));
    let found = found
        .into_iter()
        .filter_map(|finding| verdicts.apply(finding));
    let found = found.collect();
    verdicts.finish(cx);
    found
}
