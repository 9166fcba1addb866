//! What is made anew rather than evolved: commands, states, rows. Nothing of it is stored for ever.

use super::{
    super::{
        finding::{Finding, Owner},
        history::{History, Made},
    },
    BothAggregates,
};
use crate::diagnostic::{Code, Diagnostic};

/// Commands carry what they carried.
pub(super) fn check_commands(findings: &mut Vec<Finding>, both: &BothAggregates<'_>) {
    for (before, now) in changed(&both.locked.commands, &both.declared.commands) {
        let diagnostic = Diagnostic::new(
            Code::CommandChanged,
            now.place,
            format!("the command `{}` carries something else", now.name),
        )
        .label("whoever sends it has to send the new one; no event is touched")
        .other(before.place, "published with other fields");
        findings.push(Finding::new(both.owner, diagnostic));
    }
}

/// States are made of events as they were.
pub(super) fn check_state(findings: &mut Vec<Finding>, both: &BothAggregates<'_>) {
    if both.locked.state == both.declared.state {
        return;
    }
    let diagnostic = Diagnostic::new(
        Code::StateChanged,
        both.declared.place,
        format!("the state of `{}` is made otherwise", both.declared.name),
    )
    .label("snapshots that there are are left alone, and states are made of all their events once")
    .other(both.locked.place, "published with other rules or fields");
    findings.push(Finding::new(both.owner, diagnostic));
}

/// Rows are made of events as they were.
pub(super) fn check_projections(findings: &mut Vec<Finding>, locked: &History, declared: &History) {
    for (before, now) in changed(&locked.projections, &declared.projections) {
        let diagnostic = Diagnostic::new(
            Code::ProjectionChanged,
            now.place,
            format!("the rows of `{}` are made otherwise", now.name),
        )
        .label("its table is built anew from all events")
        .other(before.place, "published with other rules or columns");
        findings.push(Finding::new(Owner::Domain, diagnostic));
    }
}

/// What is made by the same name in another way.
fn changed<'h>(
    locked: &'h [Made],
    declared: &'h [Made],
) -> impl Iterator<Item = (&'h Made, &'h Made)> {
    declared.iter().filter_map(|now| {
        let before = locked.iter().find(|before| before.name == now.name)?;
        (before.fingerprint != now.fingerprint).then_some((before, now))
    })
}
