//! Taking one event in: by its rule, all that it changes or nothing, or as the projection's policy says.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::ProjectError;
use super::incoming::Incoming;
use super::park::Lot;
use super::rows::{Rows, Table, Undo, take_back};
use super::{OnError, Projection};
use crate::app::panic_message;
use crate::bare;
use crate::envelope::Page;

/// What has become of an event.
pub(super) enum Taken<K> {
    /// It was taken in.
    In,
    /// Nothing: the rows of these keys have to be fetched first.
    Missed(Vec<K>),
    /// Nothing: it has to be read whole first.
    Bare,
    /// It is to be put aside.
    Parked(ProjectError),
    /// The projection stands before it.
    Stopped(ProjectError),
}

/// Takes an event in, or says what the projection does with it.
pub(super) fn take<P: Projection>(
    table: &mut Table<P>,
    undo: &mut Undo<P>,
    parked: &Lot,
    event: &Incoming<'_>,
    earlier: &Page,
) -> Taken<P::Key> {
    if let Some(first) = parked.first(event.event.stream()) {
        let version = first.version;
        return Taken::Parked(ProjectError::Behind { version });
    }
    let again = match P::ON_ERROR {
        OnError::Retry(times) => times,
        OnError::Stop | OnError::Park => 0,
    };
    let mut failures = 0;
    loop {
        match try_to_take(table, undo, event, earlier) {
            Tried::In => return Taken::In,
            Tried::Missed(keys) => return Taken::Missed(keys),
            Tried::Bare => return Taken::Bare,
            Tried::Failed(_) if failures < again => failures += 1,
            Tried::Failed(cause) => return of_failed::<P>(cause),
        }
    }
}

/// What the projection does with an event that cannot be taken in.
pub(super) fn of_failed<P: Projection>(cause: ProjectError) -> Taken<P::Key> {
    match P::ON_ERROR {
        OnError::Park => Taken::Parked(cause),
        OnError::Stop | OnError::Retry(_) => Taken::Stopped(cause),
    }
}

/// What has become of an event that was tried once.
pub(super) enum Tried<K> {
    /// It was taken in.
    In,
    /// Nothing: the rows of these keys have to be fetched first.
    Missed(Vec<K>),
    /// Nothing: it has to be read whole first.
    Bare,
    /// Nothing, for this cause.
    Failed(ProjectError),
}

/// Takes an event in: all that it changes, or nothing. A panic in code of the user's ends here.
pub(super) fn try_to_take<P: Projection>(
    table: &mut Table<P>,
    undo: &mut Undo<P>,
    event: &Incoming<'_>,
    earlier: &Page,
) -> Tried<P::Key> {
    undo.forget().for_each(drop);
    let mut rows = Rows::new(table, undo);
    let take_in = AssertUnwindSafe(|| event.take_in(earlier, &mut rows));
    let taken = bare::unless_asked(|| {
        catch_unwind(take_in)
            .unwrap_or_else(|panic| Err(ProjectError::Panicked(panic_message(&*panic))))
    });
    // A rule by hand may have gone on without a row that it has asked for.
    let missed = rows.into_missed();
    let tried = match taken {
        None => Tried::Bare,
        Some(_) if !missed.is_empty() => Tried::Missed(missed),
        Some(Ok(())) => return Tried::In,
        Some(Err(cause)) => Tried::Failed(cause),
    };
    take_back(table, undo);
    tried
}
