//! A lock is held against the one of another day: it may have grown, and nothing else.

use super::{
    diff::{Comparison, is_read_as},
    fingerprint::frozen,
    history::{EventHistory, Hop, Version},
    lock::Lock,
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Reports what another lock has published, and this one has lost or says otherwise; `name` is whose the other one is.
pub fn against(cx: &mut Diagnostics, lock: &Lock, other: &Lock, name: &str) {
    let types = Comparison::new(&other.history, &lock.history);
    for before in &other.history.aggregates {
        let now = lock
            .history
            .aggregates
            .iter()
            .find(|now| now.category == before.category);
        for event in &before.events {
            let same = now.and_then(|now| now.events.iter().find(|now| is_same(event, now)));
            check(cx, lock, &types, event, same, name);
        }
    }
}

fn is_same(before: &EventHistory, now: &EventHistory) -> bool {
    is_read_as(&before.name, &now.name, &now.was)
}

fn check(
    cx: &mut Diagnostics,
    lock: &Lock,
    types: &Comparison<'_>,
    before: &EventHistory,
    now: Option<&EventHistory>,
    name: &str,
) {
    let versions = now.map_or(&[][..], |now| &now.versions);
    let place = now.map_or(lock.place, |now| now.place);
    let published = before.versions.len();
    if versions.len() < published {
        let message = format!(
            "`{}` is published in version {published} by {name}, and here in version {}",
            before.name,
            versions.len()
        );
        let message = if versions.is_empty() {
            format!("`{}` is published by {name}, and not here", before.name)
        } else {
            message
        };
        cx.report(
            Diagnostic::new(Code::LockStale, place, message)
                .label("events may be stored that nobody here knows of")
                .hint(format!("take in what {name} has, and publish again")),
        );
    }
    for (before_version, now) in before.versions.iter().zip(versions) {
        if is_unchanged(types, before_version, now) {
            continue;
        }
        let message = format!(
            "version {} of `{}` is another one than that published by {name}",
            now.number, before.name
        );
        cx.report(
            Diagnostic::new(Code::HistoryRewritten, now.place, message)
                .label("events may be stored in the other shape, and would be misread")
                .hint(format!(
                    "take the lock of {name}, and publish what is new here as a version more"
                )),
        );
    }
}

fn is_unchanged(types: &Comparison<'_>, before: &Version, now: &Version) -> bool {
    let steps = |hop: &Option<Hop>| {
        hop.as_ref()
            .map_or_else(Vec::new, |hop| hop.steps.iter().map(frozen).collect())
    };
    let is_same = match (&before.fields, &now.fields) {
        (Some(before), Some(now)) => types.equal_fields(before, now),
        (before, now) => before.is_none() == now.is_none(),
    };
    is_same && before.reads_as == now.reads_as && steps(&before.hop) == steps(&now.hop)
}
