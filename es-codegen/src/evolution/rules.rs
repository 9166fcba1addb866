//! The rules: what is declared is held against everything that was published.

mod come_and_go;
mod drafts;
mod made;
mod published;

use super::{
    diff::Comparison,
    finding::{Finding, Owner},
    history::{AggregateHistory, EventHistory, History},
};
use come_and_go::Known;

/// Everything that the rules find.
pub(super) fn judge(locked: &History, declared: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = Known::of(locked, declared);
    come_and_go::check_aggregates(&mut findings, &known);
    come_and_go::check_events(&mut findings, &known);
    come_and_go::check_retirement(&mut findings, &known);
    let mut types = Comparison::new(locked, declared);
    let mut drafts = Comparison::new(declared, declared);
    for both in &known.events {
        if published::check_event(&mut findings, &mut types, &known, both) {
            drafts::check_event(&mut findings, &mut drafts, both);
        }
    }
    come_and_go::check_new(&mut findings, &known);
    published::check_types(&mut findings, &types, locked, declared);
    drafts::check_types(&mut findings, &mut drafts, locked, declared);
    for both in &known.aggregates {
        published::check_id(&mut findings, &mut types, both);
        made::check_commands(&mut findings, both);
        made::check_state(&mut findings, both);
    }
    made::check_projections(&mut findings, locked, declared);
    findings
}

/// An aggregate as it was published, and as it is declared.
struct BothAggregates<'h> {
    locked: &'h AggregateHistory,
    declared: &'h AggregateHistory,
    owner: Owner,
}

/// An event as it was published, and as it is declared.
struct BothEvents<'h> {
    locked: &'h EventHistory,
    declared: &'h EventHistory,
    aggregate: usize,
    owner: Owner,
}
