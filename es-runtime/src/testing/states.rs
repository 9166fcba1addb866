//! The states that samples make: those that create one, and all others on top of one of those.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::kept::{Outcome, outcome};
use super::sample::{Sample, decode};
use crate::aggregate::{Aggregate, FoldError};
use crate::app::panic_message;
use crate::event::EventSet;
use crate::expansion::States;

/// What has become of each of these samples of `A`, by their names. Where none creates one, there is nothing to be told.
pub(super) fn outcomes<A: Aggregate>(
    states: &States<A>,
    samples: &[(String, &Sample)],
) -> BTreeMap<String, Outcome> {
    let make = |past: &[&Sample]| outcome(|| make(states, past));
    let mut outcomes = BTreeMap::new();
    let mut others = Vec::new();
    let mut base: Option<&Sample> = None;
    for (name, sample) in samples {
        if !creates::<A>(sample) {
            others.push((name, sample));
            continue;
        }
        let outcome = make(&[sample]);
        let is_better = |base| is_newer::<A>(sample, base);
        if matches!(outcome, Outcome::Made(_)) && base.is_none_or(is_better) {
            base = Some(sample);
        }
        outcomes.insert(name.clone(), outcome);
    }
    for (name, sample) in others {
        if let Some(base) = base {
            outcomes.insert(name.clone(), make(&[base, sample]));
        }
    }
    outcomes
}

/// Whether it is of the same event, in a later shape.
fn is_newer<A: Aggregate>(sample: &Sample, base: &Sample) -> bool {
    let name = |sample: &Sample| A::Event::name_today(&sample.event);
    name(sample) == name(base) && sample.version > base.version
}

/// Whether an aggregate can begin with it; also where its rule fails.
fn creates<A: Aggregate>(sample: &Sample) -> bool {
    let fold_first = || -> Option<Result<A, FoldError>> {
        let first = decode::<A>(&[sample]).ok()?.into_iter().next()?;
        Some(A::fold(None, first))
    };
    match catch_unwind(AssertUnwindSafe(fold_first)) {
        Ok(folded) => folded.is_some_and(|folded| !matches!(folded, Err(FoldError::NotCreated))),
        Err(_) => true,
    }
}

/// The state behind these samples as JSON.
fn make<A: Aggregate>(states: &States<A>, past: &[&Sample]) -> Result<String, Outcome> {
    let folded = catch_unwind(AssertUnwindSafe(|| fold::<A>(past)))
        .unwrap_or_else(|panic| Err(format!("folding it panicked: {}", panic_message(&*panic))));
    let Some(state) = folded.map_err(Outcome::Failed)? else {
        return Ok("null".to_owned());
    };
    let json = states
        .encode(&state)
        .map_err(|error| Outcome::Failed(format!("the state that it makes {error}")))?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}

fn fold<A: Aggregate>(past: &[&Sample]) -> Result<Option<A>, String> {
    let mut state = None;
    for event in decode::<A>(past)? {
        let name = event.name();
        let folded = A::fold(state, event)
            .map_err(|error| format!("the `{name}` that it is read as is refused: {error}"))?;
        state = Some(folded);
    }
    Ok(state)
}
