//! The rules that a whole domain has to obey: one function each, one sentence above it.

mod aggregates;
mod changes;
mod leaves;
mod names;
mod projections;
mod types;

use crate::{diagnostic::Diagnostics, model::Model};

/// Holds a model to every rule, and reports each breach.
pub fn check(cx: &mut Diagnostics, model: &Model) {
    for rule in RULES {
        rule(cx, model);
    }
}

type Rule = fn(&mut Diagnostics, &Model);

const RULES: &[Rule] = &[
    names::check_domain,
    names::check_types_aggregates_and_rows,
    names::check_files,
    names::check_events,
    names::check_commands,
    names::check_rejections,
    names::check_scenarios,
    names::check_fields,
    names::check_wire_names,
    names::check_symbols_and_variants,
    types::check_not_empty,
    types::check_checks,
    types::check_options,
    types::check_map_keys,
    types::check_order,
    types::check_ids,
    types::check_tags,
    types::check_row_keys,
    leaves::check_scope,
    leaves::check_fields,
    aggregates::check_creation,
    aggregates::check_created_state,
    aggregates::check_emissions,
    aggregates::check_sources,
    aggregates::check_targets,
    aggregates::check_statuses,
    changes::check_former_names,
    changes::check_splits,
    changes::check_keys_merged,
    changes::check_retired,
    projections::check_new_rows,
    projections::check_finders,
    projections::check_columns,
    projections::check_places,
    // Last, since what is misspelt elsewhere is not to be called unused.
    aggregates::check_never_emitted,
];
