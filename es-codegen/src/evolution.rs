//! Evolution: what was published once is held against what is declared now.

mod against;
mod declared;
mod described;
mod diff;
mod ensure;
mod files;
mod finding;
mod fingerprint;
pub mod history;
mod lock;
mod publish;
mod repair;
mod rules;
mod sample;
mod shape;
mod types;

pub use against::against;
pub use declared::declared;
pub use described::{Described, described};
pub use ensure::{Holding, hold};
pub use files::{samples_folder, samples_from, write_lock, write_sample};
pub use lock::{Lock, lock_path};
pub use publish::{Publication, Published};
pub use repair::{Fixed, fix};
pub use sample::{Sample, samples};

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics},
    model::Level,
};
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
    let Some(lock) = lock else {
        return Vec::new();
    };
    if is_foreign(&lock.history, declared) {
        cx.report(foreign(lock));
        return Vec::new();
    }
    let found = rules::judge(&lock.history, declared);
    let found = found
        .into_iter()
        .filter_map(|finding| verdicts.apply(finding));
    let found = found.collect();
    verdicts.finish(cx);
    found
}

/// Whether a lock is that of another domain: a name may change, but not everything else with it.
fn is_foreign(locked: &History, declared: &History) -> bool {
    let is_shared = |category: &str| {
        let mut declared = declared.aggregates.iter();
        declared.any(|aggregate| aggregate.category == category)
    };
    let mut locked_aggregates = locked.aggregates.iter();
    locked.domain != declared.domain
        && !locked_aggregates.any(|aggregate| is_shared(&aggregate.category))
}

fn foreign(lock: &Lock) -> Diagnostic {
    let message = format!(
        "this is the lock of another domain, `{}`",
        lock.history.domain
    );
    Diagnostic::new(Code::LockUnreadable, lock.place, message)
        .hint("give each schema a folder of its own: its lock and its samples lie beside it")
}
